//! A credential's value.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::CredentialError;

/// A plain string, or JSON with named members. It prints no value and cannot be serialised.
#[derive(Clone, Default)]
pub struct Secret {
    plain: Option<SecretString>,
    members: BTreeMap<String, SecretString>,
}

impl Secret {
    /// From the stored text. JSON objects have members; anything else is one plain value.
    pub fn parse(text: &str) -> Secret {
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(members)) => {
                let members = members.into_iter().filter_map(|(name, value)| match value {
                    Value::String(text) => Some((name, SecretString::from(text))),
                    Value::Number(number) => Some((name, number.to_string().into())),
                    _ => None,
                });
                Secret { plain: None, members: members.collect() }
            }
            _ => Secret { plain: Some(text.trim().into()), members: BTreeMap::new() },
        }
    }

    /// The member, or the plain value: whatever the secret was stored as.
    pub fn value(&self, name: &str) -> Result<&SecretString, CredentialError> {
        let found = self.members.get(name).or(self.plain.as_ref());
        found.ok_or_else(|| CredentialError::NoMember(name.to_owned()))
    }

    /// The member, if the secret is JSON and has it.
    pub fn member(&self, name: &str) -> Option<&SecretString> {
        self.members.get(name)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        fn plain(secret: &Secret) -> Option<&str> {
            secret.plain.as_ref().map(ExposeSecret::expose_secret)
        }
        fn members(secret: &Secret) -> impl Iterator<Item = (&str, &str)> {
            secret.members.iter().map(|(name, value)| (name.as_str(), value.expose_secret()))
        }
        plain(self) == plain(other) && members(self).eq(members(other))
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

    #[test]
    fn a_plain_string_serves_as_any_value_and_is_no_member() {
        let secret = Secret::parse("tok\n");
        assert_eq!(secret.value("token").unwrap().expose_secret(), "tok");
        assert!(secret.member("token").is_none());
    }

    #[test]
    fn json_serves_by_member_only() {
        let secret = Secret::parse(r#"{"token":"a","port":8088}"#);
        assert_eq!(secret.value("token").unwrap().expose_secret(), "a");
        assert_eq!(secret.value("port").unwrap().expose_secret(), "8088");
        let error = secret.value("api_key").unwrap_err().to_string();
        assert!(error.contains("api_key") && !error.contains("8088"), "{error}");
    }

    #[test]
    fn it_prints_no_value() {
        let secret = Secret::parse(r#"{"token":"hvs.canary"}"#);
        assert!(!format!("{secret:?}").contains("canary"));
    }
}
