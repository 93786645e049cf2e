//! SQS messages in, exactly the messages that must come back out.
//!
//! The one place that knows Lambda. The destinations' `main` is [`serve`] and nothing else; the router
//! builds on [`listen`], [`Queue`] and [`settle`].
//!
//! What happens to a message is written in `docs/semantics.md`: all its records final, it is
//! gone; none delivered, it comes back after a back-off; partly delivered, the rest becomes a new
//! message. Rejected records are parked in the destination's dead-letter queue at once.
//!
//! ```text
//! event ─ event.rs: what is it? ─┬─ calls/batch.rs            messages of its queue
//!                                ├─ calls/drain.rs            a schedule: empty the queue
//!                                ├─ calls/check.rs            would it deliver?
//!                                └─ calls/custom_resource.rs  the same for CloudFormation
//! ```

mod answer;
pub mod calls;
mod destination;
pub mod drain;
pub mod event;
pub mod logging;
pub mod message;
pub mod metrics;
pub mod park;
mod service;
pub mod settle;
pub mod stages;

use std::time::{Duration, SystemTime};

use delivery::config::{self, ConfigError, Given};
use delivery::destination::{Destination, Setup};
use delivery::tools::{Aws, Tools};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::value::RawValue;
use tokio::time::Instant;

pub use self::answer::Answer;
pub use self::destination::Function;
pub use self::drain::{Drained, End};
pub use self::event::Call;
pub use self::metrics::Origin;
pub use self::service::{Around, Error, Invocation, Service};
pub use self::settle::BatchResponse;
pub use delivery::destination::Goals;
pub use queue;
pub use queue::{Outgoing, Queue, Received};

/// Runs a destination's function until Lambda ends the process.
///
/// `build` makes a destination of the type and the settings that `VAULT_EXPORT_*` name. Settings that are wrong do not stop the start: messages go back to
/// the queue and a check says what is wrong. Nor does a secret that cannot be read.
///
/// ```ignore
/// #[tokio::main(flavor = "current_thread")]
/// async fn main() -> Result<(), lambda::Error> {
///     lambda::serve(registry::build).await
/// }
/// ```
pub async fn serve<D: Destination>(
    build: impl FnOnce(&str, Given, &Tools) -> Result<Setup<D>, ConfigError>,
) -> Result<(), Error> {
    logging::start(&config::log_level());
    let tools = Tools::default();
    let variables = config::environment();
    let around = Around::of(&variables);
    let setup =
        variables.function().and_then(|function| build(&function.kind, function.given, &tools));
    let service = Service::new(around, tools, setup).await;
    let service = &service;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let function = event.context.env_config.function_name.clone();
        let deadline = Instant::now() + left(event.context.deadline());
        let invocation = Invocation { deadline, now: now(), function: &function };
        // Erased, or the compiler loses itself in the depth of the future's type.
        let answered: LocalBoxFuture<'_, Result<Answer, Error>> =
            service.answer(&event.payload, &invocation).boxed_local();
        answered.await
    }))
    .await
}

/// The SQS client, with timeouts that fit into what is left of an invocation.
pub async fn sqs(aws: &Aws) -> aws_sdk_sqs::Client {
    queue::client(aws.config().await)
}

/// Hands the messages of a queue to `handle` until Lambda ends the process. Any other event is an
/// error, so that nobody takes it for handled.
pub async fn listen(
    handle: impl AsyncFn(Vec<Received>, &Invocation<'_>) -> BatchResponse,
) -> Result<(), Error> {
    let handle = &handle;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let function = event.context.env_config.function_name.clone();
        let deadline = Instant::now() + left(event.context.deadline());
        let invocation = Invocation { deadline, now: now(), function: &function };
        let messages = match Call::of(&event.payload) {
            Ok(Call::Batch(messages)) => messages,
            Ok(_) => return Err(Error::from("this function takes SQS batches only")),
            Err(error) => {
                tracing::error!(%error, "event refused");
                return Err(Error::from(error));
            }
        };
        let handled: LocalBoxFuture<'_, BatchResponse> =
            handle(messages, &invocation).boxed_local();
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
