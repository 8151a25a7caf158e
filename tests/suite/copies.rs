//! A subscription that has ended keeps no prices: the wallet has each version of a product once, and what it
//! answers is the same to the byte.

use std::collections::BTreeMap;

use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::price::{Basis, Due, FixedPrice};
use scrip::engine::subscription::Change;
use scrip::engine::usage::Datum;
use scrip::engine::*;
use scrip::journal::chain::link;
use scrip::journal::memory::MemoryJournal;
use scrip::journal::{Storage, snapshot, transact};
use scrip::wire::subscription::{subscription, subscriptions};
use scrip::wire::usage::{approved, recorded, settled};
use scrip::worker::wallet_object::sql_journal::{Sql, SqlJournal, Step};

use crate::asked::{amount, change, credit, opened, usd, whole};
use crate::storage::Native;
use crate::weights::kept;

/// Versions of the only product.
const VERSIONS: u32 = 3;

/// What one more subscription that has ended may add to a snapshot, in bytes: its words, and places.
const WORDS: usize = 220;

/// The same in memory, where a list that grows may have twice the room that it needs.
const STATE: usize = 700;

/// Many prices with long names, so that whoever keeps one more copy is found out.
fn version(version: u32) -> PricedProduct {
    let price = |place: u32| {
        let field = format!("field_{place}");
        let mut price = Price::flat(
            format!("price_{version}_{place}"),
            "n".repeat(200),
            "chat".into(),
            usd(6),
            Basis::Unit {
                unit_price: whole(version + place),
            },
        );
        price.event_type = if place == 0 { "chat".into() } else { field };
        price
    };
    PricedProduct {
        id: format!("prod_{version}"),
        code: "plan".into(),
        version,
        prices: (0..20).map(price).collect(),
        fixed_prices: vec![FixedPrice {
            id: format!("fee_{version}"),
            name: "each month".into(),
            asset: usd(6),
            amount: whole(version),
            due: Due::Recurring(Interval {
                unit: Unit::Month,
                count: 1,
            }),
        }],
        ..PricedProduct::default()
    }
}

fn used(event_type: &str) -> UsageEvent {
    UsageEvent {
        id: None,
        event_type: event_type.into(),
        occurred_at: None,
        subject: None,
        description: None,
        costs: Vec::new(),
        data: BTreeMap::from([("tokens".to_owned(), Datum::Whole(1))]),
    }
}

#[derive(Default)]
struct Told {
    journal: MemoryJournal,
    wallet: Wallet,
}

impl Told {
    fn tell(&mut self, action: Action) -> Entry {
        let command = Command {
            op: format!("op:{}", self.journal.rows.len()),
            request: String::new(),
            action,
        };
        let at = Instant::from_micros(1_000_000);
        let done = transact(&mut self.journal, &mut self.wallet, at, &[command]);
        let mut answers = done.expect("it is accepted");
        answers.remove(0).entry
    }

    /// Somebody subscribes, uses it once in each way, and ends it.
    fn come_and_go(&mut self, product: u32) -> u64 {
        let id = self.tell(Action::subscribe(vec![version(product)])).seq;
        self.tell(Action::RecordUsage {
            event: used("chat"),
        });
        let hold = self.tell(Action::Authorize {
            ask: Ask::Usage(vec![used("chat")]),
            on_insufficient: OnInsufficient::Deny,
            seconds: 300,
            subject: None,
            on_unpriced: OnUnpriced::Deny,
        });
        self.tell(Action::CaptureHold {
            hold: hold.seq,
            settle: Settle::Usage(vec![used("chat")]),
            closes: true,
        });
        self.tell(change(id, Change::Deactivate));
        id
    }
}

/// A wallet in which so many have come and gone.
fn after(count: u32) -> Told {
    let mut told = Told::default();
    told.tell(opened());
    told.tell(Action::Credit(credit(usd(6), amount("1000000"))));
    for nth in 0..count {
        told.come_and_go(1 + nth % VERSIONS);
    }
    told
}

#[test]
fn one_more_that_has_ended_adds_its_words_and_no_prices() {
    let measure = |count: u32| {
        let text = snapshot::text(&after(count).wallet);
        let (read, state) = kept(|| snapshot::read(&text));
        assert!(read.is_some_and(|wallet| wallet.copies.iter().count() == VERSIONS as usize));
        (text.len(), state)
    };
    let product = serde_json::to_string(&version(1)).expect("JSON").len();
    assert!(product > 5_000, "{product} bytes of prices");
    let ((few_words, few_state), (words, state)) = (measure(100), measure(500));
    let (words, state) = ((words - few_words) / 400, (state - few_state) / 400);
    println!(
        "{words} bytes of a snapshot and {state} of memory for each, with {product} of prices"
    );
    assert!(words <= WORDS, "{words} bytes of a snapshot for each");
    assert!(state <= STATE, "{state} bytes of memory for each");
}

/// All that a row is answered with, as the wallet stands now.
fn replies(wallet: &Wallet, entries: &[Entry]) -> Vec<String> {
    let reply = |entry: &Entry| match &entry.fact {
        Fact::UsageRecorded { .. } => Some(recorded(wallet, std::iter::once(entry))),
        Fact::HoldAuthorized { .. } => Some(approved(wallet, entry)),
        Fact::HoldCaptured { .. } => Some(settled(wallet, entry)),
        _ => None,
    };
    entries.iter().filter_map(reply).collect()
}

#[test]
fn a_reply_is_the_same_whoever_has_ended_since() {
    let mut told = after(VERSIONS);
    let entries: Vec<Entry> = told
        .journal
        .rows
        .iter()
        .map(|row| row.entry.clone())
        .collect();
    let first = replies(&told.wallet, &entries);
    assert_eq!(first.len(), 9);
    for (place, reply) in first.iter().enumerate() {
        let version = 1 + place / 3;
        let named = format!("\"price_{version}_0\"");
        assert!(reply.contains(&named), "{reply}");
        assert!(
            reply.contains(&format!("\"product_version\":{version}")),
            "{reply}"
        );
    }
    let listed = subscriptions(&told.wallet, "");
    for nth in 0..500 {
        told.come_and_go(1 + nth % VERSIONS);
    }
    let woken = snapshot::read(&snapshot::text(&told.wallet)).expect("a wallet");
    assert_eq!(woken, told.wallet);
    for wallet in [&told.wallet, &woken] {
        assert_eq!(replies(wallet, &entries), first);
        let all = subscriptions(wallet, "");
        assert!(all.starts_with(listed.trim_end_matches(']')), "{all}");
        for (nth, one) in wallet.subscriptions.iter().enumerate() {
            let reply = subscription(wallet, one.id, "").expect("it is there");
            let version = 1 + nth as u32 % VERSIONS;
            let named = format!(r#"[{{"id":"prod_{version}","code":"plan","version":{version}"#);
            assert!(reply.contains(&named), "{reply}");
        }
    }
}

#[test]
fn whoever_comes_back_has_the_prices_of_then() {
    let mut told = after(VERSIONS * 2);
    let first = told.wallet.subscriptions[0].id;
    told.wallet = snapshot::read(&snapshot::text(&told.wallet)).expect("a wallet");
    told.tell(change(first, Change::Activate));
    let entry = told.tell(Action::RecordUsage {
        event: used("chat"),
    });
    let Fact::UsageRecorded { fees, .. } = &entry.fact else {
        panic!("{entry:?}");
    };
    let asked: Vec<_> = fees
        .iter()
        .map(|fee| (fee.price_id.as_str(), fee.amount))
        .collect();
    assert_eq!(asked, [("price_1_0", whole(1))]);
    // And the list has got no longer by it.
    assert_eq!(told.wallet.copies.iter().count(), VERSIONS as usize);
}

#[test]
fn who_moves_to_and_fro_keeps_each_version_once() {
    let mut told = after(0);
    let id = told.tell(Action::subscribe(vec![version(1)])).seq;
    for nth in 0..100 {
        let (old, new) = (1 + nth % 2, 1 + (nth + 1) % 2);
        told.tell(Action::ChangeProduct {
            subscription: id,
            product: version(new),
            replaces: format!("prod_{old}"),
            prorate: true,
        });
    }
    let one = &told.wallet.subscriptions[0];
    let replaced: Vec<_> = one.replaced.iter().map(|had| had.version).collect();
    assert_eq!(
        (replaced, told.wallet.copies.iter().count()),
        (vec![1, 2], 2)
    );
    let woken = snapshot::read(&snapshot::text(&told.wallet));
    assert_eq!(woken.as_ref(), Some(&told.wallet));
}

#[test]
fn a_snapshot_that_names_a_product_which_it_lacks_is_none() {
    let text = snapshot::text(&after(1).wallet);
    let broken = text.replace(r#""products":[0]"#, r#""products":[1]"#);
    assert_ne!(broken, text);
    assert_eq!(snapshot::read(&broken), None);
}

/// One of format 1 repeats the products of each subscription. Its seal may be right, and still it is none.
#[test]
fn a_snapshot_of_an_earlier_format_is_folded_from_the_rows_once() {
    let sql = Native::new();
    let (mut journal, mut wallet, _) = SqlJournal::wake(sql.clone()).expect("a database");
    let at = Instant::from_micros(1_000_000);
    let told = [
        opened(),
        Action::Credit(credit(usd(6), amount("9"))),
        Action::subscribe(vec![version(1)]),
    ];
    for (place, action) in told.into_iter().enumerate() {
        let (op, request) = (format!("op:{place}"), String::new());
        let command = Command {
            op,
            request,
            action,
        };
        assert!(transact(&mut journal, &mut wallet, at, &[command]).is_ok());
    }
    journal.save(&wallet).expect("a snapshot");
    let hash = sql.one("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1");
    let text = snapshot::text(&wallet);
    for (format, read) in [("2", 3), ("1", 0), ("3", 0)] {
        let body = format!("{format}{}", &text[1..]);
        let values = vec![link(&hash, &body).into(), body.into()];
        let sql_of = "UPDATE snapshot SET seal = ?1, body = ?2";
        let step = Step {
            sql: sql_of,
            values,
        };
        sql.atomically(&[step]).expect("a snapshot");
        let (mut journal, woken, saved) = SqlJournal::wake(sql.clone()).expect("a wallet");
        assert_eq!((saved, &woken), (read, &wallet), "format {format}");
        journal.save(&woken).expect("a snapshot");
        let (_, again, saved) = SqlJournal::wake(sql.clone()).expect("a wallet");
        assert_eq!((saved, again), (3, woken));
    }
}
