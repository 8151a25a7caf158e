//! Products with fixed prices, entitlements and features, subscriptions to them, and what is seen of
//! those.

use std::collections::BTreeMap;

use chrono::DateTime;
use scrip::engine::calendar::{Interval, Unit};
use scrip::engine::entitlement::{Entitlement, Feature, Refresh};
use scrip::engine::invoice::{InvoiceNews, InvoiceSaid, Span};
use scrip::engine::price::{Due, FixedFee, FixedPrice};
use scrip::engine::scope::Scope;
use scrip::engine::*;

use crate::scenario::Words;
use crate::scenario_commands::{NOBODY, several};
use crate::scenario_observed::{Observed, label_of};
use crate::scenarios::{START, Stage};

fn moment(seconds: Option<i64>) -> Option<Instant> {
    seconds.map(|seconds| Instant::from_micros(START + seconds * 1_000_000))
}

fn date_of(at: Option<Instant>) -> String {
    let time = at.and_then(|at| DateTime::from_timestamp_micros(at.micros()));
    time.map_or("never".into(), |time| time.format("%Y-%m-%d").to_string())
}

/// `every 1 month`.
fn interval(words: &mut Words) -> Result<Option<Interval>, String> {
    if !words.flag("every") {
        return Ok(None);
    }
    let count = words.number()?;
    let unit = Unit::from_word(&words.need("a unit")?).ok_or("that is no unit of time")?;
    Ok(Some(Interval { unit, count }))
}

impl Stage {
    // What a case declares.

    fn last_product(&mut self, what: &str) -> Result<&mut PricedProduct, String> {
        let last = self.catalogue.last_mut();
        last.ok_or_else(|| format!("{what} before its product"))
    }

    pub fn declare_fee(&mut self, mut words: Words) -> Result<(), String> {
        let name = words.need("the fee's name")?;
        let money = words.money()?;
        let asset = self.asset_of(&money)?;
        let due = interval(&mut words)?.map_or(Due::OneTime, Due::Recurring);
        self.last_product("a fee")?.fixed_prices.push(FixedPrice {
            id: name.clone(),
            name,
            asset,
            amount: money.amount,
            due,
        });
        words.done()
    }

    pub fn declare_entitlement(&mut self, mut words: Words) -> Result<(), String> {
        let name = words.need("the entitlement's name")?;
        let money = words.money()?;
        let asset = self.asset_of(&money)?;
        let refresh = words.need("how it refreshes")?;
        let every = interval(&mut words)?.ok_or("`every <n> <unit>` is missing")?;
        let max = words.flag("max").then(|| words.amount()).transpose()?;
        let refresh = match refresh.as_str() {
            "once" => Refresh::Once,
            "replace" => Refresh::ExpireAndReplace,
            "rollover" => Refresh::Rollover { max },
            _ => return Err(format!("`{refresh}` is no way to refresh")),
        };
        let purpose = if words.flag("promotion") {
            Purpose::Promotion
        } else {
            Purpose::Bundled
        };
        let priority = if words.flag("priority") {
            u8::try_from(words.number()?).map_err(|error| error.to_string())?
        } else {
            grant::DEFAULT_PRIORITY
        };
        let scope = Scope {
            event_types: several(words.option("only")?),
            products: several(words.option("within")?),
        };
        let product = self.last_product("an entitlement")?;
        product.entitlements.push(Entitlement {
            name,
            asset,
            amount: money.amount,
            purpose,
            every,
            refresh,
            priority,
            revenue_basis: None,
            scope,
        });
        words.done()
    }

    pub fn declare_feature(&mut self, mut words: Words) -> Result<(), String> {
        let code = words.need("a feature")?;
        let limit = words.peek().is_some().then(|| words.amount()).transpose()?;
        let limit = limit.and_then(Quantity::new);
        let product = self.last_product("a feature")?;
        product.features.push(Feature { code, limit });
        words.done()
    }

    /// A budget of the last product.
    pub fn declare_limit(&mut self, mut words: Words) -> Result<(), String> {
        let (preset, _) = self.preset(&mut words)?;
        self.last_product("a limit")?.budgets.push(preset);
        words.done()
    }

    /// Starts the next version of the last product.
    pub fn declare_version(&mut self, words: &Words) -> Result<(), String> {
        let product = self.last_product("a version")?;
        let next = PricedProduct {
            id: product.id.clone(),
            code: product.code.clone(),
            version: product.version + 1,
            ..PricedProduct::default()
        };
        self.catalogue.push(next);
        words.done()
    }

    // From a line to a command.

    pub fn subscribe(&mut self, words: &mut Words) -> Result<(String, String, Action), String> {
        let mut codes = Vec::new();
        let options = ["as", "from", "renews", "trial", "grace", "invoiced"];
        while words.peek().is_some_and(|word| !options.contains(&word)) {
            codes.push(words.need("a product")?);
        }
        let products = codes.iter().map(|code| self.product(code));
        let products = products.collect::<Result<_, _>>()?;
        let name = words.option("as")?;
        let op = format!(
            "subscribe:{}",
            name.clone().unwrap_or_else(|| codes.join(","))
        );
        let starts_at = moment(words.moment("from")?);
        let renews_at = moment(words.moment("renews")?);
        let mut days = |key| words.flag(key).then(|| words.number()).transpose();
        let action = Action::Subscribe {
            products,
            starts_at,
            renews_at,
            trial_days: days("trial")?,
            grace_days: days("grace")?,
            return_url: None,
            failure_url: None,
            invoiced: words.flag("invoiced"),
        };
        Ok((name.unwrap_or_else(|| codes.join("+")), op, action))
    }

    fn subscription(&self, words: &mut Words) -> Result<u64, String> {
        let label = words.need("a subscription")?;
        Ok(self.subscriptions.get(&label).copied().unwrap_or(NOBODY))
    }

    /// No two lines are one operation.
    pub fn change_subscription(
        &self,
        verb: &str,
        words: &mut Words,
    ) -> Result<(String, Action), String> {
        if verb == "invoice" {
            return self.invoice(words);
        }
        let change = match verb {
            "activate" => Change::Activate,
            "deactivate" => Change::Deactivate,
            "cancel" => Change::CancelAtPeriodEnd,
            _ => Change::Resume,
        };
        let subscription = self.subscription(words)?;
        let action = Action::ChangeSubscription {
            subscription,
            change,
        };
        Ok((format!("{verb}:{}", self.journal.rows.len()), action))
    }

    /// `invoice <subscription> <id> [paid <money>] [tax <amount>] [from <date> until <date>]`: unpaid, unless said.
    fn invoice(&self, words: &mut Words) -> Result<(String, Action), String> {
        let subscription = self.subscription(words)?;
        let invoice = words.need("an invoice")?;
        let paid = words.flag("paid").then(|| words.money()).transpose()?;
        let tax = words.option("tax")?.map(|text| Amount::parse(&text));
        let tax = tax.transpose().map_err(|error| error.to_string())?;
        let from = moment(words.moment("from")?);
        let until = moment(words.moment("until")?);
        let period = from
            .zip(until)
            .map(|(starts_at, ends_at)| Span { starts_at, ends_at });
        let said = match paid {
            Some(money) => InvoiceSaid::Paid {
                amount: money.amount,
                tax: tax.unwrap_or_default(),
                currency: money.asset.unwrap_or_default(),
            },
            None => InvoiceSaid::Unpaid,
        };
        let news = InvoiceNews {
            subscription,
            invoice,
            period,
            said,
        };
        Ok((news.op(), Action::HearInvoice(news)))
    }

    pub fn change_product(&self, words: &mut Words) -> Result<(String, Action), String> {
        let subscription = self.subscription(words)?;
        let old = words.need("a product")?;
        let new = words.option("to")?.ok_or("`to <product>` is missing")?;
        let action = Action::ChangeProduct {
            subscription,
            product: self.product(&new)?,
            replaces: format!("prod_{old}"),
            prorate: !words.flag("later"),
        };
        Ok((format!("change:{}", self.journal.rows.len()), action))
    }

    // What is seen.

    /// Grants of entitlements are called by the name of the entitlement and a number.
    pub fn learn_grants(&mut self, rows_before: usize) {
        for row in &self.journal.rows[rows_before..] {
            if let Fact::EntitlementGranted { name, grant, .. } = &row.entry.fact {
                let numbers = 1..;
                let mut labels = numbers.map(|number: u32| format!("{name}.{number}"));
                let free = labels.find(|label| !self.grants.contains_key(label));
                self.grants.extend(free.map(|label| (label, *grant)));
            }
        }
    }

    pub fn observe_subscriptions(&self, rows_before: usize, observed: &mut Observed) {
        let mut words: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
        let mut tell = |word, text: String| words.entry(word).or_default().push(text);
        let told = |fee: &FixedFee| format!("{}:{}", fee.price_id, fee.amount);
        for row in &self.journal.rows[rows_before..] {
            match &row.entry.fact {
                Fact::EntitlementGranted {
                    grant,
                    amount,
                    carried,
                    ..
                } => {
                    let label = label_of(&self.grants, *grant);
                    tell("granted", format!("{label}:{amount}"));
                    if carried.is_positive() {
                        tell("carried", carried.to_string());
                    }
                }
                Fact::Subscribed { fees, .. }
                | Fact::SubscriptionRenewed { fees, .. }
                | Fact::MinimumCharged { fees, .. }
                | Fact::SubscriptionChanged { fees, .. } => {
                    fees.iter().for_each(|fee| tell("collected", told(fee)));
                }
                Fact::ProductChanged {
                    credited,
                    charged,
                    taken,
                    ..
                } => {
                    credited.iter().for_each(|fee| tell("credited", told(fee)));
                    charged.iter().for_each(|fee| tell("collected", told(fee)));
                    let taken = taken.iter();
                    taken.for_each(|one| tell("taken", format!("{}:{}", one.name, one.amount)));
                }
                Fact::ProductChangePlanned { planned, .. } => {
                    let date = planned.as_ref().map(|planned| date_of(Some(planned.at)));
                    tell("planned", date.unwrap_or_else(|| "none".into()));
                }
                _ => {}
            }
        }
        let words = words.into_iter();
        observed.extend(words.map(|(word, texts)| (word, texts.join(" "))));
    }

    /// Of a subscription, written as it was asked for: with its name last.
    pub fn observed_subscription(&self, word: &str, wanted: &str) -> Result<String, String> {
        let label = wanted.split(' ').next_back().unwrap_or_default();
        let id = self.subscriptions.get(label).copied().unwrap_or(NOBODY);
        let now = as_of(&self.wallet, self.now());
        let one = now
            .subscription(id)
            .ok_or("there is no such subscription")?;
        let date = date_of;
        let seen = match word {
            "state" => one.status.word().to_owned(),
            "renews" => date(one.renews_at()),
            _ => date(one.grace_until),
        };
        Ok(format!("{seen} {label}"))
    }

    pub fn observed_features(&self) -> String {
        let now = as_of(&self.wallet, self.now());
        let features = now.features().into_iter();
        let told = features.map(|(code, limit)| match limit {
            Some(limit) => format!("{code}:{}", limit.get()),
            None => code.to_owned(),
        });
        told.collect::<Vec<_>>().join(" ")
    }
}
