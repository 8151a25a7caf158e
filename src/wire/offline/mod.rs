//! What can be said of a wallet where no server is asked: the npm package's questions, answered by the code
//! that charges.
//!
//! | file | what it is |
//! |---|---|
//! | `subject` | the wallet that is asked about: from its entries, from its balances, or from prices alone |
//! | `simulate` | what events would cost, which grants would pay, and what would be left |
//! | `affordable` | the largest volume that an authorization would let pass |
//! | `explain` | an entry, a balance, an authorization or a receipt, in rows and in words |
//! | `sentences` | the words, from what the rows say |
//!
//! Nothing here computes a fee or a balance. Each question becomes commands, so that what is foreseen is
//! what would happen.

mod affordable;
mod explain;
mod sentences;
mod simulate;
mod subject;

pub use affordable::affordable;
pub use explain::explain;
pub use simulate::simulate;
