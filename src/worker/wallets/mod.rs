//! A customer's wallet: balances, entries, credit and debit by hand, limits.
//!
//! All under `/v1/customers/{id}/wallet`:
//!
//! | route | what |
//! |---|---|
//! | `GET`, `GET …/{account}`, `…/{account}/grants` | balances and the credit behind them |
//! | `GET …/entries`, `…/entries/{entry}/receipt`, `…/holds`, `…/transactions/{id}` | what happened |
//! | `GET …/live` | how it stands, and what happens from then on |
//! | `POST …/adjustments`, `…/charges` | credit and debit by hand |
//! | `POST …/grants/{grant}/void`, `…/reversals` | a grant or a charge is taken back |
//! | `POST …/refunds`, `PUT …/freeze` | a payment goes back; nothing is authorized |
//! | `GET`, `PUT …/settings` | how late an event may be |
//! | `GET`, `PUT …/overdraft`; `GET`, `PUT`, `DELETE …/budgets/{code}` | limits |
//!
//! It has no tables. It reads the directory's `asset` for a precision, by `assets`; everything
//! else is the wallet's.

pub mod audience;
pub mod handlers;
pub mod limits;
pub mod live;
