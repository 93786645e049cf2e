//! SQS: send, receive, hide and delete messages in batches, and pack lines into messages.
//!
//! Functions and command line both use it. Every entry of a batch gets a result of its own: SQS
//! answers 200 for a batch of which it took nothing. Calls go out side by side and none outlasts the
//! deadline that the caller gives.

mod batch;
mod body;
mod call;
pub mod error;
mod message;
mod pack;
mod receive;

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, ChangeMessageVisibilityBatchResultEntry,
    DeleteMessageBatchRequestEntry, DeleteMessageBatchResultEntry, SendMessageBatchResultEntry,
};
use delivery::retry::Backoff;
use tokio::time::Instant;

use self::batch::Taken;
pub use self::body::Body;
pub use self::error::{ErrorKind, QueueError};
pub use self::message::{Attribute, Outgoing, Received, SystemAttributes};
pub use self::pack::{MESSAGE_BYTES, Packed, Packer};

/// Entries in one call.
pub const ENTRIES: usize = 10;

/// Bytes of one call: bodies and attributes of all entries.
pub const CALL_BYTES: usize = 1024 * 1024;

/// `DelaySeconds` goes no further.
pub const LONGEST_DELAY: Duration = Duration::from_mins(15);

/// A message's visibility goes no further than twelve hours from its receipt; a minute is left for
/// the time that it was already in our hands.
pub const LONGEST_HIDING: Duration = Duration::from_mins(12 * 60 - 1);

/// How often an entry that SQS did not take is sent again.
const AGAIN: Backoff =
    Backoff { first: Duration::from_millis(100), longest: Duration::from_millis(500), attempts: 3 };

/// A client with timeouts that fit into the end of an invocation.
pub fn client(config: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(10))
        .build();
    let config = aws_sdk_sqs::config::Builder::from(config).timeout_config(timeouts);
    Client::from_conf(config.build())
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
    again: Backoff,
}

/// What became of messages that were to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// For each message, in order, whether SQS has it.
    pub each: Vec<Result<(), QueueError>>,
    /// How many requests it took.
    pub requests: u64,
}

impl Sent {
    /// Whether SQS has them, in order.
    pub fn taken(&self) -> Vec<bool> {
        self.each.iter().map(Result::is_ok).collect()
    }
}

impl Queue {
    /// The queue at this address.
    pub fn new(client: Client, url: impl Into<String>) -> Queue {
        Queue { client, url: url.into(), again: AGAIN }
    }

    /// The same queue without a second try, for callers that say each failure and try again themselves.
    pub fn without_retries(self) -> Queue {
        Queue { again: Backoff { attempts: 1, ..AGAIN }, ..self }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The last part of its address.
    pub fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// Sends messages, as many of them as SQS takes until the deadline.
    pub async fn send(&self, messages: &[Outgoing], deadline: Instant) -> Sent {
        let calls = pack::calls(messages);
        let (each, requests) = self
            .in_calls(messages.len(), calls, deadline, async |indexes: Vec<usize>| {
                let entries = indexes.iter().filter_map(|at| Some((*at, messages.get(*at)?)));
                let body = call::body(&self.url, entries);
                let request = self.client.send_message_batch().queue_url(&self.url).customize();
                let request = request.mutate_request(move |request| call::put(request, &body));
                let answer = Box::pin(request.send()).await;
                let answer = answer.map_err(|error| QueueError::of(&error))?;
                Ok(Taken::new(
                    answer.successful().iter().map(SendMessageBatchResultEntry::id),
                    answer.failed(),
                ))
            })
            .await;
        Sent { each, requests }
    }

    /// Hides received messages for a while. One that fails reappears at the queue's own time.
    pub async fn hide(
        &self,
        messages: &[(&str, Duration)],
        deadline: Instant,
    ) -> Vec<Result<(), QueueError>> {
        let each = self
            .in_calls(
                messages.len(),
                tens(messages.len()),
                deadline,
                async |indexes: Vec<usize>| {
                    let entries = indexes.iter().filter_map(|at| {
                        let (receipt, wait) = messages.get(*at)?;
                        ChangeMessageVisibilityBatchRequestEntry::builder()
                            .id(at.to_string())
                            .receipt_handle(*receipt)
                            .visibility_timeout(seconds((*wait).min(LONGEST_HIDING)))
                            .build()
                            .ok()
                    });
                    let request =
                        self.client.change_message_visibility_batch().queue_url(&self.url);
                    let answer =
                        Box::pin(request.set_entries(Some(entries.collect())).send()).await;
                    let answer = answer.map_err(|error| QueueError::of(&error))?;
                    Ok(Taken::new(
                        answer.successful().iter().map(ChangeMessageVisibilityBatchResultEntry::id),
                        answer.failed(),
                    ))
                },
            )
            .await
            .0;
        self.warn(&each, "could not change the visibility of messages");
        each
    }

    /// Deletes messages by their receipts. Those that could not be deleted come back.
    pub async fn delete(
        &self,
        receipts: &[&str],
        deadline: Instant,
    ) -> Vec<Result<(), QueueError>> {
        let each = self
            .in_calls(
                receipts.len(),
                tens(receipts.len()),
                deadline,
                async |indexes: Vec<usize>| {
                    let entries = indexes.iter().filter_map(|at| {
                        let entry = DeleteMessageBatchRequestEntry::builder().id(at.to_string());
                        entry.receipt_handle(*receipts.get(*at)?).build().ok()
                    });
                    let request = self.client.delete_message_batch().queue_url(&self.url);
                    let answer =
                        Box::pin(request.set_entries(Some(entries.collect())).send()).await;
                    let answer = answer.map_err(|error| QueueError::of(&error))?;
                    Ok(Taken::new(
                        answer.successful().iter().map(DeleteMessageBatchResultEntry::id),
                        answer.failed(),
                    ))
                },
            )
            .await
            .0;
        self.warn(&each, "could not delete messages");
        each
    }

    fn warn(&self, each: &[Result<(), QueueError>], what: &'static str) {
        let failed = each.iter().filter(|result| result.is_err()).count();
        if let Some(error) = each.iter().find_map(|result| result.as_ref().err()) {
            tracing::warn!(queue = self.name(), messages = failed, %error, "{what}");
        }
    }
}

fn tens(count: usize) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..count).collect();
    all.chunks(ENTRIES).map(<[usize]>::to_vec).collect()
}

/// Whole seconds, rounded up: nobody is asked again too early.
fn seconds(wait: Duration) -> i32 {
    let up = u64::from(wait.subsec_nanos() > 0);
    i32::try_from(wait.as_secs() + up).unwrap_or(i32::MAX)
}
