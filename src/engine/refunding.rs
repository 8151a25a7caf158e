//! Money of a payment goes back, by a refund or a dispute, or comes again: see [`loss`](super::loss).
//!
//! Only grants of that payment are touched. What is missing becomes debt, and what is owed is less when
//! something comes again.

use super::amount::{Amount, MAX_PLACES};
use super::asset::AccountId;
use super::draft::Draft;
use super::entry::Fact;
use super::grant::GrantId;
use super::loss::{Loss, LossChange, LostPart, PaidGrant, lost, taken, told};
use super::moves::Draw;
use super::refusal::Refusal;

/// What of a payment is no revenue any more, once so much of it is lost.
fn revenue_lost(change: &LossChange, lost: Amount) -> Result<Amount, Refusal> {
    // To the last place that there is, because revenue has no asset whose precision could bound it.
    Ok(taken(change.revenue, MAX_PLACES, lost, change.paid)?)
}

impl Draft<'_> {
    /// A refund or a dispute has happened, or is over. It is never refused, unless an amount leaves its bounds.
    pub(super) fn change_loss(&mut self, change: &LossChange) -> Result<Fact, Refusal> {
        let known = self.wallet.losses.get(&change.payment);
        let claims = known.map_or(&[][..], |known| &known.claims);
        let claims = told(claims, change.cause, &change.id, change.amount);
        let lost = lost(&claims, change.paid);
        let mut parts = Vec::with_capacity(change.grants.len());
        for one in &change.grants {
            let before = known.and_then(|known| {
                let mut parts = known.parts.iter();
                parts.find(|part| part.account == one.account && part.grant == one.lot.id)
            });
            // Two invoices may have paid one period, and what it gave must not be taken twice.
            if before.is_none() && self.is_taken_elsewhere(one) {
                continue;
            }
            parts.push(self.take_part(one, before, (lost, change.paid))?);
        }
        let before = known.map_or(Amount::ZERO, |known| known.lost);
        Ok(Fact::PaymentLoss(Loss {
            payment: change.payment.clone(),
            cause: change.cause,
            id: change.id.clone(),
            amount: change.amount,
            currency: change.currency.clone(),
            lost,
            paid: change.paid,
            // As a difference of sums and not by its own fraction, so that a refund in parts comes to the whole.
            revenue_lost: revenue_lost(change, lost)?.minus(revenue_lost(change, before)?)?,
            change: lost.minus(before)?,
            parts,
            reason: change.reason.clone(),
        }))
    }

    /// Whether what another payment has lost is taken of this grant already.
    fn is_taken_elsewhere(&self, of: &PaidGrant) -> bool {
        let mut parts = self.wallet.losses.values().flat_map(|one| &one.parts);
        parts.any(|part| part.account == of.account && part.grant == of.lot.id)
    }

    /// Takes more of a grant, or gives back, until as much is taken as is lost of it.
    fn take_part(
        &mut self,
        of: &PaidGrant,
        before: Option<&LostPart>,
        (lost, paid): (Amount, Amount),
    ) -> Result<LostPart, Refusal> {
        let mut part = before.cloned().unwrap_or_else(|| LostPart {
            account: of.account.clone(),
            grant: of.lot.id,
            granted: of.granted,
            drawn: Amount::ZERO,
            passed: Amount::ZERO,
            owed: Amount::ZERO,
        });
        let Some(touched) = self.account(&of.account) else {
            return Ok(part);
        };
        let precision = touched.account.asset.precision;
        let wanted = taken(part.granted, precision, lost, paid)?;
        let more = wanted.minus(part.taken())?;
        if more.is_positive() {
            self.take_more(of, &mut part, more)?;
        } else if more.is_negative() {
            self.give_again_part(of, &mut part, more.negated())?;
        }
        Ok(part)
    }

    /// First what is free of the grant; what of it is gone without being used is not asked for twice; the rest was
    /// used, and is owed.
    fn take_more(
        &mut self,
        of: &PaidGrant,
        part: &mut LostPart,
        more: Amount,
    ) -> Result<(), Refusal> {
        let Some(touched) = self.account(&part.account) else {
            return Ok(());
        };
        let drawn = touched.account.free_of(part.grant).min(more);
        let missing = more.folded_minus(drawn);
        let gone = of.gone.folded_minus(part.passed).max(Amount::ZERO);
        let passed = gone.min(missing);
        let owed = missing.folded_minus(passed);
        let moves = touched
            .account
            .debit_grant(part.grant, drawn.folded_plus(owed))?;
        self.make_all(&part.account, moves);
        part.drawn = part.drawn.folded_plus(drawn);
        part.passed = part.passed.folded_plus(passed);
        part.owed = part.owed.folded_plus(owed);
        Ok(())
    }

    /// The debt first, as far as it was not repaid meanwhile; the rest goes to the grant. There it repays what is
    /// owed by now, or lapses where the grant is over.
    fn give_again_part(
        &mut self,
        of: &PaidGrant,
        part: &mut LostPart,
        again: Amount,
    ) -> Result<(), Refusal> {
        let owed = part.owed.min(again);
        let drawn = part.drawn.min(again.folded_minus(owed));
        let passed = again.folded_minus(owed).folded_minus(drawn);
        part.owed = part.owed.folded_minus(owed);
        part.drawn = part.drawn.folded_minus(drawn);
        part.passed = part.passed.folded_minus(passed);
        let repaid = self.forgive(&part.account, owed);
        let amount = drawn.folded_plus(repaid);
        if !amount.is_positive() {
            return Ok(());
        }
        let (account, grant) = (&part.account, part.grant);
        let known = self.grant(account, grant);
        let known = known.unwrap_or_else(|| of.lot.clone());
        let draw = Draw { grant, amount };
        self.restore(account, draw, None, &known);
        let now = self.at;
        if known.is_expired(now) {
            self.carry_over(account, draw, &|grant| grant.is_expired(now));
        } else if known.is_live(now) && !known.is_restricted() {
            self.apply_credit(account, grant);
        }
        if let Some(touched) = self.account(account) {
            touched.account.all_credit()?;
        }
        Ok(())
    }

    /// How much of a tax that is taken back had been taken already, as a part of what the payment has lost; and
    /// nothing where it has lost nothing.
    pub(super) fn tax_returned(
        &mut self,
        account: &AccountId,
        grant: GrantId,
        tax: Amount,
    ) -> Result<Amount, Refusal> {
        let mut losses = self.wallet.losses.values();
        let known = losses.find_map(|one| {
            let mut parts = one.parts.iter();
            let part = parts.find(|part| part.account == *account && part.grant == grant)?;
            Some((part, one.lost, one.paid))
        });
        let Some((part, lost, paid)) = known else {
            return Ok(Amount::ZERO);
        };
        let granted = part.granted.minus(tax)?.max(Amount::ZERO);
        let touched = self.account(account);
        let precision = touched.map_or(0, |one| one.account.asset.precision);
        let wanted = taken(granted, precision, lost, paid)?;
        let returned = part.taken().minus(wanted)?;
        Ok(returned.max(Amount::ZERO).min(tax))
    }
}
