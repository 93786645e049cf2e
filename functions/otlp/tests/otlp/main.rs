//! OTLP against real sockets: what is sent, read back with the generated types, and what every answer means.
#![expect(clippy::unwrap_used, reason = "a test")]

mod answers;
mod collector;
mod connection;
mod http;
mod records;
mod support;
