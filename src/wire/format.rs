//! Amounts for people to read: exact, whatever their size. Used by our pages and by the npm
//! package.

use serde::Deserialize;

use crate::engine::Amount;
use crate::engine::amount::MAX_PLACES;

use super::problem::Problem;

/// How an amount is written.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Style {
    /// At least so many decimal places. More are shown where they are not zero, so nothing is ever
    /// rounded away.
    pub places: u32,
    /// Stands before the number: `$`.
    pub symbol: Option<String>,
    /// Stands behind the number: `USD`, `tokens`.
    pub code: Option<String>,
    /// Whose separators and digits to use: `de-CH`. Without one there is a point and nothing else.
    pub locale: Option<String>,
}

/// Writes an amount: sign, symbol, number, code. `localize` rewrites the plain number.
///
/// # Errors
/// `validation_failed` where more places are asked for than amounts have, or what `localize` says.
pub fn amount(
    amount: Amount,
    style: &Style,
    localize: impl FnOnce(&str) -> Result<String, Problem>,
) -> Result<String, Problem> {
    // No amount has more, and without a bound a caller could have us write zeros for ever.
    if style.places > MAX_PLACES {
        let sentence = format!("must be a whole number from 0 to {MAX_PLACES}");
        return Err(Problem::field("places", sentence));
    }
    // Before the symbol: `-$5`, as a bank writes it.
    let sign = if amount.is_negative() { "-" } else { "" };
    // Without its sign, because the symbol goes between the sign and the number.
    let size = if amount.is_negative() {
        amount.negated()
    } else {
        amount
    };
    let number = localize(&with_places(size, style.places))?;
    let symbol = style.symbol.as_deref().unwrap_or_default();
    // An empty code would leave a space at the end.
    let code = style.code.as_deref().filter(|code| !code.is_empty());
    let code = code.map_or_else(String::new, |code| format!(" {code}"));
    Ok(format!("{sign}{symbol}{number}{code}"))
}

/// The shortest exact text, with zeros up to so many places: `20` with two of them is `20.00`.
fn with_places(amount: Amount, places: u32) -> String {
    // Zeros are added to the text, so the amount cannot be rounded on the way.
    let mut text = amount.to_string();
    let missing = places.saturating_sub(amount.places());
    if missing > 0 && amount.places() == 0 {
        text.push('.');
    }
    for _ in 0..missing {
        text.push('0');
    }
    text
}
