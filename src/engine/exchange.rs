//! Exchange rates between what is paid and what a wallet holds. A rate keeps the form in which it
//! was given, so it is exact in that direction. What is only told is rounded once, half to even; what is
//! bought is rounded down, because nobody is given more than was paid for.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError, MAX_PLACES};
use super::rate::Exact;

/// A rate in the form in which it was given; above zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeRate {
    /// `rate`: how much of the source one unit of the asset costs.
    SourcePerUnit(Amount),
    /// `inverse_rate`: how many units one of the source buys.
    UnitsPerSource(Amount),
}

impl ExchangeRate {
    /// What an amount of the source is worth, rounded to the asset's precision; for telling.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn convert(self, source: Amount, precision: u32) -> Result<Amount, AmountError> {
        self.exact(source)?.round_half_even(precision)
    }

    /// What an amount of the source buys: never more than it is worth.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn buy(self, source: Amount, precision: u32) -> Result<Amount, AmountError> {
        self.exact(source)?.round_down(precision)
    }

    fn exact(self, source: Amount) -> Result<Exact, AmountError> {
        let source = Exact::from(source);
        match self {
            Self::SourcePerUnit(rate) => source.over(Exact::from(rate)),
            Self::UnitsPerSource(units) => source.times(Exact::from(units)),
        }
    }

    /// The least payment that buys so many units, in an amount of the source with `places` decimals.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn least_payment(self, units: Amount, places: u32) -> Result<Amount, AmountError> {
        let units = Exact::from(units);
        let exact = match self {
            Self::SourcePerUnit(rate) => units.times(Exact::from(rate))?,
            Self::UnitsPerSource(bought) => units.over(Exact::from(bought))?,
        };
        exact.round_up(places)
    }

    /// How much of the source one unit costs: as given, or rounded to 12 places for reading.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn source_per_unit(self) -> Result<Amount, AmountError> {
        match self {
            Self::SourcePerUnit(rate) => Ok(rate),
            Self::UnitsPerSource(units) => inverse(units),
        }
    }

    /// How many units one of the source buys: as given, or rounded to 12 places for reading.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn units_per_source(self) -> Result<Amount, AmountError> {
        match self {
            Self::SourcePerUnit(rate) => inverse(rate),
            Self::UnitsPerSource(units) => Ok(units),
        }
    }
}

fn inverse(value: Amount) -> Result<Amount, AmountError> {
    // Only for reading: conversions use the rate as it was given, so they never round twice.
    let one = Exact::from(Amount::new(rust_decimal::Decimal::ONE)?);
    one.over(Exact::from(value))?.round_half_even(MAX_PLACES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_exact_in_the_direction_it_was_given() {
        let amount = |text: &str| Amount::parse(text).unwrap_or_default();
        for (rate, source, precision, expected) in [
            (ExchangeRate::SourcePerUnit(amount("0.01")), "20", 0, "2000"),
            (ExchangeRate::UnitsPerSource(amount("100")), "20", 0, "2000"),
            (
                ExchangeRate::SourcePerUnit(amount("3")),
                "1",
                12,
                "0.333333333333",
            ),
            (ExchangeRate::SourcePerUnit(amount("3")), "9", 12, "3"),
            (
                ExchangeRate::UnitsPerSource(amount("0.333333333333")),
                "9",
                12,
                "2.999999999997",
            ),
            (ExchangeRate::SourcePerUnit(amount("2")), "1", 0, "0"),
            (ExchangeRate::SourcePerUnit(amount("2")), "3", 0, "2"),
        ] {
            assert_eq!(
                rate.convert(amount(source), precision),
                Ok(amount(expected)),
                "{rate:?}"
            );
        }
        let cents = ExchangeRate::SourcePerUnit(amount("0.03"));
        assert_eq!(cents.units_per_source(), Ok(amount("33.333333333333")));
        assert_eq!(cents.source_per_unit(), Ok(amount("0.03")));
        let zero = ExchangeRate::SourcePerUnit(Amount::ZERO);
        assert_eq!(zero.convert(amount("1"), 2), Err(AmountError::TooLarge));
    }

    #[test]
    fn the_least_payment_buys_enough() {
        let amount = |text: &str| Amount::parse(text).unwrap_or_default();
        for (rate, units, places, payment, bought) in [
            (
                ExchangeRate::SourcePerUnit(amount("1")),
                "15",
                2,
                "15",
                "15",
            ),
            (
                ExchangeRate::SourcePerUnit(amount("1")),
                "0.000001",
                2,
                "0.01",
                "0.01",
            ),
            (
                ExchangeRate::SourcePerUnit(amount("0.003")),
                "5",
                2,
                "0.02",
                "6",
            ),
            (
                ExchangeRate::UnitsPerSource(amount("120")),
                "1000",
                2,
                "8.34",
                "1000",
            ),
            (
                ExchangeRate::UnitsPerSource(amount("120")),
                "1000",
                0,
                "9",
                "1080",
            ),
        ] {
            let paid = rate.least_payment(amount(units), places);
            assert_eq!(paid, Ok(amount(payment)), "{units} at {rate:?}");
            let credited = paid.and_then(|paid| rate.buy(paid, amount(units).places()));
            assert_eq!(credited, Ok(amount(bought)), "{units} at {rate:?}");
        }
    }
}
