//! AWS: the clients' configuration, the SQS client, and what its errors mean.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, ProvideCredentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

use crate::exit::Failure;

const CONNECT: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(30);

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
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    let shared = loader.load().await;
    if shared.region().is_none() {
        return Err(Failure::config("the AWS region is not known")
            .hint("set AWS_REGION, or a region in the AWS profile"));
    }
    let found = match shared.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.is_ok(),
        None => false,
    };
    if !found {
        return Err(Failure::credentials("no AWS credentials were found")
            .hint("set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where the machine has a role"));
    }
    Ok(shared)
}

/// How long a request may take.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build()
}

/// What an answer means for the messages that it does not take.
pub(crate) enum Trouble {
    /// Later.
    Retry(String),
    /// In smaller requests.
    TooLong,
    /// Not before somebody has changed something.
    Fatal(Failure),
}

impl Trouble {
    /// The end of a command that does not try again itself.
    pub(crate) fn failure(self) -> Failure {
        match self {
            Trouble::Fatal(failure) => failure,
            Trouble::TooLong => Failure::bug("the request is too long"),
            Trouble::Retry(why) => Failure::retry(format!("the queue does not answer: {why}"))
                .hint("run the same command again"),
        }
    }
}

/// The region in `https://sqs.eu-west-1.amazonaws.com/…`: the queue's own, whatever the profile says.
fn region(url: &str) -> Option<&str> {
    let host = url.split_once("://")?.1.split('/').next()?;
    let rest = host.strip_prefix("sqs.")?;
    rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn"))
}

pub(crate) fn trouble<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Trouble {
    match error {
        SdkError::TimeoutError(_) => Trouble::Retry("no answer in time".to_owned()),
        SdkError::DispatchFailure(_) => Trouble::Retry("no connection".to_owned()),
        SdkError::ResponseError(_) => Trouble::Retry("the answer cannot be understood".to_owned()),
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or("without a code");
            refusal(code, answer.raw().status().as_u16())
        }
        _ => Trouble::Fatal(Failure::bug("the request could not be built")),
    }
}

/// The end of a command whose look-up (of a stack, of its routes, of a function) was refused or not answered.
/// `permission` is the one that it needs.
pub(crate) fn lookup_refused<E: ProvideErrorMetadata>(
    error: &SdkError<E>,
    what: &str,
    permission: &str,
) -> Failure {
    let code = error.code().unwrap_or("no answer");
    let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
    let text = format!("{what}: {code}");
    if is_about_credentials(code) {
        return Failure::credentials(text).hint(format!("needs the permission {permission}"));
    }
    if status == 0 || status >= 500 || code.contains("Throttl") || code.contains("TooManyRequests")
    {
        return Failure::retry(text).hint("run the same command again");
    }
    Failure::config(text).hint("pass the queue's address with --queue-url instead")
}

fn refusal(code: &str, status: u16) -> Trouble {
    if code.ends_with("BatchRequestTooLong") {
        return Trouble::TooLong;
    }
    if is_about_credentials(code) {
        return Trouble::Fatal(credentials(code));
    }
    let is_pause =
        code.contains("Throttl") || code.contains("OverLimit") || code.contains("SlowDown");
    if status >= 500 || status == 429 || is_pause {
        return Trouble::Retry(format!("{code}, status {status}"));
    }
    let failure =
        Failure::config(format!("the queue refuses the request: {code}, status {status}"));
    Trouble::Fatal(failure.hint(
        "is it the URL of a queue of the stack, in the account and region of these credentials?",
    ))
}

pub(crate) fn is_about_credentials(code: &str) -> bool {
    [
        "AccessDenied",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "InvalidSignature",
        "ExpiredToken",
        "MissingAuthenticationToken",
        "InvalidAccessKeyId",
        "KmsDisabled",
        "OptInRequired",
    ]
    .iter()
    .any(|word| code.contains(word))
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

    #[test]
    fn what_waiting_can_mend_is_tried_again_and_nothing_else() {
        let is_retry = |code, status| matches!(refusal(code, status), Trouble::Retry(_));
        assert!(is_retry("InternalFailure", 500));
        assert!(is_retry("RequestThrottled", 400));
        assert!(!is_retry("AccessDeniedException", 400));
        assert!(!is_retry("QueueDoesNotExist", 400));
        assert!(matches!(
            refusal("AWS.SimpleQueueService.BatchRequestTooLong", 400),
            Trouble::TooLong
        ));
    }
}
