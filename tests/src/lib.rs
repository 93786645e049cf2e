//! What tests of all packages share: servers on real sockets that answer from a script, and fuzzing.

pub mod fuzz;
pub mod lambda;
pub mod page;
pub mod secrets;
pub mod server;
pub mod sqs;
pub mod ssm;
pub mod tls;
pub mod vendors;

/// Settings as a text from keys in any case and plain values: `("ACK", "true")` is `ack = true`. An empty value is left out.
pub fn settings<'p>(pairs: impl IntoIterator<Item = &'p (&'p str, &'p str)>) -> String {
    let line = |(key, value): &(&str, &str)| {
        // Ids of accounts are texts of twelve digits.
        let is_number = value.len() < 12 && value.parse::<i64>().is_ok();
        let is_bare = is_number || matches!(*value, "true" | "false") || value.starts_with('{');
        let quote = if is_bare { "" } else { "'" };
        format!("{} = {quote}{value}{quote}\n", key.to_ascii_lowercase())
    };
    pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(line).collect()
}
