//! The overdraft: how far below zero authorizations may take an account.

use serde::Serialize;

use crate::engine::{
    AccountId, Action, Amount, Asset, Command, Entry, Fact, Instant, Wallet, WalletAccount,
};
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::request::{account, command, not_negative, read};

use super::operation::operation_id;

/// An overdraft before its asset has been looked up: its precision is not known yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewOverdraft {
    /// The operation id of the command.
    op: String,
    /// Which account may go below zero.
    pub account: AccountId,
    /// How far; zero ends it.
    limit: Amount,
}

impl NewOverdraft {
    /// `PUT …/wallet/overdraft`.
    ///
    /// ```json
    /// { "asset": "USD", "limit": "20", "account_name": "default" }
    /// ```
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, key: Option<&str>, request_id: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let op = operation_id(object, "overdraft", key, request_id, errors);
            let account = account(object, errors);
            let limit = not_negative(object, "limit", errors);
            Some(Self {
                op,
                account: account?,
                limit: limit?,
            })
        })
    }

    /// The command, once the precision of the asset is known.
    #[must_use]
    pub fn command(self, precision: u32) -> Command {
        let asset = Asset {
            code: self.account.asset.clone(),
            precision,
        };
        let action = Action::SetOverdraft {
            account: self.account,
            asset,
            limit: self.limit,
        };
        command(self.op, action)
    }
}

/// ```json
/// { "account": "default:USD", "account_name": "default", "asset": "USD", "limit": "20", "used": "3" }
/// ```
#[derive(Serialize)]
struct OverdraftReply<'a> {
    account: String,
    account_name: &'a str,
    asset: &'a str,
    /// How far below zero authorizations may take what is available.
    limit: Amount,
    /// How far below zero the account is, or would be if every hold were captured. Only where it is
    /// read: the reply to a change is for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<Amount>,
}

impl<'a> OverdraftReply<'a> {
    fn new(account: &'a AccountId, limit: Amount) -> Self {
        Self {
            account: account.to_string(),
            account_name: &account.name,
            asset: &account.asset,
            limit,
            used: None,
        }
    }
}

/// The reply to a set overdraft, from its entry.
#[must_use]
pub fn overdraft(entry: &Entry) -> String {
    match &entry.fact {
        Fact::OverdraftSet { account, limit } => json(&OverdraftReply::new(account, *limit)),
        // Only entries of this kind come here; whatever happened, a reply must not fail once its
        // entry is written.
        _ => "{}".to_owned(),
    }
}

/// `GET …/wallet/overdraft`: every account with its limit.
#[must_use]
pub fn overdrafts(wallet: &Wallet, at: Instant) -> String {
    let reply = |(id, account): (&'_ AccountId, &WalletAccount)| -> String {
        let available = account.available(at).unwrap_or_default();
        json(&OverdraftReply {
            used: Some(available.negated().max(Amount::ZERO)),
            ..OverdraftReply::new(id, account.overdraft)
        })
    };
    let items: Vec<String> = wallet.accounts.iter().map(reply).collect();
    format!("{{\"items\":[{}]}}", items.join(","))
}
