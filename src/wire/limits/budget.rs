//! Budgets: limits inside a wallet, on what a part of the usage may cost in a window of time.

use serde::Serialize;

use crate::engine::budget::{MAX_FIELDS, Match, Source, Tally, Terms, as_text};
use crate::engine::calendar::Window;
use crate::engine::subscription::SubscriptionId;
use crate::engine::{Action, Amount, Budget, Command, Entry, Fact, Instant, Wallet};
use crate::wire::ids::{self, MAX_ID};
use crate::wire::json::{Errors, Object};
use crate::wire::paging::CursorPage;
use crate::wire::problem::Problem;
use crate::wire::reply::json;
use crate::wire::request::{MAX_WORDS, command, not_negative, read, wrong_key};
use crate::wire::time;

use super::operation::{operation, operation_id};

/// A budget before its asset has been looked up: its precision is not known yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewBudget {
    /// The operation id of the command.
    op: String,
    /// What is limited, how much, and in which window.
    pub terms: Terms,
    /// From which subscription's start its windows are counted, and whose it is.
    anchored_to: Option<Named>,
}

/// Thresholds of one budget.
pub const MAX_THRESHOLDS: usize = 10;

/// Where nothing is said.
const THRESHOLDS: [u8; 3] = [50, 80, 100];

impl NewBudget {
    /// `PUT …/wallet/budgets/{code}`. A misspelt field would make a budget of another meaning, so
    /// unknown ones are refused.
    ///
    /// ```json
    /// { "name": "Each key, daily", "asset": "USD", "limit": "10", "window": "day",
    ///   "match": { "event_type": "chat", "data": { "model": "large" } }, "each": "api_key",
    ///   "anchor": "2026-11-24T09:00:00Z", "on_exceeded": "deny", "thresholds": [50, 80, 100] }
    /// ```
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, key: Option<&str>, request_id: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let op = operation_id(object, "budget", key, request_id, errors);
            let (terms, anchored_to) = terms(object, errors);
            Some(Self {
                op,
                terms: terms?,
                anchored_to,
            })
        })
    }

    /// Whether it names no subscription of somebody else.
    #[must_use]
    pub fn is_of(&self, customer: &str) -> bool {
        let named = self.anchored_to.as_ref();
        named.is_none_or(|(owner, _)| owner == customer)
    }

    /// The command, once the precision of the asset is known.
    #[must_use]
    pub fn command(self, code: &str, precision: u32) -> Command {
        let action = Action::SetBudget {
            code: code.to_owned(),
            precision,
            terms: self.terms,
            anchored_to: self.anchored_to.map(|(_, subscription)| subscription),
        };
        command(self.op, action)
    }
}

/// A subscription, and whose it is.
type Named = (String, SubscriptionId);

/// What a budget asks and how much it allows; and the subscription from whose start its windows count.
pub(super) fn terms(object: &Object<'_>, errors: &mut Errors) -> (Option<Terms>, Option<Named>) {
    let name = object.text("name", MAX_WORDS, errors);
    let asset = object.code("asset", errors);
    let asset = object.require("asset", asset, errors);
    let limit = not_negative(object, "limit", errors);
    let window = object.word("window", &Window::WORDS, errors);
    let window = object.require("window", window, errors);
    let about = about(object, errors);
    let each = object.text("each", MAX_ID, errors);
    let window = window_of(object, window.as_deref(), errors);
    let (anchor, anchored_to) = anchor(object, window, errors);
    let words = ["deny", "warn"];
    let warn_only = object
        .word("on_exceeded", &words, errors)
        .is_some_and(|word| word == "warn");
    let thresholds = thresholds(object, window, errors);
    let terms = asset.zip(limit).zip(window);
    let terms = terms.map(|((asset, limit), window)| Terms {
        name,
        asset,
        limit,
        window,
        about,
        each,
        anchor,
        warn_only,
        thresholds,
    });
    (terms, anchored_to)
}

/// `window` and `window_seconds`: how long a rolling window is, which no other one says.
fn window_of(object: &Object<'_>, word: Option<&str>, errors: &mut Errors) -> Option<Window> {
    let rolls = word == Some("rolling");
    let (least, most) = Window::ROLLING_SECONDS;
    let seconds = object.whole("window_seconds", least..=most, errors);
    if seconds.is_some() && !rolls {
        errors.add(
            &object.path_of("window_seconds"),
            "is only for the window rolling",
        );
    }
    if !rolls {
        // Only words that are windows have come here.
        return word.and_then(Window::from_word);
    }
    let seconds = object.require("window_seconds", seconds, errors)?;
    if !seconds.is_multiple_of(60) {
        errors.add(&object.path_of("window_seconds"), "must be whole minutes");
    }
    Some(Window::Rolling { seconds })
}

/// `match`: what the budget is about. What is left out is not asked, so without it all usage
/// counts. Values of `data` are compared as text: `20`, `20.0` and `"20"` are one.
fn about(object: &Object<'_>, errors: &mut Errors) -> Match {
    let Some(object) = object.object("match", errors) else {
        return Match::default();
    };
    let data = object.data("data", errors);
    if data.len() > MAX_FIELDS {
        let sentence = format!("must have at most {MAX_FIELDS} fields");
        errors.add(&object.path_of("data"), sentence);
    }
    let mut about = Match {
        subject: object.text("subject", MAX_WORDS, errors),
        event_type: object.text("event_type", MAX_ID, errors),
        product: object.text("product", MAX_ID, errors),
        ..Match::default()
    };
    // Collecting would bring a sort of its own into the module.
    for (field, datum) in data {
        let text = as_text(&datum).into_owned();
        about.data.insert(field, text);
    }
    about
}

/// `anchor`: a time from which windows are counted, or the id of a subscription whose start it is.
fn anchor(
    object: &Object<'_>,
    window: Option<Window>,
    errors: &mut Errors,
) -> (Option<Instant>, Option<Named>) {
    let Some(text) = object.text("anchor", MAX_ID, errors) else {
        return (None, None);
    };
    // It would say nothing, and whoever sends it means something.
    if matches!(
        window,
        Some(Window::Lifetime | Window::Call | Window::Rolling { .. })
    ) {
        errors.add(&object.path_of("anchor"), "is only for windows that turn");
    }
    let subscription = ids::parse_of_wallet("sub", &text);
    if subscription.is_some() {
        return (None, subscription);
    }
    let at = time::parse(&text);
    if at.is_none() {
        let sentence = "must be an RFC 3339 time such as \"2026-01-31T12:00:00Z\", or the id of a \
                        subscription of the customer";
        errors.add(&object.path_of("anchor"), sentence);
    }
    (at, None)
}

/// `thresholds`: percentages of the limit, from 1 to 100 and rising. Of one call nothing adds up, so it has none.
fn thresholds(object: &Object<'_>, window: Option<Window>, errors: &mut Errors) -> Vec<u8> {
    let Some(raw) = object.get("thresholds") else {
        return match window {
            Some(Window::Call) | None => Vec::new(),
            Some(_) => THRESHOLDS.to_vec(),
        };
    };
    let read: Vec<u8> = serde_json::from_str(raw.get()).unwrap_or_else(|_| vec![0]);
    let rising = read.windows(2).all(|pair| pair.first() < pair.last());
    let percents = read.iter().all(|percent| (1..=100).contains(percent));
    if !rising || !percents || read.len() > MAX_THRESHOLDS {
        let sentence = format!(
            "must be at most {MAX_THRESHOLDS} whole numbers from 1 to 100, each above the last"
        );
        errors.add(&object.path_of("thresholds"), sentence);
    }
    if window == Some(Window::Call) && !read.is_empty() {
        errors.add(
            &object.path_of("thresholds"),
            "is only for windows that add up",
        );
    }
    read
}

/// `DELETE …/wallet/budgets/{code}`, whose id is in its header.
///
/// # Errors
/// `validation_failed` where that is no id.
pub fn remove_budget(code: &str, key: Option<&str>, request_id: &str) -> Result<Command, Problem> {
    if let Some(sentence) = key.and_then(wrong_key) {
        return Err(Problem::field("Idempotency-Key", sentence));
    }
    let code = code.to_owned();
    let op = operation("budget", key, request_id);
    Ok(command(op, Action::RemoveBudget { code }))
}

#[derive(Serialize)]
struct Items<T> {
    items: Vec<T>,
}

/// ```json
/// { "code": "keys", "name": "Each key, daily", "asset": "USD", "limit": "10", "window": "day",
///   "on_exceeded": "deny", "thresholds": [50, 80, 100], "source": "customer", "match": {}, "each": null,
///   "window_started_at": "…", "window_ends_at": "…", "spent": "9.2",
///   "held": "0.5", "left": "0.3" }
/// ```
#[derive(Serialize)]
pub struct BudgetReply<'a> {
    code: &'a str,
    name: Option<&'a str>,
    asset: &'a str,
    limit: Amount,
    /// `call`, `hour`, `day`, `week`, `month`, `lifetime` or `rolling`.
    window: &'static str,
    /// Of a rolling one.
    #[serde(skip_serializing_if = "Option::is_none")]
    window_seconds: Option<u32>,
    /// From where its windows are counted; absent where by the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    anchor: Option<String>,
    /// `deny` or `warn`.
    on_exceeded: &'static str,
    /// At which percentages of the limit an entry says that it was reached.
    thresholds: &'a [u8],
    /// `customer`, `product` or `account`: who says so. Absent among the presets of a product or an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    /// What usage it counts.
    #[serde(rename = "match")]
    about: &'a Match,
    /// The field whose values each have the limit for themselves.
    each: Option<&'a str>,
    // What it has counted; only where it is read, because the reply to a change is for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    window_started_at: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window_ends_at: Option<Option<String>>,
    // Of a budget that does not tell values apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    spent: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<Amount>,
    /// What may still be authorized; never below zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Amount>,
    /// How many values are counted, of a budget that tells them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_count: Option<usize>,
    /// Those values, page by page; only where this one budget is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<CursorPage<ValueReply<'a>>>,
}

/// What one value has spent: `{"value": "key_7", "spent": "9.2", "held": "0.5", "left": "0.3"}`.
#[derive(Serialize)]
struct ValueReply<'a> {
    value: &'a str,
    spent: Amount,
    held: Amount,
    left: Amount,
}

impl<'a> BudgetReply<'a> {
    /// Its terms alone, as the reply to a change shows them.
    pub(super) fn new(code: &'a str, terms: &'a Terms) -> Self {
        Self {
            code,
            source: None,
            name: terms.name.as_deref(),
            asset: &terms.asset,
            limit: terms.limit,
            window: terms.window.word(),
            window_seconds: match terms.window {
                Window::Rolling { seconds } => Some(seconds),
                Window::Call
                | Window::Hour
                | Window::Day
                | Window::Week
                | Window::Month
                | Window::Lifetime => None,
            },
            anchor: terms.anchor.map(time::format),
            on_exceeded: if terms.warn_only { "warn" } else { "deny" },
            thresholds: &terms.thresholds,
            about: &terms.about,
            each: terms.each.as_deref(),
            window_started_at: None,
            window_ends_at: None,
            spent: None,
            held: None,
            left: None,
            value_count: None,
            values: None,
        }
    }

    /// Its terms, and what it has counted by now.
    fn counted(code: &'a str, budget: &'a Budget, at: Instant) -> Self {
        let terms = &budget.terms;
        let (start, end) = terms.span(at);
        // A lifetime has no turn to tell of, so both of its ends are null rather than far away.
        let shown = |moment| Some((end < Instant::MAX).then(|| time::format(moment)));
        // A rolling window goes on: it has a beginning and no end.
        let rolls = terms.window.counts_until(at).is_some();
        let mut reply = Self {
            source: Some(budget.source.word()),
            window_started_at: shown(start),
            window_ends_at: if rolls { Some(None) } else { shown(end) },
            ..Self::new(code, terms)
        };
        if terms.each.is_some() {
            reply.value_count = Some(budget.values(at).count());
        } else {
            let Tally { spent, held } = budget.tally("", at);
            reply.spent = Some(spent);
            reply.held = Some(held);
            reply.left = Some(budget.left("", at));
        }
        reply
    }
}

/// The reply to a set budget, from its entry.
#[must_use]
pub fn budget_set(entry: &Entry) -> String {
    match &entry.fact {
        Fact::BudgetSet { code, terms, .. } => json(&BudgetReply {
            source: Some(Source::Customer.word()),
            ..BudgetReply::new(code, terms)
        }),
        // Only entries of this kind come here; whatever happened, a reply must not fail once its
        // entry is written.
        _ => "{}".to_owned(),
    }
}

/// `GET …/wallet/budgets`, in the order of their codes.
#[must_use]
pub fn budgets(wallet: &Wallet, at: Instant) -> String {
    let all = wallet.budgets.iter();
    let items = all.map(|(code, budget)| BudgetReply::counted(code, budget, at));
    let items = items.collect();
    json(&Items { items })
}

/// `GET …/wallet/budgets/{code}`: with the values that it tells apart, in their order; the cursor
/// is the last value shown. `None` where the wallet has no such budget.
#[must_use]
pub fn budget(
    wallet: &Wallet,
    code: &str,
    at: Instant,
    after: &str,
    limit: usize,
) -> Option<String> {
    let budget = wallet.budgets.get(code)?;
    let mut reply = BudgetReply::counted(code, budget, at);
    if reply.value_count.is_some() {
        // The cursor is a value rather than a place, because values come and go between two pages.
        let later = budget.values(at).filter(|(value, _)| *value > after);
        // One more than is shown, so that the last page is known without counting all.
        let some: Vec<(&str, Tally)> = later.take(limit + 1).collect();
        let shown = some.iter().take(limit);
        let last = shown
            .clone()
            .next_back()
            .map(|(value, _)| (*value).to_owned());
        let items = shown.map(|(value, tally)| ValueReply {
            value,
            spent: tally.spent,
            held: tally.held,
            left: budget.left(value, at),
        });
        reply.values = Some(CursorPage {
            items: items.collect(),
            limit,
            next: last.filter(|_| some.len() > limit),
        });
    }
    Some(json(&reply))
}
