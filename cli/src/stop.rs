//! Being told to stop: finish what is under way, save the cursor, go.

use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Failure;

/// How long what was begun may take when the program is told to stop. A second signal ends it at once.
const GRACE: Duration = Duration::from_secs(45);

/// Whether SIGINT or SIGTERM has come, or somebody here has said so; and whether the grace time has ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    told: CancellationToken,
    over: CancellationToken,
}

impl Stop {
    /// Listens to the signals from now on.
    pub(crate) fn on_signals() -> Result<Stop, Failure> {
        let (mut interrupt, mut terminate) =
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        let stop = Stop::default();
        let told = stop.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if told.is_set() {
                    told.over.cancel();
                } else {
                    told.now();
                }
            }
        });
        Ok(stop)
    }

    /// One that is told when this one is, and that can be told alone.
    pub(crate) fn child(&self) -> Stop {
        Stop { told: self.told.child_token(), over: self.over.child_token() }
    }

    /// Tells everybody to stop. Within a runtime: the grace time begins.
    pub(crate) fn now(&self) {
        if self.told.is_cancelled() {
            return;
        }
        self.told.cancel();
        let over = self.over.clone();
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            over.cancel();
        });
    }

    /// Whether it is time to stop.
    pub(crate) fn is_set(&self) -> bool {
        self.told.is_cancelled()
    }

    /// Whether the grace time has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Until it is time to stop.
    pub(crate) async fn set(&self) {
        self.told.cancelled().await;
    }

    /// Until the grace time has ended.
    pub(crate) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// This long, or until it is time to stop.
    pub(crate) async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.set() => {}
        }
    }
}

/// SIGHUP, which tells a follower to read its configuration again. From now on it no longer ends the program.
pub(crate) fn hangups() -> Result<Signal, Failure> {
    listen(SignalKind::hangup())
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::bug(format!("cannot listen to signals: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn there_is_time_left_until_the_grace_time_ends() {
        let stop = Stop::default();
        assert!(!stop.is_set() && !stop.is_over());
        stop.now();
        stop.now();
        assert!(stop.is_set() && !stop.is_over());
        let began = tokio::time::Instant::now();
        stop.over().await;
        assert_eq!(began.elapsed(), GRACE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_child_is_told_alone_or_with_its_parent() {
        let stop = Stop::default();
        let (first, second) = (stop.child(), stop.child());
        first.now();
        assert!(first.is_set() && !stop.is_set() && !second.is_set());
        stop.now();
        assert!(second.is_set());
        second.over().await;
        assert!(second.is_over() && stop.is_over());
    }
}
