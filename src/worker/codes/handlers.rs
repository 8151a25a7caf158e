//! Redeem codes as a key sees them. A code is shown by the call that makes it and by its repetitions, and
//! never again: it derives from the deployment's key and its id, and only its hash is stored.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::command::Metadata;
use crate::engine::scope::Scope;
use crate::engine::{Amount, Asset, Instant, Purpose, Refusal};
use crate::journal::chain::request_digest;
use crate::wire::codes::{CodeText, CreditEnd, NewCodes};
use crate::wire::ids;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::assets;
use crate::worker::assets::precision;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::{Keyring, hash};
use crate::worker::edge::list::page;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Row, unreadable};

use super::code::Code;
use super::{redeeming, statements};

/// What a code gives, and until when.
#[derive(Serialize)]
struct Terms<'a> {
    amount: Amount,
    asset: &'a str,
    account_name: &'a str,
    /// Always `promotion`: nobody has paid for it.
    purpose: Purpose,
    #[serde(skip_serializing_if = "Scope::is_everything")]
    restricted_to: &'a Scope,
    expires_at: Option<String>,
    credit_expires_at: Option<String>,
    credit_expires_days: Option<u32>,
    max_redemptions: u32,
    /// Always 1.
    per_customer: u32,
    description: Option<&'a str>,
    metadata: &'a Metadata,
    created_at: &'a str,
}

impl<'a> Terms<'a> {
    fn of(code: &'a Code) -> Self {
        let (at, days) = match code.credit_end {
            CreditEnd::Never => (None, None),
            CreditEnd::At(at) => (Some(time::format(at)), None),
            CreditEnd::Days(days) => (None, Some(days)),
        };
        Self {
            amount: code.amount,
            asset: &code.account.asset,
            account_name: &code.account.name,
            purpose: Purpose::Promotion,
            restricted_to: &code.scope,
            expires_at: code.expires_at.map(time::format),
            credit_expires_at: at,
            credit_expires_days: days,
            max_redemptions: code.max_redemptions,
            per_customer: 1,
            description: code.description.as_deref(),
            metadata: &code.metadata,
            created_at: &code.created_at,
        }
    }
}

/// A code as lists show it: without the code.
#[derive(Serialize)]
struct CodeReply<'a> {
    id: &'a str,
    batch_id: &'a str,
    /// `active`, `used_up`, `ended` or `disabled`.
    status: &'static str,
    redemptions: u32,
    #[serde(flatten)]
    terms: Terms<'a>,
    disabled_at: Option<String>,
}

fn shown(code: &Code, now: Instant) -> String {
    json(&CodeReply {
        id: &code.id,
        batch_id: &code.batch_id,
        status: code.status(now),
        redemptions: code.redemptions,
        terms: Terms::of(code),
        disabled_at: code.disabled_at.map(time::format),
    })
}

/// What one call has made.
#[derive(Serialize)]
struct BatchReply<'a> {
    batch_id: &'a str,
    codes: Vec<NewCode<'a>>,
    #[serde(flatten)]
    terms: Terms<'a>,
}

#[derive(Serialize)]
struct NewCode<'a> {
    id: &'a str,
    code: String,
}

/// The ids that a call makes: the same ones for the same `Idempotency-Key`.
fn new_ids(context: &Context<'_>, who: &Principal, count: u32) -> Result<Vec<String>, Problem> {
    // Asked for its check of the key, because the others do not look at it.
    let first = context.new_id("code", &who.account_id, &who.mode)?;
    let others = (1..count).map(|place| match context.idempotency_key {
        // The number comes first and has no space in it, so no other key makes the same text.
        Some(key) => ids::keyed(
            "code",
            &who.account_id,
            &who.mode,
            &format!("{place} {key}"),
        ),
        None => {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            context.fresh_id("code", &who.mode, place)
        }
    });
    Ok(std::iter::once(first).chain(others).collect())
}

/// The code of an id by each key of the deployment; the first one is that of a new code.
fn written(keyring: &Keyring, who: &Principal, id: &str) -> Vec<CodeText> {
    let tokens = keyring.tokens(&["code", &who.account_id, &who.mode, id]);
    let codes = tokens.iter().map(|token| CodeText::from_digits(token));
    codes.flatten().collect()
}

/// `POST /v1/codes`: with an `Idempotency-Key` the same codes, however often it is sent, and shown again.
///
/// | case | reply |
/// |---|---|
/// | new | 201, with the codes |
/// | the same key and body | 201, replayed |
/// | the same key, another body | `operation_id_reused` |
/// | no such asset | `validation_failed` |
/// | more decimal places than the asset has | `too_precise` |
/// | the deployment has no key that they derive from | `not_configured` |
pub async fn create(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let new = NewCodes::read(context.body)?;
    // Before anything is asked: without a key no code could be made, nor told again.
    let keyring = Keyring::of(context.config)?;
    let ids = new_ids(context, who, new.count)?;
    let first = ids.first().map(String::as_str).unwrap_or_default();
    let request = request_digest(&["codes", &json(&new)]);
    let asset = &new.account.asset;
    let answer = context
        .directory(vec![
            statements::code_by_id(who, first),
            assets::statements::asset_by_code(who, asset),
        ])
        .await?;
    // What was answered once is answered so again, whatever has changed since.
    if let Some(row) = answer.row(0)? {
        return made(&keyring, who, &Code::of(row)?, &ids, &request, true);
    }
    new.check_times(context.now())?;
    let unknown = || Problem::field("asset", precision::no_such(asset));
    let precision = precision::precision(&answer, 1, asset)?.ok_or_else(unknown)?;
    let code = asset.clone();
    // The wallet would refuse it at every redemption, when it is too late to make another code.
    Asset { code, precision }.check(new.amount)?;
    let hashed = |id: &String| {
        let codes = written(&keyring, who, id);
        codes.first().map(|code| (id.clone(), hash(code.plain())))
    };
    let hashed: Vec<_> = ids.iter().filter_map(hashed).collect();
    let terms = columns(&new, precision, &request, &time::format(context.now()));
    let answer = context
        .directory(vec![
            statements::insert_codes(who, json(&hashed), first, terms),
            statements::code_by_id(who, first),
        ])
        .await?;
    let none = || Failure::Internal.because("The directory did not keep the codes.");
    let row = answer.row(1)?.ok_or_else(none)?;
    // Somebody may have made them between the two transactions, so the row decides once more.
    let replayed = !answer.wrote(0);
    made(&keyring, who, &Code::of(row)?, &ids, &request, replayed)
}

fn columns(new: &NewCodes, precision: u32, request: &str, now: &str) -> Vec<Option<String>> {
    let micros = |at: Instant| at.micros().to_string();
    let (end, days) = match new.credit_end {
        CreditEnd::Never => (None, None),
        CreditEnd::At(at) => (Some(micros(at)), None),
        CreditEnd::Days(days) => (None, Some(days.to_string())),
    };
    vec![
        Some(new.account.name.clone()),
        Some(new.account.asset.clone()),
        Some(precision.to_string()),
        Some(new.amount.to_string()),
        Some(json(&new.scope)),
        new.expires_at.map(micros),
        end,
        days,
        Some(new.max_redemptions.to_string()),
        new.description.clone(),
        Some(json(&new.metadata)),
        Some(request.to_owned()),
        Some(now.to_owned()),
    ]
}

/// The reply of a call that has made codes, from the row of the first one.
fn made(
    keyring: &Keyring,
    who: &Principal,
    first: &Code,
    ids: &[String],
    request: &str,
    replayed: bool,
) -> Handled {
    if first.request != request {
        return Err(Problem::from(Refusal::OperationIdReused));
    }
    // All were made by one key, so the first code says by which; the others need no look-up.
    let known = written(keyring, who, &first.id);
    let by = known
        .iter()
        .position(|code| hash(code.plain()) == first.hash);
    let gone = || {
        let detail = "No key in SECRETS_KEY makes these codes any more, so they cannot be shown again. \
                      They work as before; make others to see some.";
        Failure::NotConfigured.because(detail)
    };
    let by = by.ok_or_else(gone)?;
    let codes = ids.iter().filter_map(|id| {
        let code = written(keyring, who, id).get(by)?.to_string();
        Some(NewCode { id, code })
    });
    let reply = BatchReply {
        batch_id: &first.batch_id,
        codes: codes.collect(),
        terms: Terms::of(first),
    };
    Ok(Reply::new(201, json(&reply)).replayed(replayed))
}

fn id_in(path: &Path) -> &str {
    path.first().map(String::as_str).unwrap_or_default()
}

fn no_code(id: &str) -> Problem {
    Failure::NotFound.because(format!("There is no code {id}."))
}

/// `GET /v1/codes`: newest first; `batch_id` finds those that one call has made.
pub async fn list(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let batch = context.query("batch_id");
    // A batch of the other side would look like one that has no codes, so it is told.
    if let Some(batch) = &batch {
        who.check_side(batch)?;
    }
    let asked = statements::LIST.asked(context)?;
    let statements = statements::LIST.statements(who, vec![batch], &asked);
    let answer = context.directory(statements.into()).await?;
    let now = context.now();
    page(&answer, &statements::LIST, &asked, |row: Row<'_>| {
        let code = Code::of(row)?;
        RawValue::from_string(shown(&code, now)).map_err(|_| unreadable())
    })
}

/// `GET /v1/codes/{id}`. Redemptions of it that were interrupted are finished now.
pub async fn get(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let id = id_in(path);
    let answer = context
        .directory(vec![
            statements::code_by_id(who, id),
            statements::open_of_code(who, id),
        ])
        .await?;
    let row = answer.row(0)?.ok_or_else(|| no_code(id))?;
    // Whoever looks at a code wants to know what it gave, so what was interrupted is finished first.
    redeeming::finish(context, who, answer.values(1)?).await?;
    Ok(Reply::ok(shown(&Code::of(row)?, context.now())))
}

/// `DELETE /v1/codes/{id}`: 204, also again; 404 where there is none. What was redeemed stays redeemed.
pub async fn disable(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let (id, now) = (id_in(path), context.now().micros());
    let answer = context
        .directory(vec![statements::disable_code(who, id, now)])
        .await?;
    if answer.wrote(0) {
        return Ok(Reply::new(204, String::new()));
    }
    Err(no_code(id))
}
