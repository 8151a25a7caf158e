//! Scrip: prepaid wallets for AI products.
//!
//! A customer prepays into one wallet that holds several assets. Before a product spends compute it
//! *authorizes*: one atomic step that prices, checks and holds. Afterwards it *captures* what was
//! really used, and the rest is released at once.
//!
//! # Bird's-eye view
//!
//! ```text
//! HTTP ──▶ entry.ts ─┬─▶ worker::dispatch::first ───────────▶ the wallet named   text in, text out
//!                    └─▶ worker::dispatch::handle ─▶ a capability ─▶ its World   async Rust
//! a wallet ─▶ object.ts ─▶ worker::wallet_object ─▶ journal ─▶ engine            read, decide, write
//! JavaScript ────────────▶ npm ─▶ wire ─▶ engine                                 the same rules elsewhere
//! ```
//!
//! - [`engine`]: the rules of money. Pure and synchronous; time is an argument.
//! - [`journal`]: how a command becomes rows and rows become a wallet again; the hash chain.
//! - [`wire`]: the JSON that the wallet, the edge and the npm package share.
//! - [`stripe`]: bytes to verified events to payments.
//! - [`worker`]: routes, a folder for each capability, and the wallet object. Only `worker::entry` and
//!   `worker::wallet_object::store` (feature `worker`) touch the world.
//! - `npm` (feature `npm`): the face for JavaScript. It decodes, calls and encodes.
//!
//! With no feature on, everything builds and is proved natively. Imports go one way between all files.
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
//! | a pricing rule, tiers, which asset pays | [`engine::price`], [`engine::rate`], `tests/scenarios/price*.txt` |
//! | the consumption order | [`engine::grant::consumption_order`], `tests/scenarios/consumption.txt` |
//! | the least that a price asks over a period | [`engine::minimum`], `tests/scenarios/price_minimum.txt` |
//! | which credit pays for what | [`engine::allocation`], [`engine::scope`], `tests/scenarios/restricted.txt` |
//! | why many grants cost no more than one | [`engine::grants`], [`engine::tree`] |
//! | how a balance is computed | the table in [`engine::moves`], the formula of [`engine::WalletAccount`] |
//! | a subscription: starts, renews, lapses, ends, is moved | [`engine::subscription`], `renewal.rs`, `proration.rs` |
//! | what a change of plan moves, what is remembered of plans | [`engine::share`], [`engine::standing`], [`engine::family`], `tests/scenarios/plan.txt` |
//! | a plan that Stripe collects | [`engine::invoice`], `invoicing.rs`, `stripe::plan`, `worker::subscriptions`: `plan.rs`, `told.rs`, `changes.rs`, `tests/scenarios/invoiced.txt` |
//! | what a product gives | [`engine::entitlement`]; periods: [`engine::calendar`] |
//! | what a refund or a dispute takes, what freezes | [`engine::loss`], [`engine::freeze`], `tests/scenarios/refund.txt` |
//! | a refund that Stripe is asked for | `worker::payments`: `refunding.rs`, `stripe::api::refund` |
//! | a refund or a dispute of a plan's invoice | [`journal::invoiced`], `worker::payments`: `invoices.rs` |
//! | automatic recharge | [`engine::recharge`], [`engine::recharging`], [`worker::recharge`], `tests/scenarios/recharge.txt` |
//! | a budget, the overdraft | the table in [`engine::budget`], `authorization.rs`; [`wire::limits`] |
//! | the life of a hold | [`engine::hold`] |
//! | what may be asked, what can happen, what decides | [`engine::command`], [`engine::entry`], [`engine::decide()`] |
//! | the usage object of a vendor, to units | [`wire::metering`], [`engine::tokens`], `tests/vectors/usage.txt` |
//! | usage without a price, estimates | `engine/estimate.rs`, `engine/pricing.rs`, `tests/scenarios/estimate.txt` |
//! | an error code | [`engine::refusal`], [`wire::problem`] |
//! | idempotency, replays, the hash chain | [`journal::transact()`], [`journal::chain`] |
//! | how a fact is written down | `journal/fact.rs` |
//! | a route, its scope, its handler | the table in [`worker::routes`] |
//! | a handler, its SQL, its JSON | `src/worker/<capability>/{handlers,statements,wire}.rs` and `sql/` |
//! | a JSON shape that several share | the table in [`wire`] |
//! | who is calling, and what a key may do | [`worker::keys::authentication`], [`worker::edge::principal`] |
//! | what a customer's own token may do | [`worker::tokens`], the scopes in [`worker::routes`] |
//! | whose wallet an external id means | [`worker::edge::forward`] |
//! | what a handler may wait for | [`worker::edge::world`]; in a deployment `worker::entry::cloudflare` |
//! | why a write is safe | the top of [`worker::wallet_object::object`] |
//! | how much of what fell due one call writes down | [`journal::turns`] |
//! | alarms, and what the directory is told | `worker::entry::awake`, [`worker::wallet_object::shipment`] |
//! | why calls of a busy wallet go together | `src/worker/entry/batching.ts` |
//! | recovery from a trap | `src/worker/entry/core.ts` |
//! | what those are told who watch a wallet | `worker::entry::watchers`, `worker::wallet_object::watching` |
//! | balances that a page folds by itself | `src/wire/wallet/folding.rs`, `www/portal/fold.ts` |
//! | a receipt of an entry, and who can check it | `src/wire/wallet/receipt.rs`, `src/npm.rs` |
//! | the customer's portal, the client, calls of models | `www/portal`, `npm/src`, `examples/edge-chat` |
//! | the API for machines, and for people | `www/assets/openapi.json`, written by `tests/suite/openapi.rs`; `scripts/reference.ts` |
//! | the types of the client | `npm/src/api.ts`, written by `scripts/client-types.sh`; `npm/src/routes.ts` |
//! | a page for a browser | [`wire::page`], `page.rs` of its capability; its style: `www/` |
//! | a Stripe event, and what of it is believed | the tables in [`stripe`] |
//! | a Stripe endpoint, a payment that was not credited, what is told of one later | `worker::payments`: `webhook.rs`, `endpoints.rs`, `unmatched.rs`, `claims.rs` |
//! | what another processor than Stripe tells | [`worker::inbound`] |
//! | a top-up that a machine pays | [`wire::mpp`], [`worker::top_ups::machine`] |
//! | a redeem code: how it is written, counted, credited | [`wire::codes`], [`worker::codes`] |
//! | an event that only names its object, one that was never delivered, what Stripe and we say differently | `worker::payments`: `inbox.rs`, `recovery.rs`, `reconciliation.rs`, `mending.rs` |
//! | a request to Stripe, and whether it may be sent again | `stripe::api`, `worker::processors::client` |
//! | who takes payments, what a top-up at Stripe becomes | `worker::processors`; `worker::top_ups`: `checkout.rs`, `news.rs`, `row.rs` |
//! | a link's token, a sealed secret | [`worker::edge::keyring`] |
//! | the side that an id is of | the table in [`wire::ids`] |
//! | a JavaScript function | `src/npm.rs`, `npm/`; [`wire::history`], [`wire::estimate`], [`wire::offline`], [`wire::format`] |
//! | `npx scrip-wallet dev`, `deploy`, `key` | `npm/cli`, which calls `scripts/`; `npm/server` is what `deploy` writes |
//!
//! # Words
//!
//! *Command*: what is asked. *Entry*: what happened, one journal row. *Refusal*: the engine said no.
//! *Failure*: something around the engine broke. *World*: all that a handler may wait for. *Usage event*: a metered quantity. *Hold*: reserved money. *Grant*: a
//! lot of credit with its own life. *Draw*: so much from this grant. *Wallet account*: one asset in
//! a wallet (`default:USD`). *Pledge*: overdraft that a hold has reserved. *Budget*: a limit inside a
//! wallet. *Platform account*: a tenant, with a live and a test side.
//!
//! # Why it is built like this
//!
//! **Why are there two ways through the edge?** The calls that a product makes for each of its requests
//! name one wallet and wait for nothing else. They go through as text, synchronously, because requests and
//! replies as objects of Rust cost a fifth of their speed (measured side by side: 0.82 of the floor instead
//! of 1.01). Everything else is plain async Rust, which reads straight down and runs natively in the tests.
//! No handler runs on both ways.
//!
//! **Why is the wallet synchronous?** Nothing can then come between reading it and writing its row, and a
//! trap is an exception right at the call.
//!
//! **What becomes of those who wait when the core stops?** A future of WebAssembly whose memory is gone is
//! never ready. So every wait is raced against the end of the core: all who wait get 500 at once, the core
//! starts afresh, and each wallet is folded from its rows again.
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
