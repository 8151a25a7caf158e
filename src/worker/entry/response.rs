//! Replies as what HTTP sends.
//!
//! | reply | body | headers of its own |
//! |---|---|---|
//! | data, below 400 | `application/json` | `idempotent-replayed` where it is one |
//! | data, from 400 | `application/problem+json` | `allow` with 405 |
//! | page | `text/html` | a content security policy |
//! | redirect | none | `location`, and `set-cookie` where there is one |
//!
//! `request-id` stands on all of them, and so do the headers of [`EVERY`]. `www-authenticate` stands on 401,
//! `retry-after` on 429; a payment by a machine is asked for, and confirmed, by a header of its handler. What wallets answer does not pass here: `entry.ts` sets the same for it.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use worker::web_sys;

use crate::wire::page::NO_FRAME;
use crate::worker::edge::reply::{Kind, Reply};

/// What browsers keep of every answer.
///
/// - `strict-transport-security`: for two years nobody calls this host without encryption.
/// - `nosniff`: nothing is read as something else than it says.
const EVERY: [(&str, &str); 2] = [
    // Not for subdomains: those may be somebody else's work.
    ("strict-transport-security", "max-age=63072000"),
    ("x-content-type-options", "nosniff"),
];

/// A page is for one pair of eyes: it is kept nowhere, framed by nobody, and tells nobody where it was.
///
/// - `no-store`: the way back must not show a balance to whoever uses the browser next.
/// - `no-referrer`: the address holds the token, and a referrer would hand it on.
/// - `DENY`: a frame could lay something else over the button that pays. Only where the policy allows nobody to
///   frame it, because this header knows no list of origins.
/// - `noindex`: a link that somebody published must not be found by searching.
const PAGE_HEADERS: [(&str, &str); 3] = [
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex"),
];

/// What a page of an allowed origin may send and read. Never `allow-credentials`: a token is brought by the page
/// itself, and a cookie of ours must be of no use to another origin.
fn cors<'a>(method: &str, origin: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut headers = vec![
        ("access-control-allow-origin", origin),
        ("vary", "origin"),
        (
            "access-control-expose-headers",
            "request-id, retry-after, idempotent-replayed",
        ),
    ];
    if method == "OPTIONS" {
        headers.extend([
            (
                "access-control-allow-methods",
                "GET, POST, PUT, PATCH, DELETE",
            ),
            (
                "access-control-allow-headers",
                "authorization, content-type, idempotency-key, prefer",
            ),
            ("access-control-max-age", "600"),
        ]);
    }
    headers
}

/// The headers that do not depend on what kind of reply it is.
fn add_general(
    headers: &Object,
    method: &str,
    request_id: &str,
    reply: &Reply,
) -> Result<(), JsValue> {
    let set = |name: &str, value: &str| Reflect::set(headers, &name.into(), &value.into());
    set("request-id", request_id)?;
    for (name, value) in EVERY {
        set(name, value)?;
    }
    if reply.status == 401 {
        set("www-authenticate", "Bearer")?;
    }
    if let Some((name, value)) = &reply.header {
        set(name, value)?;
    }
    if let Some(origin) = &reply.allowed_origin {
        for (name, value) in cors(method, origin) {
            set(name, value)?;
        }
    }
    if let Some(seconds) = reply.retry_after {
        set("retry-after", &seconds.to_string())?;
    }
    Ok(())
}

/// The response of a reply to a request with this method and id.
///
/// # Errors
/// What JavaScript says of a header that cannot be sent.
pub fn response(
    method: &str,
    request_id: &str,
    reply: &Reply,
) -> Result<web_sys::Response, JsValue> {
    let headers = Object::new();
    add_general(&headers, method, request_id, reply)?;
    let set = |name: &str, value: &str| Reflect::set(&headers, &name.into(), &value.into());
    let body = match &reply.kind {
        Kind::Redirect { cookie } => {
            set("location", &reply.body)?;
            if let Some(cookie) = cookie {
                set("set-cookie", cookie)?;
            }
            None
        }
        Kind::Page { policy } => {
            set("content-type", "text/html; charset=utf-8")?;
            set("content-security-policy", policy)?;
            if policy.contains(NO_FRAME) {
                set("x-frame-options", "DENY")?;
            }
            Some(reply.body.as_str())
        }
        // Opened by the wallet, whose response goes out as it is.
        Kind::Live(_) => None,
        Kind::Data => {
            if reply.replayed {
                set("idempotent-replayed", "true")?;
            }
            if !reply.allow.is_empty() {
                set("allow", &reply.allow.join(", "))?;
            }
            // JavaScript refuses a response of 204 that has a body, even an empty one.
            Some(reply.body.as_str()).filter(|_| reply.status != 204)
        }
    };
    if reply.kind != Kind::Data {
        for (name, value) in PAGE_HEADERS {
            set(name, value)?;
        }
    } else if body.is_some() {
        let problem = reply.status >= 400;
        let kind = if problem {
            "application/problem+json"
        } else {
            "application/json"
        };
        set("content-type", kind)?;
        // Only the answer to a GET could be cached, and a balance must not be.
        if method == "GET" {
            set("cache-control", "no-store")?;
        }
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(reply.status);
    init.set_headers(&headers);
    // At the very end, so that HEAD has the same headers as GET.
    let body = body.filter(|_| method != "HEAD");
    web_sys::Response::new_with_opt_str_and_init(body, &init)
}
