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

/// The page with the buttons. Its form posts `action` = `pay`, `decline` or `cancel` to the page's
/// own address, and works without a script.
#[must_use]
pub fn top_up(page: &TopUpPage<'_>) -> String {
    let paid = page.currency.plain(page.paid);
    let content = html! {
        main.card {
            // First of all, so that nobody takes it for a real payment.
            p.badge { "Test payment: no money moves" }
            h1 { "Add to your balance" }
            p.headline { (paid) }
            (terms(page))
            // Without an action it goes to the page's own address, which holds the token.
            form method="post" {
                button.primary name="action" value="pay" { "Pay " (paid) }
                div.pair {
                    button name="action" value="decline" { "Decline" }
                    button name="action" value="cancel" { "Cancel" }
                }
            }
            p.small {
                "This page stands in for a payment provider on the test side. "
                b { "Pay" } " adds the credit, once. "
                b { "Decline" } " ends the top-up as failed. "
                b { "Cancel" } " goes back and leaves it open."
            }
        }
    };
    document("Add to your balance", &content)
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
