//! A hold is reserved money with an end.
//!
//! ```text
//! Open --capture (final)--> Captured
//! Open --release----------> Released
//! Open --time-------------> Expired --capture--> Captured (late)
//! ```
//!
//! Only open holds reserve money, so only they live in the wallet. An ended hold is read back from
//! the journal when somebody asks again.

use serde::{Deserialize, Serialize};

use super::amount::{Amount, total};
use super::asset::AccountId;
use super::budget::Count;
use super::moves::Draw;
use super::time::Instant;

/// The `seq` of the journal entry that authorized the hold.
pub type HoldId = u64;

/// Seconds a hold lasts when the request does not say.
pub const DEFAULT_SECONDS: u32 = 300;

/// The longest a hold lasts from now, in seconds: one day.
pub const MAX_SECONDS: u32 = 86_400;

/// Open holds that one wallet may have at a time.
pub const MAX_OPEN: usize = 10_000;

/// What a hold has of one account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reservation {
    pub account: AccountId,
    /// Everything that was ever reserved: by the authorization and its extensions.
    pub held: Amount,
    pub captured: Amount,
    /// What is still reserved, in the order of reserving.
    pub draws: Vec<Draw>,
    /// What is still reserved of the overdraft.
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub pledged: Amount,
}

impl Reservation {
    /// What is still reserved. Reservations were in range when they were made.
    #[must_use]
    pub fn left(&self) -> Amount {
        let draws = total(self.draws.iter().map(|draw| draw.amount));
        draws.unwrap_or(Amount::ZERO).folded_plus(self.pledged)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldStatus {
    Open,
    Captured,
    Released,
    Expired,
}

/// An authorization's reserved money.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hold {
    pub id: HoldId,
    pub status: HoldStatus,
    pub authorized_at: Instant,
    pub expires_at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Captured after the hold had expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub reservations: Vec<Reservation>,
    /// What budgets hold for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
}

impl Hold {
    /// The hold once its time is over. It ended when it expired, whenever that is written down.
    #[must_use]
    pub fn expired(&self) -> Self {
        let mut hold = self.clone();
        hold.status = HoldStatus::Expired;
        hold.ended_at = Some(hold.expires_at);
        for reservation in &mut hold.reservations {
            reservation.draws.clear();
            reservation.pledged = Amount::ZERO;
        }
        hold
    }

    #[must_use]
    pub fn reservation(&self, account: &AccountId) -> Option<&Reservation> {
        self.reservations.iter().find(|one| &one.account == account)
    }

    /// The reservation for an account, made empty where there is none yet.
    pub fn reservation_mut(&mut self, account: &AccountId) -> Option<&mut Reservation> {
        let known = self
            .reservations
            .iter()
            .position(|one| &one.account == account);
        let place = known.unwrap_or(self.reservations.len());
        if known.is_none() {
            self.reservations.push(Reservation {
                account: account.clone(),
                held: Amount::ZERO,
                captured: Amount::ZERO,
                draws: Vec::new(),
                pledged: Amount::ZERO,
            });
        }
        self.reservations.get_mut(place)
    }
}

impl Reservation {
    /// Adds to what is reserved from a grant.
    pub fn add(&mut self, draw: Draw) {
        self.held = self.held.folded_plus(draw.amount);
        let place = self.draws.iter().position(|one| one.grant == draw.grant);
        match place.and_then(|place| self.draws.get_mut(place)) {
            Some(known) => known.amount = known.amount.folded_plus(draw.amount),
            None => self.draws.push(draw),
        }
    }

    /// Adds to what is reserved of the overdraft.
    pub fn pledge(&mut self, amount: Amount) {
        self.held = self.held.folded_plus(amount);
        self.pledged = self.pledged.folded_plus(amount);
    }

    /// Takes away from what is reserved from a grant, because it was captured or given back.
    pub fn subtract(&mut self, draw: Draw) {
        for known in &mut self.draws {
            if known.grant == draw.grant {
                known.amount = known.amount.folded_minus(draw.amount);
            }
        }
        self.draws.retain(|draw| draw.amount.is_positive());
    }
}
