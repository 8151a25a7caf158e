//! A code that a customer has redeemed, as the wallet is told of it.

use serde::{Deserialize, Serialize};

use crate::engine::command::{CreditSource, Metadata};
use crate::engine::scope::Scope;
use crate::engine::{
    AccountId, Action, Amount, Asset, Command, Credit, Entry, Fact, Instant, Purpose,
};
use crate::journal::chain::request_digest;
use crate::wire::balance::{BalanceReply, balances};
use crate::wire::ids;
use crate::wire::reply::json;
use crate::wire::time;

/// A redemption that the directory has counted. It travels from the edge to the wallet, so a new field has
/// a default and none is renamed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConfirmedRedemption {
    /// The id of the code, never the code.
    pub code: String,
    pub customer: String,
    pub account: AccountId,
    /// Decimal places of the asset.
    pub precision: u32,
    pub amount: Amount,
    pub expires_at: Option<Instant>,
    pub scope: Scope,
    pub description: Option<String>,
    pub metadata: Metadata,
}

impl ConfirmedRedemption {
    /// The credit. It is identified by the code and the customer alone: however often it is told, it is
    /// one.
    #[must_use]
    pub fn credit(&self) -> Command {
        let asset = Asset {
            code: self.account.asset.clone(),
            precision: self.precision,
        };
        let action = Action::Credit(Credit {
            account: self.account.clone(),
            asset,
            amount: self.amount,
            // Nobody has paid for it, so it is never revenue and never refunded.
            purpose: Purpose::Promotion,
            effective_at: None,
            expires_at: self.expires_at,
            scope: self.scope.clone(),
            source: CreditSource::Code {
                code: self.code.clone(),
            },
            description: self.description.clone(),
            metadata: self.metadata.clone(),
        });
        Command {
            // What it gives is in the row of the directory, so only which and who are part of what was asked.
            op: format!("code:{}:{}", self.code, self.customer),
            request: request_digest(&["code", &self.code, &self.customer]),
            action,
        }
    }
}

/// ```json
/// { "code_id": "code_…", "grant_id": "grant_…", "account": "default:USD", "asset": "USD",
///   "amount": "5", "repaid": "0", "purpose": "promotion", "expires_at": null, "description": null,
///   "redeemed_at": "…", "balances": [] }
/// ```
#[derive(Serialize)]
struct Redeemed<'a> {
    code_id: &'a str,
    grant_id: String,
    account: &'a AccountId,
    asset: &'a str,
    amount: Amount,
    /// How much of it repaid debt at once.
    repaid: Amount,
    purpose: Purpose,
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Scope::is_everything")]
    restricted_to: &'a Scope,
    description: Option<&'a str>,
    redeemed_at: String,
    balances: Vec<BalanceReply<'a>>,
}

/// The answer to a redemption, from its entry; a replay says the same.
#[must_use]
pub fn redeemed(redemption: &ConfirmedRedemption, entry: &Entry) -> String {
    let Fact::Credited {
        grant,
        amount,
        repaid,
        description,
        ..
    } = &entry.fact
    else {
        // Only credits come here; a reply must not fail once its entry is written.
        return "{}".to_owned();
    };
    json(&Redeemed {
        code_id: &redemption.code,
        grant_id: ids::of_wallet("grant", &redemption.customer, *grant),
        account: &redemption.account,
        asset: &redemption.account.asset,
        amount: *amount,
        repaid: *repaid,
        purpose: Purpose::Promotion,
        expires_at: redemption.expires_at.map(time::format),
        restricted_to: &redemption.scope,
        description: description.as_deref(),
        redeemed_at: time::format(entry.at),
        balances: balances(entry),
    })
}
