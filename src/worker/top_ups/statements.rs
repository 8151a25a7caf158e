//! Statements of the directory about top-ups.
//!
//! Each change of a status says which status it may follow, so two requests at once never both
//! make it.

use crate::worker::edge::principal::Principal;
use crate::worker::edge::rows::{Statement, scoped, statement, text};

/// The columns of a top-up, in their order in the table. It begins as `initiated`.
///
/// Relies on the primary key: the id derives from the `Idempotency-Key`, so a repeated one writes
/// nothing. One by a payment link is written unless the link has made as many `since` as it may; they
/// are counted along the index `top_up_of_link`, to the second, as texts of times compare.
#[must_use]
pub fn insert_top_up(
    who: &Principal,
    values: Vec<Option<String>>,
    since: Option<String>,
) -> Statement {
    let most = vec![since, text(MAX_OF_LINK.to_string())];
    statement(
        include_str!("sql/insert_top_up.sql"),
        scoped(who, [values, most].concat()),
    )
}

/// Most top-ups that one payment link makes within the life of a top-up's link.
///
/// Whoever has a link may pay or decline and open it again, but not fill the directory with it.
pub const MAX_OF_LINK: usize = 20;

/// One row at most, by the primary key.
#[must_use]
pub fn top_up_by_id(who: &Principal, id: &str) -> Statement {
    statement(
        "SELECT * FROM top_up WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id)]),
    )
}

/// How many top-ups a customer's request has made, and the one that is open or being credited.
///
/// Both rely on the index `top_up_request`. A count always has a row, also where it is zero.
#[must_use]
pub fn top_ups_of_request(
    who: &Principal,
    customer: &str,
    request: &str,
    now: i64,
) -> [Statement; 2] {
    let of = vec![text(customer), text(request)];
    [
        statement(
            "SELECT COUNT(*) AS made FROM (SELECT 1 FROM top_up WHERE account_id = ?1 \
             AND mode = ?2 AND customer_id = ?3 AND request = ?4 LIMIT 1000000)",
            scoped(who, of.clone()),
        ),
        statement(
            include_str!("sql/open_top_up.sql"),
            scoped(who, [of, vec![text(now.to_string())]].concat()),
        ),
    ]
}

/// The token is all that a page knows, and it leads to one top-up of one side only.
///
/// Relies on `token_hash` being unique. The name comes along, because a page shows it, and what the
/// way back to a payment link is made of.
#[must_use]
pub fn top_up_by_token(token_hash: &str) -> Statement {
    statement(
        include_str!("sql/top_up_by_token.sql"),
        vec![text(token_hash)],
    )
}

/// The link ends now, unless somebody has decided; one that ended earlier keeps its end.
#[must_use]
pub fn end_top_up(who: &Principal, id: &str, now: i64) -> Statement {
    statement(
        "UPDATE top_up SET expires_at = MIN(expires_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND status = 'initiated' \
         AND delayed_at IS NULL",
        scoped(who, vec![text(id), text(now.to_string())]),
    )
}

/// All of a customer's.
#[must_use]
pub fn end_top_ups_of(who: &Principal, customer: &str, now: i64) -> Statement {
    statement(
        "UPDATE top_up SET expires_at = MIN(expires_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 AND status = 'initiated' \
         AND delayed_at IS NULL",
        scoped(who, vec![text(customer), text(now.to_string())]),
    )
}

/// Somebody has decided: paid or declined. Only the first decision counts, and only while the link
/// is open.
///
/// `status = 'initiated'` in the condition is what makes the first one win. Only where no money moves is a
/// button a payment.
#[must_use]
pub fn decide_top_up(token_hash: &str, status: &str, now: i64) -> Statement {
    statement(
        "UPDATE top_up SET status = ?2 WHERE token_hash = ?1 AND status = 'initiated' \
         AND processor = 'simulated' AND delayed_at IS NULL AND expires_at > CAST(?3 AS INTEGER) \
         RETURNING 1 AS wrote",
        vec![text(token_hash), text(status), text(now.to_string())],
    )
}

/// A machine has paid, while nobody had decided and before the end. The first one wins.
#[must_use]
pub fn pay_top_up(who: &Principal, id: &str, now: i64) -> Statement {
    statement(
        include_str!("sql/pay_top_up.sql"),
        scoped(who, vec![text(id), text(now.to_string())]),
    )
}

/// The payment is accepted and its money on its way: from now on the link's end ends nothing.
#[must_use]
pub fn delay_top_up(token_hash: &str, now: i64) -> Statement {
    statement(
        "UPDATE top_up SET delayed_at = CAST(?2 AS INTEGER) WHERE token_hash = ?1 \
         AND status = 'initiated' AND processor = 'simulated' AND expires_at > CAST(?2 AS INTEGER) \
         AND delayed_at IS NULL",
        vec![text(token_hash), text(now.to_string())],
    )
}

/// The money has come, or never comes. As with [`decide_top_up`] the first one wins.
#[must_use]
pub fn decide_delayed(token_hash: &str, status: &str) -> Statement {
    statement(
        "UPDATE top_up SET status = ?2 WHERE token_hash = ?1 AND status = 'initiated' \
         AND delayed_at IS NOT NULL RETURNING 1 AS wrote",
        vec![text(token_hash), text(status)],
    )
}

/// The wallet has taken it back. The first moment stays.
#[must_use]
pub fn set_refunded(who: &Principal, id: &str, at: i64) -> Statement {
    statement(
        "UPDATE top_up SET refunded_at = COALESCE(refunded_at, CAST(?4 AS INTEGER)) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id), text(at.to_string())]),
    )
}

/// What the wallet made of a top-up that was paid. Where two ask it at once and only one is credited,
/// the credit is what happened.
///
/// So `succeeded` may follow `failed`, and never the other way round.
#[must_use]
pub fn settle_top_up(who: &Principal, id: &str, credited: bool) -> Statement {
    let sql = if credited {
        "UPDATE top_up SET status = 'succeeded' WHERE account_id = ?1 AND mode = ?2 AND id = ?3"
    } else {
        "UPDATE top_up SET status = 'failed' WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         AND status = 'pending'"
    };
    statement(sql, scoped(who, vec![text(id)]))
}

/// What is offered on a side, by the primary key.
#[must_use]
pub fn offers(who: &Principal) -> Statement {
    statement(
        "SELECT offers FROM account_packs WHERE account_id = ?1 AND mode = ?2",
        scoped(who, vec![]),
    )
}

/// In the place of what was offered before. Said again it changes nothing.
#[must_use]
pub fn set_offers(who: &Principal, offers: String) -> Statement {
    statement(
        "INSERT INTO account_packs (account_id, mode, offers) SELECT ?1, ?2, ?3 WHERE {calling} \
         ON CONFLICT (account_id, mode) DO UPDATE SET offers = excluded.offers",
        scoped(who, vec![text(offers)]),
    )
}

/// The top-ups of a customer that can still be paid at Stripe, so many at once.
#[must_use]
pub fn open_at_stripe(who: &Principal, customer: &str, now: i64) -> Statement {
    statement(
        "SELECT * FROM top_up WHERE account_id = ?1 AND mode = ?2 AND customer_id = ?3 \
         AND status = 'initiated' AND session IS NOT NULL AND expires_at > CAST(?4 AS INTEGER) LIMIT 20",
        scoped(who, vec![text(customer), text(now.to_string())]),
    )
}

// What a processor says.

/// What of a receipt came later than the payment.
#[must_use]
pub fn set_receipt(who: &Principal, id: &str, sale: String) -> Statement {
    statement(
        "UPDATE top_up SET sale = ?4 WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         AND sale IS NOT NULL",
        scoped(who, vec![text(id), text(sale)]),
    )
}

/// The session that Stripe has made; the first one stays.
#[must_use]
pub fn set_session(who: &Principal, id: &str, session: &str, sealed_url: &str) -> Statement {
    statement(
        "UPDATE top_up SET session = COALESCE(session, ?4), session_url = COALESCE(session_url, ?5) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id), text(session), text(sealed_url)]),
    )
}

/// What was paid. The first word stays, and money that has come counts whatever was said before.
#[must_use]
pub fn record_sale(who: &Principal, id: &str, session: &str, sale: String) -> Statement {
    statement(
        "UPDATE top_up SET sale = COALESCE(sale, ?5), session = COALESCE(session, ?4), \
         status = CASE WHEN status = 'succeeded' THEN status ELSE 'pending' END \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3",
        scoped(who, vec![text(id), text(session), text(sale)]),
    )
}

/// A token is charged for a top-up that is open, unless another one is.
#[must_use]
pub fn begin_paying(who: &Principal, id: &str, mark: &str, now: i64) -> Statement {
    statement(
        "UPDATE top_up SET paying = ?4 WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         AND status = 'initiated' AND paying IS NULL AND expires_at > CAST(?5 AS INTEGER)",
        scoped(who, vec![text(id), text(mark), text(now.to_string())]),
    )
}

/// It was refused, so another one may be charged.
#[must_use]
pub fn stop_paying(who: &Principal, id: &str, mark: &str) -> Statement {
    statement(
        "UPDATE top_up SET paying = NULL WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND paying = ?4",
        scoped(who, vec![text(id), text(mark)]),
    )
}

/// What a machine has paid, as [`record_sale`] says it of a session.
#[must_use]
pub fn record_granted(who: &Principal, id: &str, sale: String, now: i64) -> Statement {
    statement(
        include_str!("sql/record_granted.sql"),
        scoped(who, vec![text(id), text(sale), text(now.to_string())]),
    )
}

/// Somebody is at it, and no money has come: also where the link has ended meanwhile.
#[must_use]
pub fn top_up_waits(who: &Principal, id: &str, session: Option<&str>) -> Statement {
    statement(
        "UPDATE top_up SET status = 'pending', session = COALESCE(session, ?4) \
         WHERE account_id = ?1 AND mode = ?2 AND id = ?3 AND status = 'initiated'",
        scoped(who, vec![text(id), session.map(str::to_owned)]),
    )
}

/// A delayed method has failed, unless money has come.
#[must_use]
pub fn top_up_has_failed(who: &Principal, id: &str) -> Statement {
    statement(
        "UPDATE top_up SET status = 'failed' WHERE account_id = ?1 AND mode = ?2 AND id = ?3 \
         AND status IN ('initiated', 'pending') AND sale IS NULL",
        scoped(who, vec![text(id)]),
    )
}
