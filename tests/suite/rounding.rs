//! Fees and caps against schoolbook arithmetic: decimal digits in a vector, no machine integers.
//!
//! The oracle does not compute a fee, it judges one: `R` steps are the right fee of an exact value `N / D`
//! steps when `2N` lies between `(2R - 1) D` and `(2R + 1) D`, and on either end only if `R` is even.

use std::cmp::Ordering;

use proptest::prelude::*;
use rust_decimal::Decimal;
use scrip::engine::price::{Applied, Basis, Tier};
use scrip::engine::{Amount, AmountError, Asset, Price, Quantity, Rate};

use crate::audit::pico;
use crate::properties::config;

/// A natural number as decimal digits, the least significant first, without leading zeros.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Natural(Vec<u8>);

impl Natural {
    fn new(value: i128) -> Self {
        let digits = value.to_string();
        Self(digits.bytes().rev().map(|digit| digit - b'0').collect()).trimmed()
    }

    /// 1 followed by so many zeros.
    fn power_of_ten(zeros: u32) -> Self {
        let mut digits = vec![0; zeros as usize];
        digits.push(1);
        Self(digits)
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    fn plus(&self, other: &Self) -> Self {
        let length = self.0.len().max(other.0.len()) + 1;
        let (mut digits, mut carry) = (Vec::new(), 0);
        for place in 0..length {
            let digit = |one: &Self| one.0.get(place).copied().unwrap_or(0);
            let sum = digit(self) + digit(other) + carry;
            digits.push(sum % 10);
            carry = sum / 10;
        }
        Self(digits).trimmed()
    }

    fn times(&self, other: &Self) -> Self {
        let mut columns = vec![0_u32; self.0.len() + other.0.len() + 1];
        for (left_place, left) in self.0.iter().enumerate() {
            for (right_place, right) in other.0.iter().enumerate() {
                columns[left_place + right_place] += u32::from(*left) * u32::from(*right);
            }
        }
        let (mut digits, mut carry) = (Vec::new(), 0);
        for column in columns {
            let sum = column + carry;
            digits.push((sum % 10) as u8);
            carry = sum / 10;
        }
        Self(digits).trimmed()
    }

    fn compare(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[test]
fn the_oracle_can_count() {
    let natural = Natural::new;
    assert_eq!(natural(999).plus(&natural(1)), natural(1_000));
    assert_eq!(natural(12_345).times(&natural(6_789)), natural(83_810_205));
    assert_eq!(natural(0).times(&natural(7)), natural(0));
    assert_eq!(Natural::power_of_ten(3), natural(1_000));
    assert_eq!(natural(99).compare(&natural(100)), Ordering::Less);
    assert_eq!(natural(210).compare(&natural(201)), Ordering::Greater);
}

fn only_tier(price: &Price) -> &Tier {
    &price.pricing[0].rows[0].tiers[0]
}

/// A flat price as it is applied to any event.
fn applied(price: &Price) -> Applied<'_> {
    let pricing = &price.pricing[0];
    Applied::new(
        price.model,
        &pricing.asset,
        &pricing.rows[0],
        Quantity::ZERO,
    )
}

/// The exact fee as a fraction of whole numbers, in steps of the asset's precision.
fn exact_fee(price: &Price, volume: Quantity) -> (Natural, Natural) {
    let natural = |amount: Amount| Natural::new(pico(amount));
    let tier = only_tier(price);
    let unit = natural(tier.unit_price.unwrap_or_default());
    let (amount, per) = match tier.rate {
        Some(rate) => (natural(rate.amount()), natural(rate.per().get())),
        None => (Natural::new(0), Natural::new(1)),
    };
    // unit + amount * volume / per, all in 10^-12, is (unit * per + amount * volume) / (per * 10^12).
    let numerator = unit
        .times(&per)
        .plus(&amount.times(&natural(volume.get())))
        .times(&Natural::power_of_ten(price.pricing[0].asset.precision));
    (numerator, per.times(&Natural::power_of_ten(12)))
}

fn is_right(price: &Price, volume: Quantity, fee: Amount) -> bool {
    let (numerator, denominator) = exact_fee(price, volume);
    let step = 10_i128.pow(12 - price.pricing[0].asset.precision);
    let steps = pico(fee) / step;
    let even = steps % 2 == 0;
    let twice = numerator.times(&Natural::new(2));
    let above = denominator.times(&Natural::new(2 * steps + 1));
    let within = |order: Ordering, wanted: Ordering| order == wanted || order.is_eq() && even;
    let not_above = within(twice.compare(&above), Ordering::Less);
    let not_below = steps == 0 || {
        let below = denominator.times(&Natural::new(2 * steps - 1));
        within(twice.compare(&below), Ordering::Greater)
    };
    pico(fee) % step == 0 && not_above && not_below
}

#[test]
fn the_oracle_tells_right_from_wrong() {
    let price = price(Some("0.005"), None, 2);
    for (fee, right) in [("0", true), ("0.01", false), ("0.005", false)] {
        let fee = Amount::parse(fee).expect("an amount");
        assert_eq!(is_right(&price, Quantity::ZERO, fee), right, "{fee}");
    }
}

fn price(unit: Option<&str>, rate: Option<(&str, &str)>, precision: u32) -> Price {
    let amount = |text: &str| Amount::parse(text).expect("an amount");
    let quantity = |text: &str| Quantity::new(amount(text)).expect("not negative");
    let rate = rate.map(|(amount_per, per)| Rate::new(amount(amount_per), quantity(per)));
    built(unit.map(amount), rate.flatten(), precision)
}

fn built(unit: Option<Amount>, rate: Option<Rate>, precision: u32) -> Price {
    let volume_field = "tokens".to_owned();
    let basis = match (unit, rate) {
        (Some(unit_price), Some(rate)) => Basis::UnitAndVolume {
            unit_price,
            volume_field,
            rate,
        },
        (None, Some(rate)) => Basis::Volume { volume_field, rate },
        (unit, None) => Basis::Unit {
            unit_price: unit.unwrap_or_default(),
        },
    };
    let asset = Asset::new("USD", precision).expect("a valid asset");
    Price::flat("price".into(), "price".into(), "chat".into(), asset, basis)
}

/// A number from zero up, with at most so many digits before and after the point.
fn number(whole_digits: u32, places: u32) -> impl Strategy<Value = Amount> {
    let mantissa = (0..=whole_digits + places).prop_flat_map(|digits| 0..10_i128.pow(digits));
    (mantissa, 0..=places).prop_map(move |(mantissa, scale)| {
        let places_left = places - scale;
        let mantissa = mantissa / 10_i128.pow(places_left);
        Amount::new(Decimal::from_i128_with_scale(mantissa, scale)).unwrap_or_default()
    })
}

fn quantity(whole_digits: u32, places: u32) -> impl Strategy<Value = Quantity> {
    number(whole_digits, places).prop_map(|amount| Quantity::new(amount).unwrap_or_default())
}

fn any_price(digits: u32, places: u32, per_digits: u32) -> impl Strategy<Value = Price> {
    let per = prop_oneof![
        (0..=per_digits).prop_map(|zeros| Decimal::from_i128_with_scale(10_i128.pow(zeros), 0)),
        number(per_digits, 0).prop_map(Amount::get),
    ];
    let per = per.prop_filter_map("a rate divides by more than zero", |per| {
        Quantity::new(Amount::new(per).ok()?).filter(|per| per.get().is_positive())
    });
    let rate = (number(digits, places), per).prop_map(|(amount, per)| Rate::new(amount, per));
    let unit = proptest::option::of(number(digits, places));
    let rate = proptest::option::weighted(0.9, rate);
    (unit, rate, 0_u32..=12)
        .prop_map(|(unit, rate, precision)| built(unit, rate.flatten(), precision))
}

proptest! {
    #![proptest_config(config(1_000))]

    /// Prices as they are published: up to 6 places, packages up to 10^9, volumes up to 10^12.
    #[test]
    fn a_real_fee_is_exact_and_rounded_half_to_even(
        price in any_price(3, 6, 9),
        volume in quantity(9, 3),
    ) {
        let fee = applied(&price).amount(volume);
        prop_assert!(fee.is_ok_and(|fee| is_right(&price, volume, fee)), "{:?}", fee);
    }

    /// Anything that can be written down: right, or refused because it does not fit.
    #[test]
    fn an_absurd_fee_is_right_or_refused(
        price in any_price(14, 12, 14),
        volume in quantity(14, 12),
    ) {
        match applied(&price).amount(volume) {
            Ok(fee) => prop_assert!(is_right(&price, volume, fee), "{fee}"),
            Err(error) => {
                prop_assert_eq!(error, AmountError::TooLarge);
                let (numerator, denominator) = exact_fee(&price, volume);
                // The fee is 10^15 or more, after rounding.
                let bound = Natural::power_of_ten(15 + price.pricing[0].asset.precision);
                let twice = numerator.times(&Natural::new(2)).plus(&denominator);
                let too_large = twice.compare(&bound.times(&denominator).times(&Natural::new(2))).is_ge();
                // Or the exact value has more than the 38 digits that the engine computes with.
                let digits = numerator.0.len().saturating_sub(price.pricing[0].asset.precision as usize);
                let too_long = digits > 37 || denominator.0.len() > 36;
                prop_assert!(too_large || too_long, "{digits} digits over {} were refused", denominator.0.len());
            }
        }
    }

    #[test]
    fn more_volume_never_costs_less(
        price in any_price(6, 9, 9),
        one in quantity(9, 6),
        other in quantity(9, 6),
    ) {
        let (less, more) = (one.min(other), one.max(other));
        if let (Ok(cheap), Ok(dear)) = (applied(&price).amount(less), applied(&price).amount(more)) {
            prop_assert!(cheap <= dear, "{cheap} > {dear}");
        }
    }

    #[test]
    fn a_tie_goes_to_the_even_digit(steps in 0_i128..1_000_000, precision in 0_u32..12) {
        // A unit price of so many steps and a half.
        let half = Decimal::from_i128_with_scale(steps * 10 + 5, precision + 1);
        let unit = Amount::new(half).expect("a small amount");
        let fee = applied(&built(Some(unit), None, precision)).amount(Quantity::ZERO).expect("in range");
        let even = steps + steps % 2;
        let wanted = Amount::new(Decimal::from_i128_with_scale(even, precision));
        prop_assert_eq!(Ok(fee), wanted);
    }

    /// What is affordable fits, and one step more does not.
    #[test]
    fn a_cap_is_the_most_that_fits(
        price in any_price(3, 6, 9),
        volume in prop_oneof![quantity(9, 3), quantity(12, 0)],
        most in number(6, 12),
    ) {
        let found = applied(&price).affordable(volume, most);
        prop_assert!(found.is_ok(), "no real price is refused: {:?}", found);
        let (units, fee) = found.unwrap_or_default();
        prop_assert!(units <= volume && fee <= most);
        let places = if volume.is_whole() { 0 } else { 12 };
        prop_assert!(units.get().places() <= places);
        if units.get().is_positive() || fee.is_positive() {
            prop_assert_eq!(applied(&price).amount(units), Ok(fee));
        }
        let step = Amount::new(Decimal::new(1, places)).expect("a step");
        let next = units.get().plus(step).ok().and_then(Quantity::new).expect("in range");
        if only_tier(&price).rate.is_some() && next <= volume && applied(&price).amount(Quantity::ZERO).is_ok_and(|unit| unit <= most) {
            let dearer = applied(&price).amount(next);
            prop_assert!(dearer.is_ok_and(|fee| fee > most), "{step} more costs {dearer:?}");
        }
    }
}
