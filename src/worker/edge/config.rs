//! What a deployment is configured with.
//!
//! Nothing in here may be needed to find a wallet: the same call means the same in every
//! deployment.

use crate::wire::Problem;
use crate::wire::problem::Failure;
use crate::wire::url::WebUrl;

/// The names of the machine itself, which no name server of a stranger says.
const OWN_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Where Stripe's API is.
pub const STRIPE_API: &str = "https://api.stripe.com";

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
    /// Where Stripe's API is asked; [`STRIPE_API`] where nothing is said.
    pub stripe_api_url: String,
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

    /// What is wrong with the whole, so that nothing may be answered.
    ///
    /// # Errors
    /// `unavailable` for a local server that would take real payments: everybody knows its key.
    pub fn check(&self) -> Result<(), Problem> {
        if self.is_local() && !self.stripe_secrets_live.trim().is_empty() {
            let detail = "This server does not start: ENVIRONMENT is local, and everybody knows the key of a \
                          local server, but STRIPE_WEBHOOK_SECRET_LIVE is set. Remove one of the two.";
            return Err(Failure::Unavailable.because(detail));
        }
        Ok(())
    }

    /// That this server has a side. A local one has no live side, whatever its directory says of one:
    /// everybody knows its key, and its secrets are sealed with one that is published.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn check_side(&self, mode: &str) -> Result<(), Problem> {
        if self.is_local() && mode != "test" {
            let detail = "This server is local (ENVIRONMENT is local) and has no live side. Use a test key \
                          here, and a live key with a deployment.";
            return Err(Failure::Forbidden.because(detail));
        }
        Ok(())
    }

    /// Whether a request came in where this server is reached. A deployment is found by the platform's
    /// routes and answers to all of them. A local server takes a key that everybody knows, and a page
    /// of a stranger may have given its own name the address of this machine: so it answers only where a
    /// stranger's page cannot send its reader.
    ///
    /// # Errors
    /// `wrong_host`.
    pub fn check_host(&self, authority: &str) -> Result<(), Problem> {
        if !self.is_local() {
            return Ok(());
        }
        let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if digits(port) => host,
            _ => authority,
        };
        let own = WebUrl::parse(&self.public_url).map(|url| url.host);
        let same = |name: &str| host.eq_ignore_ascii_case(name);
        if OWN_HOSTS.iter().any(|name| same(name)) || own.is_some_and(same) {
            return Ok(());
        }
        let detail = "This local server answers at localhost, 127.0.0.1, [::1] and the host of PUBLIC_URL \
                      only. Set PUBLIC_URL where it is reached by another name.";
        Err(Failure::WrongHost.because(detail))
    }

    /// Where Stripe's API is asked: at Stripe, or at a stand-in for tests and for development. A key goes
    /// there, so anywhere but on this machine it has to be sealed on its way.
    ///
    /// # Errors
    /// `not_configured` where `STRIPE_API_URL` is no such address without a path.
    pub fn stripe_api(&self) -> Result<&str, Problem> {
        let origin = self.stripe_api_url.trim_end_matches('/');
        if origin.is_empty() {
            return Ok(STRIPE_API);
        }
        let is_safe =
            |url: &WebUrl<'_>| origin.starts_with("https://") || OWN_HOSTS.contains(&url.host);
        if WebUrl::parse(origin).is_some_and(|url| url.origin == origin && is_safe(&url)) {
            return Ok(origin);
        }
        let detail = "STRIPE_API_URL must be an https address such as https://api.stripe.com, without a path, or one \
                      of this machine. Remove it to ask Stripe itself.";
        Err(Failure::NotConfigured.because(detail))
    }

    /// Whether an origin is that of our own pages.
    #[must_use]
    pub fn is_own_origin(&self, origin: &str) -> bool {
        !origin.is_empty() && self.public_url.trim_end_matches('/') == origin
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

#[cfg(test)]
mod tests {
    use super::*;

    fn config(environment: &str, public_url: &str) -> Config {
        Config {
            environment: environment.to_owned(),
            public_url: public_url.to_owned(),
            ..Config::default()
        }
    }

    #[test]
    fn a_local_server_answers_to_its_own_names() {
        let local = config("local", "http://wallets.test:8787");
        for own in [
            "localhost",
            "localhost:8787",
            "LOCALHOST:1",
            "127.0.0.1:8787",
            "[::1]",
            "[::1]:8787",
            "wallets.test",
            "wallets.test:8787",
        ] {
            assert_eq!(local.check_host(own), Ok(()), "{own}");
        }
        for strange in [
            "",
            "evil.example",
            "evil.example:8787",
            "localhost.evil.example",
            "evil.localhost",
            "localhost:8787.evil.example",
            "localhost:x",
            "127.0.0.1.nip.io:8787",
            "127.0.0.2",
            "0.0.0.0:8787",
            "[::ffff:127.0.0.1]:8787",
            "wallets.test.evil.example",
        ] {
            let told = local.check_host(strange).map_err(|problem| problem.code);
            assert_eq!(told, Err("wrong_host"), "{strange}");
            // The platform's routes say which names lead to a deployment.
            assert_eq!(config("", "").check_host(strange), Ok(()));
        }
        assert!(config("local", "").check_host("localhost:8787").is_ok());
        assert!(config("local", "").check_host("wallets.test").is_err());
    }

    #[test]
    fn stripe_is_asked_where_the_deployment_says() {
        let at = |url: &str| {
            let config = Config {
                stripe_api_url: url.to_owned(),
                ..Config::default()
            };
            config
                .stripe_api()
                .map(str::to_owned)
                .map_err(|problem| problem.code)
        };
        assert_eq!(at(""), Ok(STRIPE_API.to_owned()));
        assert_eq!(
            at("http://127.0.0.1:9"),
            Ok("http://127.0.0.1:9".to_owned())
        );
        assert_eq!(
            at("https://one.example/"),
            Ok("https://one.example".to_owned())
        );
        for wrong in [
            "http://one.example",
            "http://127.0.0.1.one.example",
            "one.example",
            "https://one.example/v1",
            "ftp://one.example",
            "https://",
        ] {
            assert_eq!(at(wrong), Err("not_configured"), "{wrong}");
        }
    }

    #[test]
    fn a_local_server_with_a_live_side_does_not_start() {
        let with = |environment: &str, live: &str| {
            let secrets = Config {
                stripe_secrets_live: live.to_owned(),
                ..config(environment, "")
            };
            secrets.check().map_err(|problem| problem.status)
        };
        assert_eq!(with("local", "whsec_1"), Err(503));
        let sides = |environment: &str| {
            let config = config(environment, "");
            ["test", "live"].map(|mode| config.check_side(mode).is_ok())
        };
        assert_eq!(sides("local"), [true, false]);
        assert_eq!(sides(""), [true, true]);
        for (environment, live) in [
            ("local", ""),
            ("local", " "),
            ("", "whsec_1"),
            ("Local", "whsec_1"),
        ] {
            assert_eq!(with(environment, live), Ok(()), "{environment} {live}");
        }
    }
}
