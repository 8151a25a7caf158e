//! What the simulated processor says of a card by itself. A rule that charges the card meets the same as at Stripe. It
//! keeps cards on the test side only, so there is nothing of it on the other.
//!
//! | event | what happens |
//! |---|---|
//! | `expired` | the month to whose end it was good is over, so a charge is declined |
//! | `updated` | its bank has sent another one: it is charged as before, under another number |
//! | `detached` | it is gone: rules that name it turn themselves off |

use crate::wire::problem::{Failure, Problem};
use crate::wire::time;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::customer_in;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;

use super::following::detached;
use super::handlers::{SIMULATED, named, no_method};
use super::statements;
use super::wire::CardEvent;

/// The number and the end of a card that took the place of another one.
const RENEWED: [&str; 3] = ["1881", "12", "2099"];

/// `POST …/payment-methods/{payment_method}/simulate`: 204, however often the same is said.
///
/// | case | reply |
/// |---|---|
/// | no such payment method, or it was removed | 404 |
/// | Stripe keeps it | `wrong_state` |
pub async fn simulate(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let event = CardEvent::read(context.body)?;
    happen(context, who, (customer_in(path)?, named(path)), event).await?;
    Ok(Reply::new(204, String::new()))
}

/// Something happens to a customer's card.
///
/// # Errors
/// Those of [`simulate`]; `unavailable`, where the same again finishes it.
pub async fn happen(
    context: &Context<'_>,
    who: &Principal,
    (customer, id): (&str, &str),
    event: CardEvent,
) -> Result<(), Problem> {
    let answer = context.directory(vec![statements::method(who, id)]).await?;
    // Another customer's is nothing here, so it cannot be told from one that never was.
    let row = answer
        .row(0)?
        .filter(|row| row.given("customer_id").as_deref() == Some(customer));
    let row = row.ok_or_else(|| no_method(id))?;
    if row.text("processor")? != SIMULATED {
        let detail =
            "Stripe keeps this payment method. Let it happen there: its events are followed.";
        return Err(Failure::WrongState.because(detail));
    }
    let is_gone = row.number("detached_at").is_some();
    let processor_id = row.text("processor_id")?;
    let (brand, last4) = (row.text("brand")?, row.text("last4")?);
    let last_year = (year_of(context) - 1).to_string();
    let card = match event {
        // Also of one that is gone, because the wallet may not have heard of it yet.
        CardEvent::Detached => {
            detached(context, who, SIMULATED, &processor_id).await?;
            return Ok(());
        }
        _ if is_gone => return Err(no_method(id)),
        CardEvent::Expired => [&brand, &last4, "12", last_year.as_str()],
        CardEvent::Updated => {
            let [last4, month, year] = RENEWED;
            [brand.as_str(), last4, month, year]
        }
    };
    let update = statements::update_card(who, SIMULATED, &processor_id, card);
    context.directory(vec![update]).await?;
    Ok(())
}

fn year_of(context: &Context<'_>) -> i32 {
    let now = time::format(context.now());
    let year = now.get(..4).and_then(|year| year.parse().ok());
    year.unwrap_or_default()
}
