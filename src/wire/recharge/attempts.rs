//! What became of the last recharges of an account, from the rows that say so.

use serde::Serialize;

use crate::engine::recharge::{Attempt, Outcome, Step};
use crate::engine::{AccountId, Entry, Fact, Instant};
use crate::wire::reply::json;
use crate::wire::time;

use super::reply::AttemptReply;

/// An intent that has ended, and when the next one waits for, where it was declined.
pub struct Ended {
    attempt: Attempt,
    retry_at: Option<Instant>,
}

#[derive(Serialize)]
struct EndedReply<'a> {
    #[serde(flatten)]
    attempt: AttemptReply<'a>,
    /// The one that was named; null where it was the default one of that moment.
    payment_method: Option<&'a str>,
    /// When it is tried again: absent where it was paid, and where the rule has turned itself off.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<String>,
}

impl Ended {
    /// Nothing where the entry intended nothing for this account, and while it is open.
    #[must_use]
    pub fn of(
        account: &AccountId,
        intended: &Entry,
        paid: Option<&Entry>,
        declined: Option<&Entry>,
    ) -> Option<Self> {
        let Fact::Recharge {
            account: of,
            step: Step::Intended(terms),
        } = &intended.fact
        else {
            return None;
        };
        let attempt = |ended_at, outcome| Attempt {
            id: intended.seq,
            at: intended.at,
            ended_at,
            terms: terms.clone(),
            outcome,
        };
        if of != account {
            return None;
        }
        // First, because a payment that comes after it was given up is one all the same.
        if let Some(paid) = paid {
            return Some(Self {
                attempt: attempt(paid.at, Outcome::Succeeded),
                retry_at: None,
            });
        }
        let declined = declined?;
        let Fact::Recharge {
            step:
                Step::Declined {
                    code,
                    decline_code,
                    top_up,
                    retry_at,
                    ..
                },
            ..
        } = &declined.fact
        else {
            return None;
        };
        let outcome = Outcome::Declined {
            code: code.clone(),
            decline_code: decline_code.clone(),
            top_up: top_up.clone(),
        };
        Some(Self {
            attempt: attempt(declined.at, outcome),
            retry_at: *retry_at,
        })
    }
}

/// `GET …/wallet/recharge/{asset}/attempts`.
#[must_use]
pub fn attempts(customer: &str, ended: &[Ended]) -> String {
    let reply = |one: &Ended| {
        json(&EndedReply {
            attempt: AttemptReply::of(customer, &one.attempt),
            payment_method: one.attempt.terms.payment_method.as_deref(),
            retry_at: one.retry_at.map(time::format),
        })
    };
    let items: Vec<String> = ended.iter().map(reply).collect();
    format!("{{\"items\":[{}]}}", items.join(","))
}
