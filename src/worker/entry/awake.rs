//! A wallet's object, awake: what `object.ts` calls.
//!
//! A call is answered synchronously: nothing waits between reading the wallet and writing its row. What
//! waits is done beside it: the alarm, and telling the directory of what was recorded. Neither holds the
//! wallet while it waits.
//!
//! # The order of things
//!
//! ```text
//! call  ──▶ read, decide, write ──▶ reply          one turn: nobody else runs in between
//!                 │
//!                 ├──▶ set the alarm               the platform holds the reply until it is kept
//!                 ├──▶ 250 ms later: tell the directory, then note how far
//!                 └──▶ the alarm, at once: charge what recharge rules intend
//! ```
//!
//! The reply does not wait for the directory. Should the object die before it has told it, the
//! alarm wakes it within a minute, and what is untold is read from the journal: nothing depends on
//! memory.
//!
//! | what fails | what happens |
//! |---|---|
//! | the storage, in a call | 503; the memory is dropped and folded again at the next call |
//! | the core, in a call | 500 by `object.ts`; a new core makes a new `AwakeWallet` |
//! | the directory | logged; the alarm tells it again |
//! | the directory, when it is asked who may listen | logged; nobody is told anything for half a minute, and then everything |
//! | a processor, or the directory in its place | logged; looked up again by the alarm, after half a minute, then after pauses that grow to an hour |
//! | the object itself | its alarm wakes it |

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Date, Promise};
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};
use worker::{Delay, Env, web_sys};

use crate::engine::{Instant, Refusal};
use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::worker::edge::call::{Ask, Call};
use crate::worker::edge::context::Context;
use crate::worker::edge::key_cache::KeyCache;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::{Reply, Watch};
use crate::worker::edge::request::Request;
use crate::worker::keys::statements::still_good;
use crate::worker::recharge::charging;
use crate::worker::wallet_object::noted::storage_failed;
use crate::worker::wallet_object::object::WalletObject;
use crate::worker::wallet_object::recharging::Silence;
use crate::worker::wallet_object::sql_journal::SqlJournal;
use crate::worker::wallet_object::statements::shipped;
use crate::worker::wallet_object::store::{ObjectSql, ObjectState, ObjectStorage};
use crate::worker::wallets::audience::good_of;

use super::cloudflare::OPEN_OUTCOME;
use super::d1;
use super::edge::config_of;
use super::own_world::OwnWorld;
use super::watchers::{WATCH, Watchers, millis as end_of};

/// The directory may follow the journals by so much; waiting a little ships the events of many calls
/// at once.
///
/// At a thousand calls a second one shipment carries 250 of them instead of one, and a reader who
/// needs it exact asks for the shipment and waits.
const SHIP_AFTER: Duration = Duration::from_millis(250);

/// Those who watch a wallet are told so long after a reply: enough for it to have gone.
const TELL_AFTER: Duration = Duration::from_millis(1);

/// In milliseconds: what is recorded is told by then, should the object die before it has told it.
///
/// Longer than [`SHIP_AFTER`] by far, so that the alarm is set about once a minute and not at each
/// call: setting one is a write of its own.
const SHIP_WITHIN: f64 = 60_000.0;

/// In milliseconds: when the alarm sees to what a failure has left undone.
///
/// A directory that does not answer is asked twice a minute by each wallet that has something to
/// tell, whatever the traffic.
const RETRY_AFTER: f64 = 30_000.0;

/// In milliseconds: the platform's clock ends before the calendar does, so nobody waits longer than a
/// year at once. An alarm that finds nothing to do sets the next one.
const WAIT_MOST: f64 = 365.0 * 24.0 * 3_600_000.0;

/// A wallet with its rows.
type Awake = WalletObject<SqlJournal<ObjectSql>>;

/// One wallet, awake. JavaScript drops it when the core has started afresh.
#[wasm_bindgen]
pub struct AwakeWallet(Rc<Inner>);

/// A state always has `alarm_at <= next_expiry` of the wallet, and `alarm_at <= now + SHIP_WITHIN` while
/// the directory lacks something: whatever is due has an alarm that is not later.
///
/// ```text
/// alarm_at <= min( next_expiry(wallet),
///                  told < seq of the last row to tell  ?  now + SHIP_WITHIN  :  ∞ )
/// after a failure:  wallet = None,  alarm_at <= now + RETRY_AFTER
/// told   <= seq of the journal                       the directory never knows what is not written
/// ```
struct Inner {
    storage: ObjectStorage,
    env: Env,
    /// The object's own id, by which a name is checked.
    id: String,
    /// Folded from the rows at the first call, and again after the storage has failed.
    wallet: RefCell<Option<Awake>>,
    /// The name that is known to be this object's.
    name: RefCell<String>,
    /// When the alarm that is set rings, in milliseconds; infinity where none is.
    /// It never moves later but by ringing, so it may ring for nothing and never too late.
    alarm_at: Cell<f64>,
    /// A shipment is about to begin: whatever is recorded until then goes with it.
    ships_soon: Cell<bool>,
    /// What recharge rules intend is being charged: nobody else begins with it.
    charging: Cell<bool>,
    /// Nothing is charged for a time, because somebody did not answer.
    silence: Cell<Option<Silence>>,
    /// The shipment that is under way: who asks meanwhile waits for the same outcome.
    shipping: RefCell<Option<Promise>>,
    watchers: Watchers,
}

fn now() -> f64 {
    Date::now()
}

fn instant(millis: f64) -> Instant {
    // A clock in milliseconds is a whole number far below 2^53.
    Instant::from_micros((millis * 1_000.0) as i64)
}

/// A line of the log for what the storage or the directory did not do: with the cause, which the caller is
/// not told, and the id that the caller was given.
fn noted(what: &str, request_id: Option<&str>, cause: &str) {
    worker::console_error!("{}", storage_failed(what, request_id, cause));
}

/// What was thrown, in its own words.
fn cause(error: &JsValue) -> String {
    let error = error.dyn_ref::<js_sys::Error>();
    error.map_or_else(
        || "something without a message was thrown".to_owned(),
        |error| String::from(error.message()),
    )
}

/// An `Error` of JavaScript with a message: a bare string would be logged without one.
fn thrown(error: &str) -> JsValue {
    js_sys::Error::new(error).into()
}

#[wasm_bindgen]
impl AwakeWallet {
    /// `alarm_at` is the alarm that is set, in milliseconds, or zero for none. Absent, it is not known: then
    /// the core has started afresh, and what may have been left undone is seen to soon.
    #[wasm_bindgen(constructor)]
    pub fn new(state: &ObjectState, env: Env, alarm_at: Option<f64>) -> Self {
        // One that is long due may have been lost. It must not keep others from being set.
        let set = alarm_at.filter(|at| *at > now());
        let inner = Inner {
            storage: state.storage(),
            env,
            id: String::from(state.id().to_string()),
            wallet: RefCell::default(),
            name: RefCell::default(),
            alarm_at: Cell::new(set.unwrap_or(f64::INFINITY)),
            ships_soon: Cell::new(false),
            charging: Cell::new(false),
            silence: Cell::default(),
            shipping: RefCell::default(),
            watchers: Watchers::of(state),
        };
        let inner = Rc::new(inner);
        // Only a new core does not know: the one before may have stopped between a write and its
        // alarm.
        if alarm_at.is_none() {
            inner.arm_by(now() + RETRY_AFTER);
        }
        Self(inner)
    }

    /// Answers one call to the wallet of this name: a line of its own before the request's body; see
    /// [`Reply::to_text`].
    pub fn call(&self, name: &str, text: &str) -> String {
        // The first line is ours, the rest is the caller's: the body is not read here, so it
        // cannot lie.
        let (call, body) = text.split_once('\n').unwrap_or((text, ""));
        // For a moment after a deployment an old edge may call a new wallet, so it is told to try
        // again.
        let Ok(call) = serde_json::from_str::<Call>(call) else {
            let detail = "The edge and the wallet do not understand each other. Try again.";
            return Reply::failure(Failure::Unavailable, detail, "").to_text();
        };
        // Before anything is read: else one wallet could be asked in another one's name.
        if !self.0.is_named(name) {
            let problem = Problem::from(Refusal::WrongWallet);
            return Reply::problem(&problem, &call.request_id).to_text();
        }
        self.0.call(&call, body).to_text()
    }

    /// Opens a socket for who was let through by the edge, which says in a header who that is.
    ///
    /// # Errors
    /// What JavaScript threw, or that the wallet cannot be watched.
    pub fn watch(&self, request: &web_sys::Request) -> Result<web_sys::Response, JsValue> {
        let said = request.headers().get(WATCH)?.unwrap_or_default();
        let watch: Option<Watch> = serde_json::from_str(&said).ok();
        let watch = watch.filter(|watch| self.0.is_named(&watch.wallet));
        let watch = watch.ok_or_else(|| thrown("Another wallet was asked for a socket."))?;
        let snapshot = |wallet: &mut Awake| {
            let snapshot = wallet.snapshot(instant(now()))?;
            Ok(snapshot.map(|snapshot| (snapshot, wallet.seq())))
        };
        let snapshot = self.0.with_wallet(snapshot);
        let snapshot = snapshot.map_err(|error| thrown(&error))?;
        let stands = snapshot.ok_or_else(|| thrown("The wallet cannot say how it stands."))?;
        // By then it is closed, also where nothing happens that it could be told of.
        self.0.arm_by(end_of(&watch) as f64);
        self.0.watchers.open(&watch, (&stands.0, stands.1))
    }

    /// Tells the directory of all usage that this wallet has recorded.
    ///
    /// It rejects where the directory did not take it. Who waits then answers `unavailable`
    /// instead of a list that lacks something.
    pub fn ship(&self, name: &str) -> Promise {
        let inner = self.0.clone();
        if !inner.is_named(name) {
            return Promise::reject(&thrown("Another wallet was asked to ship."));
        }
        future_to_promise(async move {
            // Here nobody else sees to what is left, so the alarm must.
            let shipped = inner.ship().await;
            if shipped.is_err() {
                inner.sleep();
            }
            shipped.map(|()| JsValue::UNDEFINED)
        })
    }

    /// Does what nobody asked for: writes down what has expired, ships what the directory lacks. It
    /// catches everything and arms itself again, because an alarm that keeps throwing is dropped for
    /// good.
    pub fn alarm(&self) -> Promise {
        let inner = self.0.clone();
        // The one that rings is set no more: otherwise none after it would count as earlier.
        inner.alarm_at.set(f64::INFINITY);
        future_to_promise(async move {
            if let Err(error) = inner.ring().await {
                noted("alarm", None, &cause(&error));
                inner.sleep();
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Inner {
    /// Only this object has the id that derives from its name.
    ///
    /// The id is a hash of the name under a key of the platform, so it can be checked but not
    /// turned around: the name is said by a call, or by the journal.
    fn is_named(&self, name: &str) -> bool {
        // Deriving the id costs more than comparing a text, and one wallet has one name only.
        if *self.name.borrow() == name {
            return true;
        }
        let wallets = self.env.durable_object("WALLETS");
        let id = wallets.and_then(|wallets| Ok(wallets.id_from_name(name)?.to_string()));
        let named = id.is_ok_and(|id| id == self.id);
        if named {
            name.clone_into(&mut self.name.borrow_mut());
        }
        named
    }

    /// One call, and what it leaves to be done.
    fn call(self: &Rc<Self>, call: &Call, body: &str) -> Reply {
        #[cfg(feature = "faults")]
        if let Some(reply) = crate::worker::faults::laws(body, &self.storage) {
            self.wallet.replace(None);
            return reply;
        }
        if let Ask::EndWatch { token } = &call.ask {
            self.watchers.end(token);
        }
        #[cfg(feature = "faults")]
        crate::worker::faults::trip(body, "fault:panic-before-write");
        // No `await` in here: that is all that keeps calls from interleaving.
        let answered = self.with_wallet(|wallet| wallet.call(call, body, instant(now())));
        #[cfg(feature = "faults")]
        crate::worker::faults::trip(body, "fault:panic-after-write");
        match answered {
            // Also after a refusal, because time may have made something due meanwhile.
            Ok(reply) => {
                self.see_to_what_is_due();
                reply
            }
            // Whether the row was written is open, so the memory is dropped and the rows decide.
            Err(error) => {
                noted("call", Some(&call.request_id), &error);
                self.sleep();
                let detail = format!("The wallet's storage did not answer. {OPEN_OUTCOME}");
                Reply::failure(Failure::Unavailable, &detail, &call.request_id)
            }
        }
    }

    /// Works on the wallet, which is woken for it where it sleeps.
    ///
    /// # Errors
    /// What the storage said, when the wallet is folded or in `work`.
    fn with_wallet<T>(
        &self,
        work: impl FnOnce(&mut Awake) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut awake = self.wallet.borrow_mut();
        let wallet = match awake.take() {
            Some(wallet) => wallet,
            None => {
                let sql = ObjectSql::new(self.storage.clone());
                let (journal, wallet, saved) = SqlJournal::wake(sql)?;
                self.watchers.woken(wallet.seq);
                WalletObject::new(journal, wallet, saved)
            }
        };
        work(awake.insert(wallet))
    }

    /// Forgets what is in memory, because it may not be what is stored. The next call folds the wallet
    /// from its rows, and the alarm sees to what is due then.
    fn sleep(&self) {
        self.wallet.replace(None);
        self.arm_by(now() + RETRY_AFTER);
    }

    /// After a call: the alarm rings when the next thing ends by itself, and what was recorded is told.
    fn see_to_what_is_due(self: &Rc<Self>) {
        self.tell_soon();
        let due = self.with_wallet(|wallet| Ok((next_expiry(wallet), wallet.take_recorded())));
        // The reply is written already; what is due is seen to at the next call or by the alarm.
        let Ok((next, recorded)) = due else {
            return;
        };
        self.arm_by(next);
        self.arm_by(self.next_charge());
        if !recorded {
            return;
        }
        // Before the timer starts, because a timer dies with the object and an alarm does not.
        self.arm_by(now() + SHIP_WITHIN);
        // One timer at a time is enough: it reads the journal when it runs, not when it is set.
        if self.ships_soon.replace(true) {
            return;
        }
        let inner = self.clone();
        spawn_local(async move {
            Delay::from(SHIP_AFTER).await;
            // Before the shipment and not after: what is recorded while it runs needs another one.
            inner.ships_soon.set(false);
            // Nobody waits for it, so it is only logged; the alarm within a minute tries again.
            if let Err(error) = inner.ship().await {
                noted("shipment", None, &cause(&error));
            }
        });
    }

    /// Tells those who watch of what was written, after the reply: what a timer does is a turn of its own.
    fn tell_soon(self: &Rc<Self>) {
        // One at a time is enough: it looks again before it ends.
        if !self.has_news() || self.watchers.telling.replace(true) {
            return;
        }
        let inner = self.clone();
        spawn_local(async move {
            loop {
                Delay::from(TELL_AFTER).await;
                let began = match inner.tell().await {
                    Ok(began) => began,
                    Err(error) => {
                        noted("watchers", None, &cause(&error));
                        inner.watchers.rest(now() as i64);
                        inner.arm_by(now() + RETRY_AFTER);
                        break;
                    }
                };
                // The clock stands still while nothing is waited for, so what telling took is only seen after that.
                Delay::from(TELL_AFTER).await;
                let took = (now() as i64).saturating_sub(began);
                Delay::from(inner.watchers.pause(took)).await;
                if !inner.has_news() {
                    break;
                }
            }
            inner.watchers.telling.set(false);
        });
    }

    fn has_news(&self) -> bool {
        let seq = self.wallet.borrow().as_ref().map(WalletObject::seq);
        seq.is_some_and(|seq| self.watchers.want(seq, now() as i64))
    }

    /// Who may listen is looked up before anything is read, so that nothing comes between reading and telling; when
    /// that began, in milliseconds.
    ///
    /// # Errors
    /// What the directory or the storage said: nobody was told anything.
    async fn tell(&self) -> Result<i64, JsValue> {
        let at = loop {
            let asked_at = now() as i64;
            let asked = self.watchers.question(asked_at);
            if asked.is_empty() {
                // Told as of the moment at which all were known: a clock that goes on meanwhile would shut somebody out.
                break asked_at;
            }
            let statement = still_good(&asked, asked_at.saturating_mul(1_000));
            let answer = d1::run(&self.env, vec![statement]).await?;
            let good = good_of(&answer).map_err(|problem| thrown(&problem.detail))?;
            self.watchers.answered(asked, &good, asked_at);
        };
        let news = self.with_wallet(|wallet| {
            let seq = wallet.seq();
            Ok((wallet.news(self.watchers.told(seq))?, seq))
        });
        let (message, seq) = news.map_err(|error| thrown(&error))?;
        if let Some(message) = message {
            self.watchers.tell(&message, seq, at);
        }
        Ok(at)
    }

    /// Only ever earlier: the alarm that is set covers everything that is due later.
    fn arm_by(&self, at: f64) {
        if at >= self.alarm_at.get() {
            return;
        }
        // Noted before it is set: a second call in this turn must not set it again.
        self.alarm_at.set(at);
        // A write that fails breaks the object, and whoever wakes it next sets the alarm anew.
        let set = JsFuture::from(self.storage.set_alarm(at));
        spawn_local(async move {
            if let Err(error) = set.await {
                noted("setting the alarm", None, &cause(&error));
            }
        });
    }

    /// What the alarm does, in this order: what has ended is written down, the next alarm is set,
    /// the directory is told.
    ///
    /// # Errors
    /// What the storage or the directory said. [`AwakeWallet::alarm`] then arms it again.
    async fn ring(self: &Rc<Self>) -> Result<(), JsValue> {
        let settled = self.with_wallet(|wallet| {
            // Nothing is due in a wallet that was never opened, and it has no tables to look at.
            if wallet.name().is_empty() {
                return Ok(None);
            }
            // Written before it is told: the directory never hears of what no row says.
            wallet.settle(instant(now()))?;
            Ok(Some((wallet.name().to_owned(), next_expiry(wallet))))
        });
        let Some((name, next)) = settled.map_err(|error| thrown(&error))? else {
            return Ok(());
        };
        self.tell_soon();
        self.arm_by(self.watchers.part(now() as i64));
        // The first thing that wakes an object may be its alarm, and only a call says the name.
        self.name.replace(name);
        self.arm_by(next);
        self.charge().await;
        self.ship().await
    }

    /// When recharge rules have something to do, in milliseconds; infinity for never, and while it is being done.
    fn next_charge(&self) -> f64 {
        if self.charging.get() {
            return f64::INFINITY;
        }
        let next = self.with_wallet(|wallet| Ok(wallet.next_recharge(instant(now()))));
        // A storage that fails has been noted by who woke the wallet.
        let next = next.ok().flatten().map_or(f64::INFINITY, millis);
        next.max(self.asks_from())
    }

    /// Charges what recharge rules intend, one at a time. Who does not answer is asked again later; the next alarm is
    /// set either way.
    async fn charge(self: &Rc<Self>) {
        let due = self.with_wallet(|wallet| Ok(wallet.has_charges(instant(now()))));
        // Somebody who did not answer must not be asked at every call of a busy wallet.
        let may = !self.charging.get() && self.asks_from() <= now();
        if may && due == Ok(true) {
            self.charging.set(true);
            let charged = self.charge_all().await;
            self.charging.set(false);
            if let Err(problem) = charged {
                noted("recharge", None, &problem.detail);
                let silence = self.with_wallet(|wallet| Ok(wallet.silence(instant(now()))));
                self.silence.set(silence.ok());
            }
        }
        self.arm_by(self.next_charge());
    }

    /// From when on charges are asked about, in milliseconds.
    fn asks_from(&self) -> f64 {
        let Some(silence) = self.silence.get() else {
            return 0.0;
        };
        let from = self.with_wallet(|wallet| Ok(wallet.asks_from(&silence)));
        // A storage that fails has been noted by who woke the wallet.
        from.map_or(now() + RETRY_AFTER, millis)
    }

    /// # Errors
    /// As [`charging::charge`].
    async fn charge_all(self: &Rc<Self>) -> Result<(), Problem> {
        let name = self.name.borrow().clone();
        let parts: Vec<&str> = name.split('/').collect();
        let [account_id, mode, customer] = parts.as_slice() else {
            return Ok(());
        };
        let config = config_of(&self.env);
        let who = Principal::of(&config, (*account_id).to_owned(), (*mode).to_owned())?;
        let inner = self.clone();
        let world = OwnWorld {
            env: self.env.clone(),
            name: name.clone(),
            call: Rc::new(move |call, body| inner.call(call, body)),
            keys: KeyCache::default(),
        };
        let request = Request::of_ourselves(&config, "alarm", now() as i64);
        let context = Context {
            request: &request,
            world: &world,
        };
        charging::charge(&context, &who, customer).await
    }

    /// Ships once, however many ask for it at a time.
    ///
    /// # Errors
    /// What the one shipment threw, to all who wait for it.
    async fn ship(self: &Rc<Self>) -> Result<(), JsValue> {
        // Shared and not repeated: two at a time would tell the same rows and note them in any
        // order.
        let under_way = self.shipping.borrow().clone();
        let promise = under_way.unwrap_or_else(|| {
            let inner = self.clone();
            let promise = future_to_promise(async move {
                let shipped = inner.ship_all().await;
                // Also after a failure, since the next one who asks must get a new try.
                inner.shipping.replace(None);
                shipped.map(|()| JsValue::UNDEFINED)
            });
            self.shipping.replace(Some(promise.clone()));
            promise
        });
        JsFuture::from(promise).await.map(|_| ())
    }

    /// In the order of the journal, so that one number says how far the directory knows it. Should this
    /// end between the directory's write and the number's, the same rows are told again, and the
    /// directory has them already.
    ///
    /// # Errors
    /// What the storage or the directory threw; the shipments before it stay told.
    async fn ship_all(&self) -> Result<(), JsValue> {
        // Each part is folded into statements by itself, because a value in the directory is
        // bounded.
        loop {
            let shipment = self.with_wallet(|wallet| match wallet.name() {
                // A wallet that was never opened has nothing to tell, and no tables to look at.
                "" => Ok(None),
                _ => wallet.shipment(),
            });
            let Some((upto, rows, subscriptions)) = shipment.map_err(|error| thrown(&error))?
            else {
                return Ok(());
            };
            let statements = shipped(&self.name.borrow(), rows, subscriptions);
            // Rows that tell nothing, such as authorizations, are only counted as told.
            if !statements.is_empty() {
                d1::run(&self.env, statements).await?;
            }
            // After the directory has it, never before: a number too high would lose rows for
            // good.
            let told = self.with_wallet(|wallet| wallet.note_told(upto));
            told.map_err(|error| thrown(&error))?;
        }
    }
}

/// The next moment at which something ends by itself, in milliseconds; infinity for never.
fn next_expiry(wallet: &Awake) -> f64 {
    let next = wallet.next_expiry();
    next.map_or(f64::INFINITY, |next| millis(next).min(now() + WAIT_MOST))
}

/// Rounded up: an alarm a moment too early would find nothing to do.
fn millis(at: Instant) -> f64 {
    (at.micros() as f64 / 1_000.0).ceil()
}
