use super::*;

const THREE: Sent = Sent { objects: 3, bytes: 2_000, first: 700 };
const LATER: Option<Duration> = Some(Duration::from_secs(7));

fn answer(status: u16, code: u64) -> Answer {
    classify(status, &Reply { code: Some(code), ..Reply::default() }, LATER, THREE)
}

fn about(code: u64, object: usize, sent: Sent) -> Answer {
    let reply = Reply { code: Some(code), object: Some(object), ack: None };
    classify(400, &reply, None, sent)
}

fn without_code(status: u16) -> Answer {
    classify(status, &Reply::default(), LATER, THREE)
}

/// Each verdict as one letter: delivered, rejected, again at once.
fn letters(answer: &Answer) -> String {
    let Answer::Each(verdicts) = answer else { panic!("one verdict for all: {answer:?}") };
    let letter = |verdict: &Verdict| match verdict {
        Verdict::Delivered(Delivery::Fresh) => 'd',
        Verdict::Rejected(_) => 'r',
        Verdict::Retry { after: Some(Duration::ZERO), .. } => 'a',
        other => panic!("{other:?}"),
    };
    verdicts.iter().map(letter).collect()
}

fn is_later(answer: &Answer) -> bool {
    matches!(answer, Answer::All(Verdict::Retry { after, .. }) if *after == LATER)
}

#[test]
fn success_is_delivered_and_a_warning_is_delivered_too() {
    assert_eq!(answer(200, 0), Answer::delivered());
    for code in [24, 25] {
        let degraded = Answer::All(Verdict::Delivered(Delivery::Degraded));
        assert_eq!(answer(200, code), degraded, "{code} must never be sent again");
    }
}

#[test]
fn every_code_of_the_token_leaves_the_events_queued() {
    for (status, code) in [(403, 1), (401, 2), (401, 3), (403, 4), (400, 21), (400, 22)] {
        assert!(matches!(answer(status, code), Answer::Auth(_)), "{code}");
    }
}

#[test]
fn every_code_of_the_settings_leaves_the_events_queued() {
    for (status, code) in [(400, 7), (400, 10), (400, 11), (400, 16), (200, 17), (400, 28)] {
        assert!(matches!(answer(status, code), Answer::Config(_)), "{code}");
    }
}

#[test]
fn every_code_of_trouble_is_tried_again_when_the_server_asks() {
    let busy =
        [(500, 8), (503, 9), (503, 18), (503, 19), (503, 20), (503, 23), (429, 26), (429, 27)];
    for (status, code) in busy {
        assert!(is_later(&answer(status, code)), "{code}");
    }
}

/// A proxy that eats gzip: nothing arrived, whatever was sent.
#[test]
fn a_request_that_arrived_empty_was_emptied_on_the_way() {
    let Answer::Config(reason) = answer(400, 5) else { panic!() };
    assert!(reason.text.contains("gzip"), "{reason}");
}

#[test]
fn what_was_stored_before_the_queues_ran_full_is_not_sent_again() {
    for (status, code) in [(503, 9), (429, 26), (503, 18), (500, 8), (503, 999)] {
        let reply = Reply { code: Some(code), object: Some(2), ack: None };
        let Answer::Each(verdicts) = classify(status, &reply, LATER, THREE) else {
            panic!("{code}")
        };
        assert_eq!(verdicts[..2], [Verdict::delivered(), Verdict::delivered()], "{code}");
        assert!(matches!(&verdicts[2], Verdict::Retry { after, .. } if *after == LATER), "{code}");
        for object in [0, 3, 99] {
            let reply = Reply { object: Some(object), ..reply };
            assert!(is_later(&classify(status, &reply, LATER, THREE)), "{code} {object}");
        }
    }
}

#[test]
fn a_token_without_acknowledgement_is_used_without_at_once() {
    let again = answer(400, 14);
    assert!(matches!(again, Answer::All(Verdict::Retry { after: Some(Duration::ZERO), .. })));
}

#[test]
fn what_stands_before_a_refused_event_is_stored_and_what_follows_goes_again() {
    for code in [6, 12, 13, 15] {
        assert_eq!(letters(&about(code, 0, THREE)), "raa", "{code}");
        assert_eq!(letters(&about(code, 1, THREE)), "dra", "{code}");
        assert_eq!(letters(&about(code, 2, THREE)), "ddr", "{code}");
    }
}

#[test]
fn a_refusal_that_names_no_object_of_ours_is_searched_for_the_culprit() {
    for code in [6, 12, 13, 15] {
        assert!(matches!(about(code, 3, THREE), Answer::Suspect(_)), "{code}");
        assert!(matches!(answer(400, code), Answer::Suspect(_)), "{code}");
    }
}

#[test]
fn the_number_of_code_7_is_one_too_high() {
    assert!(matches!(about(7, 0, THREE), Answer::Config(_)));
    assert!(matches!(about(7, 1, THREE), Answer::Config(_)));
    assert_eq!(letters(&about(7, 2, THREE)), "daa");
    assert_eq!(letters(&about(7, 3, THREE)), "dda");
    assert!(matches!(about(7, 4, THREE), Answer::Config(_)), "no object of ours: none is stored");
}

#[test]
fn code_6_of_the_first_object_of_a_large_request_is_about_its_size() {
    let large_body = Sent { objects: 3, bytes: 900_001, first: 700 };
    let large_event = Sent { objects: 3, bytes: 80_000, first: 65_537 };
    for sent in [large_body, large_event] {
        assert!(matches!(about(6, 0, sent), Answer::Split(_)), "{sent:?}");
        assert_eq!(letters(&about(6, 1, sent)), "dra", "{sent:?}");
        assert_eq!(letters(&about(15, 0, sent)), "raa", "only code 6: {sent:?}");
    }
    let just_small = Sent { objects: 3, bytes: 900_000, first: 65_536 };
    assert_eq!(letters(&about(6, 0, just_small)), "raa");
}

#[test]
fn the_code_counts_and_not_the_status() {
    assert!(is_later(&answer(200, 9)));
    assert!(matches!(answer(200, 4), Answer::Auth(_)));
    assert!(matches!(answer(503, 10), Answer::Config(_)));
    let reply = Reply { code: Some(6), object: Some(1), ack: None };
    assert_eq!(letters(&classify(500, &reply, None, THREE)), "dra");
}

#[test]
fn a_success_that_the_status_denies_is_not_believed() {
    for code in [0, 24, 25] {
        assert!(matches!(answer(503, code), Answer::All(Verdict::Retry { .. })), "{code}");
    }
}

#[test]
fn a_status_of_200_alone_delivers_nothing() {
    assert!(is_later(&without_code(200)));
    assert!(is_later(&without_code(204)));
    assert!(is_later(&answer(200, 99)), "a code that is not in the table");
}

#[test]
fn answers_of_what_stands_before_the_collector() {
    assert!(matches!(without_code(413), Answer::Split(_)));
    for status in [301, 302, 303, 307, 308, 400, 404, 405, 407, 410, 415, 422] {
        assert!(matches!(without_code(status), Answer::Config(_)), "{status}");
    }
    for status in [401, 403] {
        assert!(matches!(without_code(status), Answer::Auth(_)), "{status}");
    }
    for status in [408, 429, 500, 501, 502, 503, 504, 599] {
        assert!(is_later(&without_code(status)), "{status}");
    }
    // Splunk's own answer to a wrong path has a code that is no code of the table.
    assert!(matches!(answer(404, 404), Answer::Config(_)));
}

#[test]
fn the_table_has_every_code_once_in_order() {
    let codes: Vec<u64> = (0..100).filter_map(codes::row).map(|row| row.code).collect();
    assert_eq!(codes, (0..=28).collect::<Vec<u64>>());
}

#[test]
fn a_reason_names_the_code_and_the_status() {
    let Answer::Auth(reason) = answer(403, 4) else { panic!() };
    assert_eq!((reason.class, reason.status), (ErrorClass::Auth, Some(403)));
    assert!(reason.text.contains("code 4"), "{reason}");
}

#[test]
fn an_acknowledgement_is_given_awaited_or_not_to_be_had() {
    let given = br#"{"acks":{"3":true}}"#;
    assert_eq!(confirmation(200, given, 3), Confirmation::Given);
    assert_eq!(confirmation(200, br#"{"acks":{"3":false}}"#, 3), Confirmation::Awaited);
    assert_eq!(confirmation(503, given, 3), Confirmation::Awaited, "the status denies it");
    assert_eq!(confirmation(503, b"", 3), Confirmation::Awaited);
    assert_eq!(
        confirmation(400, br#"{"text":"ACK is disabled","code":14}"#, 3),
        Confirmation::Unusable
    );
    assert_eq!(confirmation(404, b"", 3), Confirmation::Unusable);
}
