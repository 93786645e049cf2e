//! Further headers of a request, as somebody sets them.

use std::collections::BTreeMap;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::ConfigError;

/// Headers by name: `name=value,name=value`, or a table. Values may be credentials and are not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, String>);

/// Names that belong to HTTP.
const RESERVED: [&str; 8] = [
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "user-agent",
    "expect",
    "cookie",
];

/// Why a header that a destination or HTTP sets itself cannot be set.
pub const OURS: &str = "is set by vault-export and cannot be overridden";

impl Headers {
    /// Reads `name=value,name=value`.
    pub fn read(text: &str) -> Option<Headers> {
        text.split(',')
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=')?;
                Some((name.trim().to_owned(), value.trim().to_owned()))
            })
            .collect::<Option<_>>()
            .map(Headers)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The headers as HTTP has them. `refusal` is asked for each name, in lower case, whether it may not be
    /// set here, and why.
    pub fn parse(
        &self,
        refusal: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<HeaderMap, ConfigError> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.0 {
            insert(&mut map, name, value, &refusal)
                .map_err(|problem| ConfigError::new("headers", problem))?;
        }
        Ok(map)
    }
}

/// Puts a header in. Its value is marked as sensitive, because many hold a token; a problem never quotes it.
pub fn insert(
    map: &mut HeaderMap,
    name: &str,
    value: &str,
    refusal: impl Fn(&str) -> Option<&'static str>,
) -> Result<(), String> {
    let header: HeaderName =
        name.parse().map_err(|_| "has a name that is no HTTP header name".to_owned())?;
    let lower = header.as_str();
    let reserved = RESERVED.contains(&lower).then_some(OURS);
    if let Some(problem) = reserved.or_else(|| refusal(lower)) {
        return Err(format!("`{lower}` {problem}"));
    }
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| format!("the value of `{lower}` has a control character"))?;
    value.set_sensitive(true);
    map.insert(header, value);
    Ok(())
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("name=value,name=value or a table")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Headers, E> {
                Headers::read(text).ok_or_else(|| E::custom("must be name=value,name=value"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    headers.insert(name, value);
                }
                Ok(Headers(headers))
            }
        }

        deserializer.deserialize_any(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<HeaderMap, ConfigError> {
        Headers::read(text).unwrap().parse(|name| name.starts_with("x-own-").then_some(OURS))
    }

    #[test]
    fn headers_are_read_from_a_line_or_a_table_and_hidden() {
        let line = Headers::deserialize(serde_json::json!("X-Api-Key=canary, b=c=d,")).unwrap();
        let table = Headers::deserialize(serde_json::json!({"X-Api-Key": "canary", "b": "c=d"}));
        assert_eq!(line, table.unwrap());
        assert!(!format!("{line:?}").contains("canary"));
        let map = line.parse(|_| None).unwrap();
        assert_eq!(
            (map["x-api-key"].as_bytes(), map["b"].as_bytes()),
            (&b"canary"[..], &b"c=d"[..])
        );
        assert!(map.values().all(HeaderValue::is_sensitive));
        assert_eq!(Headers::read("no value"), None);
    }

    #[test]
    fn headers_that_are_ours_cannot_be_overridden() {
        for name in ["Host", "content-length", "Transfer-Encoding", "X-Own-Id"] {
            let error = parse(&format!("{name}=x")).unwrap_err();
            assert_eq!(error.place, "headers");
            assert!(error.problem.contains(&name.to_ascii_lowercase()), "{error}");
        }
        assert!(parse("a b=x").unwrap_err().problem.contains("no HTTP header name"));
    }

    #[test]
    fn a_line_break_in_a_header_is_refused_and_not_shown() {
        let error = parse("x-a=b\r\nhost: evil").unwrap_err().to_string();
        assert!(error.contains("control character") && !error.contains("evil"), "{error}");
    }
}
