//! What Stripe can say of saved payment methods and of what is charged by them, as values.

/// How far a PaymentIntent has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntentState {
    Paid,
    UnderWay,
    WantsOwner,
    Declined {
        code: String,
        decline_code: Option<String>,
    },
}

/// A PaymentIntent, as far as a recharge needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub id: String,
    /// Ours, `rch_…`, where it is one of a recharge.
    pub recharge: Option<String>,
    pub state: IntentState,
    /// What was asked for, in Stripe's integers.
    pub amount: i64,
    /// In capitals.
    pub currency: String,
}

impl IntentState {
    /// What a decline means, in Stripe's words.
    #[must_use]
    pub fn of_decline(code: Option<String>, decline_code: Option<String>) -> Self {
        let asks = |word: &Option<String>| word.as_deref() == Some("authentication_required");
        // Some banks say so in the reason of an ordinary decline.
        if asks(&code) || asks(&decline_code) {
            return Self::WantsOwner;
        }
        Self::Declined {
            // A bank need not say why, and what it does not say must still read as a decline.
            code: code.unwrap_or_else(|| "card_declined".to_owned()),
            decline_code,
        }
    }
}

/// What a person tells it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMethod {
    pub id: String,
    /// Stripe's customer; none once it is detached.
    pub customer: Option<String>,
    /// Such as `card` or `us_bank_account`.
    pub kind: String,
    /// Of a card its brand, of an account its bank.
    pub brand: String,
    pub last4: String,
    /// The card is good to the end of this month; none of what does not end.
    pub good_until: Option<(i64, i64)>,
}

/// What an event says of payment methods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodNews {
    /// It is to be looked at: events come in any order, and only Stripe knows what it is now.
    Changed {
        method: String,
        customer: Option<String>,
    },
    Detached {
        method: String,
    },
    CustomerDeleted {
        customer: String,
    },
}
