//! Statements of the directory about who has a product.
//!
//! There is no statement that writes: rows come from `wallet_object::statements`.

use std::borrow::Cow;

use crate::worker::edge::list::{Key, Listing};

/// Who has a product, the newest first; the filter is the product.
///
/// Relies on the index `subscription_list`. The join takes the customer by its primary key, which
/// every subscriber has.
pub const SUBSCRIBERS: Listing = Listing {
    name: "subscribers",
    columns: "subscription.id, customer_id, version, status, started_at, renews_at, name, \
              external_id, email",
    rows: Cow::Borrowed(
        "FROM subscription JOIN customer \
         ON customer.account_id = ?1 AND customer.mode = ?2 AND customer.id = customer_id \
         WHERE subscription.account_id = ?1 AND subscription.mode = ?2 AND product_id = ?3",
    ),
    keys: &[Key::down("started_at"), Key::up("id").of("subscription.id")],
};
