//! A drain: the function empties its own queue, if its destination asks for that.

use delivery::destination::Destination;

use crate::drain::{self, Drained, End};
use crate::metrics;
use crate::service::{Error, Invocation, Service};

pub(crate) async fn answer<D: Destination>(
    service: &Service<D>,
    invocation: &Invocation<'_>,
) -> Result<Drained, Error> {
    let ready = match &service.ready {
        Ok(ready) => ready,
        Err(error) => {
            service.count_wrong_settings(invocation);
            return Err(Error::from(format!("the settings are wrong: {error}")));
        }
    };
    let Some(goals) = ready.function.pipeline.destination.goals() else {
        return Err(Error::from("this destination is not drained; its queue calls the function"));
    };
    let Some(queue) = &service.queue else {
        return Err(Error::from("VAULT_EXPORT_QUEUE_URL is required"));
    };
    let Invocation { deadline, now, .. } = *invocation;
    let (drained, counts) = drain::drain(&ready.function, queue, goals, deadline, now).await;
    metrics::destination(service.origin(invocation), drained.messages, &counts, now);
    match drained.end {
        End::Unreadable => Err(Error::from("the queue cannot be read; see the log")),
        End::Empty | End::Time | End::Undelivered => Ok(drained),
    }
}
