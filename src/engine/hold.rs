//! A hold is reserved money with an end.
//!
//! ```text
//! Open --capture (final)--> Captured
//! Open --release----------> Released
//! Open --time-------------> Expired --capture (part)---> Expired (late), for a day
//!                           Expired --capture (final)--> Captured (late)
//! ```
//!
//! Only open holds reserve money, so only they live in the wallet. An ended hold is read back from
//! the journal when somebody asks again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::amount::{Amount, total};
use super::asset::AccountId;
use super::budget::Count;
use super::grant::GrantId;
use super::moves::{Draw, Move};
use super::time::{Instant, SECONDS_OF_A_DAY};

/// The `seq` of the journal entry that authorized the hold.
pub type HoldId = u64;

/// Seconds a hold lasts when the request does not say.
pub const DEFAULT_SECONDS: u32 = 5 * 60;

/// The longest a hold lasts from now, in seconds: one day.
pub const MAX_SECONDS: u32 = SECONDS_OF_A_DAY;

/// For so long after its expiry a hold takes captures, until the final one: one day, in seconds. Without
/// any it still takes a single one later, because what has happened always posts.
pub const LATE_SECONDS: u32 = SECONDS_OF_A_DAY;

/// Open holds that one wallet may have at a time. A hold of one grant is some 220 bytes of a snapshot, so
/// these are 2.2 MB of it.
pub const MAX_OPEN: usize = 10_000;

/// What a hold has of one account.
///
/// ```text
/// left = sum of draws[i].amount + pledged
/// while open: held - captured <= left <= held      a capture may take more than was held
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reservation {
    /// In snapshots since the first.
    pub account: AccountId,
    /// Everything that was ever reserved: by the authorization and its extensions.
    /// In snapshots since the first.
    pub held: Amount,
    /// What was charged, also beyond what was held. In snapshots since the first.
    pub captured: Amount,
    /// What is still reserved, in the order of reserving.
    /// In snapshots since the first.
    pub draws: Vec<Draw>,
    /// What is still reserved of the overdraft.
    /// Added with the overdraft: absent means zero. An older deployment passes it over; see
    /// [`super::wallet::Wallet`].
    #[serde(default, skip_serializing_if = "Amount::is_zero_ref")]
    pub pledged: Amount,
}

impl Reservation {
    /// What is still reserved. Reservations were in range when they were made.
    #[must_use]
    pub fn left(&self) -> Amount {
        // The fallback is never met, since reserving checked the same sum; but folding must not
        // fail.
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
///
/// ```text
/// open:  authorized_at <= now < expires_at, and every draw is reserved in its grant
/// ended: ended_at is there, and nothing is reserved
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hold {
    /// In snapshots since the first, as all that is not marked.
    pub id: HoldId,
    /// Open, wherever it is stored: only open holds are.
    pub status: HoldStatus,
    /// Of its entry.
    pub authorized_at: Instant,
    /// When what is left comes back by itself.
    pub expires_at: Instant,
    /// Absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    /// Captured after the hold had expired, in part or whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Whose work it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// By account, in the order of asking.
    pub reservations: Vec<Reservation>,
    /// What budgets hold for it.
    /// Added with budgets: absent means none. An older deployment passes it over; see
    /// [`super::wallet::Wallet`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<Count>,
}

impl Hold {
    /// The hold once its time is over. It ended when it expired, whenever that is written down.
    #[must_use]
    pub fn expired(&self) -> Self {
        let mut hold = self.clone();
        // By its own clock, so that a wallet that slept tells the same as one that was awake.
        hold.end(HoldStatus::Expired, self.expires_at);
        hold
    }

    /// Nothing is reserved from here on. Its own rows need not say all that was: credit that took the
    /// place of a pledge is in the row of that credit.
    pub fn end(&mut self, status: HoldStatus, at: Instant) {
        self.status = status;
        self.ended_at = Some(at);
        for reservation in &mut self.reservations {
            reservation.draws.clear();
            reservation.pledged = Amount::ZERO;
        }
    }

    /// An expired hold that was captured since, and whose day for that is over.
    #[must_use]
    pub fn is_shut(&self, at: Instant) -> bool {
        self.late && self.is_past_its_day(at)
    }

    /// It expired so long ago that a capture is its last, whatever it says.
    #[must_use]
    pub fn is_past_its_day(&self, at: Instant) -> bool {
        self.expires_at.plus_seconds(LATE_SECONDS) <= at
    }

    /// What it has of an account.
    #[must_use]
    pub fn reservation(&self, account: &AccountId) -> Option<&Reservation> {
        self.reservations.iter().find(|one| &one.account == account)
    }

    /// The reservation for an account, made empty where there is none yet.
    pub fn reservation_mut(&mut self, account: &AccountId) -> Option<&mut Reservation> {
        // A hold has an account or two, so a search costs less than a map would.
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
    /// Adds to what is reserved of the overdraft.
    pub fn pledge(&mut self, amount: Amount) {
        self.held = self.held.folded_plus(amount);
        self.pledged = self.pledged.folded_plus(amount);
    }

    /// Credit takes the place of overdraft: what is held stays as much.
    pub fn back(&mut self, draw: Draw) {
        self.pledged = self.pledged.folded_minus(draw.amount);
        Places::default().add(&mut self.draws, draw);
    }

    /// Carries moves out on what is reserved. A hold may have ten thousand draws, and its end as many
    /// moves, so that a draw is not searched for each of them.
    pub fn apply<'a>(&mut self, moves: impl Iterator<Item = &'a Move> + Clone) {
        let count = self.draws.len().saturating_add(moves.clone().count());
        let mut places = Places::default();
        if count > FEW {
            let all = self.draws.iter().enumerate();
            places.0 = Some(all.map(|(place, draw)| (draw.grant, place)).collect());
        }
        for one in moves {
            self.apply_one(one, &mut places);
        }
        // What is captured whole is taken out, so that releasing later makes no move of nothing.
        self.draws.retain(|draw| draw.amount.is_positive());
    }

    /// Money that it captures beyond its reservation counts as captured, too.
    fn apply_one(&mut self, change: &Move, places: &mut Places) {
        let captured = match change {
            Move::Reserve(draw) => {
                self.held = self.held.folded_plus(draw.amount);
                return places.add(&mut self.draws, *draw);
            }
            Move::Release(draw) => return places.subtract(&mut self.draws, *draw),
            Move::Pledge { amount } => return self.pledge(*amount),
            Move::Unpledge { amount } => {
                self.pledged = self.pledged.folded_minus(*amount);
                return;
            }
            Move::Capture(draw) => {
                places.subtract(&mut self.draws, *draw);
                draw.amount
            }
            Move::Owe { amount } => {
                self.pledged = self.pledged.folded_minus(*amount);
                *amount
            }
            Move::Draw(draw) => draw.amount,
            Move::Borrow { amount } => *amount,
            Move::Open { .. }
            | Move::Repay(_)
            | Move::Lapse(_)
            | Move::Back { .. }
            | Move::Restore { .. }
            | Move::Forgive { .. } => return,
        };
        self.captured = self.captured.folded_plus(captured);
    }
}

/// So many draws are searched one after the other.
const FEW: usize = 16;

/// Where the draw of a grant is, where there are more than a few.
#[derive(Default)]
struct Places(Option<BTreeMap<GrantId, usize>>);

impl Places {
    fn of(&self, draws: &[Draw], grant: GrantId) -> Option<usize> {
        match &self.0 {
            Some(places) => places.get(&grant).copied(),
            // One with nothing left is about to be taken out.
            None => draws
                .iter()
                .position(|one| one.grant == grant && one.amount.is_positive()),
        }
    }

    fn add(&mut self, draws: &mut Vec<Draw>, draw: Draw) {
        let place = self.of(draws, draw.grant);
        if let Some(known) = place.and_then(|place| draws.get_mut(place)) {
            known.amount = known.amount.folded_plus(draw.amount);
            return;
        }
        if let Some(places) = &mut self.0 {
            places.insert(draw.grant, draws.len());
        }
        draws.push(draw);
    }

    fn subtract(&mut self, draws: &mut [Draw], draw: Draw) {
        let place = self.of(draws, draw.grant);
        let Some(known) = place.and_then(|place| draws.get_mut(place)) else {
            return;
        };
        known.amount = known.amount.folded_minus(draw.amount);
        if let Some(places) = &mut self.0
            && !known.amount.is_positive()
        {
            places.remove(&draw.grant);
        }
    }
}
