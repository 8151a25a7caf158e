//! A payment that the processor has confirmed, as the wallet is told of it.

use serde::{Deserialize, Serialize};

use crate::engine::command::{CreditSource, Metadata};
use crate::engine::scope::Scope;
use crate::engine::{AccountId, Action, Amount, Asset, Command, Credit, Entry, Fact, Purpose};
use crate::journal::chain::request_digest;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::ids;
use crate::wire::reply::json;

/// A payment that the processor has confirmed. It travels from the edge to the wallet, so a
/// new field has a default and none is renamed: during a deployment both sides may be of different
/// versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConfirmedPayment {
    /// The operation id that all events of this payment share.
    pub op: String,
    /// The processor's id of the payment.
    pub payment: String,
    /// The processor's id of the event that told of it.
    pub event: String,
    pub asset: String,
    /// Decimal places of the asset.
    pub precision: u32,
    /// What is credited, in units of the asset.
    pub amount: Amount,
    /// The amount is without tax already.
    pub tax_known: bool,
    /// What was paid at Stripe, with tax and shipping; absent where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with_tax: Option<Amount>,
    /// For the journal, and for the customer to read.
    pub description: String,
    /// What left the customer's pocket, where another processor than Stripe took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Paid>,
}

/// Who took a payment, and what was paid: the credit is what that bought.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paid {
    pub processor: String,
    pub amount: Amount,
    pub currency: String,
}

impl ConfirmedPayment {
    /// The credit. It is identified by the payment alone: every event of one payment asks the same,
    /// although one may know the tax and another may not.
    #[must_use]
    pub fn credit(&self) -> Command {
        let asset = Asset {
            code: self.asset.clone(),
            precision: self.precision,
        };
        let action = Action::Credit(Credit {
            // The processor names a customer and no account of the wallet, so a payment fills the
            // default one.
            account: AccountId::default_for(&self.asset),
            asset,
            amount: self.amount,
            purpose: Purpose::Paid,
            effective_at: None,
            expires_at: None,
            scope: Scope::default(),
            source: self.source(),
            description: Some(self.description.clone()),
            metadata: Metadata::new(),
        });
        Command {
            op: self.op.clone(),
            // The event that knows the tax and the one that does not are the same payment, so the
            // amount is no part of what was asked.
            request: request_digest(&["payment", &self.payment]),
            action,
        }
    }

    /// Where it came from. What another processor took was paid outside of here, as a top-up is.
    fn source(&self) -> CreditSource {
        match &self.paid {
            Some(paid) => CreditSource::TopUp {
                top_up: self.payment.clone(),
                processor: paid.processor.clone(),
                paid: paid.amount,
                currency: paid.currency.clone(),
                payment: None,
            },
            None => CreditSource::Payment {
                payment: self.payment.clone(),
                event: self.event.clone(),
                tax_known: self.tax_known,
                paid: self.with_tax,
            },
        }
    }

    /// Takes the tax back that an earlier event of the same payment could not know.
    #[must_use]
    pub fn exclude_tax(&self, grant: u64, tax: Amount) -> Command {
        Command {
            // An id of its own, so that the correction happens once, too, and never in place of the
            // credit.
            op: format!("{}:tax", self.op),
            request: request_digest(&["tax", &self.payment]),
            action: Action::ExcludeTax {
                payment: self.payment.clone(),
                grant,
                account: AccountId::default_for(&self.asset),
                tax,
            },
        }
    }
}

/// ```json
/// { "grant_id": "grant_…", "account": "default:USD", "amount": "20", "repaid": "0", "balances": [] }
/// ```
#[derive(Serialize)]
struct Credited<'a> {
    grant_id: String,
    account: String,
    /// All that came in, what repaid debt included.
    amount: Amount,
    /// How much of it repaid debt at once.
    repaid: Amount,
    balances: Vec<BalanceReply<'a>>,
}

/// The answer to a payment's or a top-up's credit. Only the edge reads it.
#[must_use]
pub fn credited(customer: &str, entry: &Entry) -> String {
    let Fact::Credited {
        grant,
        amount,
        repaid,
        ..
    } = &entry.fact
    else {
        // Only credits come here; a reply must not fail once its entry is written.
        return "{}".to_owned();
    };
    // A credit touches one account only.
    let account = entry
        .changes
        .first()
        .map(|change| change.account.to_string());
    json(&Credited {
        grant_id: ids::of_wallet("grant", customer, *grant),
        account: account.unwrap_or_default(),
        amount: *amount,
        repaid: *repaid,
        balances: balances(entry),
    })
}
