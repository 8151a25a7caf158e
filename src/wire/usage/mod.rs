//! Usage: asked before (authorize), settled afterwards (capture, extend, release), or recorded as
//! it comes (events).
//!
//! | file | what it is |
//! |---|---|
//! | `request` | the bodies of all these calls, to commands |
//! | `event` | the usage events in such a body, with what they cost the seller |
//! | `authorization`, `settlement`, `recording` | the replies to the changes |
//! | `event_reply` | an event that is read later, and the items of a list |
//! | `normalized` | the usage object of a vendor as units, for the npm package |
//! | `unpriced` | which events of an entry were not priced, or were estimated |
//! | `pricing` | usage without a price: the list of it, and pricing it later |
//! | `fee`, `warning`, `moves` | what the replies have in common |

mod authorization;
mod event;
mod event_reply;
mod fee;
mod moves;
mod normalized;
mod pricing;
mod recording;
mod request;
mod settlement;
mod unpriced;
mod warning;

pub use authorization::{approved, denied};
pub use event::{COST_CURRENCY, MAX_COSTS, MAX_EVENTS};
pub use event_reply::{EventItem, Since, event};
pub use fee::{Calculation, FeeReply, TierLine};
pub use moves::charges;
pub use normalized::normalized;
pub use pricing::{Known, price, priced, pricing, pricing_op, unpriced_item, unpriced_page};
pub use recording::recorded;
pub use request::{authorize, capture, extend, record_usage, release, simulate_usage};
pub use settlement::settled;
pub use unpriced::{pricing_id, unpriced};
pub use warning::warnings;
