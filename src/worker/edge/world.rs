//! Everything outside a handler that it may wait for.

use std::future::Future;
use std::pin::Pin;

use crate::wire::Problem;

use super::call::Call;
use super::key_cache::KeyCache;
use super::reply::Reply;
use super::rows::{Outcomes, Statement};

/// Something that is waited for. It is boxed, so that handlers need no type parameter for their world:
/// a second copy of each would double the Worker.
pub type Waits<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What a handler asks for. In a deployment that is Cloudflare (`crate::worker::entry`); in the native
/// tests it is a database in memory, and nothing ever waits. What did not answer is the problem
/// `unavailable`: whether it happened is open then.
pub trait World {
    /// Runs statements in the directory, as one transaction.
    fn directory(&self, statements: Vec<Statement>) -> Waits<'_, Result<Outcomes, Problem>>;

    /// Calls a wallet; the body of the request goes along, untouched.
    fn wallet<'a>(&'a self, call: &Call, body: &str) -> Waits<'a, Result<Reply, Problem>>;

    /// Waits until the directory knows all usage that a wallet has recorded.
    fn shipped<'a>(&'a self, wallet: &str) -> Waits<'a, Result<(), Problem>>;

    /// Asks another server; an error where none answered. A redirect is an answer: where it leads,
    /// nobody has looked whether it may lead.
    fn send(&self, request: Outgoing) -> Waits<'_, Result<Answered, Unanswered>>;

    /// What time it is now, in milliseconds since 1970.
    fn clock(&self) -> i64;

    /// 256 random bits as 64 hexadecimal digits.
    fn random(&self) -> String;

    /// What this isolate remembers of API keys.
    fn keys(&self) -> &KeyCache;
}

/// A request of ours to another server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// How long an answer may take, in milliseconds.
    pub patience: u32,
}

/// What another server said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    pub status: u16,
}

/// Nobody answered: in time, or at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unanswered {
    Timeout,
    Unreachable,
}
