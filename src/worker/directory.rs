//! Every statement of the directory (D1). The wallets' own statements are in `store`.

use serde::Serialize;

use super::auth::{DEFAULT_ACCOUNT, Principal};

/// A statement with its values. All values are text; the directory holds no money.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    pub sql: &'static str,
    pub values: Vec<Option<String>>,
}

fn statement(sql: &'static str, values: Vec<Option<String>>) -> Statement {
    Statement { sql, values }
}

fn text(value: impl Into<String>) -> Option<String> {
    Some(value.into())
}

/// The side of a platform account that every statement about its things starts with.
fn scoped(who: &Principal, more: Vec<Option<String>>) -> Vec<Option<String>> {
    let mut values = vec![text(&who.account_id), text(&who.mode)];
    values.extend(more);
    values
}

/// One page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub limit: u64,
    pub offset: u64,
}

impl Window {
    fn values(self) -> [Option<String>; 2] {
        [text(self.limit.to_string()), text(self.offset.to_string())]
    }
}

#[must_use]
pub fn ping() -> Statement {
    statement("SELECT 1 AS one", vec![])
}

#[must_use]
pub fn key_by_hash(hash: &str) -> Statement {
    statement(
        "SELECT account_id, mode FROM api_key WHERE hash = ?1 AND revoked_at IS NULL",
        vec![text(hash)],
    )
}

// Assets.

/// The columns of an asset, in the order of `assets::AssetRow`.
#[must_use]
pub fn insert_asset(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO asset (account_id, mode, code, name, precision, label, symbol, request, \
         created_at) VALUES (?1, ?2, ?3, ?4, CAST(?5 AS INTEGER), ?6, ?7, ?8, ?9) \
         ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

#[must_use]
pub fn asset_by_code(who: &Principal, code: &str) -> Statement {
    statement(
        "SELECT * FROM asset WHERE account_id = ?1 AND mode = ?2 AND code = ?3",
        scoped(who, vec![text(code)]),
    )
}

#[must_use]
pub fn list_assets(who: &Principal, window: Window) -> [Statement; 2] {
    [
        statement(
            "SELECT * FROM asset WHERE account_id = ?1 AND mode = ?2 ORDER BY code \
             LIMIT CAST(?3 AS INTEGER) OFFSET CAST(?4 AS INTEGER)",
            scoped(who, window.values().to_vec()),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM asset WHERE account_id = ?1 AND mode = ?2",
            scoped(who, vec![]),
        ),
    ]
}

/// The rates of an asset for one source, newest first.
#[must_use]
pub fn rates_of_asset(who: &Principal, code: &str, source: Option<&str>) -> Statement {
    statement(
        "SELECT source, valid_from, valid_to, rate FROM asset_rate \
         WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND (?4 IS NULL OR source = ?4) \
         ORDER BY source, valid_from DESC",
        scoped(who, vec![text(code), source.map(str::to_owned)]),
    )
}

/// The rate of an asset for a source at a moment, in microseconds since 1970.
#[must_use]
pub fn rate_of_asset_at(who: &Principal, code: &str, source: &str, at: i64) -> Statement {
    statement(
        "SELECT source, valid_from, valid_to, rate FROM asset_rate \
         WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND source = ?4 \
         AND valid_from <= CAST(?5 AS INTEGER) \
         AND (valid_to IS NULL OR valid_to > CAST(?5 AS INTEGER)) \
         ORDER BY valid_from DESC LIMIT 1",
        scoped(who, vec![text(code), text(source), text(at.to_string())]),
    )
}

// Products.

#[must_use]
pub fn insert_product(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO product (account_id, mode, id, code, name, default_version, request, \
         created_at) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7) ON CONFLICT DO NOTHING \
         RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// Written only when the product of this very request was.
#[must_use]
pub fn insert_first_version(product: &str, prices: String, created_at: &str) -> Statement {
    statement(
        "INSERT INTO product_version (product_id, version, status, prices, created_at) \
         SELECT id, 1, 'published', ?2, ?3 FROM product WHERE id = ?1 ON CONFLICT DO NOTHING",
        vec![text(product), Some(prices), text(created_at)],
    )
}

/// A product with its default version, by id or by code.
#[must_use]
pub fn product(who: &Principal, id: Option<&str>, code: Option<&str>) -> Statement {
    statement(
        "SELECT product.id, code, name, product.request, product.created_at, version, status, \
         prices, product_version.created_at AS version_created_at FROM product \
         JOIN product_version ON product_id = product.id AND version = default_version \
         WHERE account_id = ?1 AND mode = ?2 AND (product.id = ?3 OR code = ?4)",
        scoped(who, vec![id.map(str::to_owned), code.map(str::to_owned)]),
    )
}

/// A version of a product, by its number or as `default`.
#[must_use]
pub fn version_of_product(who: &Principal, id: &str, version: &str) -> Statement {
    statement(
        "SELECT product.id, code, version, prices FROM product \
         JOIN product_version ON product_id = product.id \
         WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3 \
         AND CAST(version AS TEXT) = CASE ?4 WHEN 'default' \
         THEN CAST(default_version AS TEXT) ELSE ?4 END",
        scoped(who, vec![text(id), text(version)]),
    )
}

#[must_use]
pub fn list_products(who: &Principal, code: Option<String>, window: Window) -> [Statement; 2] {
    let [limit, offset] = window.values();
    [
        statement(
            "SELECT id, code, name FROM product WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR code = ?3) ORDER BY id \
             LIMIT CAST(?4 AS INTEGER) OFFSET CAST(?5 AS INTEGER)",
            scoped(who, vec![code.clone(), limit, offset]),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM product WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR code = ?3)",
            scoped(who, vec![code]),
        ),
    ]
}

// Customers.

#[must_use]
pub fn insert_customer(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO customer (account_id, mode, id, external_id, name, email, metadata, \
         subscription_count, request, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, CAST(?8 AS INTEGER), ?9, ?10) \
         ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

#[must_use]
pub fn customer_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM customer WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// The sides of a platform account on which a customer exists.
#[must_use]
pub fn modes_of_customer(account: &str, id: &str) -> Statement {
    statement(
        "SELECT mode FROM customer WHERE account_id = ?1 AND id = ?2",
        vec![text(account), text(id)],
    )
}

/// The filters of a customer list; absent ones match everything.
#[derive(Clone, Debug, Default)]
pub struct CustomerFilter {
    pub id: Option<String>,
    pub external_id: Option<String>,
    pub email: Option<String>,
    pub name: Option<String>,
}

#[must_use]
pub fn list_customers(who: &Principal, filter: CustomerFilter, window: Window) -> [Statement; 2] {
    let CustomerFilter {
        id,
        external_id,
        email,
        name,
    } = filter;
    let filters = vec![id, external_id, email, name];
    let mut page = filters.clone();
    page.extend(window.values());
    [
        statement(
            "SELECT * FROM customer WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR external_id = ?4) \
             AND (?5 IS NULL OR email = ?5) AND (?6 IS NULL OR name = ?6) \
             ORDER BY created_at DESC, id \
             LIMIT CAST(?7 AS INTEGER) OFFSET CAST(?8 AS INTEGER)",
            scoped(who, page),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM customer WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR external_id = ?4) \
             AND (?5 IS NULL OR email = ?5) AND (?6 IS NULL OR name = ?6)",
            scoped(who, filters),
        ),
    ]
}

// Events.

/// The customers whose wallets recorded an event under this id.
#[must_use]
pub fn customers_of_event(who: &Principal, event: &str) -> Statement {
    statement(
        "SELECT customer_id FROM event_index WHERE account_id = ?1 AND mode = ?2 \
         AND event_id = ?3 LIMIT 2",
        scoped(who, vec![text(event)]),
    )
}

/// Notes which wallet recorded which events; `events` is a JSON list of ids.
pub const SHIP_EVENTS: &str = "INSERT INTO event_index (account_id, mode, event_id, customer_id) \
     SELECT ?1, ?2, value, ?3 FROM json_each(?4) WHERE true ON CONFLICT DO NOTHING";

// Payments.

/// Names the wallet that a payment fills, unless one was named before.
#[must_use]
pub fn name_wallet(payment: &str, wallet: &str, at: &str) -> Statement {
    statement(
        "INSERT INTO payment (id, wallet, named_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        vec![text(payment), text(wallet), text(at)],
    )
}

#[must_use]
pub fn payment_by_id(payment: &str) -> Statement {
    statement(
        "SELECT wallet, credited_at FROM payment WHERE id = ?1",
        vec![text(payment)],
    )
}

/// The wallet has the payment, whose session goes by an id of its own.
#[must_use]
pub fn set_credited(payment: &str, wallet: &str, at: &str) -> Statement {
    statement(
        "INSERT INTO payment (id, wallet, named_at, credited_at) VALUES (?1, ?2, ?3, ?3) \
         ON CONFLICT DO UPDATE SET credited_at = COALESCE(credited_at, excluded.credited_at)",
        vec![text(payment), text(wallet), text(at)],
    )
}

/// An account that does not exist could not see its list, so the default account does. What was
/// credited already waits for nobody, except where it was credited to another wallet.
#[must_use]
pub fn insert_unmatched(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO unmatched_payment (account_id, mode, event_id, event_type, reason, detail, \
         payment, asset, amount, body, received_at) \
         SELECT COALESCE((SELECT id FROM platform_account WHERE id = ?1), ?12), \
         ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE ?5 = 'credited_elsewhere' OR NOT EXISTS \
         (SELECT 1 FROM payment WHERE id = ?7 AND credited_at IS NOT NULL) \
         ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, [values, vec![text(DEFAULT_ACCOUNT)]].concat()),
    )
}

/// The payment was credited after all: nobody has to look at it any more.
#[must_use]
pub fn resolve_unmatched(payment: &str, at: &str) -> Statement {
    statement(
        "UPDATE unmatched_payment SET resolved_at = ?2 WHERE payment = ?1 \
         AND resolved_at IS NULL AND reason <> 'credited_elsewhere'",
        vec![text(payment), text(at)],
    )
}

#[must_use]
pub fn list_unmatched(who: &Principal, window: Window) -> [Statement; 2] {
    [
        statement(
            "SELECT event_id, event_type, reason, detail, payment, asset, amount, received_at \
             FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 \
             AND resolved_at IS NULL ORDER BY received_at DESC, event_id \
             LIMIT CAST(?3 AS INTEGER) OFFSET CAST(?4 AS INTEGER)",
            scoped(who, window.values().to_vec()),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 \
             AND resolved_at IS NULL",
            scoped(who, vec![]),
        ),
    ]
}
