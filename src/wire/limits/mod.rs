//! Limits of a wallet: how far below zero an account may go, and how much a part of the usage may
//! cost in a window of time.

mod budget;
mod operation;
mod overdraft;
mod reached;

pub use budget::{MAX_THRESHOLDS, NewBudget, budget, budget_set, budgets, remove_budget};
pub use overdraft::{NewOverdraft, overdraft, overdrafts};
pub use reached::{ReachedReply, reached};
