//! Money arrives: Stripe's signed events. A payment that cannot be credited is kept where people
//! see it, and answered 2xx, because sending it again would not help.
//!
//! ```text
//! verify ──▶ interpret ──▶ whose? ──▶ name the wallet ──▶ the wallet credits ──▶ note it
//!               │            │             │                    │
//!               └────────────┴─────────────┴────────────────────┴──▶ keep as unmatched
//! ```
//!
//! Stripe sends an event again until it gets a 2xx, and several events tell of one payment. Each
//! step can be repeated: the wallet is named once, and it credits a payment once.

use serde::{Deserialize, Serialize};

use crate::engine::Amount;
use crate::stripe::{
    self, CustomerRef, Interpretation, Parked, Payment, SignatureError, interpret, verify,
};
use crate::wire::catalogue::DEFAULT_PRECISION;
use crate::wire::money::ConfirmedPayment;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::assets;
use crate::worker::customers;
use crate::worker::edge::call::Ask;
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::list::{page, window};
use crate::worker::edge::principal::{Caller, DEFAULT_ACCOUNT, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::Row;

use super::statements;

/// Verifies local events when nothing is configured, where the environment says `local` only.
///
/// Everybody can read it here, so it is worth nothing anywhere else.
pub const LOCAL_SECRET: &str = "whsec_local";

#[derive(Serialize)]
struct Received<'a> {
    received: bool,
    /// `credited`, `ignored` or `unmatched`.
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// 200 with what became of the event; Stripe only looks at the status, people read the rest.
fn received(outcome: &str, reason: Option<&str>) -> Reply {
    Reply::ok(json(&Received {
        received: true,
        outcome,
        reason,
    }))
}

/// `POST /stripe/webhook`.
///
/// | event | reply |
/// |---|---|
/// | signature missing or wrong | 4xx, and nothing is read |
/// | no usable secret is configured | 503: Stripe sends it again |
/// | credited now or before | 200 `credited` |
/// | says nothing of money that arrived | 200 `ignored` |
/// | money that cannot be credited | 200 `unmatched`, and it is kept |
/// | the wallet or the directory did not answer | 503: Stripe sends it again |
pub async fn stripe_webhook(context: &Context<'_>, _: &Path) -> Handled {
    let secrets = secrets(context.config)?;
    let seconds = context.request.now.div_euclid(1_000);
    let header = context.request.stripe_signature;
    // Over the bytes as they came, and before they are read: a stranger's JSON is not even parsed.
    verify(context.body.as_bytes(), header, &secrets, seconds).map_err(rejected)?;
    match interpret(context.body) {
        Interpretation::Credit(payment) => credit(context, &payment).await,
        Interpretation::Ignore { reason } => Ok(received("ignored", Some(reason.code()))),
        Interpretation::Park(parked) => {
            let reason = parked.reason.code();
            let unmatched = Unmatched::parked(&parked);
            keep(context, &unmatched, reason).await
        }
        // Signed and yet unreadable: a 2xx would say that its money is accounted for, and nobody
        // could tell.
        Interpretation::Unreadable { detail } => Err(Failure::MalformedBody.because(detail)),
    }
}

fn rejected(error: SignatureError) -> Problem {
    let failure = match error {
        // Our own fault, so 503: with a 4xx it would look as if the sender were wrong.
        SignatureError::NoUsableSecret => Failure::Unavailable,
        _ => Failure::SignatureRejected,
    };
    failure.because(error.detail())
}

/// The configured secrets; a local server without any has one of its own.
fn secrets(config: &Config) -> Result<Vec<&str>, Problem> {
    let listed = config.stripe_webhook_secrets.split(',');
    let secrets: Vec<&str> = listed
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .collect();
    if secrets.is_empty() && config.is_local() {
        return Ok(vec![LOCAL_SECRET]);
    }
    // All are checked, because one that is mistyped would otherwise reject events silently.
    for secret in &secrets {
        stripe::check_secret(secret)
            .map_err(|error| Failure::Unavailable.because(error.detail()))?;
    }
    Ok(secrets)
}

fn side(livemode: bool) -> &'static str {
    if livemode { "live" } else { "test" }
}

/// A payment that was not credited, with what is known of it.
struct Unmatched {
    who: Principal,
    event_id: String,
    event_type: String,
    detail: String,
    payment: Option<String>,
    asset: Option<String>,
    amount: Option<String>,
}

impl Unmatched {
    /// What could not be understood. It goes to the live side where it does not say which: there
    /// somebody looks.
    fn parked(parked: &Parked) -> Self {
        Self {
            who: principal(parked.account.as_deref(), parked.livemode.unwrap_or(true)),
            event_id: parked.event_id.clone(),
            event_type: parked.event_type.clone(),
            detail: parked.detail.clone(),
            payment: parked.payment.clone(),
            asset: parked.asset.clone(),
            amount: parked.amount.clone(),
        }
    }

    /// What was understood and has nowhere to go.
    fn payment(payment: &Payment, detail: String) -> Self {
        Self {
            who: principal(payment.account.as_deref(), payment.livemode),
            event_id: payment.event_id.clone(),
            event_type: payment.event_type.clone(),
            detail,
            payment: Some(payment.payment.clone()),
            asset: Some(payment.asset.clone()),
            amount: Some(payment.amount.clone()),
        }
    }
}

/// The side of the event's own words: `livemode`, and the account in its metadata.
fn principal(account: Option<&str>, livemode: bool) -> Principal {
    Principal {
        account_id: account.unwrap_or(DEFAULT_ACCOUNT).to_owned(),
        mode: side(livemode).to_owned(),
    }
}

/// Keeps the event before it is answered: a 2xx says that the money is accounted for.
///
/// | case | reply |
/// |---|---|
/// | kept now | `unmatched` |
/// | kept before | `unmatched`, replayed |
/// | the payment was credited, by another event | `ignored` |
/// | credited, and this event names another wallet | `unmatched`, always |
async fn keep(context: &Context<'_>, unmatched: &Unmatched, reason: &str) -> Handled {
    let values = vec![
        Some(unmatched.event_id.clone()),
        Some(unmatched.event_type.clone()),
        Some(reason.to_owned()),
        Some(unmatched.detail.clone()),
        unmatched.payment.clone(),
        unmatched.asset.clone(),
        unmatched.amount.clone(),
        Some(context.body.to_owned()),
        Some(time::format(context.now())),
    ];
    let answer = context
        .directory(vec![
            statements::insert_unmatched(&unmatched.who, values),
            statements::payment_by_id(unmatched.payment.as_deref().unwrap_or_default()),
        ])
        .await?;
    let known = answer.row(1)?;
    let credited = known.is_some_and(|row| row.given("credited_at").is_some());
    // Two wallets for one payment is a mistake that somebody must see, although the money is not
    // lost.
    if credited && reason != CREDITED_ELSEWHERE {
        return Ok(received("ignored", Some("already_credited")));
    }
    let reply = received("unmatched", Some(reason));
    Ok(reply.replayed(!answer.wrote(0)))
}

/// Several wallets were named for one payment.
const CREDITED_ELSEWHERE: &str = "credited_elsewhere";

/// A payment on its way to a wallet. Whatever stops it here is kept; only what may pass by itself
/// is an error.
///
/// The wallet is named in the directory before it is asked: two events that name two wallets must
/// not both be credited.
async fn credit(context: &Context<'_>, payment: &Payment) -> Handled {
    let who = principal(payment.account.as_deref(), payment.livemode);
    let (id, external) = match &payment.customer {
        CustomerRef::Id(id) => (Some(id.as_str()), None),
        CustomerRef::ExternalId(external) => (None, Some(external.as_str())),
    };
    let answer = context
        .directory(vec![
            customers::statements::modes_of_customer(&who.account_id, id, external),
            assets::statements::asset_by_code(&who, &payment.asset),
        ])
        .await?;
    let mut sides = answer.values(0)?.iter().map(Row::new);
    let Some(here) = sides.find(|row| row.given("mode").is_some_and(|mode| mode == who.mode))
    else {
        // The two are told apart, because one is a wrong key and the other a wrong name.
        let elsewhere = answer.wrote(0);
        let reason = if elsewhere {
            "wrong_mode"
        } else {
            "unknown_customer"
        };
        let customer = id.or(external).unwrap_or_default();
        let detail = format!(
            "No customer {customer} on the {} side of {}.",
            who.mode, who.account_id
        );
        return keep(context, &Unmatched::payment(payment, detail), reason).await;
    };
    let customer = &here.text("id")?;
    let precision = match answer.row(1)? {
        Some(row) => row.count("precision")?,
        // Stripe only takes currencies that everybody knows, so the asset need not have been made.
        None => DEFAULT_PRECISION,
    };
    let Ok(amount) = Amount::parse(&payment.amount) else {
        let detail = "The amount cannot be read.".to_owned();
        let unmatched = Unmatched::payment(payment, detail);
        return keep(context, &unmatched, "amount_out_of_range").await;
    };
    let confirmed = ConfirmedPayment {
        op: payment.op.clone(),
        payment: payment.payment.clone(),
        event: payment.event_id.clone(),
        asset: payment.asset.clone(),
        precision,
        amount,
        tax_known: payment.tax_known,
        description: payment.description.clone(),
    };
    let wallet = who.wallet(customer);
    let answer = context
        .directory(vec![
            statements::name_wallet(&payment.payment, &wallet, &time::format(context.now())),
            statements::payment_by_id(&payment.payment),
        ])
        .await?;
    let named = answer.row(1)?.and_then(|row| row.given("wallet"));
    if named.is_some_and(|named| named != wallet) {
        // It is not told which: that may be the wallet of another platform account.
        let detail = "An earlier event of this payment named another wallet, so it is not credited \
                      to this one as well. Look at the metadata of its session and PaymentIntent.";
        let unmatched = Unmatched::payment(payment, detail.to_owned());
        return keep(context, &unmatched, CREDITED_ELSEWHERE).await;
    }
    // The wallet decides by the payment's own id, so an event that is sent again changes nothing.
    let ask = Ask::CreditPayment { payment: confirmed };
    let reply = context.wallet(&wallet, customer, ask).await?;
    settle(context, payment, &wallet, &reply).await
}

/// A wallet's problem, as far as people need it.
#[derive(Deserialize)]
struct Refused {
    detail: String,
}

/// What the wallet made of it: credited, or kept for somebody to look at, or tried again later.
async fn settle(context: &Context<'_>, payment: &Payment, wallet: &str, reply: &Reply) -> Handled {
    // Whether it was credited is open. No 2xx, so Stripe sends it again and the wallet tells.
    if reply.status >= 500 {
        return Ok(reply.clone());
    }
    if reply.status != 200 {
        let refusal: Option<Refused> = serde_json::from_str(&reply.body).ok();
        let why = refusal.map_or_else(|| reply.body.clone(), |refusal| refusal.detail);
        let detail = format!("The wallet refused the payment: {why}");
        return keep(
            context,
            &Unmatched::payment(payment, detail),
            "refused_by_wallet",
        )
        .await;
    }
    let now = time::format(context.now());
    // Events speak of the PaymentIntent or of the session; whichever comes next must find it.
    let ids = [Some(&payment.payment), payment.session.as_ref()];
    let resolve = |id: &String| {
        [
            statements::set_credited(id, wallet, &now),
            statements::resolve_unmatched(id, &now),
        ]
    };
    context
        .directory(ids.into_iter().flatten().flat_map(resolve).collect())
        .await?;
    Ok(received("credited", None).replayed(reply.replayed))
}

#[derive(Serialize)]
struct UnmatchedReply {
    event_id: String,
    event_type: String,
    reason: String,
    detail: String,
    payment: Option<String>,
    asset: Option<String>,
    amount: Option<String>,
    received_at: String,
}

/// `GET /v1/unmatched-payments`.
///
/// Open ones only, newest first. One that is credited after all leaves the list by itself.
pub async fn list_unmatched(context: &Context<'_>, who: &Caller, _: &Path) -> Handled {
    let window = window(context)?;
    let answer = context
        .directory(statements::list_unmatched(who, window).into())
        .await?;
    page(&answer, window, |row| {
        Ok(UnmatchedReply {
            event_id: row.text("event_id")?,
            event_type: row.text("event_type")?,
            reason: row.text("reason")?,
            detail: row.text("detail")?,
            payment: row.given("payment"),
            asset: row.given("asset"),
            amount: row.given("amount"),
            received_at: row.text("received_at")?,
        })
    })
}
