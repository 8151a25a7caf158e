//! Amounts as pages write them: exact, grouped, with their unit.

use crate::engine::Amount;
use crate::wire::format::{self, Style};

/// How amounts of an asset are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unit {
    /// The asset's label or code: `USD`, `credits`.
    pub name: String,
    /// Stands before the number: `$`.
    pub symbol: Option<String>,
    /// At least so many decimal places.
    pub places: u32,
}

impl Unit {
    /// The exact amount with its unit, as text: `$1,234.50 USD`, `−0.01 USD`, `250 credits`.
    #[must_use]
    pub fn plain(&self, amount: Amount) -> String {
        let style = Style {
            places: self.places,
            symbol: self.symbol.clone(),
            code: Some(self.name.clone()),
            locale: None,
        };
        let written = format::amount(amount, &style, |number| Ok(grouped(number)));
        // A page must show an amount whatever its style asks for.
        let written = written.unwrap_or_else(|_| amount.to_string());
        // A real minus sign is as wide as a digit, so amounts stay in their columns.
        written.replacen('-', "\u{2212}", 1)
    }
}

/// Thousands by commas; digits behind the point stay together.
fn grouped(number: &str) -> String {
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    // Digits are single bytes, so no group can cut one apart.
    let groups = whole.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    let whole = groups.join(",");
    fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(symbol: Option<&str>, places: u32) -> Unit {
        Unit {
            name: "USD".to_owned(),
            symbol: symbol.map(str::to_owned),
            places,
        }
    }

    #[test]
    fn amounts_are_exact_and_grouped() {
        for (amount, symbol, places, expected) in [
            ("20", Some("$"), 2, "$20.00 USD"),
            ("1234567.8", None, 2, "1,234,567.80 USD"),
            ("999", None, 0, "999 USD"),
            ("0.000125", None, 2, "0.000125 USD"),
            ("-1000.5", Some("$"), 2, "\u{2212}$1,000.50 USD"),
            ("0", None, 2, "0.00 USD"),
        ] {
            let amount = Amount::parse(amount).unwrap_or_default();
            assert_eq!(unit(symbol, places).plain(amount), expected);
        }
    }
}
