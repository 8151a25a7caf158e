//! What one unit of a Stripe amount is worth: Stripe's own table, which is not ISO 4217's.
//!
//! Stripe sends and takes integers. How many make one unit of the currency is Stripe's decision: the ariary has two
//! places in ISO and none at Stripe, the króna has none in either and is sent times 100 all the same. Reading a
//! three-decimal currency as a zero-decimal one credits a thousand times too much, so a currency that is not listed
//! here is an error and never a guess.
//!
//! | kind | currencies | integer for one unit | a charge must be divisible by |
//! |---|---|---|---|
//! | zero-decimal | [`ZERO_DECIMAL`] | 1 | 1 |
//! | three-decimal | [`THREE_DECIMAL`] | 1000 | 10 |
//! | whole units, sent as two-decimal | [`WHOLE_UNITS`] | 100 | 100 |
//! | two-decimal | [`TWO_DECIMAL`] | 100 | 1 |
//!
//! HUF and TWD are zero-decimal for payouts only; a charge in them has two decimals.

use std::fmt;

/// Sent as they are.
pub const ZERO_DECIMAL: [&str; 15] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF",
    "XOF", "XPF",
];

/// Sent times 1000; card networks want the last digit of a charge to be zero.
pub const THREE_DECIMAL: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// Currencies without decimals that Stripe still takes times 100, as it did before they lost their decimals.
pub const WHOLE_UNITS: [&str; 2] = ["ISK", "UGX"];

/// Every other presentment currency of Stripe, and the lev, which events older than the Bulgarian euro still name.
pub const TWO_DECIMAL: [&str; 118] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BMD", "BND", "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY",
    "COP", "CRC", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ETB", "EUR", "FJD", "FKP", "GBP",
    "GEL", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "JMD",
    "KES", "KGS", "KHR", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MKD",
    "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK",
    "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR",
    "SBD", "SCR", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "STD", "SZL", "THB", "TJS", "TOP",
    "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "WST", "XCD", "XCG", "YER", "ZAR",
    "ZMW",
];

/// A currency code that Stripe's table does not list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCurrency {
    /// The code as it was given.
    pub currency: String,
}

impl fmt::Display for UnknownCurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not a currency of Stripe's table.",
            self.currency
        )
    }
}

impl std::error::Error for UnknownCurrency {}

/// Why an amount cannot be charged through Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotChargeable {
    /// Stripe's table does not list the currency.
    UnknownCurrency(UnknownCurrency),
    /// Not a plain decimal: digits, at most one point with digits on both sides, no sign, no exponent.
    Malformed,
    /// More decimal places than the currency has at Stripe.
    TooManyPlaces { currency: String, places: usize },
    /// The currency has these places, but a charge in it must be a multiple of `step` (`"0.01"` or `"1"`).
    NotAMultiple {
        currency: String,
        step: &'static str,
    },
    /// Beyond a 64-bit integer of minor units.
    TooLarge,
}

impl fmt::Display for NotChargeable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCurrency(unknown) => unknown.fmt(f),
            Self::Malformed => {
                f.write_str("The amount must be a plain decimal such as `10` or `10.5`.")
            }
            Self::TooManyPlaces { currency, places } => {
                write!(
                    f,
                    "Stripe takes at most {places} decimal places in {currency}."
                )
            }
            Self::NotAMultiple { currency, step } => {
                write!(f, "A charge in {currency} must be a multiple of {step}.")
            }
            Self::TooLarge => f.write_str("The amount is too large for Stripe."),
        }
    }
}

impl std::error::Error for NotChargeable {}

/// Whether Stripe's table lists the currency, in either case.
pub fn is_known(currency: &str) -> bool {
    Scale::of(currency).is_ok()
}

/// Stripe's integer as an exact decimal of whole units, without trailing zeros: `("usd", 1050)` is `"10.5"`.
///
/// Whatever Stripe says was paid is a fact, so an amount that could not be charged (`5.124` dinars) still has a value.
///
/// # Errors
/// [`UnknownCurrency`] when the table does not list `currency`; both cases are accepted.
pub fn major_units(currency: &str, minor: i64) -> Result<String, UnknownCurrency> {
    let places = Scale::of(currency)?.places;
    // One digit more than the places, so that 5 cents become `0.05`. All of it is text, because a
    // float would lose cents of large amounts; `unsigned_abs` since the least integer has no
    // positive twin.
    let width = places.saturating_add(1);
    let digits = format!("{:0>width$}", minor.unsigned_abs());
    let (whole, fraction) = digits
        .split_at_checked(digits.len().saturating_sub(places))
        .unwrap_or((&digits, ""));
    let sign = if minor < 0 { "-" } else { "" };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

/// A decimal of whole units as the integer that Stripe would be sent to charge it: `("usd", "10.5")` is `1050`.
///
/// # Errors
/// [`NotChargeable`] when Stripe would refuse the amount or charge another one. Nothing is ever rounded.
pub fn minor_units(currency: &str, amount: &str) -> Result<i64, NotChargeable> {
    let scale = Scale::of(currency).map_err(NotChargeable::UnknownCurrency)?;
    let (whole, fraction) = decimal_parts(amount).ok_or(NotChargeable::Malformed)?;
    // Refused rather than rounded: otherwise the customer would pay another amount than the one
    // that was shown.
    if fraction.len() > scale.places {
        return Err(NotChargeable::TooManyPlaces {
            currency: currency.to_ascii_uppercase(),
            places: scale.places,
        });
    }
    let places = scale.places;
    let minor: i64 = format!("{whole}{fraction:0<places$}")
        .parse()
        .map_err(|_| NotChargeable::TooLarge)?;
    if minor.checked_rem(scale.divisor) != Some(0) {
        return Err(NotChargeable::NotAMultiple {
            currency: currency.to_ascii_uppercase(),
            step: scale.step,
        });
    }
    Ok(minor)
}

/// How many decimal places an amount may have that is charged in the currency; none where the table does not list it.
#[must_use]
pub fn places(currency: &str) -> Option<u32> {
    let scale = Scale::of(currency).ok()?;
    // By the step and not by the places: a dinar has three, and yet a charge in it must end with a
    // zero.
    Some(if scale.step == "1" { 0 } else { 2 })
}

/// How Stripe writes amounts of one currency.
struct Scale {
    /// Decimal places that the integer holds.
    places: usize,
    /// What the integer of a charge must be divisible by.
    divisor: i64,
    /// The same as a decimal of whole units.
    step: &'static str,
}

impl Scale {
    /// Looks a currency up, in either case.
    ///
    /// # Errors
    /// [`UnknownCurrency`]: what is not listed is never taken for a two-decimal one.
    fn of(currency: &str) -> Result<Self, UnknownCurrency> {
        // Stripe writes `usd` and assets are `USD`, so case never counts. The longest list comes
        // first, since nearly all payments are in one of its currencies.
        let is_in = |codes: &[&str]| codes.iter().any(|code| code.eq_ignore_ascii_case(currency));
        let (places, divisor, step) = if is_in(&TWO_DECIMAL) {
            (2, 1, "0.01")
        } else if is_in(&ZERO_DECIMAL) {
            (0, 1, "1")
        } else if is_in(&THREE_DECIMAL) {
            (3, 10, "0.01")
        } else if is_in(&WHOLE_UNITS) {
            (2, 100, "1")
        } else {
            return Err(UnknownCurrency {
                currency: currency.to_owned(),
            });
        };
        Ok(Self {
            places,
            divisor,
            step,
        })
    }
}

/// Splits a plain decimal at its point and drops the zeros that say nothing, so `10.500` fits two places.
fn decimal_parts(amount: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = match amount.split_once('.') {
        // A point at the end may be all that is left of a number that was cut off, so it is no
        // amount.
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (amount, ""),
    };
    // No sign, no exponent and no other script's digits, so there is nothing that two readers could
    // understand in two ways.
    let digits_only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (!whole.is_empty() && digits_only(whole) && digits_only(fraction))
        .then(|| (whole, fraction.trim_end_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn stripe_integers_as_whole_units() {
        let cases = [
            ("usd", 1000,     "10"),
            ("usd", 1050,     "10.5"),
            ("usd", 50,       "0.5"),
            ("usd", 1,        "0.01"),
            ("usd", 0,        "0"),
            ("usd", -5,       "-0.05"),
            ("USD", 1000,     "10"),
            ("jpy", 500,      "500"),
            ("mga", 5000,     "5000"),
            ("kwd", 50000,    "50"),
            ("kwd", 5124,     "5.124"),
            ("kwd", 5,        "0.005"),
            ("isk", 500_000,  "5000"),
            ("isk", 1050,     "10.5"),
            ("ugx", 500,      "5"),
            ("huf", 1045,     "10.45"),
            ("twd", 1000,     "10"),
            ("idr", 999_999_999_999, "9999999999.99"),
            ("usd", i64::MAX, "92233720368547758.07"),
            ("usd", i64::MIN, "-92233720368547758.08"),
            ("jpy", i64::MIN, "-9223372036854775808"),
        ];
        for (currency, minor, expected) in cases {
            assert_eq!(major_units(currency, minor), Ok(expected.to_owned()), "{minor} {currency}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn whole_units_as_stripe_integers() {
        let unknown = |code: &str| Err(NotChargeable::UnknownCurrency(UnknownCurrency { currency: code.to_owned() }));
        let places = |code: &str, places| Err(NotChargeable::TooManyPlaces { currency: code.to_owned(), places });
        let multiple = |code: &str, step| Err(NotChargeable::NotAMultiple { currency: code.to_owned(), step });
        let malformed = || Err(NotChargeable::Malformed);
        let cases = [
            ("USD", "10.00",    Ok(1000)),
            ("usd", "10",       Ok(1000)),
            ("usd", "10.500",   Ok(1050)),
            ("usd", "0.5",      Ok(50)),
            ("usd", "0",        Ok(0)),
            ("JPY", "500",      Ok(500)),
            ("KWD", "50.00",    Ok(50000)),
            ("KWD", "5.12",     Ok(5120)),
            ("KWD", "5.124",    multiple("KWD", "0.01")),
            ("MGA", "5000",     Ok(5000)),
            ("ISK", "5000",     Ok(500_000)),
            ("UGX", "5",        Ok(500)),
            ("isk", "10.50",    multiple("ISK", "1")),
            ("ISK", "10.00",    Ok(1000)),
            ("usd", "0.001",    places("USD", 2)),
            ("jpy", "0.5",      places("JPY", 0)),
            ("kwd", "0.0001",   places("KWD", 3)),
            ("usd", "92233720368547758.07", Ok(i64::MAX)),
            ("usd", "92233720368547758.08", Err(NotChargeable::TooLarge)),
            ("usd", "",         malformed()),
            ("usd", ".5",       malformed()),
            ("usd", "5.",       malformed()),
            ("usd", "-5",       malformed()),
            ("usd", "+5",       malformed()),
            ("usd", "1e2",      malformed()),
            ("usd", "1.2.3",    malformed()),
            ("usd", "1,000",    malformed()),
            ("usd", " 5",       malformed()),
            ("usd", "٥",        malformed()),
            ("gold", "5",       unknown("gold")),
        ];
        for (currency, amount, expected) in cases {
            assert_eq!(minor_units(currency, amount), expected, "{amount} {currency}");
        }
    }

    #[test]
    fn an_amount_in_the_places_of_a_charge_can_be_charged() {
        for (currency, expected) in [
            ("USD", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(2)),
            ("ISK", Some(0)),
            ("gold", None),
        ] {
            assert_eq!(places(currency), expected, "{currency}");
            let least = if expected == Some(2) { "0.01" } else { "1" };
            assert_eq!(minor_units(currency, least).is_ok(), expected.is_some());
        }
    }

    #[test]
    fn only_listed_currencies_are_known() {
        for code in ["usd", "USD", "jpy", "kwd", "isk", "ugx", "mga", "xcg"] {
            assert!(is_known(code), "{code}");
        }
        for code in ["", "us", "usdd", "xxx", "usdc", "btc", "xau", "credits"] {
            assert!(!is_known(code), "{code}");
        }
    }

    #[test]
    fn every_currency_is_listed_once_and_survives_the_way_back() {
        let listed = ZERO_DECIMAL
            .iter()
            .chain(&THREE_DECIMAL)
            .chain(&WHOLE_UNITS)
            .chain(&TWO_DECIMAL);
        let mut codes: Vec<&str> = listed.copied().collect();
        for code in &codes {
            let back = major_units(code, 1_234_500).map(|major| minor_units(code, &major));
            assert_eq!(back, Ok(Ok(1_234_500)), "{code}");
        }
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count, "no currency is in two lists");
    }
}
