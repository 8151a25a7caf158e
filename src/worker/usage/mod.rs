//! Authorize, hold, capture, record: the calls of every request.
//!
//! | route | handled | operation's id |
//! |---|---|---|
//! | `POST /v1/authorize` | by the wallet | `Idempotency-Key`, or the body's own |
//! | `POST /v1/holds/{id}/extend` | by the wallet | `Idempotency-Key`, or the body's own |
//! | `POST /v1/holds/{id}/capture` | by the wallet | the same; of a final one, the hold |
//! | `POST /v1/holds/{id}/release` | by the wallet | the hold, because it ends once |
//! | `GET /v1/holds/{id}` | by the wallet | |
//! | `POST /v1/events` | by the wallet | the id of each event |
//! | `GET /v1/events/{event}` | by the wallet, after the directory where nobody is named | |
//!
//! It has no tables: what happened is in the wallet's journal, and the directory's `usage` is read
//! by the statements of `events`.

pub mod handlers;
