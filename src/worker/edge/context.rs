//! A request that is being handled, and what its handler may wait for.
//!
//! A handler is an async function that reads straight down; whatever it waits for, it asks of its
//! [`World`].
//!
//! ```text
//! handler(context, who, path)
//!    ├─ context.body, context.query(…)      the request; waits for nothing
//!    ├─ context.directory(statements)       one transaction
//!    ├─ context.change(caller, statements)  the same, as long as the calling key is good
//!    └─ context.wallet(name, customer, ask) one step of one wallet
//! ```
//!
//! There is no transaction over both. A handler that changes both writes in an order in which
//! sending the same request again finishes what was interrupted.

use std::ops::Deref;

use serde::Serialize;

use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::wire::{Problem, ids};

use super::call::{Ask, Call};
use super::principal::Caller;
use super::reply::Handled;
use super::request::Request;
use super::rows::{Outcomes, Statement};
use super::statements::{by, calling};
use super::world::World;

/// What a handler is given. All that the request itself says can be asked of it as well.
/// It is copied and not shared: two references, which cost nothing to hand on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub request: &'a Request<'a>,
    pub world: &'a dyn World,
}

impl<'a> Deref for Context<'a> {
    type Target = Request<'a>;

    fn deref(&self) -> &Self::Target {
        self.request
    }
}

/// A line of the log for what a key has changed that can change everything else. These paths hold ids
/// and nothing secret.
#[derive(Serialize)]
struct Changed<'a> {
    log: &'a str,
    request_id: &'a str,
    /// The id of the key; none for the local one.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    account_id: &'a str,
    mode: &'a str,
    method: &'a str,
    path: &'a str,
}

impl Context<'_> {
    /// Runs statements in the directory, as one transaction.
    ///
    /// The answers have the order of the statements. A later statement sees what an earlier one
    /// wrote, so an insertion is followed by the look-up that says who was there first.
    ///
    /// # Errors
    /// `unavailable`; `internal_error` for an unreadable answer.
    pub async fn directory(&self, statements: Vec<Statement>) -> Result<Outcomes, Problem> {
        let answer = self.world.directory(statements).await;
        #[cfg(feature = "faults")]
        crate::worker::faults::trip(self.body, "fault:async-panic");
        answer
    }

    /// Runs statements of a route that needs `admin`, as one transaction. Those that write say
    /// `{calling}` among their conditions, which is filled in here: once the key is revoked they do
    /// nothing, and the caller is told so. Nobody else fills it in, and unfilled it is no SQL.
    ///
    /// # Errors
    /// 401 where the key was revoked since it was looked up; else as [`Context::directory`].
    pub async fn change(
        &self,
        caller: &Caller,
        statements: Vec<Statement>,
    ) -> Result<Outcomes, Problem> {
        let mut all = vec![calling(&caller.key)];
        all.extend(statements.into_iter().map(|one| by(&caller.key, one)));
        let mut answer = self.directory(all).await?;
        // In the same transaction, so that it says of the writes why they did nothing.
        if !answer.wrote(0) {
            let detail = "This API key was revoked while it was used; nothing was changed.";
            return Err(Failure::Unauthorized.because(detail));
        }
        answer.0.remove(0);
        self.world.log(&json(&Changed {
            log: "changed_by_admin",
            request_id: self.request_id,
            key: caller
                .key
                .digest
                .map(|digest| ids::key_id(&hex::encode(digest))),
            account_id: &caller.account_id,
            mode: &caller.mode,
            method: self.method,
            path: self.path,
        }));
        Ok(answer)
    }

    /// Calls a wallet and waits for its answer.
    ///
    /// The request's own body goes along untouched: the wallet reads it itself, so that what is
    /// decided is what was sent.
    ///
    /// # Errors
    /// `unavailable`: whether it happened is open then.
    pub async fn wallet(&self, name: &str, customer: &str, ask: Ask) -> Handled {
        // The request's key and id go along, so that a wallet's answer can be replayed and found
        // in the log.
        let call = Call::new(self.request, name, customer, ask);
        self.world.wallet(&call, self.body).await
    }

    /// 256 random bits as hexadecimal digits, new ones at each call.
    ///
    /// # Errors
    /// `internal_error` when there are none, so that no secret is ever guessable.
    pub fn entropy(&self) -> Result<String, Problem> {
        let digits = self.world.random();
        // Checked, because a secret of few bits looks like any other one and would never be
        // noticed.
        if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(digits);
        }
        // Our own fault and nothing that the caller could send otherwise, so 500.
        let detail = "The server has no randomness at hand, so it makes no secret.";
        Err(Failure::Internal.because(detail))
    }
}
