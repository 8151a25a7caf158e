//! A connection to Stripe, as it is stored.

use crate::wire::problem::{Failure, Problem};
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Outcomes, Row, unreadable};

use super::statements;
use super::wire::Settings;

/// Who is asked at Stripe, and with which key.
pub struct Connection {
    /// The key, sealed.
    sealed: String,
    /// For what it is sealed.
    place: String,
    /// Whose key it is.
    pub stripe_account: String,
    /// On whose behalf Stripe is asked.
    pub connected_account: Option<String>,
    pub settings: Settings,
}

/// For what a key is sealed: one that is moved to another side opens nothing.
#[must_use]
pub fn place_of(who: &Principal) -> String {
    format!("stripe_key {} {}", who.account_id, who.mode)
}

impl Connection {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    pub fn of(who: &Principal, row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            sealed: row.text("sealed")?,
            place: place_of(who),
            stripe_account: row.text("stripe_account")?,
            connected_account: row.given("connected_account"),
            settings: serde_json::from_str(&row.text("settings")?).map_err(|_| unreadable())?,
        })
    }

    /// The one that a statement has found.
    ///
    /// # Errors
    /// As [`Connection::of`].
    pub fn found(
        who: &Principal,
        answer: &Outcomes,
        statement: usize,
    ) -> Result<Option<Self>, Problem> {
        answer
            .row(statement)?
            .map(|row| Self::of(who, row))
            .transpose()
    }

    /// The account at Stripe that has the payments and the customers.
    #[must_use]
    pub fn account(&self) -> &str {
        self.connected_account
            .as_deref()
            .unwrap_or(&self.stripe_account)
    }

    /// The key itself.
    ///
    /// # Errors
    /// `not_configured` where no key of the deployment opens it.
    pub fn secret_key(&self, config: &Config) -> Result<String, Problem> {
        let gone = || {
            let detail = "No key in SECRETS_KEY opens the key of Stripe. Add the one that sealed it, or connect \
                          Stripe again.";
            Failure::NotConfigured.because(detail)
        };
        Keyring::of(config)?
            .open(&self.place, &self.sealed)
            .ok_or_else(gone)
    }
}

/// The connection of a side.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn connection_of(
    context: &Context<'_>,
    who: &Principal,
) -> Result<Option<Connection>, Problem> {
    let answer = context.directory(vec![statements::connection(who)]).await?;
    Connection::found(who, &answer, 0)
}
