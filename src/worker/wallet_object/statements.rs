//! What a wallet tells the directory of its usage and subscriptions. Telling it again changes nothing.

use crate::worker::edge::rows::{Statement, statement, text};

/// Takes in rows of usage, a JSON list. What is there already stays.
const TELL_USAGE: &str = include_str!("sql/tell_usage.sql");

const FORGET_SUBSCRIPTIONS: &str =
    "DELETE FROM subscription WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3";

/// What a customer has; the value is the JSON list that replies show.
const TELL_SUBSCRIPTIONS: &str = include_str!("sql/tell_subscriptions.sql");

/// A shipment of the wallet with this name, as one transaction: rows of usage as a JSON list, and the
/// customer's subscriptions as another, which is empty text where they have not changed.
#[must_use]
pub fn shipped(wallet: &str, rows: String, subscriptions: String) -> Vec<Statement> {
    // A name is account, side and customer; see `ids::wallet_name`.
    let customer: Vec<Option<String>> = wallet.split('/').map(text).collect();
    let tell = |sql, told: Option<String>| {
        let told = told.map(Some);
        statement(sql, customer.iter().cloned().chain(told).collect())
    };
    let mut statements = Vec::new();
    if rows != "[]" {
        statements.push(tell(TELL_USAGE, Some(rows)));
    }
    if !subscriptions.is_empty() {
        statements.push(tell(FORGET_SUBSCRIPTIONS, None));
        statements.push(tell(TELL_SUBSCRIPTIONS, Some(subscriptions)));
    }
    statements
}
