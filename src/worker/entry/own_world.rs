//! The world of a wallet's object that does something by itself: its own wallet is at hand, and nobody waits for a
//! reply.
//!
//! | [`World`] | what answers it |
//! |---|---|
//! | `directory` | D1, one batch and so one transaction |
//! | `wallet` | this object, synchronously; of another one nothing is asked |
//! | `send`, `ask`, `pause`, `clock`, `random` | as of a request |

use std::rc::Rc;

use worker::Env;

use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::worker::edge::call::Call;
use crate::worker::edge::key_cache::KeyCache;
use crate::worker::edge::rate::Limit;
use crate::worker::edge::reply::Reply;
use crate::worker::edge::rows::{Outcomes, Statement};
use crate::worker::edge::world::{Answered, Outgoing, Said, Unanswered, Waits, World};

use super::cloudflare::{ask, now, paused, random, send, unavailable};
use super::d1;

/// What the object answers to a call of its own.
pub type OwnCall = Rc<dyn Fn(&Call, &str) -> Reply>;

/// A wallet's way to everything outside.
pub struct OwnWorld {
    pub env: Env,
    pub name: String,
    pub call: OwnCall,
    /// Nobody calls with a key here.
    pub keys: KeyCache,
}

impl World for OwnWorld {
    fn directory(&self, statements: Vec<Statement>) -> Waits<'_, Result<Outcomes, Problem>> {
        Box::pin(async move {
            let answer = d1::run(&self.env, statements).await;
            answer.map_err(|error| unavailable("directory", None, &error))
        })
    }

    fn wallet<'a>(&'a self, call: &Call, body: &str) -> Waits<'a, Result<Reply, Problem>> {
        let answer = if call.wallet == self.name {
            Ok((self.call)(call, body))
        } else {
            Err(Failure::Internal.because("A wallet has asked another one."))
        };
        Box::pin(std::future::ready(answer))
    }

    fn shipped<'a>(&'a self, _: &str) -> Waits<'a, Result<(), Problem>> {
        // The alarm ships by itself.
        Box::pin(std::future::ready(Ok(())))
    }

    fn send(&self, request: Outgoing) -> Waits<'_, Result<Answered, Unanswered>> {
        Box::pin(send(request))
    }

    fn ask(&self, request: Outgoing) -> Waits<'_, Result<Said, Unanswered>> {
        Box::pin(ask(request))
    }

    fn pause(&self, millis: u32) -> Waits<'_, ()> {
        Box::pin(paused(millis))
    }

    fn clock(&self) -> i64 {
        now()
    }

    fn random(&self) -> String {
        random()
    }

    fn log(&self, line: &str) {
        worker::console_error!("{line}");
    }

    fn lets<'a>(&'a self, _: Limit, _: &str) -> Waits<'a, bool> {
        Box::pin(std::future::ready(true))
    }

    fn keys(&self) -> &KeyCache {
        &self.keys
    }
}
