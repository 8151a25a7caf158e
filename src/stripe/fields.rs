//! Reading a JSON object of Stripe's field by field, so that what is missing can be named by its path.
//!
//! Stripe writes `null` where it has nothing to say, and versions of its API differ in which fields they leave out.
//! Absent, `null` and the empty string are therefore the same here.

use serde_json::{Map, Value};

use super::interpretation::{ParkReason, Problem};

/// A JSON object and where in the event it was found.
pub(super) struct Fields<'a> {
    /// As Stripe sent them.
    members: &'a Map<String, Value>,
    /// Such as `data.object.metadata`; empty for the event itself.
    path: String,
}

impl<'a> Fields<'a> {
    /// The event itself, if it is an object.
    pub fn of_event(event: &'a Value) -> Option<Self> {
        let path = String::new();
        event.as_object().map(|members| Self { members, path })
    }

    /// A string that is not empty. An error where it is something else than a string.
    pub fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        // An empty name would be a customer of its own, and all payments that name nobody would be
        // theirs. So it counts as absent.
        let text = self.optional(name, "a string", Value::as_str)?;
        Ok(text.filter(|text| !text.is_empty()))
    }

    /// The same, and an error where it is absent.
    pub fn text(&self, name: &str) -> Result<&'a str, Problem> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    /// `true` or `false`, and no text that says so.
    pub fn optional_flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        self.optional(name, "true or false", Value::as_bool)
    }

    /// The same, and an error where it is absent.
    pub fn flag(&self, name: &str) -> Result<bool, Problem> {
        self.optional_flag(name)?.ok_or_else(|| self.missing(name))
    }

    /// A whole number, as Stripe writes amounts: in the currency's smallest unit. Text, decimals
    /// and what 64 bits do not hold are errors.
    pub fn optional_integer(&self, name: &str) -> Result<Option<i64>, Problem> {
        // `as_i64` takes no decimals, so that a part of a cent is never rounded away here.
        self.optional(name, "a 64-bit integer", Value::as_i64)
    }

    /// The same, and an error where it is absent.
    pub fn integer(&self, name: &str) -> Result<i64, Problem> {
        self.optional_integer(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// An object, which knows its own path from then on.
    pub fn optional_object(&self, name: &str) -> Result<Option<Self>, Problem> {
        let members = self.optional(name, "an object", Value::as_object)?;
        let path = self.path_of(name);
        Ok(members.map(|members| Self { members, path }))
    }

    /// The same, and an error where it is absent.
    pub fn object(&self, name: &str) -> Result<Self, Problem> {
        self.optional_object(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// Objects of a list, each of which knows its own path; none where there is no list.
    pub fn optional_objects(&self, name: &str) -> Result<Vec<Self>, Problem> {
        let list = self.optional(name, "a list", Value::as_array)?;
        let list = list.into_iter().flatten().enumerate();
        let read = list.map(|(place, value)| {
            let path = format!("{}[{place}]", self.path_of(name));
            let members = value.as_object();
            let odd = || {
                Problem::new(
                    ParkReason::UnreadableObject,
                    format!("`{path}` is not an object."),
                )
            };
            Ok(Self {
                members: members.ok_or_else(odd)?,
                path: path.clone(),
            })
        });
        read.collect()
    }

    /// An object that Stripe sends as its id, or in full where the integration asked for it to be expanded.
    pub fn optional_id(&self, name: &str) -> Result<Option<&'a str>, Problem> {
        // An object without an id is an error and not absent: otherwise a session with a garbled
        // PaymentIntent would be credited under another operation, and perhaps twice.
        match self.optional_object(name) {
            Ok(Some(expanded)) => expanded.text("id").map(Some),
            Ok(None) | Err(_) => self.optional_text(name),
        }
    }

    /// A problem with the field `name`, worded by the caller as a predicate.
    pub fn problem(&self, reason: ParkReason, name: &str, predicate: &str) -> Problem {
        Problem::new(reason, format!("`{}` {predicate}.", self.path_of(name)))
    }

    /// The problem of a field that has to be there.
    fn missing(&self, name: &str) -> Problem {
        self.problem(ParkReason::UnreadableObject, name, "is missing")
    }

    /// A field by a function that says whether it is what is expected; nothing where it is absent
    /// or null.
    fn optional<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(value) = self.members.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let predicate = || format!("is not {expected}");
        read(value)
            .map(Some)
            .ok_or_else(|| self.problem(ParkReason::UnreadableObject, name, &predicate()))
    }

    /// Where a field stands in the event: `data.object.currency`.
    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}
