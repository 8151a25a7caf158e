//! The rule that a request sets.

use serde::{Deserialize, Serialize};

use crate::engine::command::RechargeChange;
use crate::engine::exchange::ExchangeRate;
use crate::engine::recharge::{COOLDOWN, Fill, MAX_COOLDOWN, MIN_COOLDOWN, Rule};
use crate::engine::{AccountId, Action, Amount, Asset, Command};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::limits::operation_id;
use crate::wire::problem::Problem;
use crate::wire::request::{above_zero, command, not_negative, read};

/// What only the directory knows of a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// Decimal places of the asset.
    pub precision: u32,
    /// In how many the currency is paid.
    pub places: u32,
    /// The asset's rate in the currency, at the moment of the call; none where it is the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<ExchangeRate>,
}

/// `PUT …/wallet/recharge/{asset}`.
///
/// ```json
/// { "threshold": "10", "amount": "50", "currency": "USD", "payment_method": "pmt_…",
///   "daily_limit": "200", "monthly_limit": "1000", "cooldown": 600, "enabled": true }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRecharge {
    /// The operation id of the command.
    op: String,
    pub account: AccountId,
    threshold: Amount,
    fill: Fill,
    /// In capitals.
    pub currency: String,
    pub payment_method: Option<String>,
    daily_limit: Option<Amount>,
    monthly_limit: Option<Amount>,
    cooldown: u32,
    enabled: bool,
}

impl NewRecharge {
    /// # Errors
    /// As [`read`].
    pub fn read(
        body: &str,
        asset: &str,
        key: Option<&str>,
        request_id: &str,
    ) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let op = operation_id(object, "recharge_rule", key, request_id, errors);
            let threshold = not_negative(object, "threshold", errors);
            let fill = fill(object, threshold, errors);
            let currency = object.code("currency", errors);
            let payment_method = object.text("payment_method", MAX_ID, errors);
            let daily_limit = above_zero(object, "daily_limit", errors);
            let monthly_limit = above_zero(object, "monthly_limit", errors);
            let cooldown = object.whole("cooldown", MIN_COOLDOWN..=MAX_COOLDOWN, errors);
            let enabled = object.flag("enabled", errors);
            Some(Self {
                op,
                account: AccountId::default_for(asset),
                threshold: threshold?,
                fill: fill?,
                currency: currency.map_or_else(|| asset.to_owned(), |one| one.to_ascii_uppercase()),
                payment_method,
                daily_limit,
                monthly_limit,
                cooldown: cooldown.unwrap_or(COOLDOWN),
                enabled: enabled.unwrap_or(true),
            })
        })
    }

    /// Whether what is paid is also what is credited.
    #[must_use]
    pub fn is_in_kind(&self) -> bool {
        self.account.asset == self.currency
    }

    /// The rule, once it is known what its asset and its currency are.
    ///
    /// # Errors
    /// `validation_failed` for amounts that could not be paid, and for a limit that would let no recharge
    /// through.
    pub fn rule(&self, given: &Given) -> Result<Rule, Problem> {
        let mut errors = Errors::default();
        let (asset, currency) = (&self.account.asset, &self.currency);
        if !self.is_in_kind() && given.rate.is_none() {
            let sentence = format!("has no rate for {asset} now; add one to the asset");
            errors.add("currency", format!("{currency} {sentence}"));
        }
        let places = if self.is_in_kind() {
            given.precision.min(given.places)
        } else {
            given.precision
        };
        let (field, fill) = match self.fill {
            Fill::Amount(amount) => ("amount", amount),
            Fill::Target(target) => ("target", target),
        };
        let precise = format!("must have at most {places} decimal places");
        if fill.places() > places {
            errors.add(field, precise);
        }
        if self.threshold.places() > given.precision {
            let precision = given.precision;
            let sentence = format!("must have at most {precision} decimal places");
            errors.add("threshold", sentence);
        }
        let price = self.least_price(given);
        for (field, limit) in [
            ("daily_limit", self.daily_limit),
            ("monthly_limit", self.monthly_limit),
        ] {
            let Some(limit) = limit else { continue };
            if limit.places() > given.places {
                let places = given.places;
                let sentence = format!("must have at most {places} decimal places");
                errors.add(field, sentence);
            } else if price.is_some_and(|price| price > limit) {
                let sentence = "must not be less than one recharge costs";
                errors.add(field, sentence);
            }
        }
        let rule = Rule {
            threshold: self.threshold,
            fill: self.fill,
            currency: self.currency.clone(),
            places: given.places,
            payment_method: self.payment_method.clone(),
            daily_limit: self.daily_limit,
            monthly_limit: self.monthly_limit,
            cooldown: self.cooldown,
            enabled: self.enabled,
        };
        Ok(errors.check(Some(rule))?)
    }

    /// What the smallest recharge costs, at the rate of now; none where any amount is one.
    fn least_price(&self, given: &Given) -> Option<Amount> {
        let Fill::Amount(amount) = self.fill else {
            return None;
        };
        match given.rate {
            Some(rate) => rate.least_payment(amount, given.places).ok(),
            None => Some(amount),
        }
    }

    /// The command that sets the rule.
    ///
    /// # Errors
    /// As [`NewRecharge::rule`].
    pub fn command(&self, given: &Given) -> Result<Command, Problem> {
        let action = Action::Recharge(RechargeChange::Set {
            account: self.account.clone(),
            asset: Asset {
                code: self.account.asset.clone(),
                precision: given.precision,
            },
            rule: self.rule(given)?,
        });
        Ok(command(self.op.clone(), action))
    }
}

/// `amount` or `target`, one of both.
fn fill(object: &Object<'_>, threshold: Option<Amount>, errors: &mut Errors) -> Option<Fill> {
    let amount = above_zero(object, "amount", errors);
    let target = above_zero(object, "target", errors);
    match (
        object.get("amount").is_some(),
        object.get("target").is_some(),
    ) {
        (true, true) => {
            errors.add("target", "must be left out where there is an amount");
            None
        }
        (false, false) => {
            errors.add("amount", "is required, or a target instead");
            None
        }
        (true, false) => amount.map(Fill::Amount),
        (false, true) => {
            if target.zip(threshold).is_some_and(|(to, from)| to <= from) {
                errors.add("target", "must be above the threshold");
            }
            target.map(Fill::Target)
        }
    }
}
