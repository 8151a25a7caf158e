//! What an amount is consumed for: all that restricted credit and budgets ask about it.
//!
//! Everything that draws credit is one: a fee, a plain amount of a hold, a charge, a debt that is repaid, a
//! subscription's fee. They differ in what is known of them, and what is not known matches no restriction.

use super::amount::Amount;
use super::usage::UsageEvent;

/// An amount of one asset, and the usage that it is for. A plain amount is for no usage.
#[derive(Clone, Copy, Debug)]
pub struct Consumption<'a> {
    pub asset: &'a str,
    pub amount: Amount,
    /// The piece of work: of the event, else of its hold, its charge.
    pub subject: Option<&'a str>,
    pub event: Option<&'a UsageEvent>,
    /// The code of the product whose price asks for it.
    pub product: Option<&'a str>,
}

impl<'a> Consumption<'a> {
    /// For no usage: only credit for everything pays for it.
    #[must_use]
    pub const fn plain(asset: &'a str, amount: Amount, subject: Option<&'a str>) -> Self {
        Self {
            asset,
            amount,
            subject,
            event: None,
            product: None,
        }
    }

    /// Nothing where it is for no usage.
    #[must_use]
    pub fn event_type(&self) -> Option<&'a str> {
        self.event.map(|event| event.event_type.as_str())
    }
}
