//! Whatever an answer holds, it is understood and never shown.

use ::tests::fuzz::{Fuzz, status};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::*;

/// `p` and so on stand for a status, see [`status`]; `a` before them.
const SEEDS: &[&[u8]] = &[
    br#"p{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"S3CR3T"}}"#,
    br#"p{"partialSuccess":{"rejectedLogRecords":3}}"#,
    b"p{}",
    b"p\x0a\x0a\x08\x02\x12\x06S3CR3T",
    br#"u{"code":3,"message":"S3CR3T"}"#,
    b"u\x08\x03\x12\x06S3CR3T",
    b"z<html>S3CR3T</html>",
];

/// What answers say they are.
const KINDS: [&str; 4] = ["", "application/json", "application/x-protobuf", "text/html"];

/// Records of the request.
const RECORDS: usize = 3;

#[test]
fn an_answer_is_understood_and_never_shown() {
    let seeds = SEEDS.iter().map(|seed| [b"a", *seed].concat());
    Fuzz::new("otlp", 3_000).seeds(seeds).run(target);
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
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        promises(status, &of_response(&response, encoding, RECORDS));
    }
}

fn promises(status: u16, answer: &Answer) {
    if let Answer::Dropped { records, .. } = answer {
        assert!((1..RECORDS).contains(records), "not all: that is told otherwise");
    }
    let is_taken = matches!(
        answer,
        Answer::All(Verdict::Delivered(_)) | Answer::Each(_) | Answer::Dropped { .. }
    );
    assert!(!is_taken || status < 300, "taken");
    assert!(!format!("{answer:?}").contains("S3CR3T"), "what the server says is not shown");
}
