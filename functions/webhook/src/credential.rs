//! What a generic request is authorised with. All of it is optional, so what is there must be usable:
//! a request that goes without its token may be taken by a receiver that does not look.

use delivery::credentials::{CredentialError, Secret};
use http::HeaderValue;
use secrecy::ExposeSecret;

use crate::sign::SigningKey;

/// What a secret may hold.
pub(crate) const MEMBERS: [&str; 7] = [
    "token",
    "url",
    "signing_secret",
    "signing_secret_previous",
    "ca_bundle",
    "client_certificate",
    "client_key",
];

/// The keys that sign, the newest first.
pub(crate) fn signing_keys(secret: &Secret) -> Result<Vec<SigningKey>, CredentialError> {
    let mut keys = Vec::new();
    for name in ["signing_secret", "signing_secret_previous"] {
        if let Some(text) = secret.member(name)? {
            keys.push(
                SigningKey::parse(text.expose_secret()).map_err(|error| {
                    CredentialError::NoMember(format!("usable {name}: {error}"))
                })?,
            );
        }
    }
    Ok(keys)
}

/// `Authorization: Bearer`, of the member `token` or, if `plain` says so, of a plain secret.
pub(crate) fn bearer(secret: &Secret, plain: bool) -> Result<Option<HeaderValue>, CredentialError> {
    let token = match secret.member("token")? {
        None if plain => secret.value("token").ok(),
        member => member,
    };
    let Some(token) = token else { return Ok(None) };
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret().trim()))
        .map_err(|_| CredentialError::NoMember("usable token".to_owned()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_every_wrong_form_is_an_error_with_the_member_s_name() {
        for (text, expected) in [
            ("{}", "no token"),
            (r#"{"tokn":"canary"}"#, "no token"),
            (r#"{"signing_secret":"whsec_c2hvcnQ="}"#, "usable signing_secret"),
            (r#"{"signing_key":"canary"}"#, "no token"),
            (r#"{"token":"canary","signing_secrets":"canary"}"#, "no signing_secret"),
            (r#"{"token":""}"#, "usable token"),
            (r#"{"token":{"a":"canary"}}"#, "usable token"),
            (r#"{"token":"can\nary"}"#, "usable token"),
            ("can\nary", "usable token"),
            ("", "no token"),
        ] {
            let secret = Secret::parse(text).unwrap();
            let error = secret
                .expect("token", &MEMBERS)
                .and_then(|()| signing_keys(&secret))
                .and_then(|_| bearer(&secret, true))
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected) && !error.contains("ary"), "{text}: {error}");
        }
    }

    #[test]
    fn a_plain_secret_is_the_token_where_it_is_not_the_address() {
        let secret = Secret::parse("tok\n").unwrap();
        let value = bearer(&secret, true).unwrap().unwrap();
        assert!(value.is_sensitive());
        assert_eq!(value, "Bearer tok");
        assert!(bearer(&secret, false).unwrap().is_none());
    }
}
