//! The connection test: as silent as the receiver allows.

use delivery::destination::Finding;
use delivery::http::{Request, Response, shown};
use delivery::tools::Session;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use transform::json::Writer;

use crate::preset::Preset;
use crate::{Target, Webhook};

/// Reads the secret, then asks the receiver in its own way.
pub(crate) async fn check(webhook: &Webhook) -> Vec<Finding> {
    let session = match webhook.access.session().await {
        Ok(session) => session,
        Err(error) => return vec![Finding::bad("credential", error.to_string())],
    };
    let target = match webhook.target(&session.secret) {
        Ok(target) => target,
        Err(error) => return vec![Finding::bad("credential", error.to_string())],
    };
    let mut findings = vec![Finding::good(
        "preset",
        format!("{} at {}", target.preset.as_str(), shown(target.address.url())),
    )];
    if target.preset == Preset::Generic && target.keys.is_empty() {
        findings.push(
            Finding::doubtful("signature", "requests are not signed")
                .with_hint("store a signing_secret (whsec_…) in the secret, so that the receiver can tell them from others'"),
        );
    }
    findings.push(match target.preset {
        Preset::Teams => {
            Finding::doubtful("address", "Teams has no silent test; it was not called")
        }
        preset => match probe(webhook, &session, &target).await {
            Ok(response) => verdict(preset, &response),
            Err(failure) => Finding::bad("address", failure.reason().to_string()),
        },
    });
    findings
}

async fn probe(
    webhook: &Webhook,
    session: &Session,
    target: &Target,
) -> Result<Response, delivery::http::Failure> {
    let mut headers = match target.preset {
        Preset::Generic => webhook.headers.clone(),
        _ => HeaderMap::new(),
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = body(target);
    if target.preset == Preset::Generic {
        Webhook::sign(&mut headers, target, "vault-export-test", &body);
    }
    session.http.send(Request::post(target.address.url().clone(), headers, body)).await
}

/// What the receiver answers without keeping anything: an empty message to Slack, the end of an alert that
/// never began to PagerDuty, an event of type `vault.test` to all others.
fn body(target: &Target) -> Vec<u8> {
    let mut out = vec![b'{'];
    let mut json = Writer::new(&mut out);
    match (target.preset, &target.routing_key) {
        (Preset::Pagerduty, Some(key)) => {
            json.text("routing_key", key.expose_secret());
            json.text("event_action", "resolve");
            json.text("dedup_key", "vault-export-test");
        }
        (Preset::Generic, _) => json.text("type", "vault.test"),
        _ => {}
    }
    json.close();
    out
}

fn verdict(preset: Preset, response: &Response) -> Finding {
    let status = response.status.as_u16();
    let words = String::from_utf8_lossy(&response.body);
    match (preset, status) {
        (Preset::Slack, 400)
            if ["no_text", "invalid_payload", "missing_text_or_fallback_or_attachments"]
                .contains(&words.trim()) =>
        {
            Finding::good("address", "the webhook is alive")
        }
        (Preset::Slack, _) => {
            Finding::bad("address", format!("Slack does not know this webhook (HTTP {status})"))
                .with_hint("install the incoming webhook again and store its address in the secret")
        }
        (Preset::Pagerduty, 202) => Finding::good("credential", "PagerDuty takes the routing key"),
        (Preset::Pagerduty, _) => {
            Finding::bad("credential", format!("PagerDuty refuses the routing key (HTTP {status})"))
                .with_hint(
                    "store the integration key of an Events API v2 integration as routing_key",
                )
        }
        (_, 200..=299) => {
            Finding::good("address", format!("the receiver took a test event (HTTP {status})"))
        }
        (_, 401 | 403) => Finding::bad(
            "credential",
            format!("the receiver refuses the credential (HTTP {status})"),
        )
        .with_hint("store `token`, or set the header that the receiver asks for"),
        (_, 400 | 422) => Finding::doubtful(
            "address",
            format!("the receiver refuses the test event (HTTP {status}), and may take real ones"),
        ),
        _ => Finding::bad("address", format!("the receiver answers HTTP {status}")),
    }
}
