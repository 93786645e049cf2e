//! `vault-export check --stack`: asks the functions of a deployed stack, each from where it runs, with its role, its
//! network and its secret.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::finding::{Finding, Level, exit};
use crate::args::Owner;
use crate::aws;
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};
use crate::runtime::runtime;
use crate::stack::{self, Destination};

/// Longer than a function may run.
const ANSWER: Duration = Duration::from_secs(330);

/// What is asked of each function.
#[derive(Clone, Copy, Debug, Serialize)]
struct Question {
    check: &'static str,
    test_event: bool,
}

/// What a function answers.
#[derive(Debug, Deserialize)]
struct Answer {
    findings: Vec<Finding>,
}

/// Asks all destinations of the stack, or one.
pub(crate) fn run(
    stack: &str,
    only: Option<&Owner>,
    test_event: bool,
    json: bool,
    talk: &Talk,
) -> Result<Exit, Failure> {
    let findings = runtime()?.block_on(async {
        let asked = chosen(stack, only).await?;
        let client = client().await?;
        let question = Question { check: "connection", test_event };
        let answers = join_all(asked.iter().map(|one| ask(&client, one, question))).await;
        talk.note(&format!("{} asked", count(asked.len() as u64, "destination", "destinations")));
        Ok::<_, Failure>(answers.into_iter().flatten().collect::<Vec<Finding>>())
    })?;
    if json {
        talk.json(&findings)?;
    } else {
        table(&findings, talk);
    }
    Ok(exit(&findings))
}

async fn chosen(stack: &str, only: Option<&Owner>) -> Result<Vec<Destination>, Failure> {
    let mut known = stack::destinations(stack).await?;
    if known.is_empty() {
        return Err(Failure::config(format!("the stack `{stack}` has no destinations"))
            .hint("set the address of a destination in samconfig.toml and deploy; docs/deploy.md shows how"));
    }
    match only {
        None => Ok(known),
        Some(Owner::Ingest) => Err(Failure::usage("`ingest` is not a destination")
            .hint("leave --destination out to ask all destinations")),
        Some(Owner::Destination(name)) => {
            let names: Vec<String> = known.iter().map(|one| one.name.clone()).collect();
            known.retain(|one| one.name == *name);
            if known.is_empty() {
                return Err(Failure::usage(format!(
                    "the stack `{stack}` has no destination of this name"
                ))
                .hint(format!("its destinations are {}", names.join(", "))));
            }
            Ok(known)
        }
    }
}

async fn client() -> Result<Client, Failure> {
    let shared = aws::config(None).await?;
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(ANSWER).read_timeout(ANSWER).build();
    // A test event must not be sent twice because the first answer got lost.
    let config = aws_sdk_lambda::config::Builder::from(&shared)
        .retry_config(RetryConfig::standard().with_max_attempts(1))
        .timeout_config(timeouts)
        .build();
    Ok(Client::from_conf(config))
}

async fn ask(client: &Client, of: &Destination, question: Question) -> Vec<Finding> {
    let mut findings = match answer(client, of, question).await {
        Ok(answer) => answer.findings,
        Err(text) => vec![Finding {
            destination: String::new(),
            level: Level::Failed,
            subject: "function".to_owned(),
            text,
            hint: Some(format!("see the log of the function {}", of.function)),
        }],
    };
    for finding in &mut findings {
        finding.destination.clone_from(&of.name);
    }
    findings
}

async fn answer(client: &Client, of: &Destination, question: Question) -> Result<Answer, String> {
    let payload = serde_json::to_vec(&question).map_err(|error| error.to_string())?;
    let request = client.invoke().function_name(&of.function).payload(Blob::new(payload));
    let answer = request.send().await.map_err(|error| {
        let text = "cannot call the function";
        let failure = aws::lookup_refused(&error, text, "lambda:InvokeFunction");
        failure.hint.map_or(failure.message.clone(), |hint| format!("{}; {hint}", failure.message))
    })?;
    if answer.function_error.is_some() {
        return Err("the function crashed or ran out of time".to_owned());
    }
    let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
    serde_json::from_slice(&payload)
        .map_err(|_| "the function gave an answer that is not a check's".to_owned())
}

/// One line a finding, in columns; hints below the line that they belong to.
fn table(findings: &[Finding], talk: &Talk) {
    let wide = |of: fn(&Finding) -> usize, head: &str| {
        findings.iter().map(of).max().unwrap_or(0).max(head.len())
    };
    let first = wide(|one| one.destination.chars().count(), "DESTINATION");
    let third = wide(|one| one.subject.chars().count(), "CHECKED");
    talk.row(&format!("{:first$}  {:7}  {:third$}  FINDING", "DESTINATION", "RESULT", "CHECKED"));
    for one in findings {
        let (level, subject) = (one.level.word(), &one.subject);
        talk.row(&format!("{:first$}  {level:7}  {subject:third$}  {}", one.destination, one.text));
        if let Some(hint) = one.hint.as_ref().filter(|_| one.level != Level::Ok) {
            talk.hint(hint);
        }
    }
}
