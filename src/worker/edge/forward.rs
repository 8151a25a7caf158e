//! Handing a request over to the one wallet that answers it.
//!
//! An external id stands for its customer without a look-up: the customer's id derives from it. Only
//! when that wallet says that its customer goes by another one now, the directory is asked who goes by
//! this one.
//!
//! | the request names | wallet that is asked first | where it says that its customer has moved |
//! |---|---|---|
//! | an id | that of the id | never |
//! | an external id | that of the id that derives from it | the one that the directory names; else 404 |
//!
//! So a call costs one wallet, and only customers who were renamed cost a look-up and a second
//! one.

use crate::engine::Refusal;
use crate::wire::customer_ref::CustomerRef;
use crate::wire::problem::Failure;
use crate::wire::{Problem, ids};

use super::call::{Ask, Call, MOVED};
use super::context::Context;
use super::principal::{Caller, Principal};
use super::reply::Handled;
use super::request::Request;
use super::statements::customer_by_external_id;

/// What is asked of whose wallet; its answer is the reply.
#[derive(Clone, Debug)]
pub struct Forward {
    pub customer: CustomerRef,
    pub ask: Ask,
}

impl Forward {
    /// To the customer with this id.
    /// It is checked when the call is made, not here: [`Forward::into_call`].
    #[must_use]
    pub fn to(customer: &str, ask: Ask) -> Self {
        let customer = CustomerRef::Id(customer.to_owned());
        Self { customer, ask }
    }

    /// The call to the wallet.
    ///
    /// # Errors
    /// 404 where the id cannot be a customer's; `forbidden` for a token of another customer.
    pub fn into_call(self, request: &Request<'_>, who: &Caller) -> Result<Call, Problem> {
        let Self { customer, ask } = self;
        if let CustomerRef::Id(id) = &customer {
            who.check_side(id)?;
        }
        let call = match customer {
            // Checked before it is made part of a name: a slash in it would name another wallet.
            CustomerRef::Id(id) if ids::is_customer_id(&id) => {
                Call::new(request, &who.wallet(&id), &id, ask)
            }
            CustomerRef::Id(id) => return Err(unknown_customer(&id)),
            CustomerRef::ExternalId(external) => {
                // The account and the side are part of what the id derives from, so the same word
                // of two platforms, or of two sides, is two customers.
                let id = ids::derived_customer_id(&who.account_id, &who.mode, &external);
                let call = Call::new(request, &who.wallet(&id), &id, ask);
                let external_id = Some(external);
                Call {
                    external_id,
                    ..call
                }
            }
        };
        // Here, because every call of a handler that names a wallet comes this way.
        who.check_customer(&call.customer)?;
        Ok(call)
    }
}

/// Asks the wallet, and where its customer has moved, the wallet of who goes by that external id now.
///
/// | first answer | reply |
/// |---|---|
/// | anything but [`MOVED`] | that answer |
/// | [`MOVED`], and the directory knows who goes by it | what the second wallet answers |
/// | [`MOVED`], and it knows nobody | 404 |
///
/// # Errors
/// 404 where there is no such customer; `unavailable` where somebody did not answer.
pub async fn forward(context: &Context<'_>, who: &Caller, forward: Forward) -> Handled {
    let call = forward.into_call(context.request, who)?;
    let reply = context.world.wallet(&call, context.body).await?;
    let (MOVED, Some(external)) = (reply.status, &call.external_id) else {
        return Ok(reply);
    };
    // Nothing happened in the first wallet, because it says so before it looks at what is asked.
    let known = customer_called(context, who, external).await?;
    let id = known.ok_or_else(|| Problem::from(Refusal::WalletNotFound))?;
    who.check_customer(&id)?;
    // Without the external id: who was found by the directory is not asked for it again.
    context.wallet(&who.wallet(&id), &id, call.ask).await
}

/// The id of the customer who goes by an external id now, as the directory knows.
///
/// Relies on the unique index `customer_external_id`: one at most.
///
/// # Errors
/// `unavailable`, or an unreadable answer.
pub async fn customer_called(
    context: &Context<'_>,
    who: &Principal,
    external_id: &str,
) -> Result<Option<String>, Problem> {
    let answer = context
        .directory(vec![customer_by_external_id(who, external_id)])
        .await?;
    Ok(answer.row(0)?.and_then(|row| row.given("id")))
}

/// The first placeholder of the path, which names a customer.
///
/// Routes of customers begin with it, so it is the first value of the path.
///
/// # Errors
/// 404 where it cannot be a customer id.
pub fn customer_in(path: &[String]) -> Result<&str, Problem> {
    let id = path.first().map(String::as_str).unwrap_or_default();
    if ids::is_customer_id(id) {
        return Ok(id);
    }
    // Here rather than in the wallet, since asking for a wallet of any name would make an object
    // of it.
    Err(unknown_customer(id))
}

/// No customer of this side has this id.
///
/// 404, also where the customer is another account's: its rows are not even looked at. An id of the
/// other side says so.
#[must_use]
pub fn no_customer(who: &Principal, id: &str) -> Problem {
    who.check_side(id)
        .err()
        .unwrap_or_else(|| unknown_customer(id))
}

fn unknown_customer(id: &str) -> Problem {
    Failure::NotFound.because(format!(
        "There is no customer {id}. Use the id that creating the customer returned."
    ))
}
