//! A request that is being handled, and what its handler may wait for.
//!
//! A handler is an async function that reads straight down; whatever it waits for, it asks of its
//! [`World`].

use std::ops::Deref;

use crate::wire::Problem;
use crate::wire::problem::Failure;

use super::call::{Ask, Call};
use super::reply::Handled;
use super::request::Request;
use super::rows::{Outcomes, Statement};
use super::world::World;

/// What a handler is given. All that the request itself says can be asked of it as well.
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

impl Context<'_> {
    /// Runs statements in the directory, as one transaction.
    ///
    /// # Errors
    /// `unavailable`; `internal_error` for an unreadable answer.
    pub async fn directory(&self, statements: Vec<Statement>) -> Result<Outcomes, Problem> {
        let answer = self.world.directory(statements).await;
        #[cfg(feature = "faults")]
        crate::worker::faults::trip(self.body, "fault:async-panic");
        answer
    }

    /// Calls a wallet and waits for its answer.
    ///
    /// # Errors
    /// `unavailable`: whether it happened is open then.
    pub async fn wallet(&self, name: &str, customer: &str, ask: Ask) -> Handled {
        let call = Call::new(self.request, name, customer, ask);
        self.world.wallet(&call, self.body).await
    }

    /// 256 random bits as hexadecimal digits, new ones at each call.
    ///
    /// # Errors
    /// `internal_error` when there are none, so that no secret is ever guessable.
    pub fn entropy(&self) -> Result<String, Problem> {
        let digits = self.world.random();
        if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(digits);
        }
        let detail = "The server has no randomness at hand, so it makes no secret.";
        Err(Failure::Internal.because(detail))
    }
}
