//! What Stripe can say of a subscription, as values.

/// What an event says of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanNews {
    /// Stripe's `evt_…`.
    pub event_id: String,
    pub event_type: String,
    /// What Stripe calls the subscription.
    pub stripe_id: String,
    /// Ours, `sub_…`, where its metadata says it.
    pub named: Option<String>,
    pub what: PlanEvent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanEvent {
    Invoice(PlanInvoice),
    Ended,
    Changed,
}

/// An invoice of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanInvoice {
    pub id: String,
    pub paid: bool,
    /// In seconds since 1970.
    pub period: Option<(i64, i64)>,
    /// What was paid, without tax, as a decimal.
    pub amount: String,
    /// What was paid beside it.
    pub tax: String,
    /// In capitals.
    pub currency: String,
}
