//! Wrapped logs and huge lines, from the file to the output or the queue.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::queue::Queue;
use crate::support::{BINARY, End, Place, event, lines};

const TIME: &str = "2026-11-26T20:00:00.5Z";

fn docker(text: &str) -> String {
    json!({"log": text, "stream": "stdout", "time": TIME}).to_string() + "\n"
}

fn cri(tag: &str, stream: &str, text: &str) -> String {
    format!("{TIME} {stream} {tag} {text}\n")
}

fn export(place: &Place, file: &str) -> End {
    place.run(&["export", file, "--format", "jsonl"])
}

/// A wrapper's name in `origin`, and what it does to a line.
type Wrap = (&'static str, fn(&str) -> String);

/// Events without when they were read and what they came in.
fn bare(text: &str) -> Vec<Value> {
    let mut events = lines(text);
    for event in &mut events {
        event.as_object_mut().unwrap().remove("observed_time");
        event.as_object_mut().unwrap().remove("origin");
    }
    events
}

fn vault(id: &str) -> String {
    format!(
        r#"{{"auth":{{"accessor":"a","display_name":"x"}},"request":{{"id":"{id}","operation":"read","path":"secret/data/app","mount_type":"kv"}},"response":{{"data":{{"a":"b"}}}},"time":"2026-11-26T19:12:19Z","type":"response"}}"#
    )
}

#[test]
fn wrapped_logs_give_the_same_events_as_bare_ones() {
    let place = Place::new();
    let all: Vec<String> = (0..9).map(|number| vault(&format!("v{number}"))).collect();
    place.write("bare.log", all.join("\n"));
    let expected = bare(&export(&place, "bare.log").done().stdout);
    assert_eq!(expected.len(), 9);
    let halves = |line: &str| {
        let (head, tail) = line.split_at(100);
        (head.to_owned(), format!("{tail}\n"))
    };
    let wraps: [Wrap; 6] = [
        ("docker", |line| docker(&format!("{line}\n"))),
        ("cri", |line| cri("F", "stdout", line)),
        ("vector", |line| json!({"message": line, "source_type": "file"}).to_string() + "\n"),
        ("filebeat", |line| json!({"@timestamp": TIME, "message": line}).to_string() + "\n"),
        ("syslog", |line| format!("<134>1 {TIME} host vault 7 - - {line}\n")),
        ("json_string", |line| json!(line).to_string() + "\n"),
    ];
    for (name, wrap) in wraps {
        place.write("wrapped.log", all.iter().map(|line| wrap(line)).collect::<String>());
        let end = export(&place, "wrapped.log").done();
        assert_eq!(bare(&end.stdout), expected, "{name}");
        assert!(lines(&end.stdout).iter().all(|event| event["origin"]["wrapper"]["type"] == name));
    }
    let parts = all.iter().map(|line| {
        let (head, tail) = halves(line);
        docker(&head) + &docker(&tail)
    });
    place.write("parts.log", parts.collect::<String>());
    assert_eq!(bare(&export(&place, "parts.log").done().stdout), expected);
}

#[test]
fn a_wrapper_around_nothing_known_is_named_on_one_line() {
    let place = Place::new();
    place.write(
        "a.log",
        docker("==> Vault server started!\n") + &docker(&format!("{}\n", vault("v"))),
    );
    let end = export(&place, "a.log");
    assert_eq!((end.code, end.ids()), (3, vec!["v:response".to_owned()]));
    assert!(end.stderr.contains("a.log:1: in docker: no known audit format\n"), "{}", end.stderr);
}

/// The cursor stays before a line of which only parts are there, and nothing behind it comes twice.
#[test]
fn a_cursor_does_not_pass_a_line_that_is_not_whole() {
    let place = Place::new();
    let run = || place.run(&["export", "a.log", "--format", "jsonl", "--cursor", "c"]).done().ids();
    let whole = vault("v1");
    let (head, tail) = whole.split_at(80);
    place.append("a.log", &cri("F", "stdout", &vault("v0")));
    place.append("a.log", &cri("P", "stdout", head));
    place.append("a.log", &cri("F", "stderr", &vault("v2")));
    assert_eq!(run(), ["v0:response"]);
    assert!(run().is_empty());
    place.append("a.log", &cri("F", "stdout", tail));
    place.append("a.log", &cri("F", "stdout", &vault("v3")));
    let mut rest = run();
    rest.sort();
    assert_eq!(rest, ["v1:response", "v2:response", "v3:response"]);
    assert!(run().is_empty());
}

#[test]
fn what_a_cursor_passes_unread_is_kept_beside_it() {
    let place = Place::new();
    place.write("a.log", format!("{}{{\"hunter2\":1}}\n{}", event("a"), event("b")));
    let run = || place.run(&["export", "a.log", "--format", "jsonl", "--cursor", "c"]);
    let end = run();
    assert_eq!((end.code, end.ids()), (3, vec!["a".to_owned(), "b".to_owned()]));
    let kept = lines(&place.read("c.rejected.ndjson"));
    assert_eq!(kept.len(), 1);
    assert!(kept[0]["at"].as_str().unwrap().ends_with("a.log:2"), "{}", kept[0]);
    assert_eq!(kept[0]["reason"], "no known audit format");
    assert!(!kept[0].to_string().contains("hunter2"));
}

fn ship(place: &Place, queue: &Queue, arguments: &[&str]) -> End {
    let mut command = place.command(BINARY);
    command.arg("ship").args(arguments).envs(queue.environment());
    End::of(&command.stdin(Stdio::null()).output().unwrap())
}

fn bodies(queue: &Queue) -> String {
    let requests = queue.requests();
    let entries = requests.iter().flat_map(|request| request["Entries"].as_array().unwrap());
    let bodies = entries.map(|entry| entry["MessageBody"].as_str().unwrap().to_owned() + "\n");
    bodies.collect()
}

/// What `ship` puts on the queue reads there as what `export` reads here.
#[test]
fn ship_sends_wrapped_and_huge_lines_so_that_they_read_the_same() {
    for flags in [&["a.log"][..], &["a.log", "--raw"]] {
        reads_the_same(flags);
    }
}

fn reads_the_same(flags: &[&str]) {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    let keys = format!("\"{}\",", "k".repeat(60)).repeat(30_000);
    let huge = vault("huge").replace("{\"a\":\"b\"}", &format!("{{\"keys\":[{keys}0]}}"));
    let whole = vault("v1");
    let (head, tail) = whole.split_at(80);
    let log = [
        vault("v0") + "\n",
        cri("P", "stdout", head),
        cri("F", "stdout", tail),
        docker(&format!("{}\n", vault("v2"))),
        huge.clone() + "\n",
        format!("{{\"big\":\"{}\"}}\n", "x".repeat(5_000_000)),
    ];
    place.write("a.log", log.concat());
    let end = ship(&place, &queue, flags);
    assert_eq!(end.code, 3, "{}", end.stderr);
    let sent = bodies(&queue);
    assert!(sent.len() < 16 * 1024, "{}", sent.len());
    let goes_as_it_is = sent.starts_with(&vault("v0"));
    assert_eq!(goes_as_it_is, flags.contains(&"--raw"));
    place.write("sent.log", &sent);
    let (here, there) = (export(&place, "a.log"), export(&place, "sent.log"));
    assert_eq!((here.code, there.code), (3, 3));
    let clean = |text: &str| {
        let mut events = lines(text);
        for event in &mut events {
            event["observed_time"] = Value::Null;
        }
        events
    };
    assert_eq!(clean(&here.stdout), clean(&there.stdout));
    assert_eq!(here.ids(), ["v0:response", "v1:response", "v2:response", "huge:response"]);
    assert_eq!(lines(&here.stdout)[3]["details"]["original_bytes"], huge.len());
    assert!(there.stderr.contains("larger than 262144 bytes"), "{}", there.stderr);
}

/// What is not UTF-8 cannot be read, but neither is it lost: the router parks what is left of it.
#[test]
fn ship_sends_what_is_not_utf_8_so_that_it_is_refused_there_too() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    let mut log = format!("{}\n{}\n", vault("v0"), vault("bad")).into_bytes();
    // The last `x` is the display name's.
    let at = log.iter().rposition(|byte| *byte == b'x').unwrap();
    log[at] = 0xFF;
    place.write("a.log", log);
    assert_eq!(ship(&place, &queue, &["a.log", "--cursor", "c"]).code, 3);
    let sent = bodies(&queue);
    assert!(sent.contains("secret/data/app") && sent.contains("bad"), "{sent}");
    place.write("sent.log", &sent);
    let there = export(&place, "sent.log");
    assert_eq!((there.code, there.ids()), (3, vec!["v0:response".to_owned()]));
    assert!(there.stderr.contains("not valid UTF-8"), "{}", there.stderr);
}

/// A log with a line of 80 MB is read in less than 64 MB.
#[test]
fn a_huge_line_is_read_in_bounded_memory() {
    let place = Place::new();
    let mut child = place
        .command(BINARY)
        .args(["export", "-", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = child.id();
    let mut pipe = child.stdin.take().unwrap();
    let line = vault("huge");
    let (head, tail) = line.split_once("\"b\"").unwrap();
    write!(pipe, "{}\n{head}[", vault("v0")).unwrap();
    let key = format!("\"{}\",", "k".repeat(77));
    let block = key.repeat(1000);
    for _ in 0..1000 {
        pipe.write_all(block.as_bytes()).unwrap();
    }
    write!(pipe, "0]{tail}\n{}\n", vault("v2")).unwrap();
    pipe.flush().unwrap();
    let peak = peak_kib(id);
    drop(pipe);
    let end = End::of(&child.wait_with_output().unwrap()).done();
    assert_eq!(end.ids(), ["v0:response", "huge:response", "v2:response"]);
    assert!(lines(&end.stdout)[1]["details"]["original_bytes"].as_u64().unwrap() > 80_000_000);
    assert!(peak < 64 * 1024, "{peak} KiB");
}

/// The most memory that a process has had so far.
fn peak_kib(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_time_that_cannot_be_read_is_said_once() {
    let place = Place::new();
    let odd = |id: &str| vault(id).replace("2026-11-26T19:12:19Z", "yesterday") + "\n";
    place.write("a.log", odd("a") + &odd("b") + &odd("c"));
    let end = export(&place, "a.log").done();
    assert_eq!(
        end.stderr.matches("time is missing or cannot be read").count(),
        1,
        "{}",
        end.stderr
    );
    assert!(end.stderr.contains("a.log:1: ") && end.stderr.contains("3 events have no time"));
}

#[test]
fn a_log_of_requests_alone_and_jsonx_get_a_hint() {
    let place = Place::new();
    let request =
        |id: &str| vault(id).replace("\"type\":\"response\"", "\"type\":\"request\"") + "\n";
    place.write("a.log", request("a") + &request("b"));
    let end = export(&place, "a.log").done();
    assert!(end.stderr.contains("2 request lines and no response line"), "{}", end.stderr);
    assert!(end.stderr.contains("--phases both"), "{}", end.stderr);
    place.write("b.log", "<json:object name=\"auth\"><json:string>x</json:string></json:object>\n");
    let end = export(&place, "b.log");
    assert!(
        end.stderr.contains("in jsonx: set the audit device's option `format`"),
        "{}",
        end.stderr
    );
}
