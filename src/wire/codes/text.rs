//! How a redeem code is written: 15 characters by chance and one that checks them, as
//! `7K4M-9QPD-X2HT-6WRB`.
//!
//! ```text
//! d₁ … d₁₅   0 to 31 each: 75 bits
//! d₁₆        such that d₁·α¹⁵ + d₂·α¹⁴ + … + d₁₅·α + d₁₆ = 0 in the field of 32 elements
//! ```
//!
//! All powers of α up to the 30th differ, so one wrong character and two that are exchanged are always
//! told, wherever they stand. So whoever mistypes a code hears that it is mistyped, and only who guesses
//! hears that it is none.

use std::fmt;

/// Without `0`, `O`, `1` and `I`, which are read for each other.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Characters of a code, without dashes.
const LENGTH: usize = 16;

/// Characters between two dashes.
const GROUP: usize = 4;

/// A code that is written as ours are, in its one form: capitals, no dashes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodeText(String);

impl CodeText {
    /// A code by the first 30 of these hexadecimal digits.
    #[must_use]
    pub fn from_digits(digits: &str) -> Option<Self> {
        // A byte has 256 values and the alphabet 32, so that the remainder favours no character.
        let pairs = digits.as_bytes().chunks_exact(2).take(LENGTH - 1);
        let values = pairs.map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            let byte = u8::from_str_radix(pair, 16).ok()?;
            Some(byte % 32)
        });
        let mut values = values.collect::<Option<Vec<u8>>>()?;
        if values.len() != LENGTH - 1 {
            return None;
        }
        values.push(times_alpha(sum(&values)));
        let letter = |value: &u8| ALPHABET.get(usize::from(*value)).copied().map(char::from);
        values
            .iter()
            .map(letter)
            .collect::<Option<String>>()
            .map(Self)
    }

    /// What somebody has typed: in any case, with or without dashes and spaces. Nothing for what is no
    /// code, or was mistyped.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        // People copy codes from paper and from mails, so only what no code has can be wrong.
        let signs = typed.chars().filter(|sign| !matches!(sign, '-' | ' '));
        let plain: String = signs.map(|sign| sign.to_ascii_uppercase()).collect();
        let value = |sign: u8| ALPHABET.iter().position(|one| *one == sign);
        let values = plain.bytes().map(|sign| u8::try_from(value(sign)?).ok());
        let values = values.collect::<Option<Vec<u8>>>()?;
        (values.len() == LENGTH && sum(&values) == 0).then_some(Self(plain))
    }

    /// Without dashes: what is hashed.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.0
    }
}

/// In groups of four, as people read it.
impl fmt::Display for CodeText {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, sign) in self.0.chars().enumerate() {
            if place > 0 && place.is_multiple_of(GROUP) {
                to.write_str("-")?;
            }
            write!(to, "{sign}")?;
        }
        Ok(())
    }
}

/// Digits as a polynomial at α, by Horner's rule.
fn sum(values: &[u8]) -> u8 {
    values.iter().fold(0, |sum, value| times_alpha(sum) ^ value)
}

/// In the field of 32 elements, whose α is a root of x⁵ + x² + 1.
const fn times_alpha(value: u8) -> u8 {
    let twice = value << 1;
    if twice & 32 == 0 { twice } else { twice ^ 37 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(seed: u32) -> CodeText {
        let digits: String = (0..30_u32)
            .map(|place| {
                format!(
                    "{:x}",
                    seed.wrapping_mul(2_654_435_761).rotate_left(place) % 16
                )
            })
            .collect();
        CodeText::from_digits(&digits).expect("a code")
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = code(7);
        let shown = code.to_string();
        assert_eq!(shown.len(), 19);
        for typed in [
            shown.clone(),
            shown.to_lowercase(),
            shown.replace('-', ""),
            shown.replace('-', " "),
            format!("  {} ", shown.replace('-', "--")),
        ] {
            assert_eq!(CodeText::parse(&typed), Some(code.clone()), "{typed}");
        }
        assert!(!shown.contains(['0', 'O', '1', 'I']));
    }

    #[test]
    fn every_mistyped_character_and_every_exchange_of_two_is_told() {
        for seed in 0..20 {
            let plain = code(seed).plain().as_bytes().to_vec();
            let read = |typed: &[u8]| CodeText::parse(std::str::from_utf8(typed).expect("text"));
            for place in 0..LENGTH {
                for sign in ALPHABET.iter().filter(|sign| **sign != plain[place]) {
                    let mut typed = plain.clone();
                    typed[place] = *sign;
                    assert_eq!(read(&typed), None);
                }
                for other in 0..place {
                    let mut typed = plain.clone();
                    typed.swap(place, other);
                    assert_eq!(read(&typed).is_some(), typed == plain);
                }
            }
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        let shown = code(3).to_string();
        for typed in ["", "-", "0", &shown[1..], &format!("{shown}2"), "\u{131}"] {
            assert_eq!(CodeText::parse(typed), None, "{typed}");
        }
        assert_eq!(CodeText::from_digits("ab"), None);
        assert_eq!(CodeText::from_digits(&"x".repeat(64)), None);
    }
}
