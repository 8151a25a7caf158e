//! Scrip: prepaid wallets for AI products.
//!
//! A customer prepays into one wallet that holds several assets. Before a product spends compute it
//! *authorizes*: one atomic step that prices, checks and holds. Afterwards it *captures* what was
//! really used, and the rest is released at once.
//!
//! # Bird's-eye view
//!
//! ```text
//! HTTP ──▶ shell.ts ──▶ worker::edge ──▶ wire ──▶ engine      which wallet, is the body readable
//!             │
//!             └──────▶ worker::wallet_object ──▶ journal ──▶ engine      read, decide, write
//! Stripe ─▶ shell.ts ─▶ worker::edge ──▶ stripe                          bytes to a credit
//! JavaScript ─────────▶ npm ──▶ wire ──▶ engine                          the same rules elsewhere
//! ```
//!
//! - [`engine`]: the rules of money. Pure and synchronous; time is an argument.
//! - [`journal`]: how a command becomes rows and rows become a wallet again; the hash chain.
//! - [`wire`]: the JSON that others depend on: requests, replies, problems, ids, times.
//! - [`stripe`]: bytes to verified events to payments.
//! - [`worker`]: the edge and the wallet object. Only `worker::store` and `worker::exports`
//!   (feature `worker`) touch the world, through what the shell hands them.
//! - `npm` (feature `npm`): the face for JavaScript. It decodes, calls and encodes.
//!
//! With no feature on, everything builds and is proved natively.
//!
//! # Three laws
//!
//! 1. **Authorize may refuse; the record of what happened never does.** Usage, captures, charges and
//!    payments are facts: they post even below zero, and the next authorization is denied.
//! 2. **A refusal changes nothing**: no row, no counter, no consumed id.
//! 3. **The journal is the wallet.** Each accepted command appends exactly one row, and balances are
//!    a fold over the rows. A snapshot changes what a read costs, never what it means.
//!
//! # What must never happen
//!
//! - An authorization that leaves less available than minus the overdraft, or a budget exceeded.
//! - A float near money, or a rounding that is not the one per fee.
//! - Two effects of one operation id, or two credits of one payment.
//! - A panic in the engine; a wait between reading a wallet and writing its row.
//! - A wallet named by a request's body: the server builds the name, and the object checks it.
//! - `static` state: an isolate is shared by many wallets.
//!
//! `tests/tidy.rs` holds the rules about the code, `tests/suite` those about money.
//!
//! # Where to look for what
//!
//! | for | look at |
//! |---|---|
//! | a pricing rule | [`engine::price`], [`engine::rate`], `tests/scenarios/price*.txt` |
//! | how tiers count, and when they forget | [`engine::price::Positions`], `tests/scenarios/price_tiers.txt` |
//! | which asset pays | `chosen` in `engine/price/quote.rs`, `tests/scenarios/price_assets.txt` |
//! | the consumption order | [`engine::grant::consumption_order`], `tests/scenarios/consumption.txt` |
//! | how a balance is computed | the table in [`engine::moves`], the formula of [`engine::WalletAccount`] |
//! | which credit pays for what | [`engine::allocation`], [`engine::scope`], `tests/scenarios/restricted.txt` |
//! | a subscription: when it starts, renews, lapses, ends | [`engine::subscription`], `renewal.rs`, `tests/scenarios/renewal.txt` |
//! | what moving it costs | `proration.rs`, `tests/scenarios/proration.txt` |
//! | what a product gives: credit by period, features | [`engine::entitlement`], `tests/scenarios/entitlement.txt` |
//! | periods and the month-end rule | [`engine::calendar`] |
//! | what an asset costs | [`engine::exchange`] |
//! | a budget, the overdraft | the table in [`engine::budget`], `authorization.rs`; [`wire::limits`] |
//! | the life of a hold | [`engine::hold`] |
//! | what may be asked, what can happen | [`engine::command`], [`engine::entry`] |
//! | a rule's decision | [`engine::decide()`] in `decide.rs` |
//! | what an entry makes of the wallet | `engine/fold.rs` |
//! | an error code | [`engine::refusal`], [`wire::problem`] |
//! | idempotency, batches, replays | [`journal::transact()`] |
//! | the hash chain | [`journal::chain`] |
//! | a route | [`worker::routes`]; its handler has the same words |
//! | a top-up: once, whoever pays how often | `handlers/topups.rs`, [`wire::topup`] |
//! | where an unpaid subscription is paid | [`wire::paylink`], `handlers/paylinks.rs` |
//! | a page for a browser | [`wire::page`]; what it may do: [`wire::page::policy`]; its style: `www/` |
//! | a webhook and its signatures | [`wire::webhook`], `handlers/webhooks.rs` |
//! | a JSON shape | the table in [`wire`]: a folder per capability, such as [`wire::usage`] |
//! | who an external id is, and who it was | [`worker::handlers::forward_to`], `handlers/customers.rs` |
//! | what a key may do, and for whom | [`worker::auth`] |
//! | SQL of the directory, of a wallet | [`worker::directory`], `worker::store` |
//! | why a write is safe | the top of [`worker::wallet_object`] |
//! | what the directory is told of usage | [`worker::shipment`], `migrations/0007_events.sql` |
//! | revenue, costs and margins | [`wire::stats`], [`worker::handlers::stats`] |
//! | why calls of a busy wallet go together | `src/worker/together.ts` |
//! | what waits: HTTP, D1, alarms, recovery from a trap | `src/worker/shell.ts` |
//! | a Stripe event | the table in [`stripe`] |
//! | a JavaScript function | `src/npm.rs`, `npm/`; [`wire::history`], [`wire::estimate`], [`wire::format`] |
//!
//! # Words
//!
//! *Command*: what is asked. *Entry*: what happened, one journal row. *Refusal*: the engine said no.
//! *Failure*: the shell broke. *Usage event*: a metered quantity. *Hold*: reserved money. *Grant*: a
//! lot of credit with its own life. *Draw*: so much from this grant. *Wallet account*: one asset in
//! a wallet (`default:USD`). *Pledge*: overdraft that a hold has reserved. *Budget*: a limit inside a
//! wallet. *Platform account*: a tenant, with a live and a test side.
//!
//! # Why it is built like this
//!
//! **Why is there no async Rust?** A panic in an async export leaves its caller waiting for ever and
//! resets every object of the isolate. Text in and text out, synchronously, makes a trap an
//! exception at the call: 500 at once, and the wallets are folded from their rows again.
//!
//! **Why is the edge called several times for one request?** It asks for what it needs by returning
//! early; the shell fetches and calls again. Handlers stay plain functions that tests can call.
//!
//! **Why does an entry say its balances, when they can be recomputed?** So that both can be compared.
//! Each entry's moves add up to its balances, and other code than ours can check that.

pub mod engine;
pub mod journal;
#[cfg(feature = "npm")]
pub mod npm;
pub mod stripe;
pub mod wire;
pub mod worker;

#[cfg(all(feature = "worker", feature = "npm"))]
compile_error!("the features `worker` and `npm` exclude each other: each is a module of its own");
