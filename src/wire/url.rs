//! Addresses that callers give us: where a browser is sent, and where webhooks go. Nothing but
//! plain `http` and `https` is one, so none of them can run a script or smuggle a line into a
//! header.

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
    /// Without the port; an IPv6 address keeps its brackets.
    pub host: &'a str,
    /// Whether it is `https`.
    secure: bool,
}

impl<'a> WebUrl<'a> {
    /// Reads an address that every browser reads in the same way.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        // Browsers mend what is not plain, each in its own way; what two of them could read
        // differently is refused.
        if text.len() > MAX_URL || !text.bytes().all(is_plain) {
            return None;
        }
        let authority = rest.split(['/', '?', '#']).next()?;
        let origin = text.get(..text.len() - rest.len() + authority.len())?;
        let host = without_port(authority)?;
        is_host(host).then_some(Self {
            origin,
            host,
            secure,
        })
    }

    /// A secure address on the public internet, as far as its name tells: no number, no name that
    /// only a private network knows.
    #[must_use]
    pub fn is_public(&self) -> bool {
        let mut labels = self.host.rsplit('.');
        let top = labels.next().unwrap_or_default().to_ascii_lowercase();
        // No other top-level domain has a digit, so every way to write an IPv4 address ends here.
        let name = top.starts_with("xn--") || top.bytes().all(|byte| byte.is_ascii_alphabetic());
        self.secure && name && labels.next().is_some() && !PRIVATE.contains(&top.as_str())
    }
}

/// What an address may be written with; everything else is percent-encoded.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

fn without_port(authority: &str) -> Option<&str> {
    let end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(end)?;
    let Some(digits) = port.strip_prefix(':') else {
        return port.is_empty().then_some(host);
    };
    let number: u16 = digits.parse().ok()?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && number > 0).then_some(host)
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').unwrap_or_default();
        let digit = |byte: u8| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.';
        return address.contains(':') && address.bytes().all(digit);
    }
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(letter);
    host.len() <= 253 && host.split('.').all(label)
}

/// A required address of a request, for a browser to go to.
pub fn required(object: &Object<'_>, name: &str, errors: &mut Errors) -> Option<String> {
    let url = optional(object, name, errors);
    object.require(name, url, errors)
}

/// An address of a request that may be left out.
pub fn optional(object: &Object<'_>, name: &str, errors: &mut Errors) -> Option<String> {
    let url = object.text(name, MAX_URL, errors)?;
    if WebUrl::parse(&url).is_none() {
        errors.add(&object.path_of(name), NOT_AN_ADDRESS);
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
