//! The native tests: scenario tables, properties, a simulation. Everything runs over the pure core.
//!
//! | file | proves |
//! |---|---|
//! | `scenarios/*.txt` | the rules of money, in cases that a product owner can read |
//! | `suite/scenario.rs`, `suite/scenarios.rs` | the grammar of those cases, and the only place that runs them |
//! | `suite/audit.rs` | the laws that hold after every step of every test |
//! | `suite/properties.rs` | the laws under arbitrary and absurd commands |
//! | `suite/simulation.rs`, `suite/model.rs` | every outcome, against an independent naive wallet |
//! | `suite/rounding.rs` | fees and caps, against schoolbook arithmetic |
//! | `suite/amounts.rs` | what is an amount, and what is not |
//! | `suite/consumption.rs` | the order of grants, each tie-breaker by name |
//! | `suite/refusals.rs` | that every refusal is documented, ordered and tested |
//! | `suite/chain.rs` | that a row cannot be changed unnoticed |

#[path = "suite/amounts.rs"]
mod amounts;
#[path = "suite/audit.rs"]
mod audit;
#[path = "suite/chain.rs"]
mod chain;
#[path = "suite/consumption.rs"]
mod consumption;
#[path = "suite/model.rs"]
mod model;
#[path = "suite/properties.rs"]
mod properties;
#[path = "suite/refusals.rs"]
mod refusals;
#[path = "suite/rounding.rs"]
mod rounding;
#[path = "suite/scenario.rs"]
mod scenario;
#[path = "suite/scenarios.rs"]
mod scenarios;
#[path = "suite/simulation.rs"]
mod simulation;
