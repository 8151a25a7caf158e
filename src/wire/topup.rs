//! A top-up: somebody is asked to pay, and what they have paid becomes credit, once.

use serde::{Deserialize, Serialize};

use crate::engine::amount::MAX_PLACES;
use crate::engine::asset::DEFAULT_ACCOUNT;
use crate::engine::command::{CreditSource, Metadata};
use crate::engine::exchange::ExchangeRate;
use crate::engine::scope::Scope;
use crate::engine::{AccountId, Action, Amount, Asset, Command, Credit, Instant, Purpose};
use crate::journal::chain::request_digest;

use super::ids::MAX_ID;
use super::json::{Errors, Object};
use super::problem::Problem;
use super::request::{MAX_WORDS, above_zero, read};
use super::url;

/// How long a customer may take to pay, in seconds: 24 hours.
pub const LINK_SECONDS: u32 = 86_400;

/// `POST /v1/top-ups`.
///
/// ```json
/// { "customer_id": "cust_…", "amount": "20", "currency": "USD",
///   "return_url": "https://shop.example.com/thanks", "failure_url": "https://shop.example.com/sorry",
///   "destination": { "asset": "CREDITS", "exchange_rate": "0.01" } }
/// ```
///
/// It is serialized to be digested: the same request under one id is the same top-up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NewTopUp {
    pub customer_id: String,
    /// What is paid.
    pub amount: Amount,
    /// In capitals, whatever the request wrote.
    pub currency: String,
    /// What is filled.
    pub account: AccountId,
    /// How much of the currency one unit of the asset costs, in place of the asset's own rate.
    pub exchange_rate: Option<Amount>,
    /// Where the customer comes back to after paying.
    pub return_url: String,
    /// Where the customer comes back to otherwise.
    pub failure_url: String,
    /// From when on the credit cannot be used; never where nothing is said.
    pub credit_expires_at: Option<Instant>,
    pub description: Option<String>,
    pub metadata: Metadata,
    /// It is paid over HTTP 402 and not at a link. Left out of the digest of all others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_machine: bool,
    /// The payer may enter promotion codes of the processor's. Left out of the digest where it is off, as in
    /// the requests from before there was a word for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub allow_promotion_codes: bool,
    /// The code of a pack, which says what is paid and what is filled. Until it is known what it says, both
    /// are empty here, so that what is digested is what was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
}

/// How a top-up is paid: at a link, or by a machine over HTTP 402.
const PAYMENTS: [&str; 2] = ["link", "mpp"];

impl NewTopUp {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let customer_id = object.text("customer_id", MAX_ID, errors);
            let customer_id = object.require("customer_id", customer_id, errors);
            let payment = object.word("payment", &PAYMENTS, errors);
            let by_machine = payment.as_deref() == Some("mpp");
            let pack = object.code("pack", errors);
            let (amount, currency) = if pack.is_some() {
                left_to_the_pack(object, errors)
            } else {
                money(object, errors)
            };
            let [return_url, failure_url] = ways(object, by_machine, errors);
            let credit_expires_at = object.time("credit_expires_at", errors);
            let destination = destination(object, currency.as_deref(), errors);
            let description = object.text("description", MAX_WORDS, errors);
            let metadata = object.metadata("metadata", errors);
            let codes = object.flag("allow_promotion_codes", errors);
            // Unpacked only here, so that everything else that is wrong has been noted before.
            let (account, exchange_rate) = destination?;
            Some(Self {
                customer_id: customer_id?,
                amount: amount?,
                currency: currency?,
                account,
                exchange_rate,
                return_url: return_url?,
                failure_url: failure_url?,
                credit_expires_at,
                description,
                metadata,
                by_machine,
                allow_promotion_codes: codes.unwrap_or(false),
                pack,
            })
        })
    }

    /// What can be wrong at one time and right at another, so it is asked of new top-ups only.
    ///
    /// # Errors
    /// `validation_failed` when the credit would have ended before it is there.
    pub fn check_time(&self, now: Instant) -> Result<(), Problem> {
        match self.credit_expires_at {
            Some(end) if end <= now => {
                Err(Problem::field("credit_expires_at", "must be in the future"))
            }
            _ => Ok(()),
        }
    }

    /// What a customer may not say of an own top-up: at what rate it buys, until when the credit is good, and
    /// what it costs less. Those are the platform's, and a token is in the customer's hands.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn check_of_customer(&self) -> Result<(), Problem> {
        let said = [
            ("destination.exchange_rate", self.exchange_rate.is_some()),
            ("credit_expires_at", self.credit_expires_at.is_some()),
            ("allow_promotion_codes", self.allow_promotion_codes),
        ];
        let mut errors = Errors::default();
        for (field, _) in said.into_iter().filter(|(_, said)| *said) {
            let sentence = "must be left out: a customer's token cannot set it";
            errors.add(field, sentence);
        }
        errors.check(Some(())).map_err(Problem::invalid)
    }

    /// Whether what is paid is also what is credited.
    #[must_use]
    pub fn is_in_kind(&self) -> bool {
        self.account.asset == self.currency
    }

    /// What the payment buys, in the asset's own decimal places. The currency has `places` of them.
    ///
    /// A payment that is more than what it buys costs is refused with the next amounts that are not, so
    /// that nothing is given away and nothing is left over.
    ///
    /// # Errors
    /// `validation_failed` where there is no rate, or what it buys is nothing, too much, or leaves
    /// something.
    pub fn bought(
        &self,
        precision: u32,
        rate: Option<ExchangeRate>,
        places: u32,
    ) -> Result<Amount, Problem> {
        let (asset, currency) = (&self.account.asset, &self.currency);
        // Nothing is converted, so nothing may be rounded: what cannot be credited exactly is
        // refused.
        if self.is_in_kind() {
            if self.amount.places() > precision {
                let sentence = format!("has more than the {precision} decimal places of {asset}");
                return Err(Problem::field("amount", sentence));
            }
            return Ok(self.amount);
        }
        // The request's own rate comes first: it is given only to stand in place of the asset's.
        let own = self.exchange_rate.map(ExchangeRate::SourcePerUnit);
        let none = || {
            let sentence = format!(
                "is required, because {asset} has no rate in {currency} now; give one here, or add \
                 one to the asset"
            );
            Problem::field("destination.exchange_rate", sentence)
        };
        let rate = own.or(rate).ok_or_else(none)?;
        let bought = rate.buy(self.amount, precision);
        // A payment that buys nothing would take money for nothing.
        let bought = bought.ok().filter(|amount| amount.is_positive());
        let sentence = format!("buys nothing of {asset} at this rate, or more than a wallet holds");
        let bought = bought.ok_or_else(|| Problem::field("amount", sentence))?;
        match self.that_fits(bought, rate, precision, places) {
            Some(sentence) => Err(Problem::field("amount", sentence)),
            None => Ok(bought),
        }
    }

    /// Which payments would leave nothing; none where this one does not.
    fn that_fits(
        &self,
        bought: Amount,
        rate: ExchangeRate,
        precision: u32,
        places: u32,
    ) -> Option<String> {
        let (asset, currency) = (&self.account.asset, &self.currency);
        let least = rate.least_payment(bought, places).ok()?;
        // What is less than the smallest coin cannot be paid otherwise.
        if self.amount <= least {
            return None;
        }
        let step = Amount::from_steps(10_i128.pow(MAX_PLACES.saturating_sub(precision))).ok()?;
        let more = bought.plus(step).ok()?;
        let next = rate.least_payment(more, places).ok()?;
        Some(format!(
            "buys {bought} {asset}, which cost {least} {currency}, and the rest buys nothing; pay {least} \
             for {bought}, or {next} for {more}"
        ))
    }

    /// When the link ends. Nobody can pay for credit that has ended already.
    #[must_use]
    pub fn link_end(&self, now: Instant) -> Instant {
        // Rates move and prices change, so a link cannot live for ever; a day is long enough to
        // find a card.
        let end = now.plus_seconds(LINK_SECONDS);
        self.credit_expires_at.map_or(end, |expiry| end.min(expiry))
    }
}

/// `return_url` and `failure_url`. A machine is led nowhere, so it has none.
fn ways(object: &Object<'_>, by_machine: bool, errors: &mut Errors) -> [Option<String>; 2] {
    ["return_url", "failure_url"].map(|name| {
        if !by_machine {
            return url::required(object, name, errors);
        }
        if object.get(name).is_some() {
            errors.add(name, "must be left out when payment is mpp");
        }
        Some(String::new())
    })
}

/// What is paid.
fn money(object: &Object<'_>, errors: &mut Errors) -> (Option<Amount>, Option<String>) {
    let amount = above_zero(object, "amount", errors);
    let amount = object.require("amount", amount, errors);
    let currency = object.code("currency", errors);
    let currency = object.require("currency", currency, errors);
    // Credyt's clients write `usd`; the wallet knows one way to write a currency.
    (amount, currency.map(|code| code.to_ascii_uppercase()))
}

/// A pack says all of this, so a second word could only contradict it.
fn left_to_the_pack(object: &Object<'_>, errors: &mut Errors) -> (Option<Amount>, Option<String>) {
    for name in ["amount", "currency", "destination"] {
        if object.get(name).is_some() {
            errors.add(name, "must be left out, because the pack says it");
        }
    }
    (Some(Amount::ZERO), Some(String::new()))
}

/// The account that is filled, and the rate where the request brings one. `None` after an error
/// only, also when the currency is what is wrong.
fn destination(
    object: &Object<'_>,
    currency: Option<&str>,
    errors: &mut Errors,
) -> Option<(AccountId, Option<Amount>)> {
    if object.get("destination").is_none() {
        return Some((AccountId::default_for(currency?), None));
    }
    let destination = object.object("destination", errors)?;
    let asset = destination.code("asset", errors);
    let asset = destination.require("asset", asset, errors);
    let name = destination.code("account_name", errors);
    let rate = above_zero(&destination, "exchange_rate", errors);
    // Between a thing and itself a rate could only be one, or wrong.
    if rate.is_some() && asset.is_some() && asset.as_deref() == currency {
        let path = destination.path_of("exchange_rate");
        errors.add(&path, "must be left out when the asset is the currency");
    }
    let name = name.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
    Some((AccountId::new(&name, &asset?), rate))
}

/// A top-up that has been paid, as the wallet is told of it. A new field has a default: during a
/// deployment both sides may be of different versions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ConfirmedTopUp {
    pub id: String,
    pub account: AccountId,
    /// Decimal places of the asset.
    pub precision: u32,
    /// What is credited.
    pub amount: Amount,
    /// What left the customer's pocket, in `currency`.
    pub paid: Amount,
    pub currency: String,
    /// Who took the payment.
    pub processor: String,
    pub expires_at: Option<Instant>,
    pub description: Option<String>,
    pub metadata: Metadata,
    /// What the processor calls the payment, where it has a name of its own for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<ProcessorPayment>,
    /// Nobody has paid for this part: it was taken off by a promotion, or it comes on top.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_promotion: bool,
}

/// A payment by the processor's own name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ProcessorPayment {
    /// Such as `pi_…`.
    pub id: String,
    /// The operation id that all that tells of this part of the payment has in common.
    pub op: String,
}

/// What was sold, in the part that was paid for and the rest, which is a promotion: `net` of `of` was paid.
/// The paid part is rounded down to the asset's precision, so both are together what was sold.
#[must_use]
pub fn split(sold: Amount, precision: u32, net: i64, of: i64) -> (Amount, Amount) {
    let step = 10_i128.saturating_pow(MAX_PLACES.saturating_sub(precision));
    let (net, of) = (i128::from(net), i128::from(of));
    let part = |steps: i128| {
        let units = steps.checked_div(step)?;
        // In two parts, so that no product leaves 128 bits.
        let (whole, rest) = (units.checked_div(of)?, units.checked_rem(of)?);
        let whole = whole.checked_mul(net)?;
        let rest = rest.checked_mul(net)?.checked_div(of)?;
        whole.checked_add(rest)?.checked_mul(step)
    };
    let paid = part(sold.steps()).and_then(|steps| Amount::from_steps(steps).ok());
    let paid = paid.filter(|paid| *paid <= sold && !paid.is_negative());
    let paid = paid.unwrap_or(sold);
    (paid, sold.folded_minus(paid))
}

impl ConfirmedTopUp {
    /// The credit. It is identified by the processor's payment, or by the top-up where that has no name:
    /// however often it is told, it is one.
    #[must_use]
    pub fn credit(&self) -> Command {
        let asset = Asset {
            code: self.account.asset.clone(),
            precision: self.precision,
        };
        let action = Action::Credit(Credit {
            account: self.account.clone(),
            asset,
            amount: self.amount,
            purpose: if self.is_promotion {
                Purpose::Promotion
            } else {
                Purpose::Paid
            },
            // At once, since the money is there already.
            effective_at: None,
            expires_at: self.expires_at,
            scope: Scope::default(),
            source: CreditSource::TopUp {
                top_up: self.id.clone(),
                processor: self.processor.clone(),
                paid: self.paid,
                currency: self.currency.clone(),
                payment: self.payment.as_ref().map(|payment| payment.id.clone()),
            },
            description: self.description.clone(),
            metadata: self.metadata.clone(),
        });
        // A payment that is told without its top-up is the same operation and the same question.
        let (op, request) = match &self.payment {
            Some(payment) => (
                payment.op.clone(),
                request_digest(&["payment", &payment.id]),
            ),
            None if self.is_promotion => (
                format!("topup:{}:promotion", self.id),
                request_digest(&["topup", &self.id, "promotion"]),
            ),
            None => (
                format!("topup:{}", self.id),
                request_digest(&["topup", &self.id]),
            ),
        };
        Command {
            op,
            request,
            action,
        }
    }
}
