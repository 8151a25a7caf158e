//! A request as handlers see it: its line, the headers that mean something here, its body.
//!
//! ```text
//! method \n url \n request id \n now \n authorization \n api key \n account \n
//! idempotency-key \n prefer \n content-type \n stripe-signature \n webhook-id \n webhook-timestamp \n
//! webhook-signature \n cookie \n cf-connecting-ip \n origin \n sec-fetch-site \n
//! upgrade \n sec-websocket-protocol
//! ```
//!
//! One string, because each value that crosses from JavaScript alone costs about as much as all of
//! them together. The body crosses as bytes: a signature is over bytes, and text that is none must
//! be told.

use std::ops::RangeInclusive;

use crate::engine::Instant;
use crate::wire::json::MAX_BODY;
use crate::wire::urlencoded::query_value;
use crate::wire::{Problem, ids};

use super::config::Config;

/// The values of the path's placeholders, in their order.
///
/// Percent signs are decoded already. A route has as many as its path has names, so a missing one
/// cannot happen; handlers read it as empty all the same.
pub type Path = Vec<String>;

/// Everything that is known of a request before anything is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What the deployment is configured with.
    pub config: &'a Config,
    /// In capitals, as HTTP writes it.
    pub method: &'a str,
    /// Where it came in, with its port: whoever sends a request chooses it, so nothing is built from it.
    pub host: &'a str,
    /// Not decoded, without the query.
    pub path: &'a str,
    /// With its question mark; empty without a query.
    pub query: &'a str,
    /// Of `Authorization`, or else of the header for keys.
    pub api_key: Option<&'a str>,
    /// Of `Authorization: Payment …`, with which a machine pays; its key is in the header for keys then.
    pub credential: Option<&'a str>,
    /// The platform account that the call wants to act for.
    pub account: Option<&'a str>,
    /// The operation's id for calls whose body has none.
    pub idempotency_key: Option<&'a str>,
    /// Whether a recording is answered with fees and balances.
    pub prefer: Option<&'a str>,
    /// With its parameters, if it has some.
    pub content_type: Option<&'a str>,
    /// Of Stripe's events; no other route reads it.
    pub stripe_signature: Option<&'a str>,
    /// Id, timestamp and signature of what other processors send; no other route reads them.
    pub webhook: [Option<&'a str>; 3],
    /// Of pages that were opened by a link; nothing under `/v1` reads it.
    pub cookies: Option<&'a str>,
    /// Who calls, as the platform saw it; a local server knows none.
    pub address: Option<&'a str>,
    /// Whose page asks, as its browser says; nobody else sends it.
    pub origin: Option<&'a str>,
    /// How far that page is from here, as every browser says: `same-origin`, `cross-site` and so on.
    pub fetch_site: Option<&'a str>,
    /// What the connection is to become.
    pub upgrade: Option<&'a str>,
    /// What a WebSocket may speak, by commas: a browser names its token among them, having no other way.
    pub protocols: Option<&'a str>,
    /// `req_…`, in the reply's header, in problems and in the log.
    pub request_id: &'a str,
    /// Milliseconds since 1970.
    pub now: i64,
    /// Why `body` is empty although something was sent.
    pub unread: Option<Unread>,
    /// Empty where nothing was sent, or where it cannot be read.
    pub body: &'a str,
}

/// Why there is no body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unread {
    /// Longer than the limit.
    TooLarge,
    /// Not UTF-8.
    NotText,
}

impl<'a> Request<'a> {
    /// Reads the lines in which JavaScript hands a request over: one per field, because nothing in a
    /// request line or a header can have a line break. A body that is not given is larger than any may be.
    /// `None` when the lines are not what JavaScript writes.
    #[must_use]
    pub fn read(config: &'a Config, head: &'a str, body: Option<&'a [u8]>) -> Option<Self> {
        let mut lines = head.split('\n');
        let mut line = || lines.next();
        let given = |text: &'a str| (!text.is_empty()).then_some(text);
        let method = line()?;
        let (host, path, query) = parts(line()?);
        let request_id = line()?;
        let now = line()?.parse().ok()?;
        // Looked at here as well as in JavaScript, because this is where the limit is said.
        let body = body.filter(|body| body.len() <= MAX_BODY);
        let text = std::str::from_utf8(body.unwrap_or_default());
        // Read in the order of the lines; which of the two counts is said below.
        let (bearer, key) = (given(line()?), given(line()?));
        let request = Self {
            config,
            method,
            host,
            path,
            query,
            api_key: bearer
                .filter(|header| credential(header).is_none())
                .map(bare_key)
                .or(key),
            credential: bearer.and_then(credential),
            account: given(line()?),
            idempotency_key: given(line()?),
            prefer: given(line()?),
            content_type: given(line()?),
            stripe_signature: given(line()?),
            webhook: [given(line()?), given(line()?), given(line()?)],
            cookies: given(line()?),
            address: given(line()?),
            origin: given(line()?),
            fetch_site: given(line()?),
            upgrade: given(line()?),
            protocols: given(line()?),
            request_id,
            now,
            unread: match text {
                _ if body.is_none() => Some(Unread::TooLarge),
                Ok(_) => None,
                Err(_) => Some(Unread::NotText),
            },
            body: text.unwrap_or_default(),
        };
        let request = Self {
            api_key: request.api_key.or_else(|| request.token_of_socket()),
            ..request
        };
        // A line too many means that JavaScript is of another version, so nothing of it can be
        // trusted.
        lines.next().is_none().then_some(request)
    }

    /// What the server asks of itself: nobody has sent it.
    #[must_use]
    pub const fn of_ourselves(config: &'a Config, request_id: &'a str, now: i64) -> Self {
        Self {
            config,
            method: "",
            host: "",
            path: "",
            query: "",
            api_key: None,
            credential: None,
            account: None,
            idempotency_key: None,
            prefer: None,
            content_type: None,
            stripe_signature: None,
            webhook: [None; 3],
            cookies: None,
            address: None,
            origin: None,
            fetch_site: None,
            upgrade: None,
            protocols: None,
            request_id,
            now,
            unread: None,
            body: "",
        }
    }

    /// Whether it asks for a WebSocket.
    #[must_use]
    pub fn wants_socket(&self) -> bool {
        self.upgrade
            .is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
    }

    /// The token that a browser names among the protocols of a WebSocket. Nowhere else does it count: it is not
    /// protected as the header for keys is.
    fn token_of_socket(&self) -> Option<&'a str> {
        let protocols = self.protocols.filter(|_| self.wants_socket())?;
        let mut protocols = protocols.split(',').map(str::trim);
        protocols.find(|one| one.starts_with("ct_"))
    }

    /// When the request came in. One moment for all that it does, so that its parts agree.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.now.saturating_mul(1_000))
    }

    /// A new id of a side; `place` tells several ids of one request apart.
    ///
    /// Sorted by time; the rest derives from the request's id, which no other request has.
    #[must_use]
    pub fn fresh_id(&self, prefix: &str, mode: &str, place: usize) -> String {
        ids::fresh(prefix, mode, self.now, self.request_id, place)
    }

    /// The id of a thing that is made: the same one again for the same `Idempotency-Key`.
    ///
    /// So that a creation that is sent again finds what the first one has made, without a table of
    /// keys that were used.
    ///
    /// # Errors
    /// `validation_failed` when the key is too long for an id.
    pub fn new_id(&self, prefix: &str, account: &str, mode: &str) -> Result<String, Problem> {
        // Without a key nobody can tell a repeated request from a second one, so each makes a
        // thing of its own.
        let Some(key) = self.idempotency_key else {
            return Ok(self.fresh_id(prefix, mode, 0));
        };
        if key.chars().count() > ids::MAX_ID {
            let sentence = format!("must have 1 to {} characters", ids::MAX_ID);
            return Err(Problem::field("Idempotency-Key", sentence));
        }
        // The account and the side are part of it: the same key elsewhere makes another thing.
        Ok(ids::keyed(prefix, account, mode, key))
    }

    /// A cookie by its name.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        let cookies = self.cookies?.split(';').map(str::trim);
        cookies
            .filter_map(|one| one.split_once('='))
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value)
    }

    /// A value of the query string; an empty one counts as absent.
    ///
    /// Decoded. Where the name stands several times, the first one counts.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        query_value(self.query, name)
    }

    /// `true` or `false` of the query string.
    ///
    /// # Errors
    /// `validation_failed` when it is something else.
    pub fn query_flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.query(name).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Problem::field(name, "must be true or false")),
        }
    }

    /// A whole number of the query string, within bounds.
    ///
    /// Shape: decimal digits. An absent one is `default`, which need not be within the bounds.
    ///
    /// # Errors
    /// `validation_failed` when it is something else.
    pub fn query_number(
        &self,
        name: &str,
        default: u64,
        bounds: RangeInclusive<u64>,
    ) -> Result<u64, Problem> {
        let Some(text) = self.query(name) else {
            return Ok(default);
        };
        let value = text.parse().ok().filter(|value| bounds.contains(value));
        let (least, most) = (bounds.start(), bounds.end());
        let sentence = format!("must be a whole number from {least} to {most}");
        value.ok_or_else(|| Problem::field(name, sentence))
    }
}

/// The host of `https://host/path?query`, the path, and the query with its mark.
fn parts(url: &str) -> (&str, &str, &str) {
    // By hand, because the router wants the path as it was sent, and a parser of addresses would
    // tidy it.
    let url = url.split_once("//").map_or(url, |(_, rest)| rest);
    let path = url.find('/').unwrap_or(url.len());
    let (host, rest) = url.split_at_checked(path).unwrap_or((url, ""));
    let query = rest.find('?').unwrap_or(rest.len());
    let (path, query) = rest.split_at_checked(query).unwrap_or((rest, ""));
    (host, path, query)
}

/// What pays, in an `Authorization` header of the scheme `Payment`.
fn credential(header: &str) -> Option<&str> {
    let (scheme, rest) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("payment")
        .then(|| rest.trim_start_matches(' '))
}

/// The key of an `Authorization` header, with its scheme or without.
///
/// `Bearer` in any spelling; a key without a scheme is taken as well.
fn bare_key(header: &str) -> &str {
    let (scheme, key) = header.split_at_checked(6).unwrap_or(("", header));
    if scheme.eq_ignore_ascii_case("bearer") && key.starts_with(' ') {
        return key.trim_start_matches(' ');
    }
    header
}
