//! The page where a payment method is added on the test side. It stands in for a payment provider.

use maud::html;

use crate::wire::page::document::document;

use super::cards::CARDS;

/// A button for each card. The form posts `action` = the card's word, or `cancel`, to the page's own address, and
/// works without a script.
#[must_use]
pub fn setup() -> String {
    let content = html! {
        main.card {
            // First of all, so that nobody takes it for a real card.
            p.badge { "Test card: no money moves" }
            h1 { "Add a payment method" }
            form method="post" {
                @for (place, card) in CARDS.iter().enumerate() {
                    button.primary[place == 0] name="action" value=(card.word) {
                        "Card ending in " (card.last4) ", which " (card.says)
                    }
                }
                button name="action" value="cancel" { "Cancel" }
            }
            p.small {
                "This page stands in for a payment provider on the test side. Each card does what its button says when "
                "it is charged later."
            }
        }
    };
    document("Add a payment method", &content)
}
