//! Assets, products, customers, accounts and vendors: what the directory keeps, read from requests
//! and written to replies.

pub mod account;
pub mod asset;
pub mod customer;
pub mod entitlement;
pub mod fixed_price;
pub mod price;
pub mod price_reply;
pub mod product;

pub use account::{
    DEFAULT_OVERLAP, MAX_OVERLAP, NewAccount, NewKey, NewVendor, SCOPES, read_overlap,
};
pub use asset::{
    DEFAULT_PRECISION, MAX_RATES, NewAsset, NewQuote, NewRate, RateReply, SourceRates,
};
pub use customer::{
    CustomerChange, ExternalAccount, MAX_EXTERNAL_ACCOUNTS, MAX_SUBSCRIPTIONS, NewCustomer,
    ProductRef,
};
pub use entitlement::{MAX_ENTITLEMENTS, MAX_FEATURES};
pub use price::{MAX_ASSETS, MAX_DIMENSIONS, MAX_PRICES, MAX_ROWS, MAX_TIERS, NewPrice};
pub use price_reply::{PriceReply, Rates};
pub use product::{NewProduct, NewVersion, OfferReply, VersionChange};
