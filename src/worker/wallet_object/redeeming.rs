//! The credit of a code that the directory has counted as redeemed.

use crate::engine::Instant;
use crate::journal::Storage;
use crate::wire::codes::{ConfirmedRedemption, redeemed};
use crate::worker::edge::reply::Reply;

use super::object::{Trouble, WalletObject};

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// Once per code and customer; told again, it is answered as it was.
    pub(super) fn redeem_code(
        &mut self,
        redemption: &ConfirmedRedemption,
        at: Instant,
    ) -> Result<Reply, Trouble> {
        let answer = self.transact_one(at, redemption.credit())?;
        // A subscription that waited for this credit is active when the customer is told.
        self.settle_due(at)?;
        let body = redeemed(redemption, &answer.entry);
        Ok(Reply::ok(body).replayed(answer.replayed))
    }
}
