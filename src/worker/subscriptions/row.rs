//! A subscription that invoices of Stripe pay for, as the directory has it.

use crate::wire::ids;
use crate::wire::problem::Problem;
use crate::worker::edge::rows::{Row, unreadable};

/// A subscription as Stripe and we call it.
#[derive(Clone, Debug)]
pub struct PlanRow {
    /// Ours.
    pub id: String,
    pub customer: String,
    /// Stripe's; none before it is paid first.
    pub stripe_id: Option<String>,
    session: Option<String>,
    /// JSON; none for one that Stripe had before.
    pub terms: Option<String>,
}

impl PlanRow {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    pub fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            customer: row.text("customer_id")?,
            stripe_id: row.given("stripe_id"),
            session: row.given("session"),
            terms: row.given("terms"),
        })
    }

    /// The page where it is paid first, once there is one.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// The number of it in the wallet of its customer.
    ///
    /// # Errors
    /// `internal_error` for a row that no version of ours has written.
    pub fn number(&self) -> Result<u64, Problem> {
        let parsed = ids::parse_of_wallet("sub", &self.id);
        Ok(parsed.ok_or_else(unreadable)?.1)
    }
}
