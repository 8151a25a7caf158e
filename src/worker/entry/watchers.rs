//! Who watches a wallet, and how they are told.
//!
//! Sockets are the platform's: it keeps them while the object sleeps, and each has with it until when it may
//! listen. They are told after the reply of the call that changed something, by a timer, so that no caller waits
//! for them; and what happens within a moment is told at once, so that many of them cost a busy wallet little.
//!
//! ```text
//! call ──▶ reply
//!   └──▶ 1 ms later: one message to each ──▶ a pause of 50 ms and more, by how many there are ──▶ the next one
//! ```
//!
//! Nothing is remembered of what a socket has heard. A message names the entry that it follows: who was not told
//! of that one, because the core has stopped meanwhile, looks again.

use std::cell::Cell;
use std::time::Duration;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use worker::web_sys;

use crate::worker::edge::reply::Watch;
use crate::worker::wallet_object::store::ObjectState;

/// All sockets have it; the id of a token is another one of theirs.
const TAG: &str = "live";

/// By this header the edge says who watches. Nobody else reaches an object.
pub const WATCH: &str = "x-scrip-watch";

/// The subprotocol that is spoken. Beside it a browser names its token, which is never said back.
const PROTOCOL: &str = "scrip.v1";

/// Codes of our own by which a socket is closed: what it was opened with has ended.
const ENDED: u16 = 4_401;

#[wasm_bindgen]
extern "C" {
    type WebSocketPair;

    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<WebSocketPair, JsValue>;

    type Socket;

    /// The text is made once for all of them, so it is handed over as what JavaScript has.
    #[wasm_bindgen(method, catch)]
    fn send(this: &Socket, text: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Socket, code: u16, reason: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    fn attach(this: &Socket, value: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = deserializeAttachment)]
    fn attached(this: &Socket) -> Result<JsValue, JsValue>;

    /// What the platform keeps of sockets with an object.
    type Sockets;

    #[wasm_bindgen(method, catch, js_name = acceptWebSocket)]
    fn accept(this: &Sockets, socket: &JsValue, tags: &Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, js_name = getWebSockets)]
    fn of(this: &Sockets, tag: &str) -> Array;
}

/// The sockets of one wallet.
pub struct Watchers {
    sockets: Sockets,
    /// How many there were when they were last counted; none makes a call cost nothing.
    count: Cell<u32>,
    /// The last entry that was told; nothing before the wallet has woken.
    told: Cell<Option<u64>>,
    /// Somebody is telling them.
    pub telling: Cell<bool>,
}

impl Watchers {
    pub fn of(state: &ObjectState) -> Self {
        // Counted at the start, because sockets outlive the memory of who has opened them.
        let sockets: Sockets = state.clone().unchecked_into();
        let count = sockets.of(TAG).length();
        Self {
            sockets,
            count: Cell::new(count),
            told: Cell::default(),
            telling: Cell::default(),
        }
    }

    /// The wallet has been folded up to this entry: whatever is written from now on is to be told.
    pub fn woken(&self, seq: u64) {
        self.told.set(self.told.get().or(Some(seq)));
    }

    /// Whether anybody is to be told that the wallet is at this entry.
    pub fn want(&self, seq: u64) -> bool {
        self.count.get() > 0 && self.told.get() != Some(seq)
    }

    /// After which entry they are to be told.
    pub fn told(&self, seq: u64) -> u64 {
        self.told.get().unwrap_or(seq)
    }

    /// How long to wait before they are told again: a quarter of a millisecond for each, so that telling them takes
    /// a small part of the time, however many there are.
    pub fn pause(&self) -> Duration {
        Duration::from_micros(50_000 + 250 * u64::from(self.count.get()))
    }

    /// Lets somebody watch: the first message is how the wallet stands.
    ///
    /// # Errors
    /// What the platform threw.
    pub fn open(&self, watch: &Watch, snapshot: &str) -> Result<web_sys::Response, JsValue> {
        let pair = WebSocketPair::new()?;
        let client = Reflect::get(&pair, &"0".into())?;
        let socket = Reflect::get(&pair, &"1".into())?;
        let tags = Array::of2(&TAG.into(), &format!("token:{}", watch.token).into());
        self.sockets.accept(&socket, &tags)?;
        let socket: Socket = socket.unchecked_into();
        // Milliseconds, which a number of JavaScript has exactly.
        let until = watch.until.div_euclid(1_000) as f64;
        socket.attach(&until.into())?;
        socket.send(&snapshot.into())?;
        self.count.set(self.count.get().saturating_add(1));
        let init = Object::new();
        Reflect::set(&init, &"status".into(), &101.into())?;
        Reflect::set(&init, &"webSocket".into(), &client)?;
        if watch.protocol {
            let headers = Object::new();
            Reflect::set(&headers, &"sec-websocket-protocol".into(), &PROTOCOL.into())?;
            Reflect::set(&init, &"headers".into(), &headers)?;
        }
        let init: web_sys::ResponseInit = init.unchecked_into();
        web_sys::Response::new_with_opt_str_and_init(None, &init)
    }

    /// Tells all of them, up to this entry, and closes those whose time is over.
    pub fn tell(&self, message: &str, seq: u64, now: f64) {
        self.told.set(Some(seq));
        // Once for all of them: a text that crosses for each would cost more than sending it.
        let message = JsValue::from_str(message);
        let sockets = self.sockets.of(TAG);
        self.count.set(sockets.length());
        for socket in sockets.iter() {
            let socket: Socket = socket.unchecked_into();
            let until = socket.attached().ok().and_then(|until| until.as_f64());
            // Whoever has gone meanwhile hears nothing, and that is no failure of anybody's.
            let _ = if until.is_some_and(|until| now < until) {
                socket.send(&message)
            } else {
                socket.close(ENDED, "What this was opened with has ended.")
            };
        }
    }

    /// Closes the sockets of a token that was revoked.
    pub fn end(&self, token: &str) {
        for socket in self.sockets.of(&format!("token:{token}")).iter() {
            let _ = socket
                .unchecked_into::<Socket>()
                .close(ENDED, "The token was revoked.");
        }
    }
}
