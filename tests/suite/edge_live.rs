//! Watching a wallet: what is told adds up to what the wallet says, who may listen is known before a socket is
//! opened, and nobody hears what usage cost the platform.

use scrip::engine::{Instant, Wallet};
use scrip::journal::memory::MemoryJournal;
use scrip::worker::edge::call::{Ask, Call};
use scrip::worker::edge::keyring::hash;
use scrip::worker::edge::reply::{Kind, Reply, Watch};
use scrip::worker::wallet_object::object::WalletObject;
use serde_json::{Value, json};

use crate::edge_cases::{Stage, text};
use crate::world::{Memory, NOW, Sent, get, post, sent};

const APP: &str = "https://app.example";

fn token(stage: &Stage, scopes: &[&str]) -> Value {
    let body = json!({"scopes": scopes, "allowed_origins": [APP], "ttl_seconds": 600});
    let path = format!("/v1/customers/{}/tokens", stage.customer);
    stage.world.get(&post(path, body), 201)
}

fn live(stage: &Stage) -> Sent {
    get(format!("/v1/customers/{}/wallet/live", stage.customer))
}

/// As a browser asks for a WebSocket, with these words for its protocols.
fn socket(stage: &Stage, protocols: &str) -> Sent {
    let mut call = live(stage);
    call.api_key = None;
    call.origin = Some(APP);
    call.socket = Some(protocols.to_owned());
    call
}

fn opened(reply: &Reply) -> Option<&Watch> {
    match &reply.kind {
        Kind::Live(watch) => Some(watch),
        _ => None,
    }
}

#[test]
fn a_socket_is_opened_for_who_may_read_the_wallet_and_for_nobody_else() {
    let stage = Stage::new();
    let made = token(&stage, &["read"]);
    let secret = text(&made, "token");
    let reply = stage
        .world
        .one(&socket(&stage, &format!("scrip.v1, {secret}")));
    let watch = opened(&reply).expect("a socket");
    let name = format!("acc_default/test/{}", stage.customer);
    assert_eq!((&watch.wallet, watch.protocol), (&name, true));
    assert_eq!(watch.token, text(&made, "id"));
    // By it is looked up whether the token is still good.
    assert_eq!(watch.key, hash(&secret));
    // Not a moment longer than the token.
    assert_eq!(watch.until, (NOW + 600_000) * 1_000);
    // A key brings no protocol, and its socket lasts for an hour.
    let mut by_key = live(&stage);
    by_key.socket = Some(String::new());
    let reply = stage.world.one(&by_key);
    let watch = opened(&reply).expect("a socket");
    assert_eq!((watch.token.as_str(), watch.protocol), ("", false));
    // The local key is in no table, so nobody can revoke it.
    assert_eq!(watch.key, "");
    assert_eq!(watch.until, (NOW + 3_600_000) * 1_000);
    let no_reader = text(&token(&stage, &["topup"]), "token");
    let other = json!({"name": "other", "external_id": "other"});
    let other = text(&stage.world.get(&post("/v1/customers", other), 201), "id");
    let path = format!("/v1/customers/{other}/tokens");
    let strange = stage
        .world
        .get(&post(path, json!({"scopes": ["read"]})), 201);
    let strange = text(&strange, "token");
    let from = |origin, mut call: Sent| {
        call.origin = Some(origin);
        call
    };
    for (call, status) in [
        (socket(&stage, "scrip.v1"), 401),
        (socket(&stage, "ct_test_00"), 401),
        (socket(&stage, &format!("scrip.v1, {no_reader}")), 403),
        (socket(&stage, &format!("scrip.v1, {strange}")), 403),
        (from("https://evil.example", socket(&stage, &secret)), 403),
        // A key is never taken from where browsers put what pages say.
        (socket(&stage, &stage.key), 401),
    ] {
        let reply = stage.world.one(&call);
        assert_eq!(reply.status, status, "{call:?}: {}", reply.body);
        assert!(opened(&reply).is_none());
    }
    // Nor is a token, where no socket is asked for.
    let mut plain = socket(&stage, &secret);
    plain.method = "GET";
    plain.socket = None;
    assert_eq!(stage.world.one(&plain).status, 401);
}

#[test]
fn a_socket_of_a_key_has_its_hash_with_it() {
    let stage = Stage::new();
    let made = stage
        .world
        .get(&post("/v1/keys", json!({"name": "watches"})), 201);
    let secret = text(&made, "key");
    let mut call = live(&stage).by(&secret);
    call.socket = Some(String::new());
    let reply = stage.world.one(&call);
    let watch = opened(&reply).expect("a socket");
    assert_eq!((&watch.key, watch.token.as_str()), (&hash(&secret), ""));
}

#[test]
fn a_wallet_that_there_is_not_has_no_socket() {
    let world = Memory::new();
    let nobody = "cust_00000000000000000000000000";
    let mut call = get(format!("/v1/customers/{nobody}/wallet/live"));
    call.socket = Some(String::new());
    assert_eq!(world.one(&call).status, 404);
}

#[test]
fn the_snapshot_is_the_wallet_without_what_it_cost() {
    let stage = Stage::new();
    let event = json!({"id": "hidden_1", "event_type": "chat", "occurred_at": "2026-09-21T00:00:00Z",
        "costs": [{"id": "c1", "vendor_external_id": "hidden_vendor", "amount": "0.0317"}]});
    let body = json!({"customer_id": stage.customer, "events": [event]});
    stage.world.get(&post("/v1/events", body), 204);
    let secret = text(&token(&stage, &["read"]), "token");
    let snapshot = stage.world.get(&live(&stage).by(&secret), 200);
    let wallet = format!("/v1/customers/{}/wallet", stage.customer);
    assert_eq!(
        snapshot["wallet"],
        stage.world.get(&get(wallet.as_str()), 200)
    );
    assert_eq!(snapshot["seq"], snapshot["wallet"]["seq"]);
    let holds = stage.world.get(&get(format!("{wallet}/holds")), 200);
    assert_eq!(snapshot["holds"]["items"], holds["items"]);
    assert_eq!(snapshot["entries"][0]["seq"], snapshot["seq"]);
    let told = snapshot.to_string();
    for word in ["0.0317", "hidden_vendor", "costs", "margin", "\"record\""] {
        assert!(!told.contains(word), "{word}");
    }
    // A key sees the same: who watches is never told more than the customer.
    assert_eq!(stage.world.get(&live(&stage), 200), snapshot);
}

#[test]
fn a_token_that_is_revoked_watches_no_more() {
    let stage = Stage::new();
    let made = token(&stage, &["read"]);
    stage.world.called.borrow_mut().clear();
    let path = format!(
        "/v1/customers/{}/tokens/{}",
        stage.customer,
        text(&made, "id")
    );
    stage.world.get(&sent("DELETE", path, Value::Null), 204);
    // The wallet has its sockets, so it is told.
    let name = format!("acc_default/test/{}", stage.customer);
    assert_eq!(*stage.world.called.borrow(), [(name, 204)]);
}

/// A wallet that is called directly, and what those who watch it would be told.
struct Watched {
    object: WalletObject<MemoryJournal>,
    at: i64,
}

impl Watched {
    fn new() -> Self {
        let journal = MemoryJournal::default();
        let mut watched = Self {
            object: WalletObject::new(journal, Wallet::default(), 0),
            at: 1,
        };
        watched.call(
            Ask::OpenWallet {
                subscriptions: Vec::new(),
                pay_at: String::new(),
                presets: Vec::new(),
            },
            "",
        );
        watched
    }

    fn call(&mut self, ask: Ask, body: &str) {
        self.at += 1_000;
        let call = Call {
            wallet: "acc/test/cust".into(),
            customer: "cust".into(),
            request_id: format!("req_{}", self.at),
            key: None,
            external_id: None,
            ask,
        };
        let reply = self.object.call(&call, body, Instant::from_micros(self.at));
        let reply: Result<Reply, String> = reply;
        assert!(reply.expect("memory").status < 300);
    }

    fn credit(&mut self, number: u64) {
        let body = json!({"transaction_id": format!("t{number}"), "asset": "USD", "amount": "1", "reason": "gift"});
        self.call(Ask::Adjust { precision: 2 }, &body.to_string());
    }

    fn snapshot(&self) -> Value {
        let snapshot = self.object.snapshot(Instant::from_micros(self.at));
        let snapshot = snapshot.expect("memory").expect("an open wallet");
        serde_json::from_str(&snapshot).expect("JSON")
    }

    fn news(&self, after: u64) -> Option<Value> {
        let news = self.object.news(after).expect("memory");
        news.map(|news| serde_json::from_str(&news).expect("JSON"))
    }
}

/// What a page does with what it is told; it says whether it has to look again.
fn hear(seq: &mut u64, balance: &mut Value, message: &Value) -> bool {
    let after = message["after"].as_u64().expect("a number");
    if message["type"] == "refetch" || after > *seq {
        return true;
    }
    for item in message["items"].as_array().expect("items") {
        let next = item["seq"].as_u64().expect("a number");
        if next > *seq {
            assert_eq!(next, *seq + 1, "no entry is missing");
            *seq = next;
            if let Some(changed) = item["balances"].as_array().and_then(|all| all.first()) {
                balance.clone_from(&changed["balance"]);
            }
        }
    }
    false
}

#[test]
fn what_is_told_adds_up_to_what_the_wallet_says_and_a_gap_is_seen() {
    let mut watched = Watched::new();
    let snapshot = watched.snapshot();
    let (mut seq, mut balance) = (snapshot["seq"].as_u64().expect("a number"), json!("0"));
    let (mut told, mut refetched) = (seq, 0);
    assert_eq!(watched.news(told), None);
    // So many entries between two messages; and which messages are lost on their way.
    for (many, is_lost) in [
        (1, false),
        (3, false),
        (2, true),
        (1, false),
        (100, false),
        (101, false),
        (1, false),
    ] {
        for _ in 0..many {
            let number = watched.object.seq();
            watched.credit(number);
        }
        let message = watched.news(told).expect("news");
        told = watched.object.seq();
        if !is_lost && hear(&mut seq, &mut balance, &message) {
            refetched += 1;
            let snapshot = watched.snapshot();
            seq = snapshot["seq"].as_u64().expect("a number");
            balance = snapshot["wallet"]["accounts"][0]["balance"].clone();
        }
        // The same again changes nothing.
        if !is_lost && message["type"] == "entries" {
            let before = (seq, balance.clone());
            assert!(!hear(&mut seq, &mut balance, &message));
            assert_eq!((seq, balance.clone()), before);
        }
    }
    let now = watched.snapshot();
    assert_eq!(now["seq"], seq);
    assert_eq!(now["wallet"]["accounts"][0]["balance"], balance);
    // The lost message, and the one that had too much in it.
    assert_eq!(refetched, 2);
}
