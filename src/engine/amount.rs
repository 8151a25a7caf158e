//! Money and other measured amounts: exact decimals that cannot be built wrong.
//!
//! An [`Amount`] has at most 12 decimal places and is smaller than 10^15 in magnitude: 27 digits at
//! most. The decimal inside holds 28, so the sum of two amounts is always exact.
//!
//! ```text
//! |amount| < 10^15, places <= 12      15 + 12 = 27 digits <= 28 digits of the decimal
//! sum of two amounts                  < 2 * 10^15: 28 digits, exact, then bounded
//! ```

use std::fmt;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use sealed::Amount;

/// The smallest step of any amount is 10^-12. The smallest real token price, 1.3e-10 USD, fits.
pub const MAX_PLACES: u32 = 12;

/// No written number longer than this is read; 27 digits, sign and point take 29.
pub const MAX_TEXT: usize = 64;

/// Digits before the point: every amount is smaller than 10^15.
const MAX_WHOLE_DIGITS: u32 = 15;

mod sealed {
    use rust_decimal::Decimal;

    use super::{AmountError, MAX_PLACES, limit};

    /// A signed exact decimal: at most 12 places, magnitude below 10^15.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default)]
    pub struct Amount(Decimal);

    impl Amount {
        pub const ZERO: Self = Self(Decimal::ZERO);

        /// The only way in.
        ///
        /// # Errors
        /// [`AmountError::TooManyPlaces`] past 12 places, [`AmountError::TooLarge`] from 10^15 on.
        pub fn new(value: Decimal) -> Result<Self, AmountError> {
            // Trailing zeros are no places: 1.0000000000000 is a good amount. Normalizing costs, so
            // it is done only where it can matter.
            let value = if value.scale() > MAX_PLACES {
                value.normalize()
            } else {
                value
            };
            if value.scale() > MAX_PLACES {
                return Err(AmountError::TooManyPlaces);
            }
            if value.abs() >= limit() {
                return Err(AmountError::TooLarge);
            }
            Ok(Self(value))
        }

        /// The only way out.
        #[must_use]
        pub const fn get(self) -> Decimal {
            self.0
        }
    }
}

/// Why a text or a result is not an [`Amount`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AmountError {
    NotANumber,
    TooManyPlaces,
    TooLarge,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => {
                "must be a decimal number such as \"12.50\", without sign `+`, spaces or separators"
            }
            Self::TooManyPlaces => "must have at most 12 decimal places",
            Self::TooLarge => "must be smaller than 1000000000000000 (10^15) in magnitude",
        })
    }
}

/// 10^15: [`MAX_WHOLE_DIGITS`] digits before the point.
fn limit() -> Decimal {
    Decimal::from(1_000_000_000_000_000_u64)
}

impl Amount {
    /// Reads a decimal string: digits, an optional leading minus and an optional fraction.
    ///
    /// # Errors
    /// [`AmountError`], whatever the text is: `+1`, `.5`, `5.`, `1e3`, `1_0`, `NaN` are not numbers.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        // People write amounts as strings, and an exponent there is nearly always a float that was
        // printed.
        if text.contains(['e', 'E']) {
            return Err(AmountError::NotANumber);
        }
        Self::parse_json_number(text)
    }

    /// Reads the digits of a JSON number, which may carry an exponent: `1e-05` is 0.00001.
    ///
    /// # Errors
    /// [`AmountError`]; the bounds hold for the value after the point has been shifted.
    pub fn parse_json_number(text: &str) -> Result<Self, AmountError> {
        let number = JsonNumber::read(text).ok_or(AmountError::NotANumber)?;
        let (mantissa, scale) = number.scaled()?;
        let value = Decimal::try_from_i128_with_scale(mantissa, scale)
            .map_err(|_| AmountError::TooLarge)?;
        Self::new(value)
    }

    /// The same, rounded half to even to 12 places where it has more; and whether it had. For numbers that
    /// others have computed, such as costs: refusing them would lose what happened.
    ///
    /// # Errors
    /// [`AmountError::NotANumber`], [`AmountError::TooLarge`].
    pub fn parse_rounded(text: &str) -> Result<(Self, bool), AmountError> {
        match Self::parse_json_number(text) {
            Err(AmountError::TooManyPlaces) => {
                let number = JsonNumber::read(text).ok_or(AmountError::NotANumber)?;
                let rounded = number.rounded().scaled()?;
                let value = Decimal::try_from_i128_with_scale(rounded.0, rounded.1);
                Ok((Self::new(value.map_err(|_| AmountError::TooLarge)?)?, true))
            }
            read => read.map(|amount| (amount, false)),
        }
    }

    /// Neither above nor below zero, whatever its scale.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.get().is_zero()
    }

    /// For serde, which hands a reference over.
    #[must_use]
    pub fn is_zero_ref(&self) -> bool {
        self.is_zero()
    }

    /// Above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self > Self::ZERO
    }

    /// Below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self < Self::ZERO
    }

    /// # Errors
    /// [`AmountError::TooLarge`] when the sum leaves the bounds.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        // 27 digits and one carry fit into 28, so the sum is exact or out of bounds, and never
        // rounded.
        let sum = self.get().checked_add(other.get());
        Self::new(sum.ok_or(AmountError::TooLarge)?)
    }

    /// # Errors
    /// [`AmountError::TooLarge`] when the difference leaves the bounds.
    pub fn minus(self, other: Self) -> Result<Self, AmountError> {
        let difference = self.get().checked_sub(other.get());
        Self::new(difference.ok_or(AmountError::TooLarge)?)
    }

    /// For folding entries that were decided with [`Amount::plus`] and [`Amount::minus`]: replaying
    /// what was once in range stays in range, and folding must not fail.
    #[must_use]
    pub fn folded_plus(self, other: Self) -> Self {
        self.plus(other).unwrap_or(self)
    }

    /// The counterpart of [`Amount::folded_plus`].
    #[must_use]
    pub fn folded_minus(self, other: Self) -> Self {
        self.minus(other).unwrap_or(self)
    }

    /// The sum, or the largest amount there is.
    #[must_use]
    pub fn saturating_plus(self, other: Self) -> Self {
        let most = || Self::parse("999999999999999.999999999999").unwrap_or(self);
        self.plus(other).unwrap_or_else(|_| most())
    }

    /// The same amount with the other sign; the bounds are symmetric.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::ZERO.folded_minus(self)
    }

    /// Decimal places in use, without trailing zeros.
    #[must_use]
    pub fn places(self) -> u32 {
        self.get().normalize().scale()
    }

    /// The value in its smallest steps, 10^-12.
    #[must_use]
    pub fn steps(self) -> i128 {
        let (mantissa, scale) = self.parts();
        // Fewer than 28 digits, whatever the scale.
        let shift = 10_i128.saturating_pow(MAX_PLACES.saturating_sub(scale));
        mantissa.saturating_mul(shift)
    }

    /// The amount of so many smallest steps.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`] from 10^15 on.
    pub fn from_steps(steps: i128) -> Result<Self, AmountError> {
        let value = Decimal::try_from_i128_with_scale(steps, MAX_PLACES);
        Self::new(value.map_err(|_| AmountError::TooLarge)?)
    }

    /// The value as `mantissa / 10^scale`, without trailing zeros.
    #[must_use]
    pub fn parts(self) -> (i128, u32) {
        let value = self.get().normalize();
        (value.mantissa(), value.scale())
    }
}

/// The sum of amounts.
///
/// # Errors
/// [`AmountError::TooLarge`] when any partial sum leaves the bounds.
pub fn total(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, AmountError> {
    amounts
        .into_iter()
        .try_fold(Amount::ZERO, |sum, amount| sum.plus(amount))
}

/// A number as JSON writes it, before any bound is checked.
struct JsonNumber {
    negative: bool,
    digits: String,
    places: i64,
}

impl JsonNumber {
    /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?`, the grammar of JSON numbers.
    fn read(text: &str) -> Option<Self> {
        // Before anything is copied, so that a megabyte of digits costs nothing.
        if text.len() > MAX_TEXT {
            return None;
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (number, exponent) = match rest.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, read_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (number, ""),
        };
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        // JSON has no leading zeros, and a reader that took them would take octal for decimal.
        let padded = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || padded || !plain(whole) || !plain(fraction) {
            return None;
        }
        let places = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let digits = format!("{whole}{fraction}");
        Some(Self {
            negative,
            digits,
            places,
        })
    }

    /// To 12 places, half to even.
    fn rounded(&self) -> Self {
        let surplus = self.places.saturating_sub(i64::from(MAX_PLACES));
        let kept = i64::try_from(self.digits.len())
            .unwrap_or(i64::MAX)
            .saturating_sub(surplus);
        // Below half of the last place whatever its digits are, where not even one is left in front.
        let Ok(kept) = usize::try_from(kept) else {
            return Self {
                digits: "0".to_owned(),
                places: 0,
                ..*self
            };
        };
        let (head, tail) = self
            .digits
            .split_at_checked(kept)
            .unwrap_or((&self.digits, ""));
        let odd = head.bytes().last().is_some_and(|digit| digit % 2 == 1);
        let half = format!("{:0<width$}", "5", width = tail.len());
        let up = match tail.cmp(half.as_str()) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => odd,
            std::cmp::Ordering::Less => false,
        };
        // Digit by digit, since the number may be longer than any integer.
        let mut digits: Vec<u8> = head.bytes().collect();
        let mut carry = up;
        for digit in digits.iter_mut().rev() {
            if !carry {
                break;
            }
            carry = *digit == b'9';
            *digit = if carry { b'0' } else { digit.saturating_add(1) };
        }
        let carried = if carry { "1" } else { "" };
        let digits: String = digits.into_iter().map(char::from).collect();
        Self {
            negative: self.negative,
            digits: format!("{carried}{digits}"),
            places: i64::from(MAX_PLACES),
        }
    }

    /// Mantissa and scale with the scale between 0 and 12, or the bound that the number breaks.
    fn scaled(&self) -> Result<(i128, u32), AmountError> {
        let significant = self.digits.trim_end_matches('0');
        let trailing = self.digits.len().saturating_sub(significant.len());
        let significant = significant.trim_start_matches('0');
        if significant.is_empty() {
            return Ok((0, 0));
        }
        let trailing = i64::try_from(trailing).map_err(|_| AmountError::TooLarge)?;
        // Zeros at the end are no places, so `1.50e-11` has 12 of them and not 13.
        let places = self.places.saturating_sub(trailing);
        if places > i64::from(MAX_PLACES) {
            return Err(AmountError::TooManyPlaces);
        }
        let count = i64::try_from(significant.len()).map_err(|_| AmountError::TooLarge)?;
        if count.saturating_sub(places) > i64::from(MAX_WHOLE_DIGITS) {
            return Err(AmountError::TooLarge);
        }
        let mantissa: i128 = significant.parse().map_err(|_| AmountError::TooLarge)?;
        let (mantissa, scale) = match u32::try_from(places) {
            Ok(scale) => (mantissa, scale),
            Err(_) => (shift_left(mantissa, places.unsigned_abs())?, 0),
        };
        Ok((
            if self.negative {
                0_i128.saturating_sub(mantissa)
            } else {
                mantissa
            },
            scale,
        ))
    }
}

/// At most three digits, which is far beyond every bound and still cannot overflow.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let readable = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if !readable {
        return None;
    }
    let size: i64 = digits.parse().ok()?;
    Some(if text.starts_with('-') {
        size.saturating_neg()
    } else {
        size
    })
}

/// `mantissa * 10^digits`, for numbers such as `1e3`.
fn shift_left(mantissa: i128, digits: u64) -> Result<i128, AmountError> {
    let digits = u32::try_from(digits).map_err(|_| AmountError::TooLarge)?;
    10_i128
        .checked_pow(digits)
        .and_then(|factor| mantissa.checked_mul(factor))
        .ok_or(AmountError::TooLarge)
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().normalize().fmt(f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl TryFrom<Decimal> for Amount {
    type Error = AmountError;

    fn try_from(value: Decimal) -> Result<Self, AmountError> {
        Self::new(value)
    }
}
