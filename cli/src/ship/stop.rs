//! Being told to stop: finish the batch, save the cursor, go.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::exit::Failure;

/// Whether SIGINT or SIGTERM has come.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens to the signals from now on.
    pub(super) fn on_signals() -> Result<Stop, Failure> {
        let failure = |error| Failure::bug(format!("signals cannot be listened to: {error}"));
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failure)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failure)?;
        let (sender, receiver) = watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            sender.send_replace(true);
            // Kept, so that those who wait are not told that nobody will ever tell them.
            std::future::pending::<()>().await;
        });
        Ok(Stop(receiver))
    }

    /// Whether it is time to stop.
    pub(super) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Until it is time to stop.
    pub(super) async fn set(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|set| *set).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// This long, or until it is time to stop.
    pub(super) async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.set() => {}
        }
    }
}
