//! Webhook destinations, and test events that are sent there.
//!
//! | route | what |
//! |---|---|
//! | `POST`, `GET /v1/webhooks`; `GET`, `PATCH`, `DELETE …/{id}` | destinations |
//! | `POST …/test/{topic}`, `…/{id}/test/{topic}`, each also with `/{account}` | test events |
//! | `GET /v1/webhooks/events` | what was sent, and what became of it |
//!
//! Tables: `webhook_destination`, `webhook_event` with the index `webhook_event_time`. It reads
//! `platform_account`. Nobody else reads its tables.

pub mod handlers;
pub mod statements;
pub mod wire;
