//! What the parts of an address and the body of an HTML form say.
//!
//! Three places encode text with `%XX`, and two of them also write a space as `+`: a query string
//! and the body of a form (`application/x-www-form-urlencoded`) do, a path does not. What is not
//! valid there stays as it is instead of being an error: such text then names nothing that exists,
//! and the caller is told so in the words of the route.

use std::borrow::Cow;

/// A segment of a path, decoded: `a%2Fb` is `a/b`, and `a+b` stays `a+b`.
///
/// A sequence that encodes nothing (`%`, `%zz`) stays as it is, and so does the whole segment where
/// its bytes are not UTF-8. Segments have to be split before they are decoded, else an encoded
/// slash would make two of one.
#[must_use]
pub fn path_segment(text: &str) -> Cow<'_, str> {
    let bytes = percent_encoding::percent_decode_str(text);
    bytes.decode_utf8().unwrap_or(Cow::Borrowed(text))
}

/// The first value of this name in a query string, which may begin with its `?`. A value that is
/// empty counts as absent: `?limit=` asks for nothing.
///
/// Bytes that are not UTF-8 become U+FFFD, as the standard for such strings has it.
#[must_use]
pub fn query_value(query: &str, name: &str) -> Option<String> {
    first(query.strip_prefix('?').unwrap_or(query), name)
}

/// The first value of this name in the body of a form. An empty value counts as absent, as in a
/// query.
#[must_use]
pub fn form_value(body: &str, name: &str) -> Option<String> {
    first(body, name)
}

fn first(text: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    // Servers disagree on which one counts. This one always took the first, so it must stay the
    // first.
    let (_, value) = pairs.find(|(key, _)| key == name)?;
    Some(value.into_owned()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_decoded_once_and_a_plus_is_a_plus() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("a%2Fb", "a/b"),
            ("a%2fb%20c", "a/b c"),
            ("a+b", "a+b"),
            ("S%C3%B6hne", "Söhne"),
            ("Söhne", "Söhne"),
            ("%2541", "%41"),
            ("a%00b", "a\0b"),
        ] {
            assert_eq!(path_segment(text), expected, "{text}");
        }
    }

    #[test]
    fn what_encodes_nothing_stays_as_it_is() {
        for text in [
            "%", "%4", "%zz", "%+1", "%-1", "100%", "%%", "%FF", "a%FFb%41",
        ] {
            assert_eq!(path_segment(text), text);
        }
        assert_eq!(path_segment("%%41"), "%A");
        for text in ["%", "%4", "%zz", "%-1", "100%"] {
            let query = format!("?a={text}");
            assert_eq!(query_value(&query, "a").as_deref(), Some(text));
        }
    }

    #[test]
    fn a_query_value_is_the_first_of_its_name() {
        for (query, expected) in [
            ("?limit=5", Some("5")),
            ("limit=5", Some("5")),
            ("?offset=1&limit=5", Some("5")),
            ("?limit=5&limit=6", Some("5")),
            ("?limit=a%26b%3Dc", Some("a&b=c")),
            ("?limit=a=b", Some("a=b")),
            ("?limit=a+b%2Bc", Some("a b+c")),
            (
                "?limit=2026-01-31T12:00:00%2B01:00",
                Some("2026-01-31T12:00:00+01:00"),
            ),
            ("?limit=", None),
            ("?limit=&limit=5", None),
            ("?limit", None),
            ("?Limit=5", None),
            ("?limits=5", None),
            ("?", None),
            ("", None),
        ] {
            assert_eq!(query_value(query, "limit").as_deref(), expected, "{query}");
        }
    }

    #[test]
    fn a_form_is_read_like_a_query_without_its_mark() {
        for (body, expected) in [
            ("action=pay", Some("pay")),
            ("x=1&action=pay&action=decline", Some("pay")),
            ("action=pay%0A", Some("pay\n")),
            ("action=", None),
            ("?action=pay", None),
            ("{\"action\":\"pay\"}", None),
            ("", None),
        ] {
            assert_eq!(form_value(body, "action").as_deref(), expected, "{body}");
        }
    }
}
