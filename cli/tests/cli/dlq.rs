//! `dlq` against a scripted queue with dead letters in it.

use crate::queue::{Queue, Turn};
use crate::support::{BINARY, End, Place, lines};

fn dlq(queue: &Queue, arguments: &[&str]) -> End {
    let place = Place::new();
    let mut command = place.command(BINARY);
    command.arg("dlq").args(arguments).envs(queue.environment());
    End::of(&command.env("VAULT_EXPORT_DLQ_URL", queue.dlq()).output().unwrap())
}

/// Twelve refused by Splunk, one unreadable.
fn queue(script: &[Turn]) -> Queue {
    let queue = Queue::start(script);
    for number in 0..12 {
        queue.park(&format!("r{number}"), "refused", "Incorrect index", &format!("body {number}"));
    }
    queue.park("u", "unreadable", "`id` is missing", "{}");
    queue
}

#[test]
fn list_counts_by_reason_and_leaves_everything_as_it_was() {
    let queue = queue(&[]);
    let end = dlq(&queue, &["list"]).done();
    assert_eq!(
        end.stdout,
        "12\tsplunk-hec\trefused\tIncorrect index\n1\tsplunk-hec\tunreadable\t`id` is missing\n"
    );
    let end = dlq(&queue, &["list", "--json"]).done();
    let counts: serde_json::Value = serde_json::from_str(&end.stdout).unwrap();
    let refused = serde_json::json!(
        {"records": 12, "destination": "splunk-hec", "error_class": "refused", "reason": "Incorrect index"}
    );
    assert_eq!((counts.as_array().unwrap().len(), &counts[0]), (2, &refused));
    assert_eq!(queue.parked().len(), 13);
    assert_eq!(queue.requests().len(), 0);
}

#[test]
fn show_prints_what_was_asked_for() {
    let queue = queue(&[]);
    let end = dlq(&queue, &["show", "--reason", "incorrect INDEX", "--limit", "11"]).done();
    let shown = lines(&end.stdout);
    assert_eq!(shown.len(), 11);
    assert_eq!(shown[0]["body"], "body 0");
    assert_eq!(shown[0]["attributes"]["reason"], "Incorrect index");
    assert_eq!(queue.parked().len(), 13);
}

#[test]
fn redrive_sends_bodies_as_they_are_and_deletes_only_what_was_taken() {
    let queue = queue(&[Turn::Fail(&[3], "InternalError", false)]);
    let to = queue.dlq().replace("dlq", "splunk");
    let flags = ["redrive", "--error-class", "refused", "--to", &to, "--rate", "1000"];
    let end = dlq(&queue, &[&flags[..], &["--dry-run"]].concat()).done();
    assert!(end.stderr.contains("12 messages would be sent"), "{}", end.stderr);
    assert_eq!((queue.parked().len(), queue.requests().len()), (13, 0));

    let end = dlq(&queue, &flags);
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert_eq!(queue.parked(), ["r3", "u"]);
    dlq(&queue, &flags).done();
    assert_eq!(queue.parked(), ["u"]);
    let mut bodies = queue.bodies();
    bodies.sort();
    let mut expected: Vec<String> = (0..12).map(|number| format!("body {number}")).collect();
    expected.sort();
    assert_eq!(bodies, expected);
    assert_eq!(dlq(&queue, &["redrive", "--to", &queue.dlq()]).code, 2);
}

#[test]
fn purge_deletes_only_when_told_twice() {
    let queue = queue(&[]);
    let end = dlq(&queue, &["purge", "--error-class", "unreadable"]).done();
    assert!(end.stderr.contains("1 message would be deleted"), "{}", end.stderr);
    assert_eq!(queue.parked().len(), 13);
    dlq(&queue, &["purge", "--error-class", "unreadable", "--yes"]).done();
    assert_eq!(queue.parked().len(), 12);
}

/// Reasons are what servers answered.
#[test]
fn what_a_terminal_would_obey_is_shown() {
    let queue = Queue::start(&[]);
    queue.park("x", "refused", "no \u{1b}[31mred\u{9b}2J\u{202e}\nnew line", "\u{9b}2J\u{202e}");
    let end = dlq(&queue, &["list"]).done();
    let reason = "no \\u001b[31mred\\u009b2J\\u202e\\nnew line";
    assert_eq!(end.stdout, format!("1\tsplunk-hec\trefused\t{reason}\n"));
    let end = dlq(&queue, &["show"]).done();
    assert!(!end.stdout.contains(['\u{1b}', '\u{9b}', '\u{202e}']));
    assert_eq!(lines(&end.stdout)[0]["body"], "\u{9b}2J\u{202e}");
}

/// Four rounds of messages, and between them those that are known already: neither is that the end, nor are they
/// counted, sent or deleted twice.
#[test]
fn a_message_that_is_given_out_twice_is_neither_the_end_nor_a_second_one() {
    for command in ["list", "show", "redrive", "purge"] {
        let queue = Queue::start(&[]);
        for number in 0..35 {
            queue.park(&format!("m{number}"), "refused", "no", &format!("body {number}"));
        }
        queue.repeat(6);
        let to = queue.dlq().replace("dlq", "splunk");
        let end = match command {
            "redrive" => dlq(&queue, &["redrive", "--to", &to, "--rate", "1000"]),
            "purge" => dlq(&queue, &["purge", "--yes"]),
            _ => dlq(&queue, &[command]),
        }
        .done();
        let left = match command {
            "list" => {
                assert_eq!(end.stdout, "35\tsplunk-hec\trefused\tno\n");
                35
            }
            "show" => {
                assert_eq!(lines(&end.stdout).len(), 35);
                35
            }
            "redrive" => {
                assert_eq!(queue.bodies().len(), 35);
                assert!(end.stderr.contains("35 of 35 messages sent"), "{}", end.stderr);
                0
            }
            _ => {
                assert!(end.stderr.contains("35 of 35 messages deleted"), "{}", end.stderr);
                0
            }
        };
        assert_eq!(queue.parked().len(), left, "{command}");
    }
}

#[test]
fn a_queue_that_gives_out_nothing_but_known_messages_is_not_called_done() {
    let queue = queue(&[]);
    queue.repeat(1000);
    for command in ["list", "show"] {
        let end = dlq(&queue, &[command]);
        assert_eq!(end.code, 4, "{command}: {}", end.stderr);
        assert!(end.stderr.contains("again and again"), "{command}: {}", end.stderr);
    }
}

/// Without `routes`, every destination would get again what one of them had refused.
#[test]
fn redrive_keeps_what_was_said_of_a_message() {
    let queue = queue(&[]);
    let to = queue.dlq().replace("dlq", "ingest");
    dlq(&queue, &["redrive", "--to", &to, "--rate", "1000"]).done();
    let requests = queue.requests();
    let entries: Vec<_> =
        requests.iter().flat_map(|request| request["Entries"].as_array().unwrap()).collect();
    assert_eq!(entries.len(), 13);
    for entry in entries {
        let said = &entry["MessageAttributes"];
        assert_eq!(said["routes"]["StringValue"], "splunk datadog", "{entry}");
        assert!(said["reason"]["StringValue"].is_string(), "{entry}");
    }
}
