//! A price is a fraction: `amount per package_size units`. Multiply first, divide last, round once.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::amount::{Amount, AmountError};

/// A measured, non-negative number of units: tokens, seconds, images.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Quantity(Amount);

impl Quantity {
    pub const ZERO: Self = Self(Amount::ZERO);

    /// The event itself, where a price counts events.
    #[must_use]
    pub fn one() -> Self {
        Self(Amount::new(Decimal::ONE).unwrap_or_default())
    }

    /// `None` below zero.
    #[must_use]
    pub fn new(value: Amount) -> Option<Self> {
        (!value.is_negative()).then_some(Self(value))
    }

    /// The number of units.
    #[must_use]
    pub const fn get(self) -> Amount {
        self.0
    }

    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        Ok(Self(self.0.plus(other.0)?))
    }

    /// The difference; never below zero.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self::new(self.0.folded_minus(other.0)).unwrap_or_default()
    }

    /// How many steps of `places` decimals fit in.
    #[must_use]
    pub fn steps(self, places: u32) -> i128 {
        let (mantissa, scale) = self.0.parts();
        let power = |zeros: u32| 10_i128.saturating_pow(zeros);
        if scale > places {
            return mantissa.div_euclid(power(scale.saturating_sub(places)));
        }
        mantissa.saturating_mul(power(places.saturating_sub(scale)))
    }

    /// Whether the quantity counts whole units.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.0.places() == 0
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Amount::deserialize(deserializer)?;
        Self::new(value).ok_or_else(|| serde::de::Error::custom("a quantity is not negative"))
    }
}

/// `amount` for every `per` units; `per` is above zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Rate {
    amount: Amount,
    per: Quantity,
}

impl Rate {
    /// `None` when `per` is zero or the amount is negative.
    #[must_use]
    pub fn new(amount: Amount, per: Quantity) -> Option<Self> {
        let valid = per.get().is_positive() && !amount.is_negative();
        valid.then_some(Self { amount, per })
    }

    /// What so many units cost.
    #[must_use]
    pub const fn amount(self) -> Amount {
        self.amount
    }

    /// How many units that is.
    #[must_use]
    pub const fn per(self) -> Quantity {
        self.per
    }

    /// The exact cost of a quantity, not yet rounded.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the exact product needs more than 38 digits.
    pub fn of(self, quantity: Quantity) -> Result<Exact, AmountError> {
        // Multiplied first and divided last, so that nothing is rounded on the way.
        let product = Exact::from(self.amount).times(Exact::from(quantity.get()))?;
        product.over(Exact::from(self.per.get()))
    }

    /// The exact cost of a quantity that is counted in whole packages of `per` units, the last of
    /// them however full.
    ///
    /// # Errors
    /// As [`Rate::of`].
    pub fn of_packages(self, quantity: Quantity) -> Result<Exact, AmountError> {
        // Rounded up before the price is applied: a package is paid for whole.
        let packages = Exact::from(quantity.get()).over(Exact::from(self.per.get()))?;
        packages.ceiling()?.times(Exact::from(self.amount))
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            amount: Amount,
            per: Quantity,
        }
        let Fields { amount, per } = Fields::deserialize(deserializer)?;
        Self::new(amount, per).ok_or_else(|| serde::de::Error::custom("a rate divides by zero"))
    }
}

/// A fraction of whole numbers, in lowest terms, with a positive denominator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exact {
    numerator: i128,
    denominator: i128,
}

impl From<Amount> for Exact {
    fn from(amount: Amount) -> Self {
        let (mantissa, scale) = amount.parts();
        // An amount has at most 12 places, so its power of ten always fits.
        let denominator = 10_i128.checked_pow(scale).unwrap_or(1);
        Self::reduced(mantissa, denominator)
    }
}

impl Exact {
    pub const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };

    /// In lowest terms, so that products of long prices stay far from 38 digits.
    fn reduced(numerator: i128, denominator: i128) -> Self {
        let divisor = common_divisor(numerator, denominator);
        Self {
            numerator: numerator.checked_div(divisor).unwrap_or(numerator),
            denominator: denominator.checked_div(divisor).unwrap_or(denominator),
        }
    }

    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits.
    pub fn times(self, other: Self) -> Result<Self, AmountError> {
        // Cancelling across first keeps real prices far away from the bound.
        let left = Self::reduced(self.numerator, other.denominator);
        let right = Self::reduced(other.numerator, self.denominator);
        let numerator = left.numerator.checked_mul(right.numerator);
        let denominator = left.denominator.checked_mul(right.denominator);
        match (numerator, denominator) {
            (Some(numerator), Some(denominator)) => Ok(Self::reduced(numerator, denominator)),
            (None, _) | (_, None) => Err(AmountError::TooLarge),
        }
    }

    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits, or when the divisor is not above zero.
    pub fn over(self, other: Self) -> Result<Self, AmountError> {
        // No rate and no package size is zero; refusing keeps a damaged one from stopping the
        // wallet.
        if other.numerator <= 0 {
            return Err(AmountError::TooLarge);
        }
        self.times(Self {
            numerator: other.denominator,
            denominator: other.numerator,
        })
    }

    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        // Over the least common denominator, a sum has hardly more digits than its parts.
        let common = common_divisor(self.denominator, other.denominator);
        let own = self.denominator.checked_div(common).unwrap_or(1);
        let others = other.denominator.checked_div(common).unwrap_or(1);
        let left = self.numerator.checked_mul(others);
        let right = other.numerator.checked_mul(own);
        let denominator = self.denominator.checked_mul(others);
        match (left, right, denominator) {
            (Some(left), Some(right), Some(denominator)) => {
                let numerator = left.checked_add(right).ok_or(AmountError::TooLarge)?;
                Ok(Self::reduced(numerator, denominator))
            }
            (None, _, _) | (_, None, _) | (_, _, None) => Err(AmountError::TooLarge),
        }
    }

    /// The nearest amount with `places` decimals; a tie goes to the even digit.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn round_half_even(self, places: u32) -> Result<Amount, AmountError> {
        let (whole, rest) = self.divided(places)?;
        // Against half the denominator by doubling the rest, because halving would lose a digit.
        let twice = rest.checked_mul(2).ok_or(AmountError::TooLarge)?;
        let odd = whole.checked_rem(2) != Some(0);
        let up = twice > self.denominator || (twice == self.denominator && odd);
        let rounded = if up {
            whole.checked_add(1)
        } else {
            Some(whole)
        };
        amount_from(rounded, places)
    }

    /// The least amount with `places` decimals that is not below the value.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn round_up(self, places: u32) -> Result<Amount, AmountError> {
        let (whole, rest) = self.divided(places)?;
        amount_from(whole.checked_add(i128::from(rest > 0)), places)
    }

    /// The largest amount with `places` decimals that is not above the value.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] when the result leaves the bounds of an amount.
    pub fn round_down(self, places: u32) -> Result<Amount, AmountError> {
        let (whole, _) = self.divided(places)?;
        amount_from(Some(whole), places)
    }

    /// The smallest whole number that is not below the value.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits.
    pub fn ceiling(self) -> Result<Self, AmountError> {
        let (whole, rest) = self.parts();
        let numerator = whole.checked_add(i128::from(rest > 0));
        Ok(Self {
            numerator: numerator.ok_or(AmountError::TooLarge)?,
            denominator: 1,
        })
    }

    /// The largest whole number that is not above the value.
    #[must_use]
    pub const fn floor(self) -> Self {
        Self {
            numerator: self.parts().0,
            denominator: 1,
        }
    }

    /// The nearest whole number; a half goes up.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] past 38 digits.
    pub fn nearest(self) -> Result<Self, AmountError> {
        let (whole, rest) = self.parts();
        let twice = rest.checked_mul(2).ok_or(AmountError::TooLarge)?;
        let up = i128::from(twice >= self.denominator);
        let numerator = whole.checked_add(up).ok_or(AmountError::TooLarge)?;
        Ok(Self {
            numerator,
            denominator: 1,
        })
    }

    /// The larger of two values.
    #[must_use]
    pub fn at_least(self, least: Self) -> Self {
        if self.is_below(least) { least } else { self }
    }

    /// The smaller of two values.
    #[must_use]
    pub fn at_most(self, most: Self) -> Self {
        if self.is_below(most) { self } else { most }
    }

    /// Whether it is the smaller of two different values.
    #[must_use]
    pub fn is_below(self, other: Self) -> bool {
        // By whole parts first, and then by what is left of each, turned over: multiplying across
        // would need more digits than there are.
        let (mut left, mut right) = (self, other);
        loop {
            let (whole, rest) = left.parts();
            let (others, others_rest) = right.parts();
            if whole != others || others_rest == 0 {
                return whole < others;
            }
            if rest == 0 {
                return true;
            }
            (left, right) = (
                Self {
                    numerator: right.denominator,
                    denominator: others_rest,
                },
                Self {
                    numerator: left.denominator,
                    denominator: rest,
                },
            );
        }
    }

    /// The whole part, and what is left of the numerator, which is not negative.
    const fn parts(self) -> (i128, i128) {
        (
            self.numerator.div_euclid(self.denominator),
            self.numerator.rem_euclid(self.denominator),
        )
    }

    /// `numerator * 10^places` divided by the denominator, digit by digit so that nothing but the
    /// quotient itself has to fit; the remainder is not negative.
    fn divided(self, places: u32) -> Result<(i128, i128), AmountError> {
        let (mut quotient, mut rest) = self.parts();
        // One digit at a time, because `numerator * 10^places` would need more digits than there
        // are.
        for _ in 0..places {
            let shifted = rest.checked_mul(10).ok_or(AmountError::TooLarge)?;
            let digit = shifted.div_euclid(self.denominator);
            rest = shifted.rem_euclid(self.denominator);
            quotient = quotient
                .checked_mul(10)
                .and_then(|quotient| quotient.checked_add(digit))
                .ok_or(AmountError::TooLarge)?;
        }
        Ok((quotient, rest))
    }
}

/// From a mantissa that was rounded.
fn amount_from(mantissa: Option<i128>, places: u32) -> Result<Amount, AmountError> {
    let mantissa = mantissa.ok_or(AmountError::TooLarge)?;
    let value = Decimal::try_from_i128_with_scale(mantissa, places);
    Amount::new(value.map_err(|_| AmountError::TooLarge)?)
}

/// Euclid's, for either sign; at least one, so that nothing divides by zero.
fn common_divisor(left: i128, right: i128) -> i128 {
    let (mut left, mut right) = (left.unsigned_abs(), right.unsigned_abs());
    loop {
        // Prices are short numbers: after a step or two 64 bits hold both, which divide far faster.
        if let (Ok(left), Ok(right)) = (u64::try_from(left), u64::try_from(right)) {
            return i128::from(short_common_divisor(left, right)).max(1);
        }
        let Some(rest) = left.checked_rem(right) else {
            return i128::try_from(left).unwrap_or(1);
        };
        left = right;
        right = rest;
    }
}

const fn short_common_divisor(mut left: u64, mut right: u64) -> u64 {
    while let Some(rest) = left.checked_rem(right) {
        left = right;
        right = rest;
    }
    left
}
