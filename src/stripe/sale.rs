//! What Stripe can say of a top-up, as values.

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// Nobody has paid, and somebody still may.
    Open,
    /// A delayed method is at it.
    Waiting,
    /// The money is there.
    Paid,
    /// Nothing had to be paid.
    Free,
    /// Nobody can pay any more.
    Expired,
}

/// A session, as far as a top-up needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    /// Where it is paid; none once it is over.
    pub url: Option<String>,
    pub state: SessionState,
    /// The PaymentIntent; none where nothing had to be paid, and before anybody tries.
    pub intent: Option<String>,
    /// Of ours, in capitals.
    pub currency: String,
    /// What was sold, in Stripe's integers of that currency.
    pub sold: i64,
    /// What was paid for it in all, with tax and shipping, in the same integers.
    pub paid: i64,
    /// Of so much, what was not taken off by a promotion: both in the currency that the session has.
    pub net: i64,
    pub of: i64,
    /// As the payer paid it, in the currency that the session has.
    pub receipt: Receipt,
}

/// What the payer has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// With tax.
    pub amount: String,
    pub tax: String,
    pub currency: String,
    /// Where it can be looked at, and its number; Stripe tells them of the charge.
    pub url: Option<String>,
    pub number: Option<String>,
}

/// What an event says of a top-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopUpEvent {
    /// The session as it was when the event was made.
    Session(Box<Session>),
    /// The PaymentIntent behind a session.
    IntentSucceeded { intent: String },
    /// Money is on its way.
    Waiting,
    /// A delayed method has failed.
    Failed,
}
