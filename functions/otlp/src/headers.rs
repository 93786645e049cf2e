//! Headers: those that are set, and those that the secret holds.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use delivery::ConfigError;
use delivery::credentials::{CredentialError, Secret};
use http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// Headers by name. Their values may be credentials and are not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(pub BTreeMap<String, String>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Names that belong to HTTP or gRPC.
const RESERVED: [&str; 11] = [
    "host",
    "connection",
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "te",
    "user-agent",
    "expect",
    "cookie",
    "accept-encoding",
];

impl Headers {
    /// The headers as HTTP has them; values are marked as sensitive, because many hold a token.
    pub fn parse(&self) -> Result<HeaderMap, ConfigError> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.0 {
            insert(&mut map, name, value)
                .map_err(|problem| ConfigError::new("headers", problem))?;
        }
        Ok(map)
    }

    fn read(text: &str) -> Option<Headers> {
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
}

/// What the secret adds: `headers` as they are set elsewhere, `authorization`, `token` (or the plain value) as a bearer
/// token, `api_key` as the header `api-key`, `username` and `password`.
pub(crate) fn of_secret(secret: &Secret) -> Result<HeaderMap, CredentialError> {
    let unusable = |member: &str| CredentialError::NoMember(format!("usable {member}"));
    let mut map = HeaderMap::new();
    let mut set = |member: &str, name: &str, value: &str| {
        insert(&mut map, name, value).map_err(|_| unusable(member))
    };
    if let Some(text) = secret.member("headers") {
        let headers = Headers::read(text.expose_secret()).ok_or_else(|| unusable("headers"))?;
        for (name, value) in &headers.0 {
            set("headers", name, value)?;
        }
    }
    if let Some(key) = secret.member("api_key") {
        set("api_key", "api-key", key.expose_secret().trim())?;
    }
    if let (Some(user), Some(password)) = (secret.member("username"), secret.member("password")) {
        let pair = format!("{}:{}", user.expose_secret(), password.expose_secret());
        set("password", "authorization", &format!("Basic {}", STANDARD.encode(pair)))?;
    }
    if let Ok(token) = secret.value("token") {
        set("token", "authorization", &format!("Bearer {}", token.expose_secret().trim()))?;
    }
    if let Some(value) = secret.member("authorization") {
        set("authorization", "authorization", value.expose_secret().trim())?;
    }
    Ok(map)
}

/// The problem never quotes the value.
fn insert(map: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let header: HeaderName =
        name.parse().map_err(|_| "has a name that is no HTTP header name".to_owned())?;
    let lower = header.as_str();
    if RESERVED.contains(&lower) || lower.starts_with("grpc-") {
        return Err(format!("`{lower}` is set by vault-export and cannot be overridden"));
    }
    if lower.ends_with("-bin") {
        return Err(format!("`{lower}` is binary to gRPC, and only text can be set"));
    }
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| format!("the value of `{lower}` has a control character"))?;
    value.set_sensitive(true);
    map.insert(header, value);
    Ok(())
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

    fn of(text: &str) -> Vec<(String, String)> {
        let map = of_secret(&Secret::parse(text)).unwrap();
        assert!(map.values().all(HeaderValue::is_sensitive));
        map.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect()
    }

    fn pair(name: &str, value: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), value.to_owned())]
    }

    #[test]
    fn each_kind_of_credential_has_its_header() {
        assert_eq!(of("tok\n"), pair("authorization", "Bearer tok"));
        assert_eq!(of(r#"{"token":"tok"}"#), pair("authorization", "Bearer tok"));
        assert_eq!(of(r#"{"api_key":"k"}"#), pair("api-key", "k"));
        // RFC 7617, section 2.
        assert_eq!(
            of(r#"{"username":"Aladdin","password":"open sesame"}"#),
            pair("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
        assert_eq!(of(r#"{"authorization":"ApiKey x"}"#), pair("authorization", "ApiKey x"));
        assert_eq!(of(r#"{"headers":"DD-API-KEY=a=b"}"#), pair("dd-api-key", "a=b"));
        assert!(of(r#"{"ca_bundle":"pem"}"#).is_empty());
        assert!(of_secret(&Secret::default()).unwrap().is_empty());
    }

    #[test]
    fn a_value_that_is_no_header_is_an_error_that_does_not_show_it() {
        let error = of_secret(&Secret::parse(r#"{"token":"can\u0001ary"}"#)).unwrap_err();
        assert!(error.to_string().contains("token") && !error.to_string().contains("ary"));
    }

    #[test]
    fn headers_of_the_protocol_cannot_be_overridden() {
        for name in ["Host", "TE", "content-type", "grpc-timeout", "x-trace-bin", "a b"] {
            let headers = Headers(BTreeMap::from([(name.to_owned(), "x".to_owned())]));
            assert_eq!(headers.parse().unwrap_err().place, "headers", "{name}");
        }
    }
}
