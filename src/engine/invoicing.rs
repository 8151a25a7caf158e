//! What invoices of a processor do with a subscription: they begin and renew it, or it waits for them.
//!
//! | told | the subscription | becomes |
//! |---|---|---|
//! | paid, for a period | any | active; credit is given for the period |
//! | paid, for a period | had by the customer otherwise meanwhile | as it was: only the payment is noted |
//! | paid, for a difference | any | as it was |
//! | unpaid, for a period that is not paid | active | action required, until its grace ends |
//! | unpaid | any other | as it was |
//!
//! A payment is a fact, so it is never refused.

use super::draft::Draft;
use super::entry::Fact;
use super::family::remembered;
use super::invoice::{InvoiceNews, InvoiceSaid, Span};
use super::refusal::Refusal;
use super::standing::{Standing, When, restand};
use super::subscription::{Resumed, Subscription, SubscriptionStatus};
use super::time::Instant;

/// So many changes of product are remembered of one subscription: two a month for the time that a bank takes to
/// dispute a payment would be 8.
const MAX_TAKINGS: usize = 16;

impl Draft<'_> {
    pub(super) fn hear_invoice(&self, news: &InvoiceNews) -> Result<Fact, Refusal> {
        let one = self.subscription(news.subscription)?;
        // One that the wallet pays has no invoices, whoever names it in them.
        if !one.plan.invoiced {
            return Err(Refusal::SubscriptionNotFound);
        }
        match &news.said {
            InvoiceSaid::Paid {
                amount,
                tax,
                currency,
            } => {
                let begins = news
                    .period
                    .filter(|_| one.activated_at.is_none() && self.may_begin(one));
                let resumed = begins.map(|period| self.given_once(one, period));
                Ok(Fact::InvoicePaid {
                    subscription: one.id,
                    invoice: news.invoice.clone(),
                    period: news.period,
                    amount: *amount,
                    tax: *tax,
                    currency: currency.clone(),
                    begins: begins.is_some(),
                    resumed: resumed.unwrap_or_default(),
                })
            }
            InvoiceSaid::Unpaid => {
                // None waits for it, so nothing may be taken from the customer because of it.
                let due = news.period.filter(|_| one.lacks(news));
                let due = due.ok_or(Refusal::SubscriptionNotFound)?.starts_at;
                Ok(Fact::SubscriptionLapsed {
                    subscription: one.id,
                    due_at: due,
                    grace_until: one.plan.grace_until(due),
                    fees: Vec::new(),
                })
            }
        }
    }

    /// Nobody else has its products meanwhile, and there is room for it.
    fn may_begin(&self, one: &Subscription) -> bool {
        if !one.is_over() {
            return true;
        }
        let mut products = one.products.iter();
        // Nobody could refuse the payment, so it must not give a customer the same product twice.
        let free = products.all(|had| self.check_new(had, None, std::iter::empty()).is_ok());
        free && self.check_number().is_ok()
    }

    /// What is given once was given for ever; everything else is paid for again, so it is given again.
    fn given_once(&self, one: &Subscription, period: Span) -> Vec<Resumed> {
        let resume = |product: &super::price::product::PricedProduct| {
            let mut family = remembered(&self.wallet.families, &product.code)?;
            family.kept.keep_once();
            let nothing = (None, &Standing::default());
            let when = When::now((period.starts_at, 1));
            let stood = restand(nothing, &family.kept, product, period.starts_at, when);
            // A payment cannot be refused, so where the bounds are left it begins anew.
            let (stands, kept) = stood.ok()?;
            Some(Resumed {
                product: product.id.clone(),
                stands,
                kept,
                no_trial: false,
            })
        };
        one.products.iter().filter_map(|one| resume(one)).collect()
    }
}

impl Subscription {
    /// Whether an invoice that was not paid is one that it waits for: none that has been paid since, or is
    /// of a period that another one has paid.
    #[must_use]
    pub fn lacks(&self, news: &InvoiceNews) -> bool {
        let last = self.paid.last().map(|paid| paid.ends_at);
        let is_new = |period: &Span| last < Some(period.ends_at);
        let lacks = news.period.as_ref().is_some_and(is_new);
        lacks && self.plan.invoiced && self.status == SubscriptionStatus::Active
    }

    /// Credit of a period was taken back by a change of product.
    pub(super) fn note_taking(&mut self, seq: u64) {
        // Nobody refunds an invoice of what the wallet pays itself.
        if !self.plan.invoiced {
            return;
        }
        // Bounded, because a wallet must not grow by each move to and fro.
        if self.takings.len() >= MAX_TAKINGS {
            self.takings.remove(0);
        }
        self.takings.push(seq);
    }

    /// A period is paid for. What it gives is counted on from its start: periods that nobody has paid are
    /// passed over.
    pub(super) fn pay_period(&mut self, period: Span, at: Instant) {
        for place in 0..self.given.len() {
            let every = self.entitlement(place).map(|(_, words)| words.every);
            let Some((given, every)) = self.given.get_mut(place).zip(every) else {
                continue;
            };
            let unpaid = given.next.filter(|next| *next < period.starts_at);
            // One that is due in a period that is paid for is given yet, so it must not be passed over.
            if unpaid.is_none_or(|next| self.paid.has(next)) {
                continue;
            }
            while every.boundary(given.anchor, given.granted) < period.starts_at {
                given.granted = given.granted.saturating_add(1);
            }
            given.next = Some(every.boundary(given.anchor, given.granted));
        }
        // After the loop, because it forgets periods that are over, which the loop still needs.
        self.paid.add(period, at);
        self.status = SubscriptionStatus::Active;
        self.grace_until = None;
        self.ended_at = None;
    }
}
