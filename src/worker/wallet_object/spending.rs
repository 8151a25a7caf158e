//! Authorizations by a customer's token that has a cap.
//!
//! ```text
//! spent(token) = Σ of what its authorizations have held, whatever was captured or released of it
//! spent(token) + what is asked <= cap        else it is denied, as by a budget
//! ```
//!
//! What was released is not given back: a token is in the customer's hands for hours at most, and the sum of
//! what it has begun is what its platform wants bounded. The cap is of one asset; of every other one such a
//! token holds nothing.

use std::collections::BTreeSet;

use crate::engine::budget::{Budget, Terms};
use crate::engine::calendar::Window;
use crate::engine::{Amount, Command, Entry, Instant, Move};
use crate::journal::{Answer, Stop, Storage, transact};
use crate::worker::edge::token::SpendCap;

use super::object::WalletObject;

/// The code of the budget by which a denial names the cap, before the asset's. No code of a caller's has a
/// colon, so that it is never one of theirs.
const CODE: &str = "spend_cap:";

/// How long the sum of a token is kept after it was last used, in seconds: two days, and so for longer than
/// any token can be refreshed.
const KEPT_SECONDS: u32 = 172_800;

type Authorized<S> = Result<Vec<Answer>, (usize, Stop<S>)>;

impl<S: Storage> WalletObject<S>
where
    S::Failure: ToString,
{
    /// Decides and writes an authorization; by a token with a cap, as far as the cap allows.
    ///
    /// # Errors
    /// As [`transact`].
    pub(super) fn authorize_within(
        &mut self,
        cap: Option<&SpendCap>,
        command: Command,
        at: Instant,
    ) -> Authorized<S::Failure> {
        let Some(cap) = cap else {
            return transact(&mut self.storage, &mut self.wallet, at, &[command]);
        };
        let failed = |failure| (0, Stop::Failed(failure));
        let spent = self.storage.spent(&cap.token).map_err(failed)?;
        let spent = spent.unwrap_or_default();
        let caps = self.add_caps(cap, cap.most.folded_minus(spent), at);
        let authorized = transact(&mut self.storage, &mut self.wallet, at, &[command]);
        // Whatever came of it: a budget that no row has set must not outlive the call.
        for code in &caps {
            self.wallet.budgets.remove(code);
        }
        let answers = authorized?;
        let new = answers.iter().filter(|answer| !answer.replayed);
        let held = new.map(|answer| held(&answer.entry, &cap.asset));
        let held = held.fold(Amount::ZERO, Amount::folded_plus);
        if held.is_positive() {
            let (spent, until) = (spent.folded_plus(held), at.plus_seconds(KEPT_SECONDS));
            // In the same turn as the row, so that both are kept or neither.
            let noted = self.storage.note_spent(&cap.token, spent, (at, until));
            noted.map_err(failed)?;
        }
        Ok(answers)
    }

    /// Puts in what one call may ask at most, as budgets of a call: those count nothing, so that no entry
    /// ever names them.
    fn add_caps(&mut self, cap: &SpendCap, left: Amount, at: Instant) -> Vec<String> {
        // Of all assets, because a cap that says nothing of one must not leave it open.
        let assets = self.wallet.accounts.keys().map(|account| &account.asset);
        let mut assets: BTreeSet<String> = assets.cloned().collect();
        assets.insert(cap.asset.clone());
        let mut codes = Vec::new();
        for asset in assets {
            let is_own = asset == cap.asset;
            let code = format!("{CODE}{asset}");
            let terms = Terms {
                asset,
                limit: if is_own && left.is_positive() {
                    left
                } else {
                    Amount::ZERO
                },
                window: Window::Call,
                ..Terms::default()
            };
            let budget = Budget::new(0, terms, at);
            self.wallet.budgets.insert(code.clone(), budget);
            codes.push(code);
        }
        codes
    }
}

/// How much of an asset an authorization holds, of credit and of overdraft.
fn held(entry: &Entry, asset: &str) -> Amount {
    let of_asset = entry.changes.iter();
    let of_asset = of_asset.filter(|change| change.account.asset == asset);
    let moves = of_asset.flat_map(|change| &change.moves);
    moves.fold(Amount::ZERO, |sum, one| match one {
        Move::Reserve(draw) => sum.folded_plus(draw.amount),
        Move::Pledge { amount, .. } => sum.folded_plus(*amount),
        _ => sum,
    })
}
