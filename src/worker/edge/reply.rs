//! What a request is answered with.
//!
//! A reply is text in all its forms, so that it crosses between a wallet, the core and JavaScript
//! as one string.

use serde::{Deserialize, Serialize};

use crate::wire::Problem;
use crate::wire::problem::Failure;

/// What a handler returns.
///
/// An error is a reply as well: `dispatch` writes the problem, with the request's id.
pub type Handled = Result<Reply, Problem>;

/// What a reply's body is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// JSON, as everything under `/v1`.
    Data,
    /// HTML for a browser, and what the browser may do with it: a Content-Security-Policy.
    Page { policy: String },
    /// The address that the browser is sent to, and what it is to bring there: a `Set-Cookie`.
    Redirect { cookie: Option<String> },
    /// No reply of the edge: the wallet itself opens a socket.
    Live(Watch),
}

/// Who watches a wallet. It travels from the edge to the wallet's object.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Watch {
    /// The name of the object.
    pub wallet: String,
    /// The id of the customer's token; empty where it is a key.
    pub token: String,
    /// The hash of the key or the token, by which it is looked up whether that is still good; empty for the local key.
    pub key: String,
    /// Until when it may listen, in microseconds since 1970.
    pub until: i64,
    /// It was named by its subprotocol, which has to be said back.
    pub protocol: bool,
}

/// An answer: an HTTP status and a body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    pub status: u16,
    /// The same operation was answered before; this is that answer.
    pub replayed: bool,
    /// The methods that the path answers to, where the request's is none of them.
    pub allow: Vec<&'static str>,
    /// The seconds after which the same call is worth trying again, where that is known.
    pub retry_after: Option<u16>,
    /// One more header, of the handler's own.
    pub header: Option<(&'static str, String)>,
    /// Whose page may read it, where the caller is one of another origin.
    pub allowed_origin: Option<String>,
    pub kind: Kind,
    pub body: String,
}

impl Reply {
    /// JSON that is written already, or nothing with status 204.
    #[must_use]
    pub const fn new(status: u16, body: String) -> Self {
        Self {
            status,
            replayed: false,
            allow: Vec::new(),
            retry_after: None,
            header: None,
            allowed_origin: None,
            kind: Kind::Data,
            body,
        }
    }

    /// JSON with status 200.
    #[must_use]
    pub const fn ok(body: String) -> Self {
        Self::new(200, body)
    }

    /// A page for a browser.
    #[must_use]
    pub fn page(status: u16, html: String, policy: String) -> Self {
        Self {
            kind: Kind::Page { policy },
            ..Self::new(status, html)
        }
    }

    /// Sends the browser on, whatever it did here, to look at something else.
    ///
    /// 303 and not 302, so that a browser that posted asks with GET and reloading posts nothing.
    #[must_use]
    pub fn see_other(url: String) -> Self {
        Self {
            kind: Kind::Redirect { cookie: None },
            ..Self::new(303, url)
        }
    }

    /// The same, with a cookie that the browser brings along from then on.
    #[must_use]
    pub fn see_other_with(url: String, cookie: String) -> Self {
        let cookie = Some(cookie);
        Self {
            kind: Kind::Redirect { cookie },
            ..Self::new(303, url)
        }
    }

    /// Hands a socket over to the wallet.
    #[must_use]
    pub fn live(watch: Watch) -> Self {
        Self {
            kind: Kind::Live(watch),
            ..Self::new(101, String::new())
        }
    }

    /// With one more header.
    #[must_use]
    pub fn with_header(self, name: &'static str, value: String) -> Self {
        let header = Some((name, value));
        Self { header, ..self }
    }

    /// Says whether the same was answered before; the header `Idempotent-Replayed` tells the
    /// caller.
    #[must_use]
    pub const fn replayed(mut self, replayed: bool) -> Self {
        self.replayed = replayed;
        self
    }

    /// A problem as it is sent; the request's id is put into its body.
    #[must_use]
    pub fn problem(problem: &Problem, request_id: &str) -> Self {
        Self {
            allow: problem.allow.clone(),
            retry_after: problem.retry_after,
            ..Self::new(problem.status, problem.body(request_id))
        }
    }

    /// A problem of what is around the engine, in one sentence.
    #[must_use]
    pub fn failure(failure: Failure, detail: &str, request_id: &str) -> Self {
        Self::problem(&failure.because(detail), request_id)
    }

    /// `<status> <replayed or fresh>\n<body>`: the answer of a wallet as one string. A wallet has no
    /// pages and no routes, so its answers have no other headers.
    #[must_use]
    pub fn to_text(&self) -> String {
        let age = if self.replayed { "replayed" } else { "fresh" };
        format!("{} {age}\n{}", self.status, self.body)
    }

    /// Reads what [`Reply::to_text`] wrote.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        // Only the first line break counts: a body may have any number of them.
        let (first, body) = text.split_once('\n')?;
        let (status, age) = first.split_once(' ')?;
        Some(Self {
            replayed: age == "replayed",
            ..Self::new(status.parse().ok()?, body.to_owned())
        })
    }
}

/// A problem, as far as people need it.
#[derive(Deserialize)]
struct Refused {
    detail: String,
}

/// What a wallet that refuses says.
#[must_use]
pub fn why(reply: &Reply) -> String {
    let refusal: Option<Refused> = serde_json::from_str(&reply.body).ok();
    refusal.map_or_else(|| reply.body.clone(), |refusal| refusal.detail)
}
