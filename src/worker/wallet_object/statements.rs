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

/// A shipment of the wallet with this name, as one transaction: rows of usage as a JSON list, and the
/// customer's subscriptions as another, which is empty text where they have not changed.
///
/// In one transaction, because otherwise a reader could find a customer between having been
/// forgotten and being told.
#[must_use]
pub fn shipped(wallet: &str, rows: String, subscriptions: String) -> Vec<Statement> {
    // A name is account, side and customer; see `ids::wallet_name`.
    let customer: Vec<Option<String>> = wallet.split('/').map(text).collect();
    let tell = |sql, told: Option<String>| {
        let told = told.map(Some);
        statement(sql, customer.iter().cloned().chain(told).collect())
    };
    let mut statements = Vec::new();
    // Nothing to tell is no statement: one that inserts nothing would still cost a round trip.
    if rows != "[]" {
        statements.push(tell(TELL_USAGE, Some(rows)));
    }
    if !subscriptions.is_empty() {
        statements.push(tell(FORGET_SUBSCRIPTIONS, None));
        statements.push(tell(TELL_SUBSCRIPTIONS, Some(subscriptions)));
    }
    statements
}
