//! The cards of the simulated processor: what each does when it is charged.
//!
//! | card | charged while nobody is there |
//! |---|---|
//! | `ok` | succeeds |
//! | `declined` | declined |
//! | `insufficient_funds` | declined, for want of money |
//! | `authentication_required` | wants its owner to confirm |
//! | `processing_ok`, `processing_declined` | is under way for a minute, then succeeds or is declined |
//! | `expired` | is over since before it was added |

/// What comes of a charge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Behaviour {
    /// As the table `simulated_charge` has it.
    pub outcome: &'static str,
    pub code: Option<&'static str>,
    pub decline_code: Option<&'static str>,
    /// Seconds until it is known.
    pub after: u32,
}

/// A card, by the word that adds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Card {
    pub word: &'static str,
    /// As a person would say it.
    pub says: &'static str,
    pub last4: &'static str,
    /// The last year in which it is good.
    pub exp_year: u32,
    pub behaviour: Behaviour,
}

/// How long a payment is under way that is not known at once, in seconds.
pub const PROCESSING: u32 = 60;

/// What a card says that is over.
pub const EXPIRED: Behaviour = declined("expired_card", None);

const OK: Behaviour = Behaviour {
    outcome: "succeeded",
    code: None,
    decline_code: None,
    after: 0,
};

const fn declined(code: &'static str, decline_code: Option<&'static str>) -> Behaviour {
    Behaviour {
        outcome: "declined",
        code: Some(code),
        decline_code,
        after: 0,
    }
}

const fn slowly(behaviour: Behaviour) -> Behaviour {
    Behaviour {
        after: PROCESSING,
        ..behaviour
    }
}

const fn card(
    word: &'static str,
    says: &'static str,
    last4: &'static str,
    behaviour: Behaviour,
) -> Card {
    Card {
        word,
        says,
        last4,
        exp_year: 2099,
        behaviour,
    }
}

/// All cards, in the order in which the page shows them.
pub const CARDS: [Card; 7] = [
    card("ok", "pays", "4242", OK),
    card(
        "declined",
        "is declined",
        "0341",
        declined("card_declined", Some("generic_decline")),
    ),
    card(
        "insufficient_funds",
        "lacks the money",
        "9995",
        declined("card_declined", Some("insufficient_funds")),
    ),
    card(
        "authentication_required",
        "wants its owner to confirm",
        "3184",
        Behaviour {
            outcome: "requires_action",
            code: Some("authentication_required"),
            decline_code: None,
            after: 0,
        },
    ),
    card("processing_ok", "pays after a minute", "0001", slowly(OK)),
    card(
        "processing_declined",
        "is declined after a minute",
        "0002",
        slowly(declined("card_declined", Some("generic_decline"))),
    ),
    Card {
        exp_year: 2020,
        // Nothing else is wrong with it: once it is renewed it pays.
        ..card("expired", "is over", "0069", OK)
    },
];

/// What stands before a card's word in the simulated processor's own ids: `pm_sim_ok_<unique>`.
const PREFIX: &str = "pm_sim_";

/// The words, for who asks for one.
pub const WORDS: [&str; 7] = [
    "ok",
    "declined",
    "insufficient_funds",
    "authentication_required",
    "processing_ok",
    "processing_declined",
    "expired",
];

#[must_use]
pub fn by_word(word: &str) -> Option<&'static Card> {
    CARDS.iter().find(|card| card.word == word)
}

/// The processor's id of a card that was added under an id of ours.
#[must_use]
pub fn processor_id(card: &Card, id: &str) -> String {
    format!("{PREFIX}{}_{id}", card.word)
}

/// What a charge of a processor's id does. One that nobody has added is declined.
#[must_use]
pub fn behaviour(processor_id: &str) -> Behaviour {
    let rest = processor_id.strip_prefix(PREFIX).unwrap_or_default();
    let is_of = |card: &&Card| {
        let behind = rest.strip_prefix(card.word);
        behind.is_some_and(|behind| behind.starts_with("_pmt_"))
    };
    let card = CARDS.iter().find(is_of);
    card.map_or(declined("resource_missing", None), |card| card.behaviour)
}
