//! The wallet that a question is about.
//!
//! | the question has | the wallet is |
//! |---|---|
//! | `entries` | the fold of its whole history, with its own prices |
//! | `wallet` | one with the balances that `GET …/wallet` shows; it has no prices of its own |
//! | neither | none: nothing was used before, and everything is covered |
//!
//! `prices` stand in the place of the wallet's own. A price of an id that the wallet knows goes on where that one
//! is in its tiers.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::command::{CreditSource, DebitCause};
use crate::engine::entry::FORMAT;
use crate::engine::freeze::{FreezeCause, FreezeChange};
use crate::engine::scope::Scope;
use crate::engine::usage::{MAX_LATE_DAYS, Maths};
use crate::engine::{
    AccountId, Action, Amount, Asset, Command, Credit, Debit, Entry, Fact, Instant, Plan, Price,
    PricedProduct, Purpose, Refusal, SubscriptionStatus, Wallet, apply, decide,
};
use crate::wire::catalogue::DEFAULT_PRECISION;
use crate::wire::estimate::published;
use crate::wire::history::{Item, last_at, rows, wallet};
use crate::wire::problem::Problem;
use crate::wire::time;
use crate::wire::usage::denied;

/// The fields that every question may have.
const COMMON: [&str; 5] = ["entries", "wallet", "prices", "product", "at"];

/// What a question is about.
pub(super) struct Subject {
    pub wallet: Option<Wallet>,
    /// The moment that is asked about: that of the last entry, unless another is given.
    pub at: Instant,
}

impl Subject {
    /// Reads it; `own` are the fields that the question has beside.
    ///
    /// # Errors
    /// What is wrong with it, by field.
    pub fn of(question: &Value, own: &[&str]) -> Result<Self, Problem> {
        check_fields(question, own)?;
        let items = field::<Vec<Item>>(question, "entries")?;
        let shown = field::<Shown>(question, "wallet")?;
        if items.is_some() && shown.is_some() {
            let sentence = "must be left out when entries are given";
            return Err(Problem::field("wallet", sentence));
        }
        let at = moment(question, "at")?;
        let prices = question.get("prices").map(published).transpose()?;
        let history = items.map(rows).transpose()?;
        let known = history.as_ref().map(|rows| last_at(rows));
        let at = at.or(known).unwrap_or_default();
        let mut wallet = match (history, shown) {
            (Some(rows), _) => Some(wallet(&rows)),
            (None, Some(shown)) => Some(shown.wallet(at)?),
            (None, None) => None,
        };
        if let (Some(wallet), Some(prices)) = (&mut wallet, prices) {
            let code = field::<String>(question, "product")?;
            sell(wallet, code.unwrap_or_default(), prices);
        }
        if let Some(wallet) = &mut wallet {
            // Nothing is recorded here, so that no event comes too late to be asked about.
            wallet.late_events_days = Some(MAX_LATE_DAYS);
        }
        Ok(Self { wallet, at })
    }

    /// The wallet, where the question cannot be asked without one.
    ///
    /// # Errors
    /// `validation_failed` where there is none.
    pub fn wallet(&self) -> Result<&Wallet, Problem> {
        let none = || Problem::field("entries", "is required, or wallet instead");
        self.wallet.as_ref().ok_or_else(none)
    }
}

/// A field of a question; nothing where it is absent.
///
/// # Errors
/// `validation_failed` where it cannot be read.
pub(super) fn field<T: DeserializeOwned>(
    question: &Value,
    name: &str,
) -> Result<Option<T>, Problem> {
    let value = question.get(name).filter(|value| !value.is_null());
    let read = value.map(|value| serde_json::from_value(value.clone()));
    read.transpose()
        .map_err(|error| Problem::field(name, format!("cannot be read: {error}")))
}

/// A moment, as text.
pub(super) fn moment(question: &Value, name: &str) -> Result<Option<Instant>, Problem> {
    let Some(text) = field::<String>(question, name)? else {
        return Ok(None);
    };
    let sentence = "must be a Date, milliseconds, or a time such as 2026-01-31T12:00:00Z";
    let at = time::parse(&text).ok_or_else(|| Problem::field(name, sentence))?;
    Ok(Some(at))
}

/// A misspelt field would be passed over in silence, and another question be answered.
fn check_fields(question: &Value, own: &[&str]) -> Result<(), Problem> {
    let Some(fields) = question.as_object() else {
        return Err(Problem::field("question", "must be an object"));
    };
    for name in fields.keys() {
        let name = name.as_str();
        if !COMMON.contains(&name) && !own.contains(&name) {
            let known = [&COMMON[..], own].concat().join(", ");
            return Err(Problem::field(name, format!("is not one of {known}")));
        }
    }
    Ok(())
}

/// Puts prices in the place of the wallet's own, as the row of a subscription would.
fn sell(wallet: &mut Wallet, code: String, prices: Vec<Price>) {
    // All that names the products of before goes with them: a price of the same id would else be taken for theirs.
    wallet.subscriptions = <_>::default();
    wallet.copies = <_>::default();
    wallet.past = <_>::default();
    wallet.minimums = <_>::default();
    wallet.families = <_>::default();
    let product = PricedProduct {
        code,
        version: 1,
        prices,
        ..PricedProduct::default()
    };
    let entry = Entry {
        v: FORMAT,
        seq: wallet.seq.saturating_add(1),
        at: wallet.at,
        op: "offline:prices".to_owned(),
        request: String::new(),
        fact: Fact::Subscribed {
            products: vec![product],
            status: SubscriptionStatus::Active,
            fees: Vec::new(),
            plan: Plan::default(),
            resumed: Vec::new(),
        },
        changes: Vec::new(),
        counts: Vec::new(),
        reached: Vec::new(),
    };
    apply(wallet, &entry);
}

/// What `GET …/wallet` shows, as far as it is looked at.
#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    customer_id: String,
    accounts: Vec<ShownAccount>,
    #[serde(default)]
    freezes: Vec<Value>,
}

#[derive(Deserialize)]
struct ShownAccount {
    #[serde(default)]
    name: Option<String>,
    asset: String,
    available: Amount,
    #[serde(default)]
    overdraft: Amount,
    #[serde(default)]
    restricted: Vec<Restricted>,
    #[serde(default)]
    precision: Option<u32>,
}

#[derive(Deserialize)]
struct Restricted {
    amount: Amount,
    restricted_to: Scope,
}

impl Shown {
    /// A wallet of these balances. What is held stays held, so it is not there to be asked about.
    fn wallet(self, at: Instant) -> Result<Wallet, Problem> {
        let mut opening = Opening::new(at);
        opening.add(Action::OpenWallet {
            wallet: "offline".to_owned(),
            customer: self.customer_id,
        })?;
        // Usage is paid from an asset's default account and from no other.
        let own = |one: &ShownAccount| one.name.as_deref().is_none_or(|name| name == "default");
        for account in self.accounts.into_iter().filter(own) {
            opening.account(account)?;
        }
        if !self.freezes.is_empty() {
            opening.add(Action::Freeze(FreezeChange {
                frozen: true,
                cause: FreezeCause::Manual,
                id: None,
                payment: None,
                reason: None,
            }))?;
        }
        Ok(opening.wallet)
    }
}

/// A wallet that is filled by commands, so that what cannot be is refused here as it would be there.
struct Opening {
    wallet: Wallet,
    at: Instant,
}

impl Opening {
    fn new(at: Instant) -> Self {
        Self {
            wallet: Wallet::default(),
            at,
        }
    }

    fn add(&mut self, action: Action) -> Result<(), Problem> {
        let command = command(format!("offline:{}", self.wallet.seq), action);
        for entry in decide(&self.wallet, None, self.at, &command)? {
            apply(&mut self.wallet, &entry);
        }
        Ok(())
    }

    fn account(&mut self, shown: ShownAccount) -> Result<(), Problem> {
        let precision = shown.precision.unwrap_or(DEFAULT_PRECISION);
        let asset = Asset::new(&shown.asset, precision);
        let asset = asset.map_err(|sentence| Problem::field("wallet.accounts", sentence))?;
        let account = AccountId::default_for(&asset.code);
        // The account is there also where nothing is in it.
        self.add(Action::SetOverdraft {
            account: account.clone(),
            asset: asset.clone(),
            limit: shown.overdraft,
        })?;
        if shown.available.is_negative() {
            self.add(Action::Debit(Debit {
                account: account.clone(),
                asset: asset.clone(),
                amount: shown.available.negated(),
                cause: DebitCause::Charge,
                subject: None,
                description: None,
                metadata: <_>::default(),
                maths: Maths::default(),
                grant: None,
            }))?;
        }
        let free = shown.available.is_positive().then(|| Restricted {
            amount: shown.available,
            restricted_to: Scope::default(),
        });
        for part in free.into_iter().chain(shown.restricted) {
            self.add(Action::Credit(Credit {
                account: account.clone(),
                asset: asset.clone(),
                amount: part.amount,
                purpose: Purpose::Paid,
                effective_at: None,
                expires_at: None,
                scope: part.restricted_to,
                source: CreditSource::Adjustment {
                    reason: "external_topup".to_owned(),
                },
                description: None,
                metadata: <_>::default(),
            }))?;
        }
        Ok(())
    }
}

/// A command that no request has asked for.
pub(super) fn command(op: String, action: Action) -> Command {
    Command {
        op,
        request: String::new(),
        action,
    }
}

/// A refusal as the API tells it.
pub(super) fn told(refusal: &Refusal) -> Value {
    let body = denied(refusal, None);
    let body = body.and_then(|body| serde_json::from_str(&body).ok());
    body.unwrap_or_else(|| json!({ "code": refusal.code(), "detail": refusal.sentence() }))
}

/// An answer. It has string keys and no floats, so writing it cannot fail.
pub(super) fn written(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}
