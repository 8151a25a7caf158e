//! What a reply promises, read from the types that replies are made of: which fields always come, and which may be null.
//!
//! | a field of a type that is serialized | promise |
//! |---|---|
//! | `skip_serializing_if` | it may be left out, and is never null; with an option of an option it may be |
//! | `Option<…>` | it always comes, and may be null |
//! | any other | it always comes, and is never null |
//!
//! An object is of the types that have its fields. One that is of no type, because it was put together by hand or of
//! several types, is judged by the names of its fields: what any type leaves out may be left out here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Map;
use serde_json::Value;

use crate::described::sources;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Promise {
    LeftOut,
    LeftOutOrNull,
    Null,
    Always,
}

impl Promise {
    fn may_be_left_out(self) -> bool {
        matches!(self, Self::LeftOut | Self::LeftOutOrNull)
    }

    fn may_be_null(self) -> bool {
        matches!(self, Self::Null | Self::LeftOutOrNull)
    }
}

type Fields = BTreeMap<String, Promise>;

struct Types {
    /// Those all of whose fields stand in one place.
    whole: Vec<Fields>,
    left_out: BTreeSet<String>,
    null: BTreeSet<String>,
}

/// What is promised of an object that has come: the fields that always come, and those that may be null.
pub fn promised(object: &Map<String, Value>) -> (Vec<String>, BTreeSet<String>) {
    let types = types();
    let is_of = |fields: &&Fields| {
        let mut needed = fields.iter().filter(|(_, it)| !it.may_be_left_out());
        object.keys().all(|name| fields.contains_key(name))
            && needed.all(|(name, _)| object.contains_key(name))
    };
    let of: Vec<&Fields> = types.whole.iter().filter(is_of).collect();
    let named = |names: &BTreeSet<String>| -> BTreeSet<String> {
        let own = object.keys().filter(|name| names.contains(*name));
        own.cloned().collect()
    };
    let judged = |is: fn(Promise) -> bool| -> BTreeSet<String> {
        let any = |name: &&String| of.iter().any(|fields| is(fields[*name]));
        object.keys().filter(any).cloned().collect()
    };
    let (left_out, null) = if of.is_empty() {
        (named(&types.left_out), named(&types.null))
    } else {
        (
            judged(Promise::may_be_left_out),
            judged(Promise::may_be_null),
        )
    };
    let always = object.keys().filter(|name| !left_out.contains(*name));
    (always.cloned().collect(), null)
}

fn types() -> &'static Types {
    static TYPES: OnceLock<Types> = OnceLock::new();
    TYPES.get_or_init(|| {
        let (mut whole, mut left_out, mut null) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for (_, text) in sources() {
            for (fields, is_whole) in serialized(&text) {
                for (name, promise) in &fields {
                    if promise.may_be_left_out() {
                        left_out.insert(name.clone());
                    }
                    if promise.may_be_null() {
                        null.insert(name.clone());
                    }
                }
                if is_whole {
                    whole.push(fields);
                }
            }
        }
        Types {
            whole,
            left_out,
            null,
        }
    })
}

/// The structs of a file that are serialized under their own names, and whether all of their fields stand there.
fn serialized(text: &str) -> Vec<(Fields, bool)> {
    let mut found = Vec::new();
    let mut is_serialized = false;
    let mut fields: Option<(Fields, bool)> = None;
    let mut attributes = String::new();
    for line in text.lines() {
        let code = line.trim();
        if code.is_empty() || code.starts_with("//") {
            continue;
        }
        if let Some((known, is_whole)) = &mut fields {
            if line == "}" {
                found.extend(fields.take());
                continue;
            }
            if code.starts_with("#[") || !attributes.is_empty() && !attributes.ends_with(")]") {
                attributes += code;
                continue;
            }
            let said = std::mem::take(&mut attributes);
            let Some((name, kind)) = code.split_once(": ") else {
                continue;
            };
            let name = name.rsplit(' ').next().unwrap_or(name);
            let renamed = said.split("rename = \"").nth(1);
            let name = renamed
                .and_then(|rest| rest.split('"').next())
                .unwrap_or(name);
            if said.contains("flatten") {
                *is_whole = false;
                continue;
            }
            let promise = if said.contains("skip_serializing_if") {
                if kind.starts_with("Option<Option<") {
                    Promise::LeftOutOrNull
                } else {
                    Promise::LeftOut
                }
            } else if kind.starts_with("Option<") {
                Promise::Null
            } else {
                Promise::Always
            };
            known.insert(name.to_owned(), promise);
        } else if code.starts_with("#[derive(") {
            is_serialized = code.contains("Serialize");
        } else if code.contains("struct ") && code.ends_with('{') {
            if is_serialized {
                fields = Some((Fields::new(), true));
            }
            attributes.clear();
            is_serialized = false;
        }
    }
    found
}

#[test]
fn a_type_says_what_always_comes_and_what_may_be_null() {
    let text = "#[derive(Serialize)]\npub struct One<'a> {\n    /// Said.\n    pub id: &'a str,\n    \
                #[serde(rename = \"type\")]\n    kind: u8,\n    note: Option<String>,\n    \
                #[serde(\n        skip_serializing_if = \"Option::is_none\"\n    )]\n    by: Option<u64>,\n    \
                #[serde(skip_serializing_if = \"Option::is_none\")]\n    end: Option<Option<u8>>,\n}\n\
                #[derive(Debug)]\nstruct Other {\n    no: u8,\n}\n\
                #[derive(Serialize)]\nstruct Two {\n    #[serde(flatten)]\n    one: One,\n}\n";
    let found = serialized(text);
    let expected = [
        ("by", Promise::LeftOut),
        ("end", Promise::LeftOutOrNull),
        ("id", Promise::Always),
        ("note", Promise::Null),
        ("type", Promise::Always),
    ];
    let expected = expected.map(|(name, promise)| (name.to_owned(), promise));
    assert_eq!(
        found,
        [(Fields::from(expected), true), (Fields::new(), false)]
    );
    assert!(types().whole.len() > 100, "{}", types().whole.len());
}
