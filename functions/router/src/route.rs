//! One invocation of the router.

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsMessage};
use futures::future::join_all;
use jiff::Timestamp;
use lambda::message::Envelope;
use lambda::settle::carry_out;
use lambda::{Outgoing, Queue, metrics};
use transform::source::Settings;

use crate::NAME;
use crate::config::{Config, Route};
use crate::pack::Packed;
use crate::work::Work;

/// The router with the queues around it.
pub struct Router {
    queue: Option<Queue>,
    dlq: Option<Queue>,
    reading: Settings,
    routes: Vec<Route>,
    outlets: Vec<Outlet>,
}

/// A destination's queue.
pub struct Outlet(Queue);

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
        ];
        values.extend(self.lag.map(|lag| (metrics::LAG, lag)));
        values
    }
}

impl Router {
    /// A router; `queue` makes a queue of an address.
    pub fn new(config: Config, queue: impl Fn(String) -> Queue) -> Router {
        let outlets =
            config.routes.iter().map(|route| Outlet(queue(route.queue_url.clone()))).collect();
        Router {
            queue: config.queue_url.map(&queue),
            dlq: config.dlq_url.map(&queue),
            reading: config.reading,
            routes: config.routes,
            outlets,
        }
    }

    /// Handles the messages of one invocation.
    pub async fn handle(
        &self,
        messages: &[SqsMessage],
        now: Timestamp,
    ) -> (SqsBatchResponse, Counts) {
        let envelopes = Envelope::unique(messages);
        let reading = Settings { now, ..self.reading.clone() };
        let (mut work, packed) = Work::read(&envelopes, &self.routes, &reading);
        let mut counts = Counts { unwanted: work.unwanted, ..Counts::default() };
        counts.records = u64::try_from(work.items.len()).unwrap_or(u64::MAX);
        counts.lag = work.oldest.map(|oldest| now.duration_since(oldest).as_secs_f64().max(0.0));

        self.hand_over(&mut work, packed, &mut counts).await;
        self.park(&mut work, &envelopes, now, &mut counts).await;
        let decisions = envelopes
            .iter()
            .enumerate()
            .map(|(index, envelope)| (*envelope, work.decide(index, envelope, &self.routes)))
            .collect();
        let response = carry_out(self.queue.as_ref(), decisions).await;
        tracing::info!(
            destination = NAME,
            messages = envelopes.len(),
            records = counts.records,
            delivered = counts.delivered,
            filtered = counts.unwanted,
            skipped = work.skipped,
            rejected = counts.rejected,
            retried = counts.retried,
            returned = response.batch_item_failures.len(),
            "invocation done"
        );
        (response, counts)
    }

    /// Sends to all destinations' queues side by side.
    async fn hand_over(&self, work: &mut Work<'_>, packed: Vec<Vec<Packed>>, counts: &mut Counts) {
        let sending = self.outlets.iter().zip(packed).map(|(outlet, packed)| outlet.send(packed));
        let mut failed = Vec::new();
        for (place, results) in join_all(sending).await.into_iter().enumerate() {
            for (records, sent) in results {
                let copies = u64::try_from(records.len()).unwrap_or(u64::MAX);
                if sent {
                    counts.delivered += copies;
                    work.handed_over(place, &records);
                } else {
                    counts.retried += copies;
                    failed.extend(records.into_iter().map(|record| (place, record)));
                }
            }
        }
        // Last, because a record may have lines in two messages, of which one was sent.
        for (place, record) in failed {
            work.owe(record, place);
        }
    }

    /// Sends the unreadable records to the dead-letter queue, each alone with its reason.
    async fn park(
        &self,
        work: &mut Work<'_>,
        envelopes: &[Envelope<'_>],
        now: Timestamp,
        counts: &mut Counts,
    ) {
        let (records, outgoing) = work.refused(envelopes, now);
        let sent: Vec<bool> = match &self.dlq {
            Some(dlq) => dlq.send(&outgoing).await.iter().map(Result::is_ok).collect(),
            None => vec![false; outgoing.len()],
        };
        for (record, sent) in records.into_iter().zip(sent) {
            if sent {
                counts.rejected += 1;
                work.parked(record);
            } else {
                counts.retried += 1;
            }
        }
    }
}

impl Outlet {
    async fn send(&self, packed: Vec<Packed>) -> Vec<(Vec<usize>, bool)> {
        let (records, messages): (Vec<_>, Vec<_>) = packed
            .into_iter()
            .map(|packed| (packed.records, Outgoing { body: packed.body, ..Outgoing::default() }))
            .unzip();
        let sent = self.0.send(&messages).await;
        records.into_iter().zip(sent.iter().map(Result::is_ok)).collect()
    }
}
