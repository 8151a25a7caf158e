//! What is seen of a step, in the words of the tables.

use std::collections::{BTreeMap, BTreeSet};

use scrip::engine::fold::fold_hold;
use scrip::engine::price::Warning;
use scrip::engine::*;
use scrip::journal::{Answer, Row};

use crate::scenario::Step;
use crate::scenarios::{START, Stage};

/// Words with their values.
pub type Observed = BTreeMap<&'static str, String>;

impl Stage {
    pub fn observe_rows(&self, rows_before: usize, observed: &mut Observed) {
        let rows = &self.journal.rows[rows_before..];
        let mut tally = Tally::default();
        let changes = || rows.iter().flat_map(|row| &row.entry.changes);
        let assets: BTreeSet<_> = changes().map(|change| &change.account.asset).collect();
        for change in changes() {
            for one in &change.moves {
                self.tally(&mut tally, &change.account, assets.len() > 1, one);
            }
        }
        let due = rows.iter().filter(|row| row.entry.request.is_empty());
        let due: Vec<String> = due.map(|row| self.due_label(row)).collect();
        if !due.is_empty() {
            observed.insert("due", due.join(" "));
        }
        for (word, draws) in tally.words {
            let draws = draws.iter().map(|(label, sum)| match label.as_str() {
                "" => sum.to_string(),
                label => format!("{label}:{sum}"),
            });
            observed.insert(word, draws.collect::<Vec<_>>().join(" "));
        }
    }

    fn tally(&self, tally: &mut Tally, account: &AccountId, several: bool, one: &Move) {
        let (word, draw) = match one {
            Move::Open { .. } => return,
            Move::Reserve(draw) => ("held", draw),
            Move::Release(draw) => ("returned", draw),
            Move::Capture(draw) | Move::Draw(draw) => ("drew", draw),
            Move::Repay(draw) => ("repaid", draw),
            Move::Lapse(draw) => ("lapsed", draw),
            Move::Back { grant, amount, .. } => {
                return tally.add("backed", &self.grant_label(*grant), *amount);
            }
            Move::Restore { grant, amount, .. } => {
                return tally.add("restored", &self.grant_label(*grant), *amount);
            }
            Move::Borrow { amount }
            | Move::Forgive { amount }
            | Move::Pledge { amount }
            | Move::Unpledge { amount }
            | Move::Owe { amount } => {
                let word = match one {
                    Move::Borrow { .. } => "borrowed",
                    Move::Forgive { .. } => "forgiven",
                    Move::Pledge { .. } => "pledged",
                    Move::Unpledge { .. } => "unpledged",
                    _ => "owed",
                };
                let asset = if several { account.asset.as_str() } else { "" };
                return tally.add(word, asset, *amount);
            }
        };
        tally.add(word, &self.grant_label(draw.grant), draw.amount);
    }

    fn due_label(&self, row: &Row) -> String {
        match &row.entry.fact {
            Fact::HoldExpired { hold } => label_of(&self.holds, *hold),
            Fact::GrantExpired { grant, .. } => self.grant_label(*grant),
            Fact::CreditApplied { grant, .. } => format!("={}", self.grant_label(*grant)),
            Fact::EntitlementGranted { name, .. } => format!("+{name}"),
            Fact::SubscriptionRenewed {
                subscription,
                starts,
                ..
            } => {
                let what = if *starts { "starts" } else { "renews" };
                format!("{}.{what}", label_of(&self.subscriptions, *subscription))
            }
            Fact::SubscriptionLapsed { subscription, .. } => {
                format!("{}.unpaid", label_of(&self.subscriptions, *subscription))
            }
            Fact::ProductChanged { subscription, .. } => {
                format!("{}.moves", label_of(&self.subscriptions, *subscription))
            }
            Fact::ProductEnded {
                subscription,
                product,
                ..
            } => {
                let label = label_of(&self.subscriptions, *subscription);
                format!("{label}.{product}.ends")
            }
            Fact::MinimumCharged { .. } => "minimum".into(),
            Fact::SubscriptionEnded { subscription, .. } => {
                format!("{}.ends", label_of(&self.subscriptions, *subscription))
            }
            other => format!("{other:?}"),
        }
    }

    fn grant_label(&self, id: u64) -> String {
        label_of(&self.grants, id)
    }

    /// The state of the hold that the step is about, as a reader of the journal tells it.
    pub fn observe_hold(&self, step: &Step, observed: &mut Observed) -> Result<(), String> {
        let mut words = step.words.clone();
        words.next();
        let Some(id) = words.next().and_then(|label| self.holds.get(&label)) else {
            return Ok(());
        };
        let entries = self.journal.rows.iter().map(|row| &row.entry);
        let about = entries
            .clone()
            .filter(|entry| entry.fact.hold() == Some(*id));
        let mut hold = fold_hold(about).ok_or("a hold without history")?;
        let now = as_of(&self.wallet, self.now());
        if hold.status == HoldStatus::Open && !now.holds.contains_key(id) {
            hold.status = HoldStatus::Expired;
        }
        let backs = |one: &Move| matches!(one, Move::Back { hold, .. } if hold == id);
        let mut moves = entries.flat_map(|entry| &entry.changes);
        // Credit that took the place of its pledge is in the row of that credit.
        let backed = moves.any(|change| change.moves.iter().any(backs));
        if let Some(open) = now.holds.get(id)
            && *open != hold
            && !backed
        {
            return Err(format!("the journal tells another hold than {open:?}"));
        }
        observed.insert("status", hold.status.word().to_owned());
        observed.insert(
            "expires",
            format!("T{}", (hold.expires_at.micros() - START) / 1_000_000),
        );
        Ok(())
    }

    /// A total at this moment, written as it was asked for: with its asset or without.
    pub fn observed_total(&self, word: &str, wanted: &str) -> Result<String, String> {
        let mut named = wanted.split(' ').skip(1);
        let asset = named.next().map(str::to_owned);
        let in_words = asset
            .as_ref()
            .map_or(String::new(), |asset| format!(" {asset}"));
        let asset = asset.or_else(|| self.asset.clone());
        let asset = asset.ok_or("an asset is missing")?;
        let id = match named.next() {
            Some(account) => AccountId::new(account, &asset),
            None => AccountId::default_for(&asset),
        };
        let in_account = if id.name == "default" {
            String::new()
        } else {
            format!(" {}", id.name)
        };
        let now = as_of(&self.wallet, self.now());
        let balance = now.balance(&id, self.now());
        let balance = balance.map_err(|error| error.to_string())?;
        let amount = match word {
            "balance" => balance.balance,
            "on_hold" => balance.held,
            "available" => balance.available(),
            "restricted" => balance.restricted,
            "pledges" => now
                .accounts
                .get(&id)
                .map_or(Amount::ZERO, |one| one.pledged),
            _ => now.accounts.get(&id).map_or(Amount::ZERO, |one| one.debt),
        };
        Ok(format!("{amount}{in_words}{in_account}"))
    }
}

impl Stage {
    /// What a budget has counted, written as it was asked for.
    pub fn observed_budget(&self, word: &str, wanted: &str) -> Result<String, String> {
        let name = wanted.split(' ').nth(1).ok_or("a budget is missing")?;
        let (code, value) = name.split_once('.').unwrap_or((name, ""));
        let now = as_of(&self.wallet, self.now());
        let budget = now.budgets.get(code).ok_or("there is no such budget")?;
        let tally = budget.tally(value, self.now());
        let amount = if word == "spent" {
            tally.spent
        } else {
            tally.held
        };
        Ok(format!("{amount} {name}"))
    }

    /// Who says what a budget allows.
    pub fn observed_source(&self, wanted: &str) -> Result<String, String> {
        let code = wanted.split(' ').nth(1).ok_or("a budget is missing")?;
        let now = as_of(&self.wallet, self.now());
        let source = now.budgets.get(code).map(|budget| budget.source.word());
        Ok(format!("{} {code}", source.unwrap_or("none")))
    }

    /// What the rows of a step say that budgets count.
    pub fn observe_counts(&self, rows_before: usize, observed: &mut Observed) {
        let rows = &self.journal.rows[rows_before..];
        let counts = rows.iter().flat_map(|row| &row.entry.counts);
        let told = counts.map(|count| {
            let all = self.wallet.budgets.iter();
            let mut own = all.filter(|(_, budget)| budget.id == count.budget);
            let code = own.next().map_or("unknown", |(code, _)| code);
            format!("{}:{}", budget_label(code, &count.value), count.amount)
        });
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            observed.insert("counted", told.join(" "));
        }
        let reached = rows.iter().flat_map(|row| &row.entry.reached);
        let reached = reached.map(|one| {
            let name = budget_label(&one.code, &one.value);
            format!("{name}:{}", one.percent)
        });
        let reached: Vec<String> = reached.collect();
        if !reached.is_empty() {
            observed.insert("reached", reached.join(" "));
        }
    }
}

fn budget_label(code: &str, value: &str) -> String {
    match value {
        "" => code.to_owned(),
        value => format!("{code}.{value}"),
    }
}

/// Sums of moves by word and grant, in the order in which they were made.
#[derive(Default)]
struct Tally {
    words: BTreeMap<&'static str, Vec<(String, Amount)>>,
}

impl Tally {
    fn add(&mut self, word: &'static str, label: &str, amount: Amount) {
        let draws = self.words.entry(word).or_default();
        match draws.iter_mut().find(|(known, _)| known == label) {
            Some((_, sum)) => *sum = sum.plus(amount).expect("amounts of a case are small"),
            None => draws.push((label.to_owned(), amount)),
        }
    }
}

pub fn label_of(labels: &BTreeMap<String, u64>, id: u64) -> String {
    let found = labels.iter().find(|(_, known)| **known == id);
    found.map_or_else(|| format!("unknown{id}"), |(label, _)| label.clone())
}

pub fn observed_refusal(place: usize, commands: usize, refusal: &Refusal) -> Observed {
    let mut observed = Observed::new();
    let detail = match refusal {
        Refusal::AlreadySubscribed { code } => code.clone(),
        Refusal::HoldAlreadyEnded { status } => status.word().to_owned(),
        Refusal::UnknownAsset { asset } => asset.clone(),
        Refusal::TooPrecise { asset, precision } => format!("{asset} {precision}"),
        Refusal::UsageNotANumber { event, field } => format!("{event} {field}"),
        Refusal::ExceedsGrant { asset, left } => format!("{left} {asset}"),
        Refusal::EventTooLate { event, days } => format!("{event} {days}"),
        Refusal::EventInFuture { event } => event.to_string(),
        Refusal::TooManyFees { fees } => fees.to_string(),
        Refusal::TooManyOpenHolds { open } => open.to_string(),
        Refusal::TooManyBudgets { budgets } => budgets.to_string(),
        Refusal::TooManyBudgetValues { values } => values.to_string(),
        Refusal::BudgetNotFound { code } => code.clone(),
        Refusal::ProductNotFound { product } => product.clone(),
        Refusal::TooManySubscriptions { subscriptions } => subscriptions.to_string(),
        Refusal::BudgetExceeded { exceeded, asked } => {
            let over = exceeded.iter().map(over);
            observed.insert("over", over.collect::<Vec<_>>().join(" "));
            let frees = exceeded.iter().map(|one| {
                let moment = one.frees_at.map(Instant::micros);
                let seconds = moment.map(|micros| (micros - START) / 1_000_000);
                seconds.map_or_else(|| "never".to_owned(), |seconds| format!("T{seconds}"))
            });
            observed.insert("frees", frees.collect::<Vec<_>>().join(" "));
            let levels = exceeded.iter().map(|one| one.level.clone());
            observed.insert("level", levels.collect::<Vec<_>>().join(" "));
            affords(asked, &mut observed);
            String::new()
        }
        Refusal::FundsHeld {
            shortages,
            held,
            frees_at,
        } => {
            let held = held
                .iter()
                .map(|(asset, amount)| format!("{asset}:{amount}"));
            observed.insert("keeps", held.collect::<Vec<_>>().join(" "));
            let frees = (frees_at.micros() - START) / 1_000_000;
            observed.insert("frees", format!("T{frees}"));
            short(shortages, &mut observed);
            String::new()
        }
        Refusal::PriceMissing { missing } => {
            let fields = missing.iter();
            let fields = fields.map(|one| format!("{}:{}", one.event, one.field));
            observed.insert("missing", fields.collect::<Vec<_>>().join(" "));
            String::new()
        }
        Refusal::InsufficientFunds { shortages } => {
            short(shortages, &mut observed);
            String::new()
        }
        _ => String::new(),
    };
    let told = format!("{} {detail}", refusal.code());
    observed.insert("refused", told.trim_end().to_owned());
    if commands > 1 {
        observed.insert("line", (place + 1).to_string());
    }
    observed
}

/// How much was asked of a budget, and how much it had left.
fn over(one: &budget::Exceeded) -> String {
    let used = one
        .spent
        .plus(one.held)
        .expect("amounts of a case are small");
    let left = one.limit.minus(used).expect("amounts of a case are small");
    let name = budget_label(&one.code, one.value.as_deref().unwrap_or_default());
    format!("{name}:{}/{}", one.required, left.max(Amount::ZERO))
}

/// What was asked and is not there.
fn short(shortages: &[refusal::Shortage], observed: &mut Observed) {
    let short = shortages
        .iter()
        .map(|one| format!("{}:{}/{}", one.asset, one.required, one.available));
    observed.insert("short", short.collect::<Vec<_>>().join(" "));
    affords(shortages, observed);
}

/// The most that would pass now, and of which volume.
fn affords(shortages: &[refusal::Shortage], observed: &mut Observed) {
    let mut told = Vec::new();
    for one in shortages {
        told.extend(
            one.affordable
                .map(|amount| format!("{}:{amount}", one.asset)),
        );
        for volume in &one.volumes {
            let (can, asked) = (volume.affordable.get(), volume.requested.get());
            told.push(format!("{}:{can}/{asked}", volume.price_id));
        }
    }
    observed.insert("affords", told.join(" "));
}

pub fn observed_answers(answers: &[Answer]) -> Observed {
    let mut observed = Observed::new();
    let mut add = |word: &'static str, text: String| {
        let known: &mut String = observed.entry(word).or_default();
        if !known.is_empty() && !text.is_empty() {
            known.push(' ');
        }
        known.push_str(&text);
    };
    for answer in answers {
        let (fees, caps, warnings) = match &answer.entry.fact {
            Fact::HoldAuthorized {
                fees,
                caps,
                warnings,
                capped,
                ..
            } => {
                if *capped {
                    add("capped", String::new());
                }
                (fees.as_slice(), caps.as_slice(), warnings.as_slice())
            }
            Fact::HoldCaptured {
                fees,
                warnings,
                late,
                ..
            } => {
                if *late {
                    add("late", String::new());
                }
                (fees.as_slice(), [].as_slice(), warnings.as_slice())
            }
            Fact::HoldExtended { fees, warnings, .. }
            | Fact::UsageRecorded { fees, warnings, .. } => {
                (fees.as_slice(), [].as_slice(), warnings.as_slice())
            }
            Fact::UsagePriced { fees, .. } => (fees.as_slice(), [].as_slice(), [].as_slice()),
            _ => Default::default(),
        };
        for (word, text) in fees.iter().flat_map(observed_fee) {
            add(word, text);
        }
        for cap in caps {
            let (can, asked) = (cap.affordable.get(), cap.requested.get());
            add("caps", format!("{}:{can}/{asked}", cap.price_id));
        }
        for warning in warnings {
            add(
                "warns",
                match warning {
                    Warning::NoPrice { event_type, .. } => format!("no_price:{event_type}"),
                    Warning::VolumeMissing { price_id, .. } => format!("volume_missing:{price_id}"),
                    Warning::NoRow { price_id, .. } => format!("no_row:{price_id}"),
                    Warning::CostMissing { price_id, .. } => format!("cost_missing:{price_id}"),
                },
            );
        }
    }
    observed
}

fn observed_fee(fee: &Fee) -> Vec<(&'static str, String)> {
    let mut told = vec![
        ("fees", fee.amount.to_string()),
        ("paid_in", fee.asset.clone()),
        ("row", fee.row.to_string()),
    ];
    if fee.estimated {
        told.push(("estimated", fee.amount.to_string()));
    }
    if let Some(volume) = fee.volume {
        let of = fee.share.map(|share| format!("/{}", share.of.get()));
        let of = of.unwrap_or_default();
        told.push(("volumes", format!("{}{of}", volume.get())));
    }
    if let Some(counted) = fee.tiering {
        let (before, units) = (counted.before.get(), counted.units.get());
        told.push(("position", format!("{before}+{units}")));
    }
    let of_price = |(word, text)| (word, format!("{}:{text}", fee.price_id));
    told.into_iter().map(of_price).collect()
}
