//! Statements of the directory about Stripe's endpoints and the payments that they tell of.
//!
//! All are of one side of a platform account but the look-up of an endpoint by its address, which
//! says nothing else. Which side a payment is on is the endpoint's word: whoever has the secret of
//! another one cannot name it, hold it or hide it.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

// Payments.

/// Names whose wallet a payment fills, unless somebody's was named before.
///
/// Relies on the primary key: the first one wins, whoever comes at the same time.
#[must_use]
pub fn name_customer(who: &Principal, payment: &str, customer: &str, at: &str) -> Statement {
    statement(
        "INSERT INTO payment (account_id, mode, id, customer_id, named_at) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        scoped(who, vec![text(payment), text(customer), text(at)]),
    )
}

/// Where it goes, since when it is there, and whether somebody has settled it by hand.
#[must_use]
pub fn payment_by_id(who: &Principal, payment: &str) -> Statement {
    statement(
        "SELECT customer_id, credited_at, settled_at, op FROM payment \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(payment)]),
    )
}

/// The wallet has the payment, whose session goes by an id of its own.
///
/// The first moment stays. It also makes the row of a session, which nobody has named before. `op` is the
/// operation that credited it: what is told of the payment later finds it by that.
#[must_use]
pub fn set_credited(
    who: &Principal,
    payment: &str,
    customer: &str,
    op: &str,
    at: &str,
) -> Statement {
    statement(
        include_str!("sql/set_credited.sql"),
        scoped(who, vec![text(payment), text(customer), text(at), text(op)]),
    )
}

/// Whether any subscription of this side is paid by invoices of Stripe: the first one, by the primary key.
#[must_use]
pub fn sells_plans(who: &Principal) -> Statement {
    statement(
        "SELECT 1 AS sells FROM stripe_plan WHERE account_id = ?1 AND mode = ?2 LIMIT 1",
        scoped(who, Vec::new()),
    )
}

/// Somebody has settled it by hand: no event credits it any more, unless it is credited already.
#[must_use]
pub fn settle_payment(who: &Principal, payment: &str, at: &str) -> Statement {
    statement(
        include_str!("sql/settle_payment.sql"),
        scoped(who, vec![text(payment), text(at)]),
    )
}

// What is told of payments later.

/// Keeps a claim.
///
/// Relies on the primary key: what is told again is kept once.
#[must_use]
pub fn insert_claim(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_claim.sql"), scoped(who, values))
}

/// All claims of a payment, in an order that does not depend on that of their events.
#[must_use]
pub fn claims_of(who: &Principal, payment: &str) -> Statement {
    statement(
        "SELECT * FROM payment_claim WHERE account_id = ?1 AND mode = ?2 AND payment = ?3 \
         ORDER BY what, id",
        scoped(who, vec![text(payment)]),
    )
}

/// The wallet knows a claim, so that nobody has to look at it any more.
#[must_use]
pub fn claim_told(
    who: &Principal,
    [payment, what, id]: [&str; 3],
    event: &str,
    at: i64,
) -> [Statement; 2] {
    let key = vec![text(payment), text(what), text(id), text(at.to_string())];
    [
        statement(
            "UPDATE payment_claim SET told_at = COALESCE(told_at, CAST(?6 AS INTEGER)) \
             WHERE account_id = ?1 AND mode = ?2 AND payment = ?3 AND what = ?4 AND id = ?5",
            scoped(who, key),
        ),
        statement(
            "DELETE FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3 \
             AND status = 'open' AND reason IN ('claim_refused', 'refunds_differ', 'unknown_version')",
            scoped(who, vec![text(event)]),
        ),
    ]
}

/// A claim that the wallet does not know, where people see it: unless it knows it meanwhile.
///
/// Relies on the primary key: it is kept once.
#[must_use]
pub fn insert_refused(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_refused.sql"), scoped(who, values))
}

/// Forgets so many of those that have waited since before a moment: mostly they are of payments of others, on the
/// same account at Stripe. Relies on the index `payment_claim_waiting`.
#[must_use]
pub fn forget_claims(who: &Principal, before: i64, at_most: usize) -> Statement {
    let values = vec![text(before.to_string()), text(at_most.to_string())];
    statement(include_str!("sql/forget_claims.sql"), scoped(who, values))
}

// What was not credited.

/// What was credited or settled already waits for nobody, except where it was credited to another
/// wallet.
///
/// Relies on the primary key: an event that is sent again is kept once.
#[must_use]
pub fn insert_unmatched(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/insert_unmatched.sql"),
        scoped(who, values),
    )
}

/// By the primary key, in any status.
#[must_use]
pub fn unmatched_by_event(who: &Principal, event: &str) -> Statement {
    statement(
        "SELECT * FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3",
        scoped(who, vec![text(event)]),
    )
}

/// The payment was credited after all: nobody has to look at its events any more.
///
/// Except where two wallets were named, which is not settled by one of them having it, and what is told of
/// the payment since. Relies on the
/// index `unmatched_payment_payment`.
#[must_use]
pub fn resolve_credited(who: &Principal, payment: &str, at: i64) -> Statement {
    statement(
        "UPDATE unmatched_payment SET status = 'credited', resolved_at = CAST(?4 AS INTEGER) \
         WHERE account_id = ?1 AND mode = ?2 AND payment = ?3 AND status = 'open' \
         AND reason NOT IN ('credited_elsewhere', 'claim_refused', 'refunds_differ')",
        scoped(who, vec![text(payment), text(at.to_string())]),
    )
}

/// Somebody has given it to a customer, whose wallet has it: that is what happened, also where
/// somebody else has dismissed it meanwhile.
#[must_use]
pub fn set_assigned(who: &Principal, event: &str, customer: &str, at: i64) -> Statement {
    statement(
        "UPDATE unmatched_payment SET status = 'assigned', customer_id = ?4, \
         resolved_at = CAST(?5 AS INTEGER) WHERE account_id = ?1 AND mode = ?2 \
         AND event_id = ?3 AND status IN ('open', 'dismissed')",
        scoped(who, vec![text(event), text(customer), text(at.to_string())]),
    )
}

/// Somebody has looked at it, and it is not to be credited from here.
#[must_use]
pub fn set_dismissed(who: &Principal, event: &str, note: Option<String>, at: i64) -> Statement {
    statement(
        "UPDATE unmatched_payment SET status = 'dismissed', note = ?4, \
         resolved_at = CAST(?5 AS INTEGER) WHERE account_id = ?1 AND mode = ?2 \
         AND event_id = ?3 AND status = 'open' RETURNING 1 AS wrote",
        scoped(who, vec![text(event), note, text(at.to_string())]),
    )
}

/// What a list of unmatched payments is cut to.
#[derive(Clone, Debug)]
pub struct UnmatchedFilter {
    pub status: String,
    pub reason: Option<String>,
    /// The moment and the id of the last one of the page before.
    pub after: Option<(i64, String)>,
    pub limit: u64,
}

/// Newest first. Relies on the index `unmatched_payment_list`, which is sorted in this way.
#[must_use]
pub fn list_unmatched(who: &Principal, filter: UnmatchedFilter) -> Statement {
    let (moment, event) = filter.after.unzip();
    let values = vec![
        Some(filter.status),
        filter.reason,
        moment.map(|moment| moment.to_string()),
        event,
        text(filter.limit.to_string()),
    ];
    statement(include_str!("sql/list_unmatched.sql"), scoped(who, values))
}

/// Forgets one that needs nobody any more.
#[must_use]
pub fn delete_unmatched(who: &Principal, event: &str) -> Statement {
    statement(
        "DELETE FROM unmatched_payment WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3 \
         AND status <> 'open' AND {calling} RETURNING 1 AS wrote",
        scoped(who, vec![text(event)]),
    )
}

/// Forgets those that were resolved before a moment, so many at once.
#[must_use]
pub fn purge_unmatched(who: &Principal, before: i64, at_most: usize) -> Statement {
    statement(
        include_str!("sql/purge_unmatched.sql"),
        scoped(
            who,
            vec![text(before.to_string()), text(at_most.to_string())],
        ),
    )
}

// Thin events.

/// Keeps a thin event, as long as there is an account at Stripe that can be asked for what it names.
///
/// Relies on the primary key: one that is sent again is kept once.
#[must_use]
pub fn insert_thin(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/insert_thin.sql"), scoped(who, values))
}

/// By the primary key.
#[must_use]
pub fn thin_by_event(who: &Principal, event: &str) -> Statement {
    statement(
        "SELECT * FROM stripe_inbox WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3",
        scoped(who, vec![text(event)]),
    )
}

/// Whether what an event would tell is known already. Relies on the indexes `payment_claim_event`,
/// `payment_claim_id` and `stripe_inbox_object`.
#[must_use]
pub fn thin_is_known(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/thin_is_known.sql"), scoped(who, values))
}

/// Those of a side that are to be tried now, the longest due first.
#[must_use]
pub fn due_thin(who: &Principal, now: i64, at_most: usize) -> Statement {
    statement(
        "SELECT * FROM stripe_inbox WHERE account_id = ?1 AND mode = ?2 \
         AND next_at <= CAST(?3 AS INTEGER) ORDER BY next_at LIMIT CAST(?4 AS INTEGER)",
        scoped(who, vec![text(now.to_string()), text(at_most.to_string())]),
    )
}

/// The sides on which something is to be tried now. Relies on the index `stripe_inbox_due`.
#[must_use]
pub fn sides_with_due_thin(now: i64, at_most: usize) -> Statement {
    statement(
        "SELECT account_id, mode FROM stripe_inbox WHERE next_at <= CAST(?1 AS INTEGER) \
         GROUP BY account_id, mode ORDER BY MIN(next_at) LIMIT CAST(?2 AS INTEGER)",
        vec![text(now.to_string()), text(at_most.to_string())],
    )
}

/// Nothing is left to do.
#[must_use]
pub fn end_thin(who: &Principal, event: &str, outcome: &str) -> Statement {
    statement(
        "UPDATE stripe_inbox SET next_at = NULL, outcome = ?4 \
         WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3 AND next_at IS NOT NULL",
        scoped(who, vec![text(event), text(outcome)]),
    )
}

/// It is tried again at this moment, unless somebody else has ended it meanwhile.
#[must_use]
pub fn put_off_thin(who: &Principal, event: &str, next_at: i64) -> Statement {
    statement(
        "UPDATE stripe_inbox SET next_at = CAST(?4 AS INTEGER), attempts = attempts + 1 \
         WHERE account_id = ?1 AND mode = ?2 AND event_id = ?3 AND next_at IS NOT NULL",
        scoped(who, vec![text(event), text(next_at.to_string())]),
    )
}

/// Forgets so many of those that are done and came before a moment. Relies on the index `stripe_inbox_done`.
#[must_use]
pub fn forget_thin(who: &Principal, before: i64, at_most: usize) -> Statement {
    let values = vec![text(before.to_string()), text(at_most.to_string())];
    statement(include_str!("sql/forget_thin.sql"), scoped(who, values))
}

// Recovery.

/// How far a side has looked, by the primary key.
#[must_use]
pub fn recovery(who: &Principal) -> Statement {
    statement(
        "SELECT * FROM stripe_recovery WHERE account_id = ?1 AND mode = ?2",
        scoped(who, vec![]),
    )
}

/// Two who look at once may set it back: what is seen twice changes nothing.
#[must_use]
pub fn set_recovery(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(include_str!("sql/set_recovery.sql"), scoped(who, values))
}

/// The connected sides that are to be looked at now, the longest due first.
#[must_use]
pub fn sides_to_recover(now: i64, at_most: usize) -> Statement {
    statement(
        include_str!("sql/sides_to_recover.sql"),
        vec![text(now.to_string()), text(at_most.to_string())],
    )
}

// Reconciliation.

/// What is known of pairs of an object and its payment, a row for each in their order. Relies on the primary keys, and
/// on the indexes `unmatched_payment_payment` and `payment_claim_id`.
#[must_use]
pub fn reconciled(who: &Principal, ids: &str) -> Statement {
    statement(
        include_str!("sql/reconciled.sql"),
        scoped(who, vec![text(ids)]),
    )
}

/// Payments at Stripe that were credited in a window and not taken back as unpaid, so many behind one of them. Relies
/// on the index `payment_credited`.
#[must_use]
pub fn credited_in(
    who: &Principal,
    [from, to]: [String; 2],
    after: Option<&str>,
    at_most: usize,
) -> Statement {
    let after = after.map(str::to_owned);
    let values = vec![Some(from), Some(to), after, text(at_most.to_string())];
    statement(include_str!("sql/credited_in.sql"), scoped(who, values))
}

// Refunds that Stripe is asked for.

/// The payment of a customer that Stripe has given us and that the wallet has, by its own id or by that of what it paid:
/// a top-up or a recharge. Relies on the primary keys.
#[must_use]
pub fn refundable(who: &Principal, customer: &str, named: &str) -> Statement {
    statement(
        include_str!("sql/refundable.sql"),
        scoped(who, vec![text(customer), text(named)]),
    )
}

/// What Stripe was asked under a caller's id, by the primary key.
#[must_use]
pub fn stripe_refund(who: &Principal, customer: &str, refund: &str) -> Statement {
    statement(
        "SELECT * FROM stripe_refund WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND refund_id = ?4",
        scoped(who, vec![text(customer), text(refund)]),
    )
}

/// What Stripe is about to be asked. The first one stays, because the same key must come with the same question.
#[must_use]
pub fn insert_stripe_refund(who: &Principal, values: Vec<Option<String>>) -> Statement {
    statement(
        include_str!("sql/insert_stripe_refund.sql"),
        scoped(who, values),
    )
}

/// What Stripe calls it, and how it stands.
#[must_use]
pub fn set_stripe_refund(
    who: &Principal,
    [customer, refund, id]: [&str; 3],
    [stripe_id, status]: [&str; 2],
) -> Statement {
    statement(
        "UPDATE stripe_refund SET stripe_id = ?6, status = ?7 \
         WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND refund_id = ?4 AND id = ?5",
        scoped(
            who,
            [customer, refund, id, stripe_id, status].map(text).into(),
        ),
    )
}

/// It was never made, and under this key it never will be. Only this one: another may have been begun meanwhile.
#[must_use]
pub fn forget_stripe_refund(who: &Principal, [customer, refund, id]: [&str; 3]) -> Statement {
    statement(
        "DELETE FROM stripe_refund WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND refund_id = ?4 \
         AND id = ?5 AND stripe_id IS NULL",
        scoped(who, [customer, refund, id].map(text).into()),
    )
}

// Endpoints.

/// Written unless there are as many already as there may be.
#[must_use]
pub fn insert_endpoint(who: &Principal, values: Vec<Option<String>>, at_most: usize) -> Statement {
    let limit = vec![text(at_most.to_string())];
    statement(
        include_str!("sql/insert_endpoint.sql"),
        scoped(who, [values, limit].concat()),
    )
}

/// The secret that an endpoint is made with. Only while it has none: a creation that is sent again
/// must not bring back a secret that was rotated since.
#[must_use]
pub fn insert_first_secret(
    who: &Principal,
    id: &str,
    request: &str,
    sealed: &str,
    now: i64,
) -> Statement {
    let values = vec![text(id), text(request), text(sealed), text(now.to_string())];
    statement(
        include_str!("sql/insert_first_secret.sql"),
        scoped(who, values),
    )
}

/// One endpoint, or all of a side: there are only so many. With the moments of the secrets that
/// hold, and never with a secret.
#[must_use]
pub fn endpoints(who: &Principal, id: Option<&str>, now: i64) -> Statement {
    statement(
        include_str!("sql/endpoint.sql"),
        scoped(who, vec![id.map(str::to_owned), text(now.to_string())]),
    )
}

/// Whose endpoint this is, and by which sealed secrets its events are signed. The address is all
/// that Stripe says, so it is looked up among all sides, by the primary key.
#[must_use]
pub fn endpoint_by_address(id: &str, now: i64) -> Statement {
    statement(
        include_str!("sql/endpoint_by_address.sql"),
        vec![text(id), text(now.to_string())],
    )
}

/// What is absent stays.
#[must_use]
pub fn change_endpoint(who: &Principal, id: &str, values: [Option<String>; 3]) -> Statement {
    let [name, connected, version] = values;
    statement(
        "UPDATE stripe_endpoint SET name = COALESCE(?4, name), \
         connected_accounts = COALESCE(?5, connected_accounts), api_version = COALESCE(?6, api_version) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND {calling} RETURNING 1 AS wrote",
        scoped(who, vec![text(id), name, connected, version]),
    )
}

/// A secret for an endpoint of the caller's, with room for it made by those that have ended. The
/// others end when they are told to, or before. All of it happens or nothing.
///
/// The same secret again is the newest one again, however it was ended before.
#[must_use]
pub fn rotate_secret(
    who: &Principal,
    id: &str,
    sealed: &str,
    now: i64,
    ends_at: i64,
    at_most: usize,
) -> [Statement; 3] {
    let one = |more: Vec<Option<String>>| scoped(who, [vec![text(id)], more].concat());
    let (now, at_most) = (text(now.to_string()), text(at_most.to_string()));
    [
        statement(
            "DELETE FROM stripe_secret WHERE endpoint_id = (SELECT id FROM stripe_endpoint \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3) \
             AND expires_at <= CAST(?4 AS INTEGER) AND {calling}",
            one(vec![now.clone()]),
        ),
        statement(
            include_str!("sql/insert_secret.sql"),
            one(vec![text(sealed), now, at_most]),
        ),
        statement(
            include_str!("sql/end_other_secrets.sql"),
            one(vec![text(sealed), text(ends_at.to_string())]),
        ),
    ]
}

/// The endpoint and its secrets: from now on its address is nobody's.
#[must_use]
pub fn delete_endpoint(who: &Principal, id: &str) -> [Statement; 2] {
    [
        statement(
            "DELETE FROM stripe_secret WHERE endpoint_id = (SELECT id FROM stripe_endpoint \
             WHERE account_id = ?1 AND mode = ?2 AND id = ?3) AND {calling}",
            scoped(who, vec![text(id)]),
        ),
        statement(
            "DELETE FROM stripe_endpoint WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
             AND {calling} RETURNING 1 AS wrote",
            scoped(who, vec![text(id)]),
        ),
    ]
}
