//! Whatever an answer holds, it is understood and never shown.

use ::tests::fuzz::{Fuzz, status};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::*;

/// `p` and so on stand for a status, see [`status`]; `a` before them.
const SEEDS: &[&[u8]] = &[
    b"pok",
    br#"p{"ok":false,"error":"S3CR3T"}"#,
    br#"p{"success":false}"#,
    br#"r{"status":"success","message":"S3CR3T"}"#,
    br#"u{"status":"invalid event","message":"S3CR3T","errors":["routing_key S3CR3T"]}"#,
    b"uno_team",
    b"uinvalid_token S3CR3T",
    b"pWebhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId S3CR3T",
    b"u<html>S3CR3T</html>",
];

/// What answers say they are.
const KINDS: [&str; 4] = ["", "application/json", "text/plain", "text/html; charset=utf-8"];

#[test]
fn an_answer_is_understood_and_never_shown() {
    let seeds = SEEDS.iter().map(|seed| [b"a", *seed].concat());
    Fuzz::new("webhook", 3_000).seeds(seeds).run(target);
}

fn target(input: &[u8]) {
    let (status, body) = status(input);
    let response = Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::from_iter([(
            CONTENT_TYPE,
            HeaderValue::from_static(KINDS[input.len() % 4]),
        )]),
        body: body.to_vec().into(),
        truncated: false,
    };
    for preset in [Preset::Generic, Preset::Slack, Preset::Pagerduty, Preset::Teams] {
        promises(status, &classify(preset, &response, input.len().is_multiple_of(3)));
    }
}

fn promises(status: u16, answer: &Answer) {
    let is_taken = matches!(
        answer,
        Answer::All(Verdict::Delivered(_)) | Answer::Each(_) | Answer::Dropped { .. }
    );
    assert!(!is_taken || status < 300 || status == 409, "taken");
    assert!(!format!("{answer:?}").contains("S3CR3T"), "what the server says is not shown");
}
