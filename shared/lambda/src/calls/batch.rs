//! An SQS batch: deliver it, or give it back if the settings are wrong.

use delivery::config::ConfigError;
use delivery::destination::Destination;
use delivery::pipeline::RESERVE;

use crate::message::Envelope;
use crate::metrics;
use crate::queue::Received;
use crate::service::{Invocation, Service};
use crate::settle::{self, BatchResponse};
use crate::stages::Stages;

pub(crate) async fn answer<D: Destination>(
    service: &Service<D>,
    messages: &[Received],
    invocation: &Invocation<'_>,
) -> BatchResponse {
    match &service.ready {
        Ok(ready) => {
            let (response, counts) =
                ready.function.handle(messages, invocation.deadline, invocation.now).await;
            let origin = service.origin(invocation);
            metrics::destination(origin, messages.len(), &counts, invocation.now);
            response
        }
        Err(error) => give_back(service, error, messages, invocation).await,
    }
}

async fn give_back<D: Destination>(
    service: &Service<D>,
    error: &ConfigError,
    messages: &[Received],
    invocation: &Invocation<'_>,
) -> BatchResponse {
    let envelopes = Envelope::unique(messages);
    tracing::error!(
        destination = service.around.name,
        messages = envelopes.len(),
        %error,
        "the settings are wrong; the messages go back to the queue"
    );
    service.count_wrong_settings(invocation);
    let stages = Stages::of(RESERVE, invocation.deadline);
    settle::give_back(service.queue.as_ref(), &envelopes, &stages).await
}
