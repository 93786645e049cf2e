//! How each adapter of a follower does, for whoever asks: the status file, the metrics, a line now and then.
//!
//! Workers write, everything else reads. One that follows nothing writes as well, and nobody reads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use delivery::outcome::Reason;
use jiff::Timestamp;
use serde::Serialize;

use super::total::Total;

/// One adapter.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Health {
    pub(super) adapter: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Whether its last request brought something, or there was none yet.
    pub(super) healthy: bool,
    #[serde(flatten)]
    pub(super) total: Total,
    /// Seconds since the oldest event that was read and is not delivered; 0 if there is none.
    pub(super) lag_seconds: i64,
    /// Bytes of the logs that were not read when they were last looked at.
    pub(super) backlog_bytes: u64,
    /// When an event last got its verdict.
    pub(super) last_delivery_at: Option<Timestamp>,
    pub(super) last_error: Option<LastError>,
    #[serde(skip)]
    oldest: Option<Timestamp>,
}

/// Why a request brought nothing.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LastError {
    pub(super) at: Timestamp,
    pub(super) error_class: &'static str,
    pub(super) reason: String,
    pub(super) status: Option<u16>,
}

/// What a worker writes to.
#[derive(Clone, Debug)]
pub(super) struct Gauge(Arc<Mutex<Health>>);

impl Gauge {
    pub(super) fn new(adapter: &str, kind: &'static str) -> Gauge {
        let health =
            Health { adapter: adapter.to_owned(), kind, healthy: true, ..Health::default() };
        Gauge(Arc::new(Mutex::new(health)))
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was done so far.
    pub(super) fn total(&self, total: &Total) {
        self.health().total.clone_from(total);
    }

    /// How much of the logs is to be read.
    pub(super) fn backlog(&self, bytes: u64) {
        self.health().backlog_bytes = bytes;
    }

    /// The time of the oldest event without a verdict, if there is one.
    pub(super) fn oldest(&self, oldest: Option<Timestamp>) {
        self.health().oldest = oldest;
    }

    /// Events got their verdict.
    pub(super) fn progressed(&self, now: Timestamp) {
        let mut health = self.health();
        (health.healthy, health.last_delivery_at) = (true, Some(now));
    }

    /// A request brought nothing.
    pub(super) fn failed(&self, reason: &Reason, now: Timestamp) {
        let mut health = self.health();
        health.healthy = false;
        health.last_error = Some(LastError {
            at: now,
            error_class: reason.class.as_str(),
            reason: reason.text.clone(),
            status: reason.status,
        });
    }

    /// How it does at this time.
    fn at(&self, now: Timestamp) -> Health {
        let mut health = self.health().clone();
        health.lag_seconds =
            health.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs().max(0));
        health
    }
}

/// All adapters of a follower.
#[derive(Clone, Debug)]
pub(super) struct Board(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    started_at: Timestamp,
    following: Vec<String>,
    waiting_for: Vec<String>,
    gauges: Vec<Gauge>,
}

/// What `--status` writes.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Status {
    pub(super) version: &'static str,
    pub(super) pid: u32,
    pub(super) started_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// The paths that are followed, and those of them that are not there.
    pub(super) following: Vec<String>,
    pub(super) waiting_for: Vec<String>,
    pub(super) adapters: Vec<Health>,
}

impl Board {
    pub(super) fn new(started_at: Timestamp) -> Board {
        let (following, waiting_for, gauges) = (Vec::new(), Vec::new(), Vec::new());
        Board(Arc::new(Mutex::new(State { started_at, following, waiting_for, gauges })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it is about these.
    pub(super) fn is_about(&self, following: Vec<String>, gauges: Vec<Gauge>) {
        let mut state = self.state();
        (state.following, state.gauges) = (following, gauges);
    }

    /// The paths that are not there; gives those that it had not been told of, and those that have come.
    pub(super) fn waits_for(&self, missing: &[String]) -> (Vec<String>, Vec<String>) {
        let mut state = self.state();
        let before = std::mem::replace(&mut state.waiting_for, missing.to_vec());
        let new = missing.iter().filter(|path| !before.contains(path)).cloned().collect();
        (new, before.into_iter().filter(|path| !missing.contains(path)).collect())
    }

    /// How everything is at this time.
    pub(super) fn status(&self, now: Timestamp) -> Status {
        let state = self.state();
        Status {
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            started_at: state.started_at,
            updated_at: now,
            following: state.following.clone(),
            waiting_for: state.waiting_for.clone(),
            adapters: state.gauges.iter().map(|gauge| gauge.at(now)).collect(),
        }
    }
}
