//! What a deployment is configured with.
//!
//! Nothing in here may be needed to find a wallet: the same call means the same in every
//! deployment.

use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::wire::url::WebUrl;

/// Read once per isolate from the Worker's variables; see `wrangler.toml`.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `local` accepts the local test key and changes nothing else.
    pub environment: String,
    /// Signing secrets of the default account's endpoint for real payments, separated by commas.
    pub stripe_secrets_live: String,
    /// The same of its endpoint for test payments.
    pub stripe_secrets_test: String,
    /// What the directory's secrets are sealed with, and tokens derive from; see `keyring`.
    pub secrets_key: String,
    /// Where the deployment is reached, such as `https://wallets.example.com`: links of our own
    /// start there.
    pub public_url: String,
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

    /// An address of our own. It never derives from a request: whoever sends one chooses its host.
    ///
    /// # Errors
    /// `not_configured` where the deployment does not say where it is reached.
    pub fn link(&self, path: &str) -> Result<String, Problem> {
        let origin = self.public_url.trim_end_matches('/');
        if WebUrl::parse(origin).is_some_and(|url| url.origin == origin) {
            return Ok(format!("{origin}{path}"));
        }
        let detail = "This deployment makes no links: set PUBLIC_URL to where it is reached, such as \
                      https://wallets.example.com, without a path.";
        Err(Failure::NotConfigured.because(detail))
    }
}
