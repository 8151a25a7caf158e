//! Recharge rules in scenarios: they are set, fire by themselves, and somebody says what became of a charge.

use scrip::engine::calendar::Window;
use scrip::engine::command::{RechargeChange, Said};
use scrip::engine::exchange::ExchangeRate;
use scrip::engine::recharge::{COOLDOWN, Due, Fill, Off, Rule, Step, Wait};
use scrip::engine::recharging::{available, due};
use scrip::engine::*;
use scrip::journal::recharge;
use scrip::wire::recharge::{Paid, note};

use crate::scenario::{Money, Words};
use crate::scenario_observed::Observed;
use crate::scenarios::{START, Stage};

impl Stage {
    /// `recharge <money> at <amount> [target] [in <currency> for <amount>] [daily …] [monthly …] [cooldown <n>] [off]`
    pub fn set_recharge(&mut self, words: &mut Words) -> Result<Action, String> {
        let Money { amount, asset } = words.money()?;
        let asset = self.asset_of(&Money { amount, asset })?;
        let amount_of = |words: &mut Words, name: &str| -> Result<Option<Amount>, String> {
            let text = words.option(name)?;
            let parsed = text.map(|text| Amount::parse(&text)).transpose();
            parsed.map_err(|error| error.to_string())
        };
        let threshold = amount_of(words, "at")?.ok_or("`at <amount>` is missing")?;
        let fill = if words.flag("target") {
            Fill::Target(amount)
        } else {
            Fill::Amount(amount)
        };
        let account = AccountId::default_for(&asset.code);
        let currency = words.option("in")?;
        if let Some(rate) = amount_of(words, "for")? {
            let rate = Some(ExchangeRate::SourcePerUnit(rate));
            self.rates.retain(|(of, _)| *of != account);
            self.rates.push((account.clone(), rate));
        }
        let rule = Rule {
            threshold,
            fill,
            currency: currency.unwrap_or_else(|| asset.code.clone()),
            places: 2,
            payment_method: None,
            daily_limit: amount_of(words, "daily")?,
            monthly_limit: amount_of(words, "monthly")?,
            cooldown: match words.option("cooldown")? {
                Some(text) => text.parse().map_err(|_| "a cooldown is a number")?,
                None => COOLDOWN,
            },
            enabled: !words.flag("off"),
        };
        Ok(Action::Recharge(RechargeChange::Set {
            account,
            asset,
            rule,
        }))
    }

    /// `charged paid|declined|gone|pending [<n>]`: of the intent of this number, or of the last one.
    pub fn charged(&mut self, words: &mut Words) -> Result<Command, String> {
        let what = words.need("what became of it")?;
        let number = words.next().map(|text| text.parse::<usize>());
        let number = number.transpose().map_err(|_| "an intent has a number")?;
        let rows = self.journal.rows.iter().map(|row| &row.entry);
        let is_intent = |entry: &&Entry| {
            let step = match &entry.fact {
                Fact::Recharge { step, .. } => Some(step),
                _ => None,
            };
            matches!(step, Some(Step::Intended(_)))
        };
        let intents: Vec<&Entry> = rows.filter(is_intent).collect();
        let place = number.map_or(intents.len(), |number| number);
        let intent = place.checked_sub(1).and_then(|place| intents.get(place));
        let intent = intent.ok_or("nothing was intended")?;
        let said = match what.as_str() {
            "paid" => {
                let paid = Paid {
                    intent: intent.seq,
                    payment: "pi_1".into(),
                    processor: "simulated".into(),
                };
                let credit = paid.credit(&self.wallet, intent);
                return credit.ok_or_else(|| "it is not credited".to_owned());
            }
            "declined" => Said::Declined {
                code: "card_declined".into(),
                decline_code: None,
                top_up: None,
                finally: false,
            },
            "gone" => Said::Declined {
                code: scrip::engine::recharge::NO_PAYMENT_METHOD.into(),
                decline_code: None,
                top_up: None,
                finally: true,
            },
            "pending" => Said::Pending {
                payment: "pi_1".into(),
            },
            _ => return Err(format!("`{what}` is nothing that becomes of a charge")),
        };
        Ok(note(&self.wallet.customer, intent.seq, said))
    }

    /// Rules fire after every step, as in a wallet's object.
    pub fn fire(&mut self, rows_before: usize, observed: &mut Observed) {
        let now = self.now();
        let written = recharge(&mut self.journal, &mut self.wallet, &self.rates, now);
        assert!(written.is_ok());
        let rows = self.journal.rows[rows_before..].iter();
        for entry in rows.map(|row| &row.entry) {
            let Fact::Recharge { step, .. } = &entry.fact else {
                continue;
            };
            match step {
                Step::Intended(terms) if terms.amount == terms.price => {
                    observed.insert("intends", terms.amount.to_string());
                }
                Step::Intended(terms) => {
                    let told = format!("{} for {}", terms.amount, terms.price);
                    observed.insert("intends", told);
                }
                Step::Deferred { until, because } => {
                    observed.insert("defers", format!("{} {}", moment(*until), because.word()));
                }
                _ => {}
            }
        }
    }

    /// `rule <state>`: of the first asset.
    pub fn observed_rule(&self) -> Result<String, String> {
        let asset = self.asset.clone().ok_or("an asset is missing")?;
        let account = AccountId::default_for(&asset);
        let Some(one) = self.wallet.recharges.get(&account) else {
            return Ok("none".to_owned());
        };
        let now = self.now();
        let there = available(&self.wallet, &account, now);
        let there = there.map_err(|error| error.to_string())?;
        Ok(match due(&self.wallet, one, there, now) {
            Due::Off(off) => format!("off {}", off.map_or("set", Off::word)),
            Due::Charging => "charging".to_owned(),
            Due::Idle => "idle".to_owned(),
            Due::Frozen => "frozen".to_owned(),
            Due::Waits { until, because } => {
                format!("waits {} {}", moment(until), Wait::word(because))
            }
            Due::Now => "due".to_owned(),
        })
    }

    /// `recharged <amount>`: today, of the first asset.
    pub fn observed_recharged(&self) -> Result<String, String> {
        let asset = self.asset.clone().ok_or("an asset is missing")?;
        let one = self.wallet.recharges.get(&AccountId::default_for(&asset));
        let one = one.ok_or("there is no rule")?;
        Ok(one.today.within(Window::Day, self.now()).to_string())
    }
}

fn moment(at: Instant) -> String {
    format!("T{}", (at.micros() - START) / 1_000_000)
}
