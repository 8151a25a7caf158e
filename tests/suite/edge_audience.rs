//! Who may listen to a wallet: whoever is told something had the right to within the minute before, whatever is revoked
//! and however slowly the directory answers; and nobody who has it is shut out.

use std::collections::BTreeSet;
use std::time::Duration;

use scrip::worker::edge::keyring::hash;
use scrip::worker::edge::world::World;
use scrip::worker::keys::statements::still_good;
use scrip::worker::wallets::audience::{ASKED_AT_ONCE, Audience, Listener, good_of, pause};
use serde_json::{Value, json};

use crate::edge_cases::{Stage, text};
use crate::workload::Dice;
use crate::world::{Memory, NOW, block_on, post, sent};

/// What the documents promise: nothing is told later than so many milliseconds after a right has ended.
const PROMISED: i64 = 60_000;

/// Whether the directory takes each of these for good now.
fn good(world: &Memory, secrets: &[&str]) -> Vec<bool> {
    let hashes: Vec<String> = secrets.iter().map(|secret| hash(secret)).collect();
    let asked = vec![still_good(&hashes, world.clock.get() * 1_000)];
    let answer = block_on(world.directory(asked)).expect("an answer");
    let found = good_of(&answer).expect("hashes");
    assert!(
        found.iter().all(|one| hashes.contains(one)),
        "nobody else's"
    );
    hashes.iter().map(|one| found.contains(one)).collect()
}

#[test]
fn the_directory_says_which_keys_and_tokens_are_still_good() {
    let stage = Stage::new();
    let world = &stage.world;
    let key = |name: &str| world.get(&post("/v1/keys", json!({"name": name})), 201);
    let tokens = format!("/v1/customers/{}/tokens", stage.customer);
    let token = || {
        world.get(
            &post(
                tokens.as_str(),
                json!({"scopes": ["read"], "ttl_seconds": 600}),
            ),
            201,
        )
    };
    let (kept, revoked, rotated) = (key("kept"), key("revoked"), key("rotated"));
    let (lasting, ended, refreshed) = (token(), token(), token());
    let keys = [&kept, &revoked, &rotated].map(|one| text(one, "key"));
    let words = [&lasting, &ended, &refreshed].map(|one| text(one, "token"));
    let all: Vec<&str> = keys.iter().chain(&words).map(String::as_str).collect();
    assert_eq!(good(world, &all), [true; 6]);
    let strange = ["sk_test_0", "ct_test_0", "", "' OR 1 --"];
    assert_eq!(good(world, &strange), [false; 4]);

    let path = format!("/v1/keys/{}", text(&revoked, "id"));
    world.get(&sent("DELETE", path, Value::Null), 204);
    let path = format!("/v1/keys/{}/rotate", text(&rotated, "id"));
    let next = world.get(&post(path, json!({"overlap_seconds": 300})), 201);
    let path = format!("{tokens}/{}", text(&ended, "id"));
    world.get(&sent("DELETE", path, Value::Null), 204);
    let path = format!("{tokens}/{}/refresh", text(&refreshed, "id"));
    let again = world.get(&post(path, Value::Null), 201);
    // The rotated key is good for its overlap; of a refreshed token the one before ends now.
    assert_eq!(good(world, &all), [true, false, true, true, false, false]);
    let others = [text(&next, "key"), text(&again, "token")];
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    assert_eq!(good(world, &others), [true, true]);
    for (after, expected) in [
        (299_999, [true, false, true, true, false, false]),
        (300_000, [true, false, false, true, false, false]),
        (599_999, [true, false, false, true, false, false]),
        (600_000, [true, false, false, false, false, false]),
    ] {
        world.clock.set(NOW + after);
        assert_eq!(good(world, &all), expected, "after {after} ms");
    }
}

#[test]
fn who_listens_is_kept_as_one_text() {
    for (key, until) in [("ab12", 1_790_000_000_000), ("", 0)] {
        let key = key.to_owned();
        let listener = Listener { key, until };
        assert_eq!(Listener::from_text(&listener.to_text()), Some(listener));
    }
    for strange in ["", "12", "x ab12", "1.5 ab12"] {
        assert_eq!(Listener::from_text(strange), None, "{strange}");
    }
}

/// Somebody with a socket, and when the right to it has ended.
struct Guest {
    listener: Listener,
    revoked: Option<i64>,
}

/// A wallet that is watched, and a directory that may take its time.
struct Hall {
    dice: Dice,
    now: i64,
    audience: Audience,
    guests: Vec<Guest>,
    /// How many have come; each has a key of his own.
    came: u64,
    /// How often the directory was asked, how often somebody was told or was shut out, and how often nobody had to be judged.
    seen: [u64; 4],
}

impl Hall {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice(seed),
            now: NOW,
            audience: Audience::default(),
            guests: Vec::new(),
            came: 0,
            seen: [0; 4],
        }
    }

    fn join(&mut self) {
        self.came += 1;
        let key = if self.dice.percent(5) {
            String::new()
        } else {
            format!("k{}", self.came)
        };
        let until = self.now + 60_000 + self.dice.below(3_540_000) as i64;
        let listener = Listener { key, until };
        self.guests.push(Guest {
            listener,
            revoked: None,
        });
        self.audience.joined();
    }

    fn revoke(&mut self) {
        let at = self.dice.pick(self.guests.len().max(1));
        // Some are told at once, as tokens are; others are not, as keys.
        if self.dice.percent(30) {
            self.audience.doubt();
        }
        if let Some(guest) = self
            .guests
            .get_mut(at)
            .filter(|one| !one.listener.key.is_empty())
        {
            guest.revoked = guest.revoked.or(Some(self.now));
        }
    }

    /// What happens while somebody waits.
    fn pass(&mut self, millis: u64) {
        for _ in 0..self.dice.below(3) {
            self.now += self.dice.below(millis / 2 + 1) as i64;
            match self.dice.below(4) {
                0 => self.join(),
                1 => self.revoke(),
                _ => {}
            }
        }
        self.now += self.dice.below(millis + 1) as i64;
    }

    fn tell(&mut self) {
        if !self.audience.may_ask(self.now) {
            return;
        }
        loop {
            let here = self.guests.iter().map(|one| one.listener.clone());
            let here: Vec<Listener> = here.collect();
            let asked_at = self.now;
            let asked = self.audience.question(asked_at, || here);
            if asked.is_empty() {
                break;
            }
            self.seen[0] += 1;
            let patience = if self.dice.percent(3) { 90_000 } else { 2_000 };
            self.pass(patience);
            // It answers by what it knows at some moment of the wait.
            let of_now = self.dice.percent(50);
            let good: BTreeSet<String> = self
                .guests
                .iter()
                .filter(|one| one.revoked.is_none_or(|at| !of_now && at > asked_at))
                .map(|one| one.listener.key.clone())
                .collect();
            self.pass(patience);
            if self.dice.percent(5) {
                self.audience.silent(self.now);
                return;
            }
            self.audience.answered(asked, &good, asked_at);
        }
        let now = self.now;
        let all = self.guests.iter().map(|one| one.listener.clone());
        let all: Vec<Listener> = all.collect();
        let is_clear = self.audience.all_hear(now);
        let heard = self.audience.judge(&all, now);
        assert!(
            !is_clear || heard.iter().all(|hears| *hears),
            "all were said to hear"
        );
        self.seen[3] += u64::from(is_clear);
        for (Guest { listener, revoked }, hears) in self.guests.iter().zip(&heard) {
            if *hears {
                assert!(now < listener.until, "told after the end of its time");
                let late = revoked.map_or(0, |at| now - at);
                assert!(late <= PROMISED, "told {late} ms after it was revoked");
                self.seen[1] += 1;
            } else {
                let has_ended = revoked.is_some() || now >= listener.until;
                assert!(has_ended, "{} had the right to hear it", listener.key);
                self.seen[2] += 1;
            }
        }
        let mut heard = heard.into_iter();
        self.guests.retain(|_| heard.next() == Some(true));
    }
}

#[test]
fn whoever_is_told_something_had_the_right_to_within_the_minute_before() {
    let mut seen = [0; 4];
    for seed in 0..300 {
        let mut hall = Hall::new(seed);
        for _ in 0..200 {
            hall.pass(8_000);
            hall.tell();
        }
        seen = std::array::from_fn(|at| seen[at] + hall.seen[at]);
    }
    assert!(seen.iter().all(|count| *count > 5_000), "{seen:?}");
}

#[test]
fn a_thousand_who_came_one_after_the_other_cost_two_questions_a_minute() {
    let mut audience = Audience::default();
    let mut here: Vec<Listener> = Vec::new();
    let (mut now, mut questions) = (NOW, 0);
    let tell = |audience: &mut Audience, here: &[Listener], now: i64| {
        let mut asked = 0;
        loop {
            let question = audience.question(now, || here.to_vec());
            if question.is_empty() {
                return asked;
            }
            asked += 1;
            let good = question.iter().cloned().collect();
            audience.answered(question, &good, now);
        }
    };
    for place in 0..1_000 {
        let key = format!("k{place}");
        let until = NOW + 3_600_000;
        here.push(Listener { key, until });
        audience.joined();
        now += 50;
        tell(&mut audience, &here, now);
    }
    for _ in 0..2_000 {
        now += 300;
        questions += tell(&mut audience, &here, now);
    }
    // In ten minutes; what came together goes on together.
    assert!((10..=20).contains(&questions), "{questions} questions");
    assert!(here.iter().all(|one| audience.hears(one, now)));
    // More than one question holds are several.
    let many = (0..=ASKED_AT_ONCE).map(|place| Listener {
        key: format!("m{place}"),
        until: now + 1,
    });
    let mut fresh = Audience::default();
    assert_eq!(tell(&mut fresh, &many.collect::<Vec<_>>(), now), 2);
}

#[test]
fn telling_takes_a_twentieth_of_the_time_at_most() {
    for (listeners, took, millis) in [
        (0, 0, 50),
        (1_000, 0, 300),
        (1_000, 15, 300),
        (1_000, 35, 665),
        // A clock that was set back says nothing.
        (1_000, -5, 300),
        (1_000, 100_000, 5_000),
        (1_000, i64::MAX, 5_000),
    ] {
        let pause = pause(listeners, took);
        assert_eq!(pause, Duration::from_millis(millis), "{listeners}, {took}");
        assert!(pause.as_millis() >= 19 * took.clamp(0, 263) as u128);
    }
}

#[test]
fn a_directory_that_is_silent_is_asked_twice_a_minute() {
    let mut audience = Audience::default();
    assert!(audience.may_ask(NOW));
    audience.silent(NOW);
    for (after, may) in [(0, false), (29_999, false), (30_000, true)] {
        assert_eq!(audience.may_ask(NOW + after), may, "{after}");
    }
}
