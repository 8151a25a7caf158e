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

// Keys and platform accounts.

/// A key, and the account that it wants to act for where its own account has made that.
#[must_use]
pub fn key_by_hash(hash: &str, account: Option<&str>) -> Statement {
    statement(
        "SELECT account_id, mode, scopes, expires_at, (SELECT id FROM platform_account \
         WHERE id = ?2 AND owner_id = account_id AND owner_mode = mode) AS connected \
         FROM api_key WHERE hash = ?1 AND revoked_at IS NULL",
        vec![text(hash), account.map(str::to_owned)],
    )
}

#[must_use]
pub fn connected_account(owner: &Principal, account: &str) -> Statement {
    statement(
        "SELECT id AS connected FROM platform_account \
         WHERE owner_id = ?1 AND owner_mode = ?2 AND id = ?3",
        scoped(owner, vec![text(account)]),
    )
}

/// The columns of an account, in the order of `accounts::AccountRow`.
#[must_use]
pub fn insert_account(owner: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO platform_account (owner_id, owner_mode, id, external_id, name, metadata, \
         request, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
         ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(owner, values),
    )
}

/// An account that the owner has made, by either id.
#[must_use]
pub fn account(owner: &Principal, id: Option<&str>, external_id: Option<&str>) -> Statement {
    statement(
        "SELECT * FROM platform_account WHERE owner_id = ?1 AND owner_mode = ?2 \
         AND (id = ?3 OR external_id = ?4)",
        scoped(
            owner,
            vec![id.map(str::to_owned), external_id.map(str::to_owned)],
        ),
    )
}

#[must_use]
pub fn list_accounts(
    owner: &Principal,
    external_id: Option<String>,
    window: Window,
) -> [Statement; 2] {
    let [limit, offset] = window.values();
    [
        statement(
            "SELECT * FROM platform_account WHERE owner_id = ?1 AND owner_mode = ?2 \
             AND (?3 IS NULL OR external_id = ?3) ORDER BY created_at DESC, id \
             LIMIT CAST(?4 AS INTEGER) OFFSET CAST(?5 AS INTEGER)",
            scoped(owner, vec![external_id.clone(), limit, offset]),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM platform_account \
             WHERE owner_id = ?1 AND owner_mode = ?2 AND (?3 IS NULL OR external_id = ?3)",
            scoped(owner, vec![external_id]),
        ),
    ]
}

/// The caller's own account.
#[must_use]
pub fn own_account(account: &str) -> Statement {
    statement(
        "SELECT name, owner_id FROM platform_account WHERE id = ?1",
        vec![text(account)],
    )
}

/// Written only where no valid key has this name: the name tells a request that is sent again.
#[must_use]
pub fn insert_key(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO api_key (account_id, mode, hash, name, scopes, created_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM api_key \
         WHERE account_id = ?1 AND mode = ?2 AND name = ?4 \
         AND revoked_at IS NULL AND expires_at IS NULL) RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// A valid key that is not about to end, by its name.
#[must_use]
pub fn key_by_name(who: &Principal, name: &str) -> Statement {
    statement(
        "SELECT * FROM api_key WHERE account_id = ?1 AND mode = ?2 AND name = ?3 \
         AND revoked_at IS NULL AND expires_at IS NULL LIMIT 1",
        scoped(who, vec![text(name)]),
    )
}

#[must_use]
pub fn key_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM api_key WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

#[must_use]
pub fn list_keys(who: &Principal, window: Window) -> [Statement; 2] {
    [
        statement(
            "SELECT * FROM api_key WHERE account_id = ?1 AND mode = ?2 AND revoked_at IS NULL \
             ORDER BY created_at DESC, id LIMIT CAST(?3 AS INTEGER) OFFSET CAST(?4 AS INTEGER)",
            scoped(who, window.values().to_vec()),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM api_key WHERE account_id = ?1 AND mode = ?2 \
             AND revoked_at IS NULL",
            scoped(who, vec![]),
        ),
    ]
}

/// A new key in place of a valid one, which ends when it is told to. Both happen or neither.
#[must_use]
pub fn rotate_key(
    who: &Principal,
    id: &str,
    hash: &str,
    ends_at: i64,
    now: &str,
) -> [Statement; 2] {
    [
        statement(
            "INSERT INTO api_key (account_id, mode, hash, name, scopes, created_at) \
             SELECT account_id, mode, ?4, name, scopes, ?5 FROM api_key \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
             AND revoked_at IS NULL AND expires_at IS NULL RETURNING 1 AS wrote",
            scoped(who, vec![text(id), text(hash), text(now)]),
        ),
        statement(
            "UPDATE api_key SET expires_at = CAST(?4 AS INTEGER), \
             replaced_by = (SELECT id FROM api_key WHERE hash = ?5) \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
             AND revoked_at IS NULL AND expires_at IS NULL",
            scoped(who, vec![text(id), text(ends_at.to_string()), text(hash)]),
        ),
    ]
}

#[must_use]
pub fn revoke_key(who: &Principal, id: &str, at: &str) -> Statement {
    statement(
        "UPDATE api_key SET revoked_at = ?4 \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND revoked_at IS NULL",
        scoped(who, vec![text(id), text(at)]),
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

/// How amounts of these assets are written; `codes` is a JSON list.
#[must_use]
pub fn units_of_assets(who: &Principal, codes: String) -> Statement {
    statement(
        "SELECT code, label, symbol FROM asset WHERE account_id = ?1 AND mode = ?2 \
         AND code IN (SELECT value FROM json_each(?3))",
        scoped(who, vec![Some(codes)]),
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

/// The rates of a new asset, from its first moment on; `rates` is a JSON list of pairs.
#[must_use]
pub fn insert_starting_rates(
    who: &Principal,
    code: &str,
    request: &str,
    at: i64,
    rates: String,
) -> Statement {
    statement(
        "INSERT INTO asset_rate (account_id, mode, code, source, valid_from, rate) \
         SELECT ?1, ?2, ?3, pair.value->>0, CAST(?4 AS INTEGER), pair.value->>1 \
         FROM json_each(?5) AS pair WHERE EXISTS (SELECT 1 FROM asset \
         WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND request = ?6) \
         AND NOT EXISTS (SELECT 1 FROM asset_rate \
         WHERE account_id = ?1 AND mode = ?2 AND code = ?3)",
        scoped(
            who,
            vec![text(code), text(at.to_string()), Some(rates), text(request)],
        ),
    )
}

/// A rate that holds from a moment on. The one that holds then ends there, and it itself ends where
/// the next one begins, so that no two overlap. One that begins at the same moment is replaced.
#[must_use]
pub fn add_rate(
    who: &Principal,
    code: &str,
    source: &str,
    valid_from: i64,
    valid_to: Option<i64>,
    rate: String,
) -> [Statement; 2] {
    let from = text(valid_from.to_string());
    let to = valid_to.map(|at| at.to_string());
    [
        statement(
            "UPDATE asset_rate SET valid_to = CAST(?5 AS INTEGER) \
             WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND source = ?4 \
             AND valid_from < CAST(?5 AS INTEGER) \
             AND (valid_to IS NULL OR valid_to > CAST(?5 AS INTEGER))",
            scoped(who, vec![text(code), text(source), from.clone()]),
        ),
        statement(
            "INSERT INTO asset_rate (account_id, mode, code, source, valid_from, valid_to, rate) \
             SELECT ?1, ?2, ?3, ?4, CAST(?5 AS INTEGER), (SELECT MIN(ends) FROM \
             (SELECT CAST(?6 AS INTEGER) AS ends UNION ALL SELECT MIN(valid_from) FROM asset_rate \
             WHERE account_id = ?1 AND mode = ?2 AND code = ?3 AND source = ?4 \
             AND valid_from > CAST(?5 AS INTEGER))), ?7 WHERE true \
             ON CONFLICT DO UPDATE SET valid_to = excluded.valid_to, rate = excluded.rate",
            scoped(who, vec![text(code), text(source), from, to, Some(rate)]),
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

/// The rates of an asset that hold at a moment, one of each source.
#[must_use]
pub fn rates_of_asset_at(who: &Principal, code: &str, at: i64) -> Statement {
    statement(
        "SELECT source, rate, MAX(valid_from) FROM asset_rate \
         WHERE account_id = ?1 AND mode = ?2 AND code = ?3 \
         AND valid_from <= CAST(?4 AS INTEGER) \
         AND (valid_to IS NULL OR valid_to > CAST(?4 AS INTEGER)) GROUP BY source ORDER BY source",
        scoped(who, vec![text(code), text(at.to_string())]),
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
            "INSERT INTO product_version (product_id, version, status, offer, request, \
             created_at) SELECT id, last_version + 1, ?4, ?5, ?6, ?7 FROM product \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND archived_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM product_version WHERE product_id = product.id \
             AND version = last_version AND product_version.request = ?6 \
             AND status <> 'archived') RETURNING 1 AS wrote",
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
    statement(
        "UPDATE product SET default_version = COALESCE((SELECT MAX(version) FROM product_version \
         WHERE product_id = product.id AND status = 'published'), default_version) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND NOT EXISTS (SELECT 1 \
         FROM product_version WHERE product_id = product.id AND version = default_version \
         AND status = 'published')",
        this,
    )
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
        "SELECT product.id, code, name, product.request, product.created_at, archived_at, \
         version, status, offer, version = default_version AS is_default FROM product \
         LEFT JOIN product_version ON product_id = product.id \
         AND version = COALESCE(CAST(?5 AS INTEGER), default_version) \
         WHERE account_id = ?1 AND mode = ?2 AND (product.id = ?3 OR code = ?4)",
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
        "UPDATE product SET default_version = CAST(?4 AS INTEGER) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND EXISTS (SELECT 1 \
         FROM product_version WHERE product_id = product.id \
         AND version = CAST(?4 AS INTEGER) AND status = 'published')",
        scoped(who, vec![text(product), text(version.to_string())]),
    )
}

/// Whether somebody has the product, and this version of it; and how many other versions there are.
#[must_use]
pub fn use_of_version(who: &Principal, product: &str, version: u32) -> Statement {
    statement(
        "SELECT EXISTS (SELECT 1 FROM subscription WHERE account_id = ?1 AND mode = ?2 \
         AND product_id = ?3) AS product_used, EXISTS (SELECT 1 FROM subscription \
         WHERE account_id = ?1 AND mode = ?2 AND product_id = ?3 \
         AND version = CAST(?4 AS INTEGER)) AS version_used, (SELECT COUNT(*) \
         FROM product_version JOIN product ON product_id = product.id \
         WHERE account_id = ?1 AND mode = ?2 AND product.id = ?3 \
         AND version <> CAST(?4 AS INTEGER)) AS others",
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
        statement(
            "DELETE FROM product_version WHERE product_id = (SELECT id FROM product \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3) AND version = CAST(?4 AS INTEGER) \
             AND NOT EXISTS (SELECT 1 FROM subscription WHERE account_id = ?1 AND mode = ?2 \
             AND product_id = ?3 AND version = CAST(?4 AS INTEGER))",
            this.clone(),
        ),
        statement(
            "UPDATE product SET default_version = (SELECT version FROM product_version \
             WHERE product_id = product.id ORDER BY status = 'published' DESC, \
             status = 'draft' DESC, version DESC LIMIT 1) \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
             AND default_version = CAST(?4 AS INTEGER) AND NOT EXISTS (SELECT 1 \
             FROM product_version WHERE product_id = product.id AND version = default_version)",
            this,
        ),
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

// Customers.

/// The columns of a customer, in the order of `customers::CustomerRow`.
#[must_use]
pub fn insert_customer(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO customer (account_id, mode, id, external_id, name, email, metadata, \
         external_accounts, pay_token, request, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// A customer by its id, or by the name that its platform account gives to it.
#[must_use]
pub fn customer(who: &Principal, id: Option<&str>, external_id: Option<&str>) -> Statement {
    statement(
        "SELECT *, (SELECT COUNT(DISTINCT subscription.id) FROM subscription \
         WHERE subscription.account_id = ?1 AND subscription.mode = ?2 \
         AND customer_id = customer.id AND status = 'active') AS active_subscription_count \
         FROM customer WHERE account_id = ?1 AND mode = ?2 AND (id = ?3 OR external_id = ?4)",
        scoped(
            who,
            vec![id.map(str::to_owned), external_id.map(str::to_owned)],
        ),
    )
}

/// The secret of a customer's payment links. The one that there is stays.
#[must_use]
pub fn ensure_pay_token(who: &Principal, id: &str, fresh: &str) -> Statement {
    statement(
        "UPDATE customer SET pay_token = COALESCE(pay_token, ?4) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING pay_token",
        scoped(who, vec![text(id), text(fresh)]),
    )
}

/// The secret is all that a payment link says of who pays: one customer of one side.
#[must_use]
pub fn customer_by_pay_token(token: &str) -> Statement {
    statement(
        "SELECT account_id, mode, id FROM customer WHERE pay_token = ?1",
        vec![text(token)],
    )
}

/// Changes what is given, unless the external id is another customer's.
#[must_use]
pub fn update_customer(who: &Principal, id: &str, values: Vec<Option<String>>) -> Statement {
    statement(
        "UPDATE customer SET name = COALESCE(?4, name), email = COALESCE(?5, email), \
         metadata = COALESCE(?6, metadata), external_id_revision = external_id_revision \
         + (?7 IS NOT NULL AND external_id IS NOT ?7), external_id = COALESCE(?7, external_id) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND NOT EXISTS (SELECT 1 \
         FROM customer AS other WHERE other.account_id = ?1 AND other.mode = ?2 \
         AND other.external_id = ?7 AND other.id <> ?3) RETURNING 1 AS wrote",
        scoped(who, [vec![text(id)], values].concat()),
    )
}

/// The sides of a platform account on which a customer exists, by either id, and its id there.
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

#[must_use]
pub fn list_customers(who: &Principal, filter: CustomerFilter, window: Window) -> [Statement; 2] {
    let CustomerFilter {
        id,
        external_id,
        email,
        name,
        status,
    } = filter;
    let filters = vec![id, external_id, email, name, status];
    let mut page = filters.clone();
    page.extend(window.values());
    [
        statement(
            "SELECT * FROM (SELECT *, (SELECT COUNT(DISTINCT subscription.id) FROM subscription \
             WHERE subscription.account_id = ?1 AND subscription.mode = ?2 \
             AND customer_id = customer.id AND status = 'active') AS active_subscription_count \
             FROM customer WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR external_id = ?4) \
             AND (?5 IS NULL OR email = ?5) AND (?6 IS NULL OR name = ?6)) \
             WHERE ?7 IS NULL OR (active_subscription_count > 0) = (?7 = 'active') \
             ORDER BY created_at DESC, id \
             LIMIT CAST(?8 AS INTEGER) OFFSET CAST(?9 AS INTEGER)",
            scoped(who, page),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM customer WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR external_id = ?4) \
             AND (?5 IS NULL OR email = ?5) AND (?6 IS NULL OR name = ?6) \
             AND (?7 IS NULL OR EXISTS (SELECT 1 FROM subscription \
             WHERE subscription.account_id = ?1 AND subscription.mode = ?2 \
             AND customer_id = customer.id AND status = 'active') = (?7 = 'active'))",
            scoped(who, filters),
        ),
    ]
}

/// What a customer has, as its wallet tells; `subscriptions` is the JSON list that replies show.
pub const FORGET_SUBSCRIPTIONS: &str =
    "DELETE FROM subscription WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3";

/// The other half of it: both are one transaction.
pub const TELL_SUBSCRIPTIONS: &str = "INSERT INTO subscription (account_id, mode, id, customer_id, product_id, version, \
     status, started_at, renews_at) SELECT ?1, ?2, one.value->>'id', ?3, \
     product.value->>'id', product.value->>'version', one.value->>'status', \
     one.value->>'started_at', one.value->>'renews_at' FROM json_each(?4) AS one, \
     json_each(one.value, '$.products') AS product WHERE true ON CONFLICT DO NOTHING";

/// Who has a product, the newest first.
#[must_use]
pub fn subscribers_of_product(who: &Principal, product: &str, window: Window) -> [Statement; 2] {
    let mut values = vec![text(product)];
    values.extend(window.values());
    [
        statement(
            "SELECT subscription.id, customer_id, version, status, started_at, renews_at, name, \
             external_id, email FROM subscription JOIN customer \
             ON customer.account_id = ?1 AND customer.mode = ?2 AND customer.id = customer_id \
             WHERE subscription.account_id = ?1 AND subscription.mode = ?2 AND product_id = ?3 \
             ORDER BY started_at DESC, subscription.id \
             LIMIT CAST(?4 AS INTEGER) OFFSET CAST(?5 AS INTEGER)",
            scoped(who, values),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM subscription \
             WHERE account_id = ?1 AND mode = ?2 AND product_id = ?3",
            scoped(who, vec![text(product)]),
        ),
    ]
}

// Vendors.

/// The columns of a vendor, in the order of `vendors::VendorRow`.
#[must_use]
pub fn insert_vendor(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO vendor (account_id, mode, id, external_id, name, request, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// A vendor by either id.
#[must_use]
pub fn vendor(who: &Principal, id: Option<&str>, external_id: Option<&str>) -> Statement {
    statement(
        "SELECT * FROM vendor WHERE account_id = ?1 AND mode = ?2 \
         AND (id = ?3 OR external_id = ?4)",
        scoped(
            who,
            vec![id.map(str::to_owned), external_id.map(str::to_owned)],
        ),
    )
}

#[must_use]
pub fn list_vendors(
    who: &Principal,
    external_id: Option<String>,
    window: Window,
) -> [Statement; 2] {
    let [limit, offset] = window.values();
    [
        statement(
            "SELECT * FROM vendor WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR external_id = ?3) ORDER BY created_at DESC, id \
             LIMIT CAST(?4 AS INTEGER) OFFSET CAST(?5 AS INTEGER)",
            scoped(who, vec![external_id.clone(), limit, offset]),
        ),
        statement(
            "SELECT COUNT(*) AS total FROM vendor WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR external_id = ?3)",
            scoped(who, vec![external_id]),
        ),
    ]
}

// Events.

/// The customers whose wallets recorded an event under this id.
#[must_use]
pub fn customers_of_event(who: &Principal, event: &str) -> Statement {
    statement(
        "SELECT DISTINCT customer_id FROM usage INDEXED BY usage_event \
         WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3 LIMIT 2",
        scoped(who, vec![text(event)]),
    )
}

/// Takes in what a wallet tells of its usage, a JSON list of rows. What is there already stays.
pub const TELL_USAGE: &str = "INSERT INTO usage (account_id, mode, customer_id, seq, place, \
     event_id, event_type, subject, description, occurred_at, created_at, hold, fees, costs) \
     SELECT ?1, ?2, ?3, value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, \
     value->>6, value->>7, value->>8, value->>9, value->>10 FROM json_each(?4) WHERE true \
     ON CONFLICT DO NOTHING";

/// The filters of an event list; absent ones match everything. Times are microseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub customer: Option<String>,
    pub event: Option<String>,
    pub subject: Option<String>,
    pub from: Option<String>,
    pub before: Option<String>,
    /// A JSON list.
    pub event_types: Option<String>,
    /// `1` or `0`.
    pub has_fees: Option<String>,
}

/// The index that a list is read by, which the query planner would not always guess, with the
/// condition that starts it; and the filters of the list.
macro_rules! events_where {
    ($index:literal, $first:literal) => {
        concat!(
            "FROM usage ",
            $index,
            " WHERE account_id = ?1 AND mode = ?2 AND event_id IS NOT NULL AND ",
            $first,
            " AND (?5 IS NULL OR subject = ?5) \
             AND (?6 IS NULL OR occurred_at >= CAST(?6 AS INTEGER)) \
             AND (?7 IS NULL OR occurred_at < CAST(?7 AS INTEGER)) \
             AND (?8 IS NULL OR event_type IN (SELECT value FROM json_each(?8))) \
             AND (?9 IS NULL OR (fees <> '[]') = CAST(?9 AS INTEGER))"
        )
    };
}

macro_rules! events_listed {
    ($index:literal, $first:literal) => {
        [
            concat!(
                "SELECT customer_id, (SELECT external_id FROM customer \
                 WHERE customer.account_id = usage.account_id AND customer.mode = usage.mode \
                 AND customer.id = usage.customer_id) AS external_id, \
                 event_id, event_type, subject, description, occurred_at, created_at, hold, fees, costs ",
                events_where!($index, $first),
                " ORDER BY created_at DESC, customer_id DESC, seq DESC, place DESC \
                 LIMIT CAST(?10 AS INTEGER) OFFSET CAST(?11 AS INTEGER)"
            ),
            concat!("SELECT COUNT(*) AS total ", events_where!($index, $first)),
        ]
    };
}

/// Usage events, last received first.
#[must_use]
pub fn list_events(who: &Principal, filter: EventFilter, window: Window) -> [Statement; 2] {
    let [items, total] = match (&filter.customer, &filter.event) {
        (_, Some(_)) => events_listed!(
            "INDEXED BY usage_event",
            "event_id = ?4 AND (?3 IS NULL OR customer_id = ?3)"
        ),
        (Some(_), None) => events_listed!(
            "INDEXED BY usage_of_customer",
            "customer_id = ?3 AND ?4 IS NULL"
        ),
        (None, None) => events_listed!("", "?3 IS NULL AND ?4 IS NULL"),
    };
    let filters = vec![
        filter.customer,
        filter.event,
        filter.subject,
        filter.from,
        filter.before,
        filter.event_types,
        filter.has_fees,
    ];
    let mut page = filters.clone();
    page.extend(window.values());
    [
        statement(items, scoped(who, page)),
        statement(total, scoped(who, filters)),
    ]
}

// Stats.

/// The moments between which usage counts, in microseconds since 1970; absent ones are open.
#[derive(Clone, Debug, Default)]
pub struct Span {
    pub from: Option<String>,
    pub before: Option<String>,
}

/// Exact sums of amounts that are written as integers. They come as text, because the directory's
/// numbers are floats on their way.
macro_rules! sums {
    () => {
        "one.value->>0 AS currency, COUNT(*) AS count, \
         CAST(SUM(one.value->>1) AS TEXT) AS whole, \
         CAST(SUM((one.value->>2) / 1000000) AS TEXT) AS millionths, \
         CAST(SUM((one.value->>2) % 1000000) AS TEXT) AS rest"
    };
}

macro_rules! in_span {
    () => {
        "usage.account_id = ?1 AND usage.mode = ?2 \
         AND (?3 IS NULL OR usage.occurred_at >= CAST(?3 AS INTEGER)) \
         AND (?4 IS NULL OR usage.occurred_at < CAST(?4 AS INTEGER))"
    };
}

macro_rules! summed {
    ($amounts:literal, $columns:literal, $where:literal, $group:literal) => {
        concat!(
            "SELECT ",
            $columns,
            sums!(),
            " FROM usage, json_each(usage.",
            $amounts,
            ") AS one WHERE ",
            in_span!(),
            $where,
            " GROUP BY ",
            $group
        )
    };
}

fn spanned(who: &Principal, span: &Span, more: Option<Option<String>>) -> Vec<Option<String>> {
    let mut values = vec![span.from.clone(), span.before.clone()];
    values.extend(more);
    scoped(who, values)
}

/// Fees and costs of one customer, by currency.
#[must_use]
pub fn sums_of_customer(who: &Principal, customer: &str, span: &Span) -> [Statement; 2] {
    let values = spanned(who, span, Some(text(customer)));
    [
        summed!("fees", "", " AND usage.customer_id = ?5", "currency"),
        summed!("costs", "", " AND usage.customer_id = ?5", "currency"),
    ]
    .map(|sql| statement(sql, values.clone()))
}

/// Fees and costs of some customers, a JSON list of ids, by customer and currency.
#[must_use]
pub fn sums_of_customers(who: &Principal, customers: String, span: &Span) -> [Statement; 2] {
    let values = spanned(who, span, Some(Some(customers)));
    [
        summed!(
            "fees",
            "usage.customer_id AS customer_id, ",
            " AND usage.customer_id IN (SELECT value FROM json_each(?5))",
            "usage.customer_id, currency"
        ),
        summed!(
            "costs",
            "usage.customer_id AS customer_id, ",
            " AND usage.customer_id IN (SELECT value FROM json_each(?5))",
            "usage.customer_id, currency"
        ),
    ]
    .map(|sql| statement(sql, values.clone()))
}

/// Fees and costs of everybody, by currency; and the first and the last moment of any usage.
#[must_use]
pub fn sums_of_everybody(who: &Principal, span: &Span) -> [Statement; 3] {
    [
        summed!("fees", "", "", "currency"),
        summed!("costs", "", "", "currency"),
        concat!(
            "SELECT MIN(occurred_at) AS first, MAX(occurred_at) AS last FROM usage WHERE ",
            in_span!()
        ),
    ]
    .map(|sql| statement(sql, spanned(who, span, None)))
}

#[must_use]
pub fn vendor_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT id FROM vendor WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// Costs of a vendor, named by either of its ids, by category and currency.
#[must_use]
pub fn costs_of_vendor(
    who: &Principal,
    vendor: &str,
    category: Option<String>,
    span: &Span,
) -> Statement {
    let mut values = spanned(who, span, Some(text(vendor)));
    values.push(category);
    statement(
        summed!(
            "costs",
            "COALESCE(one.value->>5, 'uncategorized') AS category, ",
            " AND (one.value->>3 = ?5 OR one.value->>4 = (SELECT external_id FROM vendor \
             WHERE vendor.account_id = ?1 AND vendor.mode = ?2 AND vendor.id = ?5)) \
             AND (?6 IS NULL OR COALESCE(one.value->>5, 'uncategorized') = ?6)",
            "category, currency"
        ),
        values,
    )
}

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

// Top-ups.

/// The columns of a top-up, in their order in the table. It begins as `initiated`.
#[must_use]
pub fn insert_top_up(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO top_up (account_id, mode, id, customer_id, processor, token, redirect_url, \
         amount, currency, account_name, asset, precision, credit, exchange_rate, \
         credit_expires_at, return_url, failure_url, description, metadata, request, created_at, \
         expires_at, status) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, CAST(?12 AS INTEGER), ?13, ?14, \
         CAST(?15 AS INTEGER), ?16, ?17, ?18, ?19, ?20, ?21, CAST(?22 AS INTEGER), 'initiated') \
         ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

#[must_use]
pub fn top_up_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM top_up WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// How many top-ups a customer's request has made, and where the one is paid that is open or being
/// credited.
#[must_use]
pub fn top_ups_of_request(who: &Principal, customer: &str, request: &str, now: i64) -> Statement {
    statement(
        "SELECT COUNT(*) AS made, MAX(CASE WHEN status = 'pending' OR (status = 'initiated' \
         AND expires_at > CAST(?5 AS INTEGER)) THEN redirect_url END) AS open FROM top_up \
         WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND request = ?4",
        scoped(
            who,
            vec![text(customer), text(request), text(now.to_string())],
        ),
    )
}

/// The token is all that a page knows, and it leads to one top-up of one side only.
#[must_use]
pub fn top_up_by_token(token: &str) -> Statement {
    statement(
        "SELECT top_up.*, customer.name AS customer_name FROM top_up LEFT JOIN customer \
         ON customer.account_id = top_up.account_id AND customer.mode = top_up.mode \
         AND customer.id = customer_id WHERE token = ?1",
        vec![text(token)],
    )
}

/// Somebody has decided: paid or declined. Only the first decision counts, and only while the link
/// is open.
#[must_use]
pub fn decide_top_up(token: &str, status: &str, now: i64) -> Statement {
    statement(
        "UPDATE top_up SET status = ?2 WHERE token = ?1 AND status = 'initiated' \
         AND expires_at > CAST(?3 AS INTEGER) RETURNING 1 AS wrote",
        vec![text(token), text(status), text(now.to_string())],
    )
}

/// What the wallet made of a top-up that was paid. Where two ask it at once and only one is credited,
/// the credit is what happened.
#[must_use]
pub fn settle_top_up(who: &Principal, id: &str, credited: bool) -> Statement {
    let sql = if credited {
        "UPDATE top_up SET status = 'succeeded' WHERE account_id = ?1 AND mode = ?2 AND id = ?3"
    } else {
        "UPDATE top_up SET status = 'failed' WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         AND status = 'pending'"
    };
    statement(sql, scoped(who, vec![text(id)]))
}

// Links to a customer's page.

/// Written only for a customer who exists on this side.
#[must_use]
pub fn insert_portal_session(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO portal_session (account_id, mode, customer_id, token_hash, id, return_url, \
         failure_url, expires_at) SELECT account_id, mode, id, ?4, ?5, ?6, ?7, \
         CAST(?8 AS INTEGER) FROM customer WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         RETURNING 1 AS wrote",
        scoped(who, values),
    )
}

/// Forgets links that ended before a moment: nobody needs to hear any more that they did.
#[must_use]
pub fn forget_portal_sessions(who: &Principal, before: i64) -> Statement {
    statement(
        "DELETE FROM portal_session WHERE account_id = ?1 AND mode = ?2 \
         AND expires_at < CAST(?3 AS INTEGER)",
        scoped(who, vec![text(before.to_string())]),
    )
}

#[must_use]
pub fn portal_session(token_hash: &str) -> Statement {
    statement(
        "SELECT portal_session.*, customer.name AS customer_name FROM portal_session \
         LEFT JOIN customer ON customer.account_id = portal_session.account_id \
         AND customer.mode = portal_session.mode AND customer.id = customer_id \
         WHERE token_hash = ?1",
        vec![text(token_hash)],
    )
}

#[must_use]
pub fn end_portal_session(who: &Principal, id: &str, now: i64) -> Statement {
    statement(
        "UPDATE portal_session SET expires_at = MIN(expires_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING 1 AS wrote",
        scoped(who, vec![text(id), text(now.to_string())]),
    )
}

// Webhooks.

/// Written unless there are as many already as there may be.
#[must_use]
pub fn insert_destination(
    who: &Principal,
    values: Vec<Option<String>>,
    at_most: usize,
) -> Statement {
    let limit = vec![text(at_most.to_string())];
    statement(
        "INSERT INTO webhook_destination (account_id, mode, id, url, topics, connect, enabled, \
         key, request, created_at, updated_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, CAST(?6 AS INTEGER), 1, ?7, ?8, ?9, ?9 \
         WHERE (SELECT COUNT(*) FROM webhook_destination WHERE account_id = ?1 AND mode = ?2) \
         < CAST(?10 AS INTEGER) ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(who, [values, limit].concat()),
    )
}

#[must_use]
pub fn destination_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM webhook_destination WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// All of them: there are only so many. Absent filters match everything.
#[must_use]
pub fn list_destinations(
    who: &Principal,
    enabled: Option<bool>,
    connect: Option<bool>,
) -> Statement {
    let flag = |value: Option<bool>| value.map(|value| u8::from(value).to_string());
    statement(
        "SELECT * FROM webhook_destination WHERE account_id = ?1 AND mode = ?2 \
         AND (?3 IS NULL OR enabled = CAST(?3 AS INTEGER)) \
         AND (?4 IS NULL OR connect = CAST(?4 AS INTEGER)) ORDER BY created_at DESC, id",
        scoped(who, vec![flag(enabled), flag(connect)]),
    )
}

/// What is absent stays.
#[must_use]
pub fn change_destination(
    who: &Principal,
    id: &str,
    values: [Option<String>; 3],
    now: &str,
) -> Statement {
    let [url, topics, enabled] = values;
    statement(
        "UPDATE webhook_destination SET url = COALESCE(?4, url), topics = COALESCE(?5, topics), \
         enabled = COALESCE(CAST(?6 AS INTEGER), enabled), updated_at = ?7 \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 RETURNING *",
        scoped(who, vec![text(id), url, topics, enabled, text(now)]),
    )
}

#[must_use]
pub fn delete_destination(who: &Principal, id: &str) -> Statement {
    statement(
        "DELETE FROM webhook_destination WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         RETURNING 1 AS wrote",
        scoped(who, vec![text(id)]),
    )
}

/// An event for one destination, or for all that want to hear of it: `values` are its id, topic,
/// connected account, data, request and time.
#[must_use]
pub fn insert_webhook_events(
    who: &Principal,
    values: Vec<Option<String>>,
    destination: Option<&str>,
) -> Statement {
    let one = vec![destination.map(str::to_owned)];
    statement(
        "INSERT INTO webhook_event (account_id, mode, event_id, topic, connected, data, request, \
         time, destination_id) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, CAST(?8 AS INTEGER), id FROM webhook_destination \
         WHERE account_id = ?1 AND mode = ?2 AND enabled = 1 AND (id = ?9 OR (?9 IS NULL \
         AND connect = (?5 IS NOT NULL) \
         AND EXISTS (SELECT 1 FROM json_each(topics) WHERE value IN ('*', ?4)))) \
         ON CONFLICT DO NOTHING",
        scoped(who, [values, one].concat()),
    )
}

/// An event as its destinations have it, with what is needed to send it where it has no outcome yet.
#[must_use]
pub fn webhook_events(who: &Principal, event: &str) -> Statement {
    statement(
        "SELECT destination_id, webhook_event.request, time, url, key, \
         COALESCE(successful_at, failed_at) AS ended_at FROM webhook_event LEFT JOIN \
         webhook_destination AS destination ON destination.account_id = webhook_event.account_id \
         AND destination.mode = webhook_event.mode AND destination.id = destination_id \
         WHERE webhook_event.account_id = ?1 AND webhook_event.mode = ?2 AND event_id = ?3",
        scoped(who, vec![text(event)]),
    )
}

/// The outcome of a delivery. The first one stays.
#[must_use]
pub fn set_delivered(
    who: &Principal,
    event: &str,
    destination: &str,
    (succeeded, outcome, at): (bool, String, i64),
) -> Statement {
    let at = |here: bool| here.then(|| at.to_string());
    statement(
        "UPDATE webhook_event SET successful_at = CAST(?5 AS INTEGER), \
         failed_at = CAST(?6 AS INTEGER), outcome = ?7 WHERE account_id = ?1 AND mode = ?2 \
         AND event_id = ?3 AND destination_id = ?4 \
         AND successful_at IS NULL AND failed_at IS NULL",
        scoped(
            who,
            vec![
                text(event),
                text(destination),
                at(succeeded),
                at(!succeeded),
                Some(outcome),
            ],
        ),
    )
}

#[must_use]
pub fn forget_webhook_events(who: &Principal, before: i64) -> Statement {
    statement(
        "DELETE FROM webhook_event WHERE account_id = ?1 AND mode = ?2 \
         AND time < CAST(?3 AS INTEGER)",
        scoped(who, vec![text(before.to_string())]),
    )
}

/// Which events a list shows; absent filters match everything.
#[derive(Clone, Debug, Default)]
pub struct WebhookFilter {
    /// A JSON list of ids.
    pub destinations: Option<String>,
    pub succeeded: Option<bool>,
    pub from: Option<i64>,
    /// The first moment that is too late.
    pub before: Option<i64>,
    /// Time, event and destination of the event at which the page begins.
    pub cursor: Option<[String; 3]>,
    /// Away from now, or back towards it.
    pub older: bool,
    pub limit: u64,
}

/// A page of events on one side of its cursor, in one direction.
macro_rules! events_page {
    ($side:literal, $order:literal) => {
        concat!(
            "SELECT * FROM webhook_event WHERE account_id = ?1 AND mode = ?2 \
             AND (?3 IS NULL OR destination_id IN (SELECT value FROM json_each(?3))) \
             AND (?4 IS NULL OR (?4 = '1' AND successful_at IS NOT NULL) \
             OR (?4 = '0' AND failed_at IS NOT NULL)) \
             AND (?5 IS NULL OR time >= CAST(?5 AS INTEGER)) \
             AND (?6 IS NULL OR time < CAST(?6 AS INTEGER)) \
             AND (?7 IS NULL OR (time, event_id, destination_id) ",
            $side,
            " (CAST(?7 AS INTEGER), ?8, ?9)) ORDER BY ",
            $order,
            " LIMIT CAST(?10 AS INTEGER)"
        )
    };
}

/// One page of events: newest first, or oldest first where it leads back towards now.
#[must_use]
pub fn list_webhook_events(who: &Principal, filter: WebhookFilter) -> Statement {
    let [time, event, destination] = match filter.cursor {
        Some(cursor) => cursor.map(Some),
        None => [None, None, None],
    };
    let number = |value: Option<i64>| value.map(|value| value.to_string());
    let values = vec![
        filter.destinations,
        filter.succeeded.map(|value| u8::from(value).to_string()),
        number(filter.from),
        number(filter.before),
        time,
        event,
        destination,
        text(filter.limit.to_string()),
    ];
    let sql = if filter.older {
        events_page!("<", "time DESC, event_id DESC, destination_id DESC")
    } else {
        events_page!(">", "time, event_id, destination_id")
    };
    statement(sql, scoped(who, values))
}
