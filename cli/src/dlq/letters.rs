//! The messages of a dead-letter queue.

use std::collections::{BTreeMap, HashSet};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, Message,
    SendMessageBatchRequestEntry,
};

use crate::args::WhichArgs;
use crate::aws::{self, trouble};
use crate::exit::Failure;

/// The most that one request handles.
const BATCH: usize = 10;
/// The most bytes that one request sends.
const BATCH_BYTES: usize = 1024 * 1024;
/// How long messages are kept from others; long enough for a queue of some hundred thousand.
const HIDDEN_SECONDS: i32 = 1800;
/// How long an empty queue is waited for: without waiting, SQS asks only some of its servers.
const WAIT_SECONDS: i32 = 2;

/// One message.
#[derive(Debug)]
pub(crate) struct Letter {
    id: String,
    receipt: String,
    body: String,
    said: BTreeMap<String, String>,
}

impl Letter {
    /// What SQS calls it.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What was sent.
    pub(crate) fn into_body(self) -> String {
        self.body
    }

    /// An attribute that the stack put on the message. What SQS itself moved has none.
    pub(crate) fn said(&self, name: &str) -> String {
        self.said.get(name).cloned().unwrap_or_else(|| "-".to_owned())
    }

    pub(crate) fn is_wanted(&self, which: &WhichArgs) -> bool {
        let reason = self.said("reason").to_lowercase();
        which.reason.as_ref().is_none_or(|text| reason.contains(&text.to_lowercase()))
            && which.error_class.as_ref().is_none_or(|class| *class == self.said("error_class"))
    }

    pub(crate) fn as_json(&self) -> String {
        serde_json::json!({ "message_id": self.id, "attributes": self.said, "body": self.body })
            .to_string()
    }
}

impl From<Message> for Letter {
    fn from(message: Message) -> Letter {
        let said = message.message_attributes.unwrap_or_default().into_iter();
        Letter {
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
            said: said.filter_map(|(name, value)| Some((name, value.string_value?))).collect(),
        }
    }
}

/// The queue, and what was taken out of it.
pub(crate) struct Letters {
    client: Client,
    url: String,
    seen: HashSet<String>,
    held: BTreeMap<String, String>,
}

impl Letters {
    pub(crate) async fn open(url: String) -> Result<Letters, Failure> {
        let client = aws::sqs(&url, RetryConfig::standard()).await?;
        Ok(Letters { client, url, seen: HashSet::new(), held: BTreeMap::new() })
    }

    /// The queue's address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Messages that were not seen before; `None` when there are no more.
    pub(crate) async fn receive(&mut self) -> Result<Option<Vec<Letter>>, Failure> {
        let request = self.client.receive_message().queue_url(&self.url);
        let answer = request
            .max_number_of_messages(10)
            .visibility_timeout(HIDDEN_SECONDS)
            .wait_time_seconds(WAIT_SECONDS)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|error| trouble(&error).failure())?;
        let letters: Vec<Letter> =
            answer.messages.unwrap_or_default().into_iter().map(Letter::from).collect();
        let new: Vec<Letter> =
            letters.into_iter().filter(|letter| self.seen.insert(letter.id.clone())).collect();
        for letter in &new {
            self.held.insert(letter.id.clone(), letter.receipt.clone());
        }
        Ok((!new.is_empty()).then_some(new))
    }

    /// Sends messages to another queue, body by body, and deletes those that it took; says how many.
    pub(crate) async fn send_on(&mut self, to: &str, letters: Vec<Letter>) -> Result<u64, Failure> {
        let mut taken = Vec::new();
        for batch in batches(letters) {
            let mut request = self.client.send_message_batch().queue_url(to);
            for (number, letter) in batch.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .message_body(&letter.body);
                request = request.entries(entry.build().map_err(unbuilt)?);
            }
            let answer = request.send().await.map_err(|error| trouble(&error).failure())?;
            let ids: Vec<&str> = answer.successful.iter().map(|entry| entry.id.as_str()).collect();
            let is_taken = |number: usize| ids.contains(&number.to_string().as_str());
            let kept = batch.into_iter().enumerate().filter(|(number, _)| is_taken(*number));
            taken.extend(kept.map(|(_, letter)| letter));
        }
        self.delete(&taken).await
    }

    /// Deletes messages; says how many.
    pub(crate) async fn delete(&mut self, letters: &[Letter]) -> Result<u64, Failure> {
        let mut deleted = 0;
        for batch in letters.chunks(BATCH) {
            let mut request = self.client.delete_message_batch().queue_url(&self.url);
            for (number, letter) in batch.iter().enumerate() {
                let entry = DeleteMessageBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(&letter.receipt);
                request = request.entries(entry.build().map_err(unbuilt)?);
                self.held.remove(&letter.id);
            }
            let answer = request.send().await.map_err(|error| trouble(&error).failure())?;
            deleted += answer.successful.len() as u64;
        }
        Ok(deleted)
    }

    /// Makes visible again what was neither sent nor deleted.
    pub(crate) async fn hand_back(&mut self) -> Result<(), Failure> {
        let receipts: Vec<String> = std::mem::take(&mut self.held).into_values().collect();
        for batch in receipts.chunks(BATCH) {
            let mut request = self.client.change_message_visibility_batch().queue_url(&self.url);
            for (number, receipt) in batch.iter().enumerate() {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(number.to_string())
                    .receipt_handle(receipt)
                    .visibility_timeout(0);
                request = request.entries(entry.build().map_err(unbuilt)?);
            }
            request.send().await.map_err(|error| trouble(&error).failure())?;
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unbuilt(error: aws_sdk_sqs::error::BuildError) -> Failure {
    Failure::bug(format!("the request could not be built: {error}"))
}

fn batches(letters: Vec<Letter>) -> Vec<Vec<Letter>> {
    let mut batches: Vec<Vec<Letter>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        bytes += letter.body.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes <= BATCH_BYTES => batch.push(letter),
            _ => {
                bytes = letter.body.len();
                batches.push(vec![letter]);
            }
        }
    }
    batches
}
