//! Watching a wallet.
//!
//! ```text
//! GET …/wallet/live                     how it stands now, as JSON
//! GET …/wallet/live, Upgrade: websocket  the same as a first message, then what happens
//! ```
//!
//! Who asks is known before anything is opened: by the headers of the request, among them the subprotocol, in
//! which a browser can bring a token. So nobody wakes a wallet without a right to, and no socket waits for a
//! first message that never comes.

use crate::wire::wallet::SNAPSHOT_ROWS;
use crate::worker::edge::call::{Ask, EntriesView};
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::customer_in;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply, Watch};
use crate::worker::edge::request::Path;

/// How long one socket lasts at most, in microseconds: an hour, as a token. Whoever has a key opens another one.
const LASTS: i64 = 3_600_000_000;

/// `GET /v1/customers/{id}/wallet/live`.
///
/// | asked | reply |
/// |---|---|
/// | as any other route | 200, how it stands |
/// | for a WebSocket | 101, and the same as its first message |
/// | of a wallet that there is not | 404 |
pub async fn watch(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let name = who.wallet(customer);
    let ask = Ask::ListEntries {
        before: u64::MAX,
        limit: SNAPSHOT_ROWS,
        view: EntriesView::Live,
    };
    // Asked before a socket is opened, so that a wallet which there is not is told as everywhere else.
    let reply = context.wallet(&name, customer, ask).await?;
    if !context.request.wants_socket() || reply.status != 200 {
        return Ok(reply);
    }
    let hour = context.now().micros().saturating_add(LASTS);
    let token = who.token.as_ref();
    Ok(Reply::live(Watch {
        wallet: name,
        token: token.map(|token| token.id.clone()).unwrap_or_default(),
        key: who.key.digest.map(hex::encode).unwrap_or_default(),
        until: token.map_or(hour, |token| token.ends_at.min(hour)),
        protocol: context.request.protocols.is_some(),
    }))
}
