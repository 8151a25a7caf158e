//! What a Checkout session or a PaymentIntent says about the money in it.

use super::currency;
use super::fields::Fields;
use super::interpretation::{CustomerRef, IgnoreReason, ParkReason, Problem};

/// The engine's amounts stay below 10^15, so a payment with more digits before the point cannot be posted by anyone.
const MAX_WHOLE_DIGITS: usize = 15;

/// The parts of a payment, each readable or not on its own: a parked payment still shows all that could be read.
pub(super) struct Receipt {
    /// Whether the object wants a credit at all.
    pub standing: Result<Standing, Problem>,
    pub payment: Result<PaymentId, Problem>,
    pub session: Option<String>,
    pub money: Result<Money, Problem>,
    /// The currency in upper case, known or not.
    pub currency: Option<String>,
    pub account: Option<String>,
    pub customer: Result<CustomerRef, Problem>,
    /// The side that the metadata says it was made for.
    pub stated_livemode: Result<Option<bool>, Problem>,
    /// The side that the object itself says it is on.
    pub object_livemode: Result<Option<bool>, Problem>,
}

pub(super) enum Standing {
    Paid,
    Passed(IgnoreReason),
}

#[derive(Clone)]
pub(super) enum PaymentId {
    Intent(String),
    /// A session that no PaymentIntent belongs to.
    Session(String),
}

impl PaymentId {
    pub fn op(&self) -> String {
        match self {
            Self::Intent(id) => format!("stripe:pi:{id}"),
            Self::Session(id) => format!("stripe:cs:{id}"),
        }
    }

    pub fn description(&self) -> String {
        match self {
            Self::Intent(id) => format!("Payment through Stripe, {id}"),
            Self::Session(id) => format!("Payment through Stripe Checkout, {id}"),
        }
    }

    pub fn into_id(self) -> String {
        match self {
            Self::Intent(id) | Self::Session(id) => id,
        }
    }
}

/// What is left for the wallet.
#[derive(Clone)]
pub(super) struct Money {
    /// The currency as an asset code.
    pub asset: String,
    /// Whole units, as a plain decimal.
    pub amount: String,
    pub tax_known: bool,
}

impl Money {
    pub fn is_zero(&self) -> bool {
        self.amount == "0"
    }
}

/// A Checkout session pays when it is in `payment` mode and no longer `unpaid`; its totals tell the tax and shipping.
pub(super) fn of_session(session: &Fields) -> Receipt {
    let names = Names::of(session, session.optional_text("client_reference_id"));
    let money = session_money(session);
    Receipt {
        standing: session_standing(session, money.as_ref().ok()),
        payment: session_payment(session),
        session: session.text("id").ok().map(str::to_owned),
        money,
        currency: shown_currency(session),
        account: names.account,
        customer: names.customer,
        stated_livemode: names.livemode,
        object_livemode: session.optional_flag("livemode"),
    }
}

/// A PaymentIntent pays what it received, less the tax and shipping that its details tell, if they do.
pub(super) fn of_intent(intent: &Fields) -> Receipt {
    let names = Names::of(intent, Ok(None));
    Receipt {
        standing: intent_standing(intent, &names),
        payment: intent.text("id").map(|id| PaymentId::Intent(id.to_owned())),
        session: None,
        money: intent_money(intent),
        currency: shown_currency(intent),
        account: names.account,
        customer: names.customer,
        stated_livemode: names.livemode,
        object_livemode: intent.optional_flag("livemode"),
    }
}

fn session_standing(session: &Fields, money: Option<&Money>) -> Result<Standing, Problem> {
    let unheard_of = |name| {
        let predicate = "has a value that this version does not know";
        session.problem(ParkReason::UnreadableObject, name, predicate)
    };
    match session.text("mode")? {
        "payment" => {}
        "setup" | "subscription" => return Ok(Standing::Passed(IgnoreReason::NotPaymentMode)),
        _ => return Err(unheard_of("mode")),
    }
    match session.text("payment_status")? {
        "paid" => Ok(Standing::Paid),
        "unpaid" => Ok(Standing::Passed(IgnoreReason::NotPaidYet)),
        // Stripe says this of a session of zero, and of one whose payment is put off to a later day. Only the first
        // is settled; crediting the second would be giving away money that has not come.
        "no_payment_required" if money.is_none_or(Money::is_zero) => Ok(Standing::Paid),
        "no_payment_required" => Err(session.problem(
            ParkReason::Contradictory,
            "payment_status",
            "says that no payment was required, yet the total is not zero; credit by hand once it is paid",
        )),
        _ => Err(unheard_of("payment_status")),
    }
}

fn session_payment(session: &Fields) -> Result<PaymentId, Problem> {
    Ok(match session.optional_id("payment_intent")? {
        Some(intent) => PaymentId::Intent(intent.to_owned()),
        None => PaymentId::Session(session.text("id")?.to_owned()),
    })
}

fn session_money(session: &Fields) -> Result<Money, Problem> {
    let paid = session.integer("amount_total")?;
    let details = session.optional_object("total_details")?;
    let tax = optional_part(details.as_ref(), "amount_tax")?;
    let shipping = optional_part(details.as_ref(), "amount_shipping")?;
    wallet_share(session, "amount_total", paid, tax, shipping)
}

fn intent_standing(intent: &Fields, names: &Names) -> Result<Standing, Problem> {
    if names.source_is_checkout {
        return Ok(Standing::Passed(IgnoreReason::CarriedByCheckout));
    }
    // Subscriptions share the endpoint with us, and their money belongs to no wallet unless the metadata says so.
    if names.nobody() && paid_an_invoice(intent)? {
        return Ok(Standing::Passed(IgnoreReason::PaidAnInvoice));
    }
    match intent.optional_text("status")? {
        None | Some("succeeded") => Ok(Standing::Paid),
        Some(_) => Err(intent.problem(
            ParkReason::Contradictory,
            "status",
            "is not `succeeded`, although the event says so; look the payment up in Stripe",
        )),
    }
}

/// Until 2025-03-31 a PaymentIntent named its invoice in `invoice`; since then only the order reference tells.
fn paid_an_invoice(intent: &Fields) -> Result<bool, Problem> {
    Ok(intent.optional_id("invoice")?.is_some() || order_reference_starts(intent, "in_")?)
}

fn order_reference_starts(intent: &Fields, prefix: &str) -> Result<bool, Problem> {
    let Some(details) = intent.optional_object("payment_details")? else {
        return Ok(false);
    };
    let reference = details.optional_text("order_reference")?;
    Ok(reference.is_some_and(|reference| reference.starts_with(prefix)))
}

fn intent_money(intent: &Fields) -> Result<Money, Problem> {
    let received = intent.integer("amount_received")?;
    let details = intent.optional_object("amount_details")?;
    let part = |name: &str, amount: &str| {
        let Some(details) = &details else {
            return Ok(None);
        };
        optional_part(details.optional_object(name)?.as_ref(), amount)
    };
    let tax = part("tax", "total_tax_amount")?;
    let shipping = part("shipping", "amount")?;
    // Where Checkout made the intent, these details are for the card networks, and the session's totals are the word
    // on tax.
    let made_by_checkout = order_reference_starts(intent, "cs_")?;
    let money = wallet_share(intent, "amount_received", received, tax, shipping)?;
    let tax_known = money.tax_known && !made_by_checkout;
    Ok(Money { tax_known, ..money })
}

fn optional_part(details: Option<&Fields>, name: &str) -> Result<Option<i64>, Problem> {
    let Some(details) = details else {
        return Ok(None);
    };
    let part = details.optional_integer(name)?;
    if part.is_some_and(i64::is_negative) {
        // Taking a negative tax off would add credit that nobody paid for.
        return Err(details.problem(ParkReason::AmountOutOfRange, name, "is negative"));
    }
    Ok(part)
}

/// Tax and shipping are not for the wallet: what is left of `total`, the field `name`, once they are off.
fn wallet_share(
    object: &Fields,
    name: &str,
    total: i64,
    tax: Option<i64>,
    shipping: Option<i64>,
) -> Result<Money, Problem> {
    let currency = object.text("currency")?;
    let out_of_range = |predicate| object.problem(ParkReason::AmountOutOfRange, name, predicate);
    let share = total
        .checked_sub(tax.unwrap_or(0))
        .and_then(|rest| rest.checked_sub(shipping.unwrap_or(0)))
        .filter(|share| *share >= 0)
        .ok_or_else(|| out_of_range("is negative, or less than its own tax and shipping"))?;
    let amount = currency::major_units(currency, share).map_err(|unknown| {
        Problem::new(
            ParkReason::UnknownCurrency,
            format!("{unknown} Stripe's integer, less tax and shipping, is {share}; credit by hand what it is worth."),
        )
    })?;
    let whole_digits = amount.split('.').next().map_or(0, str::len);
    if whole_digits > MAX_WHOLE_DIGITS {
        return Err(out_of_range("is more than a wallet can hold"));
    }
    Ok(Money {
        asset: currency.to_ascii_uppercase(),
        amount,
        tax_known: tax.is_some(),
    })
}

fn shown_currency(object: &Fields) -> Option<String> {
    object.text("currency").ok().map(str::to_ascii_uppercase)
}

/// What our own metadata says.
struct Names {
    account: Option<String>,
    customer: Result<CustomerRef, Problem>,
    livemode: Result<Option<bool>, Problem>,
    source_is_checkout: bool,
}

impl Names {
    /// `reference` stands in for a customer that the metadata does not name.
    fn of(object: &Fields, reference: Result<Option<&str>, Problem>) -> Self {
        match object.optional_object("metadata") {
            Ok(metadata) => {
                let text = |name| {
                    metadata
                        .as_ref()
                        .map_or(Ok(None), |m| m.optional_text(name))
                };
                let account = text("scrip_account");
                let customer = customer(
                    text("scrip_customer_id"),
                    text("scrip_customer_external_id"),
                    reference,
                );
                Self {
                    // A customer is only known within an account, so an unreadable account names nobody.
                    customer: account.clone().and(customer),
                    account: account.ok().flatten().map(str::to_owned),
                    livemode: text("scrip_mode").and_then(stated_livemode),
                    source_is_checkout: text("scrip_source") == Ok(Some("checkout")),
                }
            }
            Err(problem) => Self {
                account: None,
                customer: Err(problem),
                livemode: Ok(None),
                source_is_checkout: false,
            },
        }
    }

    fn nobody(&self) -> bool {
        let reason = self.customer.as_ref().err().map(|problem| problem.reason);
        reason == Some(ParkReason::NoWalletNamed)
    }
}

type Text<'a> = Result<Option<&'a str>, Problem>;

fn customer(id: Text, external_id: Text, reference: Text) -> Result<CustomerRef, Problem> {
    match (id?, external_id?) {
        (Some(_), Some(_)) => Err(Problem::new(
            ParkReason::WalletNamedTwice,
            "The metadata holds both scrip_customer_id and scrip_customer_external_id; send one of them.",
        )),
        (Some(id), None) => Ok(CustomerRef::Id(id.to_owned())),
        (None, Some(external_id)) => Ok(CustomerRef::ExternalId(external_id.to_owned())),
        (None, None) => match reference? {
            Some(reference) => Ok(CustomerRef::ExternalId(reference.to_owned())),
            None => Err(Problem::new(
                ParkReason::NoWalletNamed,
                "Nothing names a wallet; set scrip_customer_id or scrip_customer_external_id in the metadata of both the Checkout session and its PaymentIntent.",
            )),
        },
    }
}

fn stated_livemode(mode: Option<&str>) -> Result<Option<bool>, Problem> {
    match mode {
        None => Ok(None),
        Some("live") => Ok(Some(true)),
        Some("test") => Ok(Some(false)),
        Some(_) => Err(Problem::new(
            ParkReason::WrongMode,
            "The metadata's scrip_mode must be `live` or `test`.",
        )),
    }
}
