//! What is sent to the world in memory: requests, before they are ones.

use std::fmt::Write;

use scrip::worker::keys::authentication::LOCAL_KEY;
use serde_json::Value;

use crate::world::ORIGIN;

/// A request before it is one.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: &'static str,
    /// With its query.
    pub path: String,
    pub api_key: Option<String>,
    pub account: Option<String>,
    pub idempotency_key: Option<String>,
    pub prefer: Option<String>,
    pub content_type: &'static str,
    pub stripe_signature: Option<String>,
    /// What a machine pays with; the key is in the header for keys then.
    pub payment: Option<String>,
    /// Id, timestamp and signature of Standard Webhooks.
    pub webhook: [Option<String>; 3],
    pub cookie: Option<String>,
    /// Where the request comes in, if the sender names another host than ours.
    pub host: Option<&'static str>,
    pub address: Option<String>,
    /// What a browser says of the page that asks: its origin, and how far that is.
    pub origin: Option<&'static str>,
    pub fetch_site: Option<&'static str>,
    /// The protocols of a WebSocket that is asked for.
    pub socket: Option<String>,
    pub body: Vec<u8>,
}

/// A request with the local key; `Value::Null` is no body.
pub fn sent(method: &'static str, path: impl Into<String>, body: Value) -> Sent {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    Sent {
        method,
        path: path.into(),
        api_key: Some(LOCAL_KEY.to_owned()),
        account: None,
        idempotency_key: None,
        prefer: None,
        content_type: "application/json",
        stripe_signature: None,
        payment: None,
        webhook: [None, None, None],
        cookie: None,
        host: None,
        address: None,
        origin: None,
        fetch_site: None,
        socket: None,
        body: body.into(),
    }
}

pub fn post(path: impl Into<String>, body: Value) -> Sent {
    sent("POST", path, body)
}

pub fn get(path: impl Into<String>) -> Sent {
    sent("GET", path, Value::Null)
}

/// A button of a page.
pub fn press(path: impl Into<String>, action: &str) -> Sent {
    Sent {
        api_key: None,
        content_type: "application/x-www-form-urlencoded",
        body: format!("action={action}").into(),
        ..post(path, Value::Null)
    }
}

impl Sent {
    #[must_use]
    pub fn by(mut self, key: &str) -> Self {
        self.api_key = Some(key.to_owned());
        self
    }

    #[must_use]
    pub fn once(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    /// The lines in which `entry.ts` hands a request over.
    pub fn head(&self, id: &str, now: i64) -> String {
        let url = format!("{}{}", self.host.unwrap_or(ORIGIN), self.path);
        let mut head = format!("{}\n{url}\n{id}\n{now}", self.method);
        let bearer = self.api_key.as_ref().map(|key| format!("Bearer {key}"));
        let (first, second) = match &self.payment {
            Some(payment) => (Some(format!("Payment {payment}")), self.api_key.clone()),
            None => (bearer, None),
        };
        for header in [
            &first,
            &second,
            &self.account,
            &self.idempotency_key,
            &self.prefer,
            &Some(self.content_type.to_owned()),
            &self.stripe_signature,
            &self.webhook[0],
            &self.webhook[1],
            &self.webhook[2],
            &self.cookie,
            &self.address,
            &self.origin.map(str::to_owned),
            &self.fetch_site.map(str::to_owned),
            &self.socket.as_ref().map(|_| "websocket".to_owned()),
            &self.socket,
        ] {
            let value = header.as_deref().unwrap_or_default();
            write!(head, "\n{value}").expect("a text grows");
        }
        head
    }
}
