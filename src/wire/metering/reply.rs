//! What is known of one reply of a model, whoever sent it: before it becomes events.

use crate::engine::Amount;
use crate::engine::tokens::{Impossible, Input, Output, Part};
use crate::wire::json::Errors;

use super::fields::Fields;

/// Tokens of one model. `None` is unknown, which is never zero.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub input: Option<Input>,
    pub output: Option<Output>,
}

/// Units that are no tokens of the model: searches, seconds, characters.
pub(super) struct Units {
    /// What stands behind the event type, such as `web_search`.
    pub kind: String,
    /// The field that counts them.
    pub field: &'static str,
    pub count: Amount,
}

/// Whose rates tokens have.
pub(super) enum Model {
    /// The model that was asked for.
    Asked,
    Named(String),
    /// Another one, and nobody says which: no price must take it for the one that was asked for.
    Unknown,
}

impl Model {
    pub fn named(name: Option<String>) -> Self {
        name.map_or(Self::Unknown, Self::Named)
    }
}

/// Tokens of another model, or of a try that was not served.
pub(super) struct Aside {
    pub part: &'static str,
    pub model: Model,
    pub counts: Counts,
}

/// A cost that the vendor reports.
pub(super) struct Reported {
    pub id: &'static str,
    pub amount: Amount,
    pub rounded: bool,
}

/// One reply.
#[derive(Default)]
pub(super) struct Reply {
    pub counts: Counts,
    /// Where another model than the one that was asked for has served it: which.
    pub fallback: Option<Model>,
    /// What the rate depends on, as far as the vendor says it.
    pub words: Vec<(&'static str, String)>,
    pub units: Vec<Units>,
    pub asides: Vec<Aside>,
    pub costs: Vec<Reported>,
}

impl Reply {
    pub fn word(&mut self, name: &'static str, word: Option<String>) {
        self.words.extend(word.map(|word| (name, word)));
    }

    /// Units that were used; none is no event.
    pub fn units(&mut self, kind: &str, field: &'static str, count: Option<Amount>) {
        let count = count.filter(|count| count.is_positive());
        self.units.extend(count.map(|count| Units {
            kind: kind.to_owned(),
            field,
            count,
        }));
    }

    /// A whole number of requests or characters.
    pub fn requests(&mut self, kind: &str, field: &'static str, count: Option<u64>) {
        let count = count.and_then(|count| Amount::new(count.into()).ok());
        self.units(kind, field, count);
    }

    pub fn cost(&mut self, id: &'static str, cost: Option<(Amount, bool)>) {
        let cost = cost.filter(|(amount, _)| amount.is_positive());
        self.costs.extend(cost.map(|(amount, rounded)| Reported {
            id,
            amount,
            rounded,
        }));
    }
}

impl Counts {
    /// Whether the total that the vendor says is the sum of both sides: else something was counted twice,
    /// or is left out.
    pub fn check(&self, fields: &Fields<'_>, name: &'static str, errors: &mut Errors) {
        let (Some(input), Some(output)) = (self.input, self.output) else {
            return;
        };
        let Some(total) = fields.count(name, errors) else {
            return;
        };
        let sum = input.total.saturating_add(output.total);
        if sum != total {
            let sentence = format!("is {total}, and its parts are {sum}");
            errors.add(&fields.path_of(name), sentence);
        }
    }

    /// The parts by name. Where something is impossible, it is told at the path.
    pub fn parts(&self, path: &str, errors: &mut Errors) -> Vec<Part> {
        let input = self.input.map(Input::parts).transpose();
        let output = self.output.map(Output::parts).transpose();
        let mut parts = Vec::new();
        for (side, found) in [("input", input), ("output", output)] {
            match found {
                Ok(found) => parts.extend(found.into_iter().flatten()),
                Err(why) => errors.add(path, sentence(side, why)),
            }
        }
        parts
    }

    /// All that was counted, for whoever asks whether that is nothing.
    pub fn total(&self) -> Option<u64> {
        let input = self.input.map(|input| input.total);
        let output = self.output.map(|output| output.total);
        match (input, output) {
            (None, None) => None,
            (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        }
    }
}

fn sentence(side: &str, why: Impossible) -> String {
    match why {
        Impossible::Cached => "has more cached tokens than input tokens".to_owned(),
        Impossible::Modalities => {
            format!("has more audio, image and video tokens than {side} tokens")
        }
        Impossible::ReadModalities => {
            "has more cached tokens of one modality than there are of it".to_owned()
        }
        Impossible::Lifetimes => {
            "has more cache writes by lifetime than cache writes in all".to_owned()
        }
        Impossible::Reasoning => "has more reasoning tokens than output tokens".to_owned(),
        Impossible::Overflow => format!("has more {side} tokens than can be counted"),
    }
}
