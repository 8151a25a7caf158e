//! Freezes: what keeps a wallet from authorizing, and how somebody begins or ends that.

use serde::Serialize;

use crate::engine::freeze::{Freeze, FreezeCause, FreezeChange};
use crate::engine::{Action, Command, Entry, Fact, Wallet};
use crate::wire::json::Errors;
use crate::wire::limits::operation_id;
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::request::{MAX_WORDS, command, read};
use crate::wire::time;

/// `PUT …/wallet/freeze`: `{ "frozen": false, "reason": "Looked at" }`. Ending it ends every freeze, whatever
/// has begun it.
///
/// # Errors
/// As [`read`].
pub fn change_freeze(body: &str, key: Option<&str>, request_id: &str) -> Result<Command, Problem> {
    read(body, |object, errors: &mut Errors| {
        let op = operation_id(object, "freeze", key, request_id, errors);
        let frozen = object.flag("frozen", errors);
        let frozen = object.require("frozen", frozen, errors);
        let reason = object.text("reason", MAX_WORDS, errors);
        let action = Action::Freeze(FreezeChange {
            frozen: frozen?,
            cause: FreezeCause::Manual,
            id: None,
            payment: None,
            reason,
        });
        Some(command(op, action))
    })
}

/// The reply to it, from its entry alone.
#[must_use]
pub fn freeze_changed(entry: &Entry) -> String {
    let frozen = matches!(&entry.fact, Fact::FreezeChanged(change) if change.frozen);
    format!("{{\"frozen\":{frozen}}}")
}

/// ```json
/// { "cause": "dispute", "id": "dp_1", "payment_id": "pi_1", "since": "…" }
/// ```
#[derive(Serialize)]
pub(super) struct FreezeReply<'a> {
    /// `dispute`, `fraud_warning` or `manual`.
    cause: &'static str,
    /// Of the dispute or the warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<&'a str>,
    since: String,
}

impl<'a> From<&'a Freeze> for FreezeReply<'a> {
    fn from(one: &'a Freeze) -> Self {
        Self {
            cause: one.cause.word(),
            id: one.id.as_deref(),
            payment_id: one.payment.as_deref(),
            since: time::format(one.since),
        }
    }
}

/// Those that hold.
pub(super) fn freezes(wallet: &Wallet) -> Vec<FreezeReply<'_>> {
    wallet.frozen().map(FreezeReply::from).collect()
}

/// The replies of a freeze that an event asked for: only the edge reads it.
#[must_use]
pub fn frozen(wallet: &Wallet) -> String {
    json(&freezes(wallet))
}
