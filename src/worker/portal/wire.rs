//! Links to a customer's own page.

use crate::wire::ids::MAX_ID;
use crate::wire::problem::Problem;
use crate::wire::request::read;
use crate::wire::url;
use crate::worker::tokens::wire::origins;

/// How long such a link works, in seconds.
///
/// 10 × 60: long enough to look, and too short for a link in a log to be of use.
pub const SESSION_SECONDS: u32 = 600;

/// `POST /v1/billing-portal/sessions`.
///
/// ```json
/// { "customer_id": "cust_…", "return_url": "https://app.example.com/billing",
///   "failure_url": "https://app.example.com/billing?again=1",
///   "allowed_origins": ["https://app.example.com"] }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewSession {
    /// Whose page it is; checked by the directory.
    pub customer_id: String,
    /// The way back on the page.
    pub return_url: String,
    /// The way back on the page of a link that has ended.
    pub failure_url: String,
    /// Whose pages may show it in a frame; nobody's where it is empty.
    pub allowed_origins: Vec<String>,
}

impl NewSession {
    /// # Errors
    /// As [`read`].
    pub fn read(body: &str) -> Result<Self, Problem> {
        read(body, |object, errors| {
            let customer_id = object.text("customer_id", MAX_ID, errors);
            let customer_id = object.require("customer_id", customer_id, errors);
            let return_url = url::required(object, "return_url", errors);
            let failure_url = url::required(object, "failure_url", errors);
            let origins = origins(object, errors);
            Some(Self {
                customer_id: customer_id?,
                return_url: return_url?,
                failure_url: failure_url?,
                allowed_origins: origins.unwrap_or_default(),
            })
        })
    }
}
