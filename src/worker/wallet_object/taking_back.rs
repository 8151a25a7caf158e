//! What is taken back of a wallet: the rows that a void or a reversal names are read here, and the engine
//! decides by them.

use crate::engine::{AccountId, Entry, Fact, Grant, Instant, Move, Refusal};
use crate::journal::{Row, Storage};
use crate::wire::ids;
use crate::wire::money::{self, Reversed, TakenFrom};
use crate::wire::problem::Failure;
use crate::worker::edge::reply::Reply;

use super::object::{Trouble, WalletObject, failed};

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// The grant that a debit names, and its account.
    ///
    /// # Errors
    /// 404 where the wallet has none such.
    pub(super) fn named_grant(&self, named: &TakenFrom) -> Result<(AccountId, u64), Trouble> {
        let none = || Failure::NotFound.because("This wallet has no such grant or payment.");
        let seq = match named {
            TakenFrom::Grant(id) => {
                let parsed = ids::parse_of_wallet("grant", id);
                let own = parsed.filter(|(owner, _)| *owner == self.wallet.customer);
                own.ok_or_else(none)?.1
            }
            TakenFrom::Payment(id) => {
                let ops = [
                    "stripe:pi:",
                    "stripe:cs:",
                    "topup:",
                    "recharge:",
                    "tx:",
                    "psp:",
                ];
                let mut found = None;
                for op in ops {
                    if found.is_none() {
                        found = self.storage.find(&format!("{op}{id}")).map_err(failed)?;
                    }
                }
                found.ok_or_else(none)?.entry.seq
            }
        };
        Ok((self.account_of(seq)?, seq))
    }

    /// The grants that a row opened, as they were made.
    pub(super) fn opened(&self, seq: u64) -> Result<Vec<(AccountId, Grant)>, Trouble> {
        let entry = self.entry(seq).map_err(failed)?;
        Ok(entry.map_or_else(Vec::new, |entry| entry.opened().collect()))
    }

    /// The account of a grant. A row that gave in several assets opened one in each: then the account
    /// where something is left.
    fn account_of(&self, grant: u64) -> Result<AccountId, Trouble> {
        let opened = self.opened(grant)?;
        let has_some = |of: &AccountId| {
            let account = self.wallet.accounts.get(of);
            let mut grants = account.into_iter().flat_map(|account| &account.grants);
            grants.any(|one| one.id == grant && one.free.is_positive())
        };
        let accounts: Vec<_> = opened.into_iter().map(|(account, _)| account).collect();
        let live = accounts.iter().find(|of| has_some(of));
        let found = live.or_else(|| accounts.first()).cloned();
        found.ok_or_else(|| {
            let sentence = "This wallet has no such grant or payment.";
            Failure::NotFound.because(sentence).into()
        })
    }

    /// `POST …/wallet/grants/{grant}/void`: 200 with what was taken back.
    pub(super) fn void_grant(
        &mut self,
        grant: u64,
        body: &str,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let account = self.account_of(grant)?;
        let answer = self.transact_one(at, money::void(body, &account, grant)?)?;
        let body = money::voided(&self.wallet.customer, &answer.entry);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }

    /// `POST …/wallet/reversals`: 201 with what was given back.
    pub(super) fn reverse(&mut self, body: &str, at: Instant) -> Result<Reply, Trouble> {
        let (named, reason) = money::reversal(body, &self.wallet.customer)?;
        let none = || Failure::NotFound.because("This wallet has nothing under that name.");
        let entry = self.reversible(&named)?.ok_or_else(none)?;
        let lots = self.lots(&entry)?;
        let answer = self.transact_one(at, money::reverse(&entry, lots, reason))?;
        let body = money::reversed(&self.wallet.customer, &answer.entry);
        Ok(Reply::new(201, body).replayed(answer.replayed))
    }

    /// The grants that an entry drew on, as they were made.
    pub(super) fn lots(&self, entry: &Entry) -> Result<Vec<(AccountId, Grant)>, Trouble> {
        let mut lots = Vec::new();
        for change in &entry.changes {
            for one in &change.moves {
                if let Move::Draw(draw) | Move::Capture(draw) | Move::Repay(draw) = one {
                    lots.extend(self.opened(draw.grant)?);
                }
            }
        }
        Ok(lots)
    }

    /// The entry that is to be reversed, where it is one that charged.
    fn reversible(&self, named: &Reversed) -> Result<Option<Entry>, Trouble> {
        let by_op = |op: &str| self.storage.find(op).map_err(failed);
        let entry = match named {
            Reversed::Entry(seq) => self.entry(*seq).map_err(failed)?,
            Reversed::Event(id) => match ids::parse_captured_event(id) {
                Some((customer, seq, _)) if customer == self.wallet.customer => {
                    self.entry(seq).map_err(failed)?
                }
                _ => by_op(&format!("event:{id}"))?.map(|row| row.entry),
            },
            Reversed::Transaction(id) => by_op(&format!("tx:{id}"))?.map(|row| row.entry),
            Reversed::Hold(hold) => {
                let mut last = None;
                let mut visit = |row: Row| {
                    if matches!(row.entry.fact, Fact::HoldCaptured { .. }) {
                        last = Some(row.entry);
                    }
                };
                let told = self.storage.each_of_hold(*hold, &mut visit);
                told.map_err(failed)?;
                last
            }
        };
        let Some(entry) = entry else { return Ok(None) };
        if !money::is_reversible(&entry.fact) {
            return Err(Refusal::NothingToReverse.into());
        }
        self.check_not_corrected(&entry)?;
        Ok(Some(entry))
    }

    /// The `seq` of the entry that took an entry back.
    pub(super) fn reversed_by(&self, seq: u64) -> Result<Option<u64>, Trouble> {
        let row = self
            .storage
            .find(&money::reversal_op(seq))
            .map_err(failed)?;
        Ok(row.map(|row| row.entry.seq))
    }
}
