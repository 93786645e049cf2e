//! Headers: those that are set, and those that the secret holds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use delivery::config::Headers;
use delivery::config::headers::{OURS, insert};
use delivery::credentials::{CredentialError, Secret};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};

/// Names that belong to gRPC, or to how a request is sent.
pub(crate) fn refusal(name: &str) -> Option<&'static str> {
    const SENDING: [&str; 3] = ["content-encoding", "te", "accept-encoding"];
    if SENDING.contains(&name) || name.starts_with("grpc-") {
        return Some(OURS);
    }
    name.ends_with("-bin").then_some("is binary to gRPC, and only text can be set")
}

/// What a secret may hold: a credential, or what the connection is made with.
const MEMBERS: [&str; 9] = [
    "token",
    "api_key",
    "username",
    "password",
    "authorization",
    "headers",
    "ca_bundle",
    "client_certificate",
    "client_key",
];

/// What the secret adds: `headers` as they are set elsewhere, `authorization`, `token` (or the plain value) as a bearer
/// token, `api_key` as the header `api-key`, `username` and `password`.
pub(crate) fn of_secret(secret: &Secret) -> Result<HeaderMap, CredentialError> {
    let unusable = |member: &str| CredentialError::NoMember(format!("usable {member}"));
    secret.expect("token", &MEMBERS)?;
    let mut map = HeaderMap::new();
    let mut set = |member: &str, name: &str, value: &str| {
        insert(&mut map, name, value, refusal).map_err(|_| unusable(member))
    };
    if let Some(text) = secret.member("headers")? {
        let headers = Headers::read(text.expose_secret()).ok_or_else(|| unusable("headers"))?;
        for (name, value) in headers.iter() {
            set("headers", name, value)?;
        }
    }
    if let Some(key) = secret.member("api_key")? {
        set("api_key", "api-key", key.expose_secret().trim())?;
    }
    if let Some((user, password)) = pair(secret)? {
        let pair = format!("{}:{}", user.expose_secret(), password.expose_secret());
        set("password", "authorization", &format!("Basic {}", STANDARD.encode(pair)))?;
    }
    if let Some(token) = token(secret)? {
        set("token", "authorization", &format!("Bearer {}", token.expose_secret().trim()))?;
    }
    if let Some(value) = secret.member("authorization")? {
        set("authorization", "authorization", value.expose_secret().trim())?;
    }
    Ok(map)
}

/// The member or the plain value, if the secret is the one or has the other.
fn token(secret: &Secret) -> Result<Option<&SecretString>, CredentialError> {
    match secret.value("token") {
        Ok(token) => Ok(Some(token)),
        Err(_) => secret.member("token"),
    }
}

/// User and password: both, or neither.
fn pair(secret: &Secret) -> Result<Option<(&SecretString, &SecretString)>, CredentialError> {
    match (secret.member("username")?, secret.member("password")?) {
        (Some(_), None) => Err(CredentialError::NoMember("password".to_owned())),
        (None, Some(_)) => Err(CredentialError::NoMember("username".to_owned())),
        (user, password) => Ok(user.zip(password)),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(text: &str) -> Vec<(String, String)> {
        let map = of_secret(&Secret::parse(text).unwrap()).unwrap();
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
        let error = of_secret(&Secret::parse(r#"{"token":"can\u0001ary"}"#).unwrap()).unwrap_err();
        assert!(error.to_string().contains("token") && !error.to_string().contains("ary"));
    }

    #[test]
    fn a_secret_that_gives_no_credential_is_an_error_that_names_what_is_missing() {
        for (secret, expected) in [
            ("{}", "no token"),
            (r#"{"tokn":"canary"}"#, "no token"),
            (r#"{"Authorisation":"canary"}"#, "no authorization"),
            (r#"{"token":""}"#, "usable token"),
            (r#"{"token":["canary"]}"#, "usable token"),
            (r#"{"username":"canary"}"#, "no password"),
            (r#"{"password":"canary"}"#, "no username"),
            (r#"{"token":"can\nary"}"#, "usable token"),
            ("can\nary", "usable token"),
            (r#"{"api_key":"can\nary"}"#, "usable api_key"),
            (r#"{"headers":"x=can\nary"}"#, "usable headers"),
        ] {
            let error = of_secret(&Secret::parse(secret).unwrap()).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("ary"), "{secret}: {error}");
        }
    }

    #[test]
    fn headers_of_the_protocol_cannot_be_overridden() {
        for name in ["Host", "TE", "content-type", "grpc-timeout", "x-trace-bin", "a b"] {
            let headers = Headers::read(&format!("{name}=x")).unwrap();
            assert_eq!(headers.parse(refusal).unwrap_err().place, "headers", "{name}");
        }
    }
}
