//! The S3 client, and the role that it writes with. Security Lake writes with it too.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Region};
use delivery::credentials::PATIENCE;
use delivery::outcome::Answer;
use delivery::tools::Aws;
use tokio::sync::Mutex;

use crate::failure;

/// How the role's sessions are called in `CloudTrail`.
const SESSION: &str = "vault-export";

/// The client, made when it is first wanted and made anew when its credentials were refused.
pub struct Access {
    aws: Aws,
    region: Option<String>,
    role: Option<Role>,
    client: Mutex<Option<Client>>,
}

/// The role that is assumed for writing.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// What its trust policy asks for.
    pub external_id: Option<String>,
}

impl Access {
    /// Access with the role, or with the environment's own credentials. Nothing is asked yet.
    pub fn new(aws: Aws, region: Option<String>, role: Option<Role>) -> Access {
        Access { aws, region, role, client: Mutex::new(None) }
    }

    /// Whether a role is assumed for writing.
    pub fn assumes_role(&self) -> bool {
        self.role.is_some()
    }

    /// The client.
    pub async fn client(&self) -> Client {
        let mut client = self.client.lock().await;
        match client.as_ref() {
            Some(known) => known.clone(),
            None => client.insert(self.connect().await).clone(),
        }
    }

    /// Forgets the session with the role. Without a role the credentials are the environment's
    /// own, and there is nothing to read again.
    pub async fn refresh(&self) -> bool {
        *self.client.lock().await = None;
        self.assumes_role()
    }

    /// The region that is written to: the one that is set, else that of the AWS configuration.
    pub async fn region(&self) -> Option<Region> {
        let aws = self.aws.config().await;
        self.region.clone().map(Region::new).or_else(|| aws.region().cloned())
    }

    /// Whether there are credentials: assumes the role, writes nothing.
    pub async fn credentials(&self) -> Result<(), Answer> {
        let aws = self.aws.config().await;
        let found = match (&self.role, aws.credentials_provider()) {
            (Some(role), _) => {
                role.provider(aws, self.region().await).await.provide_credentials().await
            }
            (None, Some(own)) => own.provide_credentials().await,
            (None, None) => return Err(failure::without_credentials(None, false)),
        };
        match found {
            Ok(_) => Ok(()),
            Err(error) => Err(failure::without_credentials(Some(&error), self.assumes_role())),
        }
    }

    async fn connect(&self) -> Client {
        let aws = self.aws.config().await;
        let region = self.region().await;
        let mut config = Builder::from(aws)
            .force_path_style(has_own_endpoint(aws))
            .retry_config(retries())
            .timeout_config(timeouts());
        config.set_region(region.clone());
        if let Some(role) = &self.role {
            config = config.credentials_provider(role.provider(aws, region).await);
        }
        Client::from_conf(config.build())
    }
}

impl Role {
    async fn provider(&self, aws: &SdkConfig, region: Option<Region>) -> AssumeRoleProvider {
        // A write waits for it, and must not take its silence for S3's.
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let patient = aws.to_builder().timeout_config(timeouts).retry_config(retries()).build();
        let mut provider =
            AssumeRoleProvider::builder(&self.arn).session_name(SESSION).configure(&patient);
        if let Some(region) = region.filter(|_| aws.region().is_none()) {
            provider = provider.region(region);
        }
        if let Some(external_id) = &self.external_id {
            provider = provider.external_id(external_id);
        }
        provider.build().await
    }
}

/// Storage that is not AWS's seldom answers to `bucket.host`.
pub(crate) fn has_own_endpoint(aws: &SdkConfig) -> bool {
    aws.endpoint_url().is_some_and(|url| !url.contains(".amazonaws.com"))
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_initial_backoff(Duration::from_millis(200))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(30))
        .build()
}
