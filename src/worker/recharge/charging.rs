//! What the alarm of a wallet does about its recharges: from an intent to its end.
//!
//! | known of the charge | done |
//! |---|---|
//! | paid | the wallet credits it, once under the intent's id |
//! | processing | the wallet notes it, and asks again later |
//! | not paid | a top-up is made for the same amount, and the wallet notes why and where |
//! | nothing, and the intent is young | charged, under the intent's id |
//! | nothing, and it is older than a processor remembers its key | given up: never charged under an old key |
//! | nobody answers | nothing; the alarm comes again, and looks it up |
//!
//! Whoever was asked is looked up at; a new charge is made by whoever has the payment method. It is always looked up first, so that a reply that was lost is found, and whoever is stopped anywhere in here may
//! begin again from the start.

use crate::engine::command::Said;
use crate::engine::exchange::ExchangeRate;
use crate::engine::recharge::{IntentId, NO_PAYMENT_METHOD};
use crate::engine::{AccountId, Instant};
use crate::wire::problem::{Failure, Problem};
use crate::wire::recharge::{Charges, OpenCharge, Paid, Unpriced};
use crate::wire::topup::NewTopUp;
use crate::worker::assets::statements::rate_of_asset_at;
use crate::worker::edge::call::{Ask, RechargeAsk};
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::Reply;
use crate::worker::edge::rows::unreadable;
use crate::worker::payment_methods::statements::method_to_charge;
use crate::worker::top_ups::on_session;

use crate::worker::payment_methods::handlers::SIMULATED;
use crate::worker::payments::crediting::{Crediting, Outcome, credit};

use super::charger::{Charge, Charged, Charger};
use super::simulated::Simulated;
use super::statements;
use super::stripe::{AtStripe, STRIPE};

/// For how long the same key is certain to be the same charge, in seconds: processors remember keys for 24 hours at
/// least.
pub const KEY_LIVES: u32 = 20 * 3_600;

/// The code of an intent that was never charged.
pub const NOT_CHARGED: &str = "not_charged";

/// One wallet, and whom its money is asked of.
struct Till<'a> {
    context: &'a Context<'a>,
    who: &'a Principal,
    customer: &'a str,
    simulated: Simulated<'a>,
    stripe: AtStripe<'a>,
}

/// Charges what the wallet's rules intend, and tells it what became of that.
///
/// # Errors
/// `unavailable` where somebody did not answer: what is open stays open, and is looked up next time.
pub async fn charge(context: &Context<'_>, who: &Principal, customer: &str) -> Result<(), Problem> {
    let till = Till::of(context, who, customer);
    let mut charges = till.charges().await?;
    if !charges.unpriced.is_empty() {
        till.price(&charges.unpriced).await?;
        charges = till.charges().await?;
    }
    // One that nobody answers for must not keep another asset waiting.
    let mut failed = Ok(());
    for open in &charges.open {
        let ended = till.end(open).await;
        failed = failed.and(ended);
    }
    failed
}

/// Finds out what became of one intent, because its processor has told that something did. Whether it was open.
///
/// # Errors
/// As [`charge`].
pub async fn look_after(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    id: &str,
) -> Result<bool, Problem> {
    let till = Till::of(context, who, customer);
    let charges = till.charges().await?;
    // What has ended must not end again in another way.
    let Some(open) = charges.open.iter().find(|open| open.id == id) else {
        return Ok(false);
    };
    till.end(open).await.map(|()| true)
}

/// Credits what Stripe has charged, and notes it as a payment: what Stripe tells of it later finds it by that.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn credit_stripe(
    context: &Context<'_>,
    who: &Principal,
    customer: &str,
    (id, intent, payment): (&str, IntentId, &str),
) -> Result<Outcome, Problem> {
    let op = format!("recharge:{id}");
    let crediting = Crediting {
        who,
        customer,
        payment,
        op: &op,
        session: None,
        // An event may be the first to name the payment, and a refund or a receipt of the recharge is found by it.
        note: Some(statements::set_payment(who, id, payment)),
    };
    let paid = Paid {
        intent,
        payment: payment.to_owned(),
        processor: STRIPE.to_owned(),
    };
    let ask = Ask::Recharge(RechargeAsk::Credit(paid));
    credit(context, crediting, vec![ask]).await
}

impl<'a> Till<'a> {
    const fn of(context: &'a Context<'a>, who: &'a Principal, customer: &'a str) -> Self {
        Self {
            context,
            who,
            customer,
            simulated: Simulated { context, who },
            stripe: AtStripe { context, who },
        }
    }

    /// The processor of this name.
    fn charger(&self, name: &str) -> Option<&dyn Charger> {
        match name {
            STRIPE => Some(&self.stripe),
            // Money that does not move must never credit the live side.
            SIMULATED if self.who.mode == "test" => Some(&self.simulated),
            _ => None,
        }
    }

    async fn wallet(&self, ask: RechargeAsk) -> Result<Reply, Problem> {
        let name = self.who.wallet(self.customer);
        let reply = self
            .context
            .wallet(&name, self.customer, Ask::Recharge(ask))
            .await?;
        // Only a wallet that answers has decided; any other outcome is open.
        if reply.status >= 500 {
            return Err(Failure::Unavailable.because("The wallet did not answer."));
        }
        Ok(reply)
    }

    async fn charges(&self) -> Result<Charges, Problem> {
        let reply = self.wallet(RechargeAsk::Charges).await?;
        serde_json::from_str(&reply.body).map_err(|_| unreadable())
    }

    /// Tells the wallet the rates of now that its rules wait for; it is told as well of an asset that has none.
    async fn price(&self, unpriced: &[Unpriced]) -> Result<(), Problem> {
        let now = self.context.world.clock().saturating_mul(1_000);
        let ask =
            |one: &Unpriced| rate_of_asset_at(self.who, &one.account.asset, &one.currency, now);
        let asked = unpriced.iter().map(ask).collect();
        let answer = self.context.directory(asked).await?;
        let mut rates: Vec<(AccountId, Option<ExchangeRate>)> = Vec::new();
        for (place, one) in unpriced.iter().enumerate() {
            let rate = answer.row(place)?.and_then(|row| row.given("rate"));
            let rate = rate.map(|text| serde_json::from_str(&text)).transpose();
            rates.push((one.account.clone(), rate.map_err(|_| unreadable())?));
        }
        self.wallet(RechargeAsk::Intend { rates }).await.map(|_| ())
    }

    /// From an intent to its end, as far as it is known.
    async fn end(&self, open: &OpenCharge) -> Result<(), Problem> {
        // First of all, because a reply may have been lost: only what was never charged is charged.
        let asked = vec![statements::asked(self.who, &open.id)];
        let answer = self.context.directory(asked).await?;
        let name = answer.row(0)?.and_then(|row| row.given("processor"));
        let charger = name.and_then(|name| self.charger(&name));
        let known = match charger {
            Some(charger) => charger.look_up(&open.id).await?,
            None => None,
        };
        let (name, charged) = match (charger, known) {
            (Some(charger), Some(known)) => (charger.name(), known),
            _ => self.charged(open).await?,
        };
        self.tell(open, name, charged).await
    }

    /// Charges what was never charged, by whoever has the payment method.
    async fn charged(&self, open: &OpenCharge) -> Result<(&'static str, Charged), Problem> {
        let declined = |code: &str| {
            let code = code.to_owned();
            let decline_code = None;
            ("", Charged::Declined { code, decline_code })
        };
        let now = Instant::from_micros(self.context.world.clock().saturating_mul(1_000));
        // A key that the processor has forgotten would charge a second time.
        if open.is_pending || now > open.at.plus_seconds(KEY_LIVES) {
            return Ok(declined(NOT_CHARGED));
        }
        let named = open.terms.payment_method.as_deref();
        let asked = vec![method_to_charge(self.who, self.customer, named)];
        let answer = self.context.directory(asked).await?;
        // Nobody was asked for money, so this cannot be charged twice.
        let row = answer.row(0)?;
        let charger = row.and_then(|row| self.charger(&row.given("processor")?));
        let (Some(row), Some(charger)) = (row, charger) else {
            return Ok(declined(NO_PAYMENT_METHOD));
        };
        #[cfg(feature = "faults")]
        self.stall(open, "fault:stall-before-charge").await;
        let charge = Charge {
            id: open.id.clone(),
            customer: self.customer.to_owned(),
            method: row.text("processor_id")?,
            good_until: (row.count("exp_year")?, row.count("exp_month")?),
            price: open.price(),
            currency: open.terms.currency.clone(),
        };
        let charged = charger.charge(&charge).await;
        #[cfg(feature = "faults")]
        self.stall(open, "fault:stall-after-charge").await;
        Ok((charger.name(), charged))
    }

    /// The server is killed here, where the payment method's name asks for it.
    #[cfg(feature = "faults")]
    async fn stall(&self, open: &OpenCharge, fault: &str) {
        let named = open.terms.payment_method.as_deref();
        let asked = vec![method_to_charge(self.who, self.customer, named)];
        let answer = self.context.directory(asked).await.unwrap_or_default();
        let name = answer.row(0).ok().flatten();
        let name = name.and_then(|row| row.given("name"));
        crate::worker::faults::stall(&name.unwrap_or_default(), fault).await;
    }

    /// The wallet credits what was paid.
    async fn paid(
        &self,
        open: &OpenCharge,
        processor: &str,
        payment: String,
    ) -> Result<(), Problem> {
        let intent = open.intent().ok_or_else(unreadable)?;
        let refused = || Failure::Internal.because("The wallet refused a recharge.");
        // Noted as a payment, because what Stripe tells of it later names that and not the recharge.
        if processor == STRIPE {
            let named = (open.id.as_str(), intent, payment.as_str());
            let outcome = credit_stripe(self.context, self.who, self.customer, named).await?;
            // The money was taken, so the intent must stay open until the wallet has it.
            return match outcome {
                Outcome::Credited { .. } => Ok(()),
                Outcome::Open(_) => Err(Failure::Unavailable.because("The wallet did not answer.")),
                Outcome::Refused(_) => Err(refused()),
                // Somebody has settled it in another way, so this wallet waits for it no more.
                Outcome::ByHand | Outcome::Elsewhere => {
                    self.note(intent, settled_elsewhere()).await
                }
            };
        }
        let processor = processor.to_owned();
        let paid = Paid {
            intent,
            payment,
            processor,
        };
        let reply = self.wallet(RechargeAsk::Credit(paid)).await?;
        if reply.status >= 400 {
            return Err(refused());
        }
        Ok(())
    }

    async fn note(&self, intent: IntentId, said: Said) -> Result<(), Problem> {
        let note = RechargeAsk::Note { intent, said };
        self.wallet(note).await.map(|_| ())
    }

    /// Tells the wallet what became of an intent.
    async fn tell(
        &self,
        open: &OpenCharge,
        processor: &str,
        charged: Charged,
    ) -> Result<(), Problem> {
        #[cfg(feature = "faults")]
        self.stall(open, "fault:stall-before-told").await;
        let intent = open.intent().ok_or_else(unreadable)?;
        let said = match charged {
            Charged::Succeeded { payment } => return self.paid(open, processor, payment).await,
            // It is noted already, so there is nothing to tell.
            Charged::Processing { .. } if open.is_pending => return Ok(()),
            Charged::Processing { payment } => Said::Pending { payment },
            Charged::RequiresAction => self.declined(open, "authentication_required", None).await?,
            Charged::Declined { code, decline_code } => {
                self.declined(open, &code, decline_code).await?
            }
            Charged::Unknown => {
                let detail = "The processor did not answer: whether it charged is open.";
                return Err(Failure::Unavailable.because(detail));
            }
        };
        self.note(intent, said).await
    }

    /// Nobody has paid: the customer is given a top-up for the same amount, to pay by hand.
    async fn declined(
        &self,
        open: &OpenCharge,
        code: &str,
        decline_code: Option<String>,
    ) -> Result<Said, Problem> {
        let new = NewTopUp {
            customer_id: self.customer.to_owned(),
            amount: open.price(),
            currency: open.terms.currency.clone(),
            account: open.account.clone(),
            exchange_rate: None,
            return_url: String::new(),
            failure_url: String::new(),
            credit_expires_at: None,
            by_machine: false,
            allow_promotion_codes: false,
            pack: None,
            description: Some("Automatic recharge".to_owned()),
            metadata: [("recharge".to_owned(), open.id.clone())].into(),
        };
        let bought = (open.precision, open.terms.amount);
        let top_up = on_session::instead_of(self.context, self.who, &open.id, new, bought).await?;
        Ok(Said::Declined {
            code: code.to_owned(),
            decline_code,
            top_up,
            finally: code == NO_PAYMENT_METHOD,
        })
    }
}

/// Its payment is another's, or was dealt with by hand.
fn settled_elsewhere() -> Said {
    Said::Declined {
        code: "settled_elsewhere".to_owned(),
        decline_code: None,
        top_up: None,
        finally: false,
    }
}
