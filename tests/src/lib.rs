//! What tests of all packages share: servers on real sockets that answer from a script.

pub mod secrets;
pub mod server;
pub mod sqs;
pub mod ssm;
pub mod tls;

/// The environment of a function with these settings, `("INDEX", "main")`.
pub fn variables<'p>(
    pairs: impl IntoIterator<Item = &'p (&'p str, &'p str)>,
) -> Vec<(String, String)> {
    let named = |(key, value): &(&str, &str)| (format!("VAULT_EXPORT_{key}"), (*value).to_owned());
    pairs.into_iter().map(named).collect()
}
