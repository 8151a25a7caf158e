//! Taking back: a grant is voided, an entry is reversed; and what becomes of credit that comes back after
//! its time.
//!
//! | what comes back | to credit that is good | to credit that is over |
//! |---|---|---|
//! | from a hold | is free, and repays debt | goes over into the next period's grant as far as `max` has room, the rest lapses |
//! | of an entry that is reversed | the same | the same |
//!
//! An entry is reversed to the very grants that it drew on. What it had borrowed is owed no more; where
//! that has been repaid since, a new grant stands for it.

use super::amount::Amount;
use super::asset::AccountId;
use super::command::{Debit, Reversal};
use super::draft::Draft;
use super::entry::Fact;
use super::grant::{DEFAULT_PRIORITY, Grant, GrantId, Purpose, Terms};
use super::moves::{Draw, Move};
use super::refusal::Refusal;
use super::scope::Scope;

impl Draft<'_> {
    /// A debit that names a grant takes from no other, and no more than is left of it; only a refund goes
    /// into debt for the rest, because that money has left.
    pub(super) fn take_from(&mut self, debit: &Debit, grant: GrantId) -> Result<(), Refusal> {
        let Some(touched) = self.account(&debit.account) else {
            return Ok(());
        };
        let left = touched.account.free_of(grant);
        if debit.amount > left && !debit.cause.is_refund() {
            let asset = debit.asset.code.clone();
            return Err(Refusal::ExceedsGrant { asset, left });
        }
        let moves = touched.account.debit_grant(grant, debit.amount)?;
        self.make_all(&debit.account, moves);
        Ok(())
    }

    /// Paid money goes back: from paid credit, then into debt.
    pub(super) fn take_paid(&mut self, debit: &Debit) -> Result<(), Refusal> {
        let at = self.at;
        if let Some(touched) = self.account(&debit.account) {
            let moves = touched.account.debit_paid(at, debit.amount)?;
            self.make_all(&debit.account, moves);
        }
        Ok(())
    }

    /// Takes back what is free of a grant. What is held of it stays good for its holds, and lapses when
    /// they give it back.
    pub(super) fn void_grant(
        &mut self,
        account: &AccountId,
        grant: GrantId,
        reason: Option<&str>,
    ) -> Result<Fact, Refusal> {
        let known = self.grant(account, grant);
        if known.is_none_or(|one| one.voided.is_some() || one.is_spent()) {
            return Err(Refusal::GrantEnded);
        }
        let touched = self.account(account);
        let amount = touched.map_or(Amount::ZERO, |one| one.account.free_of(grant));
        if amount.is_positive() {
            self.make(account, Move::Draw(Draw { grant, amount }));
        }
        Ok(Fact::GrantVoided {
            grant,
            amount,
            reason: reason.map(str::to_owned),
        })
    }

    /// Takes back what an entry charged.
    pub(super) fn reverse(&mut self, reversal: &Reversal) -> Result<Fact, Refusal> {
        for (account, moves) in &reversal.moves {
            self.give_charge_back(account, charged(moves), &reversal.lots)?;
        }
        if self.accounts.iter().all(|touched| touched.moves.is_empty()) {
            return Err(Refusal::NothingToReverse);
        }
        Ok(Fact::Reversed {
            entry: reversal.entry,
            is_charge: reversal.is_charge,
            reason: reversal.reason.clone(),
        })
    }

    /// What was charged goes back to where it came from.
    pub(super) fn give_charge_back(
        &mut self,
        account: &AccountId,
        charged: Charged,
        lots: &[(AccountId, Grant)],
    ) -> Result<(), Refusal> {
        let Charged { draws, owed } = charged;
        let mut gone = Amount::ZERO;
        for draw in draws {
            if !self.give_again(account, draw, lots) {
                gone = gone.folded_plus(draw.amount);
            }
        }
        gone = gone.folded_plus(self.forgive(account, owed));
        if gone.is_positive() {
            // Nobody can say whose credit that was. In doubt it is a gift, so that it is never paid
            // out.
            let terms = Terms {
                purpose: Purpose::Promotion,
                priority: DEFAULT_PRIORITY,
                effective_at: self.at,
                expires_at: None,
                scope: Scope::default(),
            };
            self.open_grant(account, gone, terms)?;
        }
        self.repay(account);
        if let Some(touched) = self.account(account) {
            touched.account.all_credit()?;
        }
        Ok(())
    }

    /// Gives an amount back to the grant that it was drawn from; `false` where nobody knows that grant.
    fn give_again(&mut self, account: &AccountId, draw: Draw, lots: &[(AccountId, Grant)]) -> bool {
        let of_grant = |(of, grant): &&(AccountId, Grant)| of == account && grant.id == draw.grant;
        let given = lots.iter().find(of_grant).map(|(_, grant)| grant.clone());
        let Some(known) = self.grant(account, draw.grant).or(given) else {
            return false;
        };
        self.restore(account, draw, None, &known);
        let now = self.at;
        if known.is_expired(now) {
            self.carry_over(account, draw, &|grant| grant.is_expired(now));
        }
        true
    }

    /// What was borrowed and is still owed is forgiven; answers how much has been repaid since.
    pub(super) fn forgive(&mut self, account: &AccountId, owed: Amount) -> Amount {
        let touched = self.account(account);
        let debt = touched.map_or(Amount::ZERO, |touched| touched.account.debt);
        let amount = owed.min(debt);
        if amount.is_positive() {
            self.make(account, Move::Forgive { amount });
        }
        owed.folded_minus(amount)
    }

    /// What has come back to credit that is over goes over into the grant of the next period, as far as
    /// the maximum of that rollover has room, and so on to the one that is good. The rest lapses.
    pub(super) fn carry_over(
        &mut self,
        account: &AccountId,
        draw: Draw,
        is_over: &dyn Fn(&Grant) -> bool,
    ) {
        let mut draw = draw;
        // It ends, because each grant has rolled into a younger one.
        loop {
            self.make(account, Move::Lapse(draw));
            let from = draw.grant;
            let rolled = self.grant(account, from).and_then(|grant| grant.rolled);
            let Some(rolled) = rolled.filter(|rolled| rolled.into > from) else {
                return;
            };
            let amount = rolled
                .room
                .map_or(draw.amount, |room| room.min(draw.amount));
            let Some(next) = self
                .grant(account, rolled.into)
                .filter(|_| amount.is_positive())
            else {
                return;
            };
            let grant = rolled.into;
            draw = Draw { grant, amount };
            self.restore(account, draw, Some(from), &next);
            if !is_over(&next) {
                return;
            }
        }
    }

    /// Credit is there again, in a grant that may have had nothing left.
    pub(super) fn restore(
        &mut self,
        account: &AccountId,
        draw: Draw,
        from: Option<GrantId>,
        known: &Grant,
    ) {
        let listed = self
            .account(account)
            .is_some_and(|touched| touched.account.grants.get(draw.grant).is_some());
        let lot = (!listed).then(|| {
            Box::new(Grant {
                free: Amount::ZERO,
                reserved: Amount::ZERO,
                ..known.clone()
            })
        });
        let Draw { grant, amount } = draw;
        self.make(
            account,
            Move::Restore {
                grant,
                amount,
                from,
                lot,
            },
        );
    }

    /// A grant as it would be now, also one that has nothing left.
    pub(super) fn grant(&mut self, account: &AccountId, id: GrantId) -> Option<Grant> {
        let wallet = self.wallet;
        let listed = self
            .account(account)
            .and_then(|touched| touched.account.grants.get(id).cloned());
        let mut spent = wallet.spent_of(account).rev();
        listed.or_else(|| spent.find(|grant| grant.id == id).cloned())
    }
}

/// What an entry charged an account: credit by grant, and what became debt and was not repaid by the
/// entry itself.
pub(super) struct Charged {
    pub(super) draws: Vec<Draw>,
    pub(super) owed: Amount,
}

pub(super) fn charged(moves: &[Move]) -> Charged {
    let mut draws = Vec::new();
    let mut owed = Amount::ZERO;
    for one in moves {
        match one {
            Move::Draw(draw) | Move::Capture(draw) => draws.push(*draw),
            Move::Borrow { amount } | Move::Owe { amount } => owed = owed.folded_plus(*amount),
            // Its own debt first: only what is left of the repayment was an earlier one's.
            Move::Repay(draw) => {
                let amount = draw.amount.min(owed);
                owed = owed.folded_minus(amount);
                let grant = draw.grant;
                draws.extend(amount.is_positive().then_some(Draw { grant, amount }));
            }
            Move::Open { .. }
            | Move::Reserve(_)
            | Move::Release(_)
            | Move::Lapse(_)
            | Move::Pledge { .. }
            | Move::Unpledge { .. }
            | Move::Back { .. }
            | Move::Restore { .. }
            | Move::Forgive { .. } => {}
        }
    }
    Charged { draws, owed }
}
