//! Statements of the directory about products and their versions.
//!
//! `product_version` has no account of its own, so each statement comes to it by way of `product`,
//! which has: otherwise an id would be enough to reach another tenant's.

use std::borrow::Cow;

use crate::worker::edge::list::{Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// Relies on `UNIQUE (account_id, mode, code)`: a code that is taken writes nothing. Written unless
/// there are as many already as there may be; counted in the same statement, so that two at once are
/// not both the last one.
#[must_use]
pub fn insert_product(who: &Principal, values: Vec<Option<String>>) -> Statement {
    let limit = vec![text(MAX_PRODUCTS.to_string())];
    statement(
        include_str!("sql/insert_product.sql"),
        scoped(who, [values, limit].concat()),
    )
}

/// Most products of one side of a platform account that are not archived.
///
/// 10 pages of a list; who sells more has prices with dimensions.
pub const MAX_PRODUCTS: usize = 1_000;

/// Most versions of a product that are not archived.
///
/// What an offer keeps is some KB, so all of them are some MB.
pub const MAX_VERSIONS: usize = 1_000;

/// A version before it has a number.
pub struct VersionValues {
    /// `draft` or `published`.
    pub status: &'static str,
    /// JSON, as a wallet copies it.
    pub offer: String,
    /// Digest of what was asked for.
    pub request: String,
    pub created_at: String,
}

impl VersionValues {
    fn values(self, product: &str) -> Vec<Option<String>> {
        vec![
            text(product),
            text(self.status),
            Some(self.offer),
            Some(self.request),
            Some(self.created_at),
        ]
    }
}

/// Written only when the product of this very request was.
#[must_use]
pub fn insert_first_version(who: &Principal, product: &str, version: VersionValues) -> Statement {
    statement(
        "INSERT INTO product_version (product_id, version, status, offer, request, created_at) \
         SELECT id, 1, ?4, ?5, ?6, ?7 FROM product \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 ON CONFLICT DO NOTHING",
        scoped(who, version.values(product)),
    )
}

/// The next version, unless it would be the newest one over again, or one too many; then the number that it took. The
/// first one that is published becomes the default.
///
/// Four statements in one transaction: the version; its number, where it was written; the default;
/// what came of it. The number is `last_version + 1` in the first two, so two requests at once get
/// two numbers.
#[must_use]
pub fn insert_version(who: &Principal, product: &str, version: VersionValues) -> [Statement; 4] {
    let this = scoped(who, vec![text(product)]);
    [
        statement(
            include_str!("sql/insert_version.sql"),
            scoped(
                who,
                [
                    version.values(product),
                    vec![text(MAX_VERSIONS.to_string())],
                ]
                .concat(),
            ),
        ),
        statement(
            "UPDATE product SET last_version = last_version + 1 \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND EXISTS (SELECT 1 \
             FROM product_version WHERE product_id = product.id AND version = last_version + 1)",
            this.clone(),
        ),
        follow_published(this.clone()),
        statement(include_str!("sql/newest_version.sql"), this),
    ]
}

/// Where the default version is no published one, the newest published one becomes it.
fn follow_published(this: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/follow_published.sql"), this)
}

/// A product, by id or by code, with one of its versions: the default one where none is named. A
/// version that does not exist leaves its columns empty.
///
/// By the primary key, or by `UNIQUE (account_id, mode, code)`: one row at most.
#[must_use]
pub fn product(
    who: &Principal,
    id: Option<&str>,
    code: Option<&str>,
    version: Option<u32>,
) -> Statement {
    statement(
        include_str!("sql/product.sql"),
        scoped(
            who,
            vec![
                id.map(str::to_owned),
                code.map(str::to_owned),
                version.map(|version| version.to_string()),
            ],
        ),
    )
}

/// The versions of a product, newest first.
/// Relies on the primary key `(product_id, version)`, which is also the order.
#[must_use]
pub fn versions_of_product(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT version, product_version.created_at, status FROM product_version \
         JOIN product ON product_id = product.id \
         WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3 ORDER BY version DESC",
        scoped(who, vec![text(id)]),
    )
}

/// The prices that count over a period, of all versions of a product, the newest version first.
/// Relies on the primary key `(product_id, version)`; the newest 2,000 are read.
#[must_use]
pub fn earlier_prices(who: &Principal, id: &str) -> Statement {
    statement(
        include_str!("sql/earlier_prices.sql"),
        scoped(who, vec![text(id)]),
    )
}

/// By the id, which is by time; the filter is a code. Relies on the index `product_list`.
pub const LIST: Listing = Listing {
    name: "products",
    columns: "id, code, name",
    rows: Cow::Borrowed(
        "FROM product WHERE account_id = ?1 AND mode = ?2 AND archived_at IS NULL \
         AND (?3 IS NULL OR code = ?3)",
    ),
    keys: &[Key::up("id")],
};

/// Publishes a draft.
///
/// One that is published already is left alone. The default follows in the same transaction.
#[must_use]
pub fn publish_version(who: &Principal, product: &str, version: u32) -> [Statement; 2] {
    [
        statement(
            "UPDATE product_version SET status = 'published' WHERE product_id = (SELECT id \
             FROM product WHERE account_id = ?1 AND mode = ?2 AND id = ?3) \
             AND version = CAST(?4 AS INTEGER) AND status = 'draft'",
            scoped(who, vec![text(product), text(version.to_string())]),
        ),
        follow_published(scoped(who, vec![text(product)])),
    ]
}

/// Nothing happens where it is not published, whatever was true when somebody looked.
#[must_use]
pub fn set_default_version(who: &Principal, product: &str, version: u32) -> Statement {
    statement(
        include_str!("sql/set_default_version.sql"),
        scoped(who, vec![text(product), text(version.to_string())]),
    )
}

/// Whether somebody has the product, and this version of it; and how many other versions there are.
///
/// Relies on the index `subscription_of_product`.
#[must_use]
pub fn use_of_version(who: &Principal, product: &str, version: u32) -> Statement {
    statement(
        include_str!("sql/use_of_version.sql"),
        scoped(who, vec![text(product), text(version.to_string())]),
    )
}

/// Its row stays, because those who have it are shown it.
#[must_use]
pub fn archive_version(who: &Principal, product: &str, version: u32) -> Statement {
    statement(
        "UPDATE product_version SET status = 'archived' WHERE product_id = (SELECT id \
         FROM product WHERE account_id = ?1 AND mode = ?2 AND id = ?3) \
         AND version = CAST(?4 AS INTEGER)",
        scoped(who, vec![text(product), text(version.to_string())]),
    )
}

/// Deletes a version that nobody has; the best of the others becomes the default where it was it.
///
/// Asks again whether nobody has it, because somebody may have subscribed since the look-up.
#[must_use]
pub fn delete_version(who: &Principal, product: &str, version: u32) -> [Statement; 2] {
    let this = scoped(who, vec![text(product), text(version.to_string())]);
    [
        statement(include_str!("sql/delete_version.sql"), this.clone()),
        statement(include_str!("sql/follow_deleted_version.sql"), this),
    ]
}

/// Archives a product that somebody has, with all its versions; deletes one that nobody has. The
/// answer to the first statement says whether there is such a product.
///
/// Each looks at what the one before has done: once it is archived, it is not deleted.
#[must_use]
pub fn delete_product(who: &Principal, id: &str, at: &str) -> [Statement; 5] {
    let this = scoped(who, vec![text(id)]);
    [
        statement(
            "SELECT id FROM product WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
            this.clone(),
        ),
        statement(
            "UPDATE product SET archived_at = ?4 WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
             AND archived_at IS NULL AND EXISTS (SELECT 1 FROM subscription \
             WHERE account_id = ?1 AND mode = ?2 AND product_id = ?3)",
            scoped(who, vec![text(id), text(at)]),
        ),
        statement(
            "UPDATE product_version SET status = 'archived' WHERE product_id IN (SELECT id \
             FROM product WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
             AND archived_at IS NOT NULL)",
            this.clone(),
        ),
        statement(
            "DELETE FROM product_version WHERE product_id IN (SELECT id FROM product \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND archived_at IS NULL)",
            this.clone(),
        ),
        statement(
            "DELETE FROM product WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
             AND archived_at IS NULL",
            this,
        ),
    ]
}
