//! What whoever watches the wallet is told. Here it is decided what; who hears it, and when, is
//! `worker::entry::watchers`.

use crate::engine::{Instant, Wallet};
use crate::journal::chain::GENESIS;
use crate::journal::turns::seen;
use crate::journal::{Row, Storage};
use crate::wire::problem::Failure;
use crate::wire::wallet;
use crate::worker::edge::call::EntriesView;

use super::object::{Trouble, WalletObject, failed};

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// The last entry that is written.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.wallet.seq
    }

    /// How it stands; nothing where it is not open, or where too much is due to know.
    ///
    /// # Errors
    /// What the storage said.
    pub fn snapshot(&self, at: Instant) -> Result<Option<String>, String> {
        let at = at.max(self.wallet.at);
        let Some(now) = seen(&self.wallet, at).filter(|_| self.wallet.is_open()) else {
            return Ok(None);
        };
        let rows = self.storage.page(u64::MAX, wallet::SNAPSHOT_ROWS);
        let rows = rows.map_err(|failure| failure.to_string())?;
        Ok(Some(wallet::snapshot(&now, &self.wallet, &rows, at)))
    }

    /// What has happened after an entry; nothing where nothing has.
    ///
    /// # Errors
    /// What the storage said.
    pub fn news(&self, after: u64) -> Result<Option<String>, String> {
        let seq = self.wallet.seq;
        // Counted by numbers and without a look at the rows, since those have no gap.
        let many = usize::try_from(seq.saturating_sub(after)).unwrap_or(usize::MAX);
        match many {
            0 => return Ok(None),
            many if many > wallet::NEWS => return Ok(Some(wallet::refetch(after, seq))),
            _ => {}
        }
        let rows = self.storage.page(u64::MAX, many);
        let rows = rows.map_err(|failure| failure.to_string())?;
        // A page may end early where its rows are large.
        if rows.len() < many {
            return Ok(Some(wallet::refetch(after, seq)));
        }
        Ok(Some(wallet::news(&self.wallet.customer, after, &rows)))
    }

    /// `GET …/wallet/entries/{entry}/receipt`, of a page of two that begins with the entry.
    fn receipt(&self, rows: &[Row], before: u64, for_customer: bool) -> Result<String, Trouble> {
        let mut rows = rows.iter();
        let row = rows
            .next()
            .filter(|row| row.entry.seq.saturating_add(1) == before);
        let none = || Failure::NotFound.because("This wallet has no entry of that number.");
        let row = row.ok_or_else(none)?;
        // The first row follows the hash that stands before all of them.
        let previous = rows.next().map_or(GENESIS, |row| row.hash.as_str());
        Ok(wallet::receipt(&self.wallet, row, previous, for_customer))
    }

    /// `GET …/wallet/entries` and `GET …/wallet/live`; `now` is the wallet as of this moment.
    pub(super) fn entries(
        &self,
        (now, at): (&Wallet, Instant),
        (before, limit): (u64, usize),
        view: EntriesView,
    ) -> Result<String, Trouble> {
        let rows = self.storage.page(before, limit).map_err(failed)?;
        Ok(match view {
            EntriesView::Platform => wallet::entries(&rows, limit, &self.linked(&rows)?),
            EntriesView::Customer => wallet::activity(&self.wallet.customer, &rows, limit),
            EntriesView::Receipt => self.receipt(&rows, before, false)?,
            EntriesView::CustomerReceipt => self.receipt(&rows, before, true)?,
            EntriesView::Live => wallet::snapshot(now, &self.wallet, &rows, at),
        })
    }
}
