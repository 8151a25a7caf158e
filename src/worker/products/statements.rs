//! Statements of the directory about products and their versions.

use crate::worker::edge::list::Window;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

#[must_use]
pub fn insert_product(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO product (account_id, mode, id, code, name, default_version, request, \
         created_at) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7) ON CONFLICT DO NOTHING \
         RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// A version before it has a number.
pub struct VersionValues {
    pub status: &'static str,
    pub offer: String,
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

/// The next version, unless it would be the newest one over again; then the number that it took. The
/// first one that is published becomes the default.
#[must_use]
pub fn insert_version(who: &Principal, product: &str, version: VersionValues) -> [Statement; 4] {
    let this = scoped(who, vec![text(product)]);
    [
        statement(
            include_str!("sql/insert_version.sql"),
            scoped(who, version.values(product)),
        ),
        statement(
            "UPDATE product SET last_version = last_version + 1 \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND EXISTS (SELECT 1 \
             FROM product_version WHERE product_id = product.id AND version = last_version + 1)",
            this.clone(),
        ),
        follow_published(this.clone()),
        statement(
            "SELECT product.id, code, version, status, version = default_version AS is_default \
             FROM product JOIN product_version ON product_id = product.id \
             AND version = last_version WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3",
            this,
        ),
    ]
}

/// Where the default version is no published one, the newest published one becomes it.
fn follow_published(this: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/follow_published.sql"), this)
}

/// A product, by id or by code, with one of its versions: the default one where none is named. A
/// version that does not exist leaves its columns empty.
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
#[must_use]
pub fn versions_of_product(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT version, product_version.created_at, status FROM product_version \
         JOIN product ON product_id = product.id \
         WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3 ORDER BY version DESC",
        scoped(who, vec![text(id)]),
    )
}

#[must_use]
pub fn list_products(who: &Principal, code: Option<String>, window: Window) -> [Statement; 2] {
    let [limit, offset] = window.values();
    [
        statement(
            "SELECT id, code, name FROM product WHERE account_id = ?1 AND mode = ?2 \
             AND archived_at IS NULL AND (?3 IS NULL OR code = ?3) ORDER BY id \
             LIMIT CAST(?4 AS INTEGER) OFFSET CAST(?5 AS INTEGER)",
            scoped(who, vec![code.clone(), limit, offset]),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM product WHERE account_id = ?1 AND mode = ?2 \
             AND archived_at IS NULL AND (?3 IS NULL OR code = ?3)",
            scoped(who, vec![code]),
        ),
    ]
}

/// Publishes a draft.
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

#[must_use]
pub fn set_default_version(who: &Principal, product: &str, version: u32) -> Statement {
    statement(
        include_str!("sql/set_default_version.sql"),
        scoped(who, vec![text(product), text(version.to_string())]),
    )
}

/// Whether somebody has the product, and this version of it; and how many other versions there are.
#[must_use]
pub fn use_of_version(who: &Principal, product: &str, version: u32) -> Statement {
    statement(
        include_str!("sql/use_of_version.sql"),
        scoped(who, vec![text(product), text(version.to_string())]),
    )
}

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
