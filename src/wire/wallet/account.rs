//! A wallet's accounts and what they amount to at a moment.

use serde::Serialize;

use crate::engine::entitlement::Feature;
use crate::engine::scope::Scope;
use crate::engine::{AccountId, Amount, Balance, Instant, Wallet, WalletAccount};
use crate::wire::reply::json;

use super::freeze::{FreezeReply, freezes};

/// ```json
/// { "customer_id": "cust_…", "accounts": [], "features": [ { "code": "seats", "limit": "5" } ],
///   "seq": 17 }
/// ```
#[derive(Serialize)]
struct WalletReply<'a> {
    customer_id: &'a str,
    accounts: Vec<AccountReply>,
    /// What the customer's products allow; the largest limit of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    features: Vec<Feature>,
    /// Why nothing is authorized; absent where something is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    freezes: Vec<FreezeReply<'a>>,
    /// The journal entry that these balances include; it may be an expiry that is about to be
    /// written.
    seq: u64,
}

/// ```json
/// { "id": "default:USD", "name": "default", "asset": "USD", "available": "9.92", "balance": "9.94",
///   "held": "0.02", "pending_in": "0", "pending_out": "0.02", "restricted": [], "overdraft": "0" }
/// ```
#[derive(Serialize)]
struct AccountReply {
    id: String,
    name: String,
    asset: String,
    /// What any use may spend now; below zero where more was used than there was.
    available: Amount,
    balance: Amount,
    /// What open holds have put aside.
    held: Amount,
    /// Top-ups on their way. None are: on the test side, paying and crediting are one step.
    pending_in: Amount,
    /// The same as `held`, under Credyt's name.
    pending_out: Amount,
    /// Beside what is available: credit that only certain usage may draw on.
    restricted: Vec<RestrictedReply>,
    /// How far below zero authorizations may take what is available.
    overdraft: Amount,
}

/// Credit of an account that only certain usage may draw on, summed by what that is:
/// `{"amount": "5", "restricted_to": {"event_types": ["chat"]}}`.
#[derive(Serialize)]
struct RestrictedReply {
    amount: Amount,
    restricted_to: Scope,
}

/// One account as it is at a moment. Its numbers come from the wallet and not from an entry: this
/// is read and never replayed.
fn account_reply(wallet: &Wallet, id: &AccountId, at: Instant) -> AccountReply {
    let now = wallet.balance(id, at).unwrap_or(Balance::NOTHING);
    let account = wallet.accounts.get(id);
    AccountReply {
        id: id.to_string(),
        name: id.name.clone(),
        asset: id.asset.clone(),
        available: now.available(),
        balance: now.balance,
        held: now.held,
        pending_in: Amount::ZERO,
        pending_out: now.held,
        restricted: account.map_or_else(Vec::new, |account| restricted(account, at)),
        overdraft: account.map_or(Amount::ZERO, |account| account.overdraft),
    }
}

/// The restricted credit of an account, by scope, in the order in which it is first consumed.
fn restricted(account: &WalletAccount, at: Instant) -> Vec<RestrictedReply> {
    let mut sums: Vec<RestrictedReply> = Vec::new();
    let own = account.grants.iter().filter(|one| one.is_restricted());
    for grant in own.filter(|one| one.is_live(at) && one.free.is_positive()) {
        let scope = &grant.terms.scope;
        // A wallet has a handful of scopes, so a search is shorter than a map, and keeps the order.
        match sums.iter_mut().find(|one| one.restricted_to == *scope) {
            Some(known) => known.amount = known.amount.folded_plus(grant.free),
            None => sums.push(RestrictedReply {
                amount: grant.free,
                restricted_to: scope.clone(),
            }),
        }
    }
    sums
}

/// `GET …/wallet`: all accounts, in the order of their ids.
#[must_use]
pub fn accounts(wallet: &Wallet, at: Instant) -> String {
    let accounts = wallet.accounts.keys();
    let features = wallet.features().into_iter();
    let feature = |(code, limit): (&str, _)| Feature {
        code: code.to_owned(),
        limit,
    };
    json(&WalletReply {
        customer_id: &wallet.customer,
        accounts: accounts.map(|id| account_reply(wallet, id, at)).collect(),
        features: features.map(feature).collect(),
        freezes: freezes(wallet),
        seq: wallet.seq,
    })
}

/// `GET …/wallet/{account}`; nothing where the wallet has no such account.
#[must_use]
pub fn account(wallet: &Wallet, id: &AccountId, at: Instant) -> Option<String> {
    // Asked first, because an account that is not there would otherwise be shown with zeros.
    wallet.accounts.get(id)?;
    Some(json(&account_reply(wallet, id, at)))
}
