//! Whatever an answer holds, it is understood and never shown.

use ::tests::fuzz::{Fuzz, status};
use http::{HeaderMap, StatusCode};

use super::*;

/// `p` and so on stand for a status, see [`status`]; `a` before them.
const SEEDS: &[&[u8]] = &[
    br#"p{"errors":true,"items":[{"create":{"status":201}},{"create":{"status":400,"error":{"type":"document_parsing_exception","reason":"S3CR3T"}}},{"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}}]}"#,
    br#"p{"errors":false,"items":[{"create":{"status":201,"failure_store":"used"}},{"create":{"status":413}},{"create":{"status":429}}]}"#,
    br#"p{"errors":true,"items":[{"create":{"status":403,"error":{"type":"security_exception","reason":"S3CR3T"}}},{"create":{"status":401}},{"create":{"status":403,"error":{"type":"cluster_block_exception"}}}]}"#,
    br#"u{"error":{"type":"illegal_argument_exception","reason":"S3CR3T"},"status":400}"#,
    b"u<html>S3CR3T</html>",
];

/// Records of the request.
const RECORDS: usize = 3;

#[test]
fn an_answer_is_understood_and_never_shown() {
    let seeds = SEEDS.iter().map(|seed| [b"a", *seed].concat());
    Fuzz::new("elastic", 3_000).seeds(seeds).run(target);
}

fn target(input: &[u8]) {
    let (status, body) = status(input);
    let response = Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: body.to_vec().into(),
        truncated: false,
    };
    promises(status, &classify(&response, RECORDS));
}

fn promises(status: u16, answer: &Answer) {
    if let Answer::Each(verdicts) = answer {
        assert!(verdicts.len() == RECORDS, "one verdict a record");
    }
    let is_taken = matches!(
        answer,
        Answer::All(Verdict::Delivered(_)) | Answer::Each(_) | Answer::Dropped { .. }
    );
    assert!(!is_taken || status == 200, "taken");
    assert!(!format!("{answer:?}").contains("S3CR3T"), "what the server says is not shown");
}
