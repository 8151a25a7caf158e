//! Platform accounts: a platform creates accounts of its own, and acts for them with its own keys.
//!
//! An account has no keys when it is made: its owner acts for it by naming it in a header, or
//! makes keys for it that way.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::OnUnpriced;
use crate::journal::chain::request_digest;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::accounts::wire::{NewAccount, SettingsChange};
use crate::worker::edge::context::Context;
use crate::worker::edge::list::{created, page};
use crate::worker::edge::principal::Caller;
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;

use super::statements;

#[derive(Serialize)]
struct AccountReply {
    id: String,
    external_id: Option<String>,
    name: String,
    created_at: String,
    metadata: Option<Box<RawValue>>,
}

impl AccountReply {
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            external_id: row.given("external_id"),
            name: row.text("name")?,
            created_at: row.text("created_at")?,
            metadata: RawValue::from_string(row.text("metadata")?).ok(),
        })
    }
}

/// The same body again answers the same, under an `external_id` or an `Idempotency-Key`.
///
/// | body | found | reply |
/// |---|---|---|
/// | new | nothing | 201 |
/// | the same | under its `external_id` or key | 201, replayed |
/// | another one | under this `external_id` | 409 `already_exists` |
/// | another one | under this key | 422 `operation_id_reused` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let account = NewAccount::read(context.body)?;
    let request = request_digest(&["account", &json(&account)]);
    let id = context.new_id("acc", &who.account_id, &who.mode)?;
    let external = account.external_id.clone();
    let values = vec![
        Some(id.clone()),
        account.external_id,
        Some(account.name),
        Some(json(&account.metadata)),
        Some(request.clone()),
        Some(time::format(context.now())),
    ];
    // By the external id where there is one, because that is what may be taken.
    let by_id = Some(id.as_str()).filter(|_| external.is_none());
    let answer = context
        .change(
            who,
            vec![
                statements::insert_account(who, values),
                statements::account(who, by_id, external.as_deref()),
            ],
        )
        .await?;
    created(
        &answer,
        "An account",
        &request,
        external.is_some(),
        AccountReply::of,
    )
}

/// `GET /v1/accounts`: newest first; `external_id` finds one.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let asked = statements::LIST.asked(context)?;
    let statements = statements::LIST.statements(who, vec![context.query("external_id")], &asked);
    let answer = context.directory(statements.into()).await?;
    page(&answer, &statements::LIST, &asked, AccountReply::of)
}

/// An account that the caller has created; those of others are nothing to it.
/// `GET /v1/accounts/{id}`: 404, also for one that exists and is another's.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = path.first().map(String::as_str).unwrap_or_default();
    let answer = context
        .directory(vec![statements::account(who, Some(id), None)])
        .await?;
    let none = || Failure::NotFound.because(format!("You have created no account {id}."));
    let row = answer.row(0)?.ok_or_else(none)?;
    Ok(Reply::ok(json(&AccountReply::of(row)?)))
}

#[derive(Serialize)]
struct AccountContext {
    account_id: String,
    environment: String,
    /// The account that created this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    org_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// `GET /v1/accounts/self`: the account that a call acts for, and on which side.
pub async fn get_self(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let answer = context
        .directory(vec![statements::own_account(&who.account_id)])
        .await?;
    // The default account needs no row, so nothing here must be there.
    let row = answer.row(0)?;
    let column = |name: &str| row.and_then(|row| row.given(name));
    Ok(Reply::ok(json(&AccountContext {
        account_id: who.account_id.clone(),
        environment: who.mode.clone(),
        org_id: column("owner_id"),
        name: column("name"),
    })))
}

#[derive(Serialize)]
struct SettingsReply {
    unpriced: &'static str,
    freeze_on_dispute: bool,
    freeze_on_fraud_warning: bool,
}

/// As the row has them; without one everything is as it is by default.
fn settings_reply(row: Option<Row<'_>>) -> Reply {
    let word = row.and_then(|row| row.given("unpriced"));
    let unpriced = word.map_or(OnUnpriced::default(), |word| OnUnpriced::from_word(&word));
    let holds = |name: &str| row.is_some_and(|row| row.holds(name));
    Reply::ok(json(&SettingsReply {
        unpriced: unpriced.word(),
        freeze_on_dispute: holds("freeze_on_dispute"),
        freeze_on_fraud_warning: holds("freeze_on_fraud_warning"),
    }))
}

/// `GET /v1/accounts/self/settings`: those of the account and the side that a call acts for.
pub async fn get_settings(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    // Asked and not taken from the key, which an isolate may remember for a minute.
    let answer = context.directory(vec![statements::settings(who)]).await?;
    Ok(settings_reply(answer.row(0)?))
}

/// `PATCH /v1/accounts/self/settings`: 200 with what holds from now on.
///
/// This isolate knows it at once; those that remember a key of the account, within 60 seconds.
pub async fn change_settings(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let change = SettingsChange::read(context.body)?;
    let flag = |given: Option<bool>| given.map(|flag| u8::from(flag).to_string());
    let given = [
        change.unpriced.map(|one| one.word().to_owned()),
        flag(change.freeze_on_dispute),
        flag(change.freeze_on_fraud_warning),
    ];
    let statements = vec![
        statements::change_settings(who, given),
        statements::settings(who),
    ];
    let answer = context.change(who, statements).await?;
    let keys = context.world.keys();
    keys.forget_account(&who.account_id, &who.mode);
    Ok(settings_reply(answer.row(1)?))
}
