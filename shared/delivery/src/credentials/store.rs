//! Where credentials are read from.

use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::{CredentialError, Secret, SecretRef};
use crate::aws::Aws;

/// How long Secrets Manager may take, its retries included: an invocation has other things to do.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// Which version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The one in use.
    Current,
    /// The one before the last rotation.
    Previous,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Stage::Current => "AWSCURRENT",
            Stage::Previous => "AWSPREVIOUS",
        }
    }
}

/// The environment and Secrets Manager.
pub struct Store {
    aws: Aws,
    client: OnceCell<Client>,
}

impl Store {
    /// A store; AWS is not touched before the first secret is read from there.
    pub fn new(aws: Aws) -> Store {
        Store { aws, client: OnceCell::new() }
    }

    /// Reads the credential now.
    pub(super) async fn read(
        &self,
        reference: &SecretRef,
        stage: Stage,
    ) -> Result<Secret, CredentialError> {
        match reference {
            SecretRef::Env(name) => variable(name),
            SecretRef::SecretsManager(name) => {
                let read = timeout(PATIENCE, self.fetch(name, stage)).await;
                read.unwrap_or_else(|_| Err(unanswered(name)))
            }
        }
    }

    async fn fetch(&self, name: &str, stage: Stage) -> Result<Secret, CredentialError> {
        let connect = || async { Client::new(self.aws.config().await) };
        let client = self.client.get_or_init(connect).await;
        let request = client.get_secret_value().secret_id(name).version_stage(stage.as_str());
        let answer = request.send().await.map_err(|error| {
            let code = error.code().unwrap_or("no answer").to_owned();
            CredentialError::Unreadable { name: name.to_owned(), hint: hint(&code), code }
        })?;
        let text = answer
            .secret_string()
            .map(str::to_owned)
            .or_else(|| String::from_utf8(answer.secret_binary()?.as_ref().to_vec()).ok());
        let text = text.ok_or_else(|| CredentialError::Unreadable {
            name: name.to_owned(),
            code: "not text".to_owned(),
            hint: "store the credential as text",
        })?;
        Secret::parse(&text)
    }
}

#[expect(clippy::disallowed_methods, reason = "the variable is named by the configuration")]
fn variable(name: &str) -> Result<Secret, CredentialError> {
    match std::env::var(name) {
        Ok(text) if !text.trim().is_empty() => Secret::parse(&text),
        _ => Err(CredentialError::NoVariable(name.to_owned())),
    }
}

fn unanswered(name: &str) -> CredentialError {
    let code = format!("no answer within {} s", PATIENCE.as_secs());
    CredentialError::Unreadable { name: name.to_owned(), hint: hint(&code), code }
}

fn hint(code: &str) -> &'static str {
    match code {
        "ResourceNotFoundException" => "create it, or correct the ARN and the region",
        "AccessDeniedException" => {
            "allow secretsmanager:GetSecretValue on it, and kms:Decrypt if it has its own key"
        }
        "DecryptionFailure" | "KMSAccessDeniedException" => "allow kms:Decrypt on its key",
        "InvalidRequestException" => "it is about to be deleted: restore it",
        _ => "it is tried again with the next messages",
    }
}
