//! Everything outside a handler that it may wait for.
//!
//! It is a trait, so that the handlers run natively in the tests: there the directory is SQLite in
//! memory, wallets are journals in memory, and nothing waits.

use std::future::Future;
use std::pin::Pin;

use crate::wire::Problem;

use super::call::Call;
use super::key_cache::KeyCache;
use super::rate::Limit;
use super::reply::Reply;
use super::rows::{Outcomes, Statement};

/// Something that is waited for. It is boxed, so that handlers need no type parameter for their world:
/// a second copy of each would double the Worker.
///
/// It is not `Send`: the Worker has one thread, and what waits holds values of JavaScript.
pub type Waits<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What a handler asks for. In a deployment that is Cloudflare (`crate::worker::entry`); in the native
/// tests it is a database in memory, and nothing ever waits. What did not answer is the problem
/// `unavailable`: whether it happened is open then.
pub trait World {
    /// Runs statements in the directory, as one transaction.
    ///
    /// All of them or none; the outcomes have their order.
    fn directory(&self, statements: Vec<Statement>) -> Waits<'_, Result<Outcomes, Problem>>;

    /// Calls a wallet; the body of the request goes along, untouched.
    ///
    /// Its reply may be a problem; only a wallet that did not answer is an error.
    fn wallet<'a>(&'a self, call: &Call, body: &str) -> Waits<'a, Result<Reply, Problem>>;

    /// Waits until the directory knows all usage that a wallet has recorded.
    ///
    /// Readers who name a customer ask for it, so that a list has what was recorded a moment ago.
    fn shipped<'a>(&'a self, wallet: &str) -> Waits<'a, Result<(), Problem>>;

    /// Asks another server; an error where none answered. A redirect is an answer: where it leads,
    /// nobody has looked whether it may lead.
    fn send(&self, request: Outgoing) -> Waits<'_, Result<Answered, Unanswered>>;

    /// The same, and the answer is read: of those whom the deployment itself is configured to ask.
    ///
    /// An answer that is longer than [`MAX_SAID`] is none.
    fn ask(&self, request: Outgoing) -> Waits<'_, Result<Said, Unanswered>>;

    /// Waits for so many milliseconds.
    fn pause(&self, millis: u32) -> Waits<'_, ()>;

    /// What time it is now, in milliseconds since 1970.
    ///
    /// A request has its own moment; this is for what happens later, such as the answer to a
    /// webhook.
    fn clock(&self) -> i64;

    /// 256 random bits as 64 hexadecimal digits.
    ///
    /// Of the platform's generator. In the tests they are counted, so that replies can be
    /// compared.
    fn random(&self) -> String;

    /// A line for whoever runs the deployment: JSON, with the request's id and never a secret. Where
    /// nobody reads a log, nobody misses it.
    fn log(&self, _: &str) {}

    /// Whether the platform lets one more call through, of those that it counts under this key. Where
    /// nobody answers it is let through: counting is no reason to fail.
    fn lets<'a>(&'a self, limit: Limit, key: &str) -> Waits<'a, bool>;

    /// What this isolate remembers of API keys.
    fn keys(&self) -> &KeyCache;
}

/// A request of ours to another server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outgoing {
    /// In capitals.
    pub method: &'static str,
    /// Checked where it was stored, not here.
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// How long an answer may take, in milliseconds.
    pub patience: u32,
}

/// What another server said.
///
/// Nothing but the status: what a receiver writes back is never shown to anybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answered {
    pub status: u16,
}

/// Longest answer that is read, in bytes. Stripe's longest ones, lists of a hundred objects, are shorter.
pub const MAX_SAID: usize = 1_048_576;

/// What another server said, word for word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    pub status: u16,
    /// With their names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Said {
    /// A header by its name in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let found = self.headers.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.clone())
    }
}

/// Nobody answered: in time, or at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unanswered {
    Timeout,
    Unreachable,
}
