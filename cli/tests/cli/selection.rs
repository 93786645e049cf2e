//! `--since`, `--until` and the filters.

use crate::support::{Place, event_at};

const HOURS: [&str; 4] = [
    "2026-02-01T00:00:00Z",
    "2026-02-01T01:00:00Z",
    "2026-02-01T02:00:00.5Z",
    "2026-02-02T00:00:00Z",
];

fn log() -> String {
    HOURS.iter().enumerate().map(|(number, time)| event_at(&format!("e{number}"), time)).collect()
}

fn selected(flags: &[&str]) -> Vec<String> {
    let arguments = [&["export", "-", "--format", "jsonl"], flags].concat();
    Place::new().run_with(&arguments, log()).done().ids()
}

#[test]
fn since_is_the_first_wanted_moment_in_every_form() {
    for since in [
        "2026-02-01T01:00:00Z",
        "2026-02-01T02:00:00+01:00",
        "1769907600",
        "1769907600000",
        "1769907600.0",
    ] {
        assert_eq!(selected(&["--since", since]), ["e1", "e2", "e3"], "{since}");
    }
    assert_eq!(selected(&["--since", "2026-02-02"]), ["e3"]);
    assert_eq!(selected(&["--since", "2026-02-01 02:00"]), ["e2", "e3"]);
    let berlin = ["--since", "2026-02-01 02:00", "--timezone", "Europe/Berlin"];
    assert_eq!(selected(&berlin), ["e1", "e2", "e3"]);
    assert_eq!(selected(&["--since", "100000w"]), ["e0", "e1", "e2", "e3"]);
}

#[test]
fn until_is_the_first_moment_that_is_not_wanted() {
    assert_eq!(selected(&["--until", "2026-02-01T02:00:00.5Z"]), ["e0", "e1"]);
    let window = ["--since", "2026-02-01T01:00:00Z", "--until", "2026-02-02"];
    assert_eq!(selected(&window), ["e1", "e2"]);
}

#[test]
fn a_window_or_a_word_that_cannot_be_is_refused() {
    for flags in [
        &["--since", "2026-02-02", "--until", "2026-02-01"][..],
        &["--since", "last tuesday"],
        &["--include-classes", "SecretAcces"],
        &["--min-severity", "Loud"],
        &["--categories", "nonsense"],
        &["--label", "env"],
        &["--format", "xml"],
    ] {
        let arguments = [&["export", "-"], flags].concat();
        let end = Place::new().run_with(&arguments, log());
        assert_eq!((end.code, end.stdout.as_str()), (2, ""), "{flags:?}: {}", end.stderr);
    }
}

#[test]
fn the_guides_filters_work_as_flags() {
    let denied = event_at("denied", HOURS[0])
        .replace("SecretAccess", "PolicyViolation")
        .replace("success", "denied")
        .replace("production", "test");
    let login = event_at("login", HOURS[0])
        .replace("SecretAccess", "Authentication")
        .replace("retrieve", "login");
    let input = [log(), denied, login].concat();
    let ids = |flags: &[&str]| {
        let arguments = [&["export", "-", "--format", "jsonl"], flags].concat();
        Place::new().run_with(&arguments, &input).done().ids()
    };
    assert_eq!(ids(&["--include-classes", "PolicyViolation,Authentication"]), ["denied", "login"]);
    assert_eq!(ids(&["--exclude-classes", "SecretAccess", "--label", "env=production"]), ["login"]);
    assert_eq!(ids(&["--min-severity", "High"]), ["denied"]);
    assert_eq!(ids(&["--min-severity", "4"]), ["denied"]);
    assert_eq!(ids(&["--actor", "nobody"]), [""; 0]);
    let early = ["--resource", "openai/api_key", "--until", "2026-02-01T00:30:00Z"];
    assert_eq!(ids(&early), ["e0", "denied", "login"]);
}

#[test]
fn labels_can_be_put_on_and_the_vault_named() {
    let record = r#"{"id":"37967b28-0c88-4a52-8106-15be2dcc0037","timestamp":"2026-11-21T20:57:40Z","kind":"VaultInit","actor":"admin","target":null,"detail":null,"success":true}"#;
    let flags = ["--format", "jsonl", "--instance", "vault-eu", "--add-label", "team=platform"];
    let arguments = [&["export", "-"], &flags[..]].concat();
    let end = Place::new().run_with(&arguments, record).done();
    let event: serde_json::Value = serde_json::from_str(&end.stdout).unwrap();
    assert_eq!(event["source"]["instance"], "vault-eu");
    assert_eq!(event["labels"]["team"], "platform");
}

/// The day before the one of this moment, of midday: no test runs for half a day.
fn yesterday() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let midday = (now.as_secs() / 86_400 - 1) * 86_400 + 43_200;
    jiff::Timestamp::from_second(i64::try_from(midday).unwrap()).unwrap().to_string()
}

#[test]
fn days_by_name_say_which_moment_they_mean_and_in_which_zone() {
    let input = log() + &event_at("y", &yesterday());
    for (since, until) in [("yesterday", "today"), ("last-month", "now"), ("last-week", "today")] {
        let arguments = ["export", "-", "--format", "jsonl", "--since", since, "--until", until];
        let end = Place::new().run_with(&arguments, &input).done();
        assert_eq!(end.ids(), ["y"], "{since}");
        let said = format!("events since {}", yesterday().split('T').next().unwrap());
        let is_said = since != "yesterday" || end.stderr.contains(&said);
        assert!(is_said && end.stderr.contains("00:00:00 UTC"), "{}", end.stderr);
        let quiet = [&arguments[..], &["--quiet"]].concat();
        assert_eq!(Place::new().run_with(&quiet, &input).done().stderr, "");
    }
    // What every zone understands alike needs no word.
    let end = Place::new().run_with(&["export", "-", "--since", "65m"], &input).done();
    assert_eq!(end.stderr, "");
}

#[test]
fn the_machines_own_time_zone_is_taken_when_it_is_asked_for() {
    let place = Place::new();
    let mut command = place.command(crate::support::BINARY);
    command.args(["export", "-", "--since", "2026-02-01", "--timezone", "local"]);
    command.env("TZ", "Australia/Sydney").stdin(std::process::Stdio::null());
    let end = crate::support::End::of(&command.output().unwrap()).done();
    assert!(end.stderr.contains("since 2026-02-01 00:00:00 Australia/Sydney"), "{}", end.stderr);
    let end = Place::new().run(&["export", "-", "--since", "today", "--timezone", "Atlantis"]);
    assert_eq!(end.code, 2);
    assert!(end.stderr.contains("unknown time zone"), "{}", end.stderr);
}
