//! Statements of the directory about customers.
//!
//! All are of one side of a platform account but the one by a payment link's secret, which is
//! unique among all.

use std::borrow::Cow;

use crate::worker::edge::list::{Asked, Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The columns of a customer, in the order of `customers::CustomerRow`.
///
/// Relies on the primary key and on `customer_external_id`: a conflict with either writes nothing
/// and is no error.
#[must_use]
pub fn insert_customer(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_customer.sql"), scoped(who, values))
}

/// A customer by its id, or by the name that its platform account gives to it.
///
/// By one of the two, never both. Relies on the primary key and on `customer_external_id`: one row
/// at most.
#[must_use]
pub fn customer(who: &Principal, id: Option<&str>, external_id: Option<&str>) -> Statement {
    statement(
        include_str!("sql/customer.sql"),
        scoped(
            who,
            vec![id.map(str::to_owned), external_id.map(str::to_owned)],
        ),
    )
}

/// The secret of a customer's payment links. The one that there is stays.
///
/// One statement, so that two who ask at once get the same one. The fresh one is that of links that
/// were never revoked.
#[must_use]
pub fn ensure_pay_token(who: &Principal, id: &str, fresh: &str) -> Statement {
    statement(
        "UPDATE customer SET pay_token_hash = COALESCE(pay_token_hash, \
         CASE WHEN pay_link_revision = 0 THEN ?4 END) WHERE account_id = ?1 AND mode = ?2 \
         AND id = ?3 RETURNING pay_token_hash, pay_link_revision",
        scoped(who, vec![text(id), text(fresh)]),
    )
}

/// How often a customer's payment links were revoked.
#[must_use]
pub fn pay_link_revision(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT pay_link_revision FROM customer WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// Another secret in place of the one of this revision; none where no links can be made.
#[must_use]
pub fn revoke_pay_token(
    who: &Principal,
    id: &str,
    revision: i64,
    token_hash: Option<String>,
) -> Statement {
    statement(
        "UPDATE customer SET pay_token_hash = ?5, pay_link_revision = pay_link_revision + 1 \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND pay_link_revision = CAST(?4 AS INTEGER)",
        scoped(who, vec![text(id), text(revision.to_string()), token_hash]),
    )
}

/// The secret is all that a payment link says of who pays: one customer of one side.
///
/// Relies on the unique index `customer_pay_token`; 256 random bits are not guessed.
#[must_use]
pub fn customer_by_pay_token(token_hash: &str) -> Statement {
    statement(
        "SELECT account_id, mode, id, pay_link_revision FROM customer WHERE pay_token_hash = ?1",
        vec![text(token_hash)],
    )
}

/// Changes what is given, unless the external id is another customer's.
///
/// Checked in the statement itself, because between a look-up and the change somebody else may
/// take it. The revision goes up only where the external id really changes.
#[must_use]
pub fn update_customer(who: &Principal, id: &str, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/update_customer.sql"),
        scoped(who, [vec![text(id)], values].concat()),
    )
}

/// The sides of a platform account on which a customer exists, by either id, and its id there.
///
/// Two at most, as each side has one of a kind; a payment for the wrong side is told apart by
/// them.
#[must_use]
pub fn modes_of_customer(account: &str, id: Option<&str>, external_id: Option<&str>) -> Statement {
    statement(
        "SELECT id, mode FROM customer WHERE account_id = ?1 AND (id = ?2 OR external_id = ?3)",
        vec![
            text(account),
            id.map(str::to_owned),
            external_id.map(str::to_owned),
        ],
    )
}

/// The filters of a customer list; absent ones match everything.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    pub id: Option<String>,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
    /// `active` with an active subscription, `inactive` without one.
    pub status: Option<String>,
}

/// Newest first, then by id, so that customers of one moment keep their order. Relies on the index
/// `customer_list`; the subscriptions are counted of those that are shown.
pub const LIST: Listing = Listing {
    name: "customers",
    columns: "*, (SELECT COUNT(DISTINCT subscription.id) FROM subscription \
              WHERE subscription.account_id = ?1 AND subscription.mode = ?2 \
              AND customer_id = customer.id AND status = 'active') AS active_subscription_count",
    rows: Cow::Borrowed(include_str!("sql/listed_customers.sql")),
    keys: &[Key::down("created_at"), Key::up("id")],
};

#[must_use]
pub fn list_customers(who: &Principal, filter: CustomerFilter, asked: &Asked) -> [Statement; 2] {
    let CustomerFilter {
        id,
        external_id,
        email,
        name,
        status,
    } = filter;
    LIST.statements(who, vec![id, external_id, email, name, status], asked)
}
