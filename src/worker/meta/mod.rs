//! What runs here.
//!
//! | route | what |
//! |---|---|
//! | `GET /v1/meta` | the version and every limit |
//! | `GET /healthz` | whether the directory answers |
//!
//! Both also answer to HEAD, and neither needs a key. It has no tables.

pub mod handlers;
