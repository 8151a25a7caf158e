//! The page where a top-up is paid on the test side. It stands in for a payment provider.
//!
//! Everything that is put into it is escaped by `maud`. It has no script: a form is enough, and a
//! policy without scripts then stops all of them.

use maud::{Markup, html};

use crate::engine::{Amount, Instant};

use crate::wire::page::document::{document, when};
use crate::wire::page::unit::Unit;

/// What is shown of a top-up before it is paid.
pub struct TopUpPage<'a> {
    /// The customer's name, or its id where it has none.
    pub customer: &'a str,
    /// What leaves the customer's pocket, in `currency`.
    pub paid: Amount,
    /// How the money is written.
    pub currency: Unit,
    /// What arrives in the wallet, in `asset`.
    pub credited: Amount,
    /// How the credit is written.
    pub asset: Unit,
    /// What is paid is also what is credited.
    pub in_kind: bool,
    /// What the caller said that the payment is for.
    pub description: Option<&'a str>,
    /// From when on the credit cannot be used any more; never where it is absent.
    pub credit_expires_at: Option<Instant>,
    /// From when on the link can no longer be paid.
    pub open_until: Instant,
}

/// The page with the buttons. Its form posts `action` = `pay`, `secure`, `delay`, `decline` or
/// `cancel` to the page's own address, and works without a script.
#[must_use]
pub fn top_up(page: &TopUpPage<'_>) -> String {
    let paid = page.currency.plain(page.paid);
    let content = html! {
        main.card {
            // First of all, so that nobody takes it for a real payment.
            (badge())
            h1 { "Add to your balance" }
            p.headline { (paid) }
            (terms(page))
            // Without an action it goes to the page's own address, which holds the token.
            form method="post" {
                button.primary name="action" value="pay" { "Pay " (paid) }
                div.pair {
                    button name="action" value="secure" { "Pay with 3\u{2011}D Secure" }
                    button name="action" value="delay" { "Pay, money later" }
                }
                div.pair {
                    button name="action" value="decline" { "Decline" }
                    button name="action" value="cancel" { "Cancel" }
                }
            }
            p.small {
                "This page stands in for a payment provider on the test side. "
                b { "Pay" } " adds the credit, once. "
                b { "3\u{2011}D Secure" } " asks you to confirm first. "
                b { "Money later" } " accepts the payment; come back here to let the money arrive. "
                b { "Decline" } " ends the top-up as failed. "
                b { "Cancel" } " goes back and leaves it open."
            }
        }
    };
    document("Add to your balance", &content)
}

/// The step at which the payer confirms, in the query.
pub const SECURE: &str = "secure";

/// What stands first on each of these pages.
pub(super) fn badge() -> Markup {
    html! { p.badge { "Test payment: no money moves" } }
}

/// The page that stands in for the payer's bank. Its form posts `action` = `pay`, `decline` or `cancel`.
#[must_use]
pub fn confirmation(price: &str) -> String {
    let content = html! {
        main.card {
            (badge())
            h1 { "Confirm the payment" }
            p.headline { (price) }
            p { "This page stands in for your bank, which asks whether it is you (3\u{2011}D Secure)." }
            // To the page itself, without the step.
            form method="post" action="?" {
                button.primary name="action" value="pay" { "Confirm" }
                div.pair {
                    button name="action" value="decline" { "Fail" }
                    button name="action" value="cancel" { "Cancel" }
                }
            }
        }
    };
    document("Confirm the payment", &content)
}

/// The page of a payment whose money takes its time. Its form posts `action` = `settle`, `fail` or
/// `cancel`.
#[must_use]
pub fn on_its_way(price: &str) -> String {
    let content = html! {
        main.card {
            (badge())
            h1 { "Waiting for the money" }
            p.headline { (price) }
            p { "The payment was accepted, and its money is on its way, as by bank transfer." }
            form method="post" {
                button.primary name="action" value="settle" { "The money arrives" }
                div.pair {
                    button name="action" value="fail" { "It never comes" }
                    button name="action" value="cancel" { "Go back" }
                }
            }
        }
    };
    document("Waiting for the money", &content)
}

/// For whom, what for and until when; a line is there only where it says something.
fn terms(page: &TopUpPage<'_>) -> Markup {
    html! {
        dl {
            div { dt { "For" } dd { (page.customer) } }
            // Where money buys the same money, a second line would only repeat the first.
            @if !page.in_kind {
                div { dt { "You get" } dd { (page.asset.plain(page.credited)) } }
            }
            @if let Some(text) = page.description {
                div { dt { "Note" } dd { (text) } }
            }
            @if let Some(end) = page.credit_expires_at {
                div { dt { "Can be used until" } dd { (when(end)) } }
            }
            div { dt { "Open until" } dd { (when(page.open_until)) } }
        }
    }
}
