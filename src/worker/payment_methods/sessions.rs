//! Links at which a customer adds a payment method. Where Stripe is connected it is a page of Stripe's; elsewhere, on the
//! test side, the page is ours, and its cards move no money.
//!
//! From Stripe's page the customer comes back by way of ours, so that what was added is here before the customer is
//! where the rule is set. Should we be stopped in between, Stripe's event adds it.

use crate::engine::{Instant, Refusal};
use crate::journal::chain::request_digest;
use crate::wire::page;
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::wire::url::WebUrl;
use crate::wire::urlencoded::form_value;
use crate::worker::edge::config::Config;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::keyring::{Keyring, hash};
use crate::worker::edge::pages::{for_people, message};
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Row, unreadable};
use crate::worker::processors::connection::Connection;

use super::cards::by_word;
use super::handlers::{Adding, SIMULATED, add, check_may_add};
use super::page::{Known, setup};
use super::saved::{STRIPE, Setup, page_of, take_in};
use super::simulated::happen;
use super::statements;
use super::wire::{CardEvent, MethodReply, NewSession, SessionReply};

/// How long a link lives, in seconds: an hour, in which somebody finds a card.
const SESSION_SECONDS: u32 = 3_600;

/// `POST /v1/customers/{id}/payment-methods/sessions`: 201 with the link; with an `Idempotency-Key` the same one,
/// however often it is sent.
pub async fn create(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let new = NewSession::read(context.body)?;
    let connection = check_may_add(context, who, customer).await?;
    let id = context.new_id("setup", &who.account_id, &who.mode)?;
    let request = request_digest(&["setup_session", customer, &json(&new)]);
    let tokens = Keyring::of(context.config)?.tokens(&["setup", &who.account_id, &who.mode, &id]);
    // Before it is made: a link that cannot be told is of no use.
    context.config.link("")?;
    let now = context.now();
    let processor = connection.as_ref().map_or(SIMULATED, |_| STRIPE);
    let values = vec![
        Some(id.clone()),
        Some(customer.to_owned()),
        tokens.first().map(|token| hash(token)),
        Some(new.return_url),
        Some(new.failure_url),
        Some(request.clone()),
        Some(time::format(now)),
        Some(now.plus_seconds(SESSION_SECONDS).micros().to_string()),
        // Said from the start: an answer of Stripe's that is lost must be asked of Stripe again.
        Some(processor.to_owned()),
    ];
    let answer = context
        .directory(vec![
            statements::insert_session(who, values),
            statements::session(who, &id),
        ])
        .await?;
    let row = answer.row(1)?;
    let row = row.ok_or_else(|| no_customer(who, customer))?;
    if row.text("request")? != request {
        return Err(Refusal::OperationIdReused.into());
    }
    let stored = row.text("token_hash")?;
    let token = tokens.into_iter().find(|token| hash(token) == stored);
    let gone = || {
        let detail = "No key in SECRETS_KEY makes this link any more. Make another one.";
        Failure::NotConfigured.because(detail)
    };
    let page = format!("/setup/{}", token.ok_or_else(gone)?);
    let page = context.config.link(&page)?;
    let expires_at = row.number("expires_at").ok_or_else(unreadable)?;
    let mut reply = SessionReply {
        redirect_url: page.clone(),
        expires_at: time::format(Instant::from_micros(expires_at)),
        id,
    };
    if row.text("processor")? == STRIPE {
        let connection = connection.ok_or_else(not_connected)?;
        let setup = Setup {
            id: &reply.id,
            customer,
            page: &page,
            expires_at: expires_at.div_euclid(1_000_000),
        };
        reply.redirect_url = at_stripe(context, who, &connection, &setup).await?;
    }
    Ok(Reply::new(201, json(&reply)).replayed(!answer.wrote(0)))
}

fn not_connected() -> Problem {
    let detail = "Stripe is not connected to this side any more. Make another link.";
    Failure::PaymentsNotConfigured.because(detail)
}

/// Where the customer adds it at Stripe; told from now on by our page as well.
async fn at_stripe(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    setup: &Setup<'_>,
) -> Result<String, Problem> {
    let seconds = context.now().micros().div_euclid(1_000_000);
    // Stripe takes none that ends so soon, and under the same key it would be the same question.
    if setup.expires_at <= seconds {
        let detail = "This link has ended. Make another one, under another Idempotency-Key.";
        return Err(Failure::WrongState.because(detail));
    }
    let (session, url) = page_of(context, who, connection, setup).await?;
    let set = statements::set_setup(who, setup.id, &session);
    context.directory(vec![set]).await?;
    Ok(url)
}

struct Session {
    who: Principal,
    id: String,
    customer: String,
    return_url: String,
    failure_url: String,
    expires_at: i64,
    added: bool,
    /// At Stripe.
    session: Option<String>,
}

impl Session {
    fn of(config: &Config, row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            who: Principal::of(config, row.text("account_id")?, row.text("mode")?)?,
            id: row.text("id")?,
            customer: row.text("customer_id")?,
            return_url: row.text("return_url")?,
            failure_url: row.text("failure_url")?,
            expires_at: row.number("expires_at").ok_or_else(unreadable)?,
            added: row.given("payment_method").is_some(),
            session: row.given("session"),
        })
    }
}

fn token_in(path: &Path) -> String {
    hash(path.first().map(String::as_str).unwrap_or_default())
}

/// The session of a link that is open, or the page that says why there is none.
async fn open(context: &Context<'_>, token: &str) -> Result<Result<Session, Reply>, Problem> {
    let asked = vec![statements::session_by_token(token)];
    let answer = context.directory(asked).await?;
    let Some(row) = answer.row(0)? else {
        let sentence =
            "There is nothing to add here. Go back to where you came from and start again.";
        return Ok(Err(message(404, "This link does not work", sentence, None)));
    };
    let session = Session::of(context.config, row)?;
    if session.added {
        let way_on = (session.return_url.as_str(), "Continue");
        let sentence = "The payment method is there.";
        return Ok(Err(message(200, "Added", sentence, Some(way_on))));
    }
    if session.expires_at <= context.now().micros() {
        let way_on = (session.failure_url.as_str(), "Go back");
        let sentence = "Nothing was added. Start again to get a new link.";
        return Ok(Err(message(
            410,
            "This link has ended",
            sentence,
            Some(way_on),
        )));
    }
    Ok(Ok(session))
}

/// `GET /setup/{token}`: the cards, as buttons.
pub async fn page(context: &Context<'_>, path: &Path) -> Handled {
    for_people(look(context, path).await)
}

async fn look(context: &Context<'_>, path: &Path) -> Handled {
    let token = token_in(path);
    let session = match open(context, &token).await? {
        Ok(session) => session,
        Err(page) => return Ok(page),
    };
    if let Some(at_stripe) = &session.session {
        return came_back(context, &token, &session, at_stripe).await;
    }
    let leads_to = [&session.return_url, &session.failure_url];
    // A browser checks the redirect after a form as well, so both ways out have to be named.
    let leads_to = leads_to.map(|url| WebUrl::parse(url).map_or("", |url| url.origin));
    let known = known(context, &session).await?;
    Ok(Reply::page(200, setup(&known), page::policy(&leads_to)))
}

/// The simulated cards that the customer has.
async fn known(context: &Context<'_>, session: &Session) -> Result<Vec<Known>, Problem> {
    let asked = statements::methods_of(&session.who, &session.customer);
    let answer = context.directory(vec![asked]).await?;
    let rows = answer.values(0)?.iter().map(Row::new);
    let methods = rows.map(|row| MethodReply::of(row, context.now()));
    let methods = methods.collect::<Result<Vec<_>, _>>()?;
    let simulated = methods.into_iter().filter(|one| one.processor == SIMULATED);
    let known = simulated.map(|one| Known {
        id: one.id,
        last4: one.last4,
        state: one.state,
    });
    Ok(known.collect())
}

/// Who comes back from Stripe's page has added something, or has not.
async fn came_back(
    context: &Context<'_>,
    token: &str,
    session: &Session,
    at_stripe: &str,
) -> Handled {
    let took = take_in(context, &session.who, &session.customer, at_stripe).await;
    // Where Stripe does not answer the customer goes on all the same, and the event adds it.
    if let Ok(Some(id)) = took {
        let now = context.now().micros();
        context
            .directory(vec![statements::end_session(token, &id, now)])
            .await?;
        return Ok(Reply::see_other(session.return_url.clone()));
    }
    // The event may be slower than the customer, who has done all there is to do.
    if context.query("done").as_deref() == Some("yes") {
        return Ok(Reply::see_other(session.return_url.clone()));
    }
    Ok(Reply::see_other(session.failure_url.clone()))
}

/// `POST /setup/{token}`: one of the buttons. However often one is pressed, the first card is added.
pub async fn act(context: &Context<'_>, path: &Path) -> Handled {
    for_people(decide(context, path).await)
}

async fn decide(context: &Context<'_>, path: &Path) -> Handled {
    let token = token_in(path);
    let session = match open(context, &token).await? {
        Ok(session) => session,
        Err(page) => return Ok(page),
    };
    // Where Stripe takes the cards, a card that moves no money would only be in the way.
    if session.session.is_some() {
        return Ok(Reply::see_other(session.failure_url));
    }
    let action = form_value(context.body, "action").unwrap_or_default();
    if action == "cancel" {
        return Ok(Reply::see_other(session.failure_url));
    }
    // Something happens to a card that is there, and the link stays open: nothing was added by it. Only with a card,
    // since one of the words is also that of a card to be added.
    if let Some(method) = form_value(context.body, "method")
        && let Some(event) = CardEvent::by_word(&action)
    {
        let of = (session.customer.as_str(), method.as_str());
        happen(context, &session.who, of, event).await?;
        return Ok(Reply::see_other(context.request.path.to_owned()));
    }
    let Some(card) = by_word(&action) else {
        let sentence = "The page was sent without a card. Go back and press a button.";
        return Ok(message(400, "Nothing happened", sentence, None));
    };
    // Of the session, so that pressing twice adds one.
    let key = format!("setup:{}", session.id);
    let who = &session.who;
    let id = crate::wire::ids::keyed("pmt", &who.account_id, &who.mode, &key);
    let adding = Adding {
        id: &id,
        customer: &session.customer,
        card,
        name: None,
        request: &request_digest(&["setup", &session.id]),
    };
    // Before the link ends: should we be stopped in between, pressing again only adds the same card.
    add(context, who, &adding, false).await?;
    let now = context.now().micros();
    context
        .directory(vec![statements::end_session(&token, &id, now)])
        .await?;
    Ok(Reply::see_other(session.return_url))
}
