//! What a wallet tells the directory of its usage and subscriptions. Telling it again changes nothing.
//!
//! The wallet is the only writer of these rows, so nothing here looks whether somebody else has
//! changed them.

use crate::worker::edge::rows::{Statement, statement, text};

/// Takes in rows of usage, a JSON list. What is there already stays.
///
/// Relies on the primary key `(account_id, mode, created_at, customer_id, seq, place)`: told
/// again, a row conflicts with itself.
const TELL_USAGE: &str = include_str!("sql/tell_usage.sql");

/// All of a customer's rows; what follows in the same transaction writes them anew. Relies on the
/// index `subscription_of_customer`.
const FORGET_SUBSCRIPTIONS: &str =
    "DELETE FROM subscription WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3";

/// What a customer has; the value is the JSON list that replies show.
///
/// Primary key `(account_id, mode, id, product_id)`: one row per product of a subscription.
const TELL_SUBSCRIPTIONS: &str = include_str!("sql/tell_subscriptions.sql");

/// A shipment of the wallet with this name, as one transaction: rows of usage as JSON lists, and the
/// customer's subscriptions as others, none of which says that they have not changed.
///
/// In one transaction, because otherwise a reader could find a customer between having been
/// forgotten and being told. In several lists, because a value of the directory has 2 MB.
#[must_use]
pub fn shipped(wallet: &str, rows: Vec<String>, subscriptions: Vec<String>) -> Vec<Statement> {
    // A name is account, side and customer; see `ids::wallet_name`.
    let customer: Vec<Option<String>> = wallet.split('/').map(text).collect();
    let tell = |sql, told: Option<String>| {
        let told = told.map(Some);
        statement(sql, customer.iter().cloned().chain(told).collect())
    };
    // Nothing to tell is no statement: one that inserts nothing would still cost a round trip.
    let usage = rows.into_iter().map(|list| tell(TELL_USAGE, Some(list)));
    let forgotten = (!subscriptions.is_empty()).then(|| tell(FORGET_SUBSCRIPTIONS, None));
    let told = subscriptions
        .into_iter()
        .map(|list| tell(TELL_SUBSCRIPTIONS, Some(list)));
    usage.chain(forgotten).chain(told).collect()
}
