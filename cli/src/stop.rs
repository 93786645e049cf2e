//! Being told to stop: finish what is under way, save the cursor, go.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::exit::Failure;

/// Whether SIGINT or SIGTERM has come, or somebody here has said so.
#[derive(Clone, Debug)]
pub(crate) struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    /// Listens to the signals from now on.
    pub(crate) fn on_signals() -> Result<Stop, Failure> {
        let failure = |error| Failure::bug(format!("signals cannot be listened to: {error}"));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failure)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failure)?;
        let stop = Stop(Arc::new(watch::channel(false).0));
        let told = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            told.now();
        });
        Ok(stop)
    }

    /// Tells everybody to stop.
    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }

    /// Whether it is time to stop.
    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Until it is time to stop.
    pub(crate) async fn set(&self) {
        let mut receiver = self.0.subscribe();
        if receiver.wait_for(|set| *set).await.is_err() {
            std::future::pending::<()>().await;
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
