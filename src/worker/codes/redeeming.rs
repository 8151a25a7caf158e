//! From a code that somebody types to the credit.
//!
//! ```text
//! typed as one? ──▶ tried too often? ──▶ count it ──▶ the wallet credits ──▶ note it
//!                                           └──▶ none, ended or used up: one answer for all three
//! ```
//!
//! It is counted before it is credited, so that no more are credited than a code allows. Each step can be
//! repeated: the same call again finishes what was interrupted, and so do a look at the code and a look of
//! the customer at the own page. A wallet that refuses keeps the customer's place, for when it can.
//!
//! Whoever guesses is told nothing: not whether there is such a code, and not for how long.

use serde::Serialize;
use serde_json::Value;

use crate::engine::scope::Scope;
use crate::engine::{Amount, Instant, Purpose};
use crate::wire::codes::{CodeText, read_code};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::wire::time;
use crate::worker::customers;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::{customer_in, no_customer};
use crate::worker::edge::key_cache::Digest;
use crate::worker::edge::keyring::hash;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::rate::{Limit, PERIOD_MILLIS};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row};

use super::code::Code;
use super::statements;

/// Who tries a code, and for whom. All that is not counted by its key is counted by its address.
pub struct Trying<'a> {
    pub who: &'a Principal,
    pub customer: &'a str,
    pub key: Option<Digest>,
}

impl Trying<'_> {
    /// # Errors
    /// 429 after too many codes that could not be redeemed.
    fn check(&self, context: &Context<'_>) -> Result<(), Problem> {
        let (guesses, now) = (&context.world.keys().guesses, context.request.now);
        // Both are looked at, so that who guesses for many customers waits as well.
        let waits = [
            guesses.customers.wait(self.customer, now),
            match (self.key, context.address) {
                (Some(key), _) => guesses.keys.wait(&hex::encode(key), now),
                (None, Some(address)) => guesses.addresses.wait(address, now),
                (None, None) => None,
            },
        ];
        match waits.into_iter().flatten().max() {
            Some(seconds) => Err(Problem::too_many_requests(seconds)),
            None => Ok(()),
        }
    }

    /// Counts a code that could not be redeemed, and says so.
    async fn failed(&self, context: &Context<'_>) -> Problem {
        let (guesses, now) = (&context.world.keys().guesses, context.request.now);
        // Only what failed counts: a shop whose customers all redeem at once must not wait.
        let counted = [
            guesses.customers.failed(self.customer, now),
            match (self.key, context.address) {
                (Some(key), _) => guesses.keys.failed(&hex::encode(key), now),
                (None, Some(address)) => guesses.addresses.failed(address, now),
                (None, None) => Ok(()),
            },
        ];
        if let Some(seconds) = counted.into_iter().filter_map(Result::err).max() {
            return Problem::too_many_requests(seconds);
        }
        // An isolate sees only its own guesses, so the platform is asked where the bucket is not empty.
        if !context.world.lets(Limit::Code, self.customer).await {
            guesses.customers.refuse(self.customer, now);
            let seconds = u16::try_from(PERIOD_MILLIS / 1_000).unwrap_or(u16::MAX);
            return Problem::too_many_requests(seconds);
        }
        let detail = "This code cannot be redeemed: there is no such code, it has ended, or it was used up. \
                      Check how it is written.";
        Failure::CodeNotRedeemable.because(detail)
    }

    /// The code that a statement has found, where this customer may redeem it or has.
    async fn found(
        &self,
        context: &Context<'_>,
        answer: &Outcomes,
        statement: usize,
    ) -> Result<Code, Problem> {
        let code = answer.row(statement)?.map(Code::of).transpose()?;
        // Who has redeemed it may always see it, because nothing is told that is not theirs.
        let may = |code: &Code| code.redeemed.is_some() || code.status(context.now()) == "active";
        match code.filter(may) {
            Some(code) => Ok(code),
            None => Err(self.failed(context).await),
        }
    }
}

/// What a code would give.
#[derive(Serialize)]
struct Preview<'a> {
    code_id: &'a str,
    /// `redeemable`, or `redeemed` where this customer has done so.
    status: &'static str,
    amount: Amount,
    asset: &'a str,
    account_name: &'a str,
    purpose: Purpose,
    /// The end of the credit, if it is redeemed now.
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Scope::is_everything")]
    restricted_to: &'a Scope,
    /// Until when it can be redeemed.
    code_expires_at: Option<String>,
    description: Option<&'a str>,
}

/// The end of what a code gives: of the customer's redemption, or of one that is made now.
#[must_use]
pub fn credit_end(code: &Code, now: Instant) -> Option<Instant> {
    let redeemed = code.redeemed.as_ref().map(|(_, at)| *at);
    code.credit_end.of(redeemed.unwrap_or(now))
}

fn by<'a>(who: &'a Caller, customer: &'a str) -> Trying<'a> {
    Trying {
        who,
        customer,
        key: who.key.digest,
    }
}

/// `POST /v1/customers/{id}/codes/preview`: what the code would give. It changes nothing.
///
/// | code | reply |
/// |---|---|
/// | can be redeemed, or was by this customer | 200 |
/// | mistyped | `validation_failed` |
/// | unknown, disabled, ended, used up | `code_not_redeemable` |
/// | any, after too many of those | 429 |
/// | no such customer | 404 |
pub async fn preview(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let typed = read_code(context.body)?;
    let code = look(context, &by(who, customer_in(path)?), &typed).await?;
    let preview = Preview {
        code_id: &code.id,
        status: if code.redeemed.is_some() {
            "redeemed"
        } else {
            "redeemable"
        },
        amount: code.amount,
        asset: &code.account.asset,
        account_name: &code.account.name,
        purpose: Purpose::Promotion,
        expires_at: credit_end(&code, context.now()).map(time::format),
        restricted_to: &code.scope,
        code_expires_at: code.expires_at.map(time::format),
        description: code.description.as_deref(),
    };
    Ok(Reply::ok(json(&preview)))
}

/// The code that somebody has typed, where the customer may redeem it or has.
///
/// # Errors
/// As the table of [`preview`].
pub async fn look(
    context: &Context<'_>,
    trying: &Trying<'_>,
    typed: &CodeText,
) -> Result<Code, Problem> {
    trying.check(context)?;
    let Trying { who, customer, .. } = trying;
    let answer = context
        .directory(vec![
            customers::statements::customer(who, Some(customer), None),
            statements::code_for_customer(who, &hash(typed.plain()), customer),
        ])
        .await?;
    if !answer.wrote(0) {
        return Err(no_customer(who, customer));
    }
    trying.found(context, &answer, 1).await
}

/// `POST /v1/customers/{id}/codes/redeem`: once per customer, however often it is sent.
///
/// | code | reply |
/// |---|---|
/// | redeemed now | 200, with the credit |
/// | redeemed by this customer before | 200, replayed |
/// | the wallet cannot take it | its own refusal; the place is kept, and the same call again tries again |
/// | anything else | as [`preview`] |
pub async fn redeem(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let typed = read_code(context.body)?;
    let (_, reply) = credit(context, &by(who, customer_in(path)?), &typed).await?;
    Ok(reply)
}

/// Redeems a code: what it gives, and what the wallet says.
///
/// # Errors
/// As the table of [`redeem`]; `unavailable` where the outcome is open.
pub async fn credit(
    context: &Context<'_>,
    trying: &Trying<'_>,
    typed: &CodeText,
) -> Result<(Code, Reply), Problem> {
    trying.check(context)?;
    let Trying { who, customer, .. } = trying;
    let (hash, now) = (hash(typed.plain()), context.now().micros());
    let answer = context
        .directory(vec![
            customers::statements::customer(who, Some(customer), None),
            statements::count_redemption(who, &hash, customer, now),
            statements::code_for_customer(who, &hash, customer),
        ])
        .await?;
    if !answer.wrote(0) {
        return Err(no_customer(who, customer));
    }
    let code = trying.found(context, &answer, 2).await?;
    match tell(context, who, &code).await? {
        Some(reply) => Ok((code, reply)),
        // Nobody is led here: what can be redeemed was counted in the same transaction.
        None => Err(trying.failed(context).await),
    }
}

/// Tells the wallet of a redemption, and notes that it has it. Nothing where there is none.
async fn tell(
    context: &Context<'_>,
    who: &Principal,
    code: &Code,
) -> Result<Option<Reply>, Problem> {
    let Some(redemption) = code.confirmed() else {
        return Ok(None);
    };
    let customer = redemption.customer.clone();
    let ask = Ask::RedeemCode { redemption };
    let reply = context
        .wallet(&who.wallet(&customer), &customer, ask)
        .await?;
    // Any other answer leaves it open: only a wallet that has it may end it.
    if reply.status == 200 {
        let now = context.now().micros();
        context
            .directory(vec![statements::set_credited(
                who, &code.id, &customer, now,
            )])
            .await?;
    }
    Ok(Some(reply))
}

/// Finishes redemptions that were counted and interrupted. One that its wallet refuses stays open.
///
/// # Errors
/// `unavailable`: the same again goes on.
pub async fn finish(context: &Context<'_>, who: &Principal, rows: &[Value]) -> Result<(), Problem> {
    for row in rows {
        tell(context, who, &Code::of(Row::new(row))?).await?;
    }
    Ok(())
}

/// The same of all that a customer has begun.
///
/// # Errors
/// As [`finish`].
pub async fn finish_of(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
) -> Result<(), Problem> {
    let answer = context
        .directory(vec![statements::open_of_customer(who, customer)])
        .await?;
    finish(context, who, answer.values(0)?).await
}
