//! From a request to its handler.
//!
//! A request is looked at three times at most: [`takes_body`] before its body is read; [`first`], which
//! waits for nothing and ends in JavaScript, because a reply that goes out as the text that it came in
//! costs no object; [`handle`], which waits for whatever it needs and alone says what is wrong. No handler
//! runs in both: one that names a wallet waits for nothing, the others run in `handle`.
//!
//! | a handler of kind | waits | runs in | who is checked | body |
//! |---|---|---|---|---|
//! | [`Handler::Wallet`] | no | [`first`], or [`handle`] where the key is not remembered | a key | JSON |
//! | [`Handler::Keyed`] | yes | [`handle`] | a key | JSON |
//! | [`Handler::Open`] | yes | [`handle`] | nobody: a signature or a token says who it is | JSON |
//! | [`Handler::Form`] | yes | [`handle`] | nobody: a token in the address says who it is | a form |
//!
//! GET, HEAD and DELETE have no body, whatever is sent: nobody reads it.

use std::collections::BTreeMap;

use matchit::Router;
use serde::Serialize;

use crate::wire::Problem;
use crate::wire::json::MAX_BODY;
use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::wire::urlencoded::path_segment;

use super::edge::call::Call;
use super::edge::context::Context;
use super::edge::forward::{Forward, forward};
use super::edge::key_cache::KeyCache;
use super::edge::principal::{Caller, Principal, Scope};
use super::edge::reply::{Handled, Reply};
use super::edge::request::{Path, Request, Unread};
use super::edge::world::Waits;
use super::keys::authentication::{authenticate, look, remembered, token_of};
use super::tokens::handlers::origin_of_refusal;
use super::tokens::statements;

/// What answers a route.
#[derive(Clone, Copy)]
pub enum Handler {
    /// One wallet, which this names without waiting for anything.
    Wallet(fn(&Request<'_>, &Caller, &Path) -> Result<Forward, Problem>),
    /// A handler that waits, for a caller with a key.
    Keyed(for<'a> fn(&'a Context<'a>, &'a Caller, &'a Path) -> Waits<'a, Handled>),
    /// A handler that waits, for everybody.
    Open(for<'a> fn(&'a Context<'a>, &'a Path) -> Waits<'a, Handled>),
    /// The same for what a page of ours posts.
    Form(for<'a> fn(&'a Context<'a>, &'a Path) -> Waits<'a, Handled>),
}

impl Handler {
    /// Whether a caller needs a key.
    const fn is_keyed(self) -> bool {
        matches!(self, Self::Wallet(_) | Self::Keyed(_))
    }
}

/// Method, path, what the key must be good for, handler.
pub type Route = (&'static str, &'static str, Scope, Handler);

/// The table of routes, to be searched by path.
pub struct Routes {
    table: &'static [Route],
    /// The places in the table that have a path.
    places: Router<Vec<usize>>,
}

/// The placeholders that stand for ids of ours, which say their side. The others are words of the
/// caller's: whatever they look like, they may mean something here.
const OURS: [&str; 4] = ["id", "subscription", "product", "payment_method"];

/// The route that a request has reached.
struct Found {
    scope: Scope,
    handler: Handler,
    path: Path,
    /// A bit for each value of the path that is an id of ours.
    ours: u32,
    /// The first value of the path is a customer.
    is_of_customer: bool,
}

impl Found {
    /// Asked before the handler of every route, so that none can forget it.
    ///
    /// # Errors
    /// `wrong_side` for an id of the other side than the key's; `forbidden` for another customer than
    /// the token's.
    fn check_ids(&self, who: &Caller) -> Result<(), Problem> {
        self.check_sides(who)?;
        match self.path.first().filter(|_| self.is_of_customer) {
            Some(customer) => who.check_customer(customer),
            None => Ok(()),
        }
    }

    fn check_sides(&self, who: &Principal) -> Result<(), Problem> {
        let mut ours = self.ours;
        for value in &self.path {
            if ours & 1 == 1 {
                who.check_side(value)?;
            }
            ours >>= 1;
        }
        Ok(())
    }
}

/// What is known of a request before anything is waited for.
// Only where pointers have 64 bits is the call large enough to be complained of.
#[cfg_attr(
    target_pointer_width = "64",
    expect(
        clippy::large_enum_variant,
        reason = "it lives for one call, and a box would cost every fast call an allocation"
    )
)]
pub enum First {
    /// This wallet answers it.
    Forward(Call),
    /// Something has to be waited for, or is wrong: [`handle`] answers it.
    Wait,
}

impl Routes {
    /// Builds the search tree, once per isolate. Paths are written as `matchit` reads them; `{id}`
    /// stands for one segment.
    #[must_use]
    pub fn new(table: &'static [Route]) -> Self {
        // The router takes each path once, so the methods of one path are gathered before.
        let mut paths: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, (_, path, ..)) in table.iter().enumerate() {
            paths.entry(path).or_default().push(place);
        }
        let mut places = Router::new();
        for (path, of_path) in paths {
            // A path that cannot be told from another one is found by none; a test asks for each.
            let _ = places.insert(path, of_path);
        }
        Self { table, places }
    }

    /// The route, where this server answers at all: whatever a request wants, it comes this way first.
    ///
    /// # Errors
    /// 503 where the configuration contradicts itself, 421 for another's host, 404 and 405 for what is no
    /// route.
    fn find(&self, request: &Request<'_>) -> Result<Found, Problem> {
        request.config.check()?;
        request.config.check_host(request.host)?;
        // A fixed word wins over a placeholder, so that `/customers/stats` is no customer.
        let Ok(found) = self.places.at(request.path) else {
            let detail = format!(
                "There is nothing at {}. The API starts at /v1.",
                request.path
            );
            return Err(Failure::NotFound.because(detail));
        };
        let routes = found
            .value
            .iter()
            .filter_map(|place| self.table.get(*place));
        // All are gone through even where none fits, because a 405 must say what the path answers
        // to.
        let mut other_methods = Vec::new();
        for (method, route, scope, handler) in routes {
            if *method == request.method {
                let values = found
                    .params
                    .iter()
                    // Decoded only after the match: a slash that was escaped must not split a
                    // segment in two.
                    .map(|(_, value)| path_segment(value).into_owned());
                let is_ours = |(place, (name, _))| OURS.contains(&name).then_some(place);
                return Ok(Found {
                    scope: *scope,
                    handler: *handler,
                    path: values.collect(),
                    is_of_customer: route.starts_with("/v1/customers/{id}"),
                    ours: found
                        .params
                        .iter()
                        .enumerate()
                        .filter_map(is_ours)
                        .fold(0, |ours, place: usize| {
                            ours | 1_u32.checked_shl(place as u32).unwrap_or(0)
                        }),
                });
            }
            other_methods.push(*method);
        }
        let allowed = other_methods.join(", ");
        let detail = format!("{} answers to {allowed}.", request.path);
        let mut problem = Failure::MethodNotAllowed.because(detail);
        problem.allow = other_methods;
        Err(problem)
    }
}

/// Whether the body of a request is to be read at all: not where its method has none, and not where the
/// request is refused whatever stands in it.
#[must_use]
pub fn takes_body(routes: &Routes, request: &Request<'_>, keys: &KeyCache) -> bool {
    let may_have_one = !matches!(request.method, "GET" | "HEAD" | "DELETE");
    may_have_one && look_at(routes, request, keys).is_ok()
}

/// What can be said before a body is read and before anybody is asked: the route and the form of the key.
///
/// # Errors
/// 404 and 405 for what is no route; 401 and 429 as [`look`].
fn look_at(routes: &Routes, request: &Request<'_>, keys: &KeyCache) -> Result<Found, Problem> {
    let found = routes.find(request)?;
    if found.handler.is_keyed() {
        look(request, keys)?;
    }
    Ok(found)
}

/// As far as a request can be answered without waiting: that is, who is called by a remembered key and
/// names a wallet.
#[must_use]
pub fn first(routes: &Routes, request: &Request<'_>, keys: &KeyCache) -> First {
    // A page of another origin needs headers, which only `handle` writes.
    if request.origin.is_some() {
        return First::Wait;
    }
    // A path that is none waits as well: its 404 is written in one place only, by `handle`.
    let Ok(found) = routes.find(request) else {
        return First::Wait;
    };
    let Handler::Wallet(handler) = found.handler else {
        return First::Wait;
    };
    // The same order as in `dispatch`, so that a caller is told the same whichever way it went.
    let call = || {
        check_body(request, false)?;
        let Some(caller) = remembered(request, keys, found.scope)? else {
            return Ok(None);
        };
        found.check_ids(&caller)?;
        let forward = handler(request, &caller, &found.path)?;
        forward.into_call(request, &caller).map(Some)
    };
    match call() {
        Ok(Some(call)) => First::Forward(call),
        // What is wrong is said in one place only, and costs nobody but who sent it.
        Ok(None) | Err(Problem { .. }) => First::Wait,
    }
}

/// Answers a request, whatever it takes.
pub async fn handle(routes: &Routes, context: &Context<'_>) -> Reply {
    let handled = dispatch(routes, context).await;
    // One place writes problems as replies, so that each has the request's id in it.
    let reply = handled.unwrap_or_else(|problem| {
        note(context, &problem);
        Reply::problem(&problem, context.request_id)
    });
    readable(context, reply).await
}

/// The reply, for a page of another origin to read where its token allows that: also when it is refused,
/// so that the page learns why.
///
/// | the token | whose page may read |
/// |---|---|
/// | known, also one that has ended | of its own `allowed_origins` |
/// | unknown, and so refused by 401 | of an origin that any token allows, since the refusal says nothing of anybody |
/// | unknown, and refused before it was looked at | nobody's |
async fn readable(context: &Context<'_>, mut reply: Reply) -> Reply {
    if let (Some(origin), None) = (context.request.origin, &reply.allowed_origin) {
        reply.allowed_origin = match token_of(context.request, context.world.keys()) {
            Some(token) => token.allows_origin(origin).then(|| origin.to_owned()),
            None if reply.status == 401 => origin_of_refusal(context).await,
            None => None,
        };
    }
    reply
}

/// What a browser asks before it lets a page of another origin call: whether any token allows that origin.
/// It brings no token itself; the call that follows does, and is judged by that one.
///
/// # Errors
/// What the routes say, where none does; `unavailable`.
async fn preflight(context: &Context<'_>, problem: Problem) -> Handled {
    let Some(origin) = context.request.origin else {
        return Err(problem);
    };
    let asked = statements::allowed_origin(origin, context.now().micros());
    if !context.directory(vec![asked]).await?.wrote(0) {
        return Err(problem);
    }
    let mut reply = Reply::new(204, String::new());
    reply.allowed_origin = Some(origin.to_owned());
    Ok(reply)
}

/// A line of the log for who guards the deployment: a key that failed, and what did not answer. No path
/// and no header is in it, because those may be secrets.
#[derive(Serialize)]
struct Noted<'a> {
    log: &'a str,
    request_id: &'a str,
    method: &'a str,
    /// Who called, where the platform knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
    detail: &'a str,
}

fn note(context: &Context<'_>, problem: &Problem) {
    let log = match problem.code {
        "unauthorized" | "signature_rejected" => "authentication_failed",
        "too_many_requests" => "too_many_requests",
        "internal_error" | "unavailable" => "failed",
        _ => return,
    };
    context.world.log(&json(&Noted {
        log,
        request_id: context.request_id,
        method: context.method,
        address: context.address,
        detail: &problem.detail,
    }));
}

/// The route comes first, then the form of the key, then the body, then whose key it is: each check costs
/// more than the one before it.
///
/// # Errors
/// 404 and 405 for what is no route, 413, 415 and 400 for a body that is not JSON text, 401 and 403
/// for a key that may not do this, 429 for who has called too often, and what the handler says.
async fn dispatch(routes: &Routes, context: &Context<'_>) -> Handled {
    let keys = context.world.keys();
    let found = match routes.find(context.request) {
        Err(problem) if is_preflight(context.request, &problem) => {
            return preflight(context, problem).await;
        }
        found => found?,
    };
    let path = &found.path;
    // A failure is counted by `authenticate`, which looks again.
    if found.handler.is_keyed() && look(context.request, keys).is_err() {
        authenticate(context, found.scope).await?;
    }
    // Before the key is looked up, because that may cost a round trip to the directory.
    check_body(context.request, matches!(found.handler, Handler::Form(_)))?;
    match found.handler {
        Handler::Open(handler) => handler(context, path).await,
        Handler::Form(handler) => {
            check_own_page(context.request)?;
            handler(context, path).await
        }
        Handler::Keyed(handler) => {
            let caller = authenticate(context, found.scope).await?;
            found.check_ids(&caller)?;
            handler(context, &caller, path).await
        }
        // Here only where `first` did not know the key, or the wallet said that its customer has
        // moved.
        Handler::Wallet(handler) => {
            let caller = authenticate(context, found.scope).await?;
            found.check_ids(&caller)?;
            forward(context, &caller, handler(context.request, &caller, path)?).await
        }
    }
}

/// A form is posted by our own page. Another site's could bring the cookie of whoever looks at it, where
/// that page may be framed.
///
/// # Errors
/// `forbidden`.
fn check_own_page(request: &Request<'_>) -> Result<(), Problem> {
    // What is no browser says nothing, and brings nobody's cookie.
    if matches!(request.fetch_site, Some("cross-site" | "same-site")) {
        let detail =
            "This form was sent by another site's page. Go back and open your own page again.";
        return Err(Failure::Forbidden.because(detail));
    }
    Ok(())
}

/// No route answers to OPTIONS, so that of a path that there is ends as a wrong method.
fn is_preflight(request: &Request<'_>, problem: &Problem) -> bool {
    request.method == "OPTIONS" && problem.status == Failure::MethodNotAllowed.status()
}

/// What can be said of a body before anybody reads it.
///
/// # Errors
/// | body | status |
/// |---|---|
/// | longer than [`MAX_BODY`] | 413 |
/// | not UTF-8 | 400 |
/// | neither JSON nor, where a page posts, a form | 415 |
fn check_body(request: &Request<'_>, takes_form: bool) -> Result<(), Problem> {
    if request.unread == Some(Unread::TooLarge) {
        let detail = format!("The body is larger than {MAX_BODY} bytes. Send fewer events.");
        return Err(Failure::BodyTooLarge.because(detail));
    }
    if request.unread == Some(Unread::NotText) {
        return Err(Failure::MalformedBody.because("The body is not UTF-8 text."));
    }
    // Parameters such as `charset` are cut off; the text was found to be UTF-8, whatever they say.
    let kind = request.content_type.unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let json = kind.eq_ignore_ascii_case("application/json");
    let form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    // Forms only where pages of ours post them; the API itself never takes one.
    let known = json || (form && takes_form);
    // An empty body needs no type, because many calls have nothing to say and clients then send
    // none.
    if request.method != "GET" && !request.body.is_empty() && !known {
        let detail = "Send JSON, with the header Content-Type: application/json.";
        return Err(Failure::UnsupportedMediaType.because(detail));
    }
    Ok(())
}
