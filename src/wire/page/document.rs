//! What every page has: its frame, its style, and what a browser may do with it.

use maud::{DOCTYPE, Markup, html};

use crate::engine::Instant;
use crate::wire::time;

/// The one style of all pages: `www/assets/scrip.css`, from the origin that the page came from.
const STYLE: &str = "/assets/scrip.css";

/// A whole document without a script.
pub fn document(title: &str, content: &Markup) -> String {
    scripted(title, None, content)
}

/// A whole document with one module of `www/assets` at most, which makes more of what stands there without it.
pub fn scripted(title: &str, script: Option<&str>, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Told before the style is there, so that a dark page never flashes white.
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="stylesheet" href=(STYLE);
                @if let Some(address) = script { script type="module" src=(address) {} }
            }
            body { (content) }
        }
    };
    page.into_string()
}

/// `24 Nov 2026, 19:20 UTC`, with the moment itself for machines.
pub fn when(at: Instant) -> Markup {
    html! { time datetime=(time::format(at)) { (time::readable(at)) } }
}

/// What a browser may do with a page, as a `Content-Security-Policy`: show its style, and send its
/// form here. A form's answer leads on to other places, whose origins have to be named as well;
/// none are named where the page has no form.
///
/// Styles come from our own origin only, so that nothing which slips into a page can restyle it.
#[must_use]
pub fn policy(form_leads_to: &[&str]) -> String {
    // Either `'none'` or origins, never both: browsers pass over a `'none'` that is not alone.
    if form_leads_to.is_empty() {
        return allowing_forms("'none'");
    }
    let places = form_leads_to.iter().map(|origin| format!(" {origin}"));
    allowing_forms(&format!("'self'{}", places.collect::<String>()))
}

/// The same for a page whose form is answered here and leads nowhere else.
#[must_use]
pub fn policy_of_own_form() -> String {
    allowing_forms("'self'")
}

/// The same for a page with the portal's elements. They come from here, as all that they load and ask; the engine is
/// WebAssembly, which needs a word of its own; the logo of an account may be anywhere.
#[must_use]
pub fn policy_of_portal() -> String {
    let scripts =
        "script-src 'self' 'wasm-unsafe-eval'; img-src 'self' https:; connect-src 'self';";
    policy_of_own_form().replace("form-action", &format!("{scripts} form-action"))
}

/// The same policy for a page that pages of these origins, separated by spaces, may show in a frame.
#[must_use]
pub fn framed_by(policy: &str, origins: &str) -> String {
    if origins.is_empty() {
        return policy.to_owned();
    }
    policy.replace(NO_FRAME, &format!("frame-ancestors {origins}"))
}

/// What the policy of a page says that nobody may show in a frame.
pub const NO_FRAME: &str = "frame-ancestors 'none'";

fn allowing_forms(places: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; form-action {places}; base-uri 'none'; {NO_FRAME}"
    )
}

/// A page that says one thing, with at most one way on: an address and what to call it.
#[must_use]
pub fn message(title: &str, sentence: &str, way_on: Option<(&str, &str)>) -> String {
    let content = html! {
        main.card {
            h1 { (title) }
            p { (sentence) }
            @if let Some((url, words)) = way_on {
                // Our addresses carry secrets, so nobody is told where the customer came from.
                p { a.button.primary rel="noreferrer" href=(url) { (words) } }
            }
        }
    };
    document(title, &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_caller_says_is_markup() {
        let page = message(
            "<b>\"'&",
            "</p><script>",
            Some(("https://x.y/?a=1\" onclick=\"&b='", "<i>")),
        );
        for raw in ["<b>", "<script>", "<i>", "&b='", "\" onclick"] {
            assert!(!page.contains(raw), "{raw}");
        }
        // An apostrophe may stay: attributes are in double quotes.
        assert!(page.contains("&lt;b&gt;&quot;'&amp;"));
    }

    #[test]
    fn a_page_may_do_nothing_but_what_it_is_for() {
        assert!(policy(&[]).contains("default-src 'none'; style-src 'self';"));
        assert!(policy(&[]).contains("form-action 'none';"));
        assert!(policy_of_own_form().contains("form-action 'self';"));
        let form = policy(&["https://a.b", "http://c.d:1"]);
        assert!(form.contains("form-action 'self' https://a.b http://c.d:1;"));
    }

    #[test]
    fn the_portal_runs_what_is_served_here_and_no_text() {
        let policy = policy_of_portal();
        assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval';"));
        assert!(policy.contains("connect-src 'self';") && policy.contains("form-action 'self';"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }

    #[test]
    fn a_page_is_framed_by_whom_it_names_and_by_nobody_else() {
        let policy = policy_of_own_form();
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(framed_by(&policy, ""), policy);
        let framed = framed_by(&policy, "https://a.b https://c.d");
        assert!(framed.ends_with("frame-ancestors https://a.b https://c.d"));
        assert_eq!(framed.matches("frame-ancestors").count(), 1);
    }

    #[test]
    fn a_page_loads_its_style_and_nothing_else() {
        let page = message("t", "s", None);
        assert_eq!(page.matches("<link").count(), 1);
        assert!(page.contains("<link rel=\"stylesheet\" href=\"/assets/scrip.css\">"));
        assert!(!page.contains("style=") && !page.contains("<style"));
    }
}
