//! What the handlers of every capability share: the request, the reply, and the world between them.
//!
//! | file | what it is |
//! |---|---|
//! | `request`, `principal` | what came in, and who sent it |
//! | `context`, `world` | what a handler may wait for |
//! | `call`, `forward` | what is asked of a wallet, and how it gets there |
//! | `rows`, `statements`, `list` | the directory: statements, rows, pages of rows |
//! | `reply`, `pages` | what goes out |
//! | `key_cache`, `rate`, `config` | what an isolate keeps between requests |
//! | `keyring` | what is made with the deployment's own key |
//! | `span` | moments of a query |
//!
//! Nothing in here knows a capability; the one exception is the list of scopes, which is written
//! where keys are.

pub mod call;
pub mod config;
pub mod context;
pub mod forward;
pub mod key_cache;
pub mod keyring;
pub mod list;
pub mod pages;
pub mod principal;
pub mod rate;
pub mod reply;
pub mod request;
pub mod rows;
pub mod span;
pub mod statements;
pub mod token;
pub mod world;
