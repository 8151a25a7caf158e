//! What is priced later costs what it would have cost, had the price been there.

use proptest::prelude::*;
use scrip::engine::command::{CreditSource, Metadata};
use scrip::engine::scope::Scope;
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Stop, transact};
use scrip::wire::usage::{Known, price, unpriced};

use crate::arbitrary::{ASSETS, START, event};
use crate::arbitrary_catalogue::catalogue;
use crate::properties::config;

const CASES: u32 = 5_000;

#[derive(Default)]
struct Side {
    journal: MemoryJournal,
    wallet: Wallet,
    commands: usize,
}

impl Side {
    /// A wallet with money of every kind.
    fn with_money() -> Self {
        let mut side = Self::default();
        let open = Action::OpenWallet {
            wallet: "wallet".into(),
            customer: "customer".into(),
        };
        side.act(open).expect("a new wallet");
        for (code, precision) in ASSETS {
            let asset = Asset::new(code, precision).expect("a valid asset");
            let credit = Action::Credit(Credit {
                account: AccountId::default_for(code),
                asset,
                amount: Amount::parse("50").expect("an amount"),
                purpose: Purpose::Paid,
                effective_at: None,
                expires_at: None,
                scope: Scope::default(),
                source: CreditSource::Adjustment {
                    reason: "gift".into(),
                },
                description: None,
                metadata: Metadata::new(),
            });
            side.act(credit).expect("credit");
        }
        side
    }

    fn act(&mut self, action: Action) -> Result<Entry, Refusal> {
        self.commands += 1;
        self.run(Command {
            op: format!("op:{}", self.commands),
            request: String::new(),
            action,
        })
    }

    fn run(&mut self, command: Command) -> Result<Entry, Refusal> {
        let at = Instant::from_micros(START);
        match transact(&mut self.journal, &mut self.wallet, at, &[command]) {
            Ok(answers) => Ok(answers[0].entry.clone()),
            Err((_, Stop::Refused(refusal))) => Err(refusal),
            Err((_, Stop::Failed(never))) => match never {},
        }
    }

    fn balances(&self) -> Vec<Balance> {
        let at = Instant::from_micros(START);
        let of = |(code, _): (&str, u32)| self.wallet.balance(&AccountId::default_for(code), at);
        ASSETS
            .map(of)
            .into_iter()
            .map(|one| one.expect("in range"))
            .collect()
    }
}

fn fees_of(entry: &Entry) -> Vec<Fee> {
    match &entry.fact {
        Fact::UsageRecorded { fees, .. } | Fact::UsagePriced { fees, .. } => fees.clone(),
        other => panic!("{other:?} charges no usage"),
    }
}

proptest! {
    #![proptest_config(config(CASES))]

    #[test]
    fn what_is_priced_later_costs_what_it_would_have_cost(
        product in 0..catalogue().len(),
        before in proptest::collection::vec(event(), 0..3),
        event in event(),
        was_bare in any::<bool>(),
    ) {
        // All of it is known at once, or only with the pricing.
        let (mut first, mut known) = (event.clone(), Known::default());
        if was_bare {
            known.data = std::mem::take(&mut first.data);
            known.costs = std::mem::take(&mut first.costs);
        }
        let subscribe = || Action::subscribe(vec![catalogue().remove(product)]);
        let record = |event: &UsageEvent| Action::RecordUsage { event: event.clone() };
        // One was subscribed in time, the other came late.
        let mut timely = Side::with_money();
        timely.act(subscribe()).expect("a subscription");
        let mut late = Side::with_money();
        let recorded = late.act(record(&first)).expect("no price can refuse it");
        prop_assert_eq!(unpriced(&recorded.fact), (vec![0], vec![]));
        late.act(subscribe()).expect("a subscription");
        for one in &before {
            prop_assert_eq!(timely.act(record(one)).is_ok(), late.act(record(one)).is_ok());
        }
        let charged = timely.act(record(&event));
        let command = price(&recorded, 0, &known, None, Vec::new()).expect("an event");
        let priced = late.run(command.clone());
        match charged {
            Ok(entry) if unpriced(&entry.fact).0.is_empty() => {
                let priced = priced.expect("every price knows it");
                prop_assert_eq!(fees_of(&priced), fees_of(&entry));
                prop_assert_eq!(late.balances(), timely.balances());
                prop_assert_eq!(&late.wallet.positions, &timely.wallet.positions);
                let before = late.balances();
                prop_assert_eq!(late.run(command), Ok(priced));
                prop_assert_eq!(late.balances(), before);
            }
            Ok(_) => {
                let missing = matches!(priced, Err(Refusal::PriceMissing { .. }));
                prop_assert!(missing, "{:?}", priced);
            }
            Err(refusal) => prop_assert_eq!(priced, Err(refusal)),
        }
    }
}
