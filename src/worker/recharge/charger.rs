//! The port to whoever takes money while nobody is there.
//!
//! A charge is made under the id of its intent, and once: whoever was not answered asks for it by that id before
//! anything is charged. Nothing else is told, so that any processor fits behind it.

use crate::engine::Amount;
use crate::wire::Problem;
use crate::worker::edge::world::Waits;

/// What is to be charged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Charge {
    /// `rch_…`: the key of the charge, and how it is looked up.
    pub id: String,
    pub customer: String,
    /// The processor's id of the payment method.
    pub method: String,
    /// The card was good to the end of this month: `(year, month)`.
    pub good_until: (u32, u32),
    pub price: Amount,
    pub currency: String,
}

/// What became of a charge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Charged {
    /// It is paid, under the processor's id.
    Succeeded { payment: String },
    /// The processor has it and does not know yet.
    Processing { payment: String },
    /// Its owner has to confirm, so nobody has paid.
    RequiresAction,
    /// Nobody has paid, in the processor's words.
    Declined {
        code: String,
        decline_code: Option<String>,
    },
    /// Nobody answered: whether it was charged is open.
    Unknown,
}

/// A processor.
pub trait Charger {
    /// The word for it, in entries.
    fn name(&self) -> &'static str;

    /// Charges once under the charge's id; again is the same charge.
    fn charge<'a>(&'a self, charge: &'a Charge) -> Waits<'a, Charged>;

    /// What became of the charge of this id; none where there was never one.
    ///
    /// # Errors
    /// `unavailable` where nobody answered.
    fn look_up<'a>(&'a self, id: &'a str) -> Waits<'a, Result<Option<Charged>, Problem>>;
}
