//! AWS: the clients' configuration, the SQS client, and what its errors mean.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{ProvideCredentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use delivery::credentials::NoAwsCredentials;
use queue::{ErrorKind, QueueError};

use crate::exit::Failure;

pub(crate) use queue::error::is_about_credentials;

const CONNECT: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_mins(5);

/// Sets up a client for this queue, and makes sure that there are credentials at all.
pub(crate) async fn sqs(url: &str, retry: RetryConfig) -> Result<Client, Failure> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Failure::config("the queue's address must begin with https://").hint(
            "a queue's URL is wanted, not its name or ARN: aws sqs get-queue-url --queue-name …",
        ));
    }
    let shared = config(region(url)).await?;
    let config = aws_sdk_sqs::config::Builder::from(&shared)
        .retry_config(retry)
        .timeout_config(timeouts())
        .build();
    Ok(Client::from_conf(config))
}

/// What all clients share, in the SDK's region or in this one. Makes sure that there are credentials at all.
pub(crate) async fn config(region: Option<&str>) -> Result<SdkConfig, Failure> {
    let mut loader = delivery::tools::loader();
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let shared = loader.load().await;
    if shared.region().is_none() {
        return Err(Failure::config("the AWS region is not known")
            .hint("set AWS_REGION, or a region in the AWS profile"));
    }
    let missing = match shared.credentials_provider() {
        Some(provider) => match provider.provide_credentials().await {
            Ok(_) => return Ok(shared),
            Err(error) => NoAwsCredentials::of(&error),
        },
        None => NoAwsCredentials::None,
    };
    Err(Failure::credentials(missing.to_string()).hint(missing.hint()))
}

/// How long a request may take.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build()
}

/// When a call to a queue is given up. The client gives up each attempt long before.
pub(crate) fn deadline() -> tokio::time::Instant {
    tokio::time::Instant::now() + LONGEST
}

/// The end of a command that does not try again itself.
pub(crate) fn failure(error: &QueueError) -> Failure {
    let code = match error.status {
        Some(status) => format!("{}, status {status}", error.text),
        None => error.text.clone(),
    };
    match error.kind {
        ErrorKind::Denied => credentials(&error.text),
        ErrorKind::TooLong => Failure::bug("the request is too long"),
        ErrorKind::Unavailable | ErrorKind::Late => {
            Failure::retry(format!("the queue does not answer: {code}"))
                .hint("run the same command again")
        }
        ErrorKind::Gone | ErrorKind::Refused => {
            Failure::config(format!("the queue refuses the request: {code}")).hint(
                "is it the URL of a queue of the stack, in the account and region of these credentials?",
            )
        }
    }
}

/// The region in `https://sqs.eu-west-1.amazonaws.com/…`: the queue's own, whatever the profile says.
fn region(url: &str) -> Option<&str> {
    let host = url.split_once("://")?.1.split('/').next()?;
    let rest = host.strip_prefix("sqs.")?;
    rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn"))
}

/// The end of a command whose look-up (of a stack, of its routes, of a function) was refused or not answered.
/// `permission` is the one that it needs.
pub(crate) fn lookup_refused<E: ProvideErrorMetadata>(
    error: &SdkError<E>,
    what: &str,
    permission: &str,
) -> Failure {
    let status = error.raw_response().map(|answer| answer.status().as_u16());
    lookup_failed(error.code().unwrap_or("no answer"), status, what, permission)
}

/// The same from a code and the status of the answer, if there was one.
pub(crate) fn lookup_failed(
    code: &str,
    status: Option<u16>,
    what: &str,
    permission: &str,
) -> Failure {
    let text = format!("{what}: {code}");
    if is_about_credentials(code) {
        return Failure::credentials(text).hint(format!("needs the permission {permission}"));
    }
    let is_pause = code.contains("Throttl") || code.contains("TooManyRequests");
    if status.is_none_or(|status| status >= 500) || is_pause {
        return Failure::retry(text).hint("run the same command again");
    }
    Failure::config(text).hint("pass the queue's address with --queue-url instead")
}

pub(crate) fn credentials(code: &str) -> Failure {
    Failure::credentials(format!("these AWS credentials may not use the queue: {code}"))
        .hint("attach the stack's managed policy for producers; it grants sqs:SendMessage and, with a key, kms:GenerateDataKey")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queues_address_says_its_region() {
        assert_eq!(region("https://sqs.eu-west-1.amazonaws.com/1/q"), Some("eu-west-1"));
        assert_eq!(region("http://localhost:4566/000000000000/q"), None);
    }
}
