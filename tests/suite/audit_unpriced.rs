//! What posts without a price is listed until it is priced, which happens once; and an estimate never exceeds
//! what was held.
//!
//! ```text
//! listed               = unpriced and estimated events - those that a later entry priced or took back     at the end
//! estimated of a type  <= held for the type - captured of it before                          in each capture
//! charged - given back = fees of a pricing - what the same prices had charged before         where it was estimated
//! ```

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::{Entry, Fact, Fee, Instant, Wallet};
use scrip::journal::memory::MemoryJournal;
use scrip::wire::money::given_back;
use scrip::wire::usage::{charges, unpriced};
use scrip::worker::edge::call::{Ask, Call};
use scrip::worker::wallet_object::object::WalletObject;
use serde_json::Value;

use crate::audit::pico;

/// Amounts by hold, event type and asset.
type Sums = BTreeMap<(u64, String, String), i128>;

#[derive(Default)]
pub struct UnpricedAudit {
    /// Entry and place of each event that waits for a price.
    waiting: BTreeSet<(u64, usize)>,
    /// What estimated events were charged, by asset.
    estimates: BTreeMap<(u64, usize), BTreeMap<String, i128>>,
    held: Sums,
    captured: Sums,
}

impl UnpricedAudit {
    /// `wallet` has every price that the entry names.
    pub fn follow(&mut self, wallet: &Wallet, entry: &Entry) -> Result<(), String> {
        match &entry.fact {
            Fact::HoldAuthorized { hold, fees, .. } | Fact::HoldExtended { hold, fees, .. } => {
                add(&mut self.held, *hold, wallet, fees.iter());
            }
            Fact::HoldCaptured { hold, fees, .. } => self.check_estimates(wallet, *hold, fees)?,
            Fact::UsagePriced {
                entry: of,
                place,
                fees,
                ..
            } => self.check_pricing(entry, (*of, *place), fees)?,
            // What is taken back waits for nothing.
            Fact::Reversed { entry: of, .. } => self.waiting.retain(|(seq, _)| seq != of),
            _ => {}
        }
        let (unpriced, estimated) = unpriced(&entry.fact);
        for place in &estimated {
            let own = entry_fees(entry).iter().filter(|fee| fee.event == *place);
            self.estimates.insert((entry.seq, *place), by_asset(own));
        }
        let places = unpriced.into_iter().chain(estimated);
        self.waiting.extend(places.map(|place| (entry.seq, place)));
        Ok(())
    }

    fn check_estimates(&mut self, wallet: &Wallet, hold: u64, fees: &[Fee]) -> Result<(), String> {
        let mut estimated = Sums::new();
        let own = fees.iter().filter(|fee| fee.estimated);
        add(&mut estimated, hold, wallet, own);
        for (key, sum) in &estimated {
            let of = |sums: &Sums| sums.get(key).copied().unwrap_or_default();
            let left = (of(&self.held) - of(&self.captured)).max(0);
            if *sum > left {
                return Err(format!("{sum} is estimated of {left}: {key:?}"));
            }
        }
        add(&mut self.captured, hold, wallet, fees.iter());
        Ok(())
    }

    fn check_pricing(
        &mut self,
        entry: &Entry,
        of: (u64, usize),
        fees: &[Fee],
    ) -> Result<(), String> {
        if !self.waiting.remove(&of) {
            return Err(format!("{of:?} is priced, and did not wait for it"));
        }
        let Some(estimate) = self.estimates.get(&of) else {
            return Ok(());
        };
        let mut wanted = by_asset(fees.iter());
        for (asset, sum) in estimate {
            *wanted.entry(asset.clone()).or_default() -= sum;
        }
        let mut moved: BTreeMap<String, i128> = BTreeMap::new();
        for money in charges(entry) {
            *moved.entry(money.asset).or_default() += pico(money.amount);
        }
        for money in given_back(entry) {
            *moved.entry(money.asset).or_default() -= pico(money.amount);
        }
        wanted.retain(|_, sum| *sum != 0);
        moved.retain(|_, sum| *sum != 0);
        if wanted != moved {
            return Err(format!("a correction of {wanted:?} moved {moved:?}"));
        }
        Ok(())
    }

    /// Against the list, page by page.
    pub fn compare(&self, journal: &MemoryJournal, wallet: &Wallet) -> Result<(), String> {
        if !wallet.is_open() {
            return Ok(());
        }
        let mut object = WalletObject::new(journal.clone(), wallet.clone(), 0);
        let (mut listed, mut before) = (Vec::new(), u64::MAX);
        loop {
            let call = Call {
                wallet: wallet.name.clone(),
                customer: wallet.customer.clone(),
                external_id: None,
                key: None,
                request_id: "req_1".to_owned(),
                ask: Ask::ListUnpriced { before, limit: 3 },
            };
            let reply = object.call(&call, "", Instant::default())?;
            let page: Value =
                serde_json::from_str(&reply.body).map_err(|error| error.to_string())?;
            let items = page["items"].as_array().ok_or("a list has items")?;
            listed.extend(items.iter().filter_map(|one| one["entry"].as_u64()));
            match page["next"].as_str().and_then(|next| next.parse().ok()) {
                Some(next) => before = next,
                None => break,
            }
        }
        listed.reverse();
        let waiting: Vec<u64> = self.waiting.iter().map(|(seq, _)| *seq).collect();
        if listed != waiting {
            return Err(format!("{listed:?} are listed, and {waiting:?} wait"));
        }
        Ok(())
    }
}

fn entry_fees(entry: &Entry) -> &[Fee] {
    match &entry.fact {
        Fact::HoldCaptured { fees, .. } => fees,
        _ => &[],
    }
}

fn by_asset<'a>(fees: impl Iterator<Item = &'a Fee>) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for fee in fees {
        *sums.entry(fee.asset.clone()).or_default() += pico(fee.amount);
    }
    sums
}

fn add<'a>(sums: &mut Sums, hold: u64, wallet: &Wallet, fees: impl Iterator<Item = &'a Fee>) {
    for fee in fees {
        let Some((_, price)) = wallet.price(&fee.price_id) else {
            continue;
        };
        let key = (hold, price.event_type.clone(), fee.asset.clone());
        *sums.entry(key).or_default() += pico(fee.amount);
    }
}
