//! The ingest queue: `SendMessageBatch` until every entry is taken or refused for good.

use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, ProvideCredentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::send_message_batch::{SendMessageBatchError, SendMessageBatchOutput};
use aws_sdk_sqs::types::{SendMessageBatchRequestEntry, SendMessageBatchResultEntry};

use super::pack::Message;
use super::stop::Stop;
use crate::args::ShipArgs;
use crate::exit::Failure;
use crate::output::Talk;

const CONNECT: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The queue, and how patient to be with it.
pub(super) struct Queue {
    client: Client,
    url: String,
    patience: Option<Duration>,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) requests: u64,
    /// Messages that the queue refuses for good.
    pub(super) refused: u64,
}

/// What an answer means for the messages that it does not take.
enum Trouble {
    /// Later.
    Retry(String),
    /// In smaller requests.
    TooLong,
    /// Not before somebody has changed something.
    Fatal(Failure),
}

impl Queue {
    /// Sets up the client, and makes sure that there are credentials at all.
    pub(super) async fn connect(url: &str, args: &ShipArgs) -> Result<Queue, Failure> {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Failure::config("the queue's address must begin with https://")
                .hint("a queue's URL is wanted, not its name or ARN: aws sqs get-queue-url --queue-name …"));
        }
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = region(url) {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let shared = loader.load().await;
        if shared.region().is_none() {
            return Err(Failure::config("the queue's region is not known")
                .hint("set AWS_REGION, or a region in the AWS profile"));
        }
        let provider = shared.credentials_provider();
        let found = match &provider {
            Some(provider) => provider.provide_credentials().await.is_ok(),
            None => false,
        };
        if !found {
            return Err(Failure::credentials("no AWS credentials were found")
                .hint("set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where the machine has a role"));
        }
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT);
        let config = aws_sdk_sqs::config::Builder::from(&shared)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts.build())
            .build();
        let patience = (!args.follow).then(|| Duration::from_secs(args.retry_for));
        Ok(Queue { client: Client::from_conf(config), url: url.to_owned(), patience })
    }

    /// Sends until the queue has everything that it does not refuse for good. What one entry meets does not stop the
    /// others, and only those that failed are sent again.
    pub(super) async fn send(
        &self,
        batch: &[Message],
        stop: &Stop,
        talk: &Talk,
    ) -> Result<Sent, Failure> {
        let mut sent = Sent::default();
        let mut pending: Vec<usize> = (0..batch.len())
            .filter(|at| batch.get(*at).is_some_and(|one| one.records > 0))
            .collect();
        let (began, mut pause, mut at_once) = (Instant::now(), FIRST_PAUSE, pending.len());
        while !pending.is_empty() {
            let now: Vec<usize> = pending.iter().copied().take(at_once.max(1)).collect();
            sent.requests += 1;
            let trouble = match self.request(batch, &now).await {
                Ok(answer) => settle(&answer, batch, &mut pending, &now, &mut sent, talk),
                Err(error) => Some(trouble(&error)),
            };
            let why = match trouble {
                None => {
                    pause = FIRST_PAUSE;
                    continue;
                }
                Some(Trouble::Fatal(failure)) => return Err(failure),
                Some(Trouble::TooLong) if now.len() > 1 => {
                    at_once = now.len() / 2;
                    continue;
                }
                Some(Trouble::TooLong) => {
                    refuse(
                        batch,
                        now.first().copied(),
                        "larger than the queue takes",
                        &mut sent,
                        talk,
                    );
                    pending.retain(|at| !now.contains(at));
                    continue;
                }
                Some(Trouble::Retry(why)) => why,
            };
            let impatient =
                self.patience.is_some_and(|patience| began.elapsed() + pause > patience);
            if impatient || stop.is_set() {
                return Err(Failure::retry(format!("the queue did not take everything: {why}"))
                    .hint("run the same command again; with --cursor it goes on where the queue stopped taking"));
            }
            talk.note(&format!("the queue cannot take anything now ({why}); trying again"));
            stop.wait(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        Ok(sent)
    }

    async fn request(
        &self,
        batch: &[Message],
        which: &[usize],
    ) -> Result<SendMessageBatchOutput, SdkError<SendMessageBatchError>> {
        let mut request = self.client.send_message_batch().queue_url(&self.url);
        for at in which {
            let body = batch.get(*at).map(|message| message.body.clone()).unwrap_or_default();
            let entry =
                SendMessageBatchRequestEntry::builder().id(at.to_string()).message_body(body);
            request = request.entries(entry.build().map_err(SdkError::construction_failure)?);
        }
        request.send().await
    }
}

/// Strikes out what the queue took or refuses. An entry that the answer does not mention was not taken.
fn settle(
    answer: &SendMessageBatchOutput,
    batch: &[Message],
    pending: &mut Vec<usize>,
    asked: &[usize],
    sent: &mut Sent,
    talk: &Talk,
) -> Option<Trouble> {
    let taken: Vec<&str> =
        answer.successful().iter().map(SendMessageBatchResultEntry::id).collect();
    pending.retain(|at| !taken.contains(&at.to_string().as_str()));
    let mut trouble = None;
    for entry in answer.failed() {
        let code = entry.code();
        if is_about_credentials(code) {
            return Some(Trouble::Fatal(credentials(code)));
        }
        if !entry.sender_fault() {
            trouble = Some(Trouble::Retry(code.to_owned()));
            continue;
        }
        let at = entry.id().parse().ok().filter(|at| pending.contains(at));
        refuse(batch, at, code, sent, talk);
        pending.retain(|other| Some(*other) != at);
    }
    let unmentioned = asked.iter().any(|at| pending.contains(at));
    let nothing_said = || Trouble::Retry("the answer does not mention every message".to_owned());
    trouble.or_else(|| unmentioned.then(nothing_said))
}

fn refuse(batch: &[Message], at: Option<usize>, why: &str, sent: &mut Sent, talk: &Talk) {
    let Some(message) = at.and_then(|at| batch.get(at)) else { return };
    sent.refused += 1;
    talk.warn(&format!(
        "the queue refuses a message of {} records, the first from line {}: {why}",
        message.records, message.line
    ));
}

/// The region in `https://sqs.eu-west-1.amazonaws.com/…`: the queue's own, whatever the profile says.
fn region(url: &str) -> Option<&str> {
    let host = url.split_once("://")?.1.split('/').next()?;
    let rest = host.strip_prefix("sqs.")?;
    rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn"))
}

fn trouble(error: &SdkError<SendMessageBatchError>) -> Trouble {
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
    Trouble::Fatal(
        failure.hint(
            "is it the stack's IngestQueueUrl, in the account and region of these credentials?",
        ),
    )
}

fn is_about_credentials(code: &str) -> bool {
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

fn credentials(code: &str) -> Failure {
    Failure::credentials(format!("these AWS credentials may not send to the queue: {code}"))
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
