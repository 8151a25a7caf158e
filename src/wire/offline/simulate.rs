//! What events would cost, each at its own moment: the wallet records them one after the other, and time passes in
//! between, so that credit expires and plans renew as they would.

use serde::Serialize;
use serde_json::Value;

use crate::engine::hold::DEFAULT_SECONDS;
use crate::engine::price::{Warning, totals};
use crate::engine::{
    Action, Ask, Entry, Fact, Fee, Instant, OnInsufficient, OnUnpriced, UsageEvent, Wallet, apply,
    decide,
};
use crate::wire::estimate::{Estimate, estimate, fee_of, usage};
use crate::wire::problem::Problem;
use crate::wire::reply::Money;
use crate::wire::usage::warnings;
use crate::wire::wallet::accounts;

use super::explain::entry as explained;
use super::subject::{Subject, command, told, written};

/// The answer to [`simulate`].
#[derive(Serialize)]
struct Simulated {
    #[serde(flatten)]
    estimate: Estimate,
    /// What would be written down, in its order; with the place of the event that an entry is of, and without one
    /// where time did it.
    entries: Vec<Value>,
    /// What an authorization of all events, asked at the beginning, would be denied for.
    denial: Option<Value>,
    /// As it would stand afterwards; null without a wallet.
    wallet: Option<Value>,
}

/// What events would cost, which grants would pay for them, and how the wallet would stand afterwards.
///
/// # Errors
/// What is wrong with the question, by field; the engine's refusals.
pub fn simulate(question: &Value) -> Result<Value, Problem> {
    let subject = Subject::of(question, &["events"])?;
    let asked = question.get("events").unwrap_or(&Value::Null);
    let Some(wallet) = &subject.wallet else {
        // By the same way as an estimate, so that both say the same of the same prices.
        let none = Value::Null;
        let prices = question.get("prices").unwrap_or(&none);
        return Ok(written(&Simulated {
            estimate: estimate(asked, prices, subject.at)?,
            entries: Vec::new(),
            denial: None,
            wallet: None,
        }));
    };
    let events = usage(asked)?;
    let at = subject.at.max(wallet.at);
    let denial = denial(wallet, &Ask::Usage(events.clone()), None, at);
    let run = recorded(wallet, events, at)?;
    let now = run.now.at.max(at);
    let shown = accounts(&run.now, now);
    Ok(written(&Simulated {
        entries: run.entries.clone(),
        denial,
        wallet: serde_json::from_str(&shown).ok(),
        estimate: run.estimate()?,
    }))
}

/// The wallet records events, each at its own moment but none before this one.
pub(super) fn recorded(
    wallet: &Wallet,
    events: Vec<UsageEvent>,
    at: Instant,
) -> Result<Run, Problem> {
    let mut run = Run::new(wallet.clone());
    for (place, event) in events.into_iter().enumerate() {
        run.record(place, event, at)?;
    }
    Ok(run)
}

/// What an authorization would be answered with, where it is not approved. Whoever is refused for another reason than
/// money is told its code.
pub(super) fn denial(
    wallet: &Wallet,
    ask: &Ask,
    subject: Option<&str>,
    at: Instant,
) -> Option<Value> {
    let authorize = command(
        "offline:authorize".to_owned(),
        Action::Authorize {
            ask: ask.clone(),
            on_insufficient: OnInsufficient::Deny,
            seconds: DEFAULT_SECONDS,
            subject: subject.map(str::to_owned),
            on_unpriced: OnUnpriced::Deny,
        },
    );
    let refusal = decide(wallet, None, at, &authorize).err()?;
    Some(told(&refusal))
}

/// The wallet while the events happen.
pub(super) struct Run {
    now: Wallet,
    fees: Vec<Fee>,
    shown: Vec<Value>,
    warnings: Vec<Warning>,
    entries: Vec<Value>,
}

impl Run {
    const fn new(now: Wallet) -> Self {
        Self {
            now,
            fees: Vec::new(),
            shown: Vec::new(),
            warnings: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// What was charged, as an estimate says it.
    pub fn estimate(self) -> Result<Estimate, Problem> {
        let money = |(asset, amount)| Money { asset, amount };
        Ok(Estimate {
            totals: totals(&self.fees)?.into_iter().map(money).collect(),
            fees: self.shown,
            warnings: warnings(&self.warnings),
        })
    }

    fn record(&mut self, place: usize, event: UsageEvent, at: Instant) -> Result<(), Problem> {
        // An event of the past is recorded late, and one of the future when it has come.
        let at = event.occurred_at.map_or(at, |occurred| occurred.max(at));
        let record = command(
            format!("offline:event:{place}"),
            Action::RecordUsage { event },
        );
        let entries = decide(&self.now, None, at, &record)?;
        for entry in &entries {
            apply(&mut self.now, entry);
            self.note(place, entry);
        }
        Ok(())
    }

    fn note(&mut self, place: usize, entry: &Entry) {
        let mut line = explained(&self.now, entry);
        if let Fact::UsageRecorded {
            event,
            fees,
            warnings,
        } = &entry.fact
        {
            if let Value::Object(fields) = &mut line {
                fields.insert("event".to_owned(), place.into());
            }
            for fee in fees {
                let known = self.now.price(&fee.price_id);
                let shown = known.and_then(|(_, price)| fee_of(place, event, price, fee));
                self.shown.extend(shown);
            }
            self.fees.extend(fees.iter().cloned());
            let told = warnings.iter().cloned();
            self.warnings.extend(told.map(|one| one.at_place(place)));
        }
        self.entries.push(line);
    }
}
