//! A top-up, as the directory keeps it.

use serde::{Deserialize, Serialize};

use crate::engine::command::Metadata;
use crate::engine::{AccountId, Amount, Instant};
use crate::stripe::{self, Session};
use crate::wire::problem::{Failure, Problem};
use crate::wire::topup::{ConfirmedTopUp, ProcessorPayment, split};
use crate::wire::url::WebUrl;
use crate::worker::assets::units::units;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Outcomes, Row, unreadable};
use crate::worker::processors::connection::Connection;

use super::tokens;

/// Who takes the payment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// A page of our own, where no money moves.
    Simulated,
    /// Stripe Checkout.
    Stripe,
}

impl Processor {
    /// Who takes the payments of a side: whoever is connected to it. Nobody, on the live side, until then.
    pub fn of(who: &Principal, connection: Option<&Connection>) -> Option<Self> {
        if connection.is_some() {
            return Some(Self::Stripe);
        }
        // A page where no money moves must never credit the live side.
        (who.mode == "test").then_some(Self::Simulated)
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Stripe => "stripe",
        }
    }

    fn by_word(word: &str) -> Option<Self> {
        [Self::Simulated, Self::Stripe]
            .into_iter()
            .find(|one| one.word() == word)
    }
}

/// What a session at Stripe is made with. It is kept with the row: who asks again, asks the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Checkout {
    pub automatic_tax: bool,
    pub save_payment_method: bool,
    pub allow_promotion_codes: bool,
}

/// What the processor says was paid, and what is therefore credited.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sale {
    /// The operation id of the payment.
    pub op: String,
    /// The processor's id of it.
    pub payment: String,
    /// What left the payer's pocket, with tax, in the currency of the top-up.
    pub paid: Amount,
    /// What of the credit was paid for.
    pub credit: Amount,
    /// The rest of it.
    pub promotion: Amount,
    pub receipt: SaleReceipt,
}

/// What the payer has in hand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SaleReceipt {
    /// All that was paid, with tax, in the currency in which it was paid.
    pub amount: String,
    pub tax: String,
    pub currency: String,
    /// Where it can be looked at.
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    pub number: Option<String>,
}

pub struct TopUp {
    pub account_id: String,
    pub mode: String,
    pub id: String,
    pub customer_id: String,
    /// Only where a page was asked for.
    pub customer_name: Option<String>,
    pub processor: Processor,
    /// Of the link's token, which is kept nowhere.
    pub token_hash: Option<String>,
    /// Of the customer's payment links; only where a page was asked for.
    pub pay_token_hash: Option<String>,
    pub amount: Amount,
    pub currency: String,
    pub account_name: String,
    pub asset: String,
    pub precision: u32,
    pub credit: Amount,
    pub exchange_rate: Option<Amount>,
    pub credit_expires_at: Option<i64>,
    pub return_url: String,
    pub failure_url: String,
    pub description: Option<String>,
    pub metadata: String,
    pub status: String,
    pub request: String,
    pub created_at: String,
    pub expires_at: i64,
    /// The money is on its way since then, at the simulated processor.
    pub delayed_at: Option<i64>,
    /// Taken back by the simulated processor.
    pub refunded_at: Option<i64>,
    /// When a machine has paid.
    pub paid_at: Option<i64>,
    /// Which token of a machine is being charged at Stripe.
    pub paying: Option<String>,
    /// The pack that was bought.
    pub pack: Option<String>,
    /// What comes on top of the credit, as a promotion.
    pub bonus: Amount,
    /// None of a simulated one.
    pub checkout: Option<Checkout>,
    /// The session at Stripe, once its id is known.
    pub session: Option<String>,
    /// Where that is paid, sealed.
    pub session_url: Option<String>,
    /// What was paid, once the processor has said so.
    pub sale: Option<Sale>,
}

impl TopUp {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    pub fn of(row: Row<'_>) -> Result<Self, Problem> {
        let amount = |name: &str| {
            let parsed = row.given(name).map(|text| Amount::parse(&text));
            parsed.transpose().map_err(|_| unreadable())
        };
        let processor = Processor::by_word(&row.text("processor")?);
        Ok(Self {
            account_id: row.text("account_id")?,
            mode: row.text("mode")?,
            id: row.text("id")?,
            customer_id: row.text("customer_id")?,
            customer_name: row.given("customer_name"),
            processor: processor.ok_or_else(unreadable)?,
            token_hash: row.given("token_hash"),
            pay_token_hash: row.given("pay_token_hash"),
            amount: amount("amount")?.ok_or_else(unreadable)?,
            currency: row.text("currency")?,
            account_name: row.text("account_name")?,
            asset: row.text("asset")?,
            precision: row.count("precision")?,
            credit: amount("credit")?.ok_or_else(unreadable)?,
            exchange_rate: amount("exchange_rate")?,
            credit_expires_at: row.number("credit_expires_at"),
            return_url: row.text("return_url")?,
            failure_url: row.text("failure_url")?,
            description: row.given("description"),
            metadata: row.text("metadata")?,
            status: row.text("status")?,
            request: row.text("request")?,
            created_at: row.text("created_at")?,
            expires_at: row.number("expires_at").ok_or_else(unreadable)?,
            delayed_at: row.number("delayed_at"),
            refunded_at: row.number("refunded_at"),
            paid_at: row.number("paid_at"),
            paying: row.given("paying"),
            pack: row.given("pack"),
            bonus: amount("bonus")?.unwrap_or_default(),
            checkout: json_in(row, "checkout")?,
            session: row.given("session"),
            session_url: row.given("session_url"),
            sale: json_in(row, "sale")?,
        })
    }

    /// The one that a statement has found.
    pub fn found(answer: &Outcomes, statement: usize) -> Result<Option<Self>, Problem> {
        answer.row(statement)?.map(Self::of).transpose()
    }

    /// # Errors
    /// As [`Principal::of`].
    pub fn who(&self, context: &Context<'_>) -> Result<Principal, Problem> {
        Principal::of(context.config, self.account_id.clone(), self.mode.clone())
    }

    pub fn is_by_stripe(&self) -> bool {
        self.processor == Processor::Stripe
    }

    /// A machine pays it, at Stripe: it has no page there.
    pub fn is_granted(&self) -> bool {
        self.is_by_stripe() && self.checkout.is_none()
    }

    /// Paid, and the wallet is to be told.
    pub fn is_owed(&self) -> bool {
        self.status == "pending" && (!self.is_by_stripe() || self.sale.is_some())
    }

    /// A page of ours, with the token that derives again from the key.
    ///
    /// # Errors
    /// `not_configured` where the deployment cannot make it any more.
    pub fn own_page(&self, context: &Context<'_>) -> Result<String, Problem> {
        let known = tokens::of_top_up(context.config, &self.who(context)?, &self.id)?;
        let gone = || {
            let detail =
                "No key in SECRETS_KEY makes the link of this top-up any more. Make another one.";
            Failure::NotConfigured.because(detail)
        };
        let token = tokens::kept(known, self.token_hash.as_deref()).ok_or_else(gone)?;
        context.config.link(&format!("/pay/{token}"))
    }

    /// Where the customer goes on after paying, and after not paying. A way back to a payment link is
    /// kept without its token.
    ///
    /// # Errors
    /// `not_configured` where the deployment does not say where it is reached.
    pub fn ways(&self, context: &Context<'_>) -> Result<(String, String), Problem> {
        let who = self.who(context)?;
        let way = |url: &String| {
            let hash = self.pay_token_hash.as_deref();
            let path = tokens::path_of(url, context.config, &who, &self.customer_id, hash);
            path.map_or_else(|| Ok(url.clone()), |path| context.config.link(&path))
        };
        Ok((way(&self.return_url)?, way(&self.failure_url)?))
    }

    /// Where the answer to a form of its pages may lead. A browser checks the redirect after a form as
    /// well, so both ways out have to be named.
    ///
    /// # Errors
    /// As [`TopUp::ways`].
    pub fn leads_to(&self, context: &Context<'_>) -> Result<[String; 2], Problem> {
        let (on, back) = self.ways(context)?;
        let origin = |url: &String| WebUrl::parse(url).map_or("", |url| url.origin).to_owned();
        Ok([&on, &back].map(origin))
    }

    /// What is paid, as pages write it.
    ///
    /// # Errors
    /// `unavailable`, or an unreadable answer.
    pub async fn price(&self, context: &Context<'_>) -> Result<String, Problem> {
        let units = units(context, &self.who(context)?, &[&self.currency]).await?;
        Ok(units(&self.currency).plain(self.amount))
    }

    /// It was accepted by the simulated processor, and whether the money comes is open.
    pub fn is_delayed(&self) -> bool {
        self.status == "initiated" && self.delayed_at.is_some()
    }

    /// What has become of it. A link that has ended needs nobody who notes it.
    pub fn status(&self, now: Instant) -> &str {
        // The link's end is only for who has not paid yet.
        if self.is_delayed() {
            return "pending";
        }
        // Told at the read, so that no timer has to run for links that nobody looks at.
        if self.status == "initiated" && self.expires_at <= now.micros() {
            return "expired";
        }
        &self.status
    }

    /// Whether it can be paid.
    pub fn is_open(&self, now: Instant) -> bool {
        self.status(now) == "initiated"
    }

    /// The caller's own words.
    pub fn words(&self) -> Metadata {
        serde_json::from_str(&self.metadata).unwrap_or_default()
    }

    /// Until when it can be paid.
    pub fn link_end(&self) -> Instant {
        Instant::from_micros(self.expires_at)
    }

    pub fn credit_end(&self) -> Option<Instant> {
        self.credit_expires_at.map(Instant::from_micros)
    }

    /// What a paid session means for it: what was sold is credited, whatever was paid for it.
    ///
    /// `None` where the session is not what was asked for, or cannot be the one of this top-up.
    pub fn sale_of(&self, session: &Session) -> Option<Sale> {
        let amount = self.amount.to_string();
        let asked = stripe::minor_units(&self.currency, &amount).ok()?;
        if session.currency != self.currency || session.sold != asked {
            return None;
        }
        let (credit, promotion) = split(self.credit, self.precision, session.net, session.of);
        let paid = stripe::major_units(&self.currency, session.paid).ok()?;
        let paid = Amount::parse(&paid).ok()?;
        // By PaymentIntent where there is one, because all events of the payment have it in common. A session has
        // only its own id where nothing was left to pay.
        let (op, payment) = match &session.intent {
            Some(intent) => (format!("stripe:pi:{intent}"), intent.clone()),
            None => (format!("stripe:cs:{}", session.id), session.id.clone()),
        };
        let receipt = session.receipt.clone();
        Some(Sale {
            op,
            payment,
            paid,
            credit,
            promotion,
            receipt: SaleReceipt {
                amount: receipt.amount,
                tax: receipt.tax,
                currency: receipt.currency,
                url: receipt.url,
                number: receipt.number,
            },
        })
    }

    /// What the wallet is told, in parts that are each a credit. They derive from the row alone, so telling
    /// them again is the same request.
    pub fn credits(&self) -> Vec<ConfirmedTopUp> {
        // What is not paid for is one grant, whatever it came by: a code that took it off, or a bonus on top. A refund
        // has to find it beside the credit, by one name only.
        let (credit, promotion, paid) = match &self.sale {
            Some(sale) => {
                let promotion = sale.promotion.saturating_plus(self.bonus);
                (sale.credit, promotion, sale.paid)
            }
            None => (self.credit, self.bonus, self.amount),
        };
        let named = |suffix: &str| {
            let sale = self.sale.as_ref()?;
            let (id, op) = (sale.payment.clone(), format!("{}{suffix}", sale.op));
            Some(ProcessorPayment { id, op })
        };
        let mut credits = Vec::new();
        if credit.is_positive() {
            credits.push(self.credit_of(credit, paid, false, named("")));
        }
        if promotion.is_positive() {
            // The first part has the payment's own name, also where there is no other, because events and refunds
            // ask for the payment by it.
            let suffix = if credits.is_empty() { "" } else { ":promotion" };
            credits.push(self.credit_of(promotion, Amount::ZERO, true, named(suffix)));
        }
        credits
    }

    fn credit_of(
        &self,
        amount: Amount,
        paid: Amount,
        is_promotion: bool,
        payment: Option<ProcessorPayment>,
    ) -> ConfirmedTopUp {
        ConfirmedTopUp {
            id: self.id.clone(),
            account: AccountId::new(&self.account_name, &self.asset),
            precision: self.precision,
            amount,
            paid,
            currency: self.currency.clone(),
            processor: self.processor.word().to_owned(),
            expires_at: self.credit_end(),
            description: self.description.clone(),
            metadata: self.words(),
            payment,
            is_promotion,
        }
    }
}

/// A column of JSON that may be null.
fn json_in<T: for<'de> Deserialize<'de>>(row: Row<'_>, name: &str) -> Result<Option<T>, Problem> {
    let read = |text: String| serde_json::from_str(&text).map_err(|_| unreadable());
    row.given(name).map(read).transpose()
}
