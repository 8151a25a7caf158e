//! What a deployment is configured with.
//!
//! Nothing in here may be needed to find a wallet: the same call means the same in every
//! deployment.

/// Read once per isolate from the Worker's variables; see `wrangler.toml`.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `local` accepts the local test key and changes nothing else.
    pub environment: String,
    /// Signing secrets of Stripe's webhook endpoints, separated by commas.
    pub stripe_webhook_secrets: String,
    /// Where a denied customer tops up; `{customer_id}` is replaced.
    pub topup_url: String,
}

impl Config {
    /// Whether this is a local server. A deployment that forgets to say what it is, is none.
    #[must_use]
    pub fn is_local(&self) -> bool {
        // Only the exact word: a typo must not open a deployment to the key that everybody knows.
        self.environment == "local"
    }
}
