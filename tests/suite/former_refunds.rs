//! Refunds that another processor told of before they were losses of their payment: a wallet has them as debits, and what
//! is told again of such a one is taken no second time.

use scrip::engine::command::DebitCause;
use scrip::engine::loss::LossCause;
use scrip::engine::usage::Maths;
use scrip::engine::{AccountId, Action, Amount, Asset, Command, Debit, Instant, Wallet};
use scrip::journal::chain::request_digest;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::transact;
use scrip::wire::money::{ConfirmedPayment, ConfirmedRefund, Paid};
use scrip::wire::wallet::open_wallet;
use scrip::worker::edge::call::{Ask, Call};
use scrip::worker::edge::reply::Reply;
use scrip::worker::wallet_object::object::WalletObject;
use serde_json::Value;

const PAYMENT: &str = "psp:adyen:pay_1";

fn amount(text: &str) -> Amount {
    Amount::parse(text).expect("an amount")
}

/// A payment of 20 USD.
fn payment() -> Command {
    let paid = Paid {
        processor: "adyen".to_owned(),
        amount: amount("20"),
        currency: "USD".to_owned(),
    };
    ConfirmedPayment {
        op: PAYMENT.to_owned(),
        payment: "adyen:pay_1".to_owned(),
        event: "adyen:msg_1".to_owned(),
        asset: "USD".to_owned(),
        precision: 2,
        amount: amount("20"),
        tax_known: true,
        with_tax: None,
        description: "Payment through adyen".to_owned(),
        paid: Some(paid),
    }
    .credit()
}

/// As a refund of 5 USD was written down before.
fn former() -> Command {
    Command {
        op: "psp:adyen:refund:re_1".to_owned(),
        request: request_digest(&["refund", "adyen:re_1", PAYMENT, "5"]),
        action: Action::Debit(Debit {
            account: AccountId::default_for("USD"),
            asset: Asset::new("USD", 2).expect("an asset"),
            amount: amount("5"),
            cause: DebitCause::Adjustment {
                reason: "external_refund".to_owned(),
            },
            subject: None,
            description: None,
            metadata: Default::default(),
            maths: Maths::default(),
            grant: None,
        }),
    }
}

struct Told {
    object: WalletObject<MemoryJournal>,
}

impl Told {
    fn refund(&mut self, id: &str, text: &str) -> Reply {
        let refund = ConfirmedRefund {
            op: format!("psp:adyen:refund:{id}"),
            payment_op: PAYMENT.to_owned(),
            refund: format!("adyen:{id}"),
            amount: amount(text),
            currency: "USD".to_owned(),
            description: None,
            cause: LossCause::Refunded,
        };
        self.ask(Ask::RefundPayment { refund })
    }

    fn ask(&mut self, ask: Ask) -> Reply {
        let call = Call {
            wallet: "acc/test/cust".into(),
            customer: "cust".into(),
            request_id: "req_1".into(),
            key: None,
            external_id: None,
            ask,
        };
        let reply = self.object.call(&call, "", Instant::from_micros(10_000));
        let reply: Result<Reply, String> = reply;
        reply.expect("memory")
    }

    fn balance(&mut self) -> Value {
        let wallet = self.ask(Ask::GetWallet).body;
        let wallet: Value = serde_json::from_str(&wallet).expect("JSON");
        wallet["accounts"][0]["balance"].clone()
    }
}

#[test]
fn a_refund_that_was_a_debit_is_known_by_its_former_operation() {
    let (mut journal, mut wallet) = (MemoryJournal::default(), Wallet::default());
    let mut commands = open_wallet("acc/test/cust", "cust", Vec::new());
    commands.extend([payment(), former()]);
    let done = transact(
        &mut journal,
        &mut wallet,
        Instant::from_micros(1_000),
        &commands,
    );
    assert!(done.is_ok());
    let mut told = Told {
        object: WalletObject::new(journal, wallet, 0),
    };
    for _ in 0..2 {
        let again = told.refund("re_1", "5");
        assert_eq!(
            (again.status, again.replayed),
            (200, true),
            "{}",
            again.body
        );
        assert_eq!(told.balance(), "15");
    }
    assert_eq!(told.refund("re_1", "6").status, 422);
    // Another one is a loss.
    for replayed in [false, true] {
        let other = told.refund("re_2", "6");
        assert_eq!(
            (other.status, other.replayed),
            (200, replayed),
            "{}",
            other.body
        );
        assert_eq!(told.balance(), "9");
    }
}
