//! Assets, products, customers, accounts, keys and vendors: what the directory keeps, read from
//! requests and written to replies.
//!
//! A request names assets by their codes, whose precision only the directory knows. So what is read
//! here is `New…`, and becomes the engine's own type once the edge has looked the assets up. `New…`
//! types that are serialized are digested: the same request sent again is the same text.

pub mod asset;
pub mod entitlement;
pub mod fixed_price;
pub mod price;
pub mod price_reply;
pub mod product;

pub use asset::{
    DEFAULT_PRECISION, MAX_RATES, NewAsset, NewQuote, NewRate, RateReply, SourceRates,
};
pub use entitlement::{MAX_ENTITLEMENTS, MAX_FEATURES};
pub use price::{MAX_ASSETS, MAX_DIMENSIONS, MAX_PRICES, MAX_ROWS, MAX_TIERS, NewPrice};
pub use price_reply::{PriceReply, Rates};
pub use product::{NewProduct, NewVersion, OfferReply, VersionChange};
