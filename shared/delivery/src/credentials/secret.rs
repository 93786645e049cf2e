//! A credential's value.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::CredentialError;

/// A plain string, or JSON with named members. It prints no value and cannot be serialised.
///
/// What cannot be used is an error and never left out: a request without the authorization that was
/// meant for it may be taken all the same.
#[derive(Clone, Default)]
pub struct Secret {
    plain: Option<SecretString>,
    members: BTreeMap<String, Member>,
    /// False where no secret is configured.
    given: bool,
}

/// A member's text, if it has one: blank texts, lists and objects are none.
#[derive(Clone)]
struct Member(Option<SecretString>);

impl Secret {
    /// From the stored text. JSON objects have members, of which `null` ones count as absent; anything
    /// else is one plain value.
    ///
    /// # Errors
    /// When it begins like JSON and is no object: sent whole, it would be a credential with braces around it.
    pub fn parse(text: &str) -> Result<Secret, CredentialError> {
        let text = text.trim();
        if !text.starts_with(['{', '[']) {
            let plain = Some(text).filter(|text| !text.is_empty()).map(SecretString::from);
            return Ok(Secret { plain, members: BTreeMap::new(), given: true });
        }
        let members: serde_json::Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| CredentialError::Malformed(error.line(), error.column()))?;
        let members = members.into_iter().filter(|(_, value)| !value.is_null());
        let members = members.map(|(name, value)| (name, Member::of(value))).collect();
        Ok(Secret { plain: None, members, given: true })
    }

    /// The member, or the plain value: whatever the secret was stored as.
    pub fn value(&self, name: &str) -> Result<&SecretString, CredentialError> {
        let found = self.member(name)?.or(self.plain.as_ref());
        found.ok_or_else(|| CredentialError::NoMember(name.to_owned()))
    }

    /// The member, if the secret is JSON and has it; an error if there is no text in it.
    pub fn member(&self, name: &str) -> Result<Option<&SecretString>, CredentialError> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Member(Some(text))) => Ok(Some(text)),
            Some(Member(None)) => Err(CredentialError::NoMember(format!("usable {name}"))),
        }
    }

    /// For destinations where every one of these members may be left out. Refuses a secret with none of
    /// them, and one with a member that is written nearly like one that is missing: what was meant to
    /// authorise us would not be sent, and nobody would notice. `first` is what the error asks for.
    pub fn expect(&self, first: &str, known: &[&str]) -> Result<(), CredentialError> {
        let missing = known.iter().filter(|name| !self.members.contains_key(**name));
        let misspelt =
            missing.copied().find(|name| self.members.keys().any(|key| nearly(key, name)));
        let any = self.plain.is_some() || known.iter().any(|name| self.members.contains_key(*name));
        match misspelt {
            Some(name) => Err(CredentialError::Misspelt(name.to_owned())),
            None if any || !self.given => Ok(()),
            None => Err(CredentialError::NoMember(first.to_owned())),
        }
    }
}

/// Whether somebody may have meant the one by the other.
fn nearly(written: &str, known: &str) -> bool {
    let plain = |name: &str| name.trim().to_ascii_lowercase().replace('-', "_");
    written != known && strsim::osa_distance(&plain(written), known) <= known.len() / 4
}

impl Member {
    fn of(value: Value) -> Member {
        Member(match value {
            Value::String(text) if !text.trim().is_empty() => Some(text.into()),
            Value::Number(number) => Some(number.to_string().into()),
            _ => None,
        })
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        fn text(secret: Option<&SecretString>) -> Option<&str> {
            secret.map(ExposeSecret::expose_secret)
        }
        fn members(secret: &Secret) -> impl Iterator<Item = (&str, Option<&str>)> {
            secret.members.iter().map(|(name, value)| (name.as_str(), text(value.0.as_ref())))
        }
        self.given == other.given
            && text(self.plain.as_ref()) == text(other.plain.as_ref())
            && members(self).eq(members(other))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::parse(text).unwrap()
    }

    #[test]
    fn a_plain_string_serves_as_any_value_and_is_no_member() {
        let secret = secret("tok\n");
        assert_eq!(secret.value("token").unwrap().expose_secret(), "tok");
        assert!(secret.member("token").unwrap().is_none());
    }

    #[test]
    fn json_serves_by_member_only() {
        let secret = secret(r#"{"token":"a","port":8088}"#);
        assert_eq!(secret.value("token").unwrap().expose_secret(), "a");
        assert_eq!(secret.value("port").unwrap().expose_secret(), "8088");
        let error = secret.value("api_key").unwrap_err().to_string();
        assert!(error.contains("api_key") && !error.contains("8088"), "{error}");
    }

    #[test]
    fn it_prints_no_value() {
        assert!(!format!("{:?}", secret(r#"{"token":"hvs.canary"}"#)).contains("canary"));
    }

    #[test]
    fn what_is_meant_to_be_json_and_is_not_is_no_plain_value() {
        for text in
            ["{\"token\":\"canary\"", "{token: canary}", "{'token':'canary'}", "[\"canary\"]", "{"]
        {
            let error = Secret::parse(text).unwrap_err().to_string();
            assert!(error.contains("JSON") && !error.contains("canary"), "{text}: {error}");
        }
    }

    #[test]
    fn a_member_without_a_text_is_unusable_and_not_absent() {
        for value in ["\"\"", "\" \"", "[\"canary\"]", "{\"a\":\"canary\"}", "true"] {
            let secret = secret(&format!("{{\"token\":{value}}}"));
            let error = secret.member("token").unwrap_err();
            assert_eq!(error, CredentialError::NoMember("usable token".to_owned()), "{value}");
        }
        assert!(secret(r#"{"token":null}"#).member("token").unwrap().is_none());
        assert!(secret(" \n").value("token").is_err(), "a blank text is no credential");
    }

    #[test]
    fn a_secret_without_any_known_member_or_with_a_misspelt_one_is_refused() {
        let of = |text: &str| secret(text).expect("token", &["token", "signing_secret"]);
        assert_eq!(of("plain"), Ok(()));
        assert_eq!(of(r#"{"token":"t","owner":"team","type":"x"}"#), Ok(()));
        assert_eq!(of(r#"{"signing_secret":"s","owner":"team"}"#), Ok(()));
        assert_eq!(Secret::default().expect("token", &["token"]), Ok(()), "none is configured");
        for text in [
            r#"{"tokn":"canary"}"#,
            r#"{"Token":"canary"}"#,
            r#"{"signing_secret":"s","tokne":"canary"}"#,
        ] {
            assert_eq!(of(text), Err(CredentialError::Misspelt("token".to_owned())), "{text}");
        }
        for text in ["{}", "", r#"{"owner":"canary"}"#, r#"{"token":null}"#] {
            assert_eq!(of(text), Err(CredentialError::NoMember("token".to_owned())), "{text}");
        }
    }
}
