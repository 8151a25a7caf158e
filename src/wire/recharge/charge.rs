//! What the wallet and whoever charges tell each other of intents.

use serde::{Deserialize, Serialize};

use crate::engine::command::{CreditSource, Metadata, RechargeChange, Said};
use crate::engine::recharge::{Due, IntentId, Off, Step, Terms};
use crate::engine::recharging::{available, due};
use crate::engine::scope::Scope;
use crate::engine::{
    AccountId, Action, Amount, Asset, Command, Credit, Entry, Fact, Instant, Purpose, Wallet,
};
use crate::journal::chain::request_digest;
use crate::wire::ids;
use crate::wire::request::command;

/// What there is to be charged in a wallet.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Charges {
    /// Rules that are due as soon as their rate is known.
    pub unpriced: Vec<Unpriced>,
    /// Intents that have not ended.
    pub open: Vec<OpenCharge>,
}

/// A rule whose asset is not its currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unpriced {
    pub account: AccountId,
    pub currency: String,
}

/// An intent, as it is charged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenCharge {
    /// `rch_…`: the key under which it is charged.
    pub id: String,
    pub account: AccountId,
    pub precision: u32,
    pub at: Instant,
    pub terms: Terms,
    /// The processor has it already.
    pub is_pending: bool,
}

/// That an intent was paid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paid {
    pub intent: IntentId,
    /// The processor's id.
    pub payment: String,
    pub processor: String,
}

/// `rch_<customer>_<seq>`.
#[must_use]
pub fn id_of(customer: &str, intent: IntentId) -> String {
    ids::of_wallet("rch", customer, intent)
}

/// The customer and the intent of such an id.
#[must_use]
pub fn parse_id(text: &str) -> Option<(String, IntentId)> {
    ids::parse_of_wallet("rch", text)
}

/// What there is to be charged now.
#[must_use]
pub fn charges(wallet: &Wallet, at: Instant) -> Charges {
    let mut charges = Charges::default();
    for (account, one) in &wallet.recharges {
        let there = available(wallet, account, at);
        let now = there.map(|available| due(wallet, one, available, at));
        if now == Ok(Due::Now) && account.asset != one.rule.currency {
            charges.unpriced.push(Unpriced {
                account: account.clone(),
                currency: one.rule.currency.clone(),
            });
        }
        let precision = wallet.accounts.get(account).map(|one| one.asset.precision);
        if let Some((open, precision)) = one.open.as_ref().zip(precision) {
            charges.open.push(OpenCharge {
                id: id_of(&wallet.customer, open.id),
                account: account.clone(),
                precision,
                at: open.at,
                terms: open.terms.clone(),
                is_pending: open.pending.is_some(),
            });
        }
    }
    charges
}

impl Paid {
    /// The credit of an intent: what its own entry says, once, however often it is told. Nothing where the entry
    /// intended nothing.
    #[must_use]
    pub fn credit(&self, wallet: &Wallet, intended: &Entry) -> Option<Command> {
        let Fact::Recharge {
            account,
            step: Step::Intended(terms),
        } = &intended.fact
        else {
            return None;
        };
        let precision = wallet.accounts.get(account)?.asset.precision;
        let id = id_of(&wallet.customer, self.intent);
        let action = Action::Credit(Credit {
            account: account.clone(),
            asset: Asset {
                code: account.asset.clone(),
                precision,
            },
            amount: terms.amount,
            purpose: Purpose::Paid,
            effective_at: None,
            expires_at: None,
            scope: Scope::default(),
            source: CreditSource::Recharge {
                recharge: self.intent,
                payment: self.payment.clone(),
                processor: self.processor.clone(),
                paid: terms.price,
                currency: terms.currency.clone(),
            },
            description: None,
            metadata: Metadata::new(),
        });
        Some(Command {
            op: format!("recharge:{id}"),
            // Whoever tells it, and whatever else he says, it is the same payment.
            request: request_digest(&["recharge", &id]),
            action,
        })
    }
}

/// Notes what a processor says, once each: of a payment that is pending, and of one that was declined.
#[must_use]
pub fn note(customer: &str, intent: IntentId, said: Said) -> Command {
    let id = id_of(customer, intent);
    let word = match said {
        Said::Pending { .. } => "pending",
        Said::Declined { .. } => "declined",
    };
    let op = format!("recharge:{id}:{word}");
    let request = request_digest(&[&op]);
    let action = Action::Recharge(RechargeChange::Note { intent, said });
    Command {
        op,
        request,
        action,
    }
}

/// Turns the rule of an account off.
#[must_use]
pub fn stop(account: &AccountId, because: Off, turn: u64) -> Command {
    let account = account.clone();
    let op = format!("recharge:{account}:{turn}:stop");
    command(
        op,
        Action::Recharge(RechargeChange::Stop { account, because }),
    )
}

impl OpenCharge {
    /// The intent that its id carries.
    #[must_use]
    pub fn intent(&self) -> Option<IntentId> {
        parse_id(&self.id).map(|(_, intent)| intent)
    }

    /// What is charged.
    #[must_use]
    pub const fn price(&self) -> Amount {
        self.terms.price
    }
}
