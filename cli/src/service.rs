//! What the service manager is told: `Type=notify` and `WatchdogSec=` of systemd.
//!
//! Without `NOTIFY_SOCKET` nothing is told. <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

use std::time::Duration;

use sd_notify::NotifyState;

/// The start is over: the configuration is read, the state locked, the logs are followed or waited for.
pub(crate) fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is read again; [`ready`] ends it.
pub(crate) fn reloading() {
    // systemd needs the time beside the word (`Type=notify-reload`).
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// Told to stop: what waits goes out.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Still at work.
pub(crate) fn alive(status: &str) {
    notify(&[NotifyState::Watchdog, NotifyState::Status(status)]);
}

/// How often [`alive`] is due: twice in the time that `WatchdogSec=` allows. `None` without a watchdog.
pub(crate) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

/// Says that the program is at work for as long as it is, where a watchdog asks for it.
pub(crate) fn keep_alive(status: String) {
    let Some(every) = watchdog() else { return };
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(every).await;
            alive(&status);
        }
    });
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
