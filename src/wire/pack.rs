//! What is offered for top-ups: packs, the least and the most of a free amount, and what comes on top.

use serde::{Deserialize, Serialize};

use crate::engine::{AccountId, Amount};

use super::ids::MAX_ID;
use super::json::{Errors, Object};
use super::problem::Problem;
use super::request::{above_zero, read};
use super::topup::NewTopUp;

/// Most packs, ranges and bonuses of one side of an account.
pub const MAX_OFFERS: usize = 50;

/// `PUT /v1/accounts/self/packs`.
///
/// ```json
/// { "packs": [{ "code": "starter", "name": "Starter", "amount": "20", "currency": "USD", "asset": "CREDITS",
///               "bonus": "100" }],
///   "free_amounts": [{ "currency": "USD", "min": "5", "max": "500" }],
///   "bonuses": [{ "currency": "USD", "asset": "USD", "from": "50", "bonus": "5" }] }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Offers {
    pub packs: Vec<Pack>,
    pub free_amounts: Vec<FreeAmount>,
    pub bonuses: Vec<Bonus>,
}

/// An amount with a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pack {
    /// By which a top-up names it.
    pub code: String,
    /// As people call it.
    pub name: String,
    /// What is paid.
    pub amount: Amount,
    pub currency: String,
    /// What is filled; what it costs is said by its rate.
    pub asset: String,
    /// What comes on top, in units of the asset; instead of what the amount would bring.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonus: Option<Amount>,
}

/// How much may be paid without a pack, both included.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FreeAmount {
    pub currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Amount>,
}

/// What comes on top from an amount on, until the next one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Bonus {
    pub currency: String,
    pub asset: String,
    pub from: Amount,
    /// In units of the asset.
    pub bonus: Amount,
}

impl Offers {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let packs = items(object, "packs", errors, pack);
            let free_amounts = items(object, "free_amounts", errors, free_amount);
            let bonuses = items(object, "bonuses", errors, bonus);
            let offers = Self {
                packs: packs?,
                free_amounts: free_amounts?,
                bonuses: bonuses?,
            };
            offers.check_twice(errors);
            Some(offers)
        })
    }

    /// Two of one name would leave open which one counts.
    fn check_twice(&self, errors: &mut Errors) {
        for (place, pack) in self.packs.iter().enumerate() {
            if self
                .packs
                .iter()
                .take(place)
                .any(|one| one.code == pack.code)
            {
                errors.add(
                    &format!("packs[{place}].code"),
                    "is the code of another pack",
                );
            }
        }
        for (place, free) in self.free_amounts.iter().enumerate() {
            let mut before = self.free_amounts.iter().take(place);
            if before.any(|one| one.currency == free.currency) {
                let path = format!("free_amounts[{place}].currency");
                errors.add(&path, "is the currency of another one");
            }
        }
        for (place, bonus) in self.bonuses.iter().enumerate() {
            let key = |one: &Bonus| (one.currency.clone(), one.asset.clone(), one.from);
            if self
                .bonuses
                .iter()
                .take(place)
                .any(|one| key(one) == key(bonus))
            {
                errors.add(
                    &format!("bonuses[{place}].from"),
                    "is where another bonus begins",
                );
            }
        }
    }

    /// Everything that is paid, with the path by which it was said.
    #[must_use]
    pub fn paid(&self) -> Vec<(String, &str, Amount)> {
        let packs = self.packs.iter().enumerate();
        let packs = packs.map(|(place, pack)| {
            (
                format!("packs[{place}]"),
                pack.currency.as_str(),
                pack.amount,
            )
        });
        packs.collect()
    }

    /// What comes on top, with the path by which it was said and its asset.
    #[must_use]
    pub fn on_top(&self) -> Vec<(String, &str, Amount)> {
        let packs = self.packs.iter().enumerate().filter_map(|(place, pack)| {
            Some((format!("packs[{place}]"), pack.asset.as_str(), pack.bonus?))
        });
        let bonuses = self.bonuses.iter().enumerate();
        let bonuses = bonuses
            .map(|(place, one)| (format!("bonuses[{place}]"), one.asset.as_str(), one.bonus));
        packs.chain(bonuses).collect()
    }

    /// The assets that they are about, with the path by which each was said.
    #[must_use]
    pub fn assets(&self) -> Vec<(String, &str)> {
        let packs = self.packs.iter().enumerate();
        let packs =
            packs.map(|(place, pack)| (format!("packs[{place}].asset"), pack.asset.as_str()));
        let bonuses = self.bonuses.iter().enumerate();
        let bonuses =
            bonuses.map(|(place, one)| (format!("bonuses[{place}].asset"), one.asset.as_str()));
        packs.chain(bonuses).collect()
    }

    /// The pack of a name.
    ///
    /// # Errors
    /// `validation_failed` where there is none.
    pub fn pack(&self, code: &str) -> Result<&Pack, Problem> {
        let none = || Problem::field("pack", format!("is none that this account offers: {code}"));
        self.packs
            .iter()
            .find(|pack| pack.code == code)
            .ok_or_else(none)
    }

    /// Whether so much may be paid without a pack.
    ///
    /// # Errors
    /// `validation_failed` with the least or the most.
    pub fn check(&self, new: &NewTopUp) -> Result<(), Problem> {
        let mut ranges = self.free_amounts.iter();
        // A pack has its own amount, so the range of what is free must not forbid it.
        let range = ranges.find(|one| one.currency == new.currency && new.pack.is_none());
        let Some(FreeAmount { min, max, currency }) = range else {
            return Ok(());
        };
        let wrong = |word: &str, bound: &Amount| {
            Problem::field("amount", format!("must be at {word} {bound} {currency}"))
        };
        match (min, max) {
            (Some(min), _) if new.amount < *min => Err(wrong("least", min)),
            (_, Some(max)) if new.amount > *max => Err(wrong("most", max)),
            _ => Ok(()),
        }
    }

    /// What comes on top of a top-up: of its pack, or of the highest amount that it reaches.
    #[must_use]
    pub fn bonus(&self, new: &NewTopUp) -> Amount {
        let pack = new.pack.as_ref().and_then(|code| self.pack(code).ok());
        // A pack says the whole of what it brings: the steps would otherwise come on top of it a second time.
        if let Some(bonus) = pack.and_then(|pack| pack.bonus) {
            return bonus;
        }
        let reached = self.bonuses.iter().filter(|one| {
            one.currency == new.currency && one.asset == new.account.asset && one.from <= new.amount
        });
        // Only the highest step counts, because each step says the whole bonus and not what it adds.
        let highest = reached.max_by_key(|one| one.from);
        highest.map_or(Amount::ZERO, |one| one.bonus)
    }
}

impl Pack {
    /// A top-up with what its pack says.
    #[must_use]
    pub fn fill(&self, new: NewTopUp) -> NewTopUp {
        NewTopUp {
            amount: self.amount,
            currency: self.currency.clone(),
            account: AccountId::default_for(&self.asset),
            ..new
        }
    }
}

fn items<T>(
    object: &Object<'_>,
    name: &'static str,
    errors: &mut Errors,
    read: impl Fn(&Object<'_>, &mut Errors) -> Option<T>,
) -> Option<Vec<T>> {
    // A list that is not there is an empty one: the offers are set as a whole, so nothing of before would stay.
    if object.get(name).is_none() {
        return Some(Vec::new());
    }
    let items = object.objects(name, MAX_OFFERS, errors)?;
    let read: Vec<Option<T>> = items.iter().map(|item| read(item, errors)).collect();
    read.into_iter().collect()
}

fn currency(object: &Object<'_>, errors: &mut Errors) -> Option<String> {
    let code = object.code("currency", errors);
    let code = object.require("currency", code, errors)?;
    // Stripe writes currencies small and people write them either way; kept in one form they can be compared.
    Some(code.to_ascii_uppercase())
}

fn pack(object: &Object<'_>, errors: &mut Errors) -> Option<Pack> {
    let code = object.code("code", errors);
    let code = object.require("code", code, errors);
    let name = object.text("name", MAX_ID, errors);
    let amount = above_zero(object, "amount", errors);
    let amount = object.require("amount", amount, errors);
    let currency = currency(object, errors);
    let asset = object.code("asset", errors);
    // A bonus of zero would read as an offer and give nothing, so it must be above zero or left out.
    let bonus = above_zero(object, "bonus", errors);
    let (code, currency) = (code?, currency?);
    Some(Pack {
        name: name.unwrap_or_else(|| code.clone()),
        code,
        amount: amount?,
        asset: asset.unwrap_or_else(|| currency.clone()),
        currency,
        bonus,
    })
}

fn free_amount(object: &Object<'_>, errors: &mut Errors) -> Option<FreeAmount> {
    let currency = currency(object, errors);
    let min = above_zero(object, "min", errors);
    let max = above_zero(object, "max", errors);
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        errors.add(&object.path_of("max"), "must not be below min");
        return None;
    }
    Some(FreeAmount {
        currency: currency?,
        min,
        max,
    })
}

fn bonus(object: &Object<'_>, errors: &mut Errors) -> Option<Bonus> {
    let currency = currency(object, errors);
    let asset = object.code("asset", errors);
    let from = above_zero(object, "from", errors);
    let from = object.require("from", from, errors);
    let bonus = above_zero(object, "bonus", errors);
    let bonus = object.require("bonus", bonus, errors);
    let currency = currency?;
    Some(Bonus {
        asset: asset.unwrap_or_else(|| currency.clone()),
        currency,
        from: from?,
        bonus: bonus?,
    })
}
