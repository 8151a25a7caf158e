//! The edge without its I/O: a request is handled by a plain function that is called again with
//! the answers to what it asked before.
//!
//! A handler reads straight down. Where it needs the directory or a wallet it asks with `?`; the
//! first time that returns early with the question, the shell fetches the answer and calls the
//! handler again, and then the same line has the answer. Handlers are deterministic: time and
//! entropy come with the request, so every question is asked once.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use crate::engine::Instant;
use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};

use super::call::{Ask, Call, Reply};
use super::directory::Statement;
use super::routes;
use super::row::Row;

/// What the deployment is configured with; read once per isolate.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Config {
    /// `local` accepts the local test key and nothing else changes.
    #[serde(default)]
    pub environment: String,
    /// Signing secrets of Stripe's webhook endpoints, separated by commas.
    #[serde(default)]
    pub stripe_webhook_secrets: String,
    /// Where a denied customer tops up; `{customer_id}` is replaced.
    #[serde(default)]
    pub topup_url: String,
}

impl Config {
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.environment == "local"
    }
}

/// A request as the shell hands it over: a line each, in the order of the fields, because nothing in
/// a request line or a header can have a line break. The body travels beside it.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    /// Where the request came in, such as `https://wallets.example.com`: links of our own start there.
    pub origin: &'a str,
    pub api_key: Option<&'a str>,
    /// The directory's answer about this key, from the isolate's cache.
    pub known_key: Option<&'a str>,
    pub account: Option<&'a str>,
    pub idempotency_key: Option<&'a str>,
    pub prefer: Option<&'a str>,
    pub content_type: Option<&'a str>,
    pub stripe_signature: Option<&'a str>,
    pub request_id: &'a str,
    /// Milliseconds since 1970; the shell's clock.
    pub now: i64,
    pub unread: Option<Unread>,
    /// 64 random hexadecimal digits, where a secret is made; empty elsewhere.
    pub entropy: &'a str,
}

/// Why the shell has no body to hand over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unread {
    /// Longer than the limit.
    TooLarge,
    /// Not UTF-8.
    NotText,
}

impl<'a> Incoming<'a> {
    /// Reads the lines; `None` when they are not what the shell writes.
    #[must_use]
    pub fn read(head: &'a str) -> Option<Self> {
        let mut lines = head.split('\n');
        let mut line = || lines.next();
        let given = |text: &'a str| (!text.is_empty()).then_some(text);
        let request = Self {
            method: line()?,
            path: line()?,
            query: line()?,
            origin: line()?,
            api_key: given(line()?),
            known_key: given(line()?),
            account: given(line()?),
            idempotency_key: given(line()?),
            prefer: given(line()?),
            content_type: given(line()?),
            stripe_signature: given(line()?),
            request_id: line()?,
            now: line()?.parse().ok()?,
            unread: match line()? {
                "" => None,
                "too_large" => Some(Unread::TooLarge),
                _ => Some(Unread::NotText),
            },
            entropy: line()?,
        };
        lines.next().is_none().then_some(request)
    }
}

/// What the shell has to fetch before the handler can go on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Statements for the directory, run as one transaction.
    Directory {
        statements: Vec<Statement>,
        /// The answer is about the API key and may be cached.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        about_key: bool,
    },
    /// A call to a wallet's object, whose answer the handler wants to see.
    Wallet { name: String, call: String },
    /// Webhooks for other servers, sent all at once; the answer tells the outcome of each.
    Deliver { deliveries: Vec<Delivery> },
    /// A wallet is to tell the directory of its usage first.
    Ship { name: String },
}

/// A webhook that is ready to be sent.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What became of a delivery: the status of the answer, or why there was none.
#[derive(Clone, Debug, Deserialize)]
pub struct Delivered {
    pub status: Option<u16>,
    pub error: Option<String>,
    /// Milliseconds since 1970.
    pub at: i64,
}

impl Delivered {
    /// Anything else than a 2xx is a failure, a redirect as well.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// Where a handler has got to.
pub enum Step {
    Reply(Reply),
    /// The wallet's answer is the reply; the body goes along untouched.
    Forward {
        name: String,
        call: String,
    },
}

/// Why a handler stopped early.
#[derive(Debug)]
pub enum Stop {
    Ask(Question),
    Problem(Problem),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What a handler returns.
pub type Handled = Result<Step, Stop>;

/// A request that is being handled.
pub struct Context<'a> {
    pub config: &'a Config,
    pub request: &'a Incoming<'a>,
    pub body: &'a str,
    answers: &'a [String],
    asked: Cell<usize>,
}

/// The rows and changes of one statement.
#[derive(Clone, Debug, Deserialize)]
struct Outcome {
    rows: Vec<serde_json::Value>,
}

/// The answers of a directory question, one per statement.
pub struct Outcomes(Vec<Outcome>);

impl Outcomes {
    /// Reads the directory's answer.
    ///
    /// # Errors
    /// `internal_error` when it has not the shape that the shell promises.
    pub fn read(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|_| unreadable())
    }

    /// The rows of one statement as they came, for who reads many columns.
    ///
    /// # Errors
    /// `internal_error` when there is no such statement.
    pub fn values(&self, statement: usize) -> Result<&[serde_json::Value], Problem> {
        let outcome = self.0.get(statement).ok_or_else(unreadable)?;
        Ok(&outcome.rows)
    }

    /// The first row of one statement, column by column, if there is one.
    ///
    /// # Errors
    /// As [`Outcomes::values`].
    pub fn row(&self, statement: usize) -> Result<Option<Row<'_>>, Problem> {
        Ok(self.values(statement)?.first().map(Row::new))
    }

    /// Whether a statement has found something, or, when it returns what it wrote, has written something.
    #[must_use]
    pub fn wrote(&self, statement: usize) -> bool {
        let outcome = self.0.get(statement);
        outcome.is_some_and(|outcome| !outcome.rows.is_empty())
    }
}

/// The directory answered something that its statement cannot give.
#[must_use]
pub fn unreadable() -> Problem {
    Failure::Internal.because("The directory answered in a way that this version cannot read.")
}

impl<'a> Context<'a> {
    /// The answer to a question, once the shell has fetched it.
    fn ask(&self, question: impl FnOnce() -> Question) -> Result<&'a str, Stop> {
        let place = self.asked.get();
        self.asked.set(place.saturating_add(1));
        match self.answers.get(place) {
            Some(answer) => Ok(answer),
            None => Err(Stop::Ask(question())),
        }
    }

    /// Runs statements in the directory, as one transaction.
    ///
    /// # Errors
    /// The question, or an unreadable answer.
    pub fn directory(&self, statements: Vec<Statement>) -> Result<Outcomes, Stop> {
        let text = self.ask(|| Question::Directory {
            statements,
            about_key: false,
        })?;
        Ok(Outcomes::read(text)?)
    }

    /// Looks an API key up, from the cache if the shell has it there.
    ///
    /// # Errors
    /// The question, or an unreadable answer.
    pub fn key_row(&self, statement: Statement) -> Result<Outcomes, Stop> {
        let text = match self.request.known_key {
            Some(known) => known,
            None => self.ask(|| Question::Directory {
                statements: vec![statement],
                about_key: true,
            })?,
        };
        Ok(Outcomes::read(text)?)
    }

    /// Calls a wallet and waits for its answer.
    ///
    /// # Errors
    /// The question; or the wallet's failure, whose outcome is unknown to the caller as well.
    pub fn wallet(&self, name: &str, customer: &str, ask: Ask) -> Result<Reply, Stop> {
        let text = self.ask(|| Question::Wallet {
            name: name.to_owned(),
            call: self.call(name, customer, None, ask),
        })?;
        let unreadable = || Failure::Internal.because("The wallet gave no readable answer.");
        Ok(Reply::from_text(text).ok_or_else(unreadable)?)
    }

    /// Sends webhooks and waits for the outcome of each.
    ///
    /// # Errors
    /// The question, or an unreadable answer.
    pub fn deliver(&self, deliveries: Vec<Delivery>) -> Result<Vec<Delivered>, Stop> {
        let text = self.ask(|| Question::Deliver { deliveries })?;
        let unreadable = |_| Failure::Internal.because("The shell tells no outcome of a delivery.");
        Ok(serde_json::from_str(text).map_err(unreadable)?)
    }

    /// Waits until the directory knows all usage that a wallet has recorded.
    ///
    /// # Errors
    /// The question.
    pub fn shipped(&self, name: &str) -> Result<(), Stop> {
        let ship = || Question::Ship {
            name: name.to_owned(),
        };
        self.ask(ship).map(|_| ())
    }

    /// Hands the request over to a wallet: its answer is the reply.
    #[must_use]
    pub fn forward(&self, name: &str, customer: &str, ask: Ask) -> Step {
        Step::Forward {
            name: name.to_owned(),
            call: self.call(name, customer, None, ask),
        }
    }

    /// Hands the request over to the wallet whose id derives from an external id. `None` once that
    /// wallet has answered that its customer goes by another one.
    #[must_use]
    pub fn forward_unless_moved(
        &self,
        name: &str,
        customer: &str,
        external_id: &str,
        ask: Ask,
    ) -> Option<Step> {
        let place = self.asked.get();
        if self.answers.get(place).is_some() {
            self.asked.set(place.saturating_add(1));
            return None;
        }
        Some(Step::Forward {
            name: name.to_owned(),
            call: self.call(name, customer, Some(external_id), ask),
        })
    }

    fn call(&self, name: &str, customer: &str, external_id: Option<&str>, ask: Ask) -> String {
        let call = Call {
            wallet: name.to_owned(),
            customer: customer.to_owned(),
            request_id: self.request.request_id.to_owned(),
            key: self.request.idempotency_key.map(str::to_owned),
            external_id: external_id.map(str::to_owned),
            ask,
        };
        serde_json::to_string(&call).unwrap_or_default()
    }

    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.request.now.saturating_mul(1_000))
    }

    /// A new id; `place` tells several ids of one request apart.
    #[must_use]
    pub fn fresh_id(&self, prefix: &str, place: usize) -> String {
        ids::fresh(prefix, self.request.now, self.request.request_id, place)
    }

    /// The id of a thing that is made: the same one again for the same `Idempotency-Key`.
    ///
    /// # Errors
    /// `validation_failed` when the key is too long for an id.
    pub fn new_id(&self, prefix: &str, account: &str, mode: &str) -> Result<String, Problem> {
        let Some(key) = self.request.idempotency_key else {
            return Ok(self.fresh_id(prefix, 0));
        };
        if key.chars().count() > ids::MAX_ID {
            let sentence = format!("must have 1 to {} characters", ids::MAX_ID);
            return Err(Problem::field("Idempotency-Key", sentence));
        }
        Ok(ids::keyed(prefix, account, mode, key))
    }

    /// 256 random bits as hexadecimal digits; they come with the request and from nowhere else.
    ///
    /// # Errors
    /// `internal_error` when the shell sent none, so that no secret is ever guessable.
    pub fn entropy(&self) -> Result<&'a str, Problem> {
        let digits = self.request.entropy;
        if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(digits);
        }
        let detail = "The server has no randomness at hand, so it makes no secret.";
        Err(Failure::Internal.because(detail))
    }

    /// A value of the query string.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        let pairs = self.request.query.trim_start_matches('?').split('&');
        let mut found = pairs.filter_map(|pair| pair.split_once('='));
        let (_, value) = found.find(|(key, _)| *key == name)?;
        Some(decoded(&value.replace('+', " "))).filter(|value| !value.is_empty())
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
    /// # Errors
    /// `validation_failed` when it is something else.
    pub fn query_number(
        &self,
        name: &str,
        default: u64,
        bounds: std::ops::RangeInclusive<u64>,
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

/// Percent-decoding; what is not valid stays as it is.
#[must_use]
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let pair = tail
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        // `from_str_radix` would take a sign for a digit.
        let pair = pair.filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Handles a request as far as the answers go; what to do next is one string:
///
/// - `R<reply>`: the reply, as [`Reply::to_text`] writes it,
/// - `F<object name>\n<call>`: forward to a wallet; its answer is the reply, unless it is that its
///   customer has moved ([`super::call::MOVED`]): then call again with that answer added,
/// - `A<question>`: fetch this and call again with the answer added.
#[must_use]
pub fn handle(config: &Config, head: &str, body: &str, answers: &str) -> String {
    let Some(request) = Incoming::read(head) else {
        let detail = "The shell handed over a request that cannot be read.";
        return format!(
            "R{}",
            Reply::failure(Failure::Internal, detail, "").to_text()
        );
    };
    let answers: Vec<String> = if answers.is_empty() {
        Vec::new()
    } else {
        serde_json::from_str(answers).unwrap_or_default()
    };
    let context = Context {
        config,
        request: &request,
        body,
        answers: &answers,
        asked: Cell::new(0),
    };
    match routes::dispatch(&context) {
        Ok(Step::Reply(reply)) => format!("R{}", reply.to_text()),
        Ok(Step::Forward { name, call }) => format!("F{name}\n{call}"),
        Err(Stop::Ask(question)) => {
            format!("A{}", serde_json::to_string(&question).unwrap_or_default())
        }
        Err(Stop::Problem(problem)) => {
            let reply = Reply::problem(&problem, request.request_id);
            format!("R{}", reply.to_text())
        }
    }
}
