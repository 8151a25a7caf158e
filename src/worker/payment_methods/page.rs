//! The page where a payment method is added on the test side. It stands in for a payment provider.

use maud::{Markup, html};

use crate::wire::page::document::document;

use super::cards::CARDS;

/// A card that the customer has.
pub struct Known {
    pub id: String,
    pub last4: String,
    /// `good`, `expiring` or `expired`.
    pub state: &'static str,
}

/// A button for each card that can be added. The form posts `action` = the card's word, or `cancel`, to the page's own
/// address, and works without a script. Below are the cards that are there: their forms post `action` = `expired`,
/// `updated` or `detached`, and `method` = the card's id.
#[must_use]
pub fn setup(known: &[Known]) -> String {
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
            @if !known.is_empty() {
                h2 { "What happens to a card" }
                @for card in known { (happening(card)) }
                p.small {
                    "An expired card is declined. A renewed one has another number, and pays as before. One that is "
                    "taken away is gone, and an automatic recharge that names it turns itself off."
                }
            }
        }
    };
    document("Add a payment method", &content)
}

fn happening(card: &Known) -> Markup {
    html! {
        form method="post" {
            input type="hidden" name="method" value=(card.id);
            p { "Card ending in " (card.last4) ": " (card.state) }
            div.pair {
                button name="action" value="expired" { "It expires" }
                button name="action" value="updated" { "It is renewed" }
            }
            button name="action" value="detached" { "It is taken away" }
        }
    }
}
