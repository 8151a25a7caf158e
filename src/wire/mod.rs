//! The JSON that others depend on: requests, replies, problem details, ids and times. Pure.

pub mod catalogue;
pub mod estimate;
pub mod fee;
pub mod format;
pub mod history;
pub mod ids;
pub mod json;
pub mod problem;
pub mod reply;
pub mod request;
pub mod time;

pub use problem::Problem;
