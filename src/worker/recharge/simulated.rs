//! The simulated processor: cards that do what their name says, and a table of what it has charged. It is on the test
//! side only, and moves no money.

use crate::engine::Instant;
use crate::wire::Problem;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Row, unreadable};
use crate::worker::edge::world::Waits;
use crate::worker::payment_methods::cards::{EXPIRED, behaviour};
use crate::worker::payment_methods::handlers::SIMULATED;

use super::charger::{Charge, Charged, Charger};
use super::statements;

pub struct Simulated<'a> {
    pub context: &'a Context<'a>,
    pub who: &'a Principal,
}

impl Charger for Simulated<'_> {
    fn name(&self) -> &'static str {
        SIMULATED
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> Waits<'a, Charged> {
        Box::pin(async move {
            // It may be written although nobody answered, so a failure must never read as a decline.
            let charged = self.make(charge).await;
            charged.unwrap_or(Charged::Unknown)
        })
    }

    fn look_up<'a>(&'a self, id: &'a str) -> Waits<'a, Result<Option<Charged>, Problem>> {
        Box::pin(async move {
            let asked = vec![statements::charge(self.who, id)];
            let answer = self.context.directory(asked).await?;
            answer.row(0)?.map(|row| self.read(row)).transpose()
        })
    }
}

impl Simulated<'_> {
    fn now(&self) -> i64 {
        self.context.world.clock().saturating_mul(1_000)
    }

    async fn make(&self, charge: &Charge) -> Result<Charged, Problem> {
        let now = self.now();
        let does = if is_over(charge.good_until, now) {
            EXPIRED
        } else {
            behaviour(&charge.method)
        };
        let known_at = Instant::from_micros(now).plus_seconds(does.after);
        let values = vec![
            Some(charge.id.clone()),
            Some(charge.customer.clone()),
            Some(charge.id.replacen("rch_", "pi_sim_", 1)),
            Some(charge.method.clone()),
            Some(charge.price.to_string()),
            Some(charge.currency.clone()),
            Some(does.outcome.to_owned()),
            does.code.map(str::to_owned),
            does.decline_code.map(str::to_owned),
            Some(now.to_string()),
            Some(known_at.micros().to_string()),
        ];
        let answer = self
            .context
            .directory(vec![
                statements::insert_charge(self.who, values),
                // Read back, because whoever charged first under this id has decided.
                statements::charge(self.who, &charge.id),
            ])
            .await?;
        self.read(answer.row(1)?.ok_or_else(unreadable)?)
    }

    /// What has become of a charge by now.
    fn read(&self, row: Row<'_>) -> Result<Charged, Problem> {
        let payment = row.text("payment")?;
        // Its outcome is stored from the start; until then nobody could know it.
        if row.number("known_at").ok_or_else(unreadable)? > self.now() {
            return Ok(Charged::Processing { payment });
        }
        Ok(match row.text("outcome")?.as_str() {
            "succeeded" => Charged::Succeeded { payment },
            "requires_action" => Charged::RequiresAction,
            _ => Charged::Declined {
                code: row.text("code")?,
                decline_code: row.given("decline_code"),
            },
        })
    }
}

/// Whether the month is over to whose end a card was good. Months of RFC 3339 sort as text.
fn is_over((year, month): (u32, u32), now: i64) -> bool {
    let now = time::format(Instant::from_micros(now));
    let end = format!("{year:04}-{month:02}");
    now.get(..7).is_some_and(|now| now > end.as_str())
}
