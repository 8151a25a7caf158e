//! What Stripe tells of subscriptions and their invoices.
//!
//! | event type | what it says |
//! |---|---|
//! | `invoice.paid` | the period of its lines is paid; without such lines a difference is |
//! | `invoice.payment_failed`, `invoice.payment_action_required` | the period is not paid yet |
//! | `customer.subscription.deleted` | it has ended |
//! | `customer.subscription.updated` | something has changed, and Stripe is asked what: events come in any order |
//!
//! `invoice.payment_succeeded` tells the same as `invoice.paid`, and is passed over. An invoice that no subscription
//! made is none of a plan's. Until 2025-03-31 an invoice named its subscription itself, and a line whether it
//! settles a difference; since then `parent` does both.

use super::currency;
use super::fields::Fields;
use super::interpretation::{ParkReason, Problem};
use super::plan_news::{PlanEvent, PlanInvoice};

/// The types of events that speak of plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlanType {
    Paid,
    Unpaid,
    Deleted,
    Updated,
}

impl PlanType {
    pub fn of(event_type: &str) -> Option<Self> {
        Some(match event_type {
            "invoice.paid" => Self::Paid,
            "invoice.payment_failed" | "invoice.payment_action_required" => Self::Unpaid,
            "customer.subscription.deleted" => Self::Deleted,
            "customer.subscription.updated" => Self::Updated,
            _ => return None,
        })
    }

    /// What Stripe writes into the object's own field `object`.
    pub const fn object_name(self) -> &'static str {
        match self {
            Self::Paid | Self::Unpaid => "invoice",
            Self::Deleted | Self::Updated => "subscription",
        }
    }

    /// Stripe's id of the subscription, ours, and what is said of it; nothing for an invoice of none.
    ///
    /// # Errors
    /// The first field at fault.
    pub fn read(
        self,
        object: &Fields,
    ) -> Result<Option<(String, Option<String>, PlanEvent)>, Problem> {
        let what = match self {
            Self::Deleted => PlanEvent::Ended,
            Self::Updated => PlanEvent::Changed,
            Self::Paid | Self::Unpaid => {
                let Some((subscription, named)) = subscription_of(object)? else {
                    return Ok(None);
                };
                let event = PlanEvent::Invoice(invoice(object, self == Self::Paid)?);
                return Ok(Some((subscription, named, event)));
            }
        };
        let id = object.text("id")?.to_owned();
        Ok(Some((id, named(Some(object))?, what)))
    }
}

/// The id of ours that metadata says.
fn named(object: Option<&Fields>) -> Result<Option<String>, Problem> {
    let Some(metadata) = object
        .map(|one| one.optional_object("metadata"))
        .transpose()?
    else {
        return Ok(None);
    };
    let id = metadata.map(|one| {
        one.optional_text("scrip_subscription_id")
            .map(|id| id.map(str::to_owned))
    });
    Ok(id.transpose()?.flatten())
}

fn subscription_of(invoice: &Fields) -> Result<Option<(String, Option<String>)>, Problem> {
    let parent = invoice.optional_object("parent")?;
    let details = parent.map(|parent| parent.optional_object("subscription_details"));
    if let Some(details) = details.transpose()?.flatten()
        && let Some(id) = details.optional_id("subscription")?
    {
        return Ok(Some((id.to_owned(), named(Some(&details))?)));
    }
    // As it was until 2025-03-31.
    let Some(id) = invoice.optional_id("subscription")? else {
        return Ok(None);
    };
    let details = invoice.optional_object("subscription_details")?;
    Ok(Some((id.to_owned(), named(details.as_ref())?)))
}

fn invoice(object: &Fields, paid: bool) -> Result<PlanInvoice, Problem> {
    let currency = object.text("currency")?;
    let units = object.optional_integer("amount_paid")?.unwrap_or(0);
    // Below zero, where a part was paid by credit at Stripe, is nothing.
    let net = units.saturating_sub(tax_of(object)?).max(0);
    let major = |units: i64| {
        currency::major_units(currency, units)
            .map_err(|unknown| Problem::new(ParkReason::UnknownCurrency, unknown.to_string()))
    };
    let amount = major(net)?;
    // What is left of the payment and not the whole tax, so that both together are what was paid.
    let tax = major(units.saturating_sub(net).max(0))?;
    Ok(PlanInvoice {
        id: object.text("id")?.to_owned(),
        paid,
        period: period_of(object)?,
        amount,
        tax,
        currency: currency.to_ascii_uppercase(),
    })
}

/// The tax in all. Of what is not told nothing is taken off.
fn tax_of(object: &Fields) -> Result<i64, Problem> {
    let mut sum = object.optional_integer("tax")?.unwrap_or(0);
    for one in object.optional_objects("total_taxes")? {
        sum = sum.saturating_add(one.optional_integer("amount")?.unwrap_or(0));
    }
    Ok(sum.max(0))
}

/// The period that the lines are for which settle no difference. Metered usage is asked afterwards, so the one that
/// ends last counts.
fn period_of(object: &Fields) -> Result<Option<(i64, i64)>, Problem> {
    // The invoice's own period would not do: it is the one before, because usage is asked afterwards.
    let mut last: Option<(i64, i64)> = None;
    let Some(lines) = object.optional_object("lines")? else {
        return Ok(None);
    };
    for line in lines.optional_objects("data")? {
        if !recurs(&line)? {
            continue;
        }
        let Some(period) = line.optional_object("period")? else {
            continue;
        };
        let (starts, ends) = (period.integer("start")?, period.integer("end")?);
        if starts < ends && last.is_none_or(|(_, known)| known < ends) {
            last = Some((starts, ends));
        }
    }
    Ok(last)
}

/// Whether a line is for a period of a subscription, and settles no difference.
fn recurs(line: &Fields) -> Result<bool, Problem> {
    let Some(parent) = line.optional_object("parent")? else {
        let of_plan = line.optional_text("type")? == Some("subscription");
        return Ok(of_plan && line.optional_flag("proration")? != Some(true));
    };
    let item = parent.optional_object("subscription_item_details")?;
    let prorated = item.as_ref().map(|item| item.optional_flag("proration"));
    Ok(item.is_some() && prorated.transpose()?.flatten() != Some(true))
}

/// The same with the subscription that made it: what Stripe calls that, and what we do. Nothing where none did.
#[must_use]
pub fn invoice_of_plan(value: &serde_json::Value) -> Option<(String, Option<String>, PlanInvoice)> {
    let fields = Fields::of_event(value)?;
    let (subscription, named) = subscription_of(&fields).ok()??;
    Some((subscription, named, plan_invoice(value)?))
}

/// An invoice as an answer of Stripe's shows it; nothing where it cannot be read.
#[must_use]
pub fn plan_invoice(value: &serde_json::Value) -> Option<PlanInvoice> {
    let paid = value["status"] == "paid";
    Fields::of_event(value).and_then(|fields| invoice(&fields, paid).ok())
}
