//! Our customer as Stripe knows it: made once, at the first payment.

use crate::stripe::api::customer::NewCustomer;
use crate::wire::problem::{Failure, Problem};
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::no_customer;
use crate::worker::edge::principal::Principal;

use super::client::call;
use super::connection::Connection;
use super::statements;

/// What Stripe calls a customer of ours; one that it does not know is made, also in the place of one that is
/// `gone`, because somebody has deleted it at Stripe.
///
/// Two who ask at once make one: the key derives from our id.
///
/// # Errors
/// As [`call`]; 404 where there is no such customer.
pub async fn stripe_customer(
    context: &Context<'_>,
    who: &Principal,
    connection: &Connection,
    customer: &str,
    gone: Option<&str>,
) -> Result<String, Problem> {
    let account = connection.account();
    let known = || statements::stripe_customer(who, customer, account);
    let answer = context.directory(vec![known()]).await?;
    let row = answer.row(0)?.ok_or_else(|| no_customer(who, customer))?;
    // Somebody else may have made another one already.
    if let Some(id) = row.given("stripe_id")
        && gone != Some(id.as_str())
    {
        return Ok(id);
    }
    let (name, email) = (row.text("name")?, row.given("email"));
    let new = NewCustomer {
        account: &who.account_id,
        mode: &who.mode,
        customer,
        name: &name,
        email: email.as_deref(),
        gone,
    };
    let made = call(context, connection, &new.request()).await?;
    let unread = || Failure::Unavailable.because("Stripe's answer names no customer. Try again.");
    let id = made["id"].as_str().ok_or_else(unread)?;
    let at = time::format(context.now());
    let answer = context
        .directory(vec![
            statements::insert_stripe_customer(who, [customer, account, id], at, gone),
            known(),
        ])
        .await?;
    let row = answer.row(1)?.ok_or_else(|| no_customer(who, customer))?;
    row.text("stripe_id")
}
