//! Being told to stop: finish what is under way, save the cursor, go.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::exit::Failure;

/// How long what was begun may take when the program is told to stop. A second signal ends it at once.
const GRACE: Duration = Duration::from_secs(45);

/// Whether SIGINT or SIGTERM has come, or somebody here has said so; and if so, when the grace time ends.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<watch::Sender<Option<Instant>>>);

impl Stop {
    /// Listens to the signals from now on.
    pub(crate) fn on_signals() -> Result<Stop, Failure> {
        let failure = |error| Failure::bug(format!("signals cannot be listened to: {error}"));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failure)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failure)?;
        let stop = Stop::new();
        let told = stop.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if told.is_set() {
                    told.end();
                } else {
                    told.now();
                }
            }
        });
        Ok(stop)
    }

    fn new() -> Stop {
        Stop(Arc::new(watch::channel(None).0))
    }

    /// Tells everybody to stop.
    pub(crate) fn now(&self) {
        self.0.send_modify(|until| {
            until.get_or_insert_with(|| Instant::now() + GRACE);
        });
    }

    /// Ends the grace time.
    fn end(&self) {
        self.0.send_replace(Some(Instant::now()));
    }

    /// Whether it is time to stop.
    pub(crate) fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Whether the grace time has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.0.borrow().is_some_and(|until| until <= Instant::now())
    }

    /// Until it is time to stop.
    pub(crate) async fn set(&self) {
        let mut receiver = self.0.subscribe();
        if receiver.wait_for(Option::is_some).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Until the grace time has ended.
    pub(crate) async fn over(&self) {
        let mut receiver = self.0.subscribe();
        loop {
            self.set().await;
            let until = receiver.borrow_and_update().unwrap_or_else(Instant::now);
            tokio::select! {
                () = sleep_until(until) => return,
                _ = receiver.changed() => {}
            }
        }
    }

    /// This long, or until it is time to stop.
    pub(crate) async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.set() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_is_time_left_until_it_is_ended() {
        let stop = Stop::new();
        assert!(!stop.is_set() && !stop.is_over());
        stop.now();
        assert!(stop.is_set() && !stop.is_over());
        let over = tokio::spawn({
            let stop = stop.clone();
            async move { stop.over().await }
        });
        tokio::task::yield_now().await;
        stop.now();
        assert!(!over.is_finished() && !stop.is_over());
        stop.end();
        over.await.unwrap();
        assert!(stop.is_over());
    }
}
