//! Which file answers a call.

use delivery::destination::Destination;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::calls::check::Checked;
use crate::calls::{batch, check, custom_resource, drain};
use crate::drain::Drained;
use crate::event::Call;
use crate::service::{Error, Invocation, Service};
use crate::settle::BatchResponse;

/// The function's answer to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The messages that come back.
    Batch(BatchResponse),
    /// What was drained.
    Drained(Drained),
    /// What was found.
    Checked(Checked),
    /// CloudFormation has its answer; Lambda gets none.
    Told,
}

impl<D: Destination> Service<D> {
    /// Answers a call, whatever its kind; an error for an event that is none.
    pub async fn answer(
        &self,
        event: &RawValue,
        invocation: &Invocation<'_>,
    ) -> Result<Answer, Error> {
        match Call::of(event).inspect_err(|error| tracing::error!(%error, "event refused"))? {
            Call::Batch(messages) => {
                Ok(Answer::Batch(batch::answer(self, &messages, invocation).await))
            }
            Call::Drain => drain::answer(self, invocation).await.map(Answer::Drained),
            Call::Check(check) => Ok(Answer::Checked(check::answer(self, check, invocation).await)),
            Call::CustomResource(request) => {
                custom_resource::answer(self, &request, invocation).await.map(|()| Answer::Told)
            }
        }
    }
}
