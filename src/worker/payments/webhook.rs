//! Stripe's signed deliveries.
//!
//! ```text
//! whose endpoint? ──▶ verify ──▶ interpret ──▶ take, see `handlers`
//!                                    └─thin──▶ keep it, fetch its object, see `inbox`
//! ```
//!
//! The endpoint's secret says the side and the platform account. Nothing in the event leads to
//! another one. Stripe sends an event again until it gets a 2xx.

use crate::stripe::{self, Endpoint, Interpretation, SignatureError, interpret, verify};
use crate::wire::ids;
use crate::wire::problem::{Failure, Problem};
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::keyring::Keyring;
use crate::worker::edge::principal::{DEFAULT_ACCOUNT, Principal};
use crate::worker::edge::reply::Handled;
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::unreadable;

use super::endpoints::place_of;
use super::handlers::take;
use super::{inbox, statements};

/// Verifies local events when nothing is configured, where the environment says `local` only.
///
/// Everybody can read it here, so it is worth nothing anywhere else, and on the test side only.
pub const LOCAL_SECRET: &str = "whsec_local";

/// `POST /stripe/webhook` for the endpoint of the environment, `POST /stripe/webhook/{endpoint}`
/// for one of the directory.
///
/// | event | reply |
/// |---|---|
/// | no such endpoint | 404 |
/// | signature missing or wrong | 400, and nothing is read |
/// | no usable secret is configured | 503: Stripe sends it again |
/// | credited now or before | 200 `credited` |
/// | a refund or a dispute that the wallet knows, now or before | 200 `claimed` |
/// | one of a payment that is not credited, or not yet | 200 `waiting`, and it is kept |
/// | a thin one, whose object Stripe did not hand over yet | 200 `queued`, and it is kept |
/// | says nothing of money | 200 `ignored` |
/// | money that cannot be credited | 200 `unmatched`, and it is kept |
/// | the wallet or the directory did not answer | 503: Stripe sends it again |
pub async fn stripe_webhook(context: &Context<'_>, path: &Path) -> Handled {
    // Over the bytes as they came, and before they are read: a stranger's JSON is not even parsed.
    let endpoint = match path.first() {
        None => by_environment(context)?,
        Some(id) => by_address(context, id).await?,
    };
    let side = side_of(context.config, &endpoint)?;
    match interpret(context.body, &endpoint) {
        Interpretation::Fetch(thin) => inbox::receive(context, &side, *thin).await,
        meaning => take(context, &side, meaning).await,
    }
}

/// Whether one of these secrets has signed the request.
fn signed(context: &Context<'_>, secrets: &[&str]) -> Result<(), SignatureError> {
    let seconds = context.request.now.div_euclid(1_000);
    let header = context.request.stripe_signature;
    verify(context.body.as_bytes(), header, secrets, seconds)
}

fn rejected(error: SignatureError) -> Problem {
    let failure = match error {
        // Our own fault, so 503: with a 4xx it would look as if the sender were wrong.
        SignatureError::NoUsableSecret => Failure::Unavailable,
        _ => Failure::SignatureRejected,
    };
    failure.because(error.detail())
}

/// The endpoint of the default account, whose secrets the environment has: each says its side.
fn by_environment(context: &Context<'_>) -> Result<Endpoint, Problem> {
    let config = context.config;
    let live = secrets(&config.stripe_secrets_live)?;
    let mut test = secrets(&config.stripe_secrets_test)?;
    if test.is_empty() && config.is_local() {
        test.push(LOCAL_SECRET);
    }
    if live.iter().any(|secret| test.contains(secret)) {
        let detail = "STRIPE_WEBHOOK_SECRET_LIVE and STRIPE_WEBHOOK_SECRET_TEST share a secret, so it \
                      does not say its side. Each endpoint at Stripe has a secret of its own.";
        return Err(Failure::Unavailable.because(detail));
    }
    let mut refused = SignatureError::NoUsableSecret;
    for (livemode, secrets) in [(true, live), (false, test)] {
        match signed(context, &secrets) {
            Ok(()) => {
                return Ok(Endpoint {
                    livemode,
                    account: DEFAULT_ACCOUNT.to_owned(),
                    connected_accounts: Vec::new(),
                    api_version: None,
                });
            }
            // One that has no secret has nothing to say against it.
            Err(SignatureError::NoUsableSecret) => {}
            Err(error) => refused = error,
        }
    }
    Err(rejected(refused))
}

/// The secrets of a variable, separated by commas while one is rolled.
fn secrets(listed: &str) -> Result<Vec<&str>, Problem> {
    let listed = listed.split(',').map(str::trim);
    let secrets: Vec<&str> = listed.filter(|one| !one.is_empty()).collect();
    // All are checked, because one that is mistyped would otherwise reject events silently.
    for secret in &secrets {
        stripe::check_secret(secret)
            .map_err(|error| Failure::Unavailable.because(error.detail()))?;
    }
    Ok(secrets)
}

/// An endpoint of the directory, and that one of its secrets has signed the request.
async fn by_address(context: &Context<'_>, id: &str) -> Result<Endpoint, Problem> {
    let nobodys = || Failure::NotFound.because("There is no endpoint at this address.");
    if !ids::is_id("sep", id) {
        return Err(nobodys());
    }
    // Without secrets first, because a header that cannot be right needs no look-up.
    match signed(context, &[]) {
        Err(SignatureError::NoUsableSecret) => {}
        Err(error) => return Err(rejected(error)),
        Ok(()) => return Err(rejected(SignatureError::NoUsableSecret)),
    }
    let now = context.now().micros();
    let answer = context
        .directory(vec![statements::endpoint_by_address(id, now)])
        .await?;
    let row = answer.row(0)?.ok_or_else(nobodys)?;
    let list = |name: &str| -> Result<Vec<String>, Problem> {
        serde_json::from_str(&row.text(name)?).map_err(|_| unreadable())
    };
    let secrets = opened(context.config, id, &list("secrets")?)?;
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    signed(context, &secrets).map_err(rejected)?;
    Ok(Endpoint {
        livemode: row.text("mode")? == "live",
        account: row.text("account_id")?,
        connected_accounts: list("connected_accounts")?,
        api_version: row.given("api_version"),
    })
}

/// # Errors
/// `unavailable` where there are secrets and none can be opened: Stripe is to come again.
fn opened(config: &Config, id: &str, sealed: &[String]) -> Result<Vec<String>, Problem> {
    if sealed.is_empty() {
        return Ok(Vec::new());
    }
    let keyring = Keyring::of(config);
    let keyring = keyring.map_err(|problem| Failure::Unavailable.because(problem.detail))?;
    let place = place_of(id);
    let open = |sealed: &String| keyring.open(&place, sealed);
    let secrets: Vec<String> = sealed.iter().filter_map(open).collect();
    if secrets.is_empty() {
        let detail = "No key in SECRETS_KEY opens the secrets of this endpoint. Add the one that \
                      sealed them, or set its secret again.";
        return Err(Failure::Unavailable.because(detail));
    }
    Ok(secrets)
}

/// The side whose wallets an endpoint's events may fill.
///
/// # Errors
/// `forbidden` where this server has no such side.
fn side_of(config: &Config, endpoint: &Endpoint) -> Result<Principal, Problem> {
    let mode = if endpoint.livemode { "live" } else { "test" };
    Principal::of(config, endpoint.account.clone(), mode.to_owned())
}
