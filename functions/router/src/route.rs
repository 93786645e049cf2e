//! One invocation of the router.

use std::sync::Arc;
use std::time::Duration;

use delivery::credentials::Credentials;
use jiff::Timestamp;
use lambda::message::Envelope;
use lambda::settle::{self, carry_out};
use lambda::stages::Stages;
use lambda::{BatchResponse, Queue, Received, metrics};
use tokio::time::Instant;
use transform::source::Settings;

use crate::NAME;
use crate::config::Config;
use crate::outlet::{self, Handed};
use crate::pseudonyms::Pseudonyms;
use crate::table::{Missing, Outlet, Outlets, Table};
use crate::work::{self, Work};

/// How long the destinations' queues may take. A hanging one is not waited for any longer: its events
/// go back, and the next invocation begins.
const ROUTE_BUDGET: Duration = Duration::from_secs(15);

/// What is left of an invocation when the last event has to be handed over.
const RESERVE: Duration = Duration::from_secs(9);

/// Of the time until then, so much may pass before the last message is read: one in so many parts. What
/// is not begun by then goes back.
const READING_SHARE: u32 = 2;

/// The router with the queues around it.
pub struct Router {
    queue: Option<Queue>,
    dlq: Option<Queue>,
    reading: Settings,
    table: Table,
    pseudonyms: Pseudonyms,
}

/// What an invocation did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Records that came in, those that are rightly no events among them.
    pub records: u64,
    /// Copies of events handed to destinations' queues.
    pub delivered: u64,
    /// Events that no destination wanted.
    pub unwanted: u64,
    /// Unreadable records, parked.
    pub rejected: u64,
    /// Copies of events, and unreadable records, that no queue took.
    pub retried: u64,
    /// Copies of events that were owed to a route when it was removed.
    pub removed: u64,
    /// The routes could not be read; these are older ones.
    pub stale: bool,
    /// Routes whose value cannot be read.
    pub unreadable_routes: u64,
    /// There are no routes; everything went back.
    pub no_routes: bool,
    /// The key of pseudonyms could not be read.
    pub no_pseudonyms: bool,
    /// Events of operations that no table of meanings has.
    pub unmapped: u64,
    /// How old the oldest event was, in seconds.
    pub lag: Option<f64>,
}

impl Counts {
    /// As metrics.
    #[expect(clippy::cast_precision_loss, reason = "CloudWatch's values are doubles")]
    pub fn metrics(&self) -> Vec<(&'static str, f64)> {
        let mut values = vec![
            (metrics::RECEIVED, self.records as f64),
            (metrics::DELIVERED, self.delivered as f64),
            (metrics::FILTERED, self.unwanted as f64),
            (metrics::REJECTED, self.rejected as f64),
            (metrics::RETRIED, self.retried as f64),
            (metrics::ROUTE_REMOVED, self.removed as f64),
            (metrics::ROUTES_STALE, f64::from(u8::from(self.stale))),
            (metrics::ROUTES_UNREADABLE, self.unreadable_routes as f64),
            (metrics::NO_ROUTES, f64::from(u8::from(self.no_routes))),
        ];
        // A metric costs by the month, so that these begin when there is something to say.
        values.extend((self.unmapped > 0).then_some((metrics::UNMAPPED, self.unmapped as f64)));
        values.extend(self.no_pseudonyms.then_some((metrics::PSEUDONYM_KEY_UNREADABLE, 1.0)));
        values.extend(self.lag.map(|lag| (metrics::LAG, lag)));
        values
    }
}

impl Router {
    /// A router between these queues, with its routes in this SSM and its key among these credentials.
    pub fn new(
        config: Config,
        sqs: aws_sdk_sqs::Client,
        ssm: aws_sdk_ssm::Client,
        credentials: Credentials,
    ) -> Router {
        let queue = |url: Option<String>| url.map(|url| Queue::new(sqs.clone(), url));
        let (own, dlq) = (queue(config.queue_url), queue(config.dlq_url));
        Router {
            queue: own,
            dlq,
            reading: config.reading,
            table: Table::new(ssm, sqs, config.routes_path),
            pseudonyms: Pseudonyms::new(config.pseudonym_key, credentials),
        }
    }

    /// The same router, reading its routes again after another time than a minute.
    #[must_use]
    pub fn fresh_for(self, fresh: Duration) -> Router {
        Router { table: self.table.fresh_for(fresh), ..self }
    }

    /// Reads the routes before the first invocation. What goes wrong is said then, and tried again.
    pub async fn prepare(&self) {
        let until = Instant::now() + Duration::from_secs(5);
        if let Err(missing) = self.table.current(until).await {
            tracing::warn!(?missing, "the router starts without routes");
        }
    }

    /// Handles the messages of one invocation.
    pub async fn handle(
        &self,
        messages: &[Received],
        deadline: Instant,
        now: Timestamp,
    ) -> (BatchResponse, Counts) {
        let left = deadline.saturating_duration_since(Instant::now());
        let reserve = RESERVE.min(left * 9 / 20);
        let stages = Stages::of(reserve, deadline);
        let handed = deadline.checked_sub(reserve).unwrap_or(deadline);
        let envelopes = Envelope::unique(messages);
        let (response, mut counts) = match self.routes(&envelopes, handed).await {
            Ok(routes) => self.deliver(&envelopes, &routes, handed, &stages, now).await,
            Err(missing) => {
                tracing::error!(
                    ?missing,
                    messages = envelopes.len(),
                    "no routes; the messages go back to the queue"
                );
                let response = settle::give_back(self.queue.as_ref(), &envelopes, &stages).await;
                let no_routes = missing == Missing::Empty;
                (response, Counts { no_routes, ..Counts::default() })
            }
        };
        let health = self.table.health().await;
        (counts.stale, counts.unreadable_routes) = (health.stale, health.unreadable);
        (response, counts)
    }

    /// The routes for these messages. A name that the table does not have may be newer than the table.
    async fn routes(&self, envelopes: &[Envelope<'_>], until: Instant) -> Result<Outlets, Missing> {
        let known = self.table.current(until).await?;
        let unknown = work::unknown(envelopes, &known);
        if unknown.is_empty() {
            return Ok(known);
        }
        match self.table.again(until).await {
            Ok(routes) => Ok(routes),
            Err(Missing::Empty) => Err(Missing::Empty),
            // Nobody can tell whether they are gone: they wait.
            Err(Missing::Unread) => {
                let closed = unknown.into_iter().map(Outlet::closed);
                Ok(Arc::new(known.iter().cloned().chain(closed).collect()))
            }
        }
    }

    async fn deliver(
        &self,
        envelopes: &[Envelope<'_>],
        routes: &[Outlet],
        handed: Instant,
        stages: &Stages,
        now: Timestamp,
    ) -> (BatchResponse, Counts) {
        let (hash_key, keyed) = self.pseudonyms.key(handed).await;
        let reading = Settings { now, hash_key, ..self.reading.clone() };
        let begun = Instant::now();
        let until = begun + handed.saturating_duration_since(begun) / READING_SHARE;
        let (mut work, packed) = Work::read(envelopes, routes, &reading, until);
        let mut counts =
            Counts { unwanted: work.unwanted, removed: work.removed, ..Counts::default() };
        counts.no_pseudonyms = !keyed;
        counts.unmapped = work.unmapped.events;
        if counts.unmapped > 0 {
            let operations = work.unmapped.operations.iter().map(String::as_str);
            tracing::warn!(
                events = counts.unmapped,
                operations = operations.collect::<Vec<_>>().join(", "),
                "operations that no table has; their events are SystemActivity with `details.unmapped`"
            );
        }
        counts.records = work.records;
        counts.lag = work.oldest.map(|oldest| now.duration_since(oldest).as_secs_f64().max(0.0));

        let budget = handed.min(Instant::now() + ROUTE_BUDGET);
        let mut messages = outlet::send(routes, packed, budget).await;
        self.follow(&mut messages, routes, handed).await;
        hand_over(&mut work, messages, &mut counts);
        self.park(&mut work, envelopes, now, stages, &mut counts).await;
        let decisions = envelopes
            .iter()
            .enumerate()
            .map(|(index, envelope)| (*envelope, work.decide(index, envelope, routes, now)))
            .collect();
        let response = carry_out(self.queue.as_ref(), decisions, stages).await;
        tracing::info!(
            destination = NAME,
            messages = envelopes.len(),
            records = counts.records,
            delivered = counts.delivered,
            filtered = counts.unwanted,
            skipped = work.skipped,
            rejected = counts.rejected,
            retried = counts.retried,
            removed = counts.removed,
            returned = response.batch_item_failures.len(),
            "invocation done"
        );
        (response, counts)
    }

    /// When a queue is gone, its route may be gone, too, or have another queue by now.
    async fn follow(&self, messages: &mut [Handed], routes: &[Outlet], until: Instant) {
        let gone = outlet::gone(messages);
        if gone.is_empty() {
            return;
        }
        let Ok(now) = self.table.again(until).await else { return };
        for place in gone {
            let Some(before) = routes.get(place) else { continue };
            let route = now.iter().find(|outlet| outlet.name == before.name);
            if route.is_none() {
                tracing::warn!(
                    route = before.name,
                    "the route was removed; its events are dropped"
                );
            }
            outlet::send_again(messages, place, before, route, until).await;
        }
    }

    /// Sends the refused records to the dead-letter queue.
    async fn park(
        &self,
        work: &mut Work,
        envelopes: &[Envelope<'_>],
        now: Timestamp,
        stages: &Stages,
        counts: &mut Counts,
    ) {
        let letters = work.refused(envelopes, now);
        let (outgoing, items): (Vec<_>, Vec<_>) =
            letters.into_iter().map(|letter| (letter.message, letter.numbers)).unzip();
        let sent: Vec<bool> = match &self.dlq {
            Some(dlq) => dlq.send(&outgoing, stages.parked).await.taken(),
            None => vec![false; outgoing.len()],
        };
        for (items, sent) in items.into_iter().zip(sent) {
            let records = work.records_in(&items);
            if sent {
                counts.rejected += records;
                work.parked(&items);
            } else {
                counts.retried += records;
            }
        }
    }
}

/// Notes what became of each line.
fn hand_over(work: &mut Work, messages: Vec<Handed>, counts: &mut Counts) {
    for handed in messages {
        let copies = u64::try_from(handed.lines.len()).unwrap_or(u64::MAX);
        if handed.error.is_none() {
            counts.delivered += copies;
            work.handed_over(handed.place, &handed.lines);
        } else if handed.removed {
            counts.removed += copies;
            work.release(handed.place, &handed.lines);
        } else {
            counts.retried += copies;
            work.keep(&handed.lines, &handed.text());
        }
    }
}
