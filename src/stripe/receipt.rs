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
    /// What names the payment, and so its operation in the journal.
    pub payment: Result<PaymentId, Problem>,
    /// The Checkout session, if it is one.
    pub session: Option<String>,
    /// What the wallet gets of it.
    pub money: Result<Money, Problem>,
    /// The currency in upper case, known or not.
    pub currency: Option<String>,
    /// The platform account, from `scrip_account`.
    pub account: Option<String>,
    /// Whose wallet it is for.
    pub customer: Result<CustomerRef, Problem>,
    /// The side that the metadata says it was made for.
    pub stated_livemode: Result<Option<bool>, Problem>,
    /// The side that the object itself says it is on.
    pub object_livemode: Result<Option<bool>, Problem>,
}

/// What an object says of itself, apart from how much and whose it is.
pub(super) enum Standing {
    /// Money has moved.
    Paid,
    /// None has moved for a wallet, or another event tells of it.
    Passed(IgnoreReason),
}

/// The object at Stripe by which a payment is known.
#[derive(Clone)]
pub(super) enum PaymentId {
    /// `pi_…`, which every event of the payment has in common.
    Intent(String),
    /// A session that no PaymentIntent belongs to.
    Session(String),
}

impl PaymentId {
    /// The operation in the journal, which is done once. The two kinds of ids have prefixes of
    /// their own.
    pub fn op(&self) -> String {
        // By PaymentIntent where there is one, so that a session's event and its intent's are one
        // operation whichever comes first.
        match self {
            Self::Intent(id) => format!("stripe:pi:{id}"),
            Self::Session(id) => format!("stripe:cs:{id}"),
        }
    }

    /// A sentence for statements, with the id by which the payment is found at Stripe.
    pub fn description(&self) -> String {
        match self {
            Self::Intent(id) => format!("Payment through Stripe, {id}"),
            Self::Session(id) => format!("Payment through Stripe Checkout, {id}"),
        }
    }

    /// What an operation was made of: the way back from [`PaymentId::op`].
    fn of_op(op: &str) -> Option<Self> {
        let intent = |id: &str| Self::Intent(id.to_owned());
        let session = |id: &str| Self::Session(id.to_owned());
        let is_intent = op.strip_prefix("stripe:pi:").map(intent);
        is_intent.or_else(|| op.strip_prefix("stripe:cs:").map(session))
    }

    /// Stripe's id, of either kind.
    pub fn into_id(self) -> String {
        match self {
            Self::Intent(id) | Self::Session(id) => id,
        }
    }
}

/// The sentence of a payment for statements, by its operation: the same whoever credits it.
#[must_use]
pub fn description(op: &str) -> Option<String> {
    PaymentId::of_op(op).map(|payment| payment.description())
}

/// What is left for the wallet.
#[derive(Clone)]
pub(super) struct Money {
    /// The currency as an asset code.
    pub asset: String,
    /// Whole units, as a plain decimal.
    pub amount: String,
    /// With tax and shipping.
    pub paid: String,
    /// Whether the object told its tax, and this amount is therefore without it.
    pub tax_known: bool,
}

impl Money {
    /// Amounts have no trailing zeros, so there is one way of writing it.
    pub fn is_zero(&self) -> bool {
        self.amount == "0"
    }
}

/// A Checkout session pays when it is in `payment` mode and no longer `unpaid`; its totals tell the tax and shipping.
pub(super) fn of_session(session: &Fields) -> Receipt {
    let names = Names::of(session);
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
    let names = Names::of(intent);
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

/// By `mode` and `payment_status`.
///
/// # Errors
/// A [`Problem`] for a word that Stripe did not have when this was written, and for a payment
/// that is put off.
fn session_standing(session: &Fields, money: Option<&Money>) -> Result<Standing, Problem> {
    let unheard_of = |name| {
        let predicate = "has a value that this version does not know";
        session.problem(ParkReason::UnreadableObject, name, predicate)
    };
    match session.text("mode")? {
        "payment" => {}
        "setup" | "subscription" => return Ok(Standing::Passed(IgnoreReason::NotPaymentMode)),
        // A mode of tomorrow may bring money, so it is shown to a person instead of being passed
        // over.
        _ => return Err(unheard_of("mode")),
    }
    match session.text("payment_status")? {
        "paid" => Ok(Standing::Paid),
        // Ignored rather than parked, because `async_payment_succeeded` follows as soon as there is
        // money.
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

/// The session's PaymentIntent, by id or expanded; else the session itself.
fn session_payment(session: &Fields) -> Result<PaymentId, Problem> {
    Ok(match session.optional_id("payment_intent")? {
        Some(intent) => PaymentId::Intent(intent.to_owned()),
        None => PaymentId::Session(session.text("id")?.to_owned()),
    })
}

/// `amount_total` less `total_details`, all in the currency's smallest unit.
fn session_money(session: &Fields) -> Result<Money, Problem> {
    let paid = session.integer("amount_total")?;
    let details = session.optional_object("total_details")?;
    let tax = optional_part(details.as_ref(), "amount_tax")?;
    let shipping = optional_part(details.as_ref(), "amount_shipping")?;
    let Some(ours) = session.optional_object("currency_conversion")? else {
        return wallet_share(session, "amount_total", paid, tax, shipping);
    };
    // Before 2025-03-31 the session itself was in the payer's currency, and here stands what we sold. Tax and
    // shipping are told in the payer's only: what of ours they are is as much of the whole.
    let total = ours.integer("amount_total")?;
    let off = |part: Option<i64>| {
        let part = i128::from(part?);
        let ours = part.checked_mul(i128::from(total))?;
        // Rounded up, so that never more is credited than what was sold.
        let ours = ours.checked_add(i128::from(paid).checked_sub(1)?)?;
        i64::try_from(ours.checked_div(i128::from(paid))?).ok()
    };
    let (tax, shipping) = (off(tax), off(shipping));
    money_in(
        &ours,
        "source_currency",
        "amount_total",
        total,
        tax,
        shipping,
    )
}

/// By metadata, invoice and `status`.
///
/// # Errors
/// A [`Problem`] where the object says that it has not succeeded.
fn intent_standing(intent: &Fields, names: &Names) -> Result<Standing, Problem> {
    // The session's event tells of the same payment and knows its tax for sure. If this one were
    // credited first, the tax would be, too, until the other came.
    if names.source_is_checkout {
        return Ok(Standing::Passed(IgnoreReason::CarriedByCheckout));
    }
    // Subscriptions share the endpoint with us, and their money belongs to no wallet unless the metadata says so.
    if names.nobody() && paid_an_invoice(intent)? {
        return Ok(Standing::Passed(IgnoreReason::PaidAnInvoice));
    }
    match intent.optional_text("status")? {
        // Without a status the event's type is the only word, and it says that money came.
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

/// Whether `payment_details.order_reference` is an id of this kind, such as `in_` or `cs_`.
fn order_reference_starts(intent: &Fields, prefix: &str) -> Result<bool, Problem> {
    let Some(details) = intent.optional_object("payment_details")? else {
        return Ok(false);
    };
    let reference = details.optional_text("order_reference")?;
    Ok(reference.is_some_and(|reference| reference.starts_with(prefix)))
}

/// `amount_received` less what `amount_details` tells, all in the currency's smallest unit.
fn intent_money(intent: &Fields) -> Result<Money, Problem> {
    // Not `amount`, which is what was asked for: a partial capture receives less, and only that may
    // be credited.
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
    // Where Checkout made the intent, these details are for the card networks, so the session's totals are the word
    // on tax.
    let made_by_checkout = order_reference_starts(intent, "cs_")?;
    let money = wallet_share(intent, "amount_received", received, tax, shipping)?;
    let tax_known = money.tax_known && !made_by_checkout;
    Ok(Money { tax_known, ..money })
}

/// A part of the total, in the currency's smallest unit; nothing where it is not told.
///
/// # Errors
/// A [`Problem`] where it is negative or no integer.
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
    money_in(object, "currency", name, total, tax, shipping)
}

/// The same, of an object that names its currency otherwise.
fn money_in(
    object: &Fields,
    currency: &str,
    name: &str,
    total: i64,
    tax: Option<i64>,
    shipping: Option<i64>,
) -> Result<Money, Problem> {
    let currency = object.text(currency)?;
    let out_of_range = |predicate| object.problem(ParkReason::AmountOutOfRange, name, predicate);
    // Subtracted as Stripe's own integers, so that nothing is rounded. What is not told counts as
    // zero: to wait for an event that may never come would withhold money, and `tax_known` lets a
    // later one correct it.
    let share = total
        .checked_sub(tax.unwrap_or(0))
        .and_then(|rest| rest.checked_sub(shipping.unwrap_or(0)))
        .filter(|share| *share >= 0)
        .ok_or_else(|| out_of_range("is negative, or less than its own tax and shipping"))?;
    let in_major_units = |units| {
        currency::major_units(currency, units).map_err(|unknown| {
            Problem::new(
                ParkReason::UnknownCurrency,
                format!("{unknown} Stripe's integer, less tax and shipping, is {share}; credit by hand what it is worth."),
            )
        })
    };
    let (amount, paid) = (in_major_units(share)?, in_major_units(total)?);
    // Counted as text, because in smallest units the bound would be another one for each kind of
    // currency.
    let whole_digits = amount.split('.').next().map_or(0, str::len);
    if whole_digits > MAX_WHOLE_DIGITS {
        return Err(out_of_range("is more than a wallet can hold"));
    }
    Ok(Money {
        asset: currency.to_ascii_uppercase(),
        amount,
        paid,
        tax_known: tax.is_some(),
    })
}

/// The currency for a parked payment, in upper case, whether our table has it or not.
fn shown_currency(object: &Fields) -> Option<String> {
    object.text("currency").ok().map(str::to_ascii_uppercase)
}

/// What our own metadata says.
struct Names {
    /// `scrip_account`.
    account: Option<String>,
    /// `scrip_customer_id` or `scrip_customer_external_id`, and nothing else: a reference can be written by the payer.
    customer: Result<CustomerRef, Problem>,
    /// `scrip_mode`, where it is there.
    livemode: Result<Option<bool>, Problem>,
    /// `scrip_source` is `checkout`.
    source_is_checkout: bool,
}

impl Names {
    fn of(object: &Fields) -> Self {
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
                );
                Self {
                    // A customer is only known within an account, so an unreadable account names nobody.
                    customer: account.clone().and(customer),
                    account: account.ok().flatten().map(str::to_owned),
                    livemode: text("scrip_mode").and_then(stated_livemode),
                    // Any other word leaves the payment to be credited: to ignore it by mistake
                    // could lose the money.
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

    /// Whether nobody is named at all, which is another thing than a name that cannot be read.
    fn nobody(&self) -> bool {
        let reason = self.customer.as_ref().err().map(|problem| problem.reason);
        reason == Some(ParkReason::NoWalletNamed)
    }
}

/// A text of the metadata that may be absent, or no text.
type Text<'a> = Result<Option<&'a str>, Problem>;

/// One customer.
///
/// # Errors
/// A [`Problem`] where none is named, two are, or a name is no text.
fn customer(id: Text, external_id: Text) -> Result<CustomerRef, Problem> {
    match (id?, external_id?) {
        (Some(_), Some(_)) => Err(Problem::new(
            ParkReason::WalletNamedTwice,
            "The metadata holds both scrip_customer_id and scrip_customer_external_id; send one of them.",
        )),
        (Some(id), None) => Ok(CustomerRef::Id(id.to_owned())),
        (None, Some(external_id)) => Ok(CustomerRef::ExternalId(external_id.to_owned())),
        (None, None) => Err(Problem::new(
            ParkReason::NoWalletNamed,
            "Nothing names a wallet; set scrip_customer_id or scrip_customer_external_id in the metadata of both the Checkout session and its PaymentIntent.",
        )),
    }
}

/// `live` or `test` as the event's `livemode` has it.
///
/// # Errors
/// [`ParkReason::WrongMode`] for any other word.
fn stated_livemode(mode: Option<&str>) -> Result<Option<bool>, Problem> {
    match mode {
        None => Ok(None),
        Some("live") => Ok(Some(true)),
        Some("test") => Ok(Some(false)),
        // Not even another spelling is guessed at: test money must never fill a live wallet.
        Some(_) => Err(Problem::new(
            ParkReason::WrongMode,
            "The metadata's scrip_mode must be `live` or `test`.",
        )),
    }
}
