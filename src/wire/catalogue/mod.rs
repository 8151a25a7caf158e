//! Assets, products and customers: what the directory keeps, read from requests and written to
//! replies.

pub mod asset;
pub mod customer;
pub mod price;
pub mod product;

pub use asset::{DEFAULT_PRECISION, NewAsset};
pub use customer::{MAX_SUBSCRIPTIONS, NewCustomer, ProductRef};
pub use price::{MAX_PRICES, NewPrice, PriceReply};
pub use product::NewProduct;
