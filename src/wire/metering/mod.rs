//! The usage object of any vendor, as it came with a reply of a model, to units that prices multiply.
//!
//! Vendors agree on hardly a name, and on whether cached tokens lie inside of the input or beside it. A
//! caller who adds the wrong two numbers charges twice or not at all, so it is done here, once, for all.
//!
//! | file | what it is |
//! |---|---|
//! | `fields` | reading what a vendor wrote, in one piece or in those of a stream |
//! | `shape` | which form it has |
//! | `openai`, `anthropic`, `gemini`, `sdk`, `others` | the forms, by whoever made them up |
//! | `reply` | what is known of one reply, in words of our own |
//! | `metered` | the events that it becomes |
//!
//! What is impossible is an error and never cut to fit. What is unknown is left out and never zero. The
//! rows of `tests/vectors/usage.txt` show every form.

mod anthropic;
mod fields;
mod gemini;
mod metered;
mod openai;
mod others;
mod reply;
mod sdk;
mod shape;

pub use metered::{Metered, metered, normalized};
