pub mod engine;
pub mod journal;
pub mod stripe;
pub mod wire;
pub mod worker;

#[cfg(all(feature = "worker", feature = "npm"))]
compile_error!("the features `worker` and `npm` exclude each other: each is a module of its own");
