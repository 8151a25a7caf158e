//! A snapshot is the wallet as text. It changes what a wake costs, never what it means: one that cannot be
//! trusted is none, and the wallet is folded from its rows.
//!
//! ```text
//! <format>\n<the wallet as JSON>
//! ```
//!
//! | the text | what it is | a wake |
//! |---|---|---|
//! | begins with the number [`FORMAT`] | of this version or one like it | reads it |
//! | begins with another number | of an earlier or a later one | folds the rows |
//! | begins with `{` | from before there was a number | folds the rows |
//! | says more than this version would write | of a later one that forgot to count up | folds the rows |
//!
//! The last line is why a field may be added to the wallet without a new number. A deployment that does not
//! know the field would pass it over and save a wallet that lacks it; instead it writes down what it has read,
//! sees that something is missing, and folds the rows. A new number is for a field that means something else.
//!
//! | format | says |
//! |---|---|
//! | 1 | each subscription with its products, also those that had ended |
//! | 2 | each product once, and by whom it is had as its place |
//!
//! A wallet whose snapshot is of another format is folded once, and its first call saves a new one.

use crate::engine::Wallet;

/// The format that this version writes, and the only one that it reads: the rows have everything, so that
/// nobody has to keep two ways of reading what can be made again.
pub const FORMAT: u32 = 2;

/// What the storage keeps.
#[must_use]
pub fn text(wallet: &Wallet) -> String {
    format!("{FORMAT}\n{}", json(wallet))
}

/// The wallet that was saved, if this version can tell all of it.
#[must_use]
pub fn read(text: &str) -> Option<Wallet> {
    let (format, body) = text.split_once('\n')?;
    if format.parse() != Ok(FORMAT) {
        return None;
    }
    let wallet: Wallet = serde_json::from_str(body).ok()?;
    // Before anything that is derived is added, since that is not saved.
    (json(&wallet) == body).then(|| wallet.restored())?
}

/// A wallet has string keys and no floats, so writing it down cannot fail.
fn json(wallet: &Wallet) -> String {
    serde_json::to_string(wallet).unwrap_or_default()
}
