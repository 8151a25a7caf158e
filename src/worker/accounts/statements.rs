//! Statements of the directory about platform accounts.

use std::borrow::Cow;

use crate::worker::edge::list::{Key, Listing};
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The columns of an account, in the order of `accounts::AccountRow`.
///
/// Relies on the primary key and on `platform_account_external_id`; a conflict writes nothing.
#[must_use]
pub fn insert_account(owner: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        "INSERT INTO platform_account (owner_id, owner_mode, id, external_id, name, metadata, \
         request, created_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 \
         WHERE {calling} ON CONFLICT DO NOTHING RETURNING 1 AS wrote",
        scoped(owner, values),
    )
}

/// An account that the owner has made, by either id.
///
/// The owner is a condition and not a check afterwards: what is another's is never read.
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

/// Newest first; the filter is an `external_id`. Relies on the index `platform_account_list`.
pub const LIST: Listing = Listing {
    name: "accounts",
    columns: "*",
    rows: Cow::Borrowed(
        "FROM platform_account WHERE owner_id = ?1 AND owner_mode = ?2 \
         AND (?3 IS NULL OR external_id = ?3)",
    ),
    // The id ends the order, because several may be of one moment.
    keys: &[Key::down("created_at"), Key::up("id")],
};

/// The settings of the side that the call acts for; none where everything is by default.
#[must_use]
pub fn settings(who: &Principal) -> Statement {
    statement(
        "SELECT unpriced, freeze_on_dispute, freeze_on_fraud_warning FROM account_setting \
         WHERE account_id = ?1 AND mode = ?2",
        scoped(who, vec![]),
    )
}

/// Writes those that are given, as text: the others stay. Said again it changes nothing.
#[must_use]
pub fn change_settings(who: &Principal, given: [Option<String>; 3]) -> Statement {
    statement(
        include_str!("sql/change_settings.sql"),
        scoped(who, given.into()),
    )
}

/// The caller's own account.
/// By the primary key; none for the default account.
#[must_use]
pub fn own_account(account: &str) -> Statement {
    statement(
        "SELECT name, owner_id FROM platform_account WHERE id = ?1",
        vec![text(account)],
    )
}

/// The budgets of one side of an account, by the primary key.
#[must_use]
pub fn budgets(who: &Principal) -> Statement {
    statement(
        "SELECT budgets FROM account_budgets WHERE account_id = ?1 AND mode = ?2",
        scoped(who, vec![]),
    )
}

/// In the place of those before. Said again it changes nothing.
#[must_use]
pub fn set_budgets(who: &Principal, budgets: String) -> Statement {
    statement(
        "INSERT INTO account_budgets (account_id, mode, budgets) SELECT ?1, ?2, ?3 \
         WHERE {calling} ON CONFLICT (account_id, mode) DO UPDATE SET budgets = excluded.budgets",
        scoped(who, vec![text(budgets)]),
    )
}

/// The branding of one side of an account, by the primary key.
#[must_use]
pub fn branding(who: &Principal) -> Statement {
    statement(
        "SELECT branding FROM account_branding WHERE account_id = ?1 AND mode = ?2",
        scoped(who, vec![]),
    )
}

/// In the place of what was there. Said again it changes nothing.
#[must_use]
pub fn set_branding(who: &Principal, branding: String) -> Statement {
    statement(
        "INSERT INTO account_branding (account_id, mode, branding) SELECT ?1, ?2, ?3 \
         WHERE {calling} ON CONFLICT (account_id, mode) DO UPDATE SET branding = excluded.branding",
        scoped(who, vec![text(branding)]),
    )
}

/// The assets that are written by another word than their code, as many as a page could show.
#[must_use]
pub fn named_assets(who: &Principal) -> Statement {
    statement(
        "SELECT code, label, symbol FROM asset WHERE account_id = ?1 AND mode = ?2 \
         AND (label IS NOT NULL OR symbol IS NOT NULL) ORDER BY code LIMIT 100",
        scoped(who, vec![]),
    )
}
