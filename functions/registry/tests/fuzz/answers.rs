//! What a collector answers.

use std::time::Duration;

use delivery::outcome::Answer;
use splunk_hec::answer::{self, Reply, Sent};
use tests::fuzz::status;

/// The objects of the request.
const OBJECTS: usize = 3;

/// `a` and the place of a status, then the body.
pub(crate) const SEEDS: &[&str] = &[
    r#"ap{"text":"Success","code":0,"ackId":7}"#,
    r#"au{"text":"Invalid data format S3CR3T","code":6,"invalid-event-number":2}"#,
    r#"au{"text":"Incorrect index","code":7,"invalid-event-number":1}"#,
    r#"a~{"text":"Server is busy","code":9,"invalid-event-number":1}"#,
    r#"ap{"acks":{"7":true,"4":false}}"#,
    "a~<html>S3CR3T</html>",
];

/// Status and body as [`status`] has them.
pub(crate) fn splunk(input: &[u8]) {
    let (status, body) = status(input);
    let reply = Reply::read(body);
    let sent = Sent { objects: OBJECTS, bytes: input.len() * 100, first: input.len() * 50 };
    let answer = answer::classify(status, &reply, Some(Duration::from_secs(1)), sent);
    if let Answer::Each(verdicts) = &answer {
        assert!(verdicts.len() == OBJECTS, "one verdict an event");
    }
    assert!(!format!("{answer:?}").contains("S3CR3T"), "what the server says is not shown");
    _ = answer::confirmation(status, body, 7);
    _ = answer::answers(status, body);
}
