//! Names of indices and data streams.
//!
//! The rules are those of Elasticsearch's "Create index" page; OpenSearch has the same. A data stream by
//! Elastic's naming scheme is `type-dataset-namespace`, `logs-vault.audit-default`.

use std::fmt;

use serde::Deserialize;

/// The longest dataset and namespace of the naming scheme, in bytes.
const LONGEST_PART: usize = 100;

/// A name that a server takes for an index or data stream.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Index(String);

/// The parts of a data stream's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream<'a> {
    /// `logs`.
    pub kind: &'a str,
    /// `vault.audit`.
    pub dataset: &'a str,
    /// `default`.
    pub namespace: &'a str,
}

impl Default for Index {
    fn default() -> Index {
        Index("logs-vault.audit-default".to_owned())
    }
}

impl Index {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts, if it is named like a data stream for logs.
    pub fn stream(&self) -> Option<Stream<'_>> {
        let mut parts = self.0.split('-');
        let stream =
            Stream { kind: parts.next()?, dataset: parts.next()?, namespace: parts.next()? };
        let fits = |part: &str| (1..=LONGEST_PART).contains(&part.len());
        let is_one = stream.kind == "logs"
            && fits(stream.dataset)
            && fits(stream.namespace)
            && parts.next().is_none();
        is_one.then_some(stream)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Index {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Index, &'static str> {
        match problem(&name) {
            Some(problem) => Err(problem),
            None => Ok(Index(name)),
        }
    }
}

/// What is wrong with a name.
fn problem(name: &str) -> Option<&'static str> {
    const FORBIDDEN: [char; 13] =
        ['\\', '/', '*', '?', '"', '<', '>', '|', ' ', ',', '#', ':', '%'];
    if name.is_empty() || name.len() > 255 {
        Some("must have 1 to 255 bytes")
    } else if name.starts_with(['-', '_', '+', '.']) {
        Some("must not begin with - _ + or .")
    } else if name.contains(FORBIDDEN) || name.contains(char::is_control) {
        Some("must not hold \\ / * ? \" < > | , # : % or a space")
    } else if name.chars().any(char::is_uppercase) {
        Some("must be in lower case")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(name: &str) -> Result<Index, &'static str> {
        Index::try_from(name.to_owned())
    }

    #[test]
    fn a_name_that_no_server_takes_is_refused_with_the_reason() {
        for (name, reason) in [
            ("Sanctum", "lower case"),
            ("ÄB", "lower case"),
            ("", "255"),
            (&*"x".repeat(256), "255"),
            ("_all", "begin"),
            ("-x", "begin"),
            ("+x", "begin"),
            (".security", "begin"),
            ("..", "begin"),
            ("a b", "space"),
            ("a,b", "space"),
            ("a/../_bulk", "space"),
            ("a*", "space"),
            ("a?refresh", "space"),
            ("a#b", "space"),
            ("remote:a", "space"),
            ("<a-{now/d}>", "space"),
            ("a%2fb", "space"),
            ("a\nb", "space"),
        ] {
            assert!(index(name).unwrap_err().contains(reason), "{name}");
        }
        for name in ["sanctum-events", "logs-vault.audit-default", "x", "audit_2026"] {
            assert_eq!(index(name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_data_stream_is_known_by_its_name() {
        let name = Index::default();
        let expected = Stream { kind: "logs", dataset: "vault.audit", namespace: "default" };
        assert_eq!(name.stream(), Some(expected));
        for other in ["sanctum-events", "logs-a", "logs--b", "logs-a-b-c", "metrics-a-b"] {
            assert_eq!(index(other).unwrap().stream(), None, "{other}");
        }
        let long = format!("logs-{}-b", "x".repeat(101));
        assert_eq!(index(&long).unwrap().stream(), None);
    }
}
