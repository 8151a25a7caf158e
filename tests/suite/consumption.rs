//! The consumption order, each tie-breaker by name. `scenarios/consumption.txt` shows it at work; here
//! is also the priority, which no command sets yet.

use scrip::engine::allocation::Allocator;
use scrip::engine::entry::FORMAT;
use scrip::engine::grant::{DEFAULT_PRIORITY, Terms, consumption_order};
use scrip::engine::moves::take;
use scrip::engine::scope::Scope;
use scrip::engine::wallet::SPENT_GRANTS_SHOWN;
use scrip::engine::*;

const NOW: Instant = Instant::from_micros(1_000_000_000);

fn for_chat(terms: Terms) -> Terms {
    let scope = Scope {
        event_types: ["chat".to_owned()].into(),
        ..Scope::default()
    };
    Terms { scope, ..terms }
}

fn later(seconds: u32) -> Instant {
    NOW.plus_seconds(seconds)
}

fn terms(priority: u8, expires_at: Option<Instant>, purpose: Purpose, from: Instant) -> Terms {
    Terms {
        purpose,
        priority,
        effective_at: from,
        expires_at,
        scope: Scope::default(),
    }
}

/// Which grants pay an amount that is for no usage, and how much none of them covers.
fn plan(account: &WalletAccount, amount: Amount) -> (Vec<Draw>, Amount) {
    let mut allocator = Allocator::for_fact(account, later(1_000));
    allocator.allocate(&Consumption::plain("USD", amount, None));
    (allocator.allocation.draws, allocator.allocation.missing)
}

/// An account with these grants of 10, opened in this order.
fn account(grants: &[(&str, Terms)]) -> WalletAccount {
    let asset = Asset::new("USD", 12).expect("a valid asset");
    let mut account = WalletAccount::new(asset);
    for (place, (_, terms)) in grants.iter().enumerate() {
        let open = Move::Open {
            grant: place as u64,
            amount: Amount::parse("10").expect("an amount"),
            terms: terms.clone(),
        };
        account.apply(NOW, &open);
    }
    account
}

/// The names of the grants in the order in which they are consumed.
fn order<'a>(grants: &[(&'a str, Terms)]) -> Vec<&'a str> {
    let account = account(grants);
    let name = |grant: &Grant| grants[grant.id as usize].0;
    account.grants.iter().map(name).collect()
}

#[test]
fn each_tie_breaker_decides_when_all_before_it_are_equal() {
    let (soon, late) = (Some(later(2_000)), Some(later(3_000)));
    let usual = DEFAULT_PRIORITY;
    let cases = [
        (
            "a lower priority goes first, although everything else speaks against it",
            ("first", terms(49, None, Purpose::Paid, later(9))),
            ("second", terms(50, soon, Purpose::Promotion, NOW)),
        ),
        (
            "the soonest expiry goes first",
            ("first", terms(usual, soon, Purpose::Paid, later(9))),
            ("second", terms(usual, late, Purpose::Promotion, NOW)),
        ),
        (
            "no expiry waits behind every expiry",
            ("first", terms(usual, late, Purpose::Paid, later(9))),
            ("second", terms(usual, None, Purpose::Promotion, NOW)),
        ),
        (
            "credit for certain usage goes first",
            (
                "first",
                for_chat(terms(usual, soon, Purpose::Paid, later(9))),
            ),
            ("second", terms(usual, soon, Purpose::Promotion, NOW)),
        ),
        (
            "a promotion goes before a bundle",
            ("first", terms(usual, soon, Purpose::Promotion, later(9))),
            ("second", terms(usual, soon, Purpose::Bundled, NOW)),
        ),
        (
            "a bundle goes before what was paid",
            ("first", terms(usual, soon, Purpose::Bundled, later(9))),
            ("second", terms(usual, soon, Purpose::Paid, NOW)),
        ),
        (
            "the earliest start goes first",
            ("first", terms(usual, soon, Purpose::Paid, NOW)),
            ("second", terms(usual, soon, Purpose::Paid, later(9))),
        ),
    ];
    for (rule, first, second) in cases {
        let wanted = ["first", "second"];
        assert_eq!(order(&[first.clone(), second.clone()]), wanted, "{rule}");
        // Whichever was opened first.
        assert_eq!(order(&[second, first]), wanted, "{rule}");
    }
}

#[test]
fn the_oldest_entry_decides_in_the_end() {
    let same = terms(DEFAULT_PRIORITY, None, Purpose::Paid, NOW);
    let grants = [
        ("oldest", same.clone()),
        ("middle", same.clone()),
        ("newest", same),
    ];
    assert_eq!(order(&grants), ["oldest", "middle", "newest"]);
}

#[test]
fn the_order_is_total() {
    let same = terms(DEFAULT_PRIORITY, None, Purpose::Paid, NOW);
    let account = account(&[("one", same.clone()), ("two", same)]);
    let keys: Vec<_> = account.grants.iter().map(consumption_order).collect();
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_plan_skips_what_is_not_live_and_says_what_is_uncovered() {
    let usual = DEFAULT_PRIORITY;
    let account = account(&[
        ("live", terms(usual, None, Purpose::Paid, NOW)),
        (
            "over",
            terms(usual, Some(later(1_000)), Purpose::Promotion, NOW),
        ),
        (
            "to_come",
            terms(usual, None, Purpose::Promotion, later(1_001)),
        ),
    ]);
    let wanted = Amount::parse("12").expect("an amount");
    let (draws, uncovered) = plan(&account, wanted);
    assert_eq!(draws.len(), 1);
    assert_eq!(draws[0].grant, 0);
    assert_eq!(uncovered.to_string(), "2");
}

#[test]
fn nothing_is_taken_for_nothing() {
    let ten = Amount::parse("10").expect("an amount");
    for wanted in ["0", "-3"] {
        let wanted = Amount::parse(wanted).expect("an amount");
        let source = Draw {
            grant: 1,
            amount: ten,
        };
        assert_eq!(take([source].into_iter(), wanted), (Vec::new(), wanted));
    }
}

#[test]
fn a_wallet_shows_the_last_thousand_spent_grants() {
    let mut wallet = Wallet::default();
    let change = |moves, precision| AccountChange {
        account: AccountId::default_for("USD"),
        precision,
        moves,
        balance: Amount::ZERO,
        held: Amount::ZERO,
        restricted: Amount::ZERO,
    };
    let surplus = 5;
    for seq in 1..=(SPENT_GRANTS_SHOWN as u64 + surplus) {
        let amount = Amount::parse("1").expect("an amount");
        let terms = terms(DEFAULT_PRIORITY, None, Purpose::Paid, NOW);
        let open = Move::Open {
            grant: seq,
            amount,
            terms,
        };
        let draw = Move::Draw(Draw { grant: seq, amount });
        let entry = Entry {
            v: FORMAT,
            seq,
            at: NOW,
            op: seq.to_string(),
            request: String::new(),
            fact: Fact::HoldExpired { hold: 0 },
            changes: vec![change(vec![open, draw], (seq == 1).then_some(12))],
            counts: Vec::new(),
            reached: Vec::new(),
        };
        apply(&mut wallet, &entry);
    }
    let account = AccountId::default_for("USD");
    let shown = wallet.spent.get(&account).expect("spent grants");
    assert_eq!(shown.len(), SPENT_GRANTS_SHOWN);
    assert_eq!(shown[0].id, surplus + 1, "the oldest make room");
    assert!(
        wallet
            .accounts
            .get(&account)
            .is_some_and(|one| one.grants.is_empty())
    );
}
