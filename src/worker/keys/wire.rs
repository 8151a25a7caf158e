//! What a request says of an API key.

use crate::wire::ids::MAX_ID;
use crate::wire::json::Object;
use crate::wire::problem::Problem;
use crate::wire::request::{or_empty, read};

/// What a key may do; a key that lists none may do everything.
///
/// None includes another: `admin` alone cannot read.
pub const SCOPES: [&str; 3] = ["read", "write", "admin"];

/// Most valid keys of one side of a platform account, those that a rotation ends among them.
///
/// A key for each service and person of a large platform; a loop that makes keys stops here.
pub const MAX_KEYS: usize = 1_000;

/// How long the old key of a rotation stays valid when nothing is said, in seconds: a day.
///
/// 24 × 3,600.
pub const DEFAULT_OVERLAP: u32 = 86_400;

/// The longest that it may, in seconds: 30 days.
///
/// 30 × 86,400.
pub const MAX_OVERLAP: u32 = 2_592_000;

/// `POST /v1/keys`: `{ "name": "worker", "mode": "test", "scopes": ["read", "write"] }`.
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
            // Told apart: absent means everything, and unreadable must never mean that.
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

/// Known words, each once, at least one: an empty list would look like none and mean all.
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
    read(or_empty(body), |object: &Object<'_>, errors| {
        // Zero is a good answer, a wrong one is not: so absent has to be told from unreadable.
        let given = object.get("overlap_seconds").is_some();
        let overlap = object.whole("overlap_seconds", 0..=MAX_OVERLAP, errors);
        if given {
            overlap
        } else {
            Some(DEFAULT_OVERLAP)
        }
    })
}
