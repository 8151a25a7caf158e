//! What runs here.
//!
//! | route | what |
//! |---|---|
//! | `GET /v1/meta` | the version and every limit |
//! | `GET /v1/openapi.json` | where the API is described for machines |
//! | `GET /healthz` | whether this answers |
//! | `GET /readyz` | whether the directory answers |
//!
//! All but `openapi.json` also answer to HEAD, and none needs a key. It has no tables.

pub mod handlers;
