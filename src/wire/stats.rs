//! Profitability: what usage was charged and what it cost, exactly, and never across currencies.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::rate::Exact;
use crate::engine::{Amount, AmountError};

/// The currency of stats that have none.
pub const MAIN_CURRENCY: &str = "USD";

/// Decimal places of a margin.
const MARGIN_PLACES: u32 = 2;

/// Sums by currency.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ledger {
    by_currency: BTreeMap<String, Sums>,
    /// A sum left the bounds of an amount, so none of them can be told.
    overflowed: bool,
}

/// Of one currency.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Sums {
    revenue: Amount,
    costs: Amount,
    refunded: Amount,
    /// How many fees and costs there were.
    count: u64,
}

/// Revenue, costs and what is left of it, in one currency.
///
/// ```json
/// { "gross_revenue": "10", "total_costs": "4", "net_revenue": "6", "margin": "60", "refunded": "5", "currency": "USD" }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StatsReply {
    pub gross_revenue: Amount,
    pub total_costs: Amount,
    pub net_revenue: Amount,
    /// What is left of each hundred charged; zero where nothing was charged.
    pub margin: Option<Amount>,
    /// What went back to payers by refunds and disputes, less what has come again. It lowers no revenue, which is what
    /// was used. Not said of a single event, which nobody pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<Amount>,
    pub currency: String,
}

impl Ledger {
    /// Adds what was charged: so many fees that make this amount.
    pub fn charge(&mut self, currency: &str, amount: Amount, count: u64) {
        self.add(currency, count, |sums| {
            sums.revenue = sums.revenue.plus(amount)?;
            Ok(())
        });
    }

    /// Adds what it cost.
    pub fn cost(&mut self, currency: &str, amount: Amount, count: u64) {
        self.add(currency, count, |sums| {
            sums.costs = sums.costs.plus(amount)?;
            Ok(())
        });
    }

    /// Adds what went back. It is neither a fee nor a cost, so it does not choose the main currency.
    pub fn refund(&mut self, currency: &str, amount: Amount) {
        self.add(currency, 0, |sums| {
            sums.refunded = sums.refunded.plus(amount)?;
            Ok(())
        });
    }

    fn add(
        &mut self,
        currency: &str,
        count: u64,
        change: impl FnOnce(&mut Sums) -> Result<(), AmountError>,
    ) {
        let sums = self.by_currency.entry(currency.to_owned()).or_default();
        // It only chooses the main currency, so a count that stops at its top does no harm.
        sums.count = sums.count.saturating_add(count);
        // Noted and not returned: a sum that is too large must not keep the others from being
        // counted.
        self.overflowed |= change(sums).is_err();
    }

    /// Whether all sums are what they say.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        !self.overflowed
    }

    /// USD where there is any, or nothing at all; else the currency with most fees and costs, the
    /// first by name among equals.
    #[must_use]
    pub fn main_currency(&self) -> &str {
        let has_main = self.by_currency.contains_key(MAIN_CURRENCY);
        // Reversed, because the last of equals wins, and the first by name should.
        let all = self.by_currency.iter().rev();
        let most = all.max_by_key(|(_, sums)| sums.count);
        match most {
            Some((currency, _)) if !has_main => currency,
            _ => MAIN_CURRENCY,
        }
    }

    /// The stats in one currency, whatever the others are.
    #[must_use]
    pub fn stats(&self, currency: &str) -> StatsReply {
        let sums = self.by_currency.get(currency).copied().unwrap_or_default();
        let net_revenue = sums.revenue.folded_minus(sums.costs);
        StatsReply {
            gross_revenue: sums.revenue,
            total_costs: sums.costs,
            net_revenue,
            margin: margin(net_revenue, sums.revenue).ok(),
            refunded: Some(sums.refunded),
            currency: currency.to_owned(),
        }
    }

    /// The stats in the main currency; nothing where there was neither a fee nor a cost.
    #[must_use]
    pub fn own_stats(&self) -> Option<StatsReply> {
        // No figure at all is better than one that is not exact.
        let any = !self.by_currency.is_empty() && self.is_exact();
        any.then(|| StatsReply {
            refunded: None,
            ..self.stats(self.main_currency())
        })
    }

    /// The stats of every currency, by name.
    #[must_use]
    pub fn all_stats(&self) -> Vec<StatsReply> {
        let currencies = self.by_currency.keys();
        currencies.map(|currency| self.stats(currency)).collect()
    }
}

/// Per cent, rounded once to two decimals, half to even.
fn margin(net: Amount, gross: Amount) -> Result<Amount, AmountError> {
    if gross.is_zero() {
        return Ok(Amount::ZERO);
    }
    let hundred = Exact::from(Amount::parse("100")?);
    let part = Exact::from(net).over(Exact::from(gross))?;
    part.times(hundred)?.round_half_even(MARGIN_PLACES)
}
