//! Every row of the table of codes, read from a real answer.

use delivery::outcome::{Delivery, ErrorClass};

use super::*;

/// The answer to three events, in one word.
async fn word(replies: impl IntoIterator<Item = Reply>) -> Vec<&'static str> {
    let replies: Vec<Reply> = replies.into_iter().collect();
    let count = replies.len();
    let server = Server::replies(replies).await;
    let splunk = splunk(&server, "");
    let mut words = Vec::new();
    for _ in 0..count {
        words.push(match deliver(&splunk, &events(&["a", "b", "c"])).await {
            Answer::All(Verdict::Delivered(Delivery::Fresh)) => "delivered",
            Answer::All(Verdict::Delivered(Delivery::Degraded)) => "degraded",
            Answer::All(Verdict::Retry { after: Some(Duration::ZERO), .. }) => "at once",
            Answer::All(Verdict::Retry { .. }) => "later",
            Answer::Each(_) => "each",
            Answer::Split(_) => "split",
            Answer::Suspect(_) => "suspect",
            Answer::Auth(_) => "auth",
            Answer::Config(_) => "config",
            other @ (Answer::All(_) | Answer::Dropped { .. }) => panic!("{other:?}"),
        });
    }
    words
}

#[tokio::test]
async fn every_code() {
    #[rustfmt::skip]
    let table = [
        (0, 200, "delivered"), (1, 403, "auth"), (2, 401, "auth"), (3, 401, "auth"), (4, 403, "auth"),
        (5, 400, "config"), (6, 400, "each"), (7, 400, "config"), (8, 500, "later"), (9, 503, "later"),
        (10, 400, "config"), (11, 400, "config"), (12, 400, "each"), (13, 400, "each"), (14, 400, "at once"),
        (15, 400, "each"), (16, 400, "config"), (17, 200, "config"), (18, 503, "later"), (19, 503, "later"),
        (20, 503, "later"), (21, 400, "auth"), (22, 400, "auth"), (23, 503, "later"), (24, 200, "degraded"),
        (25, 200, "degraded"), (26, 429, "later"), (27, 429, "later"), (28, 400, "config"),
    ];
    let replies = table.iter().map(|(code, status, _)| match code {
        6 | 12 | 13 | 15 => refuses(*code, 1),
        _ => says(*status, *code),
    });
    let words = word(replies).await;
    let expected: Vec<&str> = table.iter().map(|(_, _, word)| *word).collect();
    assert_eq!(words, expected);
}

#[tokio::test]
async fn every_status_without_a_code() {
    let table = [
        (200, "later"),
        (301, "config"),
        (302, "config"),
        (400, "config"),
        (401, "auth"),
        (403, "auth"),
        (404, "config"),
        (405, "config"),
        (408, "later"),
        (413, "split"),
        (415, "config"),
        (429, "later"),
        (500, "later"),
        (502, "later"),
        (503, "later"),
        (504, "later"),
    ];
    let replies = table.iter().map(|(status, _)| {
        Reply::status(*status, "<html>proxy</html>")
            .header("location", "https://elsewhere.example.com")
    });
    let words = word(replies).await;
    let expected: Vec<&str> = table.iter().map(|(_, word)| *word).collect();
    assert_eq!(words, expected);
}

#[tokio::test]
async fn the_servers_wish_to_wait_is_honoured() {
    let server = Server::replies([says(429, 26).header("retry-after", "17")]).await;
    let answer = deliver(&splunk(&server, ""), &events(&["a"])).await;
    let Answer::All(Verdict::Retry { after, reason }) = answer else { panic!("{answer:?}") };
    assert_eq!(after, Some(Duration::from_secs(17)));
    assert_eq!(reason.status, Some(429));
}

#[tokio::test]
async fn requests_go_one_by_one_while_the_queues_fill_up() {
    let server = Server::replies([says(200, 0), says(200, 24), says(429, 26), says(200, 0)]).await;
    let splunk = splunk(&server, "");
    let mut allowed = vec![splunk.concurrency()];
    for _ in 0..4 {
        deliver(&splunk, &events(&["a"])).await;
        allowed.push(splunk.concurrency());
    }
    assert_eq!(allowed, [4, 4, 1, 1, 4]);
}

#[tokio::test]
async fn nothing_of_an_answers_text_reaches_a_reason() {
    let body = r#"{"text":"bad: hvs.CANARY","code":6,"invalid-event-number":0}"#;
    let server = Server::replies([Reply::status(400, body)]).await;
    let answer = deliver(&splunk(&server, ""), &events(&["a"])).await;
    assert!(!format!("{answer:?}").contains("CANARY"), "{answer:?}");
    let Answer::Each(verdicts) = answer else { panic!() };
    let [Verdict::Rejected(reason)] = &verdicts[..] else { panic!("{verdicts:?}") };
    assert_eq!((reason.class, reason.status), (ErrorClass::Refused, Some(400)));
}
