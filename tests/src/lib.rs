//! What tests of all packages share: servers on real sockets that answer from a script.

pub mod secrets;
pub mod server;
pub mod sqs;
