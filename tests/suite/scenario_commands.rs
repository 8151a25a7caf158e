//! From a line of a scenario to a declaration or a command. Each verb is an arm.

use std::collections::BTreeSet;

use scrip::engine::calendar::{Period, Window};
use scrip::engine::command::{CreditSource, DebitCause, Metadata};
use scrip::engine::invoice::InvoiceNews;
use scrip::engine::loss::{LossCause, LossChange};
use scrip::engine::price::{
    Basis, Free, Metering, Model, PeriodBound, Pricing, Rounding, RoundingMode, Row, Tier,
    TierBasis, Tiering, UsageType,
};
use scrip::engine::scope::Scope;
use scrip::engine::*;
use scrip::journal::chain::request_digest;
use scrip::wire::{money, usage};

use crate::losses::{invoice_lost, lost_by};
use crate::scenario::{Money, Words, Work};
use crate::scenarios::{START, Stage};

/// The id of what a case names without having made it.
pub const NOBODY: u64 = 999_999;

impl Stage {
    // What a case declares.

    pub fn declare_asset(&mut self, mut words: Words) -> Result<(), String> {
        let code = words.need("an asset")?;
        let precision = words.number()?;
        Asset::new(&code, precision)?;
        self.asset.get_or_insert(code.clone());
        self.precisions.insert(code, precision);
        words.done()
    }

    pub fn declare_product(&mut self, mut words: Words) -> Result<(), String> {
        let code = words.need("a product")?;
        self.catalogue.push(PricedProduct {
            id: format!("prod_{code}"),
            code,
            version: 1,
            prices: Vec::new(),
            ..PricedProduct::default()
        });
        words.done()
    }

    pub fn declare_price(&mut self, mut words: Words) -> Result<(), String> {
        let name = words.need("the price's name")?;
        let event_type = words.need("an event type")?;
        if words
            .peek()
            .is_some_and(|word| Model::WORDS.contains(&word))
        {
            return self.declare_model(name, event_type, words);
        }
        let first = words.amount()?;
        let asset = words.need("an asset")?;
        let second = if words.flag("and") {
            Some(words.amount()?)
        } else {
            None
        };
        let per = match words.option("per")? {
            Some(per) => {
                let per = Amount::parse(&per).map_err(|error| error.to_string())?;
                let field = words.option("of")?;
                Some((per, field.ok_or("`of <field>` is missing")?))
            }
            None => None,
        };
        let basis = match (second, per) {
            (None, None) => Basis::Unit { unit_price: first },
            (None, Some((per, volume_field))) => Basis::Volume {
                volume_field,
                rate: rate(first, per)?,
            },
            (Some(second), Some((per, volume_field))) => Basis::UnitAndVolume {
                unit_price: first,
                volume_field,
                rate: rate(second, per)?,
            },
            (Some(_), None) => return Err("`per <n> of <field>` is missing".into()),
        };
        let asset = self.asset(&asset);
        self.add_price(Price::flat(name.clone(), name, event_type, asset, basis))?;
        words.done()
    }

    fn add_price(&mut self, price: Price) -> Result<(), String> {
        let product = self.catalogue.last_mut();
        product
            .ok_or("a price before its product")?
            .prices
            .push(price);
        Ok(())
    }

    /// A price of any model; its rows and tiers are on the lines that follow.
    fn declare_model(
        &mut self,
        name: String,
        event_type: String,
        mut words: Words,
    ) -> Result<(), String> {
        let model = words.need("a model")?;
        let volume_field = words.option("of")?;
        let basis = words.option("by")?;
        let period = words.peek().and_then(Period::from_word);
        if period.is_some() {
            words.next();
        }
        let across = words.flag("across");
        let dimensions = std::iter::from_fn(|| words.next().filter(|_| across)).collect();
        let tiering = Tiering {
            basis: match basis.as_deref() {
                Some("unit") => TierBasis::Unit,
                _ => TierBasis::Volume,
            },
            period: period.unwrap_or_default(),
        };
        self.add_price(Price {
            id: name.clone(),
            name,
            event_type,
            // The tiers say what is counted.
            usage: UsageType::Volume,
            volume_field,
            model: match model.as_str() {
                "package" => Model::Package,
                "tiered" => Model::Tiered(tiering),
                "bulk" => Model::Bulk(tiering),
                "percentage" => Model::Percentage,
                "cost_plus" => Model::CostPlus,
                _ => Model::Flat,
            },
            dimensions,
            continues: None,
            metering: Metering::default(),
            pricing: Vec::new(),
        })?;
        words.done()
    }

    /// What becomes of the volume of the price above.
    pub fn declare_meter(&mut self, mut words: Words) -> Result<(), String> {
        let mut quantity = |key| -> Result<Option<Quantity>, String> {
            let amount = words.option(key)?.map(|text| Amount::parse(&text));
            let amount = amount.transpose().map_err(|error| error.to_string())?;
            Ok(amount.and_then(Quantity::new))
        };
        let (unit, units, events) = (quantity("unit")?, quantity("units")?, quantity("events")?);
        let word = words.need("a mode or a period")?;
        let prices = self.catalogue.last_mut().map(|one| &mut one.prices);
        let price = prices.and_then(|prices| prices.last_mut());
        let metering = &mut price.ok_or("a meter before its price")?.metering;
        if let Some(mode) = RoundingMode::from_word(&word) {
            let unit = unit.unwrap_or(Quantity::one());
            metering.rounding = Some(Rounding { mode, unit });
        } else {
            metering.free = Some(Free {
                units,
                events,
                period: Period::from_word(&word).ok_or("neither a mode nor a period")?,
            });
        }
        words.done()
    }

    pub fn declare_row(&mut self, mut words: Words) -> Result<(), String> {
        let asset = words.need("an asset")?;
        let asset = self.asset(&asset);
        let mut row = Row::default();
        while let Some((key, value)) = words.peek().and_then(|word| word.split_once('=')) {
            row.dimensions.insert(key.to_owned(), value.to_owned());
            words.next();
        }
        let mut bound = |key| {
            let text = words.option(key)?;
            text.map(|text| Amount::parse(&text).map_err(|error| error.to_string()))
                .transpose()
        };
        row.min_amount = bound("at_least")?;
        row.max_amount = bound("at_most")?;
        let (least, most) = (bound("least")?, bound("most")?);
        let period = words.peek().and_then(Period::from_word);
        let of_period = |amount: Option<Amount>| {
            let (amount, period) = amount.zip(period)?;
            Some(PeriodBound { amount, period })
        };
        let (min_per_period, max_per_period) = (of_period(least), of_period(most));
        if period.is_some() {
            words.next();
        }
        let prices = self.catalogue.last_mut().map(|one| &mut one.prices);
        let price = prices.and_then(|prices| prices.last_mut());
        let pricing = &mut price.ok_or("a row before its price")?.pricing;
        match pricing.iter_mut().find(|one| one.asset == asset) {
            Some(known) => known.rows.push(row),
            None => pricing.push(Pricing {
                asset,
                max_per_period,
                min_per_period,
                rows: vec![row].into(),
            }),
        }
        words.done()
    }

    pub fn declare_tier(&mut self, mut words: Words) -> Result<(), String> {
        let quantity = |text: Option<String>| -> Result<Option<Quantity>, String> {
            let amount = text.map(|text| Amount::parse(&text).map_err(|error| error.to_string()));
            Ok(amount.transpose()?.and_then(Quantity::new))
        };
        let up_to = quantity(words.option("up_to")?)?;
        let flat_amount = quantity(words.option("flat")?)?.map(Quantity::get);
        let first = words.amount()?;
        let second = if words.flag("and") {
            Some(words.amount()?)
        } else {
            None
        };
        let per = quantity(words.option("per")?)?;
        let prices = self.catalogue.last_mut().map(|one| &mut one.prices);
        let price = prices.and_then(|prices| prices.last_mut());
        let price = price.ok_or("a tier before its price")?;
        let (unit_price, of_volume) = match (second, price.volume_name()) {
            (Some(second), _) => (Some(first), Some(second)),
            (None, Some(_)) => (None, Some(first)),
            (None, None) => (Some(first), None),
        };
        price.usage = match (unit_price, of_volume) {
            (Some(_), Some(_)) => UsageType::UnitAndVolume,
            (Some(_), None) => UsageType::Unit,
            (None, _) => UsageType::Volume,
        };
        let hundred = Amount::parse("100").expect("an amount");
        let rate_of = |amount: Amount| match price.model {
            Model::Percentage => rate(amount, hundred),
            Model::CostPlus => rate(amount.plus(hundred).expect("in range"), hundred),
            _ => rate(amount, per.unwrap_or(Quantity::one()).get()),
        };
        let tier = Tier {
            name: None,
            up_to,
            flat_amount,
            unit_price,
            rate: of_volume.map(rate_of).transpose()?,
        };
        let rows = price.pricing.last_mut().map(|one| &mut one.rows);
        let row = rows.and_then(|rows| rows.last_mut());
        row.ok_or("a tier before its row")?.tiers.push(tier);
        words.done()
    }

    fn asset(&mut self, code: &str) -> Asset {
        self.asset.get_or_insert(code.to_owned());
        let precision = self.precisions.get(code).copied().unwrap_or(12);
        Asset {
            code: code.to_owned(),
            precision,
        }
    }

    pub fn asset_of(&mut self, money: &Money) -> Result<Asset, String> {
        let code = money.asset.clone().or_else(|| self.asset.clone());
        Ok(self.asset(&code.ok_or("an asset is missing")?))
    }

    // From a line to a command.

    pub fn command(&mut self, mut words: Words) -> Result<(Command, Option<String>), String> {
        let verb = words.need("a verb")?;
        let mut label = (verb == "charged").then(|| "recharge".to_owned());
        let (op, action) = match verb.as_str() {
            "open" => {
                let customer = words.next().unwrap_or_else(|| "acme".into());
                (format!("open:{customer}"), open(&customer))
            }
            "subscribe" => {
                let (name, op, action) = self.subscribe(&mut words)?;
                label = Some(name);
                (op, action)
            }
            "credit" => {
                let grant = words.need("a grant")?;
                label = Some(grant.clone());
                (format!("credit:{grant}"), self.credit(&grant, &mut words)?)
            }
            "authorize" => {
                let hold = words.need("a hold")?;
                label = Some(hold.clone());
                (format!("authorize:{hold}"), self.authorize(&mut words)?)
            }
            "extend" => {
                let hold = self.hold(&mut words)?;
                let id = words.need("an id")?;
                let work = words.work()?;
                let action = Action::ExtendHold {
                    hold,
                    ask: work.map(|work| self.ask(work)).transpose()?,
                    on_unpriced: on_unpriced(&mut words),
                    seconds: words.seconds()?,
                };
                (format!("hold:{hold}:extend:{id}"), action)
            }
            "capture" => {
                let hold = self.hold(&mut words)?;
                let part = words.option("part")?;
                let settle = match words.work()? {
                    None => Settle::Everything,
                    Some(Work::Money(Money { amount, asset })) => Settle::Amount { asset, amount },
                    Some(Work::Usage(events)) => Settle::Usage(events),
                };
                let closes = part.is_none();
                let op = part.map_or_else(
                    || hold_end_op(hold),
                    |part| format!("hold:{hold}:capture:{part}"),
                );
                let action = Action::CaptureHold {
                    hold,
                    settle,
                    closes,
                };
                (op, action)
            }
            "release" => {
                let hold = self.hold(&mut words)?;
                let reason = words.option("because")?;
                (hold_end_op(hold), Action::ReleaseHold { hold, reason })
            }
            "event" => {
                let id = words.need("an id")?;
                let mut event = words.usage()?;
                event.id = Some(id.clone());
                event.subject = words.option("about")?;
                (format!("event:{id}"), Action::RecordUsage { event })
            }
            "charge" | "deduct" => {
                let id = words.need("an id")?;
                (format!("{verb}:{id}"), self.debit(&verb, &mut words)?)
            }
            "void" => {
                let label = words.need("a grant")?;
                let grant = self.grants.get(&label).copied().unwrap_or(NOBODY);
                let accounts = self.wallet.accounts.iter();
                let mut own = accounts.filter(|(_, one)| one.grants.get(grant).is_some());
                let account = own.next().map(|(id, _)| id.clone());
                let action = Action::VoidGrant {
                    account: account.unwrap_or_else(|| AccountId::default_for("USD")),
                    grant,
                    reason: words.option("because")?,
                };
                (format!("grant:{grant}:void"), action)
            }
            "reverse" => {
                let kind = words.need("charge, event or capture")?;
                let label = words.need("an id")?;
                self.reversal(&kind, &label)?
            }
            "bill" => self.pricing(&mut words)?,
            "tax" => {
                let payment = words.need("a grant")?;
                let money = words.money()?;
                let account = AccountId::default_for(&self.asset_of(&money)?.code);
                let op = format!("tax:{payment}");
                let action = Action::ExcludeTax {
                    grant: self.grants.get(&payment).copied().unwrap_or(NOBODY),
                    payment,
                    account,
                    tax: money.amount,
                };
                (op, action)
            }
            _ => self.setting(&verb, &mut words)?,
        };
        words.done()?;
        Ok((command(op, action), label))
    }

    /// A refund or a dispute, or its end, of the payment that made the grants.
    fn loss(&mut self, verb: &str, words: &mut Words) -> Result<(String, Action), String> {
        let (cause, end) = match verb {
            "refund" => (LossCause::Refunded, ""),
            "refund_fails" => (LossCause::RefundFailed, ":failed"),
            "dispute" => (LossCause::FundsWithdrawn, ""),
            _ => (LossCause::FundsReinstated, ":reinstated"),
        };
        let id = words.need("an id")?;
        let money = words.money()?;
        let labels = words.option("of")?.ok_or("`of <grant>` is missing")?;
        let paid = words.option("paid")?.map(|text| Amount::parse(&text));
        let paid = paid.transpose().map_err(|error| error.to_string())?;
        let invoice = InvoiceNews::paid_op(&labels);
        let mut rows = self.journal.rows.iter();
        let change = match rows.find(|row| row.entry.op == invoice) {
            Some(row) => invoice_lost(&self.journal, &self.wallet, &row.entry),
            None => {
                let ops = labels.split('+').map(|one| format!("credit:{one}"));
                lost_by(&self.journal.rows, &ops.collect::<Vec<_>>(), paid)
            }
        };
        let change = change.ok_or("nothing was credited")?;
        let currency = self.asset_of(&money)?.code;
        let action = Action::ChangeLoss(LossChange {
            cause,
            id: id.clone(),
            amount: money.amount,
            currency,
            ..change
        });
        let kind = verb.split('_').next().unwrap_or_default();
        Ok((format!("{kind}:{id}{end}"), action))
    }

    /// Commands that set something. No two lines are one operation, unless they name one.
    fn setting(&mut self, verb: &str, words: &mut Words) -> Result<(String, Action), String> {
        let op = format!("{verb}:{}", self.journal.rows.len());
        let action = match verb {
            "overdraft" => {
                let Money { amount, asset } = words.money()?;
                let asset = self.asset_of(&Money { amount, asset })?;
                let account = words.option("in")?;
                Action::SetOverdraft {
                    account: AccountId::new(account.as_deref().unwrap_or("default"), &asset.code),
                    asset,
                    limit: amount,
                }
            }
            "budget" => {
                let (preset, precision) = self.preset(words)?;
                Action::SetBudget {
                    code: preset.code,
                    precision,
                    terms: preset.terms,
                    anchored_to: None,
                }
            }
            "account" => return self.change_presets(words),
            "recharge" => self.set_recharge(words)?,
            "charged" => {
                let Command { op, action, .. } = self.charged(words)?;
                return Ok((op, action));
            }
            "drop" => Action::RemoveBudget {
                code: words.need("a budget")?,
            },
            "settings" => {
                let op = format!("settings:{}", words.need("an id")?);
                let late_events_days = words.number()?;
                return Ok((op, Action::ChangeSettings { late_events_days }));
            }
            "activate" | "deactivate" | "cancel" | "resume" | "invoice" => {
                return self.change_subscription(verb, words);
            }
            "change" => return self.change_product(words),
            "refund" | "refund_fails" | "dispute" | "dispute_returns" => {
                return self.loss(verb, words);
            }
            "freeze" | "unfreeze" => return Ok(freeze(verb, words.next(), op)),
            _ => return Err(format!("`{verb}` is no verb")),
        };
        Ok((op, action))
    }

    fn authorize(&mut self, words: &mut Words) -> Result<Action, String> {
        let work = words.work()?.ok_or("an amount or usage is missing")?;
        Ok(Action::Authorize {
            ask: self.ask(work)?,
            on_insufficient: if words.flag("cap") {
                OnInsufficient::Cap
            } else {
                OnInsufficient::Deny
            },
            on_unpriced: on_unpriced(words),
            seconds: words.seconds()?.unwrap_or(hold::DEFAULT_SECONDS),
            subject: words.option("about")?,
        })
    }

    /// The account's one budget for all of its customers, or none.
    fn change_presets(&mut self, words: &mut Words) -> Result<(String, Action), String> {
        let op = format!("account:{}", words.need("an id")?);
        let preset = words.peek().is_some().then(|| self.preset(words));
        let preset = preset.transpose()?.map(|(preset, _)| preset);
        let budgets = preset.into_iter().collect();
        Ok((op, Action::ChangePresets { budgets }))
    }

    /// A budget's code and what it asks; and the precision of its asset.
    pub fn preset(&mut self, words: &mut Words) -> Result<(budget::Preset, u32), String> {
        let code = words.need("a budget")?;
        let money = words.money()?;
        let asset = self.asset_of(&money)?;
        let terms = budget::Terms {
            name: None,
            asset: asset.code,
            limit: money.amount,
            window: window(words)?,
            each: words.option("each")?,
            anchor: moment(words.moment("from")?),
            warn_only: words.flag("warn"),
            thresholds: percents(words.option("at")?)?,
            about: about(words)?,
        };
        Ok((budget::Preset { code, terms }, asset.precision))
    }

    pub fn product(&self, code: &str) -> Result<PricedProduct, String> {
        let (own, version) = code.split_once('.').unwrap_or((code, "1"));
        let mut all = self.catalogue.iter();
        let found = all.find(|one| one.code == own && one.version.to_string() == version);
        found.cloned().ok_or_else(|| format!("no product {code}"))
    }

    fn hold(&self, words: &mut Words) -> Result<u64, String> {
        let label = words.need("a hold")?;
        Ok(self.holds.get(&label).copied().unwrap_or(NOBODY))
    }

    fn ask(&mut self, work: Work) -> Result<Ask, String> {
        Ok(match work {
            Work::Usage(events) => Ask::Usage(events),
            Work::Money(money) => Ask::Amount {
                asset: self.asset_of(&money)?.code,
                amount: money.amount,
            },
        })
    }

    fn credit(&mut self, grant: &str, words: &mut Words) -> Result<Action, String> {
        let money = words.money()?;
        let asset = self.asset_of(&money)?;
        let purpose = match words.peek() {
            Some("promotion") => Purpose::Promotion,
            Some("bundled") => Purpose::Bundled,
            _ => Purpose::Paid,
        };
        let _ = words.flag("promotion") || words.flag("bundled") || words.flag("paid");
        let account = words.option("in")?;
        let source = match purpose {
            Purpose::Paid => CreditSource::Payment {
                payment: grant.to_owned(),
                event: format!("evt_{grant}"),
                tax_known: false,
                paid: None,
            },
            Purpose::Promotion | Purpose::Bundled => CreditSource::Adjustment {
                reason: "gift".into(),
            },
        };
        Ok(Action::Credit(Credit {
            account: AccountId::new(account.as_deref().unwrap_or("default"), &asset.code),
            asset,
            amount: money.amount,
            purpose,
            effective_at: moment(words.moment("from")?),
            expires_at: moment(words.moment("until")?),
            scope: Scope {
                event_types: several(words.option("only")?),
                products: several(words.option("within")?),
            },
            source,
            description: words.option("because")?,
            metadata: Metadata::new(),
        }))
    }

    fn debit(&mut self, verb: &str, words: &mut Words) -> Result<Action, String> {
        let money = words.money()?;
        let asset = self.asset_of(&money)?;
        let account = words.option("in")?;
        let cause = if verb == "charge" {
            DebitCause::Charge
        } else {
            let reason = words.option("because")?;
            let reason = reason.unwrap_or_else(|| "mistake".into());
            DebitCause::Adjustment { reason }
        };
        let named = words.option("of")?;
        let named = named.map(|label| self.grants.get(&label).copied().unwrap_or(NOBODY));
        Ok(Action::Debit(Debit {
            account: AccountId::new(account.as_deref().unwrap_or("default"), &asset.code),
            asset,
            amount: money.amount,
            cause,
            subject: words.option("about")?,
            description: None,
            metadata: Metadata::new(),
            maths: scrip::engine::usage::Maths::default(),
            grant: named,
        }))
    }

    /// Takes back what a line of the case has charged, as the wallet's object does.
    fn reversal(&self, kind: &str, label: &str) -> Result<(String, Action), String> {
        let entry = self.recorded(kind, label)?;
        let command = money::reverse(entry, self.lots(), None);
        Ok((command.op, command.action))
    }

    /// Prices usage later that a line of the case has recorded.
    fn pricing(&self, words: &mut Words) -> Result<(String, Action), String> {
        let kind = words.need("event or capture")?;
        let label = words.need("an id")?;
        let place = words.option("place")?;
        let place = place.map_or(Ok(0), |place| place.parse());
        let place = place.map_err(|_| "`place` needs a number")?;
        let known = if words.flag("with") {
            let UsageEvent { data, costs, .. } = words.usage()?;
            usage::Known { data, costs }
        } else {
            usage::Known::default()
        };
        let entry = self.recorded(&kind, &label)?;
        let lots = self.lots();
        let command = usage::price(entry, place, &known, None, lots);
        let command = command.ok_or("there is no such event")?;
        Ok((command.op, command.action))
    }

    /// The last entry of a line of the case that charged.
    fn recorded(&self, kind: &str, label: &str) -> Result<&Entry, String> {
        let mut rows = self.journal.rows.iter().map(|row| &row.entry);
        let hold = self.holds.get(label);
        let named = |entry: &&Entry| match kind {
            "capture" => {
                let captured = matches!(entry.fact, Fact::HoldCaptured { .. });
                captured && entry.fact.hold().as_ref() == hold
            }
            _ => entry.op == format!("{kind}:{label}"),
        };
        rows.rfind(named)
            .ok_or_else(|| format!("there is no {kind} {label}"))
    }

    /// All grants as they were made.
    fn lots(&self) -> Vec<(AccountId, Grant)> {
        let rows = self.journal.rows.iter();
        rows.flat_map(|row| row.entry.opened()).collect()
    }
}

/// The platform's setting, which no request can claim.
fn on_unpriced(words: &mut Words) -> OnUnpriced {
    if words.flag("unpriced") {
        OnUnpriced::Allow
    } else {
        OnUnpriced::Deny
    }
}

fn rate(amount: Amount, per: Amount) -> Result<Rate, String> {
    let rate = Quantity::new(per).and_then(|per| Rate::new(amount, per));
    rate.ok_or("a rate is not negative and divides by more than zero".into())
}

pub fn several(words: Option<String>) -> BTreeSet<String> {
    let words = words.unwrap_or_default();
    let words = words.split('|').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// `day`, or `rolling 5h`.
fn window(words: &mut Words) -> Result<Window, String> {
    let word = words.need("a window")?;
    if word != "rolling" {
        return Window::from_word(&word).ok_or_else(|| format!("`{word}` is no window"));
    }
    let length = words.need("the length of a rolling window")?;
    let hours = length
        .strip_suffix('h')
        .and_then(|hours| hours.parse().ok());
    let hours: u32 = hours.ok_or_else(|| format!("`{length}` is no length"))?;
    let seconds = hours * 3_600;
    Ok(Window::Rolling { seconds })
}

/// The thresholds of a budget: `at 50,80,100`.
fn percents(words: Option<String>) -> Result<Vec<u8>, String> {
    let words = words.unwrap_or_default();
    let words = words.split(',').filter(|word| !word.is_empty());
    words
        .map(|word| {
            word.parse()
                .map_err(|_| format!("`{word}` is no percentage"))
        })
        .collect()
}

/// A moment as seconds from T0.
fn moment(seconds: Option<i64>) -> Option<Instant> {
    seconds.map(|seconds| Instant::from_micros(START + seconds * 1_000_000))
}

/// What a budget is about: `on subject=run_7 type=chat model=large`.
fn about(words: &mut Words) -> Result<budget::Match, String> {
    let mut about = budget::Match::default();
    if !words.flag("on") {
        return Ok(about);
    }
    while let Some(word) = words.next() {
        let (field, value) = word.split_once('=').ok_or("`<field>=<value>` is missing")?;
        let value = value.to_owned();
        match field {
            "subject" => about.subject = Some(value),
            "type" => about.event_type = Some(value),
            "product" => about.product = Some(value),
            _ => _ = about.data.insert(field.to_owned(), value),
        }
    }
    Ok(about)
}

fn open(customer: &str) -> Action {
    Action::OpenWallet {
        wallet: format!("acct:test:{customer}"),
        customer: customer.to_owned(),
    }
}

/// By hand, or by a dispute.
fn freeze(verb: &str, dispute: Option<String>, op: String) -> (String, Action) {
    let cause = match dispute {
        Some(_) => freeze::FreezeCause::Dispute,
        None => freeze::FreezeCause::Manual,
    };
    let op = match &dispute {
        Some(id) => format!("{verb}:{id}"),
        None => op,
    };
    let change = freeze::FreezeChange {
        frozen: verb == "freeze",
        cause,
        id: dispute,
        payment: None,
        reason: None,
    };
    (op, Action::Freeze(change))
}

/// The command under its id; two lines that say the same are the same request.
fn command(op: String, action: Action) -> Command {
    let asked = serde_json::to_string(&action).expect("JSON");
    let request = request_digest(&[&asked]);
    Command {
        op,
        request,
        action,
    }
}

/// The same command so many times, each under an id, a code and a subject of its own.
pub fn repeated(one: &(Command, Option<String>), times: u32) -> Vec<(Command, Option<String>)> {
    let numbered = |number| {
        let (mut command, label) = one.clone();
        let op = format!("{}.{number}", command.op);
        match &mut command.action {
            Action::SetBudget { code, .. } => code.push_str(&format!(".{number}")),
            Action::Subscribe { products, .. } => {
                for product in products {
                    product.code.push_str(&format!(".{number}"));
                }
            }
            Action::Debit(Debit {
                subject: Some(subject),
                ..
            }) => subject.push_str(&format!(".{number}")),
            _ => {}
        }
        (
            Command { op, ..command },
            label.map(|label| format!("{label}.{number}")),
        )
    };
    (1..=times).map(numbered).collect()
}
