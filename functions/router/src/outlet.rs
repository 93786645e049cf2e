//! Handing events over to the destinations' queues.

use futures::future::join_all;
use lambda::Outgoing;
use queue::{ErrorKind, Packed, QueueError};
use tokio::time::Instant;

use crate::table::{Open, Outlet};

/// One message for a route, and what became of it.
pub(crate) struct Handed {
    /// The route, by its place.
    pub(crate) place: usize,
    /// The lines in the message.
    pub(crate) lines: Vec<usize>,
    /// The message itself, for another try.
    message: Outgoing,
    /// Why the queue does not have it; nothing when it has.
    pub(crate) error: Option<QueueError>,
    /// The route is no more.
    pub(crate) removed: bool,
}

impl Handed {
    /// The lines' text.
    pub(crate) fn text(&self) -> String {
        self.message.body.text()
    }

    fn is_gone(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Gone)
    }
}

/// Sends to all routes side by side, so that one that hangs takes its own time only.
pub(crate) async fn send(
    outlets: &[Outlet],
    packed: Vec<Vec<Packed>>,
    until: Instant,
) -> Vec<Handed> {
    let sending = outlets
        .iter()
        .zip(packed)
        .enumerate()
        .map(|(place, (outlet, packed))| send_to(place, outlet.open.as_ref(), packed, until));
    join_all(sending).await.into_iter().flatten().collect()
}

async fn send_to(
    place: usize,
    open: Option<&Open>,
    packed: Vec<Packed>,
    until: Instant,
) -> Vec<Handed> {
    let mut handed: Vec<Handed> = packed
        .into_iter()
        .map(|Packed { body, records }| Handed {
            place,
            lines: records,
            message: Outgoing::new(body),
            error: Some(QueueError::late()),
            removed: false,
        })
        .collect();
    if let Some(open) = open {
        let all: Vec<usize> = (0..handed.len()).collect();
        send_these(&mut handed, &all, open, until).await;
    }
    handed
}

async fn send_these(handed: &mut [Handed], which: &[usize], open: &Open, until: Instant) {
    let messages: Vec<Outgoing> = which
        .iter()
        .filter_map(|at| Some(std::mem::take(&mut handed.get_mut(*at)?.message)))
        .collect();
    let sent = open.queue.send(&messages, until).await;
    for ((at, message), result) in which.iter().zip(messages).zip(sent.each) {
        if let Some(handed) = handed.get_mut(*at) {
            handed.message = message;
            handed.error = result.err();
        }
    }
}

/// The places of routes whose queue does not exist.
pub(crate) fn gone(handed: &[Handed]) -> Vec<usize> {
    let mut places: Vec<usize> =
        handed.iter().filter(|one| one.is_gone()).map(|one| one.place).collect();
    places.dedup();
    places
}

/// Sends what a route's queue did not take to the queue that the route has now, or notes that the route
/// is no more. A route that still names the dead queue is left as it is.
pub(crate) async fn send_again(
    handed: &mut [Handed],
    place: usize,
    before: &Outlet,
    now: Option<&Outlet>,
    until: Instant,
) {
    let failed: Vec<usize> = handed
        .iter()
        .enumerate()
        .filter(|(_, one)| one.place == place && one.error.is_some())
        .map(|(at, _)| at)
        .collect();
    let Some(now) = now else {
        for at in failed {
            if let Some(one) = handed.get_mut(at) {
                one.removed = true;
            }
        }
        return;
    };
    let (Some(old), Some(new)) = (&before.open, &now.open) else { return };
    if old.queue.url() != new.queue.url() {
        send_these(handed, &failed, new, until).await;
    }
}
