//! Random streams of events: payments, refunds, disputes, in both forms, in any order and any number of times, while
//! Stripe does not always answer. Σ credits = Σ paid − Σ refunded ± disputes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::edge_thin::{balance, shows, thin};
use crate::shop::{Shop, event, intent};
use crate::stripe_double::Mishap;
use crate::workload::Dice;
use crate::world::{NOW, Sent};

/// What a payer and his bank have done, and every event that tells of it.
struct Stream<'a> {
    shop: &'a Shop,
    dice: Dice,
    events: Vec<Sent>,
    number: usize,
    /// The kinds and forms that were drawn, so that a stream without them is seen.
    drawn: BTreeMap<&'static str, usize>,
}

impl Stream<'_> {
    fn draw(&mut self, what: &'static str) {
        *self.drawn.entry(what).or_default() += 1;
    }

    /// A fact, told by its snapshot, by a thin event or by both, which may name each other.
    fn tell(&mut self, kind: &str, object: &Value) {
        self.number += 1;
        let (number, form) = (self.number, self.dice.below(4));
        let snapshot = event(kind, &format!("s{number}"), object);
        let twin = format!("s{number}");
        let twin = (form == 2).then_some(twin.as_str());
        let thin = thin(&format!("t{number}"), kind, object, twin);
        match form {
            0 => {
                self.draw("snapshot alone");
                self.events.push(snapshot);
            }
            1 => {
                self.draw("thin alone");
                self.events.push(thin);
            }
            _ => {
                self.draw("both");
                self.events.extend([snapshot, thin]);
            }
        }
    }

    /// A payment by Checkout or in the payer's absence; its id and its cents.
    fn pays(&mut self, number: i64) -> (String, i64) {
        let cents = 1_000 + number * 7;
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        if self.dice.below(2) == 0 {
            let ask = self.shop.ask(json!({"amount": amount}));
            let made = self.shop.world.get(&ask.once(&format!("k{number}")), 201);
            let place = made["redirect_url"].as_str().expect("a page");
            let session = place.rsplit('/').next().expect("a session").to_owned();
            let paid = self
                .shop
                .world
                .stripe
                .borrow_mut()
                .pay(&session, &json!({}));
            let behind = intent(&paid, "succeeded");
            shows(self.shop, &behind);
            self.tell("checkout.session.completed", &paid);
            self.tell("payment_intent.succeeded", &behind);
            let id = paid["payment_intent"]
                .as_str()
                .expect("a payment")
                .to_owned();
            self.draw("checkout");
            return (id, cents);
        }
        let id = format!("pi_away{number}");
        let paid = json!({"id": id, "object": "payment_intent", "livemode": false, "status": "succeeded",
            "amount": cents, "amount_received": cents, "currency": "usd",
            "metadata": {"scrip_customer_id": self.shop.customer}});
        shows(self.shop, &paid);
        self.tell("payment_intent.succeeded", &paid);
        self.draw("away");
        (id, cents)
    }

    /// Refunds of a payment, some of which fail later; how much of it stays refunded.
    fn refunds(&mut self, payment: &str) -> i64 {
        let mut gone = 0;
        for number in 0..self.dice.below(3) {
            let cents = i64::try_from(50 + self.dice.below(600)).expect("cents");
            let mut refund = json!({"id": format!("re_{payment}_{number}"), "object": "refund", "amount": cents,
                "currency": "usd", "status": "succeeded", "payment_intent": payment});
            self.tell("refund.created", &refund);
            if self.dice.below(3) == 0 {
                refund["status"] = "failed".into();
                self.tell("refund.updated", &refund);
                self.tell("refund.failed", &refund);
                self.draw("a refund that failed");
            } else {
                gone += cents;
                self.draw("a refund");
            }
            // As it is now: a thin event shows nothing else.
            shows(self.shop, &refund);
        }
        gone
    }

    /// A dispute of a payment: what the bank keeps of it.
    fn disputes(&mut self, payment: &str, cents: i64) -> i64 {
        if self.dice.below(3) > 0 {
            return 0;
        }
        let cents = cents - i64::try_from(self.dice.below(300)).expect("cents");
        let mut dispute = json!({"id": format!("dp_{payment}"), "object": "dispute", "amount": cents,
            "currency": "usd", "status": "needs_response", "livemode": false, "reason": "fraudulent",
            "payment_intent": payment});
        let is_inquiry = self.dice.below(4) == 0;
        if is_inquiry {
            dispute["status"] = "warning_needs_response".into();
        }
        self.tell("charge.dispute.created", &dispute);
        if is_inquiry {
            dispute["status"] = "warning_closed".into();
            self.tell("charge.dispute.closed", &dispute);
            shows(self.shop, &dispute);
            self.draw("an inquiry");
            return 0;
        }
        self.tell("charge.dispute.funds_withdrawn", &dispute);
        let is_won = self.dice.below(2) == 0;
        dispute["status"] = if is_won { "won" } else { "lost" }.into();
        self.tell("charge.dispute.closed", &dispute);
        if is_won {
            self.tell("charge.dispute.funds_reinstated", &dispute);
        }
        self.draw(if is_won { "won" } else { "lost" });
        shows(self.shop, &dispute);
        if is_won { 0 } else { cents }
    }

    /// Each once, in any order; then some of them again.
    fn shuffled(&mut self) -> Vec<Sent> {
        for at in (1..self.events.len()).rev() {
            self.events.swap(at, self.dice.pick(at + 1));
        }
        let again = (0..self.events.len() / 2).map(|_| self.dice.pick(self.events.len()));
        let again: Vec<Sent> = again.map(|at| self.events[at].clone()).collect();
        [self.events.clone(), again].concat()
    }
}

#[test]
fn credits_are_what_was_paid_less_what_went_back_whatever_tells_it() {
    let mut drawn = BTreeMap::new();
    let mut queued = 0;
    for seed in 0..80 {
        let shop = Shop::new();
        let mut stream = Stream {
            shop: &shop,
            dice: Dice(seed),
            events: Vec::new(),
            number: 0,
            drawn: BTreeMap::new(),
        };
        let mut truth = 0;
        for number in 1..=3 {
            let (payment, cents) = stream.pays(number);
            let gone = stream.refunds(&payment) + stream.disputes(&payment, cents);
            // Whatever is claimed, no more goes back than was paid.
            truth += cents - gone.min(cents);
        }
        let mut again = Vec::new();
        for sent in stream.shuffled() {
            if stream.dice.below(4) == 0 {
                let mishap = [Mishap::Lost, Mishap::Status(500), Mishap::Wait(429, 9)];
                let mishap = mishap[stream.dice.pick(3)];
                shop.world.stripe.borrow_mut().mishaps = vec![("/v1/", mishap); 3];
            }
            let reply = shop.world.one(&sent);
            shop.world.stripe.borrow_mut().mishaps.clear();
            assert!(matches!(reply.status, 200 | 503), "{}", reply.body);
            queued += usize::from(reply.body.contains("queued"));
            // A snapshot has no inbox: Stripe sends it again until it hears a 2xx.
            if reply.status == 503 {
                again.push(sent);
            }
        }
        for sent in &again {
            shop.hears(sent);
        }
        // What waits is found by the clock.
        for hours in [1, 8, 15] {
            shop.world.clock.set(NOW + hours * 3_600_000);
            shop.world.tick();
            shop.world.tick();
        }
        let waits = "SELECT event_id FROM stripe_inbox WHERE next_at IS NOT NULL";
        assert!(shop.world.rows(waits).is_empty(), "seed {seed}");
        let expected = format!("{}.{:02}", truth / 100, truth % 100);
        let expected = expected
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned();
        assert_eq!(balance(&shop), expected, "seed {seed}");
        let open = "SELECT event_id, reason FROM unmatched_payment WHERE status = 'open'";
        assert_eq!(shop.world.rows(open), [json!(null); 0], "seed {seed}");
        for (what, times) in stream.drawn {
            *drawn.entry(what).or_insert(0) += times;
        }
    }
    assert!(
        drawn.len() == 10 && drawn.values().all(|times| *times > 8),
        "{drawn:?}"
    );
    assert!(queued > 20, "{queued} waited");
}
