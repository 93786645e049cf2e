//! Secrets Manager on a loopback port, holding one secret.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::json;

use crate::server::{Reply, Server};

/// The secret `text` under any name, and a configuration of the AWS SDK that finds it.
pub async fn holding(text: impl Into<String>) -> (Server, SdkConfig) {
    let text = text.into();
    let server = Server::start(move |_| {
        let answer =
            json!({"ARN": "arn", "Name": "secret", "VersionId": "1", "SecretString": text});
        Reply::status(200, answer.to_string()).header("content-type", "application/x-amz-json-1.1")
    })
    .await;
    let config = config(&server.url());
    (server, config)
}

/// The same as the SDK loads it, with all that assuming a role needs.
pub async fn loaded(url: &str) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(url)
        .load()
        .await
}

/// A configuration of the AWS SDK whose every service is at this address.
pub fn config(url: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url)
        .build()
}
