//! `ship` against a scripted queue: nothing lost, nothing repeated.

use std::process::{Child, Stdio};

use crate::queue::{Queue, Turn};
use crate::support::{BINARY, End, Place, event, events, gzip, lines, names};

fn spawn(place: &Place, queue: &Queue, arguments: &[&str]) -> Child {
    let mut command = place.command(BINARY);
    command.arg("ship").args(arguments).envs(queue.environment());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn ship(place: &Place, queue: &Queue, arguments: &[&str]) -> End {
    End::of(&spawn(place, queue, arguments).wait_with_output().unwrap())
}

fn stop(child: Child) -> End {
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    End::of(&child.wait_with_output().unwrap())
}

#[test]
fn records_arrive_in_few_large_messages_within_the_limits() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write("audit.log", events("a", 0..5000));
    let end = ship(&place, &queue, &["audit.log"]).done();
    assert_eq!(queue.ids(), names("a", 0..5000));
    assert!(end.stderr.contains("5,000 records sent in "), "{}", end.stderr);
    let sizes: Vec<Vec<usize>> = queue
        .requests()
        .iter()
        .map(|request| {
            let entries = request["Entries"].as_array().unwrap().iter();
            entries.map(|entry| entry["MessageBody"].as_str().unwrap().len()).collect()
        })
        .collect();
    assert!(sizes.iter().flatten().all(|size| *size <= 65_536));
    assert!(sizes.iter().all(|batch| batch.len() <= 10));
    let bytes: usize = sizes.iter().flatten().sum();
    // On a slow machine a second goes by, and what waits then is sent as it is.
    let (messages, full) = (sizes.iter().flatten().count(), bytes.div_ceil(65_000));
    assert!((full..full + 5).contains(&messages), "{messages} messages, {full} when all are full");
}

#[test]
fn only_the_entries_that_failed_are_sent_again() {
    let script = [
        Turn::Fail(&[0, 2], "InternalError", false),
        Turn::Forget(1),
        Turn::Error(503, "ServiceUnavailable"),
        Turn::HangUp,
        Turn::Error(400, "RequestThrottled"),
    ];
    let (place, queue) = (Place::new(), Queue::start(&script));
    place.write("audit.log", events("a", 0..800));
    ship(&place, &queue, &["audit.log"]).done();
    let mut found = queue.ids();
    found.sort_by_key(|id| id.trim_start_matches('a').parse::<usize>().unwrap());
    assert_eq!(found, names("a", 0..800));
    let counts: Vec<usize> = queue
        .requests()
        .iter()
        .map(|request| request["Entries"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [6, 2, 1, 1, 1, 1]);
}

#[test]
fn a_request_that_is_too_long_is_sent_in_parts() {
    let too_long = Turn::Error(400, "com.amazonaws.sqs#BatchRequestTooLong");
    let (place, queue) = (Place::new(), Queue::start(&[too_long]));
    place.write("audit.log", events("a", 0..800));
    ship(&place, &queue, &["audit.log"]).done();
    assert_eq!(queue.ids(), names("a", 0..800));
}

#[test]
fn what_the_queue_refuses_for_good_is_named_and_the_rest_goes_on() {
    let script = [Turn::Fail(&[1], "InvalidMessageContents", true)];
    let (place, queue) = (Place::new(), Queue::start(&script));
    place.write("audit.log", events("a", 0..800));
    let end = ship(&place, &queue, &["audit.log"]);
    assert_eq!(end.code, 3);
    assert!(end.stderr.contains("refuses a message of "), "{}", end.stderr);
    assert_eq!(queue.requests().len(), 1);
}

#[test]
fn what_the_cursor_passes_and_no_queue_holds_is_kept_beside_it() {
    let script = [Turn::Fail(&[1], "InvalidMessageContents", true)];
    for raw in [false, true] {
        let (place, queue) = (Place::new(), Queue::start(&script));
        let large = format!("{{\"no\":\"{}\"}}\n", "x".repeat(5_000_000));
        place.write("audit.log", events("a", 0..300) + &large);
        let flags = ["audit.log", "--cursor", "cursor", "--raw"];
        let end = ship(&place, &queue, &flags[..if raw { 4 } else { 3 }]);
        assert_eq!(end.code, 3, "{}", end.stderr);
        let kept = lines(&place.read("cursor.rejected.ndjson"));
        let of = |class: &str| kept.iter().filter(|one| one["error_class"] == class).count();
        let sent = queue.records().len();
        assert_eq!((of("refused") + sent, of("unreadable")), (301, 1), "{}", end.stderr);
        let first = kept.iter().find(|one| one["error_class"] == "refused").unwrap();
        let number: usize =
            first["at"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap();
        let event = &first["event"];
        assert_eq!(event["id"].is_null(), raw);
        assert!(raw || event["id"] == format!("a{}", number - 1), "{first}");
        assert!(kept.iter().any(|one| one["at"].as_str().unwrap().ends_with("audit.log:301")));
        let said = format!("{} records rejected by the queue", of("refused"));
        assert!(end.stderr.contains(&said), "{}", end.stderr);
        ship(&place, &queue, &flags).done();
        assert_eq!(lines(&place.read("cursor.rejected.ndjson")).len(), kept.len());
    }
}

#[test]
fn only_what_the_queue_took_is_said_to_be_sent() {
    let down = Turn::Error(503, "ServiceUnavailable");
    let (place, queue) = (Place::new(), Queue::start(&[down]));
    place.write("audit.log", events("a", 0..18));
    let end = ship(&place, &queue, &["audit.log", "--retry-for", "0"]);
    assert_eq!(end.code, 4, "{}", end.stderr);
    let said = "0 records sent in 0 messages and 1 request; 18 records left";
    assert!(end.stderr.contains(said), "{}", end.stderr);
}

/// What was taken before the queue gave out is not sent again.
#[test]
fn the_cursor_passes_the_messages_that_were_taken_of_a_batch() {
    let script = [Turn::Fail(&[2, 3], "InternalError", false), Turn::Error(400, "InvalidAddress")];
    let (place, queue) = (Place::new(), Queue::start(&script));
    place.write("audit.log", events("a", 0..800));
    let flags = ["audit.log", "--cursor", "cursor"];
    assert_eq!(ship(&place, &queue, &flags).code, 5);
    ship(&place, &queue, &flags).done();
    let sent = queue.ids();
    let once: std::collections::BTreeSet<&String> = sent.iter().collect();
    assert_eq!(once.len(), 800);
    // Six messages: the first two are passed, the last two are sent twice.
    assert!((1..=300).contains(&(sent.len() - 800)), "{}", sent.len());
}

/// The second counts from the first record that waits, not from the last.
#[test]
fn a_record_waits_a_second_at_most_however_slowly_others_come() {
    use std::io::Write;
    let (place, queue) = (Place::new(), Queue::start(&[]));
    let mut child = spawn(&place, &queue, &["-"]);
    let mut pipe = child.stdin.take().unwrap();
    let began = std::time::Instant::now();
    let mut number = 0;
    while queue.requests().is_empty() {
        assert!(began.elapsed().as_secs() < 20, "{number} records wait");
        pipe.write_all(event(&format!("a{number}")).as_bytes()).unwrap();
        number += 1;
        std::thread::sleep(std::time::Duration::from_millis(250));
    }
    drop(pipe);
    End::of(&child.wait_with_output().unwrap()).done();
    assert_eq!(queue.ids(), names("a", 0..number));
}

#[test]
fn no_secret_of_a_line_gets_into_the_queue_unless_lines_are_asked_for() {
    let secret = "hvs.CAESIJcanaryKq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj";
    let unreadable = format!("{{\"no\":1,\"password\":\"{secret}\"}}\n");
    let readable = event("a").replace("openai/api_key", secret);
    for (flags, count) in [(&["audit.log"][..], 0), (&["audit.log", "--raw"], 2)] {
        let (place, queue) = (Place::new(), Queue::start(&[]));
        place.write("audit.log", readable.clone() + &unreadable);
        assert_eq!(ship(&place, &queue, flags).code, 3);
        let sent = queue.records().join("\n");
        assert_eq!(sent.matches(secret).count(), count, "{sent}");
        assert_eq!(queue.records().len(), 2);
    }
}

#[test]
fn times_that_cannot_be_read_are_told_of() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    let line =
        r#"{"time":"soon","type":"response","request":{"id":"r","operation":"read","path":"a/b"}}"#;
    place.write("audit.log", format!("{line}\n{line}\n"));
    for flags in [&["audit.log"][..], &["audit.log", "--raw"]] {
        let end = ship(&place, &queue, flags).done();
        assert!(end.stderr.contains("audit.log:1: the record's time"), "{}", end.stderr);
        assert!(end.stderr.contains("2 events have no time"), "{}", end.stderr);
    }
}

#[test]
fn request_lines_are_sent_when_they_are_wanted() {
    let line = r#"{"time":"2026-11-26T20:00:00Z","type":"request","request":{"id":"r","operation":"read","path":"a/b"}}"#;
    for (flags, count) in [
        (&["audit.log"][..], 0),
        (&["audit.log", "--phases", "both"], 1),
        (&["audit.log", "--raw"], 1),
    ] {
        let (place, queue) = (Place::new(), Queue::start(&[]));
        place.write("audit.log", format!("{line}\n"));
        let end = ship(&place, &queue, flags).done();
        assert_eq!(queue.records().len(), count, "{flags:?}");
        assert_eq!(end.stderr.contains("--phases both"), count == 0, "{}", end.stderr);
    }
}

#[test]
fn a_restart_with_a_cursor_neither_loses_nor_repeats() {
    let take = Turn::Take;
    let down = Turn::Error(503, "ServiceUnavailable");
    let (place, queue) = (Place::new(), Queue::start(&[take, down]));
    place.write("audit.log", events("a", 0..10_000));
    let flags = ["audit.log", "--cursor", "cursor"];
    let end = ship(&place, &queue, &[&flags[..], &["--retry-for", "0"]].concat());
    assert_eq!(end.code, 4, "{}", end.stderr);
    let first = queue.ids().len();
    assert!(0 < first && first < 10_000, "{first}");
    ship(&place, &queue, &flags).done();
    assert_eq!(queue.ids(), names("a", 0..10_000));
    ship(&place, &queue, &flags).done();
    place.append("audit.log", &event("a10000"));
    ship(&place, &queue, &flags).done();
    assert_eq!(queue.ids(), names("a", 0..10_001));
}

#[test]
fn credentials_and_addresses_have_exit_codes_of_their_own() {
    for (turn, code) in [
        (Turn::Error(403, "AccessDeniedException"), 6),
        (Turn::Error(400, "ExpiredTokenException"), 6),
        (Turn::Fail(&[0], "KmsAccessDeniedException", true), 6),
        (Turn::Error(400, "com.amazonaws.sqs#QueueDoesNotExist"), 5),
    ] {
        let (place, queue) = (Place::new(), Queue::start(std::slice::from_ref(&turn)));
        place.write("audit.log", event("a"));
        let end = ship(&place, &queue, &["audit.log", "--cursor", "cursor"]);
        assert_eq!(end.code, code, "{turn:?}: {}", end.stderr);
        assert!(end.stderr.contains("hint: "), "{}", end.stderr);
        ship(&place, &queue, &["audit.log", "--cursor", "cursor"]).done();
        assert_eq!(queue.ids(), ["a"]);
    }
    let place = Place::new();
    place.write("audit.log", event("a"));
    assert_eq!(place.run(&["ship", "audit.log"]).code, 2);
    assert_eq!(place.run(&["ship", "audit.log", "--follow", "--dry-run"]).code, 2);
    let end = place.run(&["ship", "audit.log", "--queue-url", "ingest"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    let url = "https://sqs.eu-west-1.amazonaws.com/1/q";
    let end = place.run(&["ship", "audit.log", "--queue-url", url]);
    assert_eq!(end.code, 6, "{}", end.stderr);
}

#[test]
fn unreadable_records_are_named_and_go_to_the_queue_unless_told_otherwise() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write("audit.log", [event("a").as_str(), "{\"no\":1}\n# note\n\n", &event("b")].concat());
    let end = ship(&place, &queue, &["audit.log"]);
    assert_eq!(end.code, 3);
    assert!(end.stderr.contains("audit.log:2: "), "{}", end.stderr);
    assert_eq!(queue.records().len(), 3);
    assert_eq!(queue.records()[1], "{\"no\":1}");
    let end = ship(&place, &queue, &["audit.log", "--unreadable", "skip"]);
    assert_eq!(end.code, 3);
    assert_eq!(queue.records().len(), 5);
}

#[test]
fn the_wrong_file_is_not_sent_at_all() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write("passwords", "root:x:0:0\n".repeat(200));
    let end = ship(&place, &queue, &["passwords"]);
    assert_eq!(end.code, 3);
    assert!(end.stderr.contains("no audit log"), "{}", end.stderr);
    assert_eq!(queue.requests().len(), 0);
}

#[test]
fn a_dry_run_counts_and_sends_nothing() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write("audit.log.gz", gzip(&events("a", 0..800)));
    let end = ship(&place, &queue, &["audit.log.gz", "--dry-run", "--cursor", "cursor"]).done();
    assert!(
        end.stderr.contains("800 records would be sent in 6 messages and 1 request"),
        "{}",
        end.stderr
    );
    assert_eq!(queue.requests().len(), 0);
    assert!(!place.path("cursor").exists());
}

#[test]
fn a_stream_is_sent_while_it_is_still_open() {
    use std::io::Write;
    let (place, queue) = (Place::new(), Queue::start(&[]));
    let mut child = spawn(&place, &queue, &["-"]);
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(events("a", 0..3).as_bytes()).unwrap();
    queue.wait_for(3);
    pipe.write_all(event("a3").as_bytes()).unwrap();
    drop(pipe);
    End::of(&child.wait_with_output().unwrap()).done();
    assert_eq!(queue.ids(), names("a", 0..4));
}

#[test]
fn a_log_is_followed_across_rotations_and_a_restart() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write("audit.log", events("a", 0..2));
    let flags = ["audit.log", "--follow", "--cursor", "cursor"];
    let child = spawn(&place, &queue, &flags);
    queue.wait_for(2);
    place.append("audit.log", &event("a2"));
    queue.wait_for(3);

    std::fs::rename(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    place.append("audit.log.1", &event("a3"));
    place.write("audit.log", events("a", 4..6));
    queue.wait_for(6);

    std::fs::copy(place.path("audit.log"), place.path("audit.log.2")).unwrap();
    place.write("audit.log", "");
    place.append("audit.log", &event("a6"));
    queue.wait_for(7);
    stop(child).done();

    place.append("audit.log", &events("a", 7..9));
    let child = spawn(&place, &queue, &flags);
    queue.wait_for(9);
    stop(child).done();
    assert_eq!(queue.ids(), names("a", 0..9));
}

#[test]
fn a_follower_waits_for_a_log_that_is_not_there() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    let child = spawn(&place, &queue, &["audit.log", "--follow", "--cursor", "cursor"]);
    std::thread::sleep(std::time::Duration::from_millis(700));
    place.write("audit.log", events("a", 0..2));
    queue.wait_for(2);
    let end = stop(child).done();
    assert_eq!(queue.ids(), names("a", 0..2));
    for said in ["following audit.log", "audit.log: does not exist yet; waiting for it"] {
        assert!(end.stderr.contains(said), "{}", end.stderr);
    }
    assert_eq!(ship(&place, &queue, &["missing.log"]).code, 2);
}

#[test]
fn a_follower_waits_for_the_end_of_a_record_and_knows_its_log_from_the_start() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write("audit.log", "");
    let flags = ["audit.log", "--follow", "--cursor", "cursor"];
    let child = spawn(&place, &queue, &flags);
    let began = std::time::Instant::now();
    while !place.path("cursor").exists() {
        assert!(began.elapsed().as_secs() < 30);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    stop(child).done();

    let next = event("a1");
    let (half, rest) = next.split_at(60);
    place.append("audit.log", &event("a0"));
    std::fs::rename(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    place.write("audit.log", half);
    let child = spawn(&place, &queue, &flags);
    queue.wait_for(1);
    place.append("audit.log", rest);
    queue.wait_for(2);
    let end = stop(child).done();
    assert_eq!(queue.ids(), ["a0", "a1"]);
    assert_eq!(end.stderr.lines().count(), 2, "its start and its summary: {}", end.stderr);
}

#[test]
fn a_follower_outlives_an_outage() {
    let down = Turn::Error(503, "ServiceUnavailable");
    let (place, queue) = (Place::new(), Queue::start(&[down, Turn::HangUp]));
    place.write("audit.log", events("a", 0..2));
    let child = spawn(&place, &queue, &["audit.log", "--follow", "--cursor", "cursor"]);
    queue.wait_for(2);
    stop(child).done();
    assert_eq!(queue.ids(), names("a", 0..2));
}
