//! The destinations of a stack, from their routes in Systems Manager.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use serde::Deserialize;

use super::Queues;
use crate::aws;
use crate::exit::Failure;

/// One destination of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// Its name within the stack, `splunk` or `splunk-2`.
    pub(crate) name: String,
    /// Its type, as `type` in the configuration file.
    pub(crate) kind: String,
    /// The Lambda function.
    pub(crate) function: String,
    /// Its queues.
    pub(crate) queues: Queues,
}

/// The members of a route that are wanted here; more may come with time.
#[derive(Debug, Deserialize)]
struct Route {
    r#type: String,
    queue_url: String,
    dlq_url: String,
    function: String,
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
    let request = Client::from_conf(config).get_parameters_by_path().path(&path);
    let mut pages = request.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            let text = format!("cannot list the destinations of the stack `{stack}`");
            aws::lookup_refused(&error, &text, "ssm:GetParametersByPath")
        })?;
        for parameter in page.parameters.unwrap_or_default() {
            let name = parameter.name.unwrap_or_default();
            found.push(destination(&name, &parameter.value.unwrap_or_default())?);
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn destination(parameter: &str, value: &str) -> Result<Destination, Failure> {
    let route: Route = toml::from_str(value).map_err(|_| {
        Failure::config(format!("the route in the parameter `{parameter}` is not readable"))
            .hint("routes are written by the stack; deploy the destination again")
    })?;
    let name = parameter.rsplit('/').next().unwrap_or_default().to_owned();
    let queues = Queues { queue: route.queue_url, dlq: route.dlq_url };
    Ok(Destination { name, kind: route.r#type, function: route.function, queues })
}
