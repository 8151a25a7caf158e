//! Addresses that callers give us: where a browser is sent, and where webhooks go. Nothing but plain
//! `http` and `https` is one, so none of them can run a script or smuggle a line into a header.

use ::url::{Host, Url};

use super::json::{Errors, Object};

/// Longest address, in characters.
pub const MAX_URL: usize = 2_048;

/// What an error says of a text that is no address.
pub const NOT_AN_ADDRESS: &str = "must be an address that begins with https:// or http://, without \
                                  a user name, and percent-encoded where needed";

/// Names that no public name server answers for.
const PRIVATE: [&str; 9] = [
    "localhost",
    "local",
    "internal",
    "intranet",
    "localdomain",
    "lan",
    "home",
    "corp",
    "arpa",
];

/// The parts of an address that decide where it leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WebUrl<'a> {
    /// Scheme, host and port: `https://example.com:8443`.
    pub origin: &'a str,
    pub host: &'a str,
    secure: bool,
    port: u16,
}

impl<'a> WebUrl<'a> {
    /// Reads an address that every browser reads in the same way.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        // A browser mends what it reads, and so does `Url`: it drops line ends, turns backslashes,
        // decodes hosts and takes any number of slashes. We keep the text that was given, so it must
        // need no mending: it says its host and its port as `Url` understands them.
        if text.len() > MAX_URL || !text.bytes().all(is_plain) {
            return None;
        }
        let secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = text.strip_prefix(url.scheme())?.strip_prefix("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let origin = text.get(..text.len() - rest.len() + authority.len())?;
        // Nobody can listen at port 0: a system that is asked for it takes another one instead.
        let port = url.port_or_known_default().filter(|port| *port > 0)?;
        // What is left over beside the host, such as a user name or a port in another spelling,
        // makes it differ from what `Url` has understood, so it is refused.
        let host = authority.strip_suffix(&format!(":{port}"));
        let host = host.unwrap_or(authority);
        let same = host.eq_ignore_ascii_case(url.host_str()?);
        let clean = match url.host()? {
            Host::Domain(name) => is_name(name),
            Host::Ipv4(_) | Host::Ipv6(_) => true,
        };
        (same && clean).then_some(Self {
            origin,
            host,
            secure,
            port,
        })
    }

    /// Whether it leads to a port at which others serve the public: at any other one there is a service
    /// that was not made for requests from anywhere.
    #[must_use]
    pub const fn is_web_port(&self) -> bool {
        matches!(self.port, 443 | 8443)
    }

    /// A secure address on the public internet, as far as its name tells: no number, no name that
    /// only a private network knows.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let mut labels = self.host.rsplit('.');
        let top = labels.next().unwrap_or_default().to_ascii_lowercase();
        // A number, in whatever notation, has a digit in its last part; a top-level name never has
        // one, but for those in Punycode.
        let name = top.starts_with("xn--") || top.bytes().all(|byte| byte.is_ascii_alphabetic());
        self.secure && name && labels.next().is_some() && !PRIVATE.contains(&top.as_str())
    }
}

/// What an address may be written with; everything else is percent-encoded.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

/// A name as name servers know it. `Url` also takes empty labels and signs that no name has.
fn is_name(host: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(letter);
    // The limits of the name system itself, so longer names could not lead anywhere.
    host.len() <= 253 && host.split('.').all(label)
}

/// A required address of a request, for a browser to go to.
pub fn required(object: &Object<'_>, name: &'static str, errors: &mut Errors) -> Option<String> {
    let url = optional(object, name, errors);
    object.require(name, url, errors)
}

/// An address of a request that may be left out.
pub fn optional(object: &Object<'_>, name: &'static str, errors: &mut Errors) -> Option<String> {
    let url = object.text(name, MAX_URL, errors)?;
    if WebUrl::parse(&url).is_none() {
        errors.add(&object.path_of(name), NOT_AN_ADDRESS);
        return None;
    }
    Some(url)
}

/// An address that may be left out and that browsers ask for without being seen on the way: https alone.
pub fn secure(object: &Object<'_>, name: &'static str, errors: &mut Errors) -> Option<String> {
    let url = optional(object, name, errors)?;
    if !url.starts_with("https://") {
        errors.add(&object.path_of(name), "must begin with https://");
        return None;
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_http_with_a_host() {
        for (text, origin, host) in [
            ("https://example.com", "https://example.com", "example.com"),
            ("http://a.b:3000/x?y=1#z", "http://a.b:3000", "a.b"),
            (
                "https://example.com?x",
                "https://example.com",
                "example.com",
            ),
            ("http://127.0.0.1:80/", "http://127.0.0.1:80", "127.0.0.1"),
            ("http://[::1]:8787/x", "http://[::1]:8787", "[::1]"),
            ("https://x.y/a@b:c", "https://x.y", "x.y"),
        ] {
            let parsed = WebUrl::parse(text).map(|url| (url.origin, url.host));
            assert_eq!(parsed, Some((origin, host)), "{text}");
        }
        for bad in [
            "",
            "example.com",
            "//example.com",
            "javascript:alert(1)",
            "JAVASCRIPT://example.com/%0aalert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://example.com",
            "https:example.com",
            "https:///example.com",
            "https://",
            "https://?x",
            "https://user@example.com",
            "https://user:pass@example.com",
            "https://example.com\\@evil.com",
            "https://example.com:0",
            "https://example.com:",
            "https://example.com:65536",
            "https://example.com:+80",
            "https://example.com:80:80",
            "https://exa mple.com",
            "https://example.com/\r\nset-cookie: x",
            "https://example.com/\"><script>",
            "https://exämple.com",
            "https://example..com",
            "https://.example.com",
            "https://example.com.",
            "https://exa%6dple.com",
            "https://[::1",
            "https://[example.com]",
            "https://[::1]x",
            " https://example.com",
        ] {
            assert_eq!(WebUrl::parse(bad), None, "{bad}");
        }
        let long = format!("https://example.com/{}", "x".repeat(MAX_URL));
        assert_eq!(WebUrl::parse(&long), None);
    }

    #[test]
    fn a_public_address_is_secure_and_has_a_name_that_everybody_knows() {
        let public = |text: &str| WebUrl::parse(text).is_some_and(|url| url.is_public());
        for good in [
            "https://example.com/hook",
            "https://hooks.example.co.uk:8443/",
            "https://xn--exmple-cua.com",
            "https://a.xn--p1ai",
        ] {
            assert!(public(good), "{good}");
        }
        for bad in [
            "http://example.com/hook",
            "https://localhost/hook",
            "https://x.localhost",
            "https://LOCALHOST",
            "https://127.0.0.1",
            "https://10.0.0.1",
            "https://169.254.169.254/latest/meta-data",
            "https://8.8.8.8",
            "https://2130706433",
            "https://0x7f.1",
            "https://0x7f000001",
            "https://0177.0.0.1",
            "https://127.1",
            "https://[::1]",
            "https://[::ffff:127.0.0.1]",
            "https://[fd00::1]",
            "https://intranet",
            "https://metadata.google.internal",
            "https://printer.local",
            "https://x.home.arpa",
        ] {
            assert!(!public(bad), "{bad}");
        }
    }
}
