//! The connection to Stripe of one side of a platform account.

use serde::Serialize;

use crate::stripe::api::account;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, unreadable};

use super::client::{Asker, Failed, ask};
use super::connection::{Connection, place_of};
use super::statements;
use super::wire::{NewConnection, Settings, hint};

#[derive(Serialize)]
struct ConnectionReply {
    processor: &'static str,
    account_id: String,
    mode: String,
    /// How the key begins and ends.
    secret_key: String,
    stripe_account: String,
    connected_account: Option<String>,
    #[serde(flatten)]
    settings: Settings,
    created_at: String,
    updated_at: String,
}

fn none() -> Problem {
    Failure::NotFound.because("No account at Stripe is connected to this side.")
}

/// The connection that a statement has found.
fn reply(who: &Caller, answer: &Outcomes, statement: usize) -> Handled {
    let row = answer.row(statement)?.ok_or_else(none)?;
    Ok(Reply::ok(json(&ConnectionReply {
        processor: "stripe",
        account_id: who.account_id.clone(),
        mode: who.mode.clone(),
        secret_key: row.text("hint")?,
        stripe_account: row.text("stripe_account")?,
        connected_account: row.given("connected_account"),
        settings: serde_json::from_str(&row.text("settings")?).map_err(|_| unreadable())?,
        created_at: row.text("created_at")?,
        updated_at: row.text("updated_at")?,
    })))
}

/// `GET /v1/accounts/self/processors/stripe`: never with the key.
pub async fn get(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let answer = context.directory(vec![statements::connection(who)]).await?;
    reply(who, &answer, 0)
}

/// `PUT /v1/accounts/self/processors/stripe`: connects this side, or changes how it is connected. The key
/// is tried before it is kept.
///
/// | case | reply |
/// |---|---|
/// | a key that Stripe knows | 200 |
/// | no key, and one was given before | 200, and that one stays |
/// | a key of the other side, or one that Stripe refuses | `validation_failed` |
/// | the deployment has no key to seal it with | `not_configured` |
/// | Stripe does not answer | 503, and everything is as before |
pub async fn set(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewConnection::read(context.body, &who.mode)?;
    let answer = context.directory(vec![statements::connection(who)]).await?;
    let known = answer.row(0)?;
    let keyring = Keyring::of(context.config)?;
    let secret_key = match (&new.secret_key, known) {
        (Some(key), _) => key.clone(),
        (None, Some(row)) => Connection::of(who, row)?.secret_key(context.config)?,
        (None, None) => return Err(Problem::field("secret_key", "is required")),
    };
    let stripe_account = verified(context, &new, &secret_key).await?;
    let values = vec![
        Some(keyring.seal(&place_of(who), &secret_key)?),
        Some(hint(&secret_key)),
        Some(stripe_account),
        new.connected_account,
        Some(json(&new.settings)),
        Some(time::format(context.now())),
    ];
    let answer = context
        .change(
            who,
            vec![
                statements::set_connection(who, values),
                statements::connection(who),
            ],
        )
        .await?;
    reply(who, &answer, 1)
}

/// The account at Stripe whose key it is, once Stripe has said that it is one, and that it may act for the
/// connected account.
///
/// # Errors
/// `validation_failed` where Stripe refuses; 503 where it does not answer.
async fn verified(
    context: &Context<'_>,
    new: &NewConnection,
    secret_key: &str,
) -> Result<String, Problem> {
    let own = account_by(context, secret_key, None, "secret_key").await?;
    if let Some(connected) = new.connected_account.as_deref() {
        account_by(context, secret_key, Some(connected), "connected_account").await?;
    }
    Ok(own)
}

async fn account_by(
    context: &Context<'_>,
    secret_key: &str,
    connected_account: Option<&str>,
    field: &str,
) -> Result<String, Problem> {
    let asker = Asker {
        secret_key,
        connected_account,
    };
    let told = match ask(context, &asker, &account::retrieve()).await {
        Ok(told) => told,
        Err(Failed::Refused(error)) => {
            // Stripe's own words never hold the key, but for its end.
            let sentence = format!("was refused by Stripe: {}", error.message);
            return Err(Problem::field(field, sentence));
        }
        Err(Failed::Open(_)) => {
            let detail = "Stripe did not answer, so the key was not tried and nothing was changed. Send the same \
                          call again.";
            return Err(Failure::Unavailable.because(detail));
        }
        Err(Failed::Unasked(problem)) => return Err(problem),
    };
    let id = told["id"].as_str().filter(|id| id.starts_with("acct_"));
    let odd = || Problem::field(field, "was answered by Stripe without an account");
    id.map(str::to_owned).ok_or_else(odd)
}

/// `DELETE /v1/accounts/self/processors/stripe`: 204; again: 404. Payments that were begun are credited all
/// the same when Stripe tells of them.
pub async fn delete(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let answer = context
        .change(who, vec![statements::delete_connection(who)])
        .await?;
    if answer.wrote(0) {
        return Ok(Reply::new(204, String::new()));
    }
    Err(none())
}
