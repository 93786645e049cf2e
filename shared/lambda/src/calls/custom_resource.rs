//! A CloudFormation custom resource: a check whose failure fails the deployment, with its reason.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html>

mod put;

use delivery::destination::{Destination, Finding, Level};
use serde::Serialize;

use super::check::findings;
use crate::event::Check;
use crate::event::custom_resource::{Request, RequestType};
use crate::service::{Error, Invocation, Service};

/// Bytes of a reason, so that an answer stays far below CloudFormation's 4,096.
const REASON_BYTES: usize = 1024;

/// Bytes of an answer at most.
const ANSWER_BYTES: usize = 4096;

/// The answer, as CloudFormation wants it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'static str,
    reason: &'a str,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
}

/// Checks, and tells CloudFormation. An error means that CloudFormation knows nothing.
pub(crate) async fn answer<D: Destination>(
    service: &Service<D>,
    request: &Request,
    invocation: &Invocation<'_>,
) -> Result<(), Error> {
    let failure = match request.kind {
        // Before anything that may be wrong: a stack that cannot be deleted helps nobody.
        RequestType::Delete => None,
        RequestType::Create | RequestType::Update => match misnamed(request) {
            Some(reason) => Some(reason),
            None => failure(service, request, invocation).await,
        },
    };
    let body = body(request, &service.around.name, failure.as_deref());
    put::put(&service.tools, &request.response_url, body, invocation.deadline).await
}

/// Whether the router may not send to this stack's queue: its rights go by the beginning of the name, and a queue's
/// generated name begins with its stack's.
fn misnamed(request: &Request) -> Option<String> {
    let core = request.resource_properties.core.as_deref()?;
    // arn:aws:cloudformation:eu-central-1:123456789012:stack/NAME/UUID
    let name = request.stack_id.split('/').nth(1)?;
    let own = name.strip_prefix(core).and_then(|rest| rest.strip_prefix('-'));
    if own.is_some_and(|own| !own.is_empty()) {
        return None;
    }
    Some(format!(
        "stack name: {name} does not begin with {core}-, so the router of {core} may not send to its queue; \
         deploy with --stack-name {core}-NAME, or set Core to the name of the core's stack"
    ))
}

/// What is wrong, if anything is.
async fn failure<D: Destination>(
    service: &Service<D>,
    request: &Request,
    invocation: &Invocation<'_>,
) -> Option<String> {
    let level = request.resource_properties.check_on_deploy.as_ref();
    let connection = match level.map(serde_json::Value::as_str) {
        Some(Some("off")) => return None,
        None | Some(Some("settings")) => false,
        Some(Some("connection")) => true,
        Some(_) => {
            let text = "CheckOnDeploy has an invalid value; expected settings, connection or off";
            return Some(text.to_owned());
        }
    };
    let check = Check { connection, test_event: false };
    let findings = findings(service, check, invocation).await;
    let bad: Vec<String> = findings
        .into_iter()
        .filter(|finding| finding.level == Level::Bad)
        .map(|finding| line(&finding))
        .collect();
    if bad.is_empty() {
        return None;
    }
    let reason = bad.join("\n");
    tracing::error!(destination = service.around.name, reason, "check failed");
    Some(reason)
}

fn line(finding: &Finding) -> String {
    let Finding { subject, text, hint, .. } = finding;
    match hint {
        Some(hint) => format!("{subject}: {text}; {hint}"),
        None => format!("{subject}: {text}"),
    }
}

fn body(request: &Request, name: &str, failure: Option<&str>) -> Vec<u8> {
    // The same for ever: another id would make CloudFormation delete the resource behind an update.
    let own = format!("{name}-check");
    let reason: String = failure.unwrap_or("checked").chars().map(printable).collect();
    let mut bytes = REASON_BYTES;
    loop {
        let reason = cut(&reason, bytes);
        let answer = Answer {
            status: if failure.is_some() { "FAILED" } else { "SUCCESS" },
            reason,
            physical_resource_id: request.physical_resource_id.as_deref().unwrap_or(&own),
            stack_id: &request.stack_id,
            request_id: &request.id,
            logical_resource_id: &request.logical_resource_id,
        };
        let body = serde_json::to_vec(&answer).unwrap_or_default();
        if body.len() <= ANSWER_BYTES || reason.is_empty() {
            return body;
        }
        bytes /= 2;
    }
}

/// Lines stay lines; JSON would write other control characters six times as long.
fn printable(character: char) -> char {
    if character.is_control() && character != '\n' { ' ' } else { character }
}

/// The beginning of a text, whole characters only.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn request(extra: &str) -> Request {
        serde_json::from_str(&format!(
            r#"{{"RequestType":"Create","ResponseURL":"https://x","StackId":"s","RequestId":"r",
               "LogicalResourceId":"SplunkCheck"{extra}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn an_answer_stays_within_cloudformation_s_limit_whatever_the_reason() {
        for reason in ["\"".repeat(9000), "\u{1}".repeat(9000), "\u{1F512}".repeat(3000)] {
            let body = body(&request(""), "splunk", Some(&reason));
            assert!(body.len() <= 4096, "{}", body.len());
            let answer: Value = serde_json::from_slice(&body).unwrap();
            let said = answer["Reason"].as_str().unwrap();
            assert!(!said.is_empty() && said.len() <= 1024);
            assert_eq!(answer["Status"], "FAILED");
        }
    }

    #[test]
    fn a_resource_keeps_the_id_that_it_has() {
        let id = |extra: &str| {
            let body = body(&request(extra), "splunk", None);
            serde_json::from_slice::<Value>(&body).unwrap()["PhysicalResourceId"].clone()
        };
        assert_eq!(id(""), "splunk-check");
        assert_eq!(id(r#","PhysicalResourceId":"older""#), "older");
    }

    #[test]
    fn a_stack_that_the_router_may_not_send_to_is_refused() {
        let misnamed = |core: &str, stack: &str| {
            let properties = format!(r#","ResourceProperties":{{"Core":"{core}"}}"#);
            let mut request = request(&properties);
            request.stack_id = format!("arn:aws:cloudformation:eu-west-1:1:stack/{stack}/1-2-3");
            super::misnamed(&request)
        };
        assert_eq!(misnamed("audit", "audit-splunk-2"), None);
        for stack in ["splunk-2", "audit", "audit-", "auditsplunk-2", "my-audit-splunk-2"] {
            let reason = misnamed("audit", stack).unwrap();
            assert!(reason.contains(stack) && reason.contains("audit-NAME"), "{reason}");
        }
        assert_eq!(super::misnamed(&request("")), None, "nested: the core's own stack");
    }

    #[test]
    fn a_request_does_not_show_its_address() {
        assert!(!format!("{:?}", request("")).contains("https"));
    }
}
