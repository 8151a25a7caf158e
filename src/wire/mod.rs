//! The JSON that others depend on: requests, replies, problem details, ids and times. Pure.

pub mod base64;
pub mod catalogue;
pub mod estimate;
pub mod fee;
pub mod format;
pub mod history;
pub mod ids;
pub mod json;
pub mod limits;
pub mod overview;
pub mod page;
pub mod paylink;
pub mod portal;
pub mod problem;
pub mod reply;
pub mod request;
pub mod stats;
pub mod subscription;
pub mod time;
pub mod topup;
pub mod url;
pub mod urlencoded;
pub mod webhook;

pub use problem::Problem;
