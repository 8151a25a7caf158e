pub mod engine;
pub mod journal;
