//! An entry in the making: the moves so far, and the touched accounts as they would be.
//!
//! A draft borrows the wallet and never changes it. Accounts are copied when they are first touched, and
//! moves are made on the copies, so each move sees those before it; a refusal drops the draft, and nothing
//! has happened.
//!
//! ```text
//! entry.changes[i].moves, carried out on wallet.accounts[i]  =  draft.accounts[i].account
//! ```

use super::account::WalletAccount;
use super::amount::{Amount, MAX_PLACES};
use super::asset::{AccountId, Asset};
use super::budget::{self, Count, Reached};
use super::command::Ask;
use super::consumption::Consumption;
use super::entry::{AccountChange, Entry, FORMAT, Fact};
use super::fold::next_hold;
use super::grant::{GrantId, Terms};
use super::grants::MAX_GRANTS;
use super::held_usage::HeldUsage;
use super::hold::{Hold, HoldId, HoldStatus};
use super::moves::{Draw, Move};
use super::price::fee::{Cap, Fee, Warning, totals};
use super::price::quote::{Circumstances, Quote, quote};
use super::refusal::Refusal;
use super::time::Instant;
use super::usage::UsageEvent;
use super::wallet::Wallet;

/// An entry in the making: the moves so far, and the touched accounts as they would be.
pub(super) struct Draft<'a> {
    pub(super) wallet: &'a Wallet,
    pub(super) at: Instant,
    /// The hold that the command names, where it has ended.
    pub(super) ended: Option<&'a Hold>,
    /// What the hold was made for that the command captures, where that is asked.
    pub(super) held: Option<&'a HeldUsage>,
    pub(super) accounts: Vec<Touched>,
    /// What budgets count.
    pub(super) counts: Vec<Count>,
}

/// What a grant has covered.
#[derive(Clone, Copy, Default)]
pub(super) struct Applied {
    pub(super) repaid: Amount,
    pub(super) backed: Amount,
}

/// An account that the entry changes, as it would be.
pub(super) struct Touched {
    pub(super) id: AccountId,
    is_new: bool,
    pub(super) account: WalletAccount,
    pub(super) moves: Vec<Move>,
}

impl<'a> Draft<'a> {
    /// Nothing has happened yet.
    pub(super) const fn new(wallet: &'a Wallet, at: Instant, ended: Option<&'a Hold>) -> Self {
        Self {
            wallet,
            at,
            ended,
            held: None,
            accounts: Vec::new(),
            counts: Vec::new(),
        }
    }

    /// The entry of all moves so far. From here on the command must succeed, unless a balance
    /// left the bounds.
    pub(super) fn entry(self, op: &str, request: &str, fact: Fact) -> Result<Entry, Refusal> {
        let (seq, at) = (self.next_seq(), self.at);
        let changes = self.accounts.into_iter().map(|touched| {
            // The balance is what every reader compares, so it is computed from the grants here and
            // never carried along.
            let balance = touched.account.balance(at)?;
            // Once, in the entry that makes the account: an asset's precision never changes
            // afterwards.
            let precision = touched.is_new.then_some(touched.account.asset.precision);
            Ok(AccountChange {
                account: touched.id,
                precision,
                moves: touched.moves,
                balance: balance.balance,
                held: balance.held,
                restricted: balance.restricted,
            })
        });
        let mut entry = Entry {
            v: FORMAT,
            seq,
            at,
            op: op.to_owned(),
            request: request.to_owned(),
            fact,
            changes: changes.collect::<Result<_, Refusal>>()?,
            counts: self.counts,
            reached: Vec::new(),
        };
        // Nearly every wallet has no budgets, and nearly every other entry counts nothing.
        if !entry.counts.is_empty() {
            entry.reached = reached(self.wallet, &entry);
        }
        Ok(entry)
    }

    /// The `seq` of this entry, which is also the id of whatever it makes.
    pub(super) const fn next_seq(&self) -> u64 {
        self.wallet.seq.saturating_add(1)
    }

    /// The account as it would be now, when the wallet has it.
    pub(super) fn account(&mut self, id: &AccountId) -> Option<&mut Touched> {
        let known = self.accounts.iter().position(|touched| &touched.id == id);
        if known.is_none() {
            let account = self.wallet.accounts.get(id)?.clone();
            self.touch(id, account, false);
        }
        let place = known.unwrap_or(self.accounts.len().saturating_sub(1));
        self.accounts.get_mut(place)
    }

    /// Keeps a copy to make moves on, so that a refusal leaves the wallet as it is.
    fn touch(&mut self, id: &AccountId, account: WalletAccount, is_new: bool) {
        self.accounts.push(Touched {
            id: id.clone(),
            is_new,
            account,
            moves: Vec::new(),
        });
    }

    /// Makes sure that the wallet has the account.
    pub(super) fn ensure_account(&mut self, id: &AccountId, asset: &Asset) {
        if self.account(id).is_none() {
            self.touch(id, WalletAccount::new(asset.clone()), true);
        }
    }

    /// Carries a move out on the copy, and notes it for the entry.
    pub(super) fn make(&mut self, id: &AccountId, change: Move) {
        let at = self.at;
        if let Some(touched) = self.account(id) {
            touched.account.apply(at, &change);
            touched.moves.push(change);
        }
    }

    /// The same, one after the other.
    pub(super) fn make_all(&mut self, id: &AccountId, moves: Vec<Move>) {
        for one in moves {
            self.make(id, one);
        }
    }

    // Money in and out.

    /// Opens the grant of this entry and answers how much of it repaid debt. Debt is repaid first, from
    /// the new credit, if it is effective already and may be spent on everything; then it backs pledges.
    pub(super) fn open_grant(
        &mut self,
        account: &AccountId,
        amount: Amount,
        terms: Terms,
    ) -> Result<Amount, Refusal> {
        let at = self.at;
        let grant = self.next_seq();
        // Credit of the future, or credit for certain usage, must not pay for what was used without
        // it.
        let live = terms.effective_at <= at && terms.expires_at.is_none_or(|expiry| expiry > at);
        let repays = live && terms.scope.is_everything();
        self.make(
            account,
            Move::Open {
                grant,
                amount,
                terms,
            },
        );
        if let Some(touched) = self.account(account) {
            // Checked here, where it can still be refused: credit that becomes effective later
            // could else leave the bounds when nobody is there to be told.
            touched.account.all_credit()?;
        }
        let applied = repays.then(|| self.apply_credit(account, grant));
        Ok(applied.unwrap_or_default().repaid)
    }

    /// There is room for a grant that somebody chose to give.
    pub(super) fn check_grants(&mut self, account: &AccountId) -> Result<(), Refusal> {
        let touched = self.account(account);
        let grants = touched.map_or(0, |touched| touched.account.grants.len());
        if grants < MAX_GRANTS {
            return Ok(());
        }
        let asset = account.asset.clone();
        Err(Refusal::TooManyGrants { asset, grants })
    }

    /// A grant covers what it is counted against: it repays debt, then takes the place of overdraft that
    /// holds have reserved, the oldest first. Else what is available would lose it twice: once while it
    /// is good, and once more when it lapses.
    pub(super) fn apply_credit(&mut self, id: &AccountId, grant: GrantId) -> Applied {
        let wallet = self.wallet;
        let Some(touched) = self.account(id) else {
            return Applied::default();
        };
        let free = touched.account.free_of(grant);
        let pledged = touched.account.pledged;
        let repaid = free.min(touched.account.debt);
        let backed = pledged.min(free.folded_minus(repaid));
        if repaid.is_positive() {
            let amount = repaid;
            self.make(id, Move::Repay(Draw { grant, amount }));
        }
        let mut left = backed;
        // Nearly always there is no pledge, and then no hold is looked at.
        let holds = wallet.holds.values().filter(|_| backed.is_positive());
        for hold in holds {
            let own = hold.reservation(id).map_or(Amount::ZERO, |one| one.pledged);
            let amount = own.min(left);
            if amount.is_positive() {
                left = left.folded_minus(amount);
                let hold = hold.id;
                self.make(
                    id,
                    Move::Back {
                        hold,
                        grant,
                        amount,
                    },
                );
            }
        }
        Applied { repaid, backed }
    }

    /// Debits what was not held: facts always post, even below zero.
    pub(super) fn post(
        &mut self,
        id: &AccountId,
        consumptions: &[Consumption<'_>],
    ) -> Result<(), Refusal> {
        let at = self.at;
        if let Some(touched) = self.account(id) {
            let moves = touched.account.debit(at, consumptions)?;
            self.make_all(id, moves);
        }
        Ok(())
    }

    /// An amount's asset can express it, and no amount of a command is negative. The wallet's own
    /// asset decides, once it has one; the request's does before.
    pub(super) fn check_amount(
        &mut self,
        account: &AccountId,
        asset: &Asset,
        amount: Amount,
    ) -> Result<(), Refusal> {
        let known = self
            .account(account)
            .map(|touched| touched.account.asset.clone());
        // The wallet's own, since the platform may publish another precision for later customers.
        let asset = known.as_ref().unwrap_or(asset);
        asset.check(amount)
    }

    /// Repays debt from money that has become free. Else that credit could expire while the
    /// customer owes what it would have paid.
    pub(super) fn repay(&mut self, id: &AccountId) {
        let at = self.at;
        let moves = self
            .account(id)
            .map(|touched| touched.account.repayment(at));
        self.make_all(id, moves.unwrap_or_default());
    }

    /// What a hold has of an account, in consumption order. An extension may have reserved from a
    /// grant that is consumed before the ones that were reserved first.
    pub(super) fn held_in_order(&mut self, hold: &Hold, account: &AccountId) -> Vec<Draw> {
        let Some(reservation) = hold.reservation(account) else {
            return Vec::new();
        };
        let Some(touched) = self.account(account) else {
            return Vec::new();
        };
        // By the account's order, because that is the consumption order; the reservation's own is
        // the order of asking.
        let grants = &touched.account.grants;
        let draws = reservation.draws.iter();
        let placed = draws.filter_map(|draw| Some((grants.place(draw.grant)?, *draw)));
        let mut placed: Vec<_> = placed.collect();
        placed.sort_unstable_by_key(|(place, _)| *place);
        placed.into_iter().map(|(_, draw)| draw).collect()
    }

    // What is asked, in amounts.

    /// Prices usage as the wallet stands now: for a hold at the prices that it was made under.
    pub(super) fn priced<'b>(
        &self,
        events: &'b [UsageEvent],
        given: Circumstances<'_>,
    ) -> Result<Asked<'b>, Refusal> {
        // Prices see the balances of now, not those of the caller's last read.
        let given = Circumstances {
            at: self.at,
            wallet: Some(self.wallet),
            ..given
        };
        let past = given.made_under.and_then(|hold| self.wallet.past.of(hold));
        let quote = match past {
            Some(products) => quote(products.iter().copied(), events, &given)?,
            None => quote(self.wallet.products(), events, &given)?,
        };
        Asked::priced(quote, events)
    }

    /// Usage with its volumes lowered to what there is and what the budgets allow.
    pub(super) fn lowered<'b>(
        &self,
        events: &'b [UsageEvent],
        subject: Option<&str>,
        extends: Option<HoldId>,
    ) -> Result<Asked<'b>, Refusal> {
        let given = Circumstances {
            caps: true,
            subject,
            made_under: extends,
            ..Circumstances::default()
        };
        self.priced(events, given)
    }

    /// What an authorization asks for, or an extension of a hold, priced where it is usage.
    pub(super) fn asked<'b>(
        &mut self,
        ask: &'b Ask,
        extends: Option<HoldId>,
    ) -> Result<Asked<'b>, Refusal> {
        match ask {
            Ask::Usage(events) => {
                let given = Circumstances {
                    made_under: extends,
                    ..Circumstances::default()
                };
                self.priced(events, given)
            }
            Ask::Amount { asset, amount } => self.plain(asset, *amount),
        }
    }

    /// A plain amount of an asset, which is checked and not priced.
    pub(super) fn plain(&mut self, asset: &str, amount: Amount) -> Result<Asked<'static>, Refusal> {
        let account = AccountId::default_for(asset);
        let known = self
            .account(&account)
            .map(|touched| touched.account.asset.clone());
        // Nothing can be held of an asset that the wallet lacks, so its precision does not matter.
        let asset_there = known.unwrap_or_else(|| Asset {
            code: asset.to_owned(),
            precision: MAX_PLACES,
        });
        self.check_amount(&account, &asset_there, amount)?;
        Ok(Asked {
            totals: vec![(asset.to_owned(), amount)],
            ..Asked::default()
        })
    }
}

/// What is asked, summed by asset, with the fees that it is made of.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub(super) totals: Vec<(String, Amount)>,
    pub(super) events: &'a [UsageEvent],
    pub(super) fees: Vec<Fee>,
    pub(super) caps: Vec<Cap>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Asked<'a> {
    /// What a quote asks, with its sums.
    pub(super) fn priced(quote: Quote, events: &'a [UsageEvent]) -> Result<Self, Refusal> {
        Ok(Self {
            totals: totals(&quote.fees)?,
            events,
            fees: quote.fees,
            caps: quote.caps,
            warnings: quote.warnings,
        })
    }
}

/// The thresholds that an entry reaches, in the wallet as it is before.
fn reached(wallet: &Wallet, entry: &Entry) -> Vec<Reached> {
    let hold = entry.fact.hold().and_then(|id| wallet.holds.get(&id));
    let after = hold.and_then(|hold| next_hold(Some(hold.clone()), entry));
    let after = after.filter(|hold| hold.status == HoldStatus::Open);
    let counts = |hold: Option<&'_ Hold>| -> Vec<Count> {
        hold.map_or_else(Vec::new, |hold| hold.counts.clone())
    };
    // A reservation adds what it counts and gives nothing back.
    let (held, kept) = if entry.fact.reserves() {
        (Vec::new(), Vec::new())
    } else {
        (counts(hold), counts(after.as_ref()))
    };
    budget::reached(&wallet.budgets, entry.at, &entry.counts, &held, &kept)
}
