//! What a reply says of a rule: what was set, where it stands, and what it would do.

use serde::Serialize;

use crate::engine::calendar::Window;
use crate::engine::recharge::{Attempt, Due, Fill, Intent, Off, Outcome, Plan, Recharge};
use crate::engine::recharging::{available, due};
use crate::engine::{AccountId, Amount, AmountError, Instant, Refusal, Wallet};
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::time;

use super::charge::id_of;
use super::request::{Given, NewRecharge};
use super::sentence::{FROZEN, of_idle, of_off, of_plan, of_rule, of_wait};

/// One rule, and where it stands.
#[derive(Serialize)]
struct RechargeReply<'a> {
    account: String,
    account_name: &'a str,
    asset: &'a str,
    enabled: bool,
    threshold: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Amount>,
    currency: &'a str,
    /// The default one where it is null.
    payment_method: Option<&'a str>,
    daily_limit: Option<Amount>,
    monthly_limit: Option<Amount>,
    cooldown: u32,
    /// The rule as a sentence.
    sentence: String,
    /// `idle`, `charging`, `waiting`, `off`.
    state: &'static str,
    /// The state as a sentence.
    says: String,
    /// Why it waits or is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_until: Option<String>,
    available: Amount,
    /// In the currency, of the day and the month of UTC, with what is being charged.
    spent_today: Amount,
    spent_this_month: Amount,
    charging: Option<ChargingReply>,
    last_attempt: Option<AttemptReply<'a>>,
}

/// An intent that has not ended.
#[derive(Serialize)]
struct ChargingReply {
    id: String,
    at: String,
    amount: Amount,
    price: Amount,
    currency: String,
    /// `charging`, or `processing` where the processor has it and does not know yet.
    status: &'static str,
}

/// One that has.
#[derive(Serialize)]
pub(super) struct AttemptReply<'a> {
    id: String,
    at: String,
    ended_at: String,
    amount: Amount,
    price: Amount,
    currency: &'a str,
    /// `succeeded`, `declined`.
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decline_code: Option<&'a str>,
    /// Where the customer can pay the same by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    top_up: Option<&'a str>,
}

impl ChargingReply {
    fn of(customer: &str, open: &Intent) -> Self {
        let status = match open.pending {
            Some(_) => "processing",
            None => "charging",
        };
        Self {
            id: id_of(customer, open.id),
            at: time::format(open.at),
            amount: open.terms.amount,
            price: open.terms.price,
            currency: open.terms.currency.clone(),
            status,
        }
    }
}

impl<'a> AttemptReply<'a> {
    pub(super) fn of(customer: &str, one: &'a Attempt) -> Self {
        let (outcome, code, decline_code, top_up) = match &one.outcome {
            Outcome::Succeeded => ("succeeded", None, None, None),
            Outcome::Declined {
                code,
                decline_code,
                top_up,
            } => (
                "declined",
                Some(code.as_str()),
                decline_code.as_deref(),
                top_up.as_deref(),
            ),
        };
        Self {
            id: id_of(customer, one.id),
            at: time::format(one.at),
            ended_at: time::format(one.ended_at),
            amount: one.terms.amount,
            price: one.terms.price,
            currency: &one.terms.currency,
            outcome,
            code,
            decline_code,
            top_up,
        }
    }
}

/// Where a rule stands: a word, a sentence, why, and until when.
struct State {
    word: &'static str,
    says: String,
    because: Option<&'static str>,
    until: Option<Instant>,
}

impl State {
    fn of(account: &AccountId, due: Due, available: Amount) -> Self {
        let (word, says, because, until) = match due {
            Due::Off(off) => {
                let because = off.map(Off::word);
                ("off", of_off(off).to_owned(), because, None)
            }
            Due::Idle => ("idle", of_idle(&account.asset, available), None, None),
            Due::Frozen => ("waiting", FROZEN.to_owned(), Some("frozen"), None),
            Due::Waits { until, because } => {
                let says = of_wait(until, because);
                ("waiting", says, Some(because.word()), Some(until))
            }
            // One that is due is charged as soon as its rate is known, so nobody need tell the two apart.
            Due::Charging | Due::Now => ("charging", "Is being charged.".to_owned(), None, None),
        };
        Self {
            word,
            says,
            because,
            until,
        }
    }
}

fn reply<'a>(
    wallet: &Wallet,
    account: &'a AccountId,
    one: &'a Recharge,
    at: Instant,
) -> RechargeReply<'a> {
    let rule = &one.rule;
    let available = available(wallet, account, at).unwrap_or_default();
    let state = State::of(account, due(wallet, one, available, at), available);
    let (amount, target) = match rule.fill {
        Fill::Amount(amount) => (Some(amount), None),
        Fill::Target(target) => (None, Some(target)),
    };
    let open = one.open.as_ref();
    let last = one.last.as_ref();
    RechargeReply {
        account: account.to_string(),
        account_name: &account.name,
        asset: &account.asset,
        enabled: rule.enabled,
        threshold: rule.threshold,
        amount,
        target,
        currency: &rule.currency,
        payment_method: rule.payment_method.as_deref(),
        daily_limit: rule.daily_limit,
        monthly_limit: rule.monthly_limit,
        cooldown: rule.cooldown,
        sentence: of_rule(account, rule),
        state: state.word,
        says: state.says,
        because: state.because,
        waits_until: state.until.map(time::format),
        available,
        spent_today: one.today.within(Window::Day, at),
        spent_this_month: one.this_month.within(Window::Month, at),
        charging: open.map(|open| ChargingReply::of(&wallet.customer, open)),
        last_attempt: last.map(|last| AttemptReply::of(&wallet.customer, last)),
    }
}

/// `GET …/wallet/recharge/{asset}`; nothing where the account has no rule.
#[must_use]
pub fn rule(wallet: &Wallet, account: &AccountId, at: Instant) -> Option<String> {
    let one = wallet.recharges.get(account)?;
    Some(json(&reply(wallet, account, one, at)))
}

/// `GET …/wallet/recharge`: every rule.
#[must_use]
pub fn rules(wallet: &Wallet, at: Instant) -> String {
    let all = wallet.recharges.iter();
    let items: Vec<String> = all
        .map(|(account, one)| json(&reply(wallet, account, one, at)))
        .collect();
    format!("{{\"items\":[{}]}}", items.join(","))
}

/// What would happen if a rule were saved now.
#[derive(Serialize)]
struct PreviewReply {
    sentence: String,
    /// `charge`, `wait`, `nothing`.
    would: &'static str,
    /// The same as a sentence.
    saving: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_until: Option<String>,
    available: Amount,
}

/// `POST …/wallet/recharge/{asset}/preview`: nothing is changed.
///
/// # Errors
/// As [`NewRecharge::rule`]; `amount_out_of_range` where a sum leaves the bounds of an amount.
pub fn preview(
    wallet: &Wallet,
    new: &NewRecharge,
    given: &Given,
    at: Instant,
) -> Result<String, Problem> {
    let (account, rule) = (&new.account, new.rule(given)?);
    let sentence = of_rule(account, &rule);
    let known = wallet.recharges.get(account).cloned();
    // As the wallet would do it, so that a preview cannot promise something else.
    let then = match known {
        Some(mut known) => {
            known.set(rule);
            known
        }
        None => Recharge::new(rule),
    };
    let out_of_range = |_: AmountError| Problem::from(Refusal::AmountOutOfRange);
    let available = available(wallet, account, at).map_err(out_of_range)?;
    let asset = &account.asset;
    let now = due(wallet, &then, available, at);
    let plan = match now {
        Due::Now => {
            let rate = given.rate.filter(|_| !new.is_in_kind());
            let plan = then.plan(available, given.precision, rate, at);
            Some(plan.map_err(out_of_range)?)
        }
        Due::Waits { until, because } => Some(Plan::Defer { until, because }),
        Due::Off(_) | Due::Charging | Due::Idle | Due::Frozen => None,
    };
    let (would, says) = match (&plan, now) {
        (Some(plan @ Plan::Charge(_)), _) => ("charge", of_plan(asset, plan)),
        (Some(plan), _) => ("wait", of_plan(asset, plan)),
        (None, Due::Charging) => {
            let says = "Charges nothing more now: a recharge is being charged already.";
            ("nothing", says.to_owned())
        }
        (None, Due::Frozen) => ("wait", FROZEN.to_owned()),
        (None, Due::Off(off)) => ("nothing", of_off(off).to_owned()),
        (None, _) => ("nothing", of_idle(asset, available)),
    };
    let mut reply = PreviewReply {
        sentence,
        would,
        saving: says,
        amount: None,
        price: None,
        currency: None,
        waits_until: None,
        available,
    };
    match plan {
        Some(Plan::Charge(terms)) => {
            reply.amount = Some(terms.amount);
            reply.price = Some(terms.price);
            reply.currency = Some(terms.currency);
        }
        Some(Plan::Defer { until, .. }) => reply.waits_until = Some(time::format(until)),
        None => {}
    }
    Ok(json(&reply))
}
