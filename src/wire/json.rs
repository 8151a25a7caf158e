//! Reading JSON without losing a digit, and saying everything that is wrong with it by field.
//!
//! Values are descended only where a request has a field. Numbers keep their own text: they never
//! pass through a float.
//!
//! A field that nobody asks an object for is refused: what it was to say would else be lost without a
//! word. An object knows what it was asked for, so no list of its fields has to be kept beside.

use std::collections::BTreeMap;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::engine::asset::is_code;
use crate::engine::command::Metadata;
use crate::engine::usage::Datum;
use crate::engine::{Amount, Instant};

use super::time;

/// Largest request body, in bytes: 1 MiB.
pub const MAX_BODY: usize = 1_048_576;

/// Deepest nesting of arrays and objects.
// Far more than any request here needs, and far less than what could exhaust the stack.
pub const MAX_DEPTH: usize = 32;

/// Largest metadata, in bytes of its keys and values together: 2 KiB.
pub const MAX_METADATA: usize = 2_048;

/// Most members of one object.
///
/// The largest that has a meaning is data or metadata of 2 KiB: some 500 names of one letter.
pub const MAX_MEMBERS: usize = 1_000;

/// Most sentences of one reply: whoever has more wrong repairs these first.
pub const MAX_ERRORS: usize = 50;

/// Most characters of a path as errors show it: 50 of them stay below 20 KB.
const MAX_PATH: usize = 200;

/// Everything that is wrong with a request: field path → sentences.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Errors {
    /// Sorted by path, so that the same wrong request has the same answer.
    by_field: BTreeMap<String, Vec<String>>,
    /// Fields that nobody asked for, of objects that have been read.
    unknown: Unknown,
}

/// Noted by an object when it has been read, and told when all have.
type Unknown = Rc<RefCell<Vec<UnknownField>>>;

/// A field that a request does not have.
#[derive(Clone, PartialEq, Eq, Debug)]
struct UnknownField {
    path: String,
    /// The field that was probably meant.
    nearest: Option<&'static str>,
    /// All that the object was asked for.
    known: Vec<&'static str>,
}

impl Errors {
    /// Notes a sentence about a field. It goes on after the field's name: `must be above zero`.
    ///
    /// Those beyond [`MAX_ERRORS`] are left out: a reply must not grow with what is wrong.
    pub fn add(&mut self, path: &str, sentence: impl Into<String>) {
        if self.is_full() {
            return;
        }
        // A name in the path may be as long as a body, and comes from whoever sent it.
        let shown = match path.char_indices().nth(MAX_PATH) {
            Some((end, _)) => format!("{}…", path.split_at(end).0),
            None => path.to_owned(),
        };
        self.by_field
            .entry(shown)
            .or_default()
            .push(sentence.into());
    }

    /// Whether as many are noted as a reply tells.
    #[must_use]
    pub fn is_full(&self) -> bool {
        // Counted and not kept, because there are few, and a problem is handed on by value.
        self.by_field.values().map(Vec::len).sum::<usize>() >= MAX_ERRORS
    }

    /// The sentences of each field, in the order in which they were noted.
    #[must_use]
    pub const fn by_field(&self) -> &BTreeMap<String, Vec<String>> {
        &self.by_field
    }

    /// Whether nothing was wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_field.is_empty()
    }

    /// The decoded value, if nothing was wrong on the way.
    ///
    /// # Errors
    /// All that was wrong.
    pub fn check<T>(mut self, value: Option<T>) -> Result<T, Self> {
        let all_else_is_right = value.is_some() && self.is_empty();
        for field in self.unknown.take() {
            // Beside something wrong reading may have stopped early, so that some fields were never
            // asked for. Then only what looks like another one is told, and the rest the next time.
            match field.nearest {
                Some(meant) => {
                    let sentence = format!("is not a field here; did you mean {meant}?");
                    self.add(&field.path, sentence);
                }
                None if all_else_is_right => {
                    let known = field.known.join(", ");
                    self.add(
                        &field.path,
                        format!("is not a field here; known are {known}"),
                    );
                }
                None => {}
            }
        }
        match value {
            // A value can be there although something was wrong, since reading goes on after an
            // error.
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

/// The body as an object, read in one pass over the text.
///
/// # Errors
/// A sentence that says where the text stops being JSON, that it nests too deeply, or that it is
/// something else than an object.
pub fn parse<'a>(body: &'a str, errors: &mut Errors) -> Result<Object<'a>, String> {
    if depth(body) > MAX_DEPTH {
        return Err(format!("The JSON nests deeper than {MAX_DEPTH} levels."));
    }
    // One pass over the text for most bodies; only one that is refused is looked at again, for the
    // right sentence.
    match serde_json::from_str(body) {
        Ok(members) => Ok(Object::of(members, "", errors)),
        Err(_) if serde_json::from_str::<IgnoredAny>(body).is_ok() => {
            Err("The body must be a JSON object.".to_owned())
        }
        Err(error) => Err(format!("The body is not valid JSON: {error}.")),
    }
}

/// The deepest nesting, by counting brackets outside strings: it is known before anything is
/// parsed, and so nobody can make the parser go deep.
#[must_use]
pub fn depth(body: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    // Bytes will do: in UTF-8 no part of a longer character looks like one of these signs, so
    // nothing has to be decoded.
    for byte in body.bytes() {
        if escaped {
            escaped = false;
        } else if quoted {
            escaped = byte == b'\\';
            quoted = byte != b'"';
        } else {
            match byte {
                b'"' => quoted = true,
                b'{' | b'[' => depth += 1,
                // One bracket too many is the parser's to complain about; here it must only not
                // underflow.
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// A JSON object that is being read field by field.
pub struct Object<'a> {
    /// Where it stands in the request, such as `events[2].data`; empty for the body.
    path: String,
    /// In their order, with the text of each value.
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// What it was asked for.
    known: RefCell<Vec<&'static str>>,
    /// Its names are the caller's own, as in metadata.
    is_open: Cell<bool>,
    unknown: Unknown,
}

impl Drop for Object<'_> {
    /// It has been read: what nobody asked for is told.
    fn drop(&mut self) {
        if self.is_open.get() {
            return;
        }
        let mut known = self.known.take();
        known.sort_unstable();
        known.dedup();
        for (name, raw) in &self.members {
            // Asked for in vain is no harm: clients write `null` for what they do not know.
            if raw.get() == "null" || known.contains(&name.as_ref()) {
                continue;
            }
            // No more than are told: a body may have any number of them.
            if self.unknown.borrow().len() >= MAX_ERRORS {
                return;
            }
            let absent = |one: &&&str| self.members.iter().all(|(given, _)| given != **one);
            let mut near = known.iter().filter(absent);
            self.unknown.borrow_mut().push(UnknownField {
                path: joined(&self.path, name),
                nearest: near.find(|one| is_near(name, one)).copied(),
                known: known.clone(),
            });
        }
    }
}

impl<'a> Object<'a> {
    /// Reads an object; anything else is an error at the path.
    pub fn read(raw: &'a RawValue, path: &str, errors: &mut Errors) -> Option<Self> {
        let Ok(members) = serde_json::from_str(raw.get()) else {
            errors.add(path, "must be an object");
            return None;
        };
        Some(Self::of(members, path, errors))
    }

    /// A name that is given twice is an error: readers do not agree on which one counts.
    fn of(members: Members<'a>, path: &str, errors: &mut Errors) -> Self {
        let Members { known, more } = members;
        // Before anything is compared: the rest was passed over while it was read.
        if more {
            let whole = if path.is_empty() { "body" } else { path };
            errors.add(whole, format!("must have at most {MAX_MEMBERS} fields"));
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_ref()).collect();
        for name in given_twice(names) {
            errors.add(&joined(path, name), "is given twice");
        }
        Self {
            path: path.to_owned(),
            members: known,
            known: RefCell::default(),
            is_open: Cell::new(false),
            unknown: errors.unknown.clone(),
        }
    }

    /// The raw value of a field; `null` counts as absent.
    #[must_use]
    pub fn get(&self, name: &'static str) -> Option<&'a RawValue> {
        self.known.borrow_mut().push(name);
        let found = self.members.iter().find(|(key, _)| key == name)?;
        // Clients write `null` for what they do not know, and cannot always leave a field out.
        (found.1.get() != "null").then_some(found.1)
    }

    /// Where the object itself is.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of one of its fields.
    #[must_use]
    pub fn path_of(&self, name: &str) -> String {
        joined(&self.path, name)
    }

    /// Lets fields pass that clients send and that say nothing here.
    pub fn tolerate(&self, names: &[&'static str]) {
        self.known.borrow_mut().extend(names);
    }

    /// Lets all fields pass: the object is refused, or its names are the caller's own.
    pub fn tolerate_all(&self) {
        self.is_open.set(true);
    }

    /// Refuses fields that later versions may bring, instead of ignoring what they ask for.
    pub fn not_yet(&self, names: &[&'static str], errors: &mut Errors) {
        for name in names {
            // An empty list or object asks for nothing, so a client that always sends the field is
            // let through.
            let empty = |raw: &&RawValue| matches!(raw.get(), "[]" | "{}");
            if self.get(name).filter(|raw| !empty(raw)).is_some() {
                errors.add(&self.path_of(name), "is not supported by this version");
            }
        }
    }

    /// Reads a field with a function, and notes what it says against it; `None` where it is absent
    /// or wrong.
    fn typed<T>(
        &self,
        name: &'static str,
        errors: &mut Errors,
        read: impl FnOnce(&'a RawValue) -> Result<T, String>,
    ) -> Option<T> {
        let raw = self.get(name)?;
        match read(raw) {
            Ok(value) => Some(value),
            Err(sentence) => {
                errors.add(&self.path_of(name), sentence);
                None
            }
        }
    }

    /// Notes that a required field is absent. One that is there and wrong has been noted already.
    pub fn require<T>(
        &self,
        name: &'static str,
        value: Option<T>,
        errors: &mut Errors,
    ) -> Option<T> {
        // `null` is absent, too, so it is told as missing rather than as wrong.
        if value.is_none() && self.get(name).is_none() {
            errors.add(&self.path_of(name), "is required");
        }
        value
    }

    /// A string of at most `max` characters, not empty, without control characters.
    pub fn text(&self, name: &'static str, max: usize, errors: &mut Errors) -> Option<String> {
        self.typed(name, errors, |raw| text(raw, max))
    }

    /// `true` or `false`.
    pub fn flag(&self, name: &'static str, errors: &mut Errors) -> Option<bool> {
        self.typed(name, errors, |raw| {
            serde_json::from_str(raw.get()).map_err(|_| "must be true or false".into())
        })
    }

    /// A whole number within bounds.
    pub fn whole(
        &self,
        name: &'static str,
        bounds: std::ops::RangeInclusive<u32>,
        errors: &mut Errors,
    ) -> Option<u32> {
        self.typed(name, errors, |raw| {
            let wrong = || {
                let (least, most) = (bounds.start(), bounds.end());
                format!("must be a whole number from {least} to {most}")
            };
            // `5.0` is refused with the rest, so that no number ever passes through a float.
            let value: u32 = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
            bounds.contains(&value).then_some(value).ok_or_else(wrong)
        })
    }

    /// A decimal string, or a JSON number read from its own digits.
    pub fn amount(&self, name: &'static str, errors: &mut Errors) -> Option<Amount> {
        self.typed(name, errors, amount)
    }

    /// A number that somebody has computed, such as a cost: with more than 12 places it is rounded to 12,
    /// half to even. Says whether it was.
    pub fn computed(&self, name: &'static str, errors: &mut Errors) -> Option<(Amount, bool)> {
        self.typed(name, errors, |raw| match amount(raw) {
            Ok(amount) => Ok((amount, false)),
            Err(sentence) => rounded(raw).map(|amount| (amount, true)).ok_or(sentence),
        })
    }

    /// An RFC 3339 time with any offset.
    pub fn time(&self, name: &'static str, errors: &mut Errors) -> Option<Instant> {
        self.typed(name, errors, |raw| {
            let wrong = "must be an RFC 3339 time such as \"2026-01-31T12:00:00Z\"";
            // Whatever is wrong with the text, an example of a right one helps most.
            let text = text(raw, 64).map_err(|_| wrong)?;
            time::parse(&text).ok_or_else(|| wrong.into())
        })
    }

    /// The code of an asset or the name of an account.
    pub fn code(&self, name: &'static str, errors: &mut Errors) -> Option<String> {
        self.typed(name, errors, |raw| {
            let wrong = "must be 1 to 32 letters, digits, `_` or `-`";
            let text = text(raw, 64).map_err(|_| wrong)?;
            is_code(&text).then_some(text).ok_or_else(|| wrong.into())
        })
    }

    /// One of a list of words.
    pub fn word(&self, name: &'static str, words: &[&str], errors: &mut Errors) -> Option<String> {
        self.typed(name, errors, |raw| {
            let wrong = || format!("must be one of {}", words.join(", "));
            let text = text(raw, 64).map_err(|_| wrong())?;
            words
                .contains(&text.as_str())
                .then_some(text)
                .ok_or_else(wrong)
        })
    }

    /// A list of at most `max` strings, each as [`Object::text`] reads one.
    pub fn texts(
        &self,
        name: &'static str,
        max: usize,
        characters: usize,
        errors: &mut Errors,
    ) -> Option<Vec<String>> {
        let path = self.path_of(name);
        let values: Vec<&'a RawValue> = self.typed(name, errors, |raw| {
            serde_json::from_str(raw.get()).map_err(|_| "must be a list of strings".to_owned())
        })?;
        // Said once and not for each item, so that the answer to a huge list stays short.
        if values.len() > max {
            errors.add(&path, format!("must have at most {max} items"));
            return None;
        }
        let read = |(place, raw): (usize, &'a RawValue)| {
            let value = text(raw, characters);
            value
                .map_err(|sentence| errors.add(&format!("{path}[{place}]"), sentence))
                .ok()
        };
        values.into_iter().enumerate().map(read).collect()
    }

    /// An object in a field, with its own path.
    pub fn objects(
        &self,
        name: &'static str,
        max: usize,
        errors: &mut Errors,
    ) -> Option<Vec<Self>> {
        let path = self.path_of(name);
        let values: Vec<&'a RawValue> = self.typed(name, errors, |raw| {
            serde_json::from_str(raw.get()).map_err(|_| "must be a list".to_owned())
        })?;
        // Before any item is read, so that a huge list costs nothing more than its length.
        if values.len() > max {
            errors.add(&path, format!("must have at most {max} items"));
            return None;
        }
        let read = |(place, raw): (usize, &'a RawValue)| {
            Self::read(raw, &format!("{path}[{place}]"), errors)
        };
        values.into_iter().enumerate().map(read).collect()
    }

    pub fn object(&self, name: &'static str, errors: &mut Errors) -> Option<Self> {
        Self::read(self.get(name)?, &self.path_of(name), errors)
    }

    /// Metadata: strings by name, 2 KiB in all.
    pub fn metadata(&self, name: &'static str, errors: &mut Errors) -> Metadata {
        let Some(object) = self.object(name, errors) else {
            return Metadata::new();
        };
        object.tolerate_all();
        let mut metadata = Metadata::new();
        for (key, raw) in &object.members {
            // A number is refused rather than turned into text, because nobody could say which of
            // its spellings would come back.
            match serde_json::from_str::<String>(raw.get()) {
                Ok(value) => _ = metadata.insert(key.to_string(), value),
                Err(_) => errors.add(&object.path_of(key), "must be a string"),
            }
        }
        // In all and not for each, because it is the whole that is stored with every entry.
        let size: usize = metadata
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if size > MAX_METADATA {
            errors.add(
                &object.path,
                format!("must be at most {MAX_METADATA} bytes in all"),
            );
        }
        metadata
    }

    /// Strings by names of the caller's own, at most `max` of them, each as [`Object::text`] reads one.
    pub fn texts_by_name(
        &self,
        name: &'static str,
        max: usize,
        characters: usize,
        errors: &mut Errors,
    ) -> BTreeMap<String, String> {
        let Some(object) = self.object(name, errors) else {
            return BTreeMap::new();
        };
        object.tolerate_all();
        // Said once and not for each, so that the answer to a huge object stays short.
        if object.members.len() > max {
            errors.add(&object.path, format!("must have at most {max} names"));
            return BTreeMap::new();
        }
        let mut texts = BTreeMap::new();
        for (key, raw) in &object.members {
            match text(raw, characters) {
                Ok(value) => _ = texts.insert(key.to_string(), value),
                Err(sentence) => errors.add(&object.path_of(key), sentence),
            }
        }
        texts
    }

    /// An event's data by name, whatever it is: only a field that a price reads has to be a number.
    pub fn data(&self, name: &'static str, errors: &mut Errors) -> BTreeMap<String, Datum> {
        let Some(object) = self.object(name, errors) else {
            return BTreeMap::new();
        };
        object.tolerate_all();
        let mut data = BTreeMap::new();
        let mut size = 0;
        for (key, raw) in &object.members {
            // Of the text as it was sent, because a number has no other size.
            size += key.len() + raw.get().len();
            if let Some(value) = datum(raw) {
                data.insert(key.to_string(), value);
            }
        }
        if size > MAX_METADATA {
            errors.add(
                &object.path,
                format!("must be at most {MAX_METADATA} bytes in all"),
            );
        }
        data
    }
}

/// The names that stand in a list more than once, each once, by sorting: n names take n log n
/// comparisons, whoever chose them.
fn given_twice<T: Ord>(mut names: Vec<T>) -> Vec<T> {
    names.sort_unstable();
    let mut twice: Vec<T> = Vec::new();
    let mut last: Option<T> = None;
    for name in names {
        match &last {
            Some(same) if *same == name => {
                if twice.last() != Some(same) {
                    twice.push(name);
                }
            }
            _ => last = Some(name),
        }
    }
    twice
}

/// Whether somebody who wrote one name probably meant the other: both differ by two letters at most,
/// and by less than a half.
fn is_near(given: &str, meant: &str) -> bool {
    let distance = distance(given, meant);
    distance <= 2 && distance * 2 < meant.len()
}

/// How many letters have to be put in, taken out or replaced to make one name of another.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    // A name is short, and one that is not is as far away as its end.
    for (place, letter) in from.chars().take(64).enumerate() {
        let mut row = vec![place + 1];
        for (column, other) in to.iter().enumerate() {
            let replaced =
                above.get(column).copied().unwrap_or_default() + usize::from(letter != *other);
            let removed = above.get(column + 1).copied().unwrap_or_default() + 1;
            let added = row.last().copied().unwrap_or_default() + 1;
            row.push(replaced.min(removed).min(added));
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}

/// A path and a field under it.
fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn text(raw: &RawValue, max: usize) -> Result<String, String> {
    let text: String = serde_json::from_str(raw.get()).map_err(|_| "must be a string")?;
    let length = text.chars().count();
    if length == 0 {
        return Err("must not be empty".into());
    }
    if length > max {
        return Err(format!("must be at most {max} characters"));
    }
    // They break lines of logs, headers and terminals, and no name or id needs one.
    if text.chars().any(char::is_control) {
        return Err("must not have control characters".into());
    }
    Ok(text)
}

/// A decimal string, or a JSON number by its own digits.
fn amount(raw: &RawValue) -> Result<Amount, String> {
    let written = raw.get();
    // A string keeps its digits in every language. A plain number is read by its own digits, so
    // that at least nothing is lost on this side.
    let amount = if written.starts_with('"') {
        let text: Cow<'_, str> =
            serde_json::from_str(written).map_err(|_| "must be a decimal number")?;
        Amount::parse(&text)
    } else {
        Amount::parse_json_number(written)
    };
    amount.map_err(|error| error.to_string())
}

/// A decimal string, or the digits of a JSON number, that has more places than an amount.
fn rounded(raw: &RawValue) -> Option<Amount> {
    let written = raw.get();
    let text = written.trim_matches('"');
    // People write amounts as strings, and an exponent there is no decimal number.
    let is_text = text.len() < written.len();
    if is_text && text.contains(['e', 'E', '\\']) {
        return None;
    }
    Amount::parse_rounded(text).ok().map(|(amount, _)| amount)
}

/// A value of an event's data; `null` counts as absent. Whole numbers that fit are kept as such, others
/// as decimals; what is no amount is kept as the text that was sent, so that no digit is lost.
fn datum(raw: &RawValue) -> Option<Datum> {
    let written = raw.get();
    match written.as_bytes().first() {
        Some(b'n') => None,
        Some(b't') => Some(Datum::Flag(true)),
        Some(b'f') => Some(Datum::Flag(false)),
        Some(b'"') => {
            let text = serde_json::from_str(written).ok().map(Datum::Text);
            text.or_else(|| Some(as_sent(written)))
        }
        Some(b'{' | b'[') | None => Some(as_sent(written)),
        Some(_) => Some(number(raw)),
    }
}

fn number(raw: &RawValue) -> Datum {
    // `-0` has no sign as a whole number, and none as an amount either.
    if let Ok(whole) = raw.get().parse() {
        return Datum::Whole(whole);
    }
    let Ok(number) = amount(raw) else {
        return as_sent(raw.get());
    };
    let whole = i64::try_from(number.get()).ok();
    let fits = whole.filter(|_| number.places() == 0);
    fits.map_or(Datum::Number { number }, Datum::Whole)
}

/// The text as it was sent, without the spaces between its words: the same value is the same request,
/// however a client spaces it.
fn as_sent(written: &str) -> Datum {
    let mut json = String::with_capacity(written.len());
    let (mut inside, mut escaped) = (false, false);
    for letter in written.chars() {
        if inside || !letter.is_ascii_whitespace() {
            json.push(letter);
        }
        inside ^= letter == '"' && !escaped;
        escaped = inside && letter == '\\' && !escaped;
    }
    Datum::Json { json }
}

/// An object's members in their order, with raw values: the first [`MAX_MEMBERS`] of them.
struct Members<'a> {
    known: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// There are others behind them.
    more: bool,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, because a map would lose the order and the second of two equal names without a
        // word.
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut known = Vec::new();
                while known.len() < MAX_MEMBERS {
                    let Some(Name(name)) = map.next_key()? else {
                        return Ok(Members { known, more: false });
                    };
                    known.push((name, map.next_value()?));
                }
                // Passed over and not kept; what is no JSON is still found to be none.
                let mut more = false;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    more = true;
                }
                Ok(Members { known, more })
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A key that is borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, because `Cow` by itself is always read as a copy, and names rarely need one.
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::cmp::Ordering;
    use std::rc::Rc;

    use super::*;

    /// A name that counts how often it is compared.
    struct Counting(usize, Rc<Cell<usize>>);

    impl Ord for Counting {
        fn cmp(&self, other: &Self) -> Ordering {
            self.1.set(self.1.get() + 1);
            self.0.cmp(&other.0)
        }
    }

    impl PartialOrd for Counting {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl PartialEq for Counting {
        fn eq(&self, other: &Self) -> bool {
            self.cmp(other) == Ordering::Equal
        }
    }

    impl Eq for Counting {}

    #[test]
    fn names_are_compared_n_log_n_times_however_they_repeat() {
        type Make = fn(usize) -> usize;
        let shapes: [Make; 5] = [
            |_| 0,
            |place| place,
            |place| usize::MAX - place,
            |place| place / 2,
            |place| place.wrapping_mul(2_654_435_761) % 997,
        ];
        for (number, shape) in shapes.into_iter().enumerate() {
            for n in [10_usize, 1_000, 100_000] {
                let count = Rc::new(Cell::new(0));
                let names = (0..n).map(|place| Counting(shape(place), count.clone()));
                given_twice(names.collect());
                let log = usize::try_from(n.ilog2()).unwrap_or(0) + 1;
                let most = 3 * n * log;
                assert!(count.get() <= most, "shape {number}, {n}: {}", count.get());
            }
        }
    }

    #[test]
    fn each_name_that_repeats_is_told_once() {
        let twice = given_twice(vec!["b", "a", "b", "c", "a", "b"]);
        assert_eq!(twice, ["a", "b"]);
        assert_eq!(given_twice(vec!["b", "a"]), Vec::<&str>::new());
    }

    fn errors_of(body: &str) -> Vec<(String, Vec<String>)> {
        let mut errors = Errors::default();
        let object = parse(body, &mut errors).ok();
        drop(object.inspect(|object| object.tolerate(&["id"])));
        let errors = errors.check(Some(())).err().unwrap_or_default();
        errors.by_field.into_iter().collect()
    }

    #[test]
    fn a_body_of_one_name_is_told_of_its_size_and_of_the_name() {
        let body = format!("{{{}\"a\":1}}", "\"a\":1,".repeat(170_000));
        let errors = errors_of(&body);
        let paths: Vec<&str> = errors.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["a", "body"]);
        assert_eq!(errors[1].1, ["must have at most 1000 fields"]);
        // That it is given more than once, and not a thousand times that nobody knows it.
        let told: usize = errors.iter().map(|(_, sentences)| sentences.len()).sum();
        assert_eq!(told, 2);
    }

    #[test]
    fn a_reply_tells_of_fifty_errors_and_of_names_only_the_beginning() {
        let names = (0..900).map(|place| format!("\"{}{place}\":1", "é".repeat(1_000)));
        let body = format!("{{{}}}", names.collect::<Vec<_>>().join(","));
        let errors = errors_of(&body);
        let told: usize = errors.iter().map(|(_, sentences)| sentences.len()).sum();
        assert_eq!(told, MAX_ERRORS);
        for (path, _) in errors {
            assert_eq!(path.chars().count(), MAX_PATH + 1);
            assert!(path.ends_with('…'));
        }
        let most = (0..MAX_MEMBERS).map(|place| format!("\"n{place}\":1"));
        let body = format!("{{{}}}", most.collect::<Vec<_>>().join(","));
        let mut errors = Errors::default();
        assert!(parse(&body, &mut errors).is_ok() && errors.is_empty());
    }

    fn told(body: &str, stops: bool) -> Vec<String> {
        let mut errors = Errors::default();
        let object = parse(body, &mut errors).expect("an object");
        let amount = object.amount("amount", &mut errors);
        let value = (!stops).then(|| {
            object.time("expires_at", &mut errors);
            object.metadata("metadata", &mut errors);
            let inner = object.object("inner", &mut errors);
            (
                amount,
                inner.and_then(|inner| inner.flag("on", &mut errors)),
            )
        });
        drop(object);
        let Err(errors) = errors.check(value) else {
            return Vec::new();
        };
        let told = errors.by_field().iter();
        told.map(|(path, sentences)| format!("{path} {}", sentences.join(" ")))
            .collect()
    }

    #[test]
    fn a_field_that_nobody_asks_for_is_refused() {
        let body = r#"{"amount":1,"expire_at":"x","other":1,"inner":{"on":true,"of":1},"metadata":{"any":"x"}}"#;
        assert_eq!(
            told(body, false),
            [
                "expire_at is not a field here; did you mean expires_at?",
                "inner.of is not a field here; known are on",
                "other is not a field here; known are amount, expires_at, inner, metadata",
            ]
        );
        assert!(told(r#"{"amount":1,"other":null}"#, false).is_empty());
    }

    #[test]
    fn where_reading_stopped_early_only_a_slip_of_the_pen_is_told() {
        assert_eq!(
            told(r#"{"amuont":1,"expires_at":"x"}"#, true),
            ["amuont is not a field here; did you mean amount?"]
        );
    }
}
