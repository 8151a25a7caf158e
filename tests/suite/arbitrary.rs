//! Arbitrary histories: strategies for what is tried, and what it is in commands.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use scrip::engine::calendar::Window;
use scrip::engine::command::{CreditSource, DebitCause};
use scrip::engine::scope::Scope;
use scrip::engine::usage::Datum;
use scrip::engine::*;
use scrip::journal::chain::request_digest;
use scrip::wire::money::{is_reversible, reverse};
use scrip::wire::usage::Known;

use crate::arbitrary_catalogue::catalogue;
use crate::arbitrary_recharges::{charged, filling, rule};
use crate::arbitrary_subscriptions::{Turn, turn};
use crate::losses::{TriedLoss, loss};
use crate::properties::World;

/// 2026-01-01T00:00:00Z, in microseconds.
pub const START: i64 = 1_767_225_600_000_000;

pub const ASSETS: [(&str, u32); 3] = [("USD", 12), ("CREDITS", 0), ("POINTS", 2)];

/// One thing that is tried. Holds, grants and earlier commands are named by a number that picks one.
#[derive(Clone, Debug)]
pub enum Try {
    Open {
        customer: u8,
    },
    Subscribe {
        products: Vec<usize>,
    },
    Credit {
        account: usize,
        amount: Amount,
        purpose: Purpose,
        from: Option<i64>,
        until: Option<i64>,
        scope: Scope,
    },
    Authorize {
        ask: Work,
        cap: bool,
        seconds: u32,
        subject: Option<String>,
    },
    Extend {
        hold: usize,
        ask: Option<Work>,
        seconds: Option<u32>,
    },
    Capture {
        hold: usize,
        settle: Option<Work>,
        closes: bool,
    },
    Release {
        hold: usize,
    },
    Usage {
        event: UsageEvent,
    },
    /// Usage that posted without a price, or was estimated, is priced with these data.
    Bill {
        which: usize,
        known: UsageEvent,
    },
    Debit {
        account: usize,
        amount: Amount,
        subject: Option<String>,
        /// What it takes from, where that is named.
        grant: Option<usize>,
        cause: DebitCause,
    },
    Void {
        grant: usize,
    },
    Reverse {
        row: usize,
    },
    Tax {
        grant: usize,
        account: usize,
        amount: Amount,
    },
    /// A refund or a dispute of any credit, or the end of one.
    Loss(TriedLoss),
    /// By hand, or by one of a few disputes.
    Freeze {
        dispute: Option<u8>,
        frozen: bool,
    },
    Overdraft {
        account: usize,
        limit: Amount,
    },
    Budget {
        code: u8,
        terms: budget::Terms,
    },
    Drop {
        code: u8,
    },
    /// What the account says of budgets, by code.
    Presets {
        presets: BTreeMap<u8, budget::Terms>,
    },
    /// How an account fills itself.
    Recharge {
        account: usize,
        rule: recharge::Rule,
    },
    /// What became of a recharge that was intended.
    Charged {
        which: usize,
        what: u8,
    },
    Turn(Turn),
    Batch(Vec<Try>),
    /// Time does its work.
    Tick,
    /// The live wallet is saved and read back.
    Snapshot,
    /// An accepted command once more.
    Again {
        which: usize,
    },
    /// An accepted id with another body.
    Twist {
        which: usize,
    },
    /// The bare decision, with the history of any hold at all.
    Decide {
        command: Box<Try>,
        hold: usize,
    },
}

#[derive(Clone, Debug)]
pub enum Work {
    Money { asset: usize, amount: Amount },
    Usage(Vec<UsageEvent>),
}

pub fn amount() -> impl Strategy<Value = Amount> {
    let of = |mantissa: i128, scale: u32| {
        let value = Decimal::try_from_i128_with_scale(mantissa, scale);
        Amount::new(value.unwrap_or_default()).unwrap_or_default()
    };
    prop_oneof![
        8 => (0_i128..50).prop_map(move |whole| of(whole, 0)),
        4 => (0_i128..5_000).prop_map(move |cents| of(cents, 2)),
        2 => (0_i128..10_i128.pow(13)).prop_map(move |pico| of(pico, 12)),
        1 => (-10_000_i128..0).prop_map(move |cents| of(cents, 2)),
        1 => (4 * 10_i128.pow(14)..10_i128.pow(15)).prop_map(move |whole| of(whole, 0)),
        1 => (10_i128.pow(26)..10_i128.pow(27)).prop_map(move |pico| of(pico, 12)),
    ]
}

fn datum() -> impl Strategy<Value = Datum> {
    prop_oneof![
        12 => (0_i64..5_000).prop_map(Datum::Whole),
        2 => any::<i64>().prop_map(Datum::Whole),
        3 => amount().prop_map(|number| Datum::Number { number }),
        1 => Just(Datum::Flag(true)),
        1 => Just(Datum::Text("many".into())),
        1 => Just(Datum::Text("12.5".into())),
    ]
}

/// A charge, or money that is taken by hand: mistakes, and refunds.
fn cause() -> impl Strategy<Value = DebitCause> {
    let adjustment = |reason: &str| DebitCause::Adjustment {
        reason: reason.to_owned(),
    };
    prop_oneof![
        3 => Just(DebitCause::Charge),
        1 => Just(adjustment("correction")),
        1 => Just(adjustment("external_refund")),
    ]
}

pub fn event() -> impl Strategy<Value = UsageEvent> {
    let event_type = prop_oneof![Just("chat"), Just("image"), Just("agent"), Just("unpriced")];
    let field = prop_oneof![Just("input"), Just("output"), Just("hours")];
    let data = proptest::collection::btree_map(field, datum(), 0..4);
    let key = proptest::option::of((0_i64..3).prop_map(Datum::Whole));
    (event_type, data, key, subject()).prop_map(|(event_type, mut data, key, subject)| {
        data.extend(key.map(|key| ("key", key)));
        let named = data.into_iter();
        UsageEvent {
            costs: Vec::new(),
            id: None,
            event_type: event_type.into(),
            occurred_at: None,
            subject,
            description: None,
            data: named
                .map(|(name, datum)| (name.to_owned(), datum))
                .collect(),
        }
    })
}

/// What no price knows.
fn video() -> UsageEvent {
    UsageEvent {
        costs: Vec::new(),
        id: None,
        event_type: "unpriced".into(),
        occurred_at: None,
        subject: None,
        description: None,
        data: BTreeMap::new(),
    }
}

fn subject() -> impl Strategy<Value = Option<String>> {
    let run = (0_u8..3).prop_map(|number| format!("run_{number}"));
    proptest::option::of(run)
}

/// Mostly everything; else some event types, some products, or both.
fn scope() -> impl Strategy<Value = Scope> {
    let event_type = prop_oneof![Just("chat".to_owned()), Just("image".to_owned())];
    let product = prop_oneof![Just("chat".to_owned()), Just("agent".to_owned())];
    let some = (
        proptest::collection::btree_set(event_type, 0..2),
        proptest::collection::btree_set(product, 0..2),
    );
    prop_oneof![
        2 => Just(Scope::default()),
        1 => some.prop_map(|(event_types, products)| Scope { event_types, products }),
    ]
}

pub fn terms() -> impl Strategy<Value = budget::Terms> {
    let window = prop_oneof![
        1 => Just(Window::Hour),
        1 => Just(Window::Day),
        1 => Just(Window::Month),
        1 => Just(Window::Week),
        1 => Just(Window::Call),
        1 => Just(Window::Rolling { seconds: 60 }),
        1 => Just(Window::Rolling { seconds: 3_600 }),
        3 => Just(Window::Lifetime),
    ];
    let each = prop_oneof![
        2 => Just(None),
        1 => Just(Some("key".to_owned())),
        1 => Just(Some("subject".to_owned())),
    ];
    let word = |chance, word: &str| proptest::option::weighted(chance, Just(word.to_owned()));
    let data = proptest::option::weighted(0.2, (0_u8..3).prop_map(|key| key.to_string()));
    let about = (
        word(0.2, "run_1"),
        word(0.3, "chat"),
        word(0.2, "agent"),
        data,
    );
    let asset = (0..ASSETS.len() + 1).prop_map(World::asset);
    let anchor =
        (-1_000_000_i64..100).prop_map(|seconds| Instant::from_micros(START + seconds * 1_000_000));
    let rules = (
        proptest::option::weighted(0.3, anchor),
        proptest::bool::weighted(0.3),
        prop_oneof![
            Just(Vec::new()),
            Just(vec![50, 80, 100]),
            Just(vec![1, 2, 99])
        ],
    );
    let limited = (asset, amount());
    (limited, window, each, about, rules).prop_map(|(limited, window, each, about, rules)| {
        let (asset, limit) = limited;
        let (anchor, warn_only, thresholds) = rules;
        let (subject, event_type, product, data) = about;
        let data = data.into_iter().map(|key| ("key".to_owned(), key));
        budget::Terms {
            name: None,
            asset,
            limit,
            window,
            each,
            anchor,
            warn_only,
            thresholds,
            about: budget::Match {
                subject,
                event_type,
                product,
                data: data.collect(),
            },
        }
    })
}

/// Terms of an account, which are about everything and large more often than not: so they are met by what is
/// held.
fn wide_terms() -> impl Strategy<Value = budget::Terms> {
    let large = Amount::parse("1000000").expect("an amount");
    let limit = prop_oneof![amount(), Just(large)];
    let wide = (terms(), limit).prop_map(|(terms, limit)| budget::Terms {
        about: budget::Match::default(),
        limit,
        ..terms
    });
    prop_oneof![1 => terms(), 4 => wide]
}

pub fn preset((code, terms): (&u8, &budget::Terms)) -> budget::Preset {
    let (code, mut terms) = (code.to_string(), terms.clone());
    // The directory, which has the precision of every asset, lets no finer limit through.
    let known = ASSETS.iter().find(|(code, _)| *code == terms.asset);
    let (mantissa, scale) = terms.limit.parts();
    let finer = scale.saturating_sub(known.map_or(12, |(_, places)| *places));
    let mantissa = mantissa / 10_i128.pow(finer);
    let limit = Decimal::try_from_i128_with_scale(mantissa, scale - finer);
    terms.limit = limit
        .ok()
        .and_then(|limit| Amount::new(limit).ok())
        .unwrap_or_default();
    budget::Preset { code, terms }
}

fn setting() -> impl Strategy<Value = Try> {
    prop_oneof![
        1 => (0_usize..4, amount()).prop_map(|(account, limit)| Try::Overdraft { account, limit }),
        2 => (0_u8..4, terms()).prop_map(|(code, terms)| Try::Budget { code, terms }),
        1 => (0_u8..4).prop_map(|code| Try::Drop { code }),
        1 => rule(),
        1 => charged(),
        4 => proptest::collection::vec((2_u8..6, wide_terms()), 0..4)
            .prop_map(|presets| Try::Presets { presets: presets.into_iter().collect() }),
    ]
}

fn work() -> impl Strategy<Value = Work> {
    prop_oneof![
        (0..ASSETS.len() + 1, amount()).prop_map(|(asset, amount)| Work::Money { asset, amount }),
        proptest::collection::vec(event(), 0..4).prop_map(Work::Usage),
    ]
}

fn seconds() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 1_u32..200, 1 => Just(0), 1 => any::<u32>()]
}

fn moment() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        6 => Just(None),
        3 => (-50_i64..300).prop_map(|seconds| Some(START + seconds * 1_000_000)),
        1 => any::<i64>().prop_map(Some),
    ]
}

fn command() -> BoxedStrategy<Try> {
    let purpose = prop_oneof![
        Just(Purpose::Promotion),
        Just(Purpose::Bundled),
        Just(Purpose::Paid)
    ];
    let account = || 0_usize..4;
    let hold = || 0_usize..12;
    prop_oneof![
        1 => (0_u8..2).prop_map(|customer| Try::Open { customer }),
        1 => proptest::collection::vec(0_usize..3, 0..3)
            .prop_map(|products| Try::Subscribe { products }),
        8 => (account(), amount(), purpose, moment(), moment(), scope()).prop_map(
            |(account, amount, purpose, from, until, scope)| Try::Credit {
                account,
                amount,
                purpose,
                from,
                until,
                scope
            }
        ),
        12 => (work(), any::<bool>(), seconds(), subject()).prop_map(
            |(ask, cap, seconds, subject)| Try::Authorize { ask, cap, seconds, subject }
        ),
        4 => setting(),
        6 => turn().prop_map(Try::Turn),
        4 => (hold(), proptest::option::of(work()), proptest::option::of(seconds()))
            .prop_map(|(hold, ask, seconds)| Try::Extend { hold, ask, seconds }),
        10 => (hold(), proptest::option::of(work()), any::<bool>())
            .prop_map(|(hold, settle, closes)| Try::Capture { hold, settle, closes }),
        6 => hold().prop_map(|hold| Try::Release { hold }),
        5 => event().prop_map(|event| Try::Usage { event }),
        5 => (hold(), event()).prop_map(|(which, known)| Try::Bill { which, known }),
        5 => (account(), amount(), subject(), proptest::option::weighted(0.4, 0_usize..12), cause())
            .prop_map(|(account, amount, subject, grant, cause)| Try::Debit {
                account,
                amount,
                subject,
                grant,
                cause
            }),
        2 => (0_usize..12).prop_map(|grant| Try::Void { grant }),
        4 => (0_usize..60).prop_map(|row| Try::Reverse { row }),
        2 => (0_usize..8, account(), amount())
            .prop_map(|(grant, account, amount)| Try::Tax { grant, account, amount }),
        6 => loss().prop_map(Try::Loss),
        // Mostly ended, so that most of a history can authorize.
        2 => (proptest::option::of(0_u8..3), proptest::bool::weighted(0.3))
            .prop_map(|(dispute, frozen)| Try::Freeze { dispute, frozen }),
    ]
    .boxed()
}

pub fn any_try() -> impl Strategy<Value = Try> {
    prop_oneof![
        40 => command(),
        4 => proptest::collection::vec(command(), 0..5).prop_map(Try::Batch),
        3 => Just(Try::Tick),
        3 => Just(Try::Snapshot),
        5 => (0_usize..40).prop_map(|which| Try::Again { which }),
        4 => (0_usize..40).prop_map(|which| Try::Twist { which }),
        3 => (command(), 0_usize..12).prop_map(|(command, hold)| Try::Decide {
            command: Box::new(command),
            hold
        }),
    ]
}

/// What the clock does before each try; now and then it goes back, or mad.
pub fn passing() -> impl Strategy<Value = i64> {
    prop_oneof![
        10 => Just(0),
        10 => 0_i64..30_000_000,
        4 => 0_i64..400_000_000,
        2 => -100_000_000_i64..0,
        1 => (-10_i64..10).prop_map(|days| days * 86_400_000_000),
        1 => (0_i64..50).prop_map(|days| days * 86_400_000_000),
    ]
}

pub fn history() -> impl Strategy<Value = Vec<(i64, Try)>> {
    // Nearly every history starts like a real one; the rest has to cope.
    let start = prop_oneof![
        9 => Just(vec![
            (0, Try::Open { customer: 0 }),
            (0, Try::Subscribe { products: vec![0, 1, 2] }),
        ]),
        1 => Just(Vec::new()),
    ];
    let one = (passing(), any_try()).prop_map(|one| vec![one]);
    let rest = proptest::collection::vec(prop_oneof![40 => one, 1 => filling()], 0..40);
    (start, rest).prop_map(|(mut all, rest)| {
        all.extend(rest.into_iter().flatten());
        all
    })
}

const fn on_insufficient(cap: bool) -> OnInsufficient {
    if cap {
        OnInsufficient::Cap
    } else {
        OnInsufficient::Deny
    }
}

/// Half of the time the platform admits what no price knows.
const fn on_unpriced(seconds: u32) -> OnUnpriced {
    if seconds.is_multiple_of(2) {
        OnUnpriced::Allow
    } else {
        OnUnpriced::Deny
    }
}

impl World {
    // From what is tried to a command.

    fn debit(&self, one: &Try) -> Action {
        let Try::Debit {
            account,
            amount,
            subject,
            grant,
            cause,
        } = one
        else {
            unreachable!("{one:?} is no debit")
        };
        let grant = grant.and_then(|which| self.opened(which));
        // Mostly the account that the grant is of; without a grant any.
        let (account, asset) = match &grant {
            Some((of, grant)) if !grant.is_multiple_of(5) => (of.clone(), Self::asset_of(of)),
            _ => Self::account(*account),
        };
        Action::Debit(Debit {
            account,
            asset,
            amount: *amount,
            cause: cause.clone(),
            subject: subject.clone(),
            description: None,
            metadata: BTreeMap::new(),
            maths: usage::Maths::default(),
            grant: grant.map(|(_, grant)| grant),
        })
    }

    fn asset_of(account: &AccountId) -> Asset {
        let known = ASSETS.iter().find(|(code, _)| *code == account.asset);
        let (code, precision) = known.copied().unwrap_or(ASSETS[0]);
        Asset::new(code, precision).expect("a valid asset")
    }

    fn tax(&self, one: &Try) -> Action {
        let Try::Tax {
            grant,
            account,
            amount,
        } = one
        else {
            unreachable!("{one:?} is no tax")
        };
        Action::ExcludeTax {
            payment: "payment".into(),
            grant: self.pick(*grant, &self.grants),
            account: Self::account(*account).0,
            tax: *amount,
        }
    }

    fn void(&self, which: usize) -> Action {
        let unknown = || (Self::account(0).0, 1_000_000);
        let (account, grant) = self.opened(which).unwrap_or_else(unknown);
        Action::VoidGrant {
            account,
            grant,
            reason: None,
        }
    }

    /// A grant of any row, whatever opened it.
    fn opened(&self, which: usize) -> Option<(AccountId, u64)> {
        let rows = self.rows().iter();
        let grants = rows.flat_map(|row| row.entry.opened());
        let grants: Vec<_> = grants.map(|(of, grant)| (of, grant.id)).collect();
        grants.get(which % grants.len().max(1)).cloned()
    }

    /// What the wallet object makes of a reversal: the entry, and the grants that it drew on. Without a
    /// charge there is nothing to reverse.
    pub fn reversal(&self, which: usize) -> Option<Command> {
        let rows = self.rows().iter().map(|row| &row.entry);
        let can_be = |entry: &&Entry| is_reversible(&entry.fact) && !self.is_corrected(entry);
        let charges: Vec<_> = rows.clone().filter(can_be).collect();
        let entry = charges.get(which % charges.len().max(1))?;
        Some(reverse(entry, rows.flat_map(Entry::opened).collect(), None))
    }

    pub fn account(place: usize) -> (AccountId, Asset) {
        let (name, asset) = match place {
            3 => ("savings", 0),
            other => ("default", other),
        };
        let (code, precision) = ASSETS[asset];
        let asset = Asset::new(code, precision).expect("a valid asset");
        (AccountId::new(name, code), asset)
    }

    fn asset(place: usize) -> String {
        let known = ASSETS.get(place).map(|(code, _)| *code);
        known.unwrap_or("UNKNOWN").to_owned()
    }

    fn set(one: &Try) -> Action {
        match one {
            Try::Overdraft { account, limit } => {
                let (account, asset) = Self::account(*account);
                Action::SetOverdraft {
                    account,
                    asset,
                    limit: *limit,
                }
            }
            Try::Budget { code, terms } => Action::SetBudget {
                code: code.to_string(),
                precision: 12,
                terms: terms.clone(),
                anchored_to: None,
            },
            Try::Recharge { account, rule } => Self::recharged_by(*account, rule),
            Try::Drop { code } => Action::RemoveBudget {
                code: code.to_string(),
            },
            Try::Presets { presets } => Action::ChangePresets {
                budgets: presets.iter().map(preset).collect(),
            },
            other => unreachable!("{other:?} is no command"),
        }
    }

    /// Usage is priced that has none; where there is none yet, some is recorded.
    fn billed(&self, which: usize, known: &UsageEvent) -> (Option<String>, Action) {
        let UsageEvent { data, costs, .. } = known.clone();
        match self.bill(which, &Known { data, costs }) {
            Some(command) => (Some(command.op), command.action),
            None => (None, Action::RecordUsage { event: video() }),
        }
    }

    fn turn(&self, turn: &Turn, op: &mut String) -> Action {
        let pick = |which| self.pick(which, &self.subscriptions);
        turn.asked(op, |turn| {
            turn.action(pick, |one, which| self.product_of(one, which))
        })
    }

    pub fn command(&mut self, one: &Try) -> Command {
        self.commands += 1;
        let number = self.commands;
        let mut op = format!("op:{number}");
        let ask = |work: &Work| match work {
            Work::Money { asset, amount } => Ask::Amount {
                asset: Self::asset(*asset),
                amount: *amount,
            },
            Work::Usage(events) => Ask::Usage(events.clone()),
        };
        let moment = |micros: &Option<i64>| micros.map(Instant::from_micros);
        let action = match one {
            Try::Open { customer } => Action::OpenWallet {
                wallet: format!("wallet {customer}"),
                customer: customer.to_string(),
            },
            Try::Subscribe { products } => {
                let products = products.iter().map(|one| catalogue().remove(*one));
                Action::subscribe(products.collect())
            }
            Try::Credit {
                account,
                amount,
                purpose,
                from,
                until,
                scope,
            } => {
                let (account, asset) = Self::account(*account);
                Action::Credit(Credit {
                    account,
                    asset,
                    amount: *amount,
                    purpose: *purpose,
                    effective_at: moment(from),
                    expires_at: moment(until),
                    scope: scope.clone(),
                    source: CreditSource::Adjustment {
                        reason: "test".into(),
                    },
                    description: None,
                    metadata: BTreeMap::new(),
                })
            }
            Try::Authorize {
                ask: work,
                cap,
                seconds,
                subject,
            } => Action::Authorize {
                ask: ask(work),
                on_insufficient: on_insufficient(*cap),
                seconds: *seconds,
                subject: subject.clone(),
                on_unpriced: on_unpriced(*seconds),
            },
            Try::Extend {
                hold,
                ask: work,
                seconds,
            } => Action::ExtendHold {
                hold: self.pick(*hold, &self.holds),
                ask: work.as_ref().map(ask),
                seconds: *seconds,
                on_unpriced: on_unpriced(seconds.unwrap_or_default()),
            },
            Try::Capture {
                hold,
                settle,
                closes,
            } => {
                let hold = self.pick(*hold, &self.holds);
                if *closes {
                    op = hold_end_op(hold);
                }
                let settle = match settle {
                    None => Settle::Everything,
                    Some(Work::Usage(events)) => Settle::Usage(events.clone()),
                    Some(Work::Money { asset, amount }) => Settle::Amount {
                        asset: ASSETS.get(*asset).map(|(code, _)| (*code).to_owned()),
                        amount: *amount,
                    },
                };
                Action::CaptureHold {
                    hold,
                    settle,
                    closes: *closes,
                }
            }
            Try::Release { hold } => {
                let hold = self.pick(*hold, &self.holds);
                op = hold_end_op(hold);
                Action::ReleaseHold { hold, reason: None }
            }
            Try::Usage { event } => Action::RecordUsage {
                event: event.clone(),
            },
            Try::Bill { which, known } => {
                let (billed, action) = self.billed(*which, known);
                op = billed.unwrap_or(op);
                action
            }
            Try::Debit { .. } => self.debit(one),
            Try::Void { grant } => self.void(*grant),
            Try::Charged { .. } | Try::Reverse { .. } => match self.known(one) {
                Some(command) => return command,
                None => self.void(0),
            },
            Try::Tax { .. } => self.tax(one),
            Try::Loss(_) | Try::Freeze { .. } => {
                let (own, action) = self.lost(one).unwrap_or_else(|| (op, self.void(number)));
                op = own;
                action
            }
            Try::Turn(turn) => self.turn(turn, &mut op),
            other => Self::set(other),
        };
        let request = request_digest(&[&format!("{action:?}")]);
        Command {
            op,
            request,
            action,
        }
    }
}
