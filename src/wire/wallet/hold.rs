//! Holds, as they are read.

use serde::Serialize;

use crate::engine::hold::Reservation;
use crate::engine::{Amount, Hold, Wallet};
use crate::wire::paging::CursorPage;
use crate::wire::reply::json;
use crate::wire::{ids, time};

/// ```json
/// { "id": "hold_…", "status": "open",
///   "amounts": [ { "asset": "USD", "authorized": "0.04", "captured": "0", "amount": "0.04" } ],
///   "authorized_at": "…", "expires_at": "…" }
/// ```
#[derive(Serialize)]
struct HoldReply {
    id: String,
    /// `open`, `captured`, `released` or `expired`.
    status: &'static str,
    amounts: Vec<HeldReply>,
    /// The piece of work that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// It was captured after it had expired.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    authorized_at: String,
    expires_at: String,
    /// When it was captured, released or ran out; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
}

#[derive(Serialize)]
struct HeldReply {
    asset: String,
    /// All that was ever held.
    authorized: Amount,
    /// What was charged of it so far.
    captured: Amount,
    /// What is held now.
    amount: Amount,
}

impl From<&Reservation> for HeldReply {
    fn from(one: &Reservation) -> Self {
        Self {
            asset: one.account.asset.clone(),
            authorized: one.held,
            captured: one.captured,
            amount: one.left(),
        }
    }
}

fn hold_reply(customer: &str, hold: &Hold) -> HoldReply {
    HoldReply {
        id: ids::of_wallet("hold", customer, hold.id),
        status: hold.status.word(),
        amounts: hold.reservations.iter().map(HeldReply::from).collect(),
        subject: hold.subject.clone(),
        late: hold.late,
        authorized_at: time::format(hold.authorized_at),
        expires_at: time::format(hold.expires_at),
        ended_at: hold.ended_at.map(time::format),
    }
}

/// `GET /v1/holds/{id}`: a hold in any state.
#[must_use]
pub fn hold(customer: &str, hold: &Hold) -> String {
    json(&hold_reply(customer, hold))
}

/// `GET …/wallet/holds`: open holds, oldest first. The cursor is the `seq` of the last one shown.
#[must_use]
pub fn holds(customer: &str, wallet: &Wallet, after: u64, limit: usize) -> String {
    let open = wallet.holds.starting_at(&after.saturating_add(1));
    // One more than is shown, so that the last page is known without counting all.
    let some: Vec<&Hold> = open.map(|(_, hold)| hold).take(limit + 1).collect();
    let shown = some.iter().take(limit);
    let last = shown.clone().next_back().map(|hold| hold.id.to_string());
    json(&CursorPage {
        items: shown.map(|one| hold_reply(customer, one)).collect(),
        limit,
        next: last.filter(|_| some.len() > limit),
    })
}
