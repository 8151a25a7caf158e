//! Arbitrary subscriptions: products with everything that time does, and what is tried with them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use scrip::engine::calendar::{Interval, Period, Unit};
use scrip::engine::entitlement::{Entitlement, Feature, Refresh};
use scrip::engine::invoice::{InvoiceNews, InvoiceSaid, Span};
use scrip::engine::price::{Basis, Due, FixedPrice, PeriodBound};
use scrip::engine::scope::Scope;
use scrip::engine::*;

use crate::arbitrary::{ASSETS, START, amount, preset, terms};

/// What is tried with subscriptions.
#[derive(Clone, Debug)]
pub enum Turn {
    Subscribe {
        products: Vec<PricedProduct>,
        from: Option<i64>,
        renews: Option<i64>,
        trial: Option<u32>,
        grace: Option<u32>,
        invoiced: bool,
    },
    /// An invoice of a subscription, of a few, was paid or not, for a period that begins and lasts so long.
    Invoice {
        subscription: usize,
        invoice: u8,
        period: Option<(i64, i64)>,
        paid: Option<Amount>,
    },
    Change {
        subscription: usize,
        change: Change,
    },
    Move {
        subscription: usize,
        product: PricedProduct,
        /// Picks one of the subscription's products.
        replaces: usize,
        prorate: bool,
    },
}

fn interval() -> impl Strategy<Value = Interval> {
    let unit = prop_oneof![
        Just(Unit::Day),
        Just(Unit::Week),
        Just(Unit::Month),
        Just(Unit::Year)
    ];
    let count = prop_oneof![8 => 1_u32..4, 1 => Just(0), 1 => any::<u32>()];
    (unit, count).prop_map(|(unit, count)| Interval { unit, count })
}

fn asset() -> impl Strategy<Value = Asset> {
    (0..ASSETS.len()).prop_map(|place| {
        let (code, precision) = ASSETS[place];
        Asset::new(code, precision).expect("a valid asset")
    })
}

/// Mostly whole amounts, which every asset can express.
fn money() -> impl Strategy<Value = Amount> {
    let whole = |number: u32| Amount::parse(&number.to_string()).expect("an amount");
    prop_oneof![9 => (0_u32..30).prop_map(whole), 1 => amount()]
}

fn fixed_price() -> impl Strategy<Value = FixedPrice> {
    let due = prop_oneof![1 => Just(Due::OneTime), 4 => interval().prop_map(Due::Recurring)];
    (asset(), money(), due).prop_map(|(asset, amount, due)| FixedPrice {
        id: String::new(),
        name: String::new(),
        asset,
        amount,
        due,
    })
}

fn entitlement() -> impl Strategy<Value = Entitlement> {
    let refresh = prop_oneof![
        Just(Refresh::Once),
        Just(Refresh::ExpireAndReplace),
        Just(Refresh::Rollover { max: None }),
        money().prop_map(|max| Refresh::Rollover { max: Some(max) }),
    ];
    let narrow = any::<bool>().prop_map(|narrow| {
        let event_types = narrow.then(|| "chat".to_owned()).into_iter().collect();
        Scope {
            event_types,
            ..Scope::default()
        }
    });
    let all = (
        0_u8..3,
        asset(),
        money(),
        interval(),
        refresh,
        any::<u8>(),
        narrow,
    );
    all.prop_map(
        |(name, asset, amount, every, refresh, priority, scope)| Entitlement {
            name: format!("gift_{name}"),
            asset,
            amount,
            purpose: Purpose::Bundled,
            every,
            refresh,
            priority,
            revenue_basis: None,
            scope,
        },
    )
}

/// A price per event, of which half ask a minimum over a period.
fn usage_price() -> impl Strategy<Value = Price> {
    let period = prop_oneof![4 => Just(Period::Monthly), 1 => Just(Period::Quarterly)];
    let least = (money(), period).prop_map(|(amount, period)| PeriodBound {
        amount: amount.max(Amount::ZERO),
        period,
    });
    let least = prop_oneof![Just(None), least.prop_map(Some)];
    (money(), least).prop_map(|(unit, min_per_period)| {
        let asset = Asset::new("USD", 12).expect("a valid asset");
        let unit_price = unit.max(Amount::ZERO);
        let basis = Basis::Unit { unit_price };
        let mut price = Price::flat(String::new(), String::new(), "image".into(), asset, basis);
        for pricing in &mut price.pricing {
            pricing.min_per_period = min_per_period;
        }
        price
    })
}

/// One of three products, in any version whatever.
pub fn product() -> impl Strategy<Value = PricedProduct> {
    let parts = (
        0_u8..3,
        any::<u32>(),
        proptest::collection::vec(fixed_price(), 0..3),
        proptest::collection::vec(entitlement(), 0..3),
        (
            usage_price(),
            proptest::option::weighted(0.3, (0_u8..4, terms())),
        ),
    );
    let named = parts.prop_map(|(code, version, mut prices, mut entitlements, more)| {
        // A request with two of one name is refused.
        let mut names = BTreeSet::new();
        entitlements.retain(|one| names.insert(one.name.clone()));
        // As in a catalogue: a price is of one version of one product.
        for (place, price) in prices.iter_mut().enumerate() {
            price.id = format!("fixed_{code}_{version}_{place}");
        }
        let (usage, limit) = more;
        let usage = Price {
            id: format!("price_{code}_{version}"),
            continues: Some(format!("line_{code}")),
            ..usage
        };
        (code, version, prices, entitlements, (usage, limit))
    });
    named.prop_map(
        |(code, version, fixed_prices, entitlements, (usage, limit))| PricedProduct {
            id: format!("prod_{code}"),
            code: format!("plan_{code}"),
            version,
            prices: vec![usage],
            fixed_prices,
            entitlements,
            features: vec![Feature {
                code: "export".into(),
                limit: None,
            }],
            budgets: limit
                .iter()
                .map(|(code, terms)| preset((code, terms)))
                .collect(),
        },
    )
}

pub fn turn() -> impl Strategy<Value = Turn> {
    let moment = || {
        prop_oneof![
            6 => Just(None),
            3 => (-50_i64..3_000_000).prop_map(|seconds| Some(START + seconds * 1_000_000)),
            1 => any::<i64>().prop_map(Some),
        ]
    };
    let days = || prop_oneof![4 => Just(None), 2 => (0_u32..20).prop_map(Some), 1 => any::<u32>().prop_map(Some)];
    let change = prop_oneof![
        3 => Just(Change::Activate),
        1 => Just(Change::Deactivate),
        1 => Just(Change::CancelAtPeriodEnd),
        1 => Just(Change::Resume),
    ];
    let products = proptest::collection::vec(product(), 0..3);
    // Periods of a day to a quarter, near the time that passes meanwhile.
    let day = 86_400_000_000_i64;
    let starts = (-40_i64..80).prop_map(move |days| START + days * day);
    let lasts = prop_oneof![Just(1_i64), Just(7), Just(30), Just(31), Just(92)];
    let period = (starts, lasts.prop_map(move |days| days * day));
    let period = proptest::option::weighted(0.9, period);
    prop_oneof![
        2 => (products, moment(), moment(), days(), days(), proptest::bool::weighted(0.3)).prop_map(
            |(products, from, renews, trial, grace, invoiced)| Turn::Subscribe {
                products, from, renews, trial, grace, invoiced
            }
        ),
        3 => (0_usize..5, 0_u8..8, period, proptest::option::weighted(0.8, money())).prop_map(
            |(subscription, invoice, period, paid)| Turn::Invoice {
                subscription, invoice, period, paid
            }
        ),
        1 => (0_usize..5, change)
            .prop_map(|(subscription, change)| Turn::Change { subscription, change }),
        3 => (0_usize..5, product(), 0_usize..3, any::<bool>()).prop_map(
            |(subscription, product, replaces, prorate)| Turn::Move {
                subscription,
                replaces,
                product,
                prorate,
            }
        ),
    ]
}

impl Turn {
    /// The command of `action`; an invoice has an operation of its own.
    pub fn asked(&self, op: &mut String, action: impl Fn(&Self) -> Action) -> Action {
        let action = action(self);
        if let Action::HearInvoice(news) = &action {
            *op = news.op();
        }
        action
    }

    /// The command, with the subscription and the product of it that numbers pick.
    pub fn action(
        &self,
        pick: impl Fn(usize) -> u64,
        product_of: impl Fn(u64, usize) -> String,
    ) -> Action {
        let moment = |micros: &Option<i64>| micros.map(Instant::from_micros);
        match self {
            Self::Subscribe {
                products,
                from,
                renews,
                trial,
                grace,
                invoiced,
            } => Action::Subscribe {
                products: products.clone(),
                starts_at: moment(from),
                renews_at: moment(renews),
                trial_days: *trial,
                grace_days: *grace,
                return_url: None,
                failure_url: None,
                invoiced: *invoiced,
            },
            Self::Invoice {
                subscription,
                invoice,
                period,
                paid,
            } => Action::HearInvoice(InvoiceNews {
                subscription: pick(*subscription),
                invoice: format!("in_{invoice}"),
                period: period.map(|(starts, lasts)| Span {
                    starts_at: Instant::from_micros(starts),
                    ends_at: Instant::from_micros(starts.saturating_add(lasts)),
                }),
                said: match paid {
                    Some(amount) => InvoiceSaid::Paid {
                        amount: (*amount).max(Amount::ZERO),
                        // Every third has tax.
                        tax: match invoice % 3 {
                            0 => Amount::parse("1.9").unwrap_or_default(),
                            _ => Amount::ZERO,
                        },
                        currency: "USD".into(),
                    },
                    None => InvoiceSaid::Unpaid,
                },
            }),
            Self::Change {
                subscription,
                change,
            } => Action::ChangeSubscription {
                subscription: pick(*subscription),
                change: *change,
            },
            Self::Move {
                subscription,
                product,
                replaces,
                prorate,
            } => Action::ChangeProduct {
                subscription: pick(*subscription),
                product: product.clone(),
                replaces: product_of(pick(*subscription), *replaces),
                prorate: *prorate,
            },
        }
    }
}
