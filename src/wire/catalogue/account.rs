//! What a request says of a platform account, of a key and of a vendor.

use serde::{Deserialize, Serialize};

use crate::engine::command::Metadata;
use crate::wire::ids::MAX_ID;
use crate::wire::json::Object;
use crate::wire::problem::Problem;
use crate::wire::request::read;

/// What a key may do; a key that lists none may do everything.
pub const SCOPES: [&str; 3] = ["read", "write", "admin"];

/// How long the old key of a rotation stays valid when nothing is said, in seconds: a day.
pub const DEFAULT_OVERLAP: u32 = 86_400;

/// The longest that it may, in seconds: 30 days.
pub const MAX_OVERLAP: u32 = 2_592_000;

/// `POST /v1/accounts`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewAccount {
    pub name: String,
    pub external_id: Option<String>,
    pub metadata: Metadata,
}

impl NewAccount {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let external_id = object.text("external_id", MAX_ID, errors);
            let metadata = object.metadata("metadata", errors);
            Some(Self {
                name: name?,
                external_id,
                metadata,
            })
        })
    }
}

/// `POST /v1/vendors`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NewVendor {
    pub name: String,
    pub external_id: Option<String>,
}

impl NewVendor {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let external_id = object.text("external_id", MAX_ID, errors);
            Some(Self {
                name: name?,
                external_id,
            })
        })
    }
}

/// `POST /v1/keys`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewKey {
    pub name: String,
    /// The caller's own side, when absent.
    pub mode: Option<String>,
    /// Everything, when absent.
    pub scopes: Option<Vec<String>>,
}

impl NewKey {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let name = object.text("name", MAX_ID, errors);
            let name = object.require("name", name, errors);
            let mode = object.word("mode", &["live", "test"], errors);
            let scopes = object.get("scopes").map(|raw| scopes(raw.get()));
            if matches!(scopes, Some(None)) {
                let words = SCOPES.join(", ");
                let sentence = format!("must be a list of at least one of {words}, each once");
                errors.add("scopes", sentence);
            }
            Some(Self {
                name: name?,
                mode,
                scopes: scopes.flatten(),
            })
        })
    }
}

fn scopes(written: &str) -> Option<Vec<String>> {
    let scopes: Vec<String> = serde_json::from_str(written).ok()?;
    let once = |scope: &String| scopes.iter().filter(|one| *one == scope).count() == 1;
    let known = |scope: &String| SCOPES.contains(&scope.as_str());
    let good = !scopes.is_empty() && scopes.iter().all(|scope| known(scope) && once(scope));
    good.then_some(scopes)
}

/// `POST /v1/keys/{id}/rotate`: how long the old key stays valid, in seconds.
///
/// # Errors
/// As [`read`].
pub fn read_overlap(body: &str) -> Result<u32, Problem> {
    let body = if body.trim().is_empty() { "{}" } else { body };
    read(body, |object: &Object<'_>, errors| {
        let given = object.get("overlap_seconds").is_some();
        let overlap = object.whole("overlap_seconds", 0..=MAX_OVERLAP, errors);
        if given {
            overlap
        } else {
            Some(DEFAULT_OVERLAP)
        }
    })
}
