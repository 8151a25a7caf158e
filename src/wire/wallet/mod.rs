//! A wallet as it is read: accounts, grants, open holds, journal entries; and how it is opened and
//! set up.

mod account;
mod activity;
mod entry;
mod folding;
mod freeze;
mod grant;
mod hold;
mod live;
mod opening;
mod receipt;
mod settings;

pub use account::{account, accounts};
pub use activity::activity;
pub use entry::{Linked, entries};
pub use folding::{folded, moves, state};
pub use freeze::{change_freeze, freeze_changed, frozen};
pub use grant::{GrantFilter, grants};
pub use hold::{hold, holds};
pub use live::{NEWS, SNAPSHOT_ROWS, news, refetch, snapshot};
pub use opening::{change_external_id, open_wallet};
pub use receipt::{VerifiedReceipt, explained, receipt, verified as verified_receipt};
pub use settings::{change_settings, settings};
