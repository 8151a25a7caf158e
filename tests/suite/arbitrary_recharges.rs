//! Arbitrary recharge rules, and what becomes of what they intend.

use proptest::prelude::*;
use scrip::engine::command::{DebitCause, RechargeChange, Said};
use scrip::engine::exchange::ExchangeRate;
use scrip::engine::recharge::{Fill, NO_PAYMENT_METHOD, Rule, Step};
use scrip::engine::*;
use scrip::wire::recharge::{Paid, note};

use crate::arbitrary::{ASSETS, Try, amount, passing};
use crate::properties::World;

fn whole(most: i64) -> impl Strategy<Value = Amount> {
    (1..most)
        .prop_map(|number| Amount::from_steps(i128::from(number) * 10_i128.pow(12)).expect("small"))
}

/// Of an asset that is paid for in USD. Amounts are small, so that rules are due often.
fn recharge_rule() -> impl Strategy<Value = Rule> {
    let fill = prop_oneof![
        whole(60).prop_map(Fill::Amount),
        // Above every threshold.
        whole(60).prop_map(|more| Fill::Target(
            more.folded_plus(Amount::from_steps(40 * 10_i128.pow(12)).expect("small"))
        )),
    ];
    let limit = || prop_oneof![2 => Just(None), 3 => whole(300).prop_map(Some)];
    let cooldown = prop_oneof![Just(60_u32), Just(600)];
    let enabled = prop_oneof![9 => Just(true), 1 => Just(false)];
    (whole(40), fill, limit(), limit(), cooldown, enabled).prop_map(
        |(threshold, fill, daily_limit, monthly_limit, cooldown, enabled)| Rule {
            threshold,
            fill,
            currency: "USD".into(),
            places: 2,
            payment_method: None,
            daily_limit,
            monthly_limit,
            cooldown,
            enabled,
        },
    )
}

pub fn rule() -> impl Strategy<Value = Try> {
    (0_usize..3, recharge_rule()).prop_map(|(account, rule)| Try::Recharge { account, rule })
}

/// Mostly about the last intent, which may be open.
pub fn charged() -> impl Strategy<Value = Try> {
    let which = prop_oneof![4 => Just(0_usize), 1 => 1_usize..3];
    (which, 0_u8..5).prop_map(|(which, what)| Try::Charged { which, what })
}

/// A rule and what its processor answers, with charges between that make it due again.
pub fn filling() -> impl Strategy<Value = Vec<(i64, Try)>> {
    let between = (0_usize..3, amount()).prop_map(|(account, amount)| Try::Debit {
        account,
        amount,
        subject: None,
        grant: None,
        cause: DebitCause::Charge,
    });
    let answers =
        proptest::collection::vec((passing(), prop_oneof![3 => charged(), 2 => between]), 1..6);
    (passing(), rule(), answers).prop_map(|(pass, rule, mut all)| {
        all.insert(0, (pass, rule));
        all
    })
}

/// Assets other than USD cost a hundredth of it.
pub fn rates() -> Vec<(AccountId, Option<ExchangeRate>)> {
    let cent = Amount::parse("0.01").expect("an amount");
    let all = ASSETS.iter().map(|(code, _)| {
        let rate = Some(ExchangeRate::SourcePerUnit(cent));
        (AccountId::default_for(code), rate)
    });
    all.collect()
}

impl World {
    pub fn recharged_by(account: usize, rule: &Rule) -> Action {
        let (account, asset) = Self::account(account);
        Action::Recharge(RechargeChange::Set {
            account,
            asset,
            rule: rule.clone(),
        })
    }

    /// A command about a row; nothing where there is no such row.
    pub fn known(&self, one: &Try) -> Option<Command> {
        match one {
            Try::Charged { which, what } => self.charged(*which, *what),
            Try::Reverse { row } => self.reversal(*row),
            _ => None,
        }
    }

    /// What somebody says of an intent, sensibly or not; nothing where nothing was intended.
    pub fn charged(&self, which: usize, what: u8) -> Option<Command> {
        let rows = self.rows().iter().map(|row| &row.entry);
        let is_intent = |entry: &&Entry| {
            let Fact::Recharge { step, .. } = &entry.fact else {
                return false;
            };
            matches!(step, Step::Intended(_))
        };
        let intents: Vec<&Entry> = rows.filter(is_intent).collect();
        let place = intents.len().checked_sub(1 + which)?;
        let intent = intents.get(place)?;
        let said = match what {
            0 | 1 => {
                let paid = Paid {
                    intent: intent.seq,
                    payment: "pi_1".into(),
                    processor: "simulated".into(),
                };
                return paid.credit(self.wallet(), intent);
            }
            2 => Said::Pending {
                payment: "pi_1".into(),
            },
            _ => Said::Declined {
                code: if what == 3 {
                    "card_declined"
                } else {
                    NO_PAYMENT_METHOD
                }
                .into(),
                decline_code: None,
                top_up: None,
                finally: what == 4 && which == 1,
            },
        };
        Some(note(&self.wallet().customer, intent.seq, said))
    }
}
