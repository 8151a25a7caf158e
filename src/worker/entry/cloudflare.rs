//! The world of a deployment: Cloudflare's services, by the crate `worker`.
//!
//! | [`World`] | what answers it |
//! |---|---|
//! | `directory` | D1, one batch and so one transaction |
//! | `wallet` | `callWallet` of `batching.ts`, then the wallet's object |
//! | `shipped` | the wallet's object by itself, with no other call |
//! | `send`, `ask` | `fetch`, with a limit of time; the answer to `ask` with one of bytes |
//! | `clock`, `pause`, `random` | the runtime |
//! | `lets` | the rate limits of `wrangler.toml` |
//!
//! Whatever does not answer becomes `unavailable`, and the reason goes to the log only: it may
//! name what callers need not know.

use std::fmt::Debug;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Date, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{
    AbortSignal, Delay, Env, Fetch, Headers, Method, RequestInit, RequestRedirect, Response,
    web_sys,
};

use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::wire::reply::json;
use crate::worker::edge::call::Call;
use crate::worker::edge::key_cache::KeyCache;
use crate::worker::edge::rate::Limit;
use crate::worker::edge::reply::{Reply, Watch};
use crate::worker::edge::rows::{Outcomes, Statement};
use crate::worker::edge::world::{Answered, MAX_SAID, Outgoing, Said, Unanswered, Waits, World};
use crate::worker::wallet_object::noted;

use super::d1;
use super::watchers::WATCH;

/// What a caller is told when nobody knows whether the operation happened.
///
/// Sending it again is safe, because every operation has an id and the journal holds each id once.
pub const OPEN_OUTCOME: &str =
    "Whether the operation happened is open: send the same call again, with the same id.";

#[wasm_bindgen]
extern "C" {
    /// A wallet's object, as it is called from afar.
    type WalletStub;

    #[wasm_bindgen(method, catch)]
    async fn ship(this: &WalletStub, name: &str) -> Result<JsValue, JsValue>;

    /// The one way by which a socket can be handed on.
    #[wasm_bindgen(method, catch)]
    async fn fetch(this: &WalletStub, request: &web_sys::Request) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_random(bytes: &Uint8Array);

    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout)]
    fn abort_after(millis: u32) -> web_sys::AbortSignal;

    /// What a response says, part by part.
    type Reader;

    #[wasm_bindgen(method, catch)]
    async fn read(this: &Reader) -> Result<JsValue, JsValue>;
}

/// One request's way to everything outside.
pub struct Cloudflare {
    pub env: Env,
    /// The request's `ExecutionContext`, which keeps it open for the calls that it takes along.
    pub life: JsValue,
    pub keys: Rc<KeyCache>,
    /// Calls a wallet together with others who call it at this moment; see `batching.ts`.
    pub call_wallet: Function,
    /// Of the request, for the log.
    pub request_id: String,
}

/// Who did not answer goes to the log with the reason; the caller is told that it may try again.
pub(super) fn unavailable(who: &str, request_id: Option<&str>, error: &impl Debug) -> Problem {
    worker::console_error!("{}", noted::failed(who, request_id, &format!("{error:?}")));
    Failure::Unavailable.because(format!("The {who} did not answer. {OPEN_OUTCOME}"))
}

/// In milliseconds since 1970.
pub(super) fn now() -> i64 {
    // Whole milliseconds, so nothing is lost by making it an integer.
    Date::now() as i64
}

/// Hexadecimal, because everything that crosses into the handlers is text.
pub(super) fn random() -> String {
    let bytes = Uint8Array::new_with_length(32);
    fill_random(&bytes);
    hex::encode(bytes.to_vec())
}

impl Cloudflare {
    fn unavailable(&self, who: &str, error: &impl Debug) -> Problem {
        unavailable(who, Some(&self.request_id), error)
    }

    fn note(&self, who: &str, error: &impl Debug) {
        let cause = format!("{error:?}");
        self.log(&noted::failed(who, Some(&self.request_id), &cause));
    }

    /// Has a wallet open a socket for who was let through; its response is the reply.
    ///
    /// # Errors
    /// What JavaScript threw: the object was not reached, or it stopped.
    pub async fn open(&self, watch: &Watch) -> Result<web_sys::Response, JsValue> {
        let stub = self.env.durable_object("WALLETS")?;
        let stub = stub.get_by_name(&watch.wallet)?.into_rpc::<WalletStub>();
        let headers = Object::new();
        Reflect::set(&headers, &"upgrade".into(), &"websocket".into())?;
        Reflect::set(&headers, &WATCH.into(), &json(watch).into())?;
        let init = web_sys::RequestInit::new();
        init.set_headers(&headers);
        // The address says nothing: an object has one thing that is fetched.
        let request = web_sys::Request::new_with_str_and_init("https://wallet/live", &init)?;
        Ok(stub.fetch(&request).await?.unchecked_into())
    }

    /// One call to a wallet's object, by way of JavaScript.
    ///
    /// # Errors
    /// What JavaScript threw: the object was not reached, or it stopped.
    async fn ask(&self, name: &str, call: &str) -> Result<JsValue, JsValue> {
        let (env, none) = (self.env.as_ref(), JsValue::NULL);
        let (name, call) = (JsValue::from(name), JsValue::from(call));
        // The batching is JavaScript's, because a promise must belong to the request that made it.
        let promise = self
            .call_wallet
            .call4(&none, env, &self.life, &name, &call)?;
        JsFuture::from(promise.unchecked_into::<Promise>()).await
    }
}

impl World for Cloudflare {
    fn directory(&self, statements: Vec<Statement>) -> Waits<'_, Result<Outcomes, Problem>> {
        Box::pin(async move {
            let answer = d1::run(&self.env, statements).await;
            answer.map_err(|error| self.unavailable("directory", &error))
        })
    }

    fn wallet<'a>(&'a self, call: &Call, body: &str) -> Waits<'a, Result<Reply, Problem>> {
        // Made before the future, so that the future borrows nothing of the caller's.
        let (name, text) = (call.wallet.clone(), format!("{}\n{body}", call.to_text()));
        Box::pin(async move {
            let answer = self.ask(&name, &text).await;
            // Two errors that differ: nobody answered, which is open; or somebody did, and cannot
            // be read.
            let answer = answer.map_err(|error| self.unavailable("wallet", &error))?;
            let reply = answer.as_string().and_then(|text| Reply::from_text(&text));
            reply.ok_or_else(|| Failure::Internal.because("The wallet gave no readable answer."))
        })
    }

    fn shipped<'a>(&'a self, wallet: &str) -> Waits<'a, Result<(), Problem>> {
        let name = wallet.to_owned();
        Box::pin(async move {
            // Not batched: a shipment waits for the directory, and calls must not wait behind it.
            let wallets = self.env.durable_object("WALLETS");
            let stub = wallets.and_then(|wallets| wallets.get_by_name(&name));
            let stub = stub.map_err(|error| self.unavailable("wallet", &error))?;
            let shipped = stub.into_rpc::<WalletStub>().ship(&name).await;
            shipped.map_err(|error| self.unavailable("wallet", &error))?;
            Ok(())
        })
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

    fn lets<'a>(&'a self, limit: Limit, key: &str) -> Waits<'a, bool> {
        let key = key.to_owned();
        Box::pin(async move {
            // A deployment without the binding counts in its isolates only.
            let Ok(limiter) = self.env.rate_limiter(limit.binding()) else {
                return true;
            };
            match limiter.limit(key).await {
                Ok(outcome) => outcome.success,
                Err(error) => {
                    self.note(limit.binding(), &error);
                    true
                }
            }
        })
    }

    fn keys(&self) -> &KeyCache {
        &self.keys
    }
}

/// Waits for so many milliseconds.
pub(super) async fn paused(millis: u32) {
    Delay::from(Duration::from_millis(millis.into())).await;
}

/// One request to another server. Its body is never read: only the status says something to us.
///
/// # Errors
/// As [`fetched`].
pub(super) async fn send(request: Outgoing) -> Result<Answered, Unanswered> {
    let (response, _) = fetched(&request).await?;
    let status = response.status_code();
    // Nobody reads what it says; left open, it would hold the connection.
    if let Some(body) = web_sys::Response::from(response).body() {
        let _ = body.cancel();
    }
    Ok(Answered { status })
}

/// One question to another server, and what it says.
///
/// # Errors
/// As [`fetched`]; also where the answer breaks off, or is longer than it may be.
pub(super) async fn ask(request: Outgoing) -> Result<Said, Unanswered> {
    let (response, signal) = fetched(&request).await?;
    let status = response.status_code();
    let headers = response.headers().entries().collect();
    let body = match web_sys::Response::from(response).body() {
        Some(body) => text_of(&body).await.ok_or_else(|| unanswered(&signal))?,
        None => String::new(),
    };
    Ok(Said {
        status,
        headers,
        body,
    })
}

/// What a body says; nothing where it breaks off, is longer than it may be, or is no text.
async fn text_of(body: &web_sys::ReadableStream) -> Option<String> {
    let mut bytes = Vec::new();
    let reader: Reader = body.get_reader().unchecked_into();
    loop {
        let part = reader.read().await.ok()?;
        if Reflect::get(&part, &"done".into()).ok()?.is_truthy() {
            return String::from_utf8(bytes).ok();
        }
        let part: Uint8Array = Reflect::get(&part, &"value".into()).ok()?.dyn_into().ok()?;
        if bytes.len().saturating_add(part.length() as usize) > MAX_SAID {
            return None;
        }
        bytes.extend(part.to_vec());
    }
}

/// The error's own text differs between runtimes; only our signal tells for sure.
fn unanswered(signal: &AbortSignal) -> Unanswered {
    if signal.aborted() {
        Unanswered::Timeout
    } else {
        Unanswered::Unreachable
    }
}

/// The response to a request, of which nothing is read yet, and the signal that ends it.
///
/// # Errors
/// [`Unanswered::Timeout`] after `patience`; [`Unanswered::Unreachable`] for everything else, also
/// for a request that cannot be built.
async fn fetched(request: &Outgoing) -> Result<(Response, AbortSignal), Unanswered> {
    let unreachable = |_| Unanswered::Unreachable;
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value).map_err(unreachable)?;
    }
    // Redirects are not followed: where one leads was never checked, and it could lead inside.
    let mut init = RequestInit::new();
    init.with_method(Method::from(request.method.to_owned()))
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    // A question has no body, not even an empty one.
    if request.method != "GET" {
        init.with_body(Some(request.body.as_str().into()));
    }
    let asked = worker::Request::new_with_init(&request.url, &init).map_err(unreachable)?;
    let signal = AbortSignal::from(abort_after(request.patience));
    let sent = Fetch::Request(asked).send_with_signal(&signal).await;
    let response = sent.map_err(|_| unanswered(&signal))?;
    Ok((response, signal))
}
