//! The routes that the router knows, and how it keeps knowing them.
//!
//! They are read again at the begin of an invocation when they are older than a minute. What cannot be
//! read now was readable before: the last good routes stay in use. Only an answer that names a route no
//! more takes it away, and an answer without any route is never believed to mean "deliver to nobody".

use std::sync::Arc;
use std::time::Duration;

use queue::Queue;
use routes::{Entry, ListError, Route};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use transform::event::Event;
use transform::filter::Filter;

/// A set of routes, by their place in the table.
pub(crate) type RouteSet = u128;

/// More have no place in a [`RouteSet`].
pub(crate) const ROUTES_AT_MOST: usize = 100;

/// How long routes are used before they are read again.
const FRESH: Duration = Duration::from_mins(1);

/// How long reading waits after it failed, so that a hanging SSM does not take a part of every
/// invocation.
const AGAIN: Duration = Duration::from_secs(5);

/// How long reading may take.
const READING: Duration = Duration::from_secs(10);

/// A route as events are sent to it.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    /// The destination's name.
    pub(crate) name: String,
    /// Nothing when the route was never readable: what it is owed waits.
    pub(crate) open: Option<Open>,
}

/// A route that can be sent to.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) queue: Queue,
    pub(crate) batch_size: usize,
    pub(crate) filter: Filter,
}

impl Outlet {
    /// Whether the route wants the event. A route whose filter is not known may want all.
    pub(crate) fn wants(&self, event: &Event<'_>) -> bool {
        self.open.as_ref().is_none_or(|open| open.filter.admits(event))
    }

    /// A route of which nothing is known but its name.
    pub(crate) fn closed(name: &str) -> Outlet {
        Outlet { name: name.to_owned(), open: None }
    }
}

/// The routes of an invocation.
pub(crate) type Outlets = Arc<Vec<Outlet>>;

/// Why there are no routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// They could not be read, now or ever.
    Unread,
    /// There are none.
    Empty,
}

/// What is to be said of the routes in an invocation's metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Health {
    /// The last reading failed.
    pub(crate) stale: bool,
    /// Routes with a value that cannot be read.
    pub(crate) unreadable: u64,
}

/// Reads and keeps routes.
pub(crate) struct Table {
    ssm: aws_sdk_ssm::Client,
    sqs: aws_sdk_sqs::Client,
    path: String,
    fresh: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last good ones.
    known: Option<Outlets>,
    /// The last answer held none.
    empty: bool,
    health: Health,
    /// Until when nothing is read.
    until: Option<Instant>,
}

impl Table {
    pub(crate) fn new(
        ssm: aws_sdk_ssm::Client,
        sqs: aws_sdk_sqs::Client,
        path: impl Into<String>,
    ) -> Table {
        Table { ssm, sqs, path: path.into(), fresh: FRESH, state: Mutex::default() }
    }

    /// The same table, read again after another time.
    pub(crate) fn fresh_for(self, fresh: Duration) -> Table {
        Table { fresh, ..self }
    }

    /// The routes, read again if they are old.
    pub(crate) async fn current(&self, deadline: Instant) -> Result<Outlets, Missing> {
        let mut state = self.state.lock().await;
        // Without routes nothing can be done but to ask for them.
        let is_old = state.until.is_none_or(|until| until <= Instant::now());
        if is_old || state.known.is_none() || state.empty {
            self.read(&mut state, deadline).await;
        }
        state.routes()
    }

    /// The routes as they are now; an error when that cannot be told.
    pub(crate) async fn again(&self, deadline: Instant) -> Result<Outlets, Missing> {
        let mut state = self.state.lock().await;
        self.read(&mut state, deadline).await;
        if state.health.stale { Err(Missing::Unread) } else { state.routes() }
    }

    pub(crate) async fn health(&self) -> Health {
        self.state.lock().await.health
    }

    async fn read(&self, state: &mut State, deadline: Instant) {
        let until = deadline.min(Instant::now() + READING);
        let answer = timeout_at(until, routes::list(&self.ssm, &self.path)).await;
        match answer.unwrap_or_else(|_| Err(ListError::late())) {
            Ok(entries) if entries.len() > ROUTES_AT_MOST => {
                let routes = entries.len();
                tracing::warn!(routes, "too many routes; going on with the known ones");
                state.failed();
            }
            Ok(entries) if entries.is_empty() => {
                tracing::warn!(path = self.path, "there are no routes");
                state.empty = true;
                state.health = Health::default();
                state.until = None;
            }
            Ok(entries) => self.take(state, &entries),
            Err(error) => {
                tracing::warn!(%error, "could not read the routes; going on with the known ones");
                state.failed();
            }
        }
    }

    fn take(&self, state: &mut State, entries: &[Entry]) {
        let before = state.known.clone().unwrap_or_default();
        let mut unreadable = 0;
        let outlets: Vec<Outlet> = entries
            .iter()
            .map(|entry| match Route::parse(&entry.name, &entry.value) {
                Ok(route) => self.open(route),
                Err(error) => {
                    unreadable += 1;
                    let known = before.iter().find(|outlet| outlet.name == entry.name);
                    let kept = known.is_some_and(|outlet| outlet.open.is_some());
                    tracing::error!(route = entry.name, kept, %error, "a route cannot be read");
                    known.cloned().unwrap_or_else(|| Outlet::closed(&entry.name))
                }
            })
            .collect();
        state.known = Some(Arc::new(outlets));
        state.empty = false;
        state.health = Health { stale: false, unreadable };
        state.until = Some(Instant::now() + self.fresh);
    }

    fn open(&self, route: Route) -> Outlet {
        let Route { name, queue_url, batch_size, filter, .. } = route;
        let queue = Queue::new(self.sqs.clone(), queue_url);
        Outlet { name, open: Some(Open { queue, batch_size, filter }) }
    }
}

impl State {
    fn failed(&mut self) {
        self.health.stale = true;
        self.until = Some(Instant::now() + AGAIN);
    }

    fn routes(&self) -> Result<Outlets, Missing> {
        match &self.known {
            _ if self.empty => Err(Missing::Empty),
            Some(known) => Ok(known.clone()),
            None => Err(Missing::Unread),
        }
    }
}
