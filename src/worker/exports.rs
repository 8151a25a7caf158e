//! What the shell calls: text in, text out, synchronously.

use wasm_bindgen::prelude::*;

use crate::engine::{Instant, Refusal};
use crate::wire::Problem;
use crate::wire::problem::Failure;

use super::call::{Call, Reply};
use super::edge::{self, Config};
use super::store::{self, Host, SqlJournal};
use super::wallet_object::WalletObject;

/// The edge of one isolate: it knows the configuration and nothing of any request.
#[wasm_bindgen]
pub struct Edge {
    config: Config,
}

#[wasm_bindgen]
impl Edge {
    /// The configuration as JSON; what it does not say keeps its default.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str) -> Self {
        Self {
            config: serde_json::from_str(config).unwrap_or_default(),
        }
    }

    /// See [`edge::handle`]. `answers` is a JSON list of what was asked before, or empty.
    pub fn handle(&self, head: &str, body: &str, answers: &str) -> String {
        #[cfg(feature = "faults")]
        super::faults::trip(body, "fault:edge-panic");
        edge::handle(&self.config, head, body, answers)
    }
}

/// One wallet, awake. The shell drops it after any failure and wakes another from the rows.
#[wasm_bindgen]
pub struct AwakeWallet {
    object: WalletObject<SqlJournal>,
    failed: bool,
}

#[wasm_bindgen]
impl AwakeWallet {
    /// Folds the wallet from its snapshot and the journal's tail.
    ///
    /// # Errors
    /// What the storage said.
    #[wasm_bindgen(constructor)]
    pub fn wake(host: Host) -> Result<Self, JsValue> {
        let (journal, wallet, saved) = SqlJournal::wake(host).map_err(|error| thrown(&error))?;
        Ok(Self {
            object: WalletObject::new(journal, wallet, saved),
            failed: false,
        })
    }

    /// Answers one call, which is a line of its own before the request's body; see
    /// [`Reply::to_text`]. `now` is in milliseconds.
    pub fn call(&mut self, text: &str, now: f64) -> String {
        let (call, body) = text.split_once('\n').unwrap_or((text, ""));
        let Ok(call) = serde_json::from_str::<Call>(call) else {
            let detail = "The edge and the wallet do not understand each other. Try again.";
            return Reply::failure(Failure::Unavailable, detail, "").to_text();
        };
        #[cfg(feature = "faults")]
        super::faults::trip(body, "fault:panic-before-write");
        let answered = self.object.call(&call, body, instant(now));
        #[cfg(feature = "faults")]
        super::faults::trip(body, "fault:panic-after-write");
        match answered {
            Ok(reply) => reply.to_text(),
            Err(_) => {
                self.failed = true;
                let detail = "The wallet's storage did not answer. Whether the operation happened \
                              is open: send the same call again.";
                Reply::failure(Failure::Unavailable, detail, &call.request_id).to_text()
            }
        }
    }

    /// The storage failed, so what is in memory may not be what is stored.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// The name that the wallet was opened under; empty before.
    pub fn name(&self) -> String {
        self.object.name().to_owned()
    }

    /// The next part of what the directory does not know yet: the `seq` up to which it knows it
    /// then, its rows as JSON, and the customer's subscriptions as JSON where they have changed, a
    /// line each. Empty when it knows everything.
    ///
    /// # Errors
    /// What the storage said.
    pub fn shipment(&self) -> Result<String, JsValue> {
        let shipment = self.object.shipment().map_err(|error| thrown(&error))?;
        let text = |(upto, rows, subscriptions)| format!("{upto}\n{rows}\n{subscriptions}");
        Ok(shipment.map_or_else(String::new, text))
    }

    /// Whether usage was recorded since this was last asked.
    pub fn take_recorded(&mut self) -> bool {
        self.object.take_recorded()
    }

    /// Writes down what has ended by itself. `now` is in milliseconds.
    ///
    /// # Errors
    /// What the storage said.
    pub fn settle(&mut self, now: f64) -> Result<(), JsValue> {
        self.object.settle(instant(now)).map_err(|error| {
            self.failed = true;
            thrown(&error)
        })
    }

    /// The next moment at which something ends by itself, in milliseconds; infinity for never.
    pub fn next_expiry(&self) -> f64 {
        let next = self.object.next_expiry();
        // Rounded up: an alarm a moment too early would find nothing to do.
        next.map_or(f64::INFINITY, |next| {
            (next.micros() as f64 / 1_000.0).ceil()
        })
    }
}

/// The answer of an object that was called by another wallet's name.
#[wasm_bindgen]
pub fn refuse_wrong_wallet(call: &str) -> String {
    let request_id = serde_json::from_str::<Call>(call).map(|call| call.request_id);
    let problem = Problem::from(Refusal::WrongWallet);
    Reply::problem(&problem, &request_id.unwrap_or_default()).to_text()
}

/// The statement that notes how far the directory knows the journal.
#[wasm_bindgen]
pub fn told_sql() -> String {
    store::TOLD.to_owned()
}

/// The directory's statement that takes a shipment in.
#[wasm_bindgen]
pub fn tell_usage_sql() -> String {
    super::directory::TELL_USAGE.to_owned()
}

/// The directory's statements that take a customer's subscriptions in, a line each.
#[wasm_bindgen]
pub fn tell_subscriptions_sql() -> String {
    let (forget, tell) = (
        super::directory::FORGET_SUBSCRIPTIONS,
        super::directory::TELL_SUBSCRIPTIONS,
    );
    format!("{forget}\n{tell}")
}

fn instant(millis: f64) -> Instant {
    // A clock in milliseconds is a whole number far below 2^53.
    Instant::from_micros((millis * 1_000.0) as i64)
}

fn thrown(error: &str) -> JsValue {
    js_sys::Error::new(error).into()
}
