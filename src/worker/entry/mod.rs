//! Where JavaScript and Cloudflare meet the rest: what is exported, and the world that handlers ask.
//!
//! ```text
//! entry.ts ──▶ Edge::first ─────▶ one wallet (batching.ts) ──▶ object.ts ──▶ AwakeWallet::call
//!     │
//!     └──────▶ Edge::answer ────▶ handlers ──▶ cloudflare: D1, wallets, other servers
//! ```
//!
//! The left column is TypeScript, because only JavaScript can be the module's default export and a
//! class that takes remote calls, can catch a trap and start the core afresh, and can let requests wait
//! for promises of one another.
//!
//! | file | what it is | who calls it |
//! |---|---|---|
//! | `edge` | one per isolate: routes, configuration, remembered keys | `entry.ts` |
//! | `awake` | one per wallet that is awake | `object.ts` |
//! | `cloudflare` | the world of one request | the handlers |
//! | `own_world` | the world of a wallet that does something by itself | `awake` |
//! | `watchers` | who watches a wallet, and how they are told | `awake` |
//! | `d1` | runs statements | `cloudflare`, `own_world`, `awake` |
//! | `response` | a reply as an HTTP response | `edge` |
//!
//! Nothing in here decides anything: the native tests run everything else and cannot run this, so
//! what is left to these files is only what needs the platform.

pub mod awake;
pub mod cloudflare;
pub mod d1;
pub mod edge;
mod own_world;
pub mod response;
mod watchers;
