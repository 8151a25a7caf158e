//! The largest volume of one field that an authorization would let pass.
//!
//! ```text
//! passes(v)  = an authorization of the event with that volume is approved
//! volume     = the largest v up to `most` that passes, in steps of 10^-places
//! limited_by = what one step more would be denied for
//! ```
//!
//! It is asked of the code that authorizes and found by halving: within a stretch more volume never costs less. Every
//! model is one stretch but bulk by volume, where a tier may be cheaper than the one below; there each tier is a
//! stretch, and the highest is tried first.

use serde::Serialize;
use serde_json::Value;

use crate::engine::price::{Circumstances, Model, TierBasis, quote};
use crate::engine::usage::Datum;
use crate::engine::{Amount, amount::MAX_PLACES};
use crate::engine::{Ask, Instant, Price, Quantity, UsageEvent, Wallet, as_of};
use crate::wire::estimate::{Estimate, usage};
use crate::wire::problem::Problem;

use super::simulate::{denial, recorded};
use super::subject::{Subject, field, written};

/// Where nothing is said: as much as an amount can be.
const MOST: &str = "999999999999999";

#[derive(Serialize)]
struct Affordable {
    field: String,
    /// Null where not even a volume of nothing passes.
    volume: Option<Quantity>,
    /// What that volume would cost.
    #[serde(flatten)]
    estimate: Option<Estimate>,
    /// What one step more would be denied for, or any volume where none passes; null where `most` itself passes.
    limited_by: Option<Value>,
}

/// The largest volume of a field of an event that would pass now.
///
/// # Errors
/// What is wrong with the question, by field.
pub fn affordable(question: &Value) -> Result<Value, Problem> {
    let subject = Subject::of(question, &["event", "field", "most", "places"])?;
    let wallet = subject.wallet()?;
    let name = field::<String>(question, "field")?;
    let name = name.ok_or_else(|| Problem::field("field", "is required"))?;
    let most = field::<String>(question, "most")?.unwrap_or_else(|| MOST.to_owned());
    let most = Amount::parse(&most).map_err(|error| Problem::field("most", error.to_string()))?;
    let most = Quantity::new(most);
    let most = most.ok_or_else(|| Problem::field("most", "must not be negative"))?;
    let places = field::<u32>(question, "places")?.unwrap_or_default();
    if places > MAX_PLACES {
        let sentence = format!("must be a whole number from 0 to {MAX_PLACES}");
        return Err(Problem::field("places", sentence));
    }
    let at = subject.at.max(wallet.at);
    // As it is now, so that what time has made due is not decided again at each try.
    let now = as_of(wallet, at);
    let search = Search {
        event: template(question, &name)?,
        wallet: &now,
        name,
        places,
        at,
    };
    search.check_field()?;
    search.answer(most)
}

/// The event, with a volume of nothing where the open field is.
fn template(question: &Value, name: &str) -> Result<UsageEvent, Problem> {
    let none = || Problem::field("event", "is required");
    let mut event = question.get("event").cloned().ok_or_else(none)?;
    if let Some(fields) = event.as_object_mut() {
        let data = fields
            .entry("data")
            .or_insert_with(|| serde_json::json!({}));
        if let Some(data) = data.as_object_mut() {
            data.insert(name.to_owned(), 0.into());
        }
    }
    // Read as the API reads it, so that what is wrong with it is told in the same words.
    let events = usage(&Value::Array(vec![event]))?;
    let event = events.into_iter().next();
    event.ok_or_else(|| Problem::field("event", "is required"))
}

struct Search<'a> {
    wallet: &'a Wallet,
    event: UsageEvent,
    name: String,
    places: u32,
    at: Instant,
}

impl Search<'_> {
    /// A misspelt field would cost nothing, and so everything of it would seem to be affordable.
    fn check_field(&self) -> Result<(), Problem> {
        let products = self.wallet.products();
        let prices = products.flat_map(|product| &product.prices);
        let mut own = prices.filter(|price| price.event_type == self.event.event_type);
        let is_known = own.clone().next().is_none() || own.any(|price| self.counts(price));
        if is_known {
            return Ok(());
        }
        let event_type = &self.event.event_type;
        let sentence = format!("is multiplied by no price of event_type {event_type}");
        Err(Problem::field("field", sentence))
    }

    fn counts(&self, price: &Price) -> bool {
        price.volume_name() == Some(self.name.as_str())
    }

    fn answer(&self, most: Quantity) -> Result<Value, Problem> {
        let all = most.steps(self.places);
        let found = self.largest(all);
        let next = found.map_or(0, |steps| steps.saturating_add(1));
        let limited_by = (found != Some(all)).then(|| self.denial(next)).flatten();
        let events = found.map(|steps| vec![self.with(steps)]);
        let estimate = events.map(|events| recorded(self.wallet, events, self.at));
        Ok(written(&Affordable {
            field: self.name.clone(),
            volume: found.and_then(|steps| self.volume(steps)),
            estimate: estimate
                .transpose()?
                .map(|run| run.estimate())
                .transpose()?,
            limited_by,
        }))
    }

    /// So many steps as a volume.
    fn volume(&self, steps: i128) -> Option<Quantity> {
        let finer = 10_i128.saturating_pow(MAX_PLACES.saturating_sub(self.places));
        let amount = Amount::from_steps(steps.saturating_mul(finer)).ok()?;
        Quantity::new(amount)
    }

    fn with(&self, steps: i128) -> UsageEvent {
        let mut event = self.event.clone();
        let volume = self.volume(steps).unwrap_or_default();
        // As text, which is how a volume is sent that is no whole number.
        let datum = Datum::Text(volume.get().to_string());
        event.data.insert(self.name.clone(), datum);
        event
    }

    fn denial(&self, steps: i128) -> Option<Value> {
        let ask = Ask::Usage(vec![self.with(steps)]);
        denial(self.wallet, &ask, self.event.subject.as_deref(), self.at)
    }

    fn passes(&self, steps: i128) -> bool {
        self.denial(steps).is_none()
    }

    /// The most steps that pass, up to so many.
    fn largest(&self, all: i128) -> Option<i128> {
        let mut ends = self.tier_ends(all);
        // The least that an event may cost is asked of a volume of nothing as well, while the first units may be free.
        ends.extend([0, all]);
        ends.sort_unstable();
        ends.dedup();
        for (place, end) in ends.iter().enumerate().rev() {
            let below = place.checked_sub(1).and_then(|place| ends.get(place));
            let least = below.map_or(0, |below| below.saturating_add(1));
            let found = most_within(least, *end, |steps| self.passes(steps));
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// The last steps of each tier that asks for all of a volume.
    fn tier_ends(&self, all: i128) -> Vec<i128> {
        let products = self.wallet.products();
        let prices = products.flat_map(|product| &product.prices);
        let own = prices.filter(|price| self.is_bulk(price));
        let mut ends = Vec::new();
        for price in own {
            let rows = price.pricing.iter().flat_map(|one| one.rows.iter());
            for bound in rows
                .flat_map(|row| &row.tiers)
                .filter_map(|tier| tier.up_to)
            {
                let reaches = |steps| self.reached(price, steps).is_some_and(|one| one <= bound);
                ends.extend(most_within(0, all, reaches).filter(|end| *end < all));
            }
        }
        ends
    }

    fn is_bulk(&self, price: &Price) -> bool {
        let by_volume =
            matches!(price.model, Model::Bulk(tiering) if tiering.basis == TierBasis::Volume);
        by_volume && self.counts(price) && price.event_type == self.event.event_type
    }

    /// Where in its tiers a price stands after a volume; nothing where that is too large to be priced.
    fn reached(&self, price: &Price, steps: i128) -> Option<Quantity> {
        let given = Circumstances {
            at: self.at,
            wallet: Some(self.wallet),
            ..Circumstances::default()
        };
        let events = [self.with(steps)];
        let quote = quote(self.wallet.products(), &events, &given).ok()?;
        let own = quote.fees.iter().filter(|fee| fee.price_id == price.id);
        let mut reached = Quantity::default();
        for fee in own {
            let before = fee.tiering.map(|one| one.before).unwrap_or_default();
            let after = before.plus(fee.volume.unwrap_or_default()).ok()?;
            reached = reached.max(after);
        }
        Some(reached)
    }
}

/// The highest step that passes, where everything below one that passes does; nothing where the least does not.
fn most_within(least: i128, highest: i128, passes: impl Fn(i128) -> bool) -> Option<i128> {
    if passes(highest) {
        return Some(highest);
    }
    if highest <= least || !passes(least) {
        return None;
    }
    let (mut fits, mut too_much) = (least, highest);
    while too_much.saturating_sub(fits) > 1 {
        let middle = fits.midpoint(too_much);
        if passes(middle) {
            fits = middle;
        } else {
            too_much = middle;
        }
    }
    Some(fits)
}
