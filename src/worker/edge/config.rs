//! What a deployment is configured with.

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
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.environment == "local"
    }
}
