//! The way of events to one destination, without queues and without a vendor's name.
//!
//! ```text
//! events ─ filter ─ encode ─ cut ─┬─ request ─┐
//!                                 ├─ request ─┼─ verdict per record ─ ledger
//!                                 └─ request ─┘      └─ Retry: again, those only, while time is left
//! ```
//!
//! A vendor's folder implements [`destination::Destination`]; [`pipeline::Pipeline`] does the rest.
//! [`config`] is the only module that reads the environment, [`http`] the only one that opens a
//! connection to a vendor, [`credentials`] the only one that reads a secret.

pub mod aws;
pub mod config;
pub mod credentials;
pub mod http;
pub mod tools;
pub mod destination;
pub mod outcome;
pub mod pipeline;
pub mod retry;
pub mod settings;

pub use config::{ConfigError, Endpoint, Export};
pub use tools::Tools;
