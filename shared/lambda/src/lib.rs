//! SQS messages in, exactly the messages that must come back out.
//!
//! The one place that knows Lambda and queues. A destination's `main` is [`serve`] and nothing else;
//! the router builds on [`listen`], [`Queue`] and [`settle`].
//!
//! What happens to a message is written in `docs/semantics.md`: all its records final, it is
//! gone; none delivered, it comes back after a back-off; partly delivered, the rest becomes a new
//! message. Rejected records are parked in the destination's dead-letter queue at once.

mod destination;
pub mod drain;
pub mod logging;
pub mod message;
pub mod metrics;
pub mod park;
pub mod queue;
pub mod settle;

use std::time::{Duration, SystemTime};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use delivery::config::{self, ConfigError, Export, Settings};
use delivery::destination::Destination;
use delivery::pipeline::{Counts, Pipeline};
use delivery::tools::{Aws, Tools};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::de::IgnoredAny;
use tokio::time::Instant;

pub use self::destination::Function;
pub use self::drain::{Drained, End, Goals};
pub use self::metrics::Origin;
pub use self::queue::{Outgoing, Queue};
pub use lambda_runtime::Error;

/// Runs a destination's function until Lambda ends the process.
///
/// Settings come from `VAULT_EXPORT_*`; a wrong one stops the start, named in log and error. A
/// secret that cannot be read does not: messages then wait in the queue.
///
/// ```no_run
/// # use delivery::{ConfigError, Export, Tools};
/// # use delivery::destination::{Destination, Finding};
/// # use delivery::outcome::Answer;
/// # use transform::{batch::{Batch, Limits}, event::Event, format::FormatError};
/// # struct SplunkHec; #[derive(serde::Deserialize)] struct Config {}
/// # impl delivery::config::Settings for Config {
/// #     const ADDRESS: &'static str = "endpoint";
/// #     fn read(document: delivery::settings::Document) -> Result<Config, ConfigError> { document.read() }
/// # }
/// # impl SplunkHec { fn new(_: Export<Config>, _: &Tools) -> Result<SplunkHec, ConfigError> { Ok(SplunkHec) } }
/// # impl Destination for SplunkHec {
/// #     const NAME: &'static str = "splunk-hec";
/// #     fn limits(&self) -> Limits { Limits::default() }
/// #     fn encode(&self, _: &Event<'_>, _: &mut Vec<u8>) -> Result<(), FormatError> { Ok(()) }
/// #     async fn deliver(&self, _: &Batch<'_>) -> Answer { Answer::delivered() }
/// #     async fn check(&self) -> Vec<Finding> { Vec::new() }
/// # }
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), lambda::Error> {
///     lambda::serve(SplunkHec::new).await
/// }
/// ```
pub async fn serve<C, D>(
    new: impl FnOnce(Export<C>, &Tools) -> Result<D, ConfigError>,
) -> Result<(), Error>
where
    C: Settings,
    D: Destination,
{
    logging::start(&config::log_level());
    let tools = Tools::default();
    let function = build(new, &tools).await.inspect_err(|error| {
        tracing::error!(destination = D::NAME, %error, "the function cannot start");
    })?;
    listen(async |invocation: Invocation| {
        let Invocation { messages, deadline, now, .. } = &invocation;
        let (response, counts) = function.handle(messages, *deadline, *now).await;
        metrics::destination(invocation.origin(D::NAME), messages.len(), &counts, *now);
        response
    })
    .await
}

/// Runs a destination's function that a schedule calls to empty its own queue; see [`drain`].
///
/// The schedule's event is not looked at. The answer is what was done, as JSON; that the queue
/// cannot be read is an error, which Lambda's own alarm sees.
pub async fn serve_drain<C, D>(
    new: impl FnOnce(Export<C>, &Tools) -> Result<D, ConfigError>,
    goals: impl FnOnce(&D) -> Goals,
) -> Result<(), Error>
where
    C: Settings,
    D: Destination,
{
    logging::start(&config::log_level());
    let function = build(new, &Tools::default()).await;
    let ready = function.and_then(|function| match function.queue.clone() {
        Some(queue) => Ok((function, queue)),
        None => Err(ConfigError::new("VAULT_EXPORT_QUEUE_URL", "is not set, and must be")),
    });
    let (function, queue) = ready.inspect_err(|error| {
        tracing::error!(destination = D::NAME, %error, "the function cannot start");
    })?;
    let goals = &goals(&function.pipeline.destination);
    let (function, queue) = (&function, &queue);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<IgnoredAny>| {
        let deadline = Instant::now() + left(event.context.deadline());
        // Erased, as in `listen`.
        let drained: LocalBoxFuture<'_, (Drained, Counts)> =
            drain::drain(function, queue, *goals, deadline, now()).boxed_local();
        let (drained, counts) = drained.await;
        let origin =
            Origin { function: &event.context.env_config.function_name, destination: D::NAME };
        metrics::destination(origin, drained.messages, &counts, now());
        match drained.end {
            End::Unreadable => Err(Error::from("the queue cannot be read; see the log")),
            End::Empty | End::Time | End::Undelivered => Ok(drained),
        }
    }))
    .await
}

async fn build<C, D>(
    new: impl FnOnce(Export<C>, &Tools) -> Result<D, ConfigError>,
    tools: &Tools,
) -> Result<Function<D>, ConfigError>
where
    C: Settings,
    D: Destination,
{
    let environment = config::environment().function()?;
    let queues = environment.queues;
    let export = environment.given.export::<C>()?;
    let (filter, batch_size) = (export.filter.clone(), export.batch_size);
    let pipeline = Pipeline::new(new(export, tools)?, filter, batch_size);
    let client = sqs(&tools.aws).await;
    let queue = |url: Option<String>| url.map(|url| Queue::new(client.clone(), url));
    Ok(Function { pipeline, queue: queue(queues.queue_url), dlq: queue(queues.dlq_url) })
}

/// The SQS client, with time-outs that fit into what is left of an invocation.
pub async fn sqs(aws: &Aws) -> aws_sdk_sqs::Client {
    queue::client(aws.config().await)
}

/// One invocation.
pub struct Invocation {
    /// What the queue delivered.
    pub messages: Vec<SqsMessage>,
    /// When Lambda ends it.
    pub deadline: Instant,
    /// The wall clock at its begin.
    pub now: Timestamp,
    /// The function's name in Lambda.
    pub function: String,
}

impl Invocation {
    /// Whose metrics those of this invocation are.
    pub fn origin<'a>(&'a self, destination: &'a str) -> Origin<'a> {
        Origin { function: &self.function, destination }
    }
}

/// Hands invocations to `handle` until Lambda ends the process.
pub async fn listen(handle: impl AsyncFn(Invocation) -> SqsBatchResponse) -> Result<(), Error> {
    let handle = &handle;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<SqsEvent>| {
        let left = left(event.context.deadline());
        let messages = event.payload.records;
        let function = event.context.env_config.function_name.clone();
        let invocation =
            Invocation { messages, deadline: Instant::now() + left, now: now(), function };
        // Erased, or the compiler loses itself in the depth of the future's type.
        let handled: LocalBoxFuture<'_, SqsBatchResponse> = handle(invocation).boxed_local();
        Ok::<_, Error>(handled.await)
    }))
    .await
}

#[expect(clippy::disallowed_methods, reason = "the edge: wall time goes on as a value")]
fn left(deadline: SystemTime) -> Duration {
    deadline.duration_since(SystemTime::now()).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "the edge: wall time goes on as a value")]
fn now() -> Timestamp {
    Timestamp::now()
}
