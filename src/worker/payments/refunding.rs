//! A payment goes back because a caller asks for it. What Stripe has taken only Stripe can give back: it is asked, and its
//! answer takes effect by the same way as its events, by the id of the refund. So the answer and the events settle it once,
//! in any order.
//!
//! ```text
//! the wallet says what it would be ──▶ write it down ──▶ ask Stripe, under our id ──▶ note its id ──▶ tell the wallet
//! ```
//!
//! | known of a refund that is asked for again | done |
//! |---|---|
//! | the wallet has it | the same answer |
//! | Stripe's id | Stripe is asked how it stands, and the wallet is told |
//! | neither | it is sought among the refunds of its payment, by our id in its metadata |
//! | it is not there, and the key lives | asked again, under the same key and word for word as before |
//! | it is not there, and Stripe may have forgotten the key | it was never made: begun anew, from the plan |
//!
//! What Stripe refuses is forgotten, so that the same id can be asked again once the reason has gone.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Amount, Refusal};
use crate::stripe::api::ApiError;
use crate::stripe::api::refund::{self, OURS, PAGE, of_payment, retrieve};
use crate::stripe::{ClaimEvent, Interpretation, minor_units};
use crate::wire::money::{NewRefund, PlannedRefund};
use crate::wire::problem::{Failure, Problem};
use crate::wire::reply::json;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::forward::customer_in;
use crate::worker::edge::principal::{Caller, Principal};
use crate::worker::edge::reply::{Handled, Reply};
use crate::worker::edge::request::Path;
use crate::worker::edge::rows::{Outcomes, Row, unreadable};
use crate::worker::processors::client::{Failed, call};
use crate::worker::processors::connection::Connection;

use super::claims::{self, Told};
use super::invoices::{self, Found};
use super::mending::meaning;
use super::reconciliation::connected;
use super::statements;

/// For how long the same key is certain to be the same refund, in seconds: Stripe remembers keys for 24 hours at least.
const KEY_LIVES: u32 = 20 * 3_600;

/// How many pages of refunds of one payment are looked through. A payment has few; more than these are no accident.
const PAGES: usize = 20;

/// What Stripe was asked.
struct Asked {
    id: String,
    request: String,
    stripe_account: String,
    payment: String,
    amount: Amount,
    currency: String,
    reason: Option<String>,
    stripe_id: Option<String>,
    status: Option<String>,
    created_at: i64,
}

impl Asked {
    /// # Errors
    /// `internal_error` where a column is not what it should be.
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: row.text("id")?,
            request: row.text("request")?,
            stripe_account: row.text("stripe_account")?,
            payment: row.text("payment")?,
            amount: Amount::parse(&row.text("amount")?).map_err(|_| unreadable())?,
            currency: row.text("currency")?,
            reason: row.given("reason"),
            stripe_id: row.given("stripe_id"),
            status: row.given("status"),
            created_at: row.number("created_at").ok_or_else(unreadable)?,
        })
    }

    fn found(answer: &Outcomes, statement: usize) -> Result<Option<Self>, Problem> {
        answer.row(statement)?.map(Self::of).transpose()
    }
}

/// One refund that a caller asks for, of one wallet.
struct Refunding<'a> {
    context: &'a Context<'a>,
    who: &'a Principal,
    customer: &'a str,
    refund: NewRefund,
}

/// What it did, beside what the wallet says of it.
#[derive(Serialize)]
struct Refunded {
    /// The caller's own id.
    refund_id: String,
    /// How it stands at Stripe, in Stripe's word.
    status: String,
    #[serde(flatten)]
    entry: Value,
}

/// `POST /v1/customers/{id}/wallet/refunds`.
///
/// | case | reply |
/// |---|---|
/// | a preview | 200 with the entry as it would be |
/// | Stripe has taken the payment | 201 with what was taken, once Stripe has agreed |
/// | anybody else has | what the wallet says: see its own `refund` |
/// | the same again | 201, replayed |
/// | another question under the same id | `operation_id_reused` |
/// | more than is left, or an amount that Stripe cannot pay back | `validation_failed` |
/// | Stripe refuses, or cannot do it | `processor_refused` |
/// | no such payment, or one of the other side | `payment_not_found` |
///
/// # Errors
/// 503 where somebody did not answer: the same call again finishes it.
pub async fn refund(context: &Context<'_>, who: &Caller, path: &Path) -> Handled {
    let customer = customer_in(path)?;
    let refund = NewRefund::read(context.body, context.idempotency_key)?;
    let answer = context
        .directory(vec![
            statements::refundable(who, customer, &refund.payment),
            statements::stripe_refund(who, customer, &refund.id),
        ])
        .await?;
    let refunding = Refunding {
        context,
        who,
        customer,
        refund,
    };
    let known = Asked::found(&answer, 1)?;
    let (id, op) = match answer.row(0)? {
        Some(payment) => {
            let id = payment.text("id")?;
            // Payments of before, when the directory did not note it, were credited by their own id, so nothing else
            // can be meant.
            let op = payment.given("op");
            let op = op.unwrap_or_else(|| format!("stripe:pi:{id}"));
            (id, op)
        }
        None => match refunding.of_invoice().await? {
            Ok(found) => found,
            Err(Some(open)) => return Ok(open),
            // Under an id that Stripe was asked by, the wallet must not make another refund.
            Err(None) if known.is_some() && !refunding.refund.preview => {
                return Err(Refusal::OperationIdReused.into());
            }
            Err(None) => return refunding.wallet(Ask::Refund).await,
        },
    };
    match known {
        Some(asked) if !refunding.refund.preview => refunding.again(&id, op, asked).await,
        _ => refunding.begin(&id, op).await,
    }
}

impl Refunding<'_> {
    /// The payment and the operation of a plan's invoice, which nobody notes before something becomes of it; else a
    /// reply where it is open, or none where it is no such payment of this customer.
    async fn of_invoice(&self) -> Result<Result<(String, String), Option<Reply>>, Problem> {
        let found = invoices::find(self.context, self.who, &self.refund.payment, None).await?;
        Ok(match found {
            Found::Noted {
                payment,
                customer,
                op,
                told,
            } if customer == self.customer => match told {
                Told::Open(reply) => Err(Some(reply)),
                _ => Ok((payment, op)),
            },
            Found::Noted { .. } | Found::Nobodys => Err(None),
            Found::Open(reply) => Err(Some(reply)),
        })
    }

    async fn wallet(&self, ask: Ask) -> Handled {
        let wallet = self.who.wallet(self.customer);
        self.context.wallet(&wallet, self.customer, ask).await
    }

    /// Asks the wallet what it would be, and Stripe to do it.
    async fn begin(&self, payment: &str, op: String) -> Handled {
        let reply = self.wallet(Ask::PlanRefund { op }).await?;
        // What the wallet would not take, Stripe must not be asked for: its refusal is the answer.
        if reply.status != 200 {
            return Ok(reply);
        }
        let plan: PlannedRefund = serde_json::from_str(&reply.body).map_err(|_| unreadable())?;
        // Before anything is written, because Stripe would take this for another amount, or for none.
        minor_units(&plan.currency, &plan.amount.to_string())
            .map_err(|problem| Problem::field("amount", problem.to_string()))?;
        // After the check of the amount, so that nobody is shown what would be refused then.
        if self.refund.preview {
            return Ok(reply);
        }
        // Before it is written down, since without an account there is nobody who could be asked.
        let connection = connected(self.context, self.who).await?;
        let asked = self.written(&connection, payment, &plan).await?;
        self.ask(&connection, &asked).await
    }

    /// What Stripe is asked, written down. Read back, because whoever was first under this id has decided it.
    async fn written(
        &self,
        connection: &Connection,
        payment: &str,
        plan: &PlannedRefund,
    ) -> Result<Asked, Problem> {
        let (context, who) = (self.context, self.who);
        let request = self.refund.request(payment);
        let values = vec![
            Some(self.customer.to_owned()),
            Some(self.refund.id.clone()),
            Some(context.fresh_id("rfd", &who.mode, 0)),
            Some(request.clone()),
            Some(connection.account().to_owned()),
            Some(payment.to_owned()),
            Some(plan.amount.to_string()),
            Some(plan.currency.clone()),
            self.refund.reason.clone(),
            Some(context.now().micros().to_string()),
        ];
        let answer = context
            .directory(vec![
                statements::insert_stripe_refund(who, values),
                statements::stripe_refund(who, self.customer, &self.refund.id),
            ])
            .await?;
        let asked = Asked::found(&answer, 1)?.ok_or_else(unreadable)?;
        // Two callers at once may use one id, and only the first one's question is asked under it.
        if asked.request != request {
            return Err(Refusal::OperationIdReused.into());
        }
        Ok(asked)
    }

    /// It was asked for before: what became of that comes first.
    async fn again(&self, payment: &str, op: String, asked: Asked) -> Handled {
        if asked.request != self.refund.request(payment) {
            return Err(Refusal::OperationIdReused.into());
        }
        // What the wallet has is answered without Stripe, whose account may be another one by now.
        if let (Some(id), Some(status)) = (&asked.stripe_id, &asked.status)
            && let Some(reply) = self.known(id, status).await?
        {
            return Ok(reply.replayed(true));
        }
        let connection = connected(self.context, self.who).await?;
        // Another account knows nothing of it, and its silence would read as never made.
        if connection.account() != asked.stripe_account {
            let detail = "The account at Stripe that was asked for this refund is not connected any more. Connect it \
                          again, or look there for what became of it.";
            return Err(Failure::WrongState.because(detail));
        }
        let made = match &asked.stripe_id {
            Some(id) => Some(call(self.context, &connection, &retrieve(id)).await?),
            None => self.sought(&connection, &asked).await?,
        };
        // What was made must never be made again, whatever the age of its key.
        if let Some(made) = made {
            return self.settle(&connection, &asked, &made).await;
        }
        let lives = crate::engine::Instant::from_micros(asked.created_at).plus_seconds(KEY_LIVES);
        if self.context.now() <= lives {
            return self.ask(&connection, &asked).await;
        }
        // From the plan, because less may be left of the payment than a day ago.
        self.forget(&asked).await?;
        self.begin(payment, op).await
    }

    async fn ask(&self, connection: &Connection, asked: &Asked) -> Handled {
        let amount = minor_units(&asked.currency, &asked.amount.to_string());
        let new = refund::NewRefund {
            id: &asked.id,
            account: &self.who.account_id,
            mode: &self.who.mode,
            customer: self.customer,
            payment: &asked.payment,
            amount: amount.map_err(|_| unreadable())?,
            reason: asked.reason.as_deref(),
        };
        match call(self.context, connection, &new.request()).await {
            Ok(made) => self.settle(connection, asked, &made).await,
            Err(Failed::Refused(error)) => {
                // Its key would bring the same refusal for a day, so that another try needs another one.
                if is_final(&error) {
                    self.forget(asked).await?;
                }
                Err(Failed::Refused(error).into())
            }
            // Kept, because whoever comes again has to ask the same.
            Err(open @ (Failed::Open(_) | Failed::Unasked(_))) => Err(open.into()),
        }
    }

    async fn forget(&self, asked: &Asked) -> Result<(), Problem> {
        let named = [self.customer, &self.refund.id, &asked.id];
        let forget = statements::forget_stripe_refund(self.who, named);
        self.context.directory(vec![forget]).await.map(|_| ())
    }

    /// The refund that bears our id, as Stripe has it now; none where it never made one.
    async fn sought(
        &self,
        connection: &Connection,
        asked: &Asked,
    ) -> Result<Option<Value>, Problem> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let question = of_payment(&asked.payment, after.as_deref());
            let told = call(self.context, connection, &question).await?;
            let listed: &[Value] = told["data"].as_array().map_or(&[], Vec::as_slice);
            // By our id and not by the amount: several refunds of one payment could be of the same amount.
            let is_ours = |one: &&Value| one["metadata"][OURS] == asked.id.as_str();
            if let Some(found) = listed.iter().find(is_ours) {
                return Ok(Some(found.clone()));
            }
            after = listed
                .last()
                .and_then(|one| one["id"].as_str().map(str::to_owned));
            if listed.len() < PAGE || told["has_more"] != true {
                return Ok(None);
            }
        }
        let detail = "The payment has too many refunds at Stripe to find this one.";
        Err(Failure::Unavailable.because(detail))
    }

    /// Stripe has it: its id is noted, and the wallet is told as by an event.
    async fn settle(&self, connection: &Connection, asked: &Asked, made: &Value) -> Handled {
        let word = |name: &str| made[name].as_str().unwrap_or_default();
        let (id, status) = (word("id"), word("status"));
        let said = meaning(self.who, connection, "refund.updated", made);
        let Interpretation::Claim(claim) = said else {
            let detail = "Stripe's answer cannot be read. Send the same call again.";
            return Err(Failure::Unavailable.because(detail));
        };
        let named = [self.customer, &self.refund.id, &asked.id];
        // Before the wallet is told, so that whoever goes on from here finds it without a search.
        let note = statements::set_stripe_refund(self.who, named, [id, status]);
        self.context.directory(vec![note]).await?;
        let replayed = match claims::receive(self.context, self.who, &claim).await? {
            Told::Known { replayed } => replayed,
            Told::Open(reply) => return Ok(reply),
            Told::Refused { .. } | Told::ByHand | Told::Waiting => {
                let detail = format!(
                    "Stripe has made the refund {id}, and the wallet could not be told. It is among the unmatched payments."
                );
                return Err(Failure::WrongState.because(detail));
            }
        };
        // The wallet knows that it is over, and so it can never be taken by an event that is late.
        if claim.what == ClaimEvent::RefundFailed {
            return Err(not_made(claim.reason.as_deref().unwrap_or(status)));
        }
        let reply = self.known(id, status).await?;
        Ok(reply.ok_or_else(unreadable)?.replayed(replayed))
    }

    /// What the wallet has of a refund by Stripe's id: 201, or none where it does not know it.
    async fn known(&self, id: &str, status: &str) -> Result<Option<Reply>, Problem> {
        let ask = Ask::GetTransaction { id: id.to_owned() };
        let told = self.wallet(ask).await?;
        match told.status {
            200 => {}
            404 => return Ok(None),
            // Only a wallet that answers says what it has.
            _ => return Err(Failure::Unavailable.because("The wallet did not answer.")),
        }
        let refunded = Refunded {
            refund_id: self.refund.id.clone(),
            status: status.to_owned(),
            entry: serde_json::from_str(&told.body).map_err(|_| unreadable())?,
        };
        Ok(Some(Reply::new(201, json(&refunded))))
    }
}

/// Whether it was not made, and will not be under its key. What is wrong with the key of the account, or with ours, says
/// nothing of what an earlier call did.
fn is_final(error: &ApiError) -> bool {
    let is_reused =
        error.kind == "idempotency_error" || error.code.as_deref() == Some("idempotency_error");
    !error.is_about_the_key() && !is_reused
}

fn not_made(why: &str) -> Problem {
    let detail = format!(
        "Stripe could not make this refund ({why}), and nothing was taken. Ask again with another refund_id, or give the \
         money back in another way."
    );
    Failure::ProcessorRefused.because(detail)
}
