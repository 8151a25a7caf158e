//! The page of a simulated payment that was credited: what can still become of it.

use maud::{Markup, html};

use crate::wire::page::document::document;
use crate::wire::page::unit::Unit;

use super::afterwards::{Dispute, Standing};
use super::page::badge;

/// What is shown of it.
pub struct PaidPage<'a> {
    /// What was credited, with its unit.
    pub credit: String,
    pub standing: &'a Standing,
    pub currency: Unit,
    /// Where the payer goes on.
    pub on: &'a str,
}

/// The page. Its forms post `action` = `refund`, `refund_failed`, `dispute`, `inquiry`, `withdraw`, `win` or `lose` to
/// the page's own address; a refund has an `amount` and a `number`.
#[must_use]
pub fn paid(page: &PaidPage<'_>) -> String {
    let is_refunded = page.standing.is_refunded();
    let (title, did) = match is_refunded {
        true => ("Refunded", "Taken back"),
        false => ("Paid", "Added"),
    };
    let content = html! {
        main.card {
            (badge())
            h1 { (title) }
            p { (did) ": " (page.credit) "." }
            // Our addresses carry secrets, so nobody is told where the customer came from.
            a.button.primary rel="noreferrer" href=(page.on) { "Continue" }
            (refunds(page))
            (dispute(page))
        }
    };
    document(title, &content)
}

fn refunds(page: &PaidPage<'_>) -> Markup {
    let standing = page.standing;
    let (left, refunded) = (standing.left(), standing.refunded());
    html! {
        @if left.is_positive() || refunded.is_positive() {
            h2 { "Refunds" }
        }
        @if refunded.is_positive() {
            p { "Refunded: " (page.currency.plain(refunded)) "." }
        }
        @if left.is_positive() {
            form.line method="post" {
                // So that pressing twice, or going back and pressing again, is the same refund.
                input type="hidden" name="number" value=(standing.next());
                label for="amount" { "Amount" }
                input #amount name="amount" inputmode="decimal" autocomplete="off" value=(left);
                button name="action" value="refund" { "Refund it" }
            }
            p.small { "A refund takes the credit back. What of it was spent is owed." }
        }
        @if let Some(last) = standing.last() {
            form method="post" {
                input type="hidden" name="number" value=(last.number);
                button name="action" value="refund_failed" {
                    "The refund of " (page.currency.plain(last.amount)) " fails"
                }
            }
        }
    }
}

fn dispute(page: &PaidPage<'_>) -> Markup {
    html! {
        @match &page.standing.dispute {
            Some(dispute) => (disputed(page, dispute)),
            // Nobody disputes what was given back, so only the rest can be.
            None if page.standing.left().is_positive() => {
                h2 { "Disputes" }
                form method="post" {
                    div.pair {
                        button name="action" value="dispute" { "Open a dispute" }
                        button name="action" value="inquiry" { "Open an inquiry" }
                    }
                }
                p.small { "A dispute freezes the wallet, where the account's settings say so. An inquiry does nothing." }
            }
            None => {}
        }
    }
}

fn disputed(page: &PaidPage<'_>, dispute: &Dispute) -> Markup {
    let amount = page.currency.plain(dispute.amount);
    let money = match (dispute.is_withdrawn, dispute.is_reinstated) {
        (true, true) => "The bank took the money, and gave it back.",
        (true, false) => "The bank has taken the money.",
        (false, _) => "No money was taken.",
    };
    html! {
        h2 { "Disputes" }
        @match dispute.ended.as_deref() {
            Some(ended) => p { "Disputed: " (amount) ". The dispute was " (ended) ". " (money) },
            None => {
                p { "Disputed: " (amount) ". " (money) }
                form method="post" {
                    @if !dispute.is_withdrawn {
                        button name="action" value="withdraw" { "The bank takes the money" }
                    }
                    div.pair {
                        button name="action" value="win" { "The dispute is won" }
                        button name="action" value="lose" { "The dispute is lost" }
                    }
                }
                p.small { "Won, the money comes back and a freeze ends. Lost, the money stays away and a freeze ends." }
            }
        }
    }
}
