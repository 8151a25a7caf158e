//! A code as the directory has it.

use crate::engine::command::Metadata;
use crate::engine::scope::Scope;
use crate::engine::{AccountId, Amount, Instant};
use crate::wire::codes::{ConfirmedRedemption, CreditEnd};
use crate::wire::problem::Problem;
use crate::worker::edge::rows::{Row, unreadable};

/// One row, with how often the code was redeemed, and with the redemption that was asked for.
pub struct Code {
    pub id: String,
    pub batch_id: String,
    pub hash: String,
    pub account: AccountId,
    pub precision: u32,
    pub amount: Amount,
    pub scope: Scope,
    pub expires_at: Option<Instant>,
    pub credit_end: CreditEnd,
    pub max_redemptions: u32,
    pub redemptions: u32,
    pub description: Option<String>,
    pub metadata: Metadata,
    pub request: String,
    pub created_at: String,
    pub disabled_at: Option<Instant>,
    /// Whose redemption this row is of, if it was read together with one.
    pub redeemed: Option<(String, Instant)>,
}

impl Code {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    pub fn of(row: Row<'_>) -> Result<Self, Problem> {
        let moment = |name: &str| row.number(name).map(Instant::from_micros);
        let days = row.number("credit_expires_days");
        let days = days.map(|days| u32::try_from(days).map_err(|_| unreadable()));
        let credit_end = match (moment("credit_expires_at"), days.transpose()?) {
            (Some(at), _) => CreditEnd::At(at),
            (None, Some(days)) => CreditEnd::Days(days),
            (None, None) => CreditEnd::Never,
        };
        let (name, asset) = (row.text("account_name")?, row.text("asset")?);
        Ok(Self {
            id: row.text("id")?,
            batch_id: row.text("batch_id")?,
            hash: row.text("code_hash")?,
            account: AccountId::new(&name, &asset),
            precision: row.count("precision")?,
            amount: Amount::parse(&row.text("amount")?).map_err(|_| unreadable())?,
            scope: serde_json::from_str(&row.text("scope")?).map_err(|_| unreadable())?,
            expires_at: moment("expires_at"),
            credit_end,
            max_redemptions: row.count("max_redemptions")?,
            // None where nobody has.
            redemptions: row.count("redemptions").unwrap_or(0),
            description: row.given("description"),
            metadata: serde_json::from_str(&row.text("metadata")?).map_err(|_| unreadable())?,
            request: row.text("request")?,
            created_at: row.text("created_at")?,
            disabled_at: moment("disabled_at"),
            redeemed: row.given("customer_id").zip(moment("redeemed_at")),
        })
    }

    /// `active` as long as anybody may redeem it.
    #[must_use]
    pub fn status(&self, now: Instant) -> &'static str {
        let over = |end: Option<Instant>| end.is_some_and(|end| end <= now);
        let credit_over = matches!(self.credit_end, CreditEnd::At(end) if end <= now);
        // What somebody did comes first, since it says more than what time did.
        if self.disabled_at.is_some() {
            "disabled"
        } else if self.redemptions >= self.max_redemptions {
            "used_up"
        } else if over(self.expires_at) || credit_over {
            "ended"
        } else {
            "active"
        }
    }

    /// What the wallet is told of its redemption. It derives from the rows alone, so telling it again is
    /// the same request.
    #[must_use]
    pub fn confirmed(&self) -> Option<ConfirmedRedemption> {
        let (customer, redeemed_at) = self.redeemed.as_ref()?;
        Some(ConfirmedRedemption {
            code: self.id.clone(),
            customer: customer.clone(),
            account: self.account.clone(),
            precision: self.precision,
            amount: self.amount,
            expires_at: self.credit_end.of(*redeemed_at),
            scope: self.scope.clone(),
            description: self.description.clone(),
            metadata: self.metadata.clone(),
        })
    }
}
