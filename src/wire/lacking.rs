//! What there was too little of: money of an asset, or room within a budget.
//!
//! A denied authorization and a problem of status 402 show it in the same words, so it has a file
//! that both can use.

use serde::Serialize;

use crate::engine::budget::Exceeded;
use crate::engine::refusal::{AffordableVolume, Shortage};
use crate::engine::{Amount, Instant, Quantity};

use super::time;

/// What there was too little of, beside a problem of status 402.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Lacking {
    /// The problem is about something else.
    #[default]
    Nothing,
    // In boxes, so that a problem, which nearly every function here can return, stays small.
    /// By asset, what was asked for and what there was.
    Money(Box<[Shortage]>),
    /// The same, while open holds keep it: with what they hold, and when it is free.
    Held(Box<Held>),
    /// Every budget in the way. They are told before the money, because no top-up helps there.
    Budgets(Box<[Exceeded]>),
}

/// What open holds keep.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    pub shortages: Vec<Shortage>,
    pub held: Vec<(String, Amount)>,
    pub frees_at: Instant,
}

/// The most of one asset that would pass now.
///
/// ```json
/// { "asset": "USD", "amount": "1.25", "volumes": [ { "event": 0, "price_id": "prc_…",
///   "volume_field": "output_tokens", "requested": "4096", "affordable": "1250" } ] }
/// ```
#[derive(Serialize)]
pub struct AffordableReply<'a> {
    asset: &'a str,
    amount: Amount,
    /// For each fee that does not fit, how much of its volume does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<VolumeReply<'a>>,
}

#[derive(Serialize)]
struct VolumeReply<'a> {
    event: usize,
    price_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_field: Option<&'a str>,
    requested: Quantity,
    affordable: Quantity,
}

impl<'a> From<&'a AffordableVolume> for VolumeReply<'a> {
    fn from(one: &'a AffordableVolume) -> Self {
        Self {
            event: one.event,
            price_id: &one.price_id,
            volume_field: one.volume_field.as_deref(),
            requested: one.requested,
            affordable: one.affordable,
        }
    }
}

/// What would pass now; nothing where the question cannot be asked for less.
pub fn affordable(shortages: &[Shortage]) -> Vec<AffordableReply<'_>> {
    let told = shortages.iter().filter_map(|one| {
        Some(AffordableReply {
            asset: &one.asset,
            amount: one.affordable?,
            volumes: one.volumes.iter().map(VolumeReply::from).collect(),
        })
    });
    told.collect()
}

/// What is missing of one asset: `{"asset": "USD", "amount": "0.31"}`.
#[derive(Serialize)]
pub struct ShortReply<'a> {
    pub asset: &'a str,
    /// What would have to come in for the same call to be covered.
    pub amount: Amount,
}

impl<'a> ShortReply<'a> {
    /// Only the difference is told: what is available is the customer's affair.
    pub fn new(shortage: &'a Shortage) -> Self {
        Self {
            asset: &shortage.asset,
            amount: shortage.shortfall(),
        }
    }
}

/// A limit that was in the way, as a denied authorization and a problem show it.
///
/// ```json
/// { "code": "keys", "level": "api_key", "value": "key_7", "asset": "USD", "limit": "10", "spent": "9.2", "held": "0.5",
///   "required": "0.4", "window_ends_at": "2026-11-25T00:00:00Z", "frees_at": "2026-11-25T00:00:00Z" }
/// ```
#[derive(Serialize)]
pub struct ExceededReply<'a> {
    /// The budget's, as it was set.
    code: &'a str,
    /// What the limit is of: `wallet`, `subject`, `product`, `event_type`, or a field of `data`.
    level: &'a str,
    /// Of a budget that tells values apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    asset: &'a str,
    limit: Amount,
    spent: Amount,
    held: Amount,
    /// What the call would have added to `spent` and `held`.
    required: Amount,
    /// When counting begins anew; null where the window never turns.
    window_ends_at: Option<String>,
    /// From when on this fits, if nothing else is spent and what is held stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    frees_at: Option<String>,
}

impl<'a> From<&'a Exceeded> for ExceededReply<'a> {
    fn from(one: &'a Exceeded) -> Self {
        Self {
            code: &one.code,
            level: &one.level,
            value: one.value.as_deref(),
            asset: &one.asset,
            limit: one.limit,
            spent: one.spent,
            held: one.held,
            required: one.required,
            window_ends_at: one.window_ends_at.map(time::format),
            frees_at: one.frees_at.map(time::format),
        }
    }
}
