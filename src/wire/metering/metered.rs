//! The events that the usage of one reply becomes: one for the tokens of each model, and one for each other
//! unit, since a price counts events and multiplies one field of theirs.

use std::collections::BTreeMap;

use crate::engine::Amount;
use crate::engine::usage::{Cost, Datum, Maths};
use crate::wire::ids::MAX_ID;
use crate::wire::json::{Errors, Object};
use crate::wire::problem::Problem;
use crate::wire::request::read;

use super::fields::Told;
use super::reply::{Counts, Model, Reply, Units};
use super::shape;

/// Most models and units of one reply.
const MAX_PARTS: usize = 100;

/// What a reply used, of one model or of one unit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Metered {
    /// What stands behind the caller's own event type and a dot; nothing for the tokens of a model.
    pub kind: Option<String>,
    /// What stands behind the caller's own id and a dot; nothing for the first event.
    pub suffix: Option<String>,
    /// Units and dimensions.
    pub data: BTreeMap<String, Datum>,
    pub costs: Vec<Cost>,
}

/// Reads `{ "provider": "openai", "model": "gpt-5", "raw": { … } }`.
///
/// `None` where something is wrong, which is then noted with its path.
pub fn metered(object: &Object<'_>, errors: &mut Errors) -> Option<Vec<Metered>> {
    let provider = object.text("provider", MAX_ID, errors);
    let provider = object.require("provider", provider, errors);
    let model = object.text("model", MAX_ID, errors);
    let model = object.require("model", model, errors);
    if object.get("raw").is_none() {
        let sentence = "is required: what a vendor does not say is unknown, and never zero";
        errors.add(&object.path_of("raw"), sentence);
        return None;
    }
    let told = Told::read(object, errors)?;
    let (provider, model) = (provider?, model?);
    let reply = shape::read(&told, &provider.to_lowercase(), errors)?;
    let path = told.usage.path();
    let events = Assembly {
        provider: &provider,
        model: &model,
        path,
    }
    .events(&reply, errors);
    if events.len() > MAX_PARTS {
        errors.add(path, format!("has more than {MAX_PARTS} models and units"));
        return None;
    }
    if events.is_empty() {
        errors.add(
            path,
            "has no count that is known, and unknown is never zero",
        );
        return None;
    }
    Some(events)
}

/// The same for the npm package: the body is the object itself.
///
/// # Errors
/// All that is wrong, by field.
pub fn normalized(body: &str) -> Result<Vec<Metered>, Problem> {
    read(body, metered)
}

struct Assembly<'a> {
    provider: &'a str,
    model: &'a str,
    path: &'a str,
}

impl Assembly<'_> {
    fn events(&self, reply: &Reply, errors: &mut Errors) -> Vec<Metered> {
        let mut events = Vec::new();
        if let Some(total) = reply.counts.total() {
            if total == 0 {
                // So do aborted calls of older SDKs, whose usage is not zero but unknown.
                let sentence =
                    "says that nothing went in and nothing came out, which no reply does";
                errors.add(self.path, sentence);
            }
            let (part, model) = match &reply.fallback {
                None => ("main", Some(self.model)),
                Some(model) => ("fallback", self.named(model)),
            };
            events.push(self.tokens(reply, part, model, &reply.counts, errors));
        }
        for aside in &reply.asides {
            // Nothing of it was used, as in a reply that lists what it might have.
            if aside.counts.total().is_none_or(|total| total == 0) {
                continue;
            }
            let mut event = self.tokens(
                reply,
                aside.part,
                self.named(&aside.model),
                &aside.counts,
                errors,
            );
            event.suffix = Some(unique(aside.part, &events));
            events.push(event);
        }
        for units in &reply.units {
            events.push(self.units(reply, units, &events));
        }
        // A cost is that of the reply as a whole, so one event has it.
        if let Some(first) = events.first_mut() {
            first.costs = self.costs(reply);
        }
        events
    }

    fn named<'m>(&'m self, model: &'m Model) -> Option<&'m str> {
        match model {
            Model::Asked => Some(self.model),
            Model::Named(name) => Some(name),
            Model::Unknown => None,
        }
    }

    fn tokens(
        &self,
        reply: &Reply,
        part: &str,
        model: Option<&str>,
        counts: &Counts,
        errors: &mut Errors,
    ) -> Metered {
        let mut data = self.dimensions(reply, model);
        data.insert("part".to_owned(), Datum::Text(part.to_owned()));
        for (name, count) in counts.parts(self.path, errors) {
            // Bounded when it was read, so it always fits.
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            data.insert(name.to_owned(), Datum::Whole(count));
        }
        Metered {
            kind: None,
            suffix: None,
            data,
            costs: Vec::new(),
        }
    }

    /// An event of its own; without tokens it is what the caller's own event type means.
    fn units(&self, reply: &Reply, units: &Units, before: &[Metered]) -> Metered {
        let mut data = self.dimensions(reply, Some(self.model));
        data.insert(units.field.to_owned(), number(units.count));
        // A transcription in seconds has nothing but its unit, so the caller's own type must mean that.
        let is_first = before.is_empty();
        Metered {
            kind: (!is_first).then(|| units.kind.clone()),
            suffix: (!is_first).then(|| unique(&units.kind, before)),
            data,
            costs: Vec::new(),
        }
    }

    fn dimensions(&self, reply: &Reply, model: Option<&str>) -> BTreeMap<String, Datum> {
        // Only what is known: a price with `*` matches what is not there, and one that names a value would
        // not match a value that was made up here.
        let mut words = vec![("provider", self.provider)];
        words.extend(model.map(|model| ("model", model)));
        words.extend(
            reply
                .words
                .iter()
                .map(|(name, word)| (*name, word.as_str())),
        );
        let datum = |word: &str| Datum::Text(word.to_owned());
        let named = words.into_iter();
        named
            .map(|(name, word)| (name.to_owned(), datum(word)))
            .collect()
    }

    fn costs(&self, reply: &Reply) -> Vec<Cost> {
        let cost = |cost: &super::reply::Reported| Cost {
            id: cost.id.to_owned(),
            vendor_id: None,
            vendor_external_id: Some(self.provider.to_owned()),
            category: Some("inference".to_owned()),
            description: None,
            metadata: BTreeMap::new(),
            maths: Maths::default(),
            amount: cost.amount,
            rounded: cost.rounded,
            currency: "USD".to_owned(),
        };
        reply.costs.iter().map(cost).collect()
    }
}

/// A whole number as such, as everywhere in data.
fn number(amount: Amount) -> Datum {
    let whole = i64::try_from(amount.get()).ok();
    whole
        .filter(|_| amount.places() == 0)
        .map_or(Datum::Number { number: amount }, Datum::Whole)
}

/// A name that no event before has: the second advisor is `advisor.2`.
fn unique(name: &str, before: &[Metered]) -> String {
    let same = before.iter().filter(|event| {
        let suffix = event.suffix.as_deref().unwrap_or_default();
        let is_numbered = || {
            suffix
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        suffix == name || is_numbered()
    });
    match same.count() {
        0 => name.to_owned(),
        count => format!("{name}.{}", count + 1),
    }
}
