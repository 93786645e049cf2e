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

/// An event as the router writes it, with so many bytes of details: a text of a kilobyte beside the other.
pub fn event_line(id: &str, bytes: usize) -> String {
    let part = |number| (format!("part-{number}"), "x".repeat(1_000).into());
    let details: serde_json::Map<_, _> = (0..bytes / 1_000).map(part).collect();
    serde_json::json!({
        "schema": "vault-audit/1", "id": id, "time": "2026-02-14T22:31:44.006Z",
        "class": "SecretAccess", "action": "retrieve", "outcome": "success",
        "actor": {"id": "agent:a", "type": "agent"},
        "source": {"product": "sanctum", "instance": "vault-eu-prod"},
        "details": details,
    })
    .to_string()
}
