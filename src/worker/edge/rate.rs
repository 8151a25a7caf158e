//! How often somebody may call: buckets that fill with time, and are emptied by calls.
//!
//! ```text
//! who is counted      by           here, in this isolate           at the platform, in one place of the network
//! a failed key        its address  100, 100 a minute               100 a minute, asked where the directory was
//! a valid key         the key      10,000, 1,000 a second          6,000 a minute, asked by what waits anyhow
//! a code that fails   a customer   10, 10 a minute                 10 a minute, asked where the directory was
//!                     an address   100, 100 a minute
//!                     a key        1,000, 1,000 a minute
//! ```
//!
//! Two counters for each, because the platform's has to be waited for: the calls of every request wait
//! for nothing, so those are counted here and nowhere else. What the platform refuses empties the bucket
//! here as well, and from then on nothing is waited for to refuse again.
//!
//! A local server counts nobody by its own key, which everybody knows and no deployment takes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv6Addr;

/// So many calls at once, which come back within so many milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    pub calls: i64,
    pub millis: i64,
}

/// Calls by one key, in one isolate: as fast as one wallet answers, so a single customer needs no more.
pub const CALLS: Rate = Rate {
    calls: 10_000,
    millis: 10_000,
};

/// For how long nobody is asked again whom the platform has refused, in milliseconds: one period of its
/// counters, in `wrangler.toml`.
pub const PERIOD_MILLIS: i64 = 60_000;

/// Most addresses that are remembered: 10,000 × 100 bytes are 1 MB.
const ADDRESSES: usize = 10_000;

/// What the platform counts by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// Calls that fail authentication.
    Address,
    /// All that wait, by a valid key.
    Key,
    /// Codes that a customer could not redeem.
    Code,
}

impl Limit {
    /// Its binding in `wrangler.toml`.
    #[must_use]
    pub const fn binding(self) -> &'static str {
        match self {
            Self::Address => "ADDRESS_LIMIT",
            Self::Key => "KEY_LIMIT",
            Self::Code => "CODE_LIMIT",
        }
    }
}

/// What is left of a rate. Whole numbers only: a millisecond fills `calls`, a call takes `millis`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bucket {
    level: i64,
    at: i64,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub const fn full(rate: Rate, now: i64) -> Self {
        Self {
            level: rate.calls.saturating_mul(rate.millis),
            at: now,
        }
    }

    /// As it is now. A clock that goes back fills nothing.
    fn filled(self, rate: Rate, now: i64) -> Self {
        let passed = now.saturating_sub(self.at).max(0);
        let most = rate.calls.saturating_mul(rate.millis);
        let level = self.level.saturating_add(passed.saturating_mul(rate.calls));
        Self {
            level: level.min(most),
            at: self.at.max(now),
        }
    }

    /// How long a call has to wait, in whole seconds from 1 up; none where it need not.
    #[must_use]
    pub fn wait(self, rate: Rate, now: i64) -> Option<u16> {
        let missing = rate.millis.saturating_sub(self.filled(rate, now).level);
        if missing <= 0 {
            return None;
        }
        let per_second = rate.calls.saturating_mul(1_000).max(1);
        let seconds = missing.saturating_add(per_second - 1) / per_second;
        Some(u16::try_from(seconds).unwrap_or(u16::MAX).max(1))
    }

    /// Takes one call out of it, or says how long to wait.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn take(&mut self, rate: Rate, now: i64) -> Result<(), u16> {
        if let Some(seconds) = self.wait(rate, now) {
            return Err(seconds);
        }
        *self = self.filled(rate, now);
        self.level -= rate.millis;
        Ok(())
    }

    /// Empty for so long that the next call is one after `millis`.
    pub fn empty(&mut self, rate: Rate, now: i64, millis: i64) {
        let below = millis.saturating_mul(rate.calls);
        *self = Self {
            level: rate.millis.saturating_sub(below),
            at: now,
        };
    }

    /// Whether it is as good as one that was never used.
    fn is_full(self, rate: Rate, now: i64) -> bool {
        self.filled(rate, now) == Self::full(rate, now)
    }
}

/// Who has failed, as far as this isolate has seen: by address, or by another name. Each may fail so many
/// times, which come back within a minute.
#[derive(Default, Debug)]
pub struct Failing<const CALLS: i64> {
    addresses: RefCell<BTreeMap<String, Bucket>>,
}

impl<const CALLS: i64> Failing<CALLS> {
    const RATE: Rate = Rate {
        calls: CALLS,
        millis: 60_000,
    };

    /// How long this address has to wait before it is looked at again; none where it need not.
    #[must_use]
    pub fn wait(&self, address: &str, now: i64) -> Option<u16> {
        let addresses = self.addresses.borrow();
        addresses.get(&whole(address))?.wait(Self::RATE, now)
    }

    /// It has failed.
    ///
    /// # Errors
    /// How long it has to wait, where it has failed too often.
    pub fn failed(&self, address: &str, now: i64) -> Result<(), u16> {
        self.with(address, now, |bucket| bucket.take(Self::RATE, now))
    }

    /// The platform says that it has failed too often.
    pub fn refuse(&self, address: &str, now: i64) {
        self.with(address, now, |bucket| {
            bucket.empty(Self::RATE, now, PERIOD_MILLIS);
        });
    }

    fn with<T>(&self, address: &str, now: i64, change: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut addresses = self.addresses.borrow_mut();
        if addresses.len() >= ADDRESSES {
            addresses.retain(|_, bucket| !bucket.is_full(Self::RATE, now));
        }
        // Rather forget an attack than grow without an end: the platform still counts.
        if addresses.len() >= ADDRESSES {
            addresses.clear();
        }
        let bucket = addresses.entry(whole(address));
        change(bucket.or_insert_with(|| Bucket::full(Self::RATE, now)))
    }

    /// How many addresses are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.addresses.borrow().len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Who has tried codes that could not be redeemed. A guess hits one of 2^75, and a customer may miss ten
/// times a minute; a key speaks for many customers, an address for some.
#[derive(Default, Debug)]
pub struct Guesses {
    pub customers: Failing<10>,
    pub addresses: Failing<100>,
    pub keys: Failing<1_000>,
}

/// What one caller has for himself: all of an IPv4 address, the first half of an IPv6 one.
#[must_use]
pub fn whole(address: &str) -> String {
    match address.parse::<Ipv6Addr>() {
        Ok(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_) => address.chars().take(64).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        calls: 3,
        millis: 1_000,
    };

    #[test]
    fn calls_come_back_with_time_and_never_more_than_there_were() {
        let mut bucket = Bucket::full(RATE, 0);
        for _ in 0..3 {
            assert_eq!(bucket.take(RATE, 0), Ok(()));
        }
        assert_eq!(bucket.take(RATE, 0), Err(1));
        assert_eq!(bucket.take(RATE, 333), Err(1));
        assert_eq!(bucket.take(RATE, 334), Ok(()));
        // A clock that went back.
        assert_eq!(bucket.take(RATE, 0), Err(1));
        let mut taken = 0;
        while bucket.take(RATE, 1_000_000).is_ok() {
            taken += 1;
        }
        assert_eq!(taken, 3);
    }

    #[test]
    fn within_any_time_no_more_is_taken_than_the_rate_says() {
        let mut bucket = Bucket::full(CALLS, 0);
        let taken = (0..60_000).map(|now| {
            let at_this_moment = (0..5).filter(|_| bucket.take(CALLS, now).is_ok());
            i64::try_from(at_this_moment.count()).unwrap_or_default()
        });
        let taken: i64 = taken.sum();
        // 10,000 that were there, and 1,000 for each of nearly 60 seconds.
        assert_eq!(taken, 10_000 + 59_999);
    }

    #[test]
    fn an_emptied_bucket_says_when_it_is_worth_asking_again() {
        let rate = Failing::<100>::RATE;
        let mut bucket = Bucket::full(rate, 0);
        bucket.empty(rate, 0, PERIOD_MILLIS);
        assert_eq!(bucket.wait(rate, 0), Some(60));
        assert_eq!(bucket.wait(rate, 59_999), Some(1));
        assert_eq!(bucket.wait(rate, 60_000), None);
    }

    #[test]
    fn addresses_are_bounded_and_count_as_what_one_caller_has() {
        let failing = Failing::<100>::default();
        for number in 0..30_000 {
            let _ = failing.failed(&format!("10.{}.{}", number / 256, number % 256), 0);
        }
        assert!(failing.len() <= ADDRESSES, "{}", failing.len());
        for last in 0..100 {
            assert_eq!(
                failing.failed(&format!("2001:db8:0:1::{last:x}"), 0),
                Ok(())
            );
        }
        assert_eq!(failing.failed("2001:db8::1:ffff:0:0:1", 0), Err(1));
        assert_eq!(failing.failed("2001:db8:0:2::1", 0), Ok(()));
        assert!(whole(&"x".repeat(10_000)).len() == 64);
    }
}
