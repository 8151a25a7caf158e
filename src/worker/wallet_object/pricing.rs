//! Usage that posted without a price: the list of it, and pricing it later. The rows are read here, and the
//! engine decides by them.

use std::collections::BTreeMap;

use crate::engine::{Entry, Instant, Refusal};
use crate::journal::{Row, Storage};
use crate::wire::money::{given_back, is_reversible};
use crate::wire::problem::Failure;
use crate::wire::usage::{Since, pricing_op, unpriced};
use crate::wire::wallet::Linked;
use crate::wire::{ids, usage};
use crate::worker::edge::reply::Reply;

use super::object::{Trouble, WalletObject, failed};

/// Rows that are read at once to find what is unpriced.
const AT_ONCE: usize = 100;

/// Most rows that a page looks at. Where nearly all of them were priced since, it ends with fewer than its
/// limit and says where to go on.
const LOOKED_AT: usize = 1_000;

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// `POST …/wallet/pricings`: 201 with what was charged or given back.
    pub(super) fn price_usage(&mut self, body: &str, at: Instant) -> Result<Reply, Trouble> {
        let (id, known) = usage::pricing(body)?;
        let none = || Failure::NotFound.because("This wallet has no such event.");
        let (entry, place) = self.named_event(&id)?.ok_or_else(none)?;
        known.check(&entry, place)?;
        let is_priced = self.priced_by(entry.seq, place)?.is_some();
        if !is_priced && self.reversed_by(entry.seq)?.is_some() {
            // What was taken back is to cost nothing.
            return Err(Refusal::NothingToPrice.into());
        }
        let subject = self.hold_subject(&entry.fact).map_err(failed)?;
        let lots = self.lots(&entry)?;
        let command = usage::price(&entry, place, &known, subject, lots).ok_or_else(none)?;
        let answer = self.transact_one(at, command)?;
        let body = usage::priced(&self.wallet, &answer.entry);
        Ok(Reply::new(201, body).replayed(answer.replayed))
    }

    /// An event under its own id, or under the one that a capture gave it.
    fn named_event(&self, id: &str) -> Result<Option<(Entry, usize)>, Trouble> {
        let row = self.storage.find(&format!("event:{id}")).map_err(failed)?;
        if let Some(row) = row {
            return Ok(Some((row.entry, 0)));
        }
        let captured = ids::parse_captured_event(id);
        let own = captured.filter(|(customer, ..)| *customer == self.wallet.customer);
        let Some((_, seq, place)) = own else {
            return Ok(None);
        };
        let entry = self.entry(seq).map_err(failed)?;
        Ok(entry.map(|entry| (entry, place)))
    }

    /// The `seq` of the entry that priced an event.
    fn priced_by(&self, seq: u64, place: usize) -> Result<Option<u64>, Trouble> {
        let row = self.storage.find(&pricing_op(seq, place));
        Ok(row.map_err(failed)?.map(|row| row.entry.seq))
    }

    /// What has become of an event since it was recorded.
    pub(super) fn since(&self, seq: u64, place: usize) -> Result<Since, Trouble> {
        Ok(Since {
            reversed_by: self.reversed_by(seq)?,
            priced_by: self.priced_by(seq, place)?,
        })
    }

    /// What came back to the rows of a page.
    pub(super) fn linked(&self, rows: &[Row]) -> Result<BTreeMap<u64, Linked>, Trouble> {
        let mut all = BTreeMap::new();
        let reversible = rows.iter().filter(|row| is_reversible(&row.entry.fact));
        for row in reversible {
            let seq = row.entry.seq;
            let mut linked = Linked {
                reversed_by: self.reversed_by(seq)?,
                ..Linked::default()
            };
            let (unpriced, estimated) = unpriced(&row.entry.fact);
            for place in unpriced.into_iter().chain(estimated) {
                linked.priced_by.extend(self.priced_by(seq, place)?);
            }
            all.insert(seq, linked);
        }
        Ok(all)
    }

    /// `GET …/wallet/unpriced`: all events of an entry are on the page of the entry.
    pub(super) fn list_unpriced(&self, before: u64, limit: usize) -> Result<String, Trouble> {
        let (mut before, mut looked_at, mut entries) = (before, 0, 0);
        let mut items = Vec::new();
        loop {
            let rows = self.storage.unpriced(before, AT_ONCE).map_err(failed)?;
            if rows.is_empty() {
                return Ok(usage::unpriced_page(&items, limit, None));
            }
            for row in &rows {
                if entries >= limit || looked_at >= LOOKED_AT {
                    return Ok(usage::unpriced_page(&items, limit, Some(before)));
                }
                let own = self.unpriced_of(&row.entry)?;
                entries += usize::from(!own.is_empty());
                looked_at += 1;
                items.extend(own);
                before = row.entry.seq;
            }
        }
    }

    /// The events of an entry that wait for a price.
    fn unpriced_of(&self, entry: &Entry) -> Result<Vec<String>, Trouble> {
        let (unpriced, estimated) = unpriced(&entry.fact);
        let mut places: Vec<usize> = unpriced.into_iter().chain(estimated).collect();
        places.sort_unstable();
        let mut items = Vec::new();
        if places.is_empty() || self.reversed_by(entry.seq)?.is_some() {
            return Ok(items);
        }
        let subject = self.hold_subject(&entry.fact).map_err(failed)?;
        let customer = &self.wallet.customer;
        for place in places {
            if self.priced_by(entry.seq, place)?.is_none() {
                items.extend(usage::unpriced_item(
                    customer,
                    entry,
                    place,
                    subject.as_deref(),
                ));
            }
        }
        Ok(items)
    }

    /// An estimate of which a part went back already cannot be taken back whole.
    pub(super) fn check_not_corrected(&self, entry: &Entry) -> Result<(), Trouble> {
        for place in unpriced(&entry.fact).1 {
            let row = self.storage.find(&pricing_op(entry.seq, place));
            let corrected = row
                .map_err(failed)?
                .filter(|row| !given_back(&row.entry).is_empty());
            if let Some(row) = corrected {
                let by = usage::pricing_id(&self.wallet.customer, row.entry.seq);
                let detail =
                    format!("Its estimate was put right by {by}: adjust the wallet instead.");
                return Err(Failure::WrongState.because(detail).into());
            }
        }
        Ok(())
    }
}
