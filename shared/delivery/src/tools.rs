//! What destinations are built with.

use std::sync::Arc;

use secrecy::ExposeSecret;
use tokio::sync::Mutex;

pub use crate::aws::{Aws, loader};
use crate::config::ConfigError;
use crate::credentials::{CredentialError, Credentials, Secret, SecretRef, Store};
use crate::http::{self, Client};

/// What destinations are built with: AWS, credentials, HTTP.
#[derive(Clone)]
pub struct Tools {
    /// The AWS SDK's configuration.
    pub aws: Aws,
    /// Reads and keeps credentials.
    pub credentials: Credentials,
}

impl Default for Tools {
    fn default() -> Tools {
        Tools::new(Aws::default())
    }
}

impl Tools {
    /// Tools upon this AWS configuration.
    pub fn new(aws: Aws) -> Tools {
        let credentials = Credentials::new(Store::new(aws.clone()));
        Tools { aws, credentials }
    }

    /// An HTTP client and a credential that belong together. The secret is read with the first
    /// delivery and not now: a secret that is missing leaves messages queued, and a function
    /// that does not start would let them run out of receives.
    pub fn access(
        &self,
        secret: Option<SecretRef>,
        settings: http::Settings,
    ) -> Result<Access, ConfigError> {
        let plain = Arc::new(Client::new(settings.clone())?);
        let credentials = self.credentials.clone();
        Ok(Access { credentials, secret, settings, plain, session: Mutex::default() })
    }
}

/// A destination's HTTP client and credential.
///
/// A secret may hold `ca_bundle`, or `client_certificate` and `client_key`; the client is then built
/// with them, and again when they change.
pub struct Access {
    credentials: Credentials,
    secret: Option<SecretRef>,
    settings: http::Settings,
    plain: Arc<Client>,
    session: Mutex<Option<Arc<Session>>>,
}

/// The credential as it is now, and a client made with what it holds.
pub struct Session {
    /// The client.
    pub http: Arc<Client>,
    /// The credential; empty when none is configured.
    pub secret: Arc<Secret>,
}

impl Access {
    /// The client without what the secret may add: for checks of addresses at start.
    pub fn client(&self) -> &Client {
        &self.plain
    }

    /// Whether a credential is configured.
    pub fn has_secret(&self) -> bool {
        self.secret.is_some()
    }

    /// The current session; `Answer::from(error)` is what to answer when there is none.
    pub async fn session(&self) -> Result<Arc<Session>, CredentialError> {
        let secret = match &self.secret {
            Some(reference) => self.credentials.resolve(reference).await?,
            None => Arc::default(),
        };
        let mut session = self.session.lock().await;
        if let Some(known) = session.as_ref().filter(|known| *known.secret == *secret) {
            return Ok(known.clone());
        }
        let http = self.client_with(&secret)?;
        let fresh = Arc::new(Session { http, secret });
        *session = Some(fresh.clone());
        Ok(fresh)
    }

    /// [`Destination::refresh`](crate::destination::Destination::refresh) for all that use this.
    pub async fn refresh(&self) -> bool {
        let Some(reference) = &self.secret else { return false };
        self.credentials.refresh(reference).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the secret cannot be read");
            false
        })
    }

    fn client_with(&self, secret: &Secret) -> Result<Arc<Client>, CredentialError> {
        let member = |name| Ok::<_, CredentialError>(secret.member(name)?.cloned());
        let ca_bundle = member("ca_bundle")?.map(|pem| pem.expose_secret().to_owned());
        let certificate = match (member("client_certificate")?, member("client_key")?) {
            (Some(_), None) => return Err(CredentialError::NoMember("client_key".to_owned())),
            (None, Some(_)) => {
                return Err(CredentialError::NoMember("client_certificate".to_owned()));
            }
            (chain, key) => chain.zip(key),
        };
        if ca_bundle.is_none() && certificate.is_none() {
            return Ok(self.plain.clone());
        }
        let mut settings = self.settings.clone();
        settings.ca_bundle = ca_bundle.or(settings.ca_bundle);
        if let Some((chain, key)) = certificate {
            let certificate = chain.expose_secret().to_owned();
            settings.identity = Some(http::Identity { certificate, key });
        }
        let client = Client::new(settings);
        client.map(Arc::new).map_err(|error| CredentialError::NoMember(format!("usable {error}")))
    }
}
