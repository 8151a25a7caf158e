//! Why a figure is what it is: in rows, and in words that are made of the rows.
//!
//! | the question has | it is about | the rows add up to |
//! |---|---|---|
//! | `entry` | one entry of a history | its fees, and what paid for them |
//! | `account` | a balance | the balance |
//! | `events`, or `asset` and `amount` | an authorization | what it needs, against what there is |
//! | `receipt` | a receipt, without its history | as of an entry |
//! | `denial` | a denied authorization, as the API answered it | as of an authorization |

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::{
    AccountId, Amount, Balance, Entry, Instant, OnUnpriced, Passing, Wallet, apply, decide,
};
use crate::wire::history::{Item, rows};
use crate::wire::overview::{changed, words};
use crate::wire::problem::Problem;
use crate::wire::time;
use crate::wire::usage::authorize;
use crate::wire::wallet::{GrantFilter, explained, grants};

use super::sentences;
use super::subject::{Subject, field, told, written};

/// What of a question says what it is about.
const OWN: [&str; 8] = [
    "entry", "account", "events", "asset", "amount", "subject", "receipt", "denial",
];

/// Explains an entry, a balance, an authorization, a receipt or a denial.
///
/// # Errors
/// What is wrong with the question, by field.
pub fn explain(question: &Value) -> Result<Value, Problem> {
    let subject = Subject::of(question, &OWN)?;
    if let Some(receipt) = question.get("receipt") {
        return Ok(with_words(
            "receipt",
            receipt,
            sentences::of_receipt(receipt),
        ));
    }
    if let Some(denial) = question.get("denial") {
        return Ok(with_words("denial", denial, sentences::of_denial(denial)));
    }
    if let Some(seq) = field::<u64>(question, "entry")? {
        return of_entry(question, seq);
    }
    if let Some(account) = field::<String>(question, "account")? {
        return of_balance(question, &account, subject.at);
    }
    if question.get("events").is_none() && question.get("amount").is_none() {
        let sentence =
            "must say what to explain: entry, account, events, amount, receipt or denial";
        return Err(Problem::field("question", sentence));
    }
    of_authorization(question, &subject)
}

/// What an entry did, as a receipt says it.
pub(super) fn entry(wallet: &Wallet, entry: &Entry) -> Value {
    let told = explained(wallet, entry);
    let words = sentences::of_receipt(&told);
    with_words("entry", &told, words)
}

/// The rows, what they are about, and the words.
fn with_words(about: &str, rows: &Value, words: Vec<String>) -> Value {
    let mut told = rows.clone();
    if let Value::Object(fields) = &mut told {
        fields.insert("about".to_owned(), about.into());
        fields.insert("words".to_owned(), words.into());
    }
    told
}

/// The history that a question brings.
fn history(question: &Value) -> Result<Vec<Entry>, Problem> {
    let items = field::<Vec<Item>>(question, "entries")?;
    let items = items.ok_or_else(|| Problem::field("entries", "is required"))?;
    Ok(rows(items)?.into_iter().map(|row| row.entry).collect())
}

fn of_entry(question: &Value, seq: u64) -> Result<Value, Problem> {
    let mut wallet = Wallet::default();
    for one in history(question)? {
        apply(&mut wallet, &one);
        if one.seq == seq {
            return Ok(entry(&wallet, &one));
        }
    }
    let sentence = format!("must be from 1 to {}", wallet.seq);
    Err(Problem::field("entry", sentence))
}

/// Everything of one kind that changed a balance.
#[derive(Serialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    /// In words: `Top-up`, `Usage`.
    what: String,
    /// How many entries.
    count: u64,
    amount: Amount,
}

#[derive(Serialize)]
struct ExplainedBalance {
    account: String,
    asset: String,
    at: String,
    balance: Amount,
    held: Amount,
    restricted: Amount,
    available: Amount,
    /// What came in and what went, by kind; they add up to the balance.
    rows: Vec<Line>,
    /// Credit that has something left, in the order in which it is consumed.
    grants: Value,
}

fn of_balance(question: &Value, account: &str, at: Instant) -> Result<Value, Problem> {
    let entries = history(question)?;
    let mut wallet = Wallet::default();
    let mut sums = Sums::default();
    for one in &entries {
        apply(&mut wallet, one);
        sums.add(account, one);
    }
    // What time has made due since is a part of the balance, whenever it is written down.
    let mut passing = Passing::of(&wallet, at);
    for one in passing.by_ref() {
        sums.add(account, &one);
    }
    let now = passing.wallet();
    let at = at.max(now.at);
    let id = now.accounts.keys().find(|id| id.to_string() == account);
    let id = id.ok_or_else(|| Problem::field("account", "is none of this wallet"))?;
    let balance = now.balance(id, at).unwrap_or(Balance::NOTHING);
    let told = ExplainedBalance {
        account: account.to_owned(),
        asset: id.asset.clone(),
        at: time::format(at),
        balance: balance.balance,
        held: balance.held,
        restricted: balance.restricted,
        available: balance.available(),
        rows: sums.lines(later(&now, id, at)),
        grants: left(&now, id, at),
    };
    let told = written(&told);
    let words = sentences::of_balance(&told);
    Ok(with_words("balance", &told, words))
}

/// Credit that has come in and cannot be spent yet, which no balance counts.
fn later(wallet: &Wallet, id: &AccountId, at: Instant) -> (u64, Amount) {
    let grants = wallet.accounts.get(id).map(|account| account.grants.iter());
    let later = grants
        .into_iter()
        .flatten()
        .filter(|grant| grant.terms.effective_at > at && grant.free.is_positive());
    later.fold((0, Amount::ZERO), |(count, sum), grant| {
        (count.saturating_add(1), sum.folded_minus(grant.free))
    })
}

/// The grants that have something left.
fn left(wallet: &Wallet, id: &AccountId, at: Instant) -> Value {
    let filter = GrantFilter {
        exclude_expired: true,
        limit: usize::MAX,
        ..GrantFilter::default()
    };
    let page = grants(wallet, id, at, &filter).unwrap_or_default();
    let mut page: Value = serde_json::from_str(&page).unwrap_or_default();
    let items = page.get_mut("items").map(Value::take);
    let mut items = items.unwrap_or_else(|| json!([]));
    if let Some(items) = items.as_array_mut() {
        let is = |grant: &Value, name: &str| grant.get(name) != Some(&json!("0"));
        items.retain(|grant| is(grant, "available") || is(grant, "held"));
    }
    items
}

/// What changed a balance, by kind, in the order in which each was first seen.
#[derive(Default)]
struct Sums {
    lines: Vec<Line>,
    places: BTreeMap<(String, String), usize>,
}

impl Sums {
    fn add(&mut self, account: &str, entry: &Entry) {
        let own = entry.changes.iter().filter_map(changed);
        for change in own.filter(|one| one.account.to_string() == account) {
            let (what, _) = words(&entry.fact);
            let kind = entry.fact.word().to_owned();
            let next = self.lines.len();
            let key = (kind.clone(), what.clone());
            let place = *self.places.entry(key).or_insert(next);
            if place == next {
                self.lines.push(Line {
                    kind,
                    what,
                    count: 0,
                    amount: Amount::ZERO,
                });
            }
            if let Some(line) = self.lines.get_mut(place) {
                line.count = line.count.saturating_add(1);
                line.amount = line.amount.folded_plus(change.amount);
            }
        }
    }

    fn lines(mut self, (count, amount): (u64, Amount)) -> Vec<Line> {
        if count > 0 {
            self.lines.push(Line {
                kind: "begins_later".to_owned(),
                what: "Credit that begins later".to_owned(),
                count,
                amount,
            });
        }
        self.lines
    }
}

/// The decision, and for an approval what would be held: both by the code that decides.
fn of_authorization(question: &Value, subject: &Subject) -> Result<Value, Problem> {
    let wallet = subject.wallet()?;
    let mut body = serde_json::Map::new();
    for name in ["events", "asset", "amount", "subject"] {
        if let Some(value) = question.get(name) {
            body.insert(name.to_owned(), value.clone());
        }
    }
    body.insert("id".to_owned(), "explain".into());
    // Read as the API reads it, so that what is wrong with it is told in the same words.
    let command = authorize(&Value::Object(body).to_string(), None, OnUnpriced::Deny)?;
    let at = subject.at.max(wallet.at);
    match decide(wallet, None, at, &command) {
        Err(refusal) => {
            let told = told(&refusal);
            let words = sentences::of_denial(&told);
            Ok(with_words("authorization", &told, words))
        }
        Ok(entries) => {
            let mut now = wallet.clone();
            entries.iter().for_each(|one| apply(&mut now, one));
            let last = entries.last();
            let mut told = last.map(|one| explained(&now, one)).unwrap_or_default();
            let words = sentences::of_receipt(&told);
            if let Value::Object(fields) = &mut told {
                fields.insert("decision".to_owned(), "approved".into());
            }
            Ok(with_words("authorization", &told, words))
        }
    }
}
