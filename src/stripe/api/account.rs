//! The account at Stripe that a key belongs to.

use super::form::Form;
use super::request::ApiRequest;

/// Whose key it is; for a connected account, whether the key may act for it.
#[must_use]
pub fn retrieve() -> ApiRequest {
    ApiRequest::get("/v1/account", &Form::new())
}
