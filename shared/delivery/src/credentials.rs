//! Credentials by reference.
//!
//! Configuration says where a credential is and never what it is. In a function it lies in Secrets
//! Manager, on the command line in a variable that `token_env` names. Values are kept for five
//! minutes. After an authentication failure the secret is read afresh; when that brings the same
//! value, the previous one is tried (`AWSPREVIOUS`): during a rotation the destination may not
//! know the new token yet.

mod aws;
mod secret;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

pub use self::aws::NoAwsCredentials;
pub use self::secret::Secret;
pub use self::store::{PATIENCE, Stage, Store};
pub use crate::config::SecretRef;
use crate::outcome::{Answer, ErrorClass, Reason};

/// How long a value is used before it is read again.
pub const LIFETIME: Duration = Duration::from_mins(5);

/// How long a value that could not be read again is used before that is tried anew.
pub const RESPITE: Duration = Duration::from_secs(30);

/// Why a credential cannot be had, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// No reference in the configuration.
    #[error("no credential is configured; set secret_arn")]
    NotConfigured,
    /// The variable is not there.
    #[error("the environment variable {0} is not set; it must hold the credential")]
    NoVariable(String),
    /// Secrets Manager refused or did not answer.
    #[error("the secret {name} cannot be read ({code}); {hint}")]
    Unreadable {
        /// Its ARN or name.
        name: String,
        /// AWS's code.
        code: String,
        /// What to do.
        hint: &'static str,
    },
    /// The secret is there and has not what is needed.
    #[error("the secret has no {0}; store it as a plain string or as JSON with that member")]
    NoMember(String),
    /// A member is written nearly as one that is known.
    #[error("the secret has no {0}, and a member with nearly that name; correct the member's name")]
    Misspelt(String),
    /// The secret begins like JSON and is no object of JSON.
    #[error(
        "the secret is no JSON object (line {0}, column {1}); store it as a plain string or as JSON with members"
    )]
    Malformed(usize, usize),
}

impl From<CredentialError> for Reason {
    fn from(error: CredentialError) -> Reason {
        Reason::new(ErrorClass::Auth, error.to_string())
    }
}

impl From<CredentialError> for Answer {
    fn from(error: CredentialError) -> Answer {
        Answer::Auth(error.into())
    }
}

/// Reads and keeps credentials; shared by all that need one.
#[derive(Clone)]
pub struct Credentials {
    store: Arc<Store>,
    kept: Arc<Mutex<HashMap<SecretRef, Kept>>>,
    /// The last failure of each, and when it was.
    failed: Arc<std::sync::Mutex<HashMap<SecretRef, (Instant, CredentialError)>>>,
}

struct Kept {
    secret: Arc<Secret>,
    stage: Stage,
    until: Instant,
}

impl Kept {
    /// The value for a while more.
    fn go_on(&mut self, error: &CredentialError) -> Arc<Secret> {
        tracing::warn!(%error, "the secret could not be read again; using the one we have");
        self.until = Instant::now() + RESPITE;
        self.secret.clone()
    }
}

impl Credentials {
    /// Credentials from this store.
    pub fn new(store: Store) -> Credentials {
        Credentials { store: Arc::new(store), kept: Arc::default(), failed: Arc::default() }
    }

    /// The credential, read again when it is older than [`LIFETIME`].
    ///
    /// When it cannot be read again, the old one goes on being used: Secrets Manager being down
    /// is no reason to stop delivering.
    pub async fn resolve(&self, reference: &SecretRef) -> Result<Arc<Secret>, CredentialError> {
        let asked = Instant::now();
        let mut kept = self.kept.lock().await;
        if let Some(known) = kept.get(reference).filter(|known| known.until > Instant::now()) {
            return Ok(known.secret.clone());
        }
        self.failed_since(reference, asked)?;
        match (self.store.read(reference, Stage::Current).await, kept.get_mut(reference)) {
            (Ok(secret), _) => Ok(keep(&mut kept, reference, secret, Stage::Current)),
            (Err(error), Some(known)) => Ok(known.go_on(&error)),
            (Err(error), None) => {
                let failed = (Instant::now(), error.clone());
                self.failures().insert(reference.clone(), failed);
                Err(error)
            }
        }
    }

    /// Whoever waited while another one's reading failed has that one's answer: each would wait as long
    /// again, one after the other.
    fn failed_since(&self, reference: &SecretRef, asked: Instant) -> Result<(), CredentialError> {
        match self.failures().get(reference) {
            Some((failed, error)) if *failed > asked => Err(error.clone()),
            _ => Ok(()),
        }
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<SecretRef, (Instant, CredentialError)>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After the destination refused the credential: reads it afresh. When that is what was
    /// refused, the other stage is tried. False when there is nothing else to try.
    pub async fn refresh(&self, reference: &SecretRef) -> Result<bool, CredentialError> {
        let mut kept = self.kept.lock().await;
        let current = match self.store.read(reference, Stage::Current).await {
            Ok(current) => current,
            Err(error) => {
                // It may be right all the same: a value that is known is better than none.
                kept.get_mut(reference).map(|known| known.go_on(&error));
                return Err(error);
            }
        };
        let Some(refused) = kept.remove(reference) else {
            keep(&mut kept, reference, current, Stage::Current);
            return Ok(true);
        };
        if *refused.secret != current || refused.stage == Stage::Previous {
            let changed = *refused.secret != current;
            keep(&mut kept, reference, current, Stage::Current);
            return Ok(changed);
        }
        match self.store.read(reference, Stage::Previous).await {
            Ok(previous) if previous != current => {
                keep(&mut kept, reference, previous, Stage::Previous);
                Ok(true)
            }
            _ => {
                keep(&mut kept, reference, current, Stage::Current);
                Ok(false)
            }
        }
    }
}

fn keep(
    kept: &mut HashMap<SecretRef, Kept>,
    reference: &SecretRef,
    secret: Secret,
    stage: Stage,
) -> Arc<Secret> {
    let secret = Arc::new(secret);
    let until = Instant::now() + LIFETIME;
    kept.insert(reference.clone(), Kept { secret: secret.clone(), stage, until });
    secret
}
