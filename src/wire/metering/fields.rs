//! A usage object as vendors write them: read field by field, of one object or of the pieces of a stream.
//!
//! Unlike a request it may have any other fields, because vendors add some every month.

use serde_json::value::RawValue;

use crate::engine::Amount;
use crate::wire::json::{Errors, Object};

/// Most objects of a list, and most pieces of a stream.
const MAX_ITEMS: usize = 1_000;

/// Most tokens, characters or requests of one reply.
const MAX_COUNT: u64 = 1_000_000_000_000;

/// One object, or several of which a later one replaces what an earlier one said: the counts of a stream
/// are cumulative, so adding them would charge twice.
pub(super) struct Fields<'a> {
    path: String,
    layers: Vec<Object<'a>>,
}

impl<'a> Fields<'a> {
    pub fn new(path: &str, layers: Vec<Object<'a>>) -> Self {
        for layer in &layers {
            layer.tolerate_all();
        }
        Self {
            path: path.to_owned(),
            layers,
        }
    }

    fn raw(&self, name: &'static str) -> Option<&'a RawValue> {
        self.layers.iter().rev().find_map(|layer| layer.get(name))
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    pub fn has(&self, name: &'static str) -> bool {
        self.raw(name).is_some()
    }

    pub fn has_any(&self, names: &[&'static str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    pub fn is_object(&self, name: &'static str) -> bool {
        self.raw(name).is_some_and(|raw| raw.get().starts_with('{'))
    }

    /// A whole number from zero on; absent is unknown, and never zero.
    pub fn count(&self, name: &'static str, errors: &mut Errors) -> Option<u64> {
        let raw = self.raw(name)?;
        // By its own digits and never as a float, so that `12.0` and `1e3` are refused as in any request:
        // whoever writes counts so has computed them.
        match raw.get().parse::<u64>() {
            Ok(count) if count <= MAX_COUNT => Some(count),
            _ => {
                let sentence = format!("must be a whole number from 0 to {MAX_COUNT}");
                errors.add(&self.path_of(name), sentence);
                None
            }
        }
    }

    /// The first of some fields that is there: one thing has several names.
    pub fn first(&self, names: &[&'static str], errors: &mut Errors) -> Option<u64> {
        let name = names.iter().find(|name| self.has(name))?;
        self.count(name, errors)
    }

    /// A number with a fraction, such as seconds or a cost, and whether it was rounded to 12 places.
    pub fn amount(&self, name: &'static str, errors: &mut Errors) -> Option<(Amount, bool)> {
        // The last one that says it, because a stream repeats itself with larger numbers.
        let mut layers = self.layers.iter().rev();
        let layer = layers.find(|layer| layer.get(name).is_some())?;
        let found = layer.computed(name, errors)?;
        if found.0.is_negative() {
            errors.add(&self.path_of(name), "must not be negative");
            return None;
        }
        Some(found)
    }

    /// A short text, in small letters; what is no text says nothing.
    pub fn word(&self, name: &'static str) -> Option<String> {
        self.text(name).map(|text| text.to_lowercase())
    }

    /// A short text as it was sent.
    pub fn text(&self, name: &'static str) -> Option<String> {
        let text: String = serde_json::from_str(self.raw(name)?.get()).ok()?;
        // It becomes a dimension that prices are matched by, so it must fit where those do.
        let fits = !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control);
        fits.then_some(text)
    }

    pub fn is_true(&self, name: &'static str) -> bool {
        self.raw(name).is_some_and(|raw| raw.get() == "true")
    }

    /// What is in a field, with its own path.
    pub fn object(&self, name: &'static str, errors: &mut Errors) -> Option<Self> {
        let path = self.path_of(name);
        let object = Object::read(self.raw(name)?, &path, errors)?;
        Some(Self::new(&path, vec![object]))
    }

    /// The first of some fields that is there.
    pub fn first_object(&self, names: &[&'static str], errors: &mut Errors) -> Option<Self> {
        let name = names.iter().find(|name| self.has(name))?;
        self.object(name, errors)
    }

    /// A list of objects; an empty one where there is none.
    pub fn objects(&self, name: &'static str, errors: &mut Errors) -> Vec<Self> {
        let mut layers = self.layers.iter().rev();
        let Some(layer) = layers.find(|layer| layer.get(name).is_some()) else {
            return Vec::new();
        };
        let items = layer.objects(name, MAX_ITEMS, errors).unwrap_or_default();
        let fields = items.into_iter().enumerate();
        fields
            .map(|(place, item)| Self::new(&format!("{}[{place}]", self.path_of(name)), vec![item]))
            .collect()
    }

    pub fn refuse(&self, sentence: &str, errors: &mut Errors) {
        errors.add(&self.path, sentence);
    }
}

/// What a vendor told: its usage, and the reply around it, which says at what rate.
pub(super) struct Told<'a> {
    pub usage: Fields<'a>,
    pub beside: Fields<'a>,
}

/// Where vendors put usage in a reply, or a reply in another one.
const WRAPPERS: [&str; 7] = [
    "usage",
    "usageMetadata",
    "result",
    "response",
    "message",
    "metadata",
    "meta",
];

/// How deep usage lies in a reply at most: `response.usage` is two levels.
const MAX_WRAPPERS: usize = 3;

impl<'a> Told<'a> {
    /// The field `raw`: a usage object, a reply with one, or the list of those of a stream.
    pub fn read(object: &Object<'a>, errors: &mut Errors) -> Option<Self> {
        let path = object.path_of("raw");
        let is_list = object
            .get("raw")
            .is_some_and(|raw| raw.get().starts_with('['));
        // A stream says its usage in pieces, and whoever has only those need not put them together.
        let pieces = if is_list {
            object.objects("raw", MAX_ITEMS, errors)?
        } else {
            vec![object.object("raw", errors)?]
        };
        let (mut usage, mut beside) = (Vec::new(), Vec::new());
        for piece in pieces {
            usage.push(unwrapped(piece, &mut beside, errors));
        }
        // An empty list would be read as an object without any count, and the error would say less.
        if usage.is_empty() {
            errors.add(&path, "must not be empty");
            return None;
        }
        Some(Self {
            usage: Fields::new(&path, usage),
            beside: Fields::new(&path, beside),
        })
    }

    /// What the AI SDK keeps of the vendor's own usage.
    pub fn within(usage: Fields<'a>) -> Self {
        let beside = Fields::new(usage.path(), Vec::new());
        Self { usage, beside }
    }

    /// A word of the reply or of its usage.
    pub fn word(&self, name: &'static str) -> Option<String> {
        self.usage.word(name).or_else(|| self.beside.word(name))
    }
}

/// The usage in a reply; what lies around it goes to `beside`.
fn unwrapped<'a>(
    mut object: Object<'a>,
    beside: &mut Vec<Object<'a>>,
    errors: &mut Errors,
) -> Object<'a> {
    object.tolerate_all();
    for _ in 0..MAX_WRAPPERS {
        // Only an object is a wrapper: a gateway calls a cost `usage`, which is a number.
        let inside = |name: &'static str| object.get(name);
        let holds = |name: &'static str| inside(name).is_some_and(|raw| raw.get().starts_with('{'));
        let Some(name) = WRAPPERS.into_iter().find(|name| holds(name)) else {
            break;
        };
        let Some(inner) = object.object(name, errors) else {
            break;
        };
        inner.tolerate_all();
        beside.push(object);
        object = inner;
    }
    object
}
