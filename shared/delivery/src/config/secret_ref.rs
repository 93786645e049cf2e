//! How settings name a credential.

/// Where a credential is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// In this environment variable.
    Env(String),
    /// In Secrets Manager, by ARN or name.
    SecretsManager(String),
}
