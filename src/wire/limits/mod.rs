//! Limits of a wallet: how far below zero an account may go, and how much a part of the usage may
//! cost in a window of time.

mod budget;
mod operation;
mod overdraft;
mod preset;
mod reached;

pub use budget::{
    BudgetReply, MAX_THRESHOLDS, NewBudget, budget, budget_set, budgets, remove_budget,
};
pub(super) use operation::operation_id;
pub use overdraft::{NewOverdraft, overdraft, overdrafts};
pub use preset::{
    change_presets, check_presets, preset_assets, presets, presets_of_account, read_presets, shown,
};
pub use reached::{ReachedReply, reached};
