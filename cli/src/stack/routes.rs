//! The destinations of a stack, from their routes in Systems Manager.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use routes::{ListError, Route};

use super::Queues;
use crate::aws;
use crate::exit::Failure;

/// One destination of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Its name within the stack, `splunk` or `splunk-2`.
    pub(crate) name: String,
    /// The Lambda function.
    pub(crate) function: String,
    /// Its queues.
    pub(crate) queues: Queues,
}

/// All destinations of a stack in the order of their names; none when there are no routes. Needs
/// `ssm:GetParametersByPath`.
pub(crate) async fn destinations(stack: &str) -> Result<Vec<Destination>, Failure> {
    let shared = aws::config(None).await?;
    let config = aws_sdk_ssm::config::Builder::from(&shared)
        .retry_config(RetryConfig::standard())
        .timeout_config(aws::timeouts())
        .build();
    let path = format!("/vault-export/{stack}/routes");
    let entries = routes::list(&Client::from_conf(config), &path).await;
    let entries = entries.map_err(|error| refused(stack, &error))?;
    let found = entries.into_iter().map(|entry| {
        let route = Route::parse(&entry.name, &entry.value);
        destination(route.map_err(|error| unreadable(&path, &entry.name, &error.to_string()))?)
            .ok_or_else(|| {
                unreadable(&path, &entry.name, "it names no function or dead-letter queue")
            })
    });
    let mut found: Vec<Destination> = found.collect::<Result<_, Failure>>()?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn destination(route: Route) -> Option<Destination> {
    let queues = Queues { queue: route.queue_url, dlq: route.dlq_url? };
    Some(Destination { name: route.name, function: route.function?, queues })
}

fn refused(stack: &str, error: &ListError) -> Failure {
    let text = format!("cannot list the destinations of the stack `{stack}`");
    aws::lookup_failed(&error.code, error.status, &text, "ssm:GetParametersByPath")
}

fn unreadable(path: &str, name: &str, problem: &str) -> Failure {
    Failure::config(format!("the parameter `{path}/{name}` is not a route: {problem}"))
        .hint("routes are written by the stack; deploy the destination again")
}
