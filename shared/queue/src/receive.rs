//! Receiving.

use std::time::Duration;

use aws_sdk_sqs::types::MessageSystemAttributeName;
use tokio::time::{Instant, timeout_at};

use crate::{LONGEST_HIDING, Queue, QueueError, Received, seconds};

/// How long a call waits for a message. Even a second makes SQS ask all of its servers, so that an
/// empty answer means an empty queue; the client's own timeout has to be longer.
const LONG_POLL: i32 = 2;

impl Queue {
    /// Receives up to ten messages, hidden from others for so long; none when the queue is empty.
    pub async fn receive(
        &self,
        hidden: Duration,
        deadline: Instant,
    ) -> Result<Vec<Received>, QueueError> {
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(10)
            .wait_time_seconds(LONG_POLL)
            .visibility_timeout(seconds(hidden.min(LONGEST_HIDING)))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_attribute_names("All");
        match timeout_at(deadline, Box::pin(request.send())).await {
            Ok(Ok(answer)) => {
                Ok(answer.messages.unwrap_or_default().into_iter().map(Received::from).collect())
            }
            Ok(Err(error)) => Err(QueueError::of(&error)),
            Err(_) => Err(QueueError::late()),
        }
    }
}
