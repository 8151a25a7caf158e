//! Who watches a wallet, and how they are told.
//!
//! Sockets are the platform's: it keeps them while the object sleeps, and each has with it who opened it and until
//! when it may listen. They are told after the reply of the call that changed something, by a timer, so that no caller
//! waits for them; and what happens within a moment is told at once, so that many of them cost a busy wallet little.
//!
//! ```text
//! call ──▶ reply
//!   └──▶ 1 ms later: who may still listen? ──▶ one message to each ──▶ a pause of 50 ms and more, by how many there are
//! ```
//!
//! Who may listen is decided by `worker::wallets::audience`. `ping` is answered with `pong` by the platform, so that who
//! asks whether the socket is alive wakes nobody.
//!
//! Nothing is remembered of what a socket has heard. A message names the entry that it follows: who was not told
//! of that one, because the core has stopped meanwhile, looks again.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;
use worker::web_sys;

use crate::worker::edge::reply::Watch;
use crate::worker::wallet_object::store::ObjectState;
use crate::worker::wallets::audience::{Audience, Listener, pause};

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

    #[wasm_bindgen(js_name = WebSocketRequestResponsePair)]
    type AnswerPair;

    #[wasm_bindgen(constructor, catch, js_class = "WebSocketRequestResponsePair")]
    fn new(asked: &str, answer: &str) -> Result<AnswerPair, JsValue>;

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

    /// Also while the object sleeps, which is not woken for it.
    #[wasm_bindgen(method, catch, js_name = setWebSocketAutoResponse)]
    fn answer_by_itself(this: &Sockets, pair: &AnswerPair) -> Result<(), JsValue>;

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
    audience: RefCell<Audience>,
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
            audience: RefCell::default(),
        }
    }

    /// The wallet has been folded up to this entry: whatever is written from now on is to be told.
    pub fn woken(&self, seq: u64) {
        self.told.set(self.told.get().or(Some(seq)));
    }

    /// Whether anybody is to be told now that the wallet is at this entry.
    pub fn want(&self, seq: u64, now: i64) -> bool {
        let wanted = self.count.get() > 0 && self.told.get() != Some(seq);
        wanted && self.audience.borrow().may_ask(now)
    }

    /// After which entry they are to be told.
    pub fn told(&self, seq: u64) -> u64 {
        self.told.get().unwrap_or(seq)
    }

    /// How long to wait before they are told again, as [`pause`].
    pub fn pause(&self, took: i64) -> Duration {
        pause(self.count.get(), took)
    }

    /// Lets somebody watch: the first message is how the wallet stands, at an entry.
    ///
    /// # Errors
    /// What the platform threw.
    pub fn open(
        &self,
        watch: &Watch,
        (snapshot, seq): (&str, u64),
    ) -> Result<web_sys::Response, JsValue> {
        let pair = WebSocketPair::new()?;
        let client = Reflect::get(&pair, &"0".into())?;
        let socket = Reflect::get(&pair, &"1".into())?;
        let tags = Array::of2(&TAG.into(), &format!("token:{}", watch.token).into());
        self.sockets.accept(&socket, &tags)?;
        // Here and not once, because a wallet that nobody watches has nothing to answer.
        let pair = AnswerPair::new("ping", "pong")?;
        self.sockets.answer_by_itself(&pair)?;
        let socket: Socket = socket.unchecked_into();
        let listener = Listener {
            key: watch.key.clone(),
            until: millis(watch),
        };
        socket.attach(&listener.to_text().into())?;
        socket.send(&snapshot.into())?;
        // While nobody listened nothing was told, so the first one would hear again what the snapshot says.
        if self.count.get() == 0 {
            self.told.set(Some(seq));
        }
        self.count.set(self.count.get().saturating_add(1));
        self.audience.borrow_mut().joined();
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

    /// All of them, with who has opened each. One that cannot be read has no time left.
    fn all(&self) -> Vec<(Socket, Listener)> {
        let of = |socket: JsValue| {
            let socket: Socket = socket.unchecked_into();
            let kept = socket.attached().ok().and_then(|kept| kept.as_string());
            let listener = kept.and_then(|kept| Listener::from_text(&kept));
            let nobody = Listener {
                key: String::new(),
                until: 0,
            };
            (socket, listener.unwrap_or(nobody))
        };
        self.sockets.of(TAG).iter().map(of).collect()
    }

    /// The keys to be looked up before anybody is told anything, as [`Audience::question`].
    pub fn question(&self, now: i64) -> Vec<String> {
        let listeners = || self.all().into_iter().map(|(_, listener)| listener);
        let mut audience = self.audience.borrow_mut();
        audience.question(now, || listeners().collect())
    }

    /// As [`Audience::answered`].
    pub fn answered(&self, asked: Vec<String>, good: &BTreeSet<String>, asked_at: i64) {
        let mut audience = self.audience.borrow_mut();
        audience.answered(asked, good, asked_at);
    }

    /// Nobody is told anything for a while, because somebody did not answer.
    pub fn rest(&self, now: i64) {
        self.audience.borrow_mut().silent(now);
    }

    /// Tells those who may hear it, up to this entry, and closes the others.
    pub fn tell(&self, message: &str, seq: u64, now: i64) {
        self.told.set(Some(seq));
        // Once for all of them: a text that crosses for each would cost more than sending it.
        let message = JsValue::from_str(message);
        let mut audience = self.audience.borrow_mut();
        // Whoever has gone meanwhile hears nothing, and that is no failure of anybody's.
        if audience.all_hear(now) {
            let all = self.sockets.of(TAG);
            self.count.set(all.length());
            for socket in all.iter() {
                let _ = socket.unchecked_into::<Socket>().send(&message);
            }
            return;
        }
        let (sockets, listeners): (Vec<Socket>, Vec<Listener>) = self.all().into_iter().unzip();
        self.count
            .set(u32::try_from(sockets.len()).unwrap_or(u32::MAX));
        let heard = audience.judge(&listeners, now);
        for (socket, hears) in sockets.iter().zip(heard) {
            let _ = if hears {
                socket.send(&message)
            } else {
                socket.end()
            };
        }
    }

    /// Closes those whose time is over, also where nothing happens; when the next one's is, in milliseconds.
    pub fn part(&self, now: i64) -> f64 {
        let mut next = f64::INFINITY;
        if self.count.get() > 0 {
            for (socket, listener) in self.all() {
                if now < listener.until {
                    next = next.min(listener.until as f64);
                } else {
                    let _ = socket.end();
                }
            }
        }
        next
    }

    /// Closes the sockets of a token that was revoked. An isolate that still believes in it may open another one, so
    /// everybody is looked up again.
    pub fn end(&self, token: &str) {
        for socket in self.sockets.of(&format!("token:{token}")).iter() {
            let _ = socket.unchecked_into::<Socket>().end();
        }
        self.audience.borrow_mut().doubt();
    }
}

impl Socket {
    fn end(&self) -> Result<(), JsValue> {
        self.close(ENDED, "What this was opened with has ended.")
    }
}

/// Until when somebody may watch, in milliseconds.
pub const fn millis(watch: &Watch) -> i64 {
    watch.until.div_euclid(1_000)
}
