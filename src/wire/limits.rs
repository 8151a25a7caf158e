//! Overdraft, budgets and restricted credit: what is asked and what is answered.

use serde::Serialize;

use crate::engine::budget::{Exceeded, MAX_FIELDS, Match, Tally, Terms, as_text};
use crate::engine::calendar::Window;
use crate::engine::scope::Scope;
use crate::engine::{
    AccountId, Action, Amount, Asset, Budget, Command, Entry, Fact, Instant, Wallet, WalletAccount,
};

use super::ids::MAX_ID;
use super::json::{Errors, Object};
use super::problem::Problem;
use super::reply::{CursorPage, json};
use super::request::{MAX_WORDS, account, command, not_negative, read};
use super::time;

/// Most event types, and most products, that one credit is restricted to.
pub const MAX_RESTRICTIONS: usize = 100;

// What is asked.

/// The id of a call that replaces a setting. It may go without, because the same setting again is the
/// same setting; then it is known by its request.
fn operation_id(
    object: &Object<'_>,
    kind: &str,
    key: Option<&str>,
    request_id: &str,
    errors: &mut Errors,
) -> String {
    let given = object.text("id", MAX_ID, errors);
    if let Some(sentence) = key.and_then(wrong_key) {
        errors.add("Idempotency-Key", sentence);
    }
    operation(kind, given.as_deref().or(key), request_id)
}

fn operation(kind: &str, id: Option<&str>, request_id: &str) -> String {
    match id {
        Some(id) => format!("{kind}:{id}"),
        None => format!("{kind}:request:{request_id}"),
    }
}

fn wrong_key(key: &str) -> Option<String> {
    let fits = !key.is_empty() && key.chars().count() <= MAX_ID;
    (!fits).then(|| format!("must have 1 to {MAX_ID} characters"))
}

/// An overdraft before its asset has been looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewOverdraft {
    op: String,
    pub account: AccountId,
    limit: Amount,
}

impl NewOverdraft {
    /// `PUT …/wallet/overdraft`.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, key: Option<&str>, request_id: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            object.only(&["id", "account_name", "asset", "limit"], errors);
            let op = operation_id(object, "overdraft", key, request_id, errors);
            let account = account(object, errors);
            let limit = not_negative(object, "limit", errors);
            Some(Self {
                op,
                account: account?,
                limit: limit?,
            })
        })
    }

    /// The command, once the precision of the asset is known.
    #[must_use]
    pub fn command(self, precision: u32) -> Command {
        let asset = Asset {
            code: self.account.asset.clone(),
            precision,
        };
        let action = Action::SetOverdraft {
            account: self.account,
            asset,
            limit: self.limit,
        };
        command(self.op, action)
    }
}

/// A budget before its asset has been looked up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewBudget {
    op: String,
    pub terms: Terms,
}

impl NewBudget {
    /// `PUT …/wallet/budgets/{code}`. A misspelt field would make a budget of another meaning, so
    /// unknown ones are refused.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str, key: Option<&str>, request_id: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            object.only(
                &["id", "name", "asset", "limit", "window", "match", "each"],
                errors,
            );
            let op = operation_id(object, "budget", key, request_id, errors);
            let name = object.text("name", MAX_WORDS, errors);
            let asset = object.code("asset", errors);
            let asset = object.require("asset", asset, errors);
            let limit = not_negative(object, "limit", errors);
            let window = object.word("window", &Window::WORDS, errors);
            let window = object.require("window", window, errors);
            let about = about(object, errors);
            let each = object.text("each", MAX_ID, errors);
            Some(Self {
                op,
                terms: Terms {
                    name,
                    asset: asset?,
                    limit: limit?,
                    window: Window::from_word(&window?)?,
                    about,
                    each,
                },
            })
        })
    }

    /// The command, once the precision of the asset is known.
    #[must_use]
    pub fn command(self, code: &str, precision: u32) -> Command {
        let action = Action::SetBudget {
            code: code.to_owned(),
            precision,
            terms: self.terms,
        };
        command(self.op, action)
    }
}

fn about(object: &Object<'_>, errors: &mut Errors) -> Match {
    let Some(object) = object.object("match", errors) else {
        return Match::default();
    };
    object.only(&["subject", "event_type", "product", "data"], errors);
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

/// `restricted_to` of an adjustment; everything where it is absent.
pub fn restricted_to(object: &Object<'_>, errors: &mut Errors) -> Scope {
    let Some(object) = object.object("restricted_to", errors) else {
        return Scope::default();
    };
    object.only(&["event_types", "products"], errors);
    let mut scope = Scope::default();
    for (name, words) in [
        ("event_types", &mut scope.event_types),
        ("products", &mut scope.products),
    ] {
        let given = object.texts(name, MAX_RESTRICTIONS, MAX_ID, errors);
        for word in given.unwrap_or_default() {
            words.insert(word);
        }
    }
    if scope.is_everything() {
        errors.add(
            object.path(),
            "must name event_types, products, or both; leave it out for credit without restriction",
        );
    }
    scope
}

// What is answered.

#[derive(Serialize)]
struct OverdraftReply<'a> {
    account: String,
    account_name: &'a str,
    asset: &'a str,
    limit: Amount,
    /// How far below zero the account is, or would be if every hold were captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<Amount>,
}

impl<'a> OverdraftReply<'a> {
    fn new(account: &'a AccountId, limit: Amount) -> Self {
        Self {
            account: account.to_string(),
            account_name: &account.name,
            asset: &account.asset,
            limit,
            used: None,
        }
    }
}

/// The reply to a set overdraft.
#[must_use]
pub fn overdraft(entry: &Entry) -> String {
    match &entry.fact {
        Fact::OverdraftSet { account, limit } => json(&OverdraftReply::new(account, *limit)),
        _ => "{}".to_owned(),
    }
}

#[derive(Serialize)]
struct Items<T> {
    items: Vec<T>,
}

/// `GET …/wallet/overdraft`: every account with its limit.
#[must_use]
pub fn overdrafts(wallet: &Wallet, at: Instant) -> String {
    let reply = |(id, account): (&'_ AccountId, &WalletAccount)| -> String {
        let available = account.available(at).unwrap_or_default();
        json(&OverdraftReply {
            used: Some(available.negated().max(Amount::ZERO)),
            ..OverdraftReply::new(id, account.overdraft)
        })
    };
    let items: Vec<String> = wallet.accounts.iter().map(reply).collect();
    format!("{{\"items\":[{}]}}", items.join(","))
}

#[derive(Serialize)]
struct BudgetReply<'a> {
    code: &'a str,
    name: Option<&'a str>,
    asset: &'a str,
    limit: Amount,
    window: &'static str,
    #[serde(rename = "match")]
    about: &'a Match,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Amount>,
    /// How many values are counted, of a budget that tells them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<CursorPage<ValueReply<'a>>>,
}

#[derive(Serialize)]
struct ValueReply<'a> {
    value: &'a str,
    spent: Amount,
    held: Amount,
    left: Amount,
}

impl<'a> BudgetReply<'a> {
    fn new(code: &'a str, terms: &'a Terms) -> Self {
        Self {
            code,
            name: terms.name.as_deref(),
            asset: &terms.asset,
            limit: terms.limit,
            window: terms.window.word(),
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

    fn counted(code: &'a str, budget: &'a Budget, at: Instant) -> Self {
        let terms = &budget.terms;
        let end = terms.window.end(at);
        let shown = |moment| Some((end < Instant::MAX).then(|| time::format(moment)));
        let mut reply = Self {
            window_started_at: shown(terms.window.start(at)),
            window_ends_at: shown(end),
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

/// The reply to a set budget.
#[must_use]
pub fn budget_set(entry: &Entry) -> String {
    match &entry.fact {
        Fact::BudgetSet { code, terms, .. } => json(&BudgetReply::new(code, terms)),
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

/// `GET …/wallet/budgets/{code}`: with the values that it tells apart, in their order.
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
        let later = budget.values(at).filter(|(value, _)| *value > after);
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

/// A limit that was in the way, as a denied authorization and a problem show it.
#[derive(Serialize)]
pub struct ExceededReply<'a> {
    code: &'a str,
    /// Of a budget that tells values apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    asset: &'a str,
    limit: Amount,
    spent: Amount,
    held: Amount,
    required: Amount,
    window_ends_at: Option<String>,
}

impl<'a> From<&'a Exceeded> for ExceededReply<'a> {
    fn from(one: &'a Exceeded) -> Self {
        Self {
            code: &one.code,
            value: one.value.as_deref(),
            asset: &one.asset,
            limit: one.limit,
            spent: one.spent,
            held: one.held,
            required: one.required,
            window_ends_at: one.window_ends_at.map(time::format),
        }
    }
}

/// Credit of an account that only certain usage may draw on, summed by what that is.
#[derive(Serialize)]
pub struct RestrictedReply {
    pub amount: Amount,
    pub restricted_to: Scope,
}

/// The restricted credit of an account, by scope, in the order in which it is first consumed.
#[must_use]
pub fn restricted(account: &WalletAccount, at: Instant) -> Vec<RestrictedReply> {
    let mut sums: Vec<RestrictedReply> = Vec::new();
    for grant in account.restricted(at).filter(|one| one.free.is_positive()) {
        let scope = &grant.terms.scope;
        match sums.iter_mut().find(|one| one.restricted_to == *scope) {
            Some(known) => known.amount = known.amount.folded_plus(grant.free),
            None => sums.push(RestrictedReply {
                amount: grant.free,
                restricted_to: scope.clone(),
            }),
        }
    }
    sums
}
