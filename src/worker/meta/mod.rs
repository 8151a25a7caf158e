//! What runs here.
//!
//! | route | what |
//! |---|---|
//! | `GET /v1/meta` | the version and every limit |
//! | `GET /healthz` | whether this answers |
//! | `GET /readyz` | whether the directory answers |
//!
//! All also answer to HEAD, and none needs a key. It has no tables.

pub mod handlers;
