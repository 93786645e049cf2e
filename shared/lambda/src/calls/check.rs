//! A check: settings, secret and format, and on demand the destination itself.

use std::time::Duration;

use delivery::credentials::{Credentials, SecretRef, Store};
use delivery::destination::{Destination, Finding, Level, format_finding};
use delivery::pipeline::RESERVE;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::event::Check;
use crate::metrics;
use crate::service::{Invocation, Ready, Service};

/// How long reading the secret may take.
const SECRET: Duration = Duration::from_secs(10);

/// The function's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The instance.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What was found, in order.
    pub findings: Vec<Reported>,
}

/// A finding in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reported {
    /// What was looked at.
    pub subject: &'static str,
    /// `ok`, `warning` or `failed`.
    pub level: &'static str,
    /// What was found.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl From<Finding> for Reported {
    fn from(finding: Finding) -> Reported {
        let Finding { level, subject, text, hint } = finding;
        Reported { subject, level: level.as_str(), text, hint }
    }
}

pub(crate) async fn answer<D: Destination>(
    service: &Service<D>,
    check: Check,
    invocation: &Invocation<'_>,
) -> Checked {
    let findings = findings(service, check, invocation).await;
    let bad = findings.iter().filter(|finding| finding.level == Level::Bad);
    let failed = bad.clone().next().is_some();
    for Finding { subject, text, .. } in bad {
        tracing::error!(destination = service.around.name, subject, text, "check failed");
    }
    let values = [(metrics::CHECK_FAILURES, f64::from(u8::from(failed)))];
    metrics::other(service.origin(invocation), &values, invocation.now);
    Checked {
        name: service.around.name.clone(),
        kind: service.around.kind.clone(),
        findings: findings.into_iter().map(Reported::from).collect(),
    }
}

/// What is found, in the order in which a delivery would meet it.
pub(crate) async fn findings<D: Destination>(
    service: &Service<D>,
    check: Check,
    invocation: &Invocation<'_>,
) -> Vec<Finding> {
    let ready = match &service.ready {
        Ok(ready) => ready,
        Err(error) => return vec![Finding::bad("settings", error.to_string())],
    };
    let until = invocation.deadline.checked_sub(RESERVE).unwrap_or(invocation.deadline);
    let mut findings = vec![Finding::good("settings", "accepted")];
    if let Some(secret) = &ready.secret {
        findings.push(self::secret(service, secret, until).await);
    }
    let destination = &ready.function.pipeline.destination;
    findings.push(format_finding(destination, "check".to_owned(), invocation.now));
    if check.connection {
        findings.extend(connection(ready, check, invocation, until).await);
    }
    findings
}

async fn secret<D>(service: &Service<D>, secret: &SecretRef, until: Instant) -> Finding {
    // Its own credentials: those of deliveries go on with what they know when a secret is unreadable.
    let credentials = Credentials::new(Store::new(service.tools.aws.clone()));
    let until = until.min(Instant::now() + SECRET);
    match timeout_at(until, credentials.resolve(secret)).await {
        Ok(Ok(_)) => Finding::good("secret", "readable"),
        Ok(Err(error)) => Finding::bad("secret", error.to_string()),
        Err(_) => Finding::bad("secret", "no answer from Secrets Manager in time")
            .with_hint("in a VPC, add an endpoint for Secrets Manager or a NAT gateway"),
    }
}

async fn connection<D: Destination>(
    ready: &Ready<D>,
    check: Check,
    invocation: &Invocation<'_>,
    until: Instant,
) -> Vec<Finding> {
    let destination = &ready.function.pipeline.destination;
    let asked = timeout_at(until, async {
        let mut findings = destination.check().await;
        if check.test_event {
            findings.extend(destination.test_event(invocation.now).await);
        }
        findings
    });
    asked.await.unwrap_or_else(|_| {
        let text = "no answer from the destination before the function's deadline";
        vec![Finding::bad("connection", text)]
    })
}
