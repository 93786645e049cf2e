//! Events that the collector refuses, among others that it takes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::*;

type Index = Arc<Mutex<BTreeMap<String, u32>>>;

/// Indexes objects as they come, and stops at the first whose id begins with `bad`, as Splunk does.
async fn indexer(code: u64) -> (Server, Index) {
    let index = Index::default();
    let kept = index.clone();
    let server = Server::start(move |request| {
        for (number, id) in ids(request).into_iter().enumerate() {
            if id.starts_with("bad") {
                return refuses(code, number);
            }
            *kept.lock().unwrap().entry(id).or_default() += 1;
        }
        says(200, 0)
    })
    .await;
    (server, index)
}

/// Docker's driver sent such a batch again for ever, each time doubling what stood before.
#[tokio::test]
async fn one_refused_event_is_rejected_alone_and_nothing_is_stored_twice() {
    for code in [6, 12, 13, 15] {
        let (server, index) = indexer(code).await;
        let outcome = run(splunk(&server, ""), &events(&["a", "bad", "c"]), 30).await;
        assert_eq!(outcome.verdicts[0], Verdict::delivered());
        assert!(
            matches!(&outcome.verdicts[1], Verdict::Rejected(reason) if reason.text.contains(&format!("code {code}")))
        );
        assert_eq!(outcome.verdicts[2], Verdict::delivered());
        let once = |id: &str| (id.to_owned(), 1);
        assert_eq!(*index.lock().unwrap(), BTreeMap::from([once("a"), once("c")]));
        let sent: Vec<_> = server.requests().iter().map(ids).collect();
        assert_eq!(sent, [vec!["a", "bad", "c"], vec!["c"]]);
    }
}

#[tokio::test]
async fn one_refused_event_among_a_thousand_costs_the_others_nothing() {
    let (server, index) = indexer(6).await;
    let mut many: Vec<Event<'_>> =
        (0..1_000).map(|number| event(&format!("id-{number}"))).collect();
    many[617] = event("bad");
    let outcome = run(splunk(&server, ""), &many, 30).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (999, 1));
    let index = index.lock().unwrap();
    assert_eq!(index.len(), 999);
    assert!(index.values().all(|times| *times == 1));
}

#[tokio::test]
async fn many_refused_events_are_all_found_in_one_run() {
    let (server, index) = indexer(6).await;
    let id = |number: usize| match number % 5 {
        0 => format!("bad-{number}"),
        _ => format!("id-{number}"),
    };
    let hundred: Vec<Event<'_>> = (0..100).map(|number| event(&id(number))).collect();
    let outcome = run(splunk(&server, ""), &hundred, 30).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (80, 20));
    let index = index.lock().unwrap();
    assert_eq!((index.len(), index.values().max()), (80, Some(&1)));
    assert_eq!(server.requests().len(), 21, "one for each refused event, and one for what follows");
}

/// A malformed event must not be tried for ever, as a Kafka connector did.
#[tokio::test]
async fn an_event_refused_alone_is_rejected_after_one_request() {
    let (server, _) = indexer(6).await;
    let outcome = run(splunk(&server, ""), &events(&["bad"]), 30).await;
    assert!(matches!(outcome.verdicts[0], Verdict::Rejected(_)));
    assert_eq!(server.requests().len(), 1);
}

/// Splunk Cloud calls a request over its limit malformed in object 0; 966 events were once dropped
/// with the one that was over `maxEventSize`.
#[tokio::test]
async fn a_request_over_the_servers_own_limit_is_halved_until_it_fits() {
    let server = Server::start(|request| match request.text().len() {
        200_000.. => refuses(6, 0),
        _ => says(200, 0),
    })
    .await;
    let mut ten: Vec<Event<'_>> = (0..10).map(|number| event(&format!("id-{number}"))).collect();
    for event in &mut ten {
        event.message = Some("x".repeat(70_000).into());
    }
    ten[4].message = Some("x".repeat(250_000).into());
    let outcome = run(splunk(&server, ""), &ten, 30).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.rejected), (9, 1));
    assert!(
        matches!(&outcome.verdicts[4], Verdict::Rejected(reason) if reason.class.as_str() == "too_large")
    );
}

#[tokio::test]
async fn a_request_over_a_proxys_limit_is_halved_until_it_fits() {
    let server = Server::start(|request| match ids(request).len() {
        3.. => Reply::status(413, "<html>Request Entity Too Large</html>"),
        _ => says(200, 0),
    })
    .await;
    let eight: Vec<Event<'_>> = (0..8).map(|number| event(&format!("id-{number}"))).collect();
    let outcome = run(splunk(&server, ""), &eight, 30).await;
    assert_eq!((outcome.counts.delivered, outcome.counts.splits), (8, 3));
}

/// The number that code 7 reports is one higher than the object's, and no event is at fault.
#[tokio::test]
async fn a_forbidden_index_keeps_every_event_that_was_not_stored() {
    let server = Server::replies([refuses(7, 2)]).await;
    let outcome = run(splunk(&server, ""), &events(&["a", "b", "c"]), 30).await;
    assert_eq!(outcome.verdicts[0], Verdict::delivered());
    assert!(outcome.verdicts[1..].iter().all(is_retry), "{outcome:?}");
    assert_eq!((outcome.counts.config_failures, outcome.counts.rejected), (1, 0));
    assert_eq!(server.requests().len(), 1, "asking again before somebody acted is of no use");

    let server = Server::replies([refuses(7, 1)]).await;
    let outcome = run(splunk(&server, ""), &events(&["a", "b"]), 30).await;
    assert!(outcome.verdicts.iter().all(is_retry), "{outcome:?}");
}

#[tokio::test]
async fn nearly_full_queues_have_stored_the_events() {
    for code in [24, 25] {
        let server = Server::replies([says(200, code)]).await;
        let outcome = run(splunk(&server, ""), &events(&["a", "b"]), 30).await;
        assert_eq!((outcome.counts.delivered, outcome.counts.degraded), (2, 2));
        assert_eq!(server.requests().len(), 1, "never again");
    }
}
