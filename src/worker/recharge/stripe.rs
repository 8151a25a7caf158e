//! Stripe behind the port: a PaymentIntent for each recharge, made and confirmed while nobody is there.
//!
//! ```text
//! write down what is asked ──▶ ask, under the recharge's id ──▶ note the PaymentIntent ──▶ say what became of it
//! ```
//!
//! | looked up | is |
//! |---|---|
//! | its PaymentIntent is known | asked for by its id |
//! | it is not known | sought among those that the customer has since, by our id in its metadata |
//! | it is not there | asked for again, under the same key and word for word as before, while the key lives |
//!
//! So an answer that was lost is found, and never charged a second time: not by us, who look first, and not by
//! Stripe, which does it once under a key.

use serde_json::Value;

use crate::engine::{Amount, Instant};
use crate::stripe::api::ApiError;
use crate::stripe::api::payment_intent::{NewIntent, PAGE, of_customer, retrieve};
use crate::stripe::{Intent, IntentState, minor_units};
use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Row, unreadable};
use crate::worker::edge::world::Waits;
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::{Connection, connection_of};

use super::charger::{Charge, Charged, Charger};
use super::statements;

/// The word for it, in rows.
pub const STRIPE: &str = "stripe";

/// So much earlier than our row a PaymentIntent is sought, in seconds: Stripe's clock may be behind ours.
const EARLIER: i64 = 3_600;

/// How many pages of PaymentIntents are looked through. A customer has one at a time for each rule, so that more
/// than these were made by somebody else.
const PAGES: usize = 20;

/// The code of a charge that Stripe was not asked for, because no account there is connected.
const NOT_CONNECTED: &str = "payments_not_configured";

/// The code of a charge for which the platform's key was refused.
const KEY_REFUSED: &str = "processor_refused";

/// Charges of one side at Stripe.
pub struct AtStripe<'a> {
    pub context: &'a Context<'a>,
    pub who: &'a Principal,
}

/// What Stripe was asked.
pub struct Asked {
    pub id: String,
    customer: String,
    stripe_account: String,
    stripe_customer: String,
    payment_method: String,
    pub price: Amount,
    pub currency: String,
    pub payment: Option<String>,
    created_at: i64,
}

impl Asked {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    pub fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("recharge_id")?,
            customer: row.text("customer_id")?,
            stripe_account: row.text("stripe_account")?,
            stripe_customer: row.text("stripe_customer")?,
            payment_method: row.text("payment_method")?,
            price: Amount::parse(&row.text("price")?).map_err(|_| unreadable())?,
            currency: row.text("currency")?,
            payment: row.given("payment"),
            created_at: row.number("created_at").ok_or_else(unreadable)?,
        })
    }

    /// In Stripe's integers; none where Stripe cannot take such an amount.
    fn amount(&self) -> Option<i64> {
        minor_units(&self.currency, &self.price.to_string()).ok()
    }

    /// Whether this is its PaymentIntent. Whoever may write metadata at Stripe could name any recharge, so the money
    /// has to agree as well.
    #[must_use]
    pub fn is_by(&self, intent: &Intent) -> bool {
        intent.recharge.as_deref() == Some(self.id.as_str())
            && intent.currency == self.currency
            && self.amount() == Some(intent.amount)
    }
}

fn declined(code: &str) -> Charged {
    Charged::Declined {
        code: code.to_owned(),
        decline_code: None,
    }
}

fn charged(state: IntentState, payment: String) -> Charged {
    match state {
        IntentState::Paid => Charged::Succeeded { payment },
        IntentState::UnderWay => Charged::Processing { payment },
        IntentState::WantsOwner => Charged::RequiresAction,
        IntentState::Declined { code, decline_code } => Charged::Declined { code, decline_code },
    }
}

fn unread(sentence: String) -> Problem {
    Failure::Unavailable.because(format!("Stripe's answer cannot be read: {sentence}"))
}

impl Charger for AtStripe<'_> {
    fn name(&self) -> &'static str {
        STRIPE
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> Waits<'a, Charged> {
        Box::pin(async move {
            // It may be charged although nobody answered, so a failure must never read as a decline.
            let charged = self.make(charge).await;
            charged.unwrap_or(Charged::Unknown)
        })
    }

    fn look_up<'a>(&'a self, id: &'a str) -> Waits<'a, Result<Option<Charged>, Problem>> {
        Box::pin(async move {
            let Some(asked) = self.asked(id).await? else {
                return Ok(None);
            };
            let intent = self.intent_of(&asked).await?;
            Ok(intent.map(|intent| charged(intent.state, intent.id)))
        })
    }
}

impl AtStripe<'_> {
    /// What Stripe was asked under this id, if anything.
    ///
    /// # Errors
    /// `unavailable`, or an unreadable answer.
    pub async fn asked(&self, id: &str) -> Result<Option<Asked>, Problem> {
        let known = vec![statements::stripe_charge(self.who, id)];
        let answer = self.context.directory(known).await?;
        answer.row(0)?.map(Asked::of).transpose()
    }

    async fn make(&self, charge: &Charge) -> Result<Charged, Problem> {
        let Some(connection) = connection_of(self.context, self.who).await? else {
            // Nobody was asked for money, so this is certain and need not be looked up.
            return Ok(declined(NOT_CONNECTED));
        };
        let values = vec![
            Some(charge.id.clone()),
            Some(charge.customer.clone()),
            Some(connection.account().to_owned()),
            Some(charge.method.clone()),
            Some(charge.price.to_string()),
            Some(charge.currency.clone()),
            Some(self.now().micros().to_string()),
        ];
        let answer = self
            .context
            .directory(vec![
                statements::insert_stripe_charge(self.who, values),
                // Read back, because whoever asked first under this id has decided what is asked.
                statements::stripe_charge(self.who, &charge.id),
            ])
            .await?;
        let Some(row) = answer.row(1)? else {
            // Stripe knows no such customer, so there is no card either.
            return Ok(declined(crate::engine::recharge::NO_PAYMENT_METHOD));
        };
        self.ask(&connection, &Asked::of(row)?).await
    }

    async fn ask(&self, connection: &Connection, asked: &Asked) -> Result<Charged, Problem> {
        let Some(amount) = asked.amount() else {
            // Stripe would refuse it, and so nothing is asked.
            return Ok(declined("amount_not_chargeable"));
        };
        let new = NewIntent {
            recharge: &asked.id,
            account: &self.who.account_id,
            mode: &self.who.mode,
            customer: &asked.customer,
            stripe_customer: &asked.stripe_customer,
            payment_method: &asked.payment_method,
            amount,
            currency: &asked.currency,
        };
        match call(self.context, connection, &new.request()).await {
            Ok(made) => {
                let intent = Intent::of_reply(&made).map_err(unread)?;
                self.note(asked, &intent.id).await;
                Ok(charged(intent.state, intent.id))
            }
            Err(Failed::Refused(error)) => {
                // A decline leaves a PaymentIntent behind, which somebody could still confirm.
                if let Some(intent) = &error.payment_intent {
                    self.note(asked, intent).await;
                }
                Ok(refused(*error))
            }
            // Only an answer of Stripe's says what was not charged.
            Err(Failed::Open(_) | Failed::Unasked(_)) => Ok(Charged::Unknown),
        }
    }

    /// Only so that it need not be sought: where this is lost it is found all the same.
    async fn note(&self, asked: &Asked, payment: &str) {
        let note = statements::set_payment(self.who, &asked.id, payment);
        let _ = self.context.directory(vec![note]).await;
    }

    fn now(&self) -> Instant {
        Instant::from_micros(self.context.world.clock().saturating_mul(1_000))
    }

    /// The PaymentIntent of a charge, as Stripe has it now; none where it never made one.
    async fn intent_of(&self, asked: &Asked) -> Result<Option<Intent>, Problem> {
        let connection = connection_of(self.context, self.who).await?;
        // Another account knows nothing of it, and its silence would read as never charged.
        let Some(connection) = connection.filter(|one| one.account() == asked.stripe_account)
        else {
            let detail =
                "The account at Stripe that was asked to charge is not connected any more.";
            return Err(Failure::Unavailable.because(detail));
        };
        // By its id, because a list could be long.
        if let Some(payment) = &asked.payment {
            let told = call(self.context, &connection, &retrieve(payment)).await?;
            return Intent::of_reply(&told).map(Some).map_err(unread);
        }
        self.sought(&connection, asked).await
    }

    async fn sought(
        &self,
        connection: &Connection,
        asked: &Asked,
    ) -> Result<Option<Intent>, Problem> {
        let since = asked
            .created_at
            .div_euclid(1_000_000)
            .saturating_sub(EARLIER);
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let question = of_customer(&asked.stripe_customer, since, after.as_deref());
            let told = call(self.context, connection, &question).await?;
            let listed: &[Value] = told["data"].as_array().map_or(&[], Vec::as_slice);
            // One that cannot be read is another's: ours has been made by a version that we read.
            let read = listed.iter().filter_map(|one| Intent::of_reply(one).ok());
            if let Some(found) = read.into_iter().find(|one| asked.is_by(one)) {
                return Ok(Some(found));
            }
            after = listed
                .last()
                .and_then(|one| one["id"].as_str().map(str::to_owned));
            if listed.len() < PAGE || told["has_more"] != true {
                return Ok(None);
            }
        }
        let detail = "The customer has too many payments at Stripe to find the one of a recharge.";
        Err(Failure::Unavailable.because(detail))
    }
}

/// What a refusal means for a charge: any of them is paid by hand instead, whatever it is about.
fn refused(error: ApiError) -> Charged {
    // Somebody has asked something else under this key before, and what became of that is to be found.
    if error.kind == "idempotency_error" || error.code.as_deref() == Some("idempotency_error") {
        return Charged::Unknown;
    }
    // The platform has to put that right, so the card is tried again later and only so often.
    if error.is_about_the_key() {
        return declined(KEY_REFUSED);
    }
    let code = error
        .code
        .or((!error.kind.is_empty()).then_some(error.kind));
    charged(
        IntentState::of_decline(code, error.decline_code),
        String::new(),
    )
}
