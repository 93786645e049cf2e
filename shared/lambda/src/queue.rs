//! Sending to a queue, hiding messages in it, receiving and deleting, in batches, each entry checked.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_lambda_events::event::sqs::{SqsMessage, SqsMessageAttribute};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    MessageAttributeValue, MessageSystemAttributeName, SendMessageBatchRequestEntry,
};
use delivery::retry::Backoff;
use tokio::time::sleep;

/// Entries in one call (`SendMessageBatch`, `ChangeMessageVisibilityBatch`).
const ENTRIES: usize = 10;

/// Bytes of one call: bodies and attributes of all entries.
pub const CALL_BYTES: usize = 1024 * 1024;

/// `DelaySeconds` goes no further.
pub const LONGEST_DELAY: Duration = Duration::from_mins(15);

/// A message's visibility goes no further than twelve hours from its receipt; a minute is left for
/// the time that it was already in our hands.
pub const LONGEST_HIDING: Duration = Duration::from_mins(12 * 60 - 1);

/// How long a call waits for a message. Even a second makes SQS ask all of its servers, so that an
/// empty answer means an empty queue; the client's own time-out has to be longer.
const LONG_POLL: i32 = 2;

/// How often an entry that SQS did not take is sent again.
const AGAIN: Backoff =
    Backoff { first: Duration::from_millis(100), longest: Duration::from_millis(500), attempts: 3 };

/// A client with time-outs that fit into the end of an invocation.
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
}

/// A message to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The body, at least a character.
    pub body: String,
    /// Attributes with a text.
    pub texts: Vec<(&'static str, String)>,
    /// Attributes with a number.
    pub numbers: Vec<(&'static str, u64)>,
    /// How long it stays invisible; cut to [`LONGEST_DELAY`].
    pub delay: Duration,
}

/// SQS gave no messages, and not because there are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue cannot be read: {0}")]
pub struct NotReceived(String);

/// SQS did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue did not take the message: {0}")]
pub struct NotSent(String);

impl Queue {
    /// The queue at this address.
    pub fn new(client: Client, url: impl Into<String>) -> Queue {
        Queue { client, url: url.into() }
    }

    /// Sends messages; says of each, in order, whether SQS has it.
    pub async fn send(&self, messages: &[Outgoing]) -> Vec<Result<(), NotSent>> {
        let mut results = vec![Err(NotSent("it was not sent".to_owned())); messages.len()];
        for call in calls(messages) {
            self.send_call(messages, call, &mut results).await;
        }
        results
    }

    /// One call, and again for the entries that were not taken.
    async fn send_call(
        &self,
        messages: &[Outgoing],
        mut left: Vec<usize>,
        results: &mut [Result<(), NotSent>],
    ) {
        for failed in 0..AGAIN.attempts {
            if failed > 0 {
                sleep(AGAIN.pause(failed - 1)).await;
            }
            left = self.send_once(messages, left, results).await;
            if left.is_empty() {
                return;
            }
        }
    }

    /// Gives back the entries that may be sent again.
    async fn send_once(
        &self,
        messages: &[Outgoing],
        indexes: Vec<usize>,
        results: &mut [Result<(), NotSent>],
    ) -> Vec<usize> {
        let entries = indexes.iter().filter_map(|index| entry(*index, messages.get(*index)?));
        let request = self.client.send_message_batch().queue_url(&self.url);
        let answer = match Box::pin(request.set_entries(Some(entries.collect())).send()).await {
            Ok(answer) => answer,
            Err(error) => {
                // The SDK has tried again already where that could help.
                let text = error
                    .code()
                    .map_or_else(|| DisplayErrorContext(&error).to_string(), str::to_owned);
                tracing::warn!(queue = self.name(), error = text, "a queue did not answer well");
                for index in indexes {
                    set(results, index, Err(NotSent(text.clone())));
                }
                return Vec::new();
            }
        };
        for entry in answer.successful() {
            if let Ok(index) = entry.id().parse() {
                set(results, index, Ok(()));
            }
        }
        let mut again = Vec::new();
        for entry in answer.failed() {
            tracing::warn!(queue = self.name(), code = entry.code(), "a message was not taken");
            if let Ok(index) = entry.id().parse::<usize>() {
                set(results, index, Err(NotSent(entry.code().to_owned())));
                if !entry.sender_fault() {
                    again.push(index);
                }
            }
        }
        again
    }

    /// Hides received messages for a while. What fails only reappears at the queue's own time, so
    /// it is logged and no more.
    pub async fn hide(&self, messages: &[(&str, Duration)]) {
        for call in messages.chunks(ENTRIES) {
            let entries = call.iter().enumerate().filter_map(|(index, (receipt, wait))| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(index.to_string())
                    .receipt_handle(*receipt)
                    .visibility_timeout(seconds((*wait).min(LONGEST_HIDING)))
                    .build()
                    .ok()
            });
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            let failed = match Box::pin(request.set_entries(Some(entries.collect())).send()).await {
                Ok(answer) => answer.failed().len(),
                Err(_) => call.len(),
            };
            if failed > 0 {
                let queue = self.name();
                tracing::warn!(queue, messages = failed, "messages come back at another time");
            }
        }
    }

    /// Receives up to ten messages, hidden from others for so long; none when the queue is empty.
    /// They look as Lambda would hand them over.
    pub async fn receive(&self, hidden: Duration) -> Result<Vec<SqsMessage>, NotReceived> {
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(10)
            .wait_time_seconds(LONG_POLL)
            .visibility_timeout(seconds(hidden.min(LONGEST_HIDING)))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_attribute_names("All");
        match Box::pin(request.send()).await {
            Ok(answer) => {
                Ok(answer.messages.unwrap_or_default().into_iter().map(received).collect())
            }
            Err(error) => {
                let text = error
                    .code()
                    .map_or_else(|| DisplayErrorContext(&error).to_string(), str::to_owned);
                tracing::error!(queue = self.name(), error = text, "a queue cannot be read");
                Err(NotReceived(text))
            }
        }
    }

    /// Deletes messages by their receipts; says how many could not be deleted. Those come back.
    pub async fn delete(&self, receipts: &[&str]) -> usize {
        let mut failed = 0;
        for call in receipts.chunks(ENTRIES) {
            let mut left = call.to_vec();
            for tries in 0..AGAIN.attempts {
                if tries > 0 {
                    sleep(AGAIN.pause(tries - 1)).await;
                }
                left = self.delete_once(&left).await;
                if left.is_empty() {
                    break;
                }
            }
            failed += left.len();
        }
        if failed > 0 {
            let queue = self.name();
            tracing::warn!(queue, messages = failed, "delivered messages could not be deleted");
        }
        failed
    }

    /// Gives back the receipts that were not deleted.
    async fn delete_once<'r>(&self, receipts: &[&'r str]) -> Vec<&'r str> {
        let entries = receipts.iter().enumerate().filter_map(|(index, receipt)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
            entry.receipt_handle(*receipt).build().ok()
        });
        let request = self.client.delete_message_batch().queue_url(&self.url);
        match Box::pin(request.set_entries(Some(entries.collect())).send()).await {
            Ok(answer) => {
                let failed = answer.failed().iter().filter_map(|entry| entry.id().parse().ok());
                failed.filter_map(|index: usize| receipts.get(index).copied()).collect()
            }
            Err(_) => receipts.to_vec(),
        }
    }

    fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }
}

impl Outgoing {
    /// Bytes that count against a call: body, and names, types and values of attributes.
    fn bytes(&self) -> usize {
        let texts = self.texts.iter().map(|(name, value)| name.len() + value.len() + 6);
        let numbers = self.numbers.iter().map(|(name, _)| name.len() + 26);
        self.body.len() + texts.sum::<usize>() + numbers.sum::<usize>()
    }
}

/// A message as Lambda's own polling would hand it over.
fn received(message: Message) -> SqsMessage {
    let mut handed = SqsMessage::default();
    handed.message_id = message.message_id;
    handed.receipt_handle = message.receipt_handle;
    handed.body = message.body;
    handed.attributes = message
        .attributes
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| (name.as_str().to_owned(), value))
        .collect();
    handed.message_attributes = message
        .message_attributes
        .unwrap_or_default()
        .into_iter()
        .map(|(name, value)| {
            let mut attribute = SqsMessageAttribute::default();
            attribute.data_type = Some(value.data_type);
            attribute.string_value = value.string_value;
            (name, attribute)
        })
        .collect();
    handed
}

/// Indexes of the messages of each call: at most ten, and at most a mebibyte unless one alone is more.
fn calls(messages: &[Outgoing]) -> Vec<Vec<usize>> {
    let mut calls: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for (index, message) in messages.iter().enumerate() {
        let size = message.bytes();
        match calls.last_mut() {
            Some(call) if call.len() < ENTRIES && bytes + size <= CALL_BYTES => {
                bytes += size;
                call.push(index);
            }
            _ => {
                bytes = size;
                calls.push(vec![index]);
            }
        }
    }
    calls
}

fn entry(index: usize, message: &Outgoing) -> Option<SendMessageBatchRequestEntry> {
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(index.to_string())
        .message_body(&message.body)
        .delay_seconds(seconds(message.delay.min(LONGEST_DELAY)));
    for (name, value) in &message.texts {
        entry = entry.message_attributes(*name, attribute("String", value.clone())?);
    }
    for (name, value) in &message.numbers {
        entry = entry.message_attributes(*name, attribute("Number", value.to_string())?);
    }
    entry.build().ok()
}

fn attribute(kind: &str, value: String) -> Option<MessageAttributeValue> {
    MessageAttributeValue::builder().data_type(kind).string_value(value).build().ok()
}

/// Whole seconds, rounded up: nobody is asked again too early.
fn seconds(wait: Duration) -> i32 {
    let up = u64::from(wait.subsec_nanos() > 0);
    i32::try_from(wait.as_secs() + up).unwrap_or(i32::MAX)
}

fn set(results: &mut [Result<(), NotSent>], index: usize, result: Result<(), NotSent>) {
    if let Some(place) = results.get_mut(index) {
        *place = result;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn calls_stay_within_limits_and_lose_nothing(
            sizes in proptest::collection::vec(1_usize..300_000, 0..60),
        ) {
            let messages: Vec<Outgoing> = sizes
                .iter()
                .map(|size| Outgoing { body: "x".repeat(*size), ..Outgoing::default() })
                .collect();
            let calls = calls(&messages);
            let all: Vec<usize> = calls.iter().flatten().copied().collect();
            prop_assert_eq!(all, (0..messages.len()).collect::<Vec<_>>());
            for call in calls {
                prop_assert!(call.len() <= ENTRIES);
                prop_assert!(call.iter().map(|index| sizes[*index]).sum::<usize>() <= CALL_BYTES);
            }
        }
    }
}
