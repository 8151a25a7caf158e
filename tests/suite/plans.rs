//! No sequence of plan commands makes money or credit: within a period, what was given is never more than
//! the best of the plans would have earned, and money and credit move by the same fraction.

use proptest::prelude::*;
use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::entitlement::{Entitlement, Refresh};
use scrip::engine::price::{Due, FixedPrice};
use scrip::engine::scope::Scope;
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{settle, transact};

use crate::arbitrary::START;
use crate::asked::{self, whole};
use crate::audit::{Audit, pico};

const HOUR: i64 = 3_600_000_000;

/// Credit of every plan for each unit of its fee.
const CREDIT: u32 = 10;

fn asset(code: &str) -> Asset {
    Asset::new(code, 12).expect("an asset")
}

/// A version of the only product; its fee, unless all are free, is a tenth of its credit.
fn plan(version: u32, worth: u32, is_free: bool) -> PricedProduct {
    let month = Interval {
        unit: Unit::Month,
        count: 1,
    };
    let fee = FixedPrice {
        id: format!("fee_{version}"),
        name: String::new(),
        asset: asset("USD"),
        amount: whole(worth),
        due: Due::Recurring(month),
    };
    PricedProduct {
        id: "prod".into(),
        code: "plan".into(),
        version,
        fixed_prices: Some(fee).filter(|_| !is_free).into_iter().collect(),
        entitlements: vec![Entitlement {
            // Names decide nothing.
            name: format!("tokens_{version}"),
            asset: asset("TOKENS"),
            amount: whole(worth * CREDIT),
            purpose: Purpose::Bundled,
            every: month,
            refresh: Refresh::ExpireAndReplace,
            priority: 50,
            revenue_basis: None,
            scope: Scope::default(),
        }],
        ..PricedProduct::default()
    }
}

#[derive(Clone, Debug)]
enum Did {
    Subscribe(usize),
    Move { to: usize, prorate: bool },
    Change(Change),
    Spend(u32),
    Hold(u32),
    Release,
}

fn did() -> impl Strategy<Value = Did> {
    prop_oneof![
        3 => (0_usize..4).prop_map(Did::Subscribe),
        8 => (0_usize..4, proptest::bool::weighted(0.9))
            .prop_map(|(to, prorate)| Did::Move { to, prorate }),
        4 => prop_oneof![
            Just(Change::Activate),
            Just(Change::Deactivate),
            Just(Change::CancelAtPeriodEnd),
            Just(Change::Resume),
        ]
        .prop_map(Did::Change),
        3 => (1_u32..300).prop_map(Did::Spend),
        2 => (1_u32..300).prop_map(Did::Hold),
        2 => Just(Did::Release),
    ]
}

/// The wallet of a customer who can pay everything.
struct Story {
    journal: MemoryJournal,
    wallet: Wallet,
    audit: Audit,
    clock: i64,
    plans: Vec<PricedProduct>,
}

impl Story {
    fn run(&mut self, action: Action) -> Result<(), TestCaseError> {
        let command = Command {
            op: format!("op:{}", self.journal.rows.len()),
            request: String::new(),
            action,
        };
        let now = Instant::from_micros(self.clock);
        // Refused or not.
        let _ = transact(&mut self.journal, &mut self.wallet, now, &[command]);
        settle(&mut self.journal, &mut self.wallet, now).expect("no failure");
        let step = self.audit.step(&self.journal, &self.wallet);
        step.map_err(TestCaseError::fail)
    }

    fn action(&self, did: &Did) -> Action {
        let last = self.wallet.subscriptions.last();
        let subscription = last.map_or(0, |one| one.id);
        match did {
            Did::Subscribe(version) => Action::subscribe(vec![self.plans[*version].clone()]),
            Did::Move { to, prorate } => Action::ChangeProduct {
                subscription,
                product: self.plans[*to].clone(),
                replaces: "prod".into(),
                prorate: *prorate,
            },
            Did::Change(change) => Action::ChangeSubscription {
                subscription,
                change: *change,
            },
            Did::Spend(amount) => {
                let account = AccountId::default_for("TOKENS");
                let there = self.wallet.accounts.get(&account);
                let there = there.and_then(|one| one.available(self.wallet.at).ok());
                // Nobody goes into debt, which the next credit would repay.
                let amount = whole(*amount).min(there.unwrap_or_default().max(Amount::ZERO));
                Action::Debit(asked::charge(asset("TOKENS"), amount))
            }
            Did::Hold(amount) => authorize(whole(*amount)),
            Did::Release => Action::ReleaseHold {
                hold: self.wallet.holds.keys().next().copied().unwrap_or(0),
                reason: None,
            },
        }
    }

    /// What was charged and what was given, without what came back.
    fn net(&self) -> (i128, i128) {
        let (mut charged, mut given) = (0, 0);
        for row in &self.journal.rows {
            match &row.entry.fact {
                Fact::Subscribed { fees, .. }
                | Fact::SubscriptionChanged { fees, .. }
                | Fact::SubscriptionRenewed { fees, .. } => {
                    charged += fees.iter().map(|fee| pico(fee.amount)).sum::<i128>();
                }
                Fact::ProductChanged {
                    charged: more,
                    credited,
                    taken,
                    ..
                } => {
                    charged += more.iter().map(|fee| pico(fee.amount)).sum::<i128>();
                    charged -= credited.iter().map(|fee| pico(fee.amount)).sum::<i128>();
                    given -= taken.iter().map(|one| pico(one.amount)).sum::<i128>();
                }
                Fact::EntitlementGranted { amount, .. } => given += pico(*amount),
                _ => {}
            }
        }
        (charged, given)
    }
}

fn authorize(amount: Amount) -> Action {
    Action::Authorize {
        ask: Ask::Amount {
            asset: "TOKENS".into(),
            amount,
        },
        on_insufficient: OnInsufficient::Cap,
        on_unpriced: OnUnpriced::Deny,
        seconds: hold::MAX_SECONDS,
        subject: None,
    }
}

fn credit() -> Action {
    Action::Credit(asked::credit(asset("USD"), whole(1_000_000)))
}

proptest! {
    #![proptest_config(crate::properties::config(400))]

    #[test]
    fn no_sequence_of_plans_gives_more_than_the_best_of_them(
        worths in proptest::collection::vec(0_u32..60, 4),
        is_free in any::<bool>(),
        history in proptest::collection::vec((0_i64..60, did()), 0..40),
    ) {
        let numbered = worths.iter().zip(1..);
        let mut story = Story {
            journal: MemoryJournal::default(),
            wallet: Wallet::default(),
            audit: Audit::default(),
            clock: START,
            plans: numbered.map(|(worth, version)| plan(version, *worth, is_free)).collect(),
        };
        let customer = "acme".to_owned();
        story.run(Action::OpenWallet { wallet: "acct:test:acme".into(), customer })?;
        story.run(credit())?;
        story.run(story.action(&Did::Subscribe(0)))?;
        let best = worths.iter().max().copied().unwrap_or_default() * CREDIT;
        // A step of each amount is a millionth of a millionth, and each command rounds once.
        let rounding = 20 * (1 + history.len() as i128) * i128::from(CREDIT);
        for (passed, one) in &history {
            // Within January, which is the first period of all.
            let then = story.clock + passed * HOUR;
            if then >= START + 31 * 24 * HOUR {
                break;
            }
            story.clock = then;
            let action = story.action(one);
            story.run(action)?;
            let (charged, given) = story.net();
            prop_assert!(given <= pico(whole(best)) + rounding, "credit was made: {} of {}", given, best);
            let apart = (charged * i128::from(CREDIT) - given).abs();
            prop_assert!(is_free || apart <= rounding, "{} charged for {}", charged, given);
        }
        story.audit.finish(&story.journal, &story.wallet).map_err(TestCaseError::fail)?;
    }
}
