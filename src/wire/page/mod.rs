//! Pages for people: plain HTML without a script, in light and dark, for a telephone and a desk.

mod portal;
mod topup;

pub use portal::{PortalPage, portal};
pub use topup::{TopUpPage, top_up};

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use crate::engine::{Amount, Instant};

use super::format::{self, Style};
use super::time;

/// The one style of all pages.
const STYLE: &str = include_str!("../../../www/assets/scrip.css");

/// How amounts of an asset are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unit {
    /// The asset's label or code: `USD`, `credits`.
    pub name: String,
    /// Stands before the number: `$`.
    pub symbol: Option<String>,
    /// At least so many decimal places.
    pub places: u32,
}

impl Unit {
    /// The exact amount with its unit, ready for a page.
    #[must_use]
    pub fn write(&self, amount: Amount) -> String {
        escaped(&self.plain(amount))
    }

    /// The same as text.
    #[must_use]
    pub fn plain(&self, amount: Amount) -> String {
        let style = Style {
            places: self.places,
            symbol: self.symbol.clone(),
            code: Some(self.name.clone()),
            locale: None,
        };
        let written = format::amount(amount, &style, |number| Ok(grouped(number)));
        let written = written.unwrap_or_else(|_| amount.to_string());
        // A real minus sign is as wide as a digit.
        written.replacen('-', "\u{2212}", 1)
    }
}

/// Thousands by commas; digits behind the point stay together.
fn grouped(number: &str) -> String {
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let groups = whole.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    let whole = groups.join(",");
    fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}"))
}

/// `24 Nov 2026, 19:20 UTC`, with the moment itself for machines.
fn when(at: Instant) -> String {
    let (exact, readable) = (time::format(at), time::readable(at));
    format!("<time datetime=\"{exact}\">{readable}</time>")
}

/// Text that stands for itself in HTML, in attributes as well.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A whole document. The title and the content are HTML already.
fn document(title: &str, content: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n{content}</body>\n</html>\n"
    )
}

/// What a browser may do with a page: show its style, and send its form here. A form's answer leads
/// on to other places, which have to be named as well.
#[must_use]
pub fn policy(form_leads_to: &[&str]) -> String {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let form = if form_leads_to.is_empty() {
        " 'none'".to_owned()
    } else {
        let places = form_leads_to.iter().map(|origin| format!(" {origin}"));
        format!(" 'self'{}", places.collect::<String>())
    };
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action{form}; base-uri 'none'; \
         frame-ancestors 'none'"
    )
}

/// A page that says one thing, with at most one way on: an address and what to call it.
#[must_use]
pub fn message(title: &str, sentence: &str, way_on: Option<(&str, &str)>) -> String {
    let link = way_on.map_or_else(String::new, |(url, words)| {
        let (url, words) = (escaped(url), escaped(words));
        format!(
            "<p><a class=\"button primary\" rel=\"noreferrer\" href=\"{url}\">{words}</a></p>\n"
        )
    });
    let (title, sentence) = (escaped(title), escaped(sentence));
    let content =
        format!("<main class=\"card\">\n<h1>{title}</h1>\n<p>{sentence}</p>\n{link}</main>\n");
    document(&title, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(symbol: Option<&str>, places: u32) -> Unit {
        Unit {
            name: "<USD>".to_owned(),
            symbol: symbol.map(str::to_owned),
            places,
        }
    }

    #[test]
    fn amounts_are_exact_and_grouped() {
        for (amount, symbol, places, expected) in [
            ("20", Some("$"), 2, "$20.00 &lt;USD&gt;"),
            ("1234567.8", None, 2, "1,234,567.80 &lt;USD&gt;"),
            ("999", None, 0, "999 &lt;USD&gt;"),
            ("0.000125", None, 2, "0.000125 &lt;USD&gt;"),
            ("-1000.5", Some("$"), 2, "\u{2212}$1,000.50 &lt;USD&gt;"),
            ("0", None, 2, "0.00 &lt;USD&gt;"),
        ] {
            let amount = Amount::parse(amount).unwrap_or_default();
            assert_eq!(unit(symbol, places).write(amount), expected);
        }
    }

    #[test]
    fn nothing_that_a_caller_says_is_markup() {
        let page = message(
            "<b>\"'&",
            "</p><script>",
            Some(("https://x.y/?a=1&b='", "<i>")),
        );
        for raw in ["<b>", "<script>", "<i>", "&b='"] {
            assert!(!page.contains(raw), "{raw}");
        }
        assert!(page.contains("&lt;b&gt;&quot;&#39;&amp;"));
    }

    #[test]
    fn a_page_may_do_nothing_but_what_it_is_for() {
        assert!(policy(&[]).contains("default-src 'none'; style-src 'sha256-"));
        assert!(policy(&[]).contains("form-action 'none';"));
        let form = policy(&["https://a.b", "http://c.d:1"]);
        assert!(form.contains("form-action 'self' https://a.b http://c.d:1;"));
    }
}
