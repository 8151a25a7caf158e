//! Prices of usage: what is published, what a fee says, what was not priced.
//!
//! | model | one event costs |
//! |---|---|
//! | `flat` | its unit price, and its volume at one exact rate |
//! | `package` | the same, with the volume rounded up to whole packages |
//! | `tiered` | each part of its volume at the rate of the tier that the part lies in |
//! | `bulk` | all of it at the rate of the tier that it reaches |
//! | `percentage` | a percentage of its volume, which is an amount |
//! | `cost_plus` | its own costs in the price's asset, and a markup |
//!
//! A fee is computed exactly, bounded by the least and the most that an event may cost, and rounded
//! once, half to even, to the asset's precision.

pub mod calculation;
pub mod copied;
pub mod fee;
pub mod fixed;
mod funding;
mod metering;
pub mod past;
pub mod position;
pub mod product;
pub mod published;
pub mod quote;
mod split;
pub mod stored;

pub use calculation::{Applied, Part, Share};
pub use copied::{Copied, Copies};
pub use fee::{Cap, Counted, Fee, Warning, totals};
pub use fixed::{Due, FixedFee, FixedPrice};
pub use past::PastPrices;
pub use position::{Position, Positions};
pub use product::PricedProduct;
pub use published::{
    ANY, COSTS, Counts, Dimensions, Free, Metering, Model, PeriodBound, Price, Pricing, Rounding,
    RoundingMode, Row, Rows, Tier, TierBasis, Tiering, UsageType,
};
pub use quote::{Circumstances, MAX_FEES, Quote, check_fees, quote};
pub use stored::Basis;
