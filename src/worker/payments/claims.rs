//! Refunds, disputes and warnings of payments. None says whose wallet it is about, and each may come before the
//! payment itself: so it is kept first, and the wallet is told as soon as it has the payment.
//!
//! ```text
//! keep ──▶ is the payment credited? ──no──▶ wait, until it is: then it is told with the credit
//!                  └─yes──▶ tell the wallet ──▶ note that it knows
//! ```
//!
//! The claim is kept and the payment is looked up in one step, and so are the credit noted and the claims looked up:
//! whichever is first, one of them sees the other. The wallet knows each by its own id, so telling it again changes
//! nothing.
//!
//! | what is told | asks the wallet | by setting |
//! |---|---|---|
//! | `refunded`, `refund_failed`, `funds_withdrawn`, `funds_reinstated` | to take, or to give back | |
//! | `dispute_opened`, `fraud_warning` | to freeze | `freeze_on_dispute`, `freeze_on_fraud_warning` |
//! | `dispute_closed` | to end that freeze | |
//! | `charge_refunded` | nothing: all refunds that were told must come to as much, else somebody must look | |

use crate::engine::Amount;
use crate::engine::freeze::FreezeCause;
use crate::engine::loss::LossCause;
use crate::stripe::{Claim, ClaimEvent};
use crate::wire::money::{Claimed, ToldClaim};
use crate::wire::problem::Problem;
use crate::worker::accounts;
use crate::worker::edge::call::Ask;
use crate::worker::edge::context::Context;
use crate::worker::edge::principal::Principal;
use crate::worker::edge::reply::{Reply, why};
use crate::worker::edge::rows::{Outcomes, Row, Statement};

use super::statements;

/// For how many days a claim waits for its payment. Stripe sends events for 3 days, and by hand up to 30.
const DAYS: u32 = 90;

/// So many of those that waited longer are forgotten with each one that comes.
const FORGOTTEN_AT_ONCE: usize = 20;

/// The wallet cannot take the claim.
pub const REFUSED: &str = "claim_refused";

/// Stripe says that more was refunded than by the refunds that it has told.
pub const DIFFER: &str = "refunds_differ";

/// What has become of a claim.
pub enum Told {
    /// The wallet knows it, from now on or since before.
    Known { replayed: bool },
    /// Its payment is not credited yet, or is none of ours.
    Waiting,
    /// Somebody has settled the payment by hand.
    ByHand,
    /// Somebody has to look at it.
    Refused { reason: &'static str },
    /// Whether the wallet knows it is open.
    Open(Reply),
}

/// A claim as the directory has it.
pub struct Kept {
    pub what: ClaimEvent,
    pub id: String,
    pub amount: Amount,
    currency: String,
    pub reason: Option<String>,
    event_id: String,
    event_type: String,
    /// The wallet knows it, or somebody sees it.
    pub told: bool,
}

impl Kept {
    /// # Errors
    /// `unavailable` for a row that cannot be read.
    fn of(row: Row<'_>) -> Result<Self, Problem> {
        let unreadable = crate::worker::edge::rows::unreadable;
        Ok(Self {
            what: ClaimEvent::of_code(&row.text("what")?).ok_or_else(unreadable)?,
            id: row.text("id")?,
            amount: Amount::parse(&row.text("amount")?).map_err(|_| unreadable())?,
            currency: row.text("currency")?,
            reason: row.given("reason"),
            event_id: row.text("event_id")?,
            event_type: row.text("event_type")?,
            told: row.given("told_at").is_some() || row.number("told_at").is_some(),
        })
    }

    /// What the wallet is asked, if anything.
    fn asks(&self, freezes: Freezes) -> Option<Claimed> {
        let freeze = |cause, frozen| Claimed::Freeze { cause, frozen };
        match self.what {
            ClaimEvent::Refunded => Some(Claimed::Loss(LossCause::Refunded)),
            ClaimEvent::RefundFailed => Some(Claimed::Loss(LossCause::RefundFailed)),
            ClaimEvent::FundsWithdrawn => Some(Claimed::Loss(LossCause::FundsWithdrawn)),
            ClaimEvent::FundsReinstated => Some(Claimed::Loss(LossCause::FundsReinstated)),
            ClaimEvent::DisputeOpened => freezes
                .on_dispute
                .then(|| freeze(FreezeCause::Dispute, true)),
            ClaimEvent::DisputeClosed => Some(freeze(FreezeCause::Dispute, false)),
            ClaimEvent::FraudWarning => freezes
                .on_warning
                .then(|| freeze(FreezeCause::FraudWarning, true)),
            ClaimEvent::ChargeRefunded => None,
        }
    }
}

/// What the platform wants to freeze a wallet.
#[derive(Clone, Copy)]
struct Freezes {
    on_dispute: bool,
    on_warning: bool,
}

/// A payment that is credited.
pub struct Credited<'a> {
    pub payment: &'a str,
    pub customer: &'a str,
    /// The operation that credited it, where it is known.
    pub op: Option<String>,
}

/// Keeps a claim, and tells it to the wallet that has the payment.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn receive(
    context: &Context<'_>,
    who: &Principal,
    claim: &Claim,
) -> Result<Told, Problem> {
    let id = key_of(claim);
    // Each claim takes a few old ones with it, so that the table needs no job of its own.
    let before = context.now().minus_seconds(DAYS.saturating_mul(86_400));
    let mut kept = vec![
        keep(context, who, claim),
        statements::payment_by_id(who, &claim.payment),
    ];
    kept.extend(look_up(who, &claim.payment));
    kept.push(statements::forget_claims(
        who,
        before.micros(),
        FORGOTTEN_AT_ONCE,
    ));
    let answer = context.directory(kept).await?;
    let known = answer.row(1)?;
    let has = |name: &str| known.and_then(|row| row.given(name));
    let credited = has("credited_at").and(has("customer_id"));
    let Some(customer) = credited else {
        // What somebody settled by hand has no operation that could be taken back, so only a person can say what
        // this claim means for it.
        let by_hand = has("settled_at").is_some();
        return Ok(if by_hand { Told::ByHand } else { Told::Waiting });
    };
    let credited = Credited {
        payment: &claim.payment,
        customer: &customer,
        op: has("op"),
    };
    let own = Some((claim.what, id.as_str()));
    tell(context, who, &credited, (&answer, 2), own).await
}

/// The same of a payment that is known to be credited, because no other processor can tell anything of it.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn receive_credited(
    context: &Context<'_>,
    who: &Principal,
    claim: &Claim,
    credited: &Credited<'_>,
) -> Result<Told, Problem> {
    let mut asked = vec![keep(context, who, claim)];
    asked.extend(look_up(who, credited.payment));
    let answer = context.directory(asked).await?;
    let own = Some((claim.what, claim.id.as_str()));
    tell(context, who, credited, (&answer, 1), own).await
}

fn keep(context: &Context<'_>, who: &Principal, claim: &Claim) -> Statement {
    let values = vec![
        Some(claim.payment.clone()),
        Some(claim.what.code().to_owned()),
        Some(key_of(claim)),
        Some(claim.amount.clone()),
        Some(claim.currency.clone()),
        claim.reason.clone(),
        Some(claim.event_id.clone()),
        Some(claim.event_type.clone()),
        Some(context.now().micros().to_string()),
    ];
    statements::insert_claim(who, values)
}

/// By which a claim is known. A charge is told again with each of its refunds.
#[must_use]
pub fn key_of(claim: &Claim) -> String {
    match claim.what {
        ClaimEvent::ChargeRefunded => format!("{}:{}", claim.id, claim.amount),
        _ => claim.id.clone(),
    }
}

/// What [`tell`] needs to know, and is to be the answer that it gets.
pub fn look_up(who: &Principal, payment: &str) -> [Statement; 2] {
    [
        statements::claims_of(who, payment),
        accounts::statements::settings(who),
    ]
}

/// All claims of a payment, from the answer to [`look_up`].
///
/// # Errors
/// `unavailable` for a row that cannot be read.
pub fn kept_in((answer, first): (&Outcomes, usize)) -> Result<Vec<Kept>, Problem> {
    let rows = answer.values(first)?.iter().map(Row::new);
    rows.map(Kept::of).collect()
}

/// Tells the wallet all claims of a payment that it does not know. The answer has that to [`look_up`] from a
/// statement on. The outcome is that of one of them; of all, where none is named.
///
/// # Errors
/// `unavailable`: the same again finishes it.
pub async fn tell(
    context: &Context<'_>,
    who: &Principal,
    credited: &Credited<'_>,
    (answer, first): (&Outcomes, usize),
    own: Option<(ClaimEvent, &str)>,
) -> Result<Told, Problem> {
    let claims = kept_in((answer, first))?;
    let setting = |name: &str| -> Result<bool, Problem> {
        Ok(answer
            .row(first.saturating_add(1))?
            .is_some_and(|row| row.holds(name)))
    };
    let freezes = Freezes {
        on_dispute: setting("freeze_on_dispute")?,
        on_warning: setting("freeze_on_fraud_warning")?,
    };
    let mut outcome = Told::Known { replayed: true };
    let mut notes = Vec::new();
    for claim in claims.iter().filter(|claim| !claim.told) {
        let told = match claim.asks(freezes) {
            Some(what) => ask(context, who, credited, claim, what).await?,
            None => Ok(()),
        };
        // What is open ends it, so that the same again goes on here; what the wallet knows is a replay.
        let refused = match told {
            Ok(()) => differs(&claims, claim).then(|| difference(claim)),
            Err(reply) if reply.status >= 500 => {
                outcome = Told::Open(reply);
                break;
            }
            Err(reply) => Some((REFUSED, why(&reply))),
        };
        let is_own = own.is_none_or(|(what, id)| claim.what == what && claim.id == id);
        match refused {
            None => {
                notes.extend(statements::claim_told(
                    who,
                    [credited.payment, claim.what.code(), &claim.id],
                    &claim.event_id,
                    context.now().micros(),
                ));
                if is_own && !matches!(outcome, Told::Refused { .. }) {
                    outcome = Told::Known { replayed: false };
                }
            }
            Some((reason, detail)) => {
                notes.push(kept_for_somebody(
                    context, who, credited, claim, reason, detail,
                ));
                if is_own {
                    outcome = Told::Refused { reason };
                }
            }
        }
    }
    if !notes.is_empty() {
        context.directory(notes).await?;
    }
    Ok(outcome)
}

/// Tells the wallet one claim.
async fn ask(
    context: &Context<'_>,
    who: &Principal,
    credited: &Credited<'_>,
    claim: &Kept,
    what: Claimed,
) -> Result<Result<(), Reply>, Problem> {
    let told = ToldClaim {
        payment: credited.payment.to_owned(),
        op: credited.op.clone(),
        what,
        id: claim.id.clone(),
        amount: claim.amount,
        currency: claim.currency.clone(),
        reason: claim.reason.clone(),
    };
    let (wallet, customer) = (who.wallet(credited.customer), credited.customer);
    let reply = context
        .wallet(&wallet, customer, Ask::ToldClaim { claim: told })
        .await?;
    Ok(if reply.status == 200 {
        Ok(())
    } else {
        Err(reply)
    })
}

/// More was refunded of a charge than all refunds come to that were ever told, failed ones included.
fn differs(claims: &[Kept], charge: &Kept) -> bool {
    if charge.what != ClaimEvent::ChargeRefunded {
        return false;
    }
    let is_refund =
        |one: &&Kept| matches!(one.what, ClaimEvent::Refunded | ClaimEvent::RefundFailed);
    let mut refunds: Vec<&Kept> = claims.iter().filter(is_refund).collect();
    refunds.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    // A refund that failed is there twice: told and failed. Its amount must count once.
    refunds.dedup_by(|one, other| one.id == other.id);
    let told = refunds
        .iter()
        .fold(Amount::ZERO, |sum, one| sum.saturating_plus(one.amount));
    told < charge.amount
}

fn difference(charge: &Kept) -> (&'static str, String) {
    let Kept {
        amount, currency, ..
    } = charge;
    let detail = format!(
        "Stripe says that {amount} {currency} of this charge were refunded, and has told fewer refunds than that. Let the \
         endpoint receive refund.created, refund.updated and refund.failed; this leaves the list by itself when they come."
    );
    (DIFFER, detail)
}

/// A claim among the unmatched payments: the money has gone, and no wallet knows it.
fn kept_for_somebody(
    context: &Context<'_>,
    who: &Principal,
    credited: &Credited<'_>,
    claim: &Kept,
    reason: &str,
    detail: String,
) -> Statement {
    let values = vec![
        Some(claim.event_id.clone()),
        Some(claim.event_type.clone()),
        Some(reason.to_owned()),
        Some(detail),
        Some(credited.payment.to_owned()),
        Some(claim.currency.clone()),
        Some(claim.amount.to_string()),
        Some(context.now().micros().to_string()),
        Some(claim.what.code().to_owned()),
        Some(claim.id.clone()),
    ];
    statements::insert_refused(who, values)
}
