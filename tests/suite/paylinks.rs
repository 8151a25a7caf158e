//! What a payment link asks for: exactly what is missing, be it the first fee or a renewal, and in an
//! amount of money that can be paid.

use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::exchange::ExchangeRate;
use scrip::engine::price::{Due, FixedPrice};
use scrip::engine::*;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::transact;
use scrip::wire::paylink::{Lack, Unpaid, unpaid};

use crate::asked::{self, amount, opened, usd};

const DAY: i64 = 86_400_000_000;
const SUBSCRIPTION: u64 = 3;

/// A wallet that is told of one thing after another.
#[derive(Default)]
struct Told {
    journal: MemoryJournal,
    wallet: Wallet,
}

impl Told {
    fn tell(&mut self, day: i64, action: Action) {
        let op = format!("op:{}", self.wallet.seq);
        let request = String::new();
        let command = Command {
            op,
            request,
            action,
        };
        let at = Instant::from_micros(crate::arbitrary::START + day * DAY);
        transact(&mut self.journal, &mut self.wallet, at, &[command]).expect("is accepted");
    }

    fn credit(&mut self, day: i64, sum: Amount) {
        let credit = asked::credit(usd(6), sum);
        self.tell(day, Action::Credit(credit));
    }

    fn charge(&mut self, day: i64, sum: &str) {
        let debit = asked::charge(usd(6), amount(sum));
        self.tell(day, Action::Debit(debit));
    }

    /// Opened, credited, and subscribed to something that costs 20 each day.
    fn subscribed(credited: &str) -> Self {
        let mut told = Self::default();
        told.tell(0, opened());
        told.credit(0, amount(credited));
        let daily = Interval {
            unit: Unit::Day,
            count: 1,
        };
        let product = PricedProduct {
            id: "prod".into(),
            code: "plan".into(),
            version: 1,
            prices: Vec::new(),
            fixed_prices: vec![FixedPrice {
                id: "fixed".into(),
                name: String::new(),
                asset: usd(6),
                amount: amount("20"),
                due: Due::Recurring(daily),
            }],
            entitlements: Vec::new(),
            budgets: Vec::new(),
            features: Vec::new(),
        };
        told.tell(0, Action::subscribe(vec![product]));
        told
    }

    fn unpaid(&self, day: i64) -> Unpaid {
        let at = Instant::from_micros(crate::arbitrary::START + day * DAY);
        let json = unpaid(&as_of(&self.wallet, at), SUBSCRIPTION, at).expect("it is there");
        serde_json::from_str(&json).expect("is read as it was written")
    }
}

fn missing(unpaid: &Unpaid) -> Vec<String> {
    let lacks = unpaid.lacks.iter();
    lacks.map(|lack| lack.amount.to_string()).collect()
}

#[test]
fn what_is_missing_is_asked_for_and_just_that_is_enough() {
    for (credited, charged, day, lacks) in [
        // The first fee, and the one after a period.
        ("5", "0.5", 0, "15.5"),
        ("25", "0.000001", 1, "15.000001"),
        // A debt is paid first.
        ("20", "7", 1, "27"),
    ] {
        let mut told = Told::subscribed(credited);
        told.charge(0, charged);
        let before = told.unpaid(day);
        assert_eq!(before.status, SubscriptionStatus::ActionRequired);
        assert_eq!(missing(&before), [lacks], "{credited} less {charged}");

        let least = amount("0.000001");
        told.credit(day, amount(lacks).minus(least).expect("a sum"));
        let nearly = told.unpaid(day);
        assert_eq!(nearly.status, SubscriptionStatus::ActionRequired);
        assert_eq!(missing(&nearly), ["0.000001"]);
        let [lack] = nearly.lacks.as_slice() else {
            panic!("one asset is missing")
        };
        assert_ne!(nearly.request(lack), before.request(&before.lacks[0]));

        told.credit(day, least);
        let after = told.unpaid(day);
        assert_eq!(after.status, SubscriptionStatus::Active);
        assert!(after.lacks.is_empty());
        let later = told.unpaid(day + 1);
        assert_eq!(missing(&later), ["20"], "the next renewal");
        let [next] = later.lacks.as_slice() else {
            panic!("one asset is missing")
        };
        let same_sum = Lack {
            amount: next.amount,
            ..lack.clone()
        };
        assert_ne!(later.request(next), before.request(&same_sum));
    }
}

#[test]
fn nothing_is_asked_for_what_waits_for_nothing() {
    for (told, day, status) in [
        (Told::subscribed("20"), 0, SubscriptionStatus::Active),
        // The grace of three days is over.
        (Told::subscribed("20"), 5, SubscriptionStatus::Inactive),
    ] {
        let unpaid = told.unpaid(day);
        assert_eq!((unpaid.status, missing(&unpaid)), (status, Vec::new()));
    }
    let told = Told::subscribed("20");
    let at = told.wallet.at;
    assert_eq!(unpaid(&told.wallet, SUBSCRIPTION + 1, at), None);
}

#[test]
fn it_is_paid_in_money_that_buys_at_least_what_is_missing() {
    let cents = ExchangeRate::SourcePerUnit(amount("0.013"));
    let many = ExchangeRate::UnitsPerSource(amount("120"));
    for (asset, missing, rates, expected) in [
        ("USD", "15", vec![], Some(("15", "USD"))),
        ("USD", "0.000001", vec![], Some(("0.01", "USD"))),
        ("JPY", "0.5", vec![], Some(("1", "JPY"))),
        // A rate does not matter where the asset is money.
        ("USD", "1", vec![("EUR", cents)], Some(("1", "USD"))),
        ("CREDITS", "7", vec![("USD", cents)], Some(("0.1", "USD"))),
        (
            "CREDITS",
            "1000",
            vec![("EUR", many), ("USD", cents)],
            Some(("8.34", "EUR")),
        ),
        ("CREDITS", "1000", vec![("JPY", many)], Some(("9", "JPY"))),
        // What is no money pays for nothing, and no other asset is the one with a small name.
        ("CREDITS", "7", vec![("GOLD", cents)], None),
        ("usd", "7", vec![], None),
        ("CREDITS", "7", vec![], None),
    ] {
        let lack = Lack {
            asset: asset.into(),
            precision: 0,
            amount: amount(missing),
        };
        let rates = rates.into_iter();
        let rates = rates.map(|(code, rate)| (code.to_owned(), rate)).collect();
        let payment = lack.payment(rates, scrip::stripe::places);
        let paid = payment.map(|one| (one.amount.to_string(), one.currency));
        let expected = expected.map(|(sum, currency)| (sum.to_owned(), currency.to_owned()));
        assert_eq!(paid, expected, "{missing} {asset}");
    }
}
