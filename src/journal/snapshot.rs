//! A snapshot is the wallet as text. It changes what a wake costs, never what it means: one that cannot be
//! trusted is none, and the wallet is folded from its rows.
//!
//! ```text
//! <format>\n<the wallet as JSON>
//! ```
//!
//! | the text | what it is | a wake |
//! |---|---|---|
//! | begins with a number up to [`FORMAT`] | of this version or an earlier one | reads it |
//! | begins with a higher number | of a later one | folds the rows |
//! | begins with `{` | from before there was a number | reads it |
//! | says more than this version would write | of a later one that forgot to count up | folds the rows |
//!
//! The last line is why a field may be added to the wallet without a new number. A deployment that does not
//! know the field would pass it over and save a wallet that lacks it; instead it writes down what it has read,
//! sees that something is missing, and folds the rows. A new number is for a field that means something else.

use crate::engine::Wallet;

/// The format that this version writes, and the highest that it reads.
pub const FORMAT: u32 = 1;

/// What the storage keeps.
#[must_use]
pub fn text(wallet: &Wallet) -> String {
    format!("{FORMAT}\n{}", json(wallet))
}

/// The wallet that was saved, if this version can tell all of it.
#[must_use]
pub fn read(text: &str) -> Option<Wallet> {
    let body = match text.split_once('\n') {
        Some((format, body)) if !format.starts_with('{') => {
            let format: u32 = format.parse().ok()?;
            (format <= FORMAT).then_some(body)?
        }
        _ => text,
    };
    let wallet: Wallet = serde_json::from_str(body).ok()?;
    // Before anything that is derived is added, since that is not saved.
    (json(&wallet) == body).then(|| wallet.restored())
}

/// A wallet has string keys and no floats, so writing it down cannot fail.
fn json(wallet: &Wallet) -> String {
    serde_json::to_string(wallet).unwrap_or_default()
}
