//! A destination's function: its names and queues, and its destination if the settings are right.

use delivery::config::{ConfigError, Variables};
use delivery::credentials::SecretRef;
use delivery::destination::{Destination, Setup};
use delivery::pipeline::Pipeline;
use delivery::tools::Tools;
use jiff::Timestamp;
use tokio::time::Instant;

pub use lambda_runtime::Error;

use crate::destination::Function;
use crate::metrics::{self, Origin};
use crate::queue::{self, Queue};

/// The function's names and queues, known however wrong its other settings are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The instance's name: in metrics, logs and on parked records.
    pub name: String,
    /// The type of its destination.
    pub kind: String,
    /// Its own queue.
    pub queue_url: Option<String>,
    /// Its dead-letter queue.
    pub dlq_url: Option<String>,
}

impl Around {
    /// From the environment.
    pub fn of(variables: &Variables) -> Around {
        let text = |name| variables.get(name).map(str::to_owned);
        let kind = text("type").unwrap_or_default();
        let name = variables.name();
        Around { name, kind, queue_url: text("queue_url"), dlq_url: text("dlq_url") }
    }
}

/// A destination's function. It starts with wrong settings, too: it then gives every message back,
/// and a check says what is wrong.
pub struct Service<D> {
    pub(crate) around: Around,
    pub(crate) tools: Tools,
    pub(crate) queue: Option<Queue>,
    pub(crate) ready: Result<Ready<D>, ConfigError>,
}

/// What there is when the settings are right.
pub(crate) struct Ready<D> {
    pub(crate) function: Function<D>,
    pub(crate) secret: Option<SecretRef>,
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// When Lambda ends it.
    pub deadline: Instant,
    /// The wall clock at its begin.
    pub now: Timestamp,
    /// The function's name in Lambda.
    pub function: &'a str,
}

impl<D: Destination> Service<D> {
    /// A function with these queues; `setup` is what its settings make.
    pub async fn new(around: Around, tools: Tools, setup: Result<Setup<D>, ConfigError>) -> Self {
        let client = queue::client(tools.aws.config().await);
        let queue = |url: Option<&String>| Some(Queue::new(client.clone(), url?.as_str()));
        let (own, dlq) = (queue(around.queue_url.as_ref()), queue(around.dlq_url.as_ref()));
        let name = around.name.clone();
        let ready = setup.map(|Setup { destination, filter, batch_size, secret }| {
            let pipeline = Pipeline::new(destination, filter, batch_size);
            Ready { function: Function { name, pipeline, queue: own.clone(), dlq }, secret }
        });
        if let Err(error) = &ready {
            tracing::error!(
                destination = around.name,
                %error,
                "the settings are wrong; every message will go back to the queue"
            );
        }
        Service { around, tools, queue: own, ready }
    }

    pub(crate) fn origin<'a>(&'a self, invocation: &'a Invocation<'_>) -> Origin<'a> {
        Origin { function: invocation.function, destination: &self.around.name }
    }

    pub(crate) fn count_wrong_settings(&self, invocation: &Invocation<'_>) {
        let values = [(metrics::CONFIG_FAILURES, 1.0)];
        metrics::other(self.origin(invocation), &values, invocation.now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_queues_are_known_beside_settings_that_are_wrong() {
        let variables = [
            ("VAULT_EXPORT_NAME", "splunk-2"),
            ("VAULT_EXPORT_TYPE", "splunk_hec"),
            ("VAULT_EXPORT_QUEUE_URL", "https://q"),
            ("VAULT_EXPORT_DLQ_URL", " "),
            ("VAULT_EXPORT_SETTINGS", "nonsense = = "),
        ];
        let pairs = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let wanted = Around {
            name: "splunk-2".to_owned(),
            kind: "splunk_hec".to_owned(),
            queue_url: Some("https://q".to_owned()),
            dlq_url: None,
        };
        assert_eq!(Around::of(&Variables::of(pairs)), wanted);
    }
}
