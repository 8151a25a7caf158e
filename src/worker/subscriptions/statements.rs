//! Statements of the directory about who has a product.
//!
//! There is no statement that writes: rows come from `wallet_object::statements`.

use crate::worker::edge::list::Window;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Who has a product, the newest first.
///
/// Relies on the index `subscription_of_product`. The join takes the customer by its primary key,
/// which every subscriber has.
#[must_use]
pub fn subscribers_of_product(who: &Principal, product: &str, window: Window) -> [Statement; 2] {
    let mut values = vec![text(product)];
    values.extend(window.values());
    [
        statement(
            include_str!("sql/subscribers_of_product.sql"),
            scoped(who, values),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM subscription \
             WHERE account_id = ?1 AND mode = ?2 AND product_id = ?3",
            scoped(who, vec![text(product)]),
        ),
    ]
}
