//! Assets, products and customers: what the directory keeps, read from requests and written to
//! replies.

pub mod asset;
pub mod customer;
pub mod price;
pub mod price_reply;
pub mod product;

pub use asset::{DEFAULT_PRECISION, NewAsset};
pub use customer::{MAX_SUBSCRIPTIONS, NewCustomer, ProductRef};
pub use price::{MAX_ASSETS, MAX_DIMENSIONS, MAX_PRICES, MAX_ROWS, MAX_TIERS, NewPrice};
pub use price_reply::{PriceReply, Rates};
pub use product::NewProduct;
