//! Whatever an answer holds, it is understood and never shown.

use ::tests::fuzz::{Fuzz, status};
use delivery::outcome::Verdict;
use http::{HeaderMap, StatusCode};

use super::*;

/// `p` and so on stand for a status, see [`status`]; `a` before them.
const SEEDS: &[&[u8]] = &[
    b"r{}",
    br#"u{"errors":[{"status":"400","title":"S3CR3T","detail":"S3CR3T"}]}"#,
    br#"u{"code":400,"message":"S3CR3T"}"#,
    br#"w{"errors":["Forbidden S3CR3T"]}"#,
    b"z<html>S3CR3T</html>",
];

#[test]
fn an_answer_is_understood_and_never_shown() {
    let seeds = SEEDS.iter().map(|seed| [b"a", *seed].concat());
    Fuzz::new("datadog", 3_000).seeds(seeds).run(target);
}

fn target(input: &[u8]) {
    let (status, body) = status(input);
    let response = Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.to_vec().into(),
        truncated: false,
    };
    promises(status, &classify(&response));
}

fn promises(status: u16, answer: &Answer) {
    let is_taken = matches!(
        answer,
        Answer::All(Verdict::Delivered(_)) | Answer::Each(_) | Answer::Dropped { .. }
    );
    assert!(!is_taken || status == 202, "taken");
    assert!(!format!("{answer:?}").contains("S3CR3T"), "what the server says is not shown");
}
