//! The edge of one isolate, as JavaScript calls it.
//!
//! ```text
//! next_request_id ──▶ takes_body ──▶ first ──▶ a wallet      no future, no object: one text in, one text out
//!                                      └─────▶ "" ──▶ answer  a promise that lasts as long as it takes
//! ```
//!
//! The two are apart because most requests go the first way: what they cost is what a call costs.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use worker::{Env, web_sys};

use crate::wire::problem::Failure;
use crate::worker::dispatch::{First, Routes, first, handle, takes_body};
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::key_cache::KeyCache;
use crate::worker::edge::reply::{Kind, Reply};
use crate::worker::edge::request::Request;
use crate::worker::payments::upkeep;
use crate::worker::routes::ROUTES;
use crate::worker::wallet_object::noted;

use super::cloudflare::{Cloudflare, OPEN_OUTCOME, now};
use super::response::response;

/// What the requests of an isolate share: nothing of any of them but the keys that it has seen.
///
/// It is behind an `Rc`, because a request that waits must keep it although JavaScript may drop
/// the edge when the core starts afresh.
#[wasm_bindgen]
pub struct Edge {
    shared: Rc<Shared>,
}

struct Shared {
    config: Config,
    routes: Routes,
    keys: Rc<KeyCache>,
    call_wallet: Function,
    /// Random, once per isolate: fresh randomness for each request would cost as much as a decision.
    id: OnceCell<String>,
    /// Wraps after 2^32 requests; an isolate is long gone by then.
    requests: Cell<u32>,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}

/// What the deployment is configured with.
pub(super) fn config_of(env: &Env) -> Config {
    // What is not set is empty and not an error: a Worker that only serves `/healthz` needs none.
    let variable = |name: &str| {
        let value = env.var(name).map(|value| value.to_string());
        value.unwrap_or_default()
    };
    Config {
        environment: variable("ENVIRONMENT"),
        stripe_secrets_live: variable("STRIPE_WEBHOOK_SECRET_LIVE"),
        stripe_secrets_test: variable("STRIPE_WEBHOOK_SECRET_TEST"),
        secrets_key: variable("SECRETS_KEY"),
        public_url: variable("PUBLIC_URL"),
        stripe_api_url: variable("STRIPE_API_URL"),
        topup_url: variable("TOPUP_URL"),
    }
}

#[wasm_bindgen]
impl Edge {
    /// Reads the configuration. `call_wallet` is `callWallet` of `batching.ts`.
    #[wasm_bindgen(constructor)]
    pub fn new(env: &Env, call_wallet: Function) -> Self {
        let shared = Shared {
            config: config_of(env),
            routes: Routes::new(ROUTES),
            keys: Rc::default(),
            call_wallet,
            id: OnceCell::new(),
            requests: Cell::new(0),
        };
        Self {
            shared: Rc::new(shared),
        }
    }

    /// The id of the next request: that of the isolate, then counted.
    pub fn next_request_id(&self) -> String {
        let new_id = || random_uuid().replace('-', "").chars().take(24).collect();
        let isolate = self.shared.id.get_or_init(new_id);
        let number = self.shared.requests.get().wrapping_add(1);
        self.shared.requests.set(number);
        format!("req_{isolate}{number:08x}")
    }

    /// Whether the body is to be read. Where it is not, the request is handed on as if it had none.
    pub fn takes_body(&self, head: &str) -> bool {
        let Shared {
            config,
            routes,
            keys,
            ..
        } = &*self.shared;
        let request = Request::read(config, head, Some(&[]));
        request.is_some_and(|request| takes_body(routes, &request, keys))
    }

    /// As far as a request can be answered without waiting; `head` is read by [`Request::read`]:
    ///
    /// - `<object's name>\n<call>\n<body>`: this wallet answers, unless it says that its customer has moved,
    /// - nothing: call [`Edge::answer`].
    pub fn first(&self, head: &str, body: Option<Vec<u8>>) -> String {
        let Shared {
            config,
            routes,
            keys,
            ..
        } = &*self.shared;
        // `answer` reads it again and says what is wrong: a reply needs an id, and there is none
        // here.
        let Some(request) = Request::read(config, head, body.as_deref()) else {
            return String::new();
        };
        #[cfg(feature = "faults")]
        crate::worker::faults::trip(request.body, "fault:edge-panic");
        match first(routes, &request, keys) {
            First::Forward(call) => {
                let (name, text, body) = (&call.wallet, call.to_text(), request.body);
                format!("{name}\n{text}\n{body}")
            }
            First::Wait => String::new(),
        }
    }

    /// Answers a request, whatever it takes.
    ///
    /// # Errors
    /// A response that JavaScript refuses to make.
    pub async fn answer(
        &self,
        head: String,
        body: Option<Vec<u8>>,
        env: Env,
        life: JsValue,
    ) -> Result<web_sys::Response, JsValue> {
        // A share of its own, so that a request outlives an edge that JavaScript drops meanwhile.
        let shared = self.shared.clone();
        let Some(request) = Request::read(&shared.config, &head, body.as_deref()) else {
            let detail = "The entry handed over a request that cannot be read.";
            return response("", "", &Reply::failure(Failure::Internal, detail, ""));
        };
        let world = Cloudflare {
            env,
            life,
            keys: shared.keys.clone(),
            call_wallet: shared.call_wallet.clone(),
            request_id: request.request_id.to_owned(),
        };
        let context = Context {
            request: &request,
            world: &world,
        };
        let reply = handle(&shared.routes, &context).await;
        if let Kind::Live(watch) = &reply.kind {
            return world.open(watch).await;
        }
        response(request.method, request.request_id, &reply)
    }
}

#[wasm_bindgen]
impl Edge {
    /// A tick of the deployment's clock; see `upkeep`.
    ///
    /// # Errors
    /// Somebody did not answer: the platform counts the tick as failed, and the next one goes on.
    pub async fn tick(&self, env: Env, life: JsValue) -> Result<(), JsValue> {
        let shared = self.shared.clone();
        let id = format!("tick_{}", now());
        let request = Request::of_ourselves(&shared.config, &id, now());
        let world = Cloudflare {
            env,
            life,
            keys: shared.keys.clone(),
            call_wallet: shared.call_wallet.clone(),
            request_id: id.clone(),
        };
        let context = Context {
            request: &request,
            world: &world,
        };
        let done = upkeep::tick(&context).await;
        done.map_err(|problem| problem.detail.into())
    }
}

/// What the log is told of it, with what was thrown and where, which the caller is not told.
#[wasm_bindgen]
pub fn failure_line(during: &str, request_id: &str, thrown: &JsValue) -> String {
    noted::failed(during, Some(request_id), &format!("{thrown:?}"))
}

/// What a caller is told when the core stopped at the call, or when the wallet did not answer.
///
/// `stopped` is a trap of the core, and answers 500; otherwise the wallet did not answer, which is
/// 503.
#[wasm_bindgen]
pub fn failed(stopped: bool, request_id: &str) -> String {
    let (failure, what) = if stopped {
        (Failure::Internal, "The server stopped at this call.")
    } else {
        (Failure::Unavailable, "The wallet did not answer.")
    };
    let detail = format!("{what} {OPEN_OUTCOME}");
    Reply::failure(failure, &detail, request_id).to_text()
}
