//! What the naive wallet's prices and presets say.

use crate::model_budgets::Asks;

/// A price of events: for each asset, in which it may be paid, what it asks there.
#[derive(Clone, Debug)]
pub struct Price {
    pub product: usize,
    pub event_type: usize,
    pub kind: Kind,
    /// The number of the field that is the volume.
    pub field: Option<usize>,
    /// Tiers count events, not volume.
    pub by_events: bool,
    /// Tiers begin again with every month; else they never do.
    pub monthly: bool,
    pub rounding: Option<Rounding>,
    pub free: Option<Free>,
    pub offers: Vec<Offer>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Flat,
    Package,
    Tiered,
    Bulk,
}

/// A volume is priced in whole units of so many.
#[derive(Clone, Copy, Debug)]
pub struct Rounding {
    pub mode: Mode,
    pub unit: i128,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Up,
    Down,
    HalfUp,
}

/// What costs nothing in every month, or once for ever: so many events, and so much volume.
#[derive(Clone, Copy, Debug)]
pub struct Free {
    pub units: Option<i128>,
    pub events: Option<i128>,
    pub monthly: bool,
}

/// What a price asks in one asset.
#[derive(Clone, Debug)]
pub struct Offer {
    pub asset: usize,
    pub rows: Vec<Row>,
    /// The most and the least of a period: of a month, or for the most also for ever.
    pub most: Option<i128>,
    pub least: Option<i128>,
    pub monthly: bool,
}

#[derive(Clone, Debug)]
pub struct Row {
    /// The word that the event must have.
    pub word: Option<usize>,
    pub least: Option<i128>,
    pub most: Option<i128>,
    pub tiers: Vec<Tier>,
}

/// Up to a bound: `unit + amount * volume / per`, and `flat` once for entering it.
#[derive(Clone, Copy, Debug)]
pub struct Tier {
    pub up_to: Option<i128>,
    pub flat: Option<i128>,
    pub unit: Option<i128>,
    pub rate: Option<(i128, i128)>,
}

impl Price {
    pub fn has_tiers(&self) -> bool {
        matches!(self.kind, Kind::Tiered | Kind::Bulk)
    }

    pub fn has_unit(&self) -> bool {
        self.offers[0].rows[0].tiers[0].unit.is_some()
    }
}

/// A budget that the wallet inherits: of one of its products, or of the account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preset {
    pub code: usize,
    pub asset: usize,
    pub limit: i128,
    pub asks: Asks,
    /// It refuses nothing.
    pub warns: bool,
}
