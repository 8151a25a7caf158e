//! Ids are prefixed. Those that belong to a wallet carry its customer, so a hold id routes by
//! itself, and the number at their end is the `seq` of the journal entry that made them.
//!
//! | id | form |
//! |---|---|
//! | a customer, a product, a top-up … | `cust_` and 26 characters of Crockford's base 32 |
//! | a hold, a grant, a subscription, a fee | `hold_<the customer's 26>_<seq, 12 digits>` |
//! | a captured event | `evt_<the customer's 26>_<seq, 12 digits>_<place>` |
//!
//! # Sides
//!
//! An id says its side, so that no id of the test side can ever be one of the live side, and one
//! that is sent with a key of the wrong side is told at once:
//!
//! | first of the 26 | side |
//! |---|---|
//! | `0` to `7` | test |
//! | `8` to `f` | live |
//!
//! 128 bits are 25 characters of five bits and three bits more, so the first of 26 has two bits to
//! spare. The bit costs nothing, ids of one side still sort by time, and rows of before, when ids did
//! not say their side, are read as they are.

use sha2::{Digest, Sha256};

use crate::engine::hold::HoldId;

/// Longest id that a request may name, in characters.
pub const MAX_ID: usize = 255;

/// Crockford's: without `i`, `l`, `o` and `u`, which are read for something else.
const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j',
    'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'v', 'w', 'x', 'y', 'z',
];

/// 128 bits in Crockford's base 32: 26 characters, in the order of the numbers.
#[must_use]
pub fn base32(value: u128) -> String {
    let digit = |place: u32| {
        let shifted = value >> (place * 5);
        ALPHABET
            // It is always within the alphabet, so the default never shows.
            .get((shifted % 32) as usize)
            .copied()
            .unwrap_or('0')
    };
    (0..26).rev().map(digit).collect()
}

/// The 26 characters of an id on a side: the number, and the bit that says `live`.
fn sided(mode: &str, value: u128) -> String {
    let text = base32(value);
    if mode != "live" {
        return text;
    }
    // The first character holds three bits of the number, so the fourth is free.
    let mut characters = text.chars();
    let first = characters.next().and_then(digit_of).unwrap_or(0);
    let marked = ALPHABET.get(first | LIVE).copied().unwrap_or('8');
    std::iter::once(marked).chain(characters).collect()
}

/// The bit of the first character that says `live`.
const LIVE: usize = 8;

fn digit_of(character: char) -> Option<usize> {
    ALPHABET.iter().position(|one| *one == character)
}

/// What stands before the 26 characters of the ids that say their side. Not `key_`, whose id is part
/// of a hash, and not `evt_`, because callers name events themselves.
const SIDED: [&str; 15] = [
    "acc", "bps", "code", "cust", "fee", "grant", "hold", "iep", "prc", "prp", "sep", "sub", "top",
    "vnd", "whd",
];

/// The side that an id says it is of, `live` or `test`; nothing for what is no id of ours.
#[must_use]
pub fn side_of(text: &str) -> Option<&'static str> {
    let (prefix, rest) = text.split_once('_')?;
    let key = rest.split('_').next()?;
    if !SIDED.contains(&prefix) || !is_key(key) {
        return None;
    }
    // No number has a fifth bit here, so whoever writes one has made it up.
    match key.chars().next().and_then(digit_of)? {
        0..LIVE => Some("test"),
        LIVE..16 => Some("live"),
        _ => None,
    }
}

/// The customer id that an external id stands for on this side of a platform account, without a
/// look-up: the first 128 bits of a digest.
#[must_use]
pub fn derived_customer_id(account: &str, mode: &str, external_id: &str) -> String {
    // A look-up would cost every call of a customer that is known by its external id a round trip.
    let number = hashed(&["customer", account, mode, external_id]);
    format!("cust_{}", sided(mode, number))
}

/// A new id of a side that sorts by time: 48 bits of milliseconds, then 80 bits of a digest over
/// `entropy`, which is the id of the request, and `place`, which tells several ids of one request
/// apart.
#[must_use]
pub fn fresh(prefix: &str, mode: &str, millis: i64, entropy: &str, place: usize) -> String {
    // The time comes first, so that ids sort as they were made. No clock here is before 1970, so no
    // sign is lost.
    let time = u128::from(millis.unsigned_abs()) << 80;
    let random = hashed(&["id", entropy, &place.to_string()]) >> 48;
    format!("{prefix}_{}", sided(mode, time | random))
}

/// The id that an `Idempotency-Key` stands for: sent again, it names the same thing.
#[must_use]
pub fn keyed(prefix: &str, account: &str, mode: &str, key: &str) -> String {
    // The side is part of it, because the same key on the test side makes another thing.
    let parts = ["idempotency", prefix, account, mode, key];
    format!("{prefix}_{}", sided(mode, hashed(&parts)))
}

/// 128 bits of SHA-256. Each part goes in with its length, so that `("ab", "c")` and `("a", "bc")`
/// differ.
fn hashed(parts: &[&str]) -> u128 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    let bytes = digest.finalize();
    let half = bytes.iter().take(16);
    half.fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

/// Whether a text has the form of a customer id.
#[must_use]
pub fn is_customer_id(text: &str) -> bool {
    text.strip_prefix("cust_").is_some_and(is_key)
}

/// Whether a text has the form of an id with this prefix, of a thing that is no part of a wallet.
#[must_use]
pub fn is_id(prefix: &str, text: &str) -> bool {
    let rest = text.strip_prefix(prefix);
    let rest = rest.and_then(|rest| rest.strip_prefix('_'));
    rest.is_some_and(is_key)
}

/// What stands behind a prefix: 26 characters of the alphabet.
fn is_key(text: &str) -> bool {
    text.len() == 26 && text.chars().all(|character| ALPHABET.contains(&character))
}

/// `hold_<customer>_<seq>`, and in the same way for grants and subscriptions.
#[must_use]
pub fn of_wallet(prefix: &str, customer: &str, seq: u64) -> String {
    let key = customer.strip_prefix("cust_").unwrap_or(customer);
    // Twelve digits, so that the ids of one wallet sort as text like their numbers.
    format!("{prefix}_{key}_{seq:012}")
}

/// The customer and the `seq` that a hold id carries.
#[must_use]
pub fn parse_hold(text: &str) -> Option<(String, HoldId)> {
    parse_of_wallet("hold", text)
}

/// The customer and the `seq` that an id with this prefix carries.
#[must_use]
pub fn parse_of_wallet(prefix: &str, text: &str) -> Option<(String, u64)> {
    let rest = text.strip_prefix(prefix)?.strip_prefix('_')?;
    let (key, seq) = rest.split_once('_')?;
    // One way of writing only: `+1` would otherwise be another id of the same hold.
    let plain = seq.len() == 12 && seq.bytes().all(|byte| byte.is_ascii_digit());
    if !is_key(key) || !plain {
        return None;
    }
    Some((format!("cust_{key}"), seq.parse().ok()?))
}

/// An event that a capture reported: `evt_<customer>_<seq of the capture>_<place in it>`.
#[must_use]
pub fn captured_event(customer: &str, seq: u64, place: usize) -> String {
    format!("{}_{place}", of_wallet("evt", customer, seq))
}

/// The customer, the `seq` and the place that such an id carries. Only the one way of writing it
/// counts: an id that is made again from what was read must be the same text.
#[must_use]
pub fn parse_captured_event(text: &str) -> Option<(String, u64, usize)> {
    let (key, rest) = text.strip_prefix("evt_")?.split_once('_')?;
    let (seq, place) = rest.split_once('_')?;
    if !is_key(key) {
        return None;
    }
    let (customer, seq, place) = (
        format!("cust_{key}"),
        seq.parse().ok()?,
        place.parse().ok()?,
    );
    (captured_event(&customer, seq, place) == text).then_some((customer, seq, place))
}

/// The name of a wallet's object: platform account, mode and customer. Built on the server only.
#[must_use]
pub fn wallet_name(account: &str, mode: &str, customer: &str) -> String {
    // None of the three can have a slash, since two are ours and a customer's id is checked. So no
    // two wallets share a name.
    format!("{account}/{mode}/{customer}")
}

/// The id of a key: the first 26 digits of its hash, as the directory's own column makes it.
#[must_use]
pub fn key_id(hash: &str) -> String {
    format!("key_{}", hash.get(..26).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_says_its_side_and_no_two_sides_share_one() {
        for (mode, other) in [("test", "live"), ("live", "test")] {
            for number in 0..500_u32 {
                let word = number.to_string();
                let of = |mode: &str| {
                    [
                        derived_customer_id("acc_1", mode, &word),
                        keyed("top", "acc_1", mode, &word),
                        fresh("prp", mode, i64::from(number) << 38, &word, 0),
                    ]
                };
                for (mine, theirs) in of(mode).iter().zip(of(other)) {
                    assert_eq!(side_of(mine), Some(mode), "{mine}");
                    assert_ne!(*mine, theirs);
                    let customer = mine.replace("top_", "cust_").replace("prp_", "cust_");
                    assert!(is_customer_id(&customer), "{customer}");
                    let hold = of_wallet("hold", &customer, 7);
                    assert_eq!(side_of(&hold), Some(mode), "{hold}");
                }
            }
        }
        // To the last bit of 128.
        assert_eq!(
            side_of(&format!("cust_{}", sided("live", u128::MAX))),
            Some("live")
        );
        assert_eq!(
            side_of(&format!("cust_{}", sided("test", u128::MAX))),
            Some("test")
        );
    }

    #[test]
    fn ids_of_one_side_sort_by_time() {
        for mode in ["test", "live"] {
            let of = |millis: i64| fresh("prp", mode, millis, "req_1", 0);
            let ids = [0, 1, 1_790_000_000_000, 1_790_000_000_001, 1 << 47].map(of);
            assert!(ids.is_sorted(), "{ids:?}");
        }
    }

    #[test]
    fn what_is_no_id_of_ours_has_no_side() {
        let key = "0".repeat(26);
        for text in [
            "",
            "cust",
            "cust_",
            "cust_0",
            &format!("key_{key}"),
            &format!("evt_{key}"),
            &format!("mine_{key}"),
            &format!("cust_g{}", &key[1..]),
            &format!("cust_{key}0"),
            &format!("cust_{}", key.replace('0', "u")),
        ] {
            assert_eq!(side_of(text), None, "{text}");
        }
    }
}
