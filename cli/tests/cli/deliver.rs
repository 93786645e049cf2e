//! `deliver` with the file of SanctumAI's guide, against receivers on loopback.

use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::receivers::{GUIDE, IDS, Receivers};
use crate::support::{BINARY, End, Place, event, events, lines, names};

const EVERYTHING: [&str; 4] = ["splunk-prod", "datadog", "elastic", "security-lake"];

pub(crate) fn start() -> (Place, Receivers) {
    let (place, receivers) = (Place::new(), Receivers::start());
    receivers.configure(&place);
    (place, receivers)
}

pub(crate) fn spawn(place: &Place, receivers: &Receivers, arguments: &[&str]) -> Child {
    let mut command = place.command(BINARY);
    command.arg("deliver").args(arguments).envs(receivers.environment());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn deliver(place: &Place, receivers: &Receivers, arguments: &[&str]) -> End {
    End::of(&spawn(place, receivers, arguments).wait_with_output().unwrap())
}

pub(crate) fn stop(child: Child) -> End {
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    End::of(&child.wait_with_output().unwrap())
}

/// What the webhook's filter lets through.
pub(crate) fn violation(id: &str) -> String {
    event(id)
        .replace("SecretAccess", "PolicyViolation")
        .replace("\"class\"", "\"severity\":\"High\",\"class\"")
}

/// The row of an adapter in the table: delivered, filtered, rejected, unreadable, retried, left.
fn row(end: &End, id: &str) -> Vec<u64> {
    ["delivered", "filtered", "rejected", "unreadable", "retried", "left"]
        .map(|column| cell(end, id, column))
        .into()
}

/// What the table says of an adapter under this heading.
pub(crate) fn cell(end: &End, id: &str, column: &str) -> u64 {
    let cells = |line: &str| -> Vec<String> {
        line.split("  ")
            .map(|cell| cell.trim().to_owned())
            .filter(|cell| !cell.is_empty())
            .collect()
    };
    let row = |first: &str| {
        let mut rows = end.stderr.lines().map(cells);
        let found = rows.find(|cells| cells.first().is_some_and(|cell| cell == first));
        found.unwrap_or_else(|| panic!("no {first} in {}", end.stderr))
    };
    let place = row("adapter")
        .iter()
        .position(|name| name == column || (name == "would go" && column == "delivered"));
    row(id)[place.unwrap()].parse().unwrap()
}

/// Every adapter's interval is so long.
pub(crate) fn wait_for_seconds(place: &Place, seconds: u32) {
    let config = place
        .read(".sanctum/config.toml")
        .replace("flush_interval_secs = 5", &format!("flush_interval_secs = {seconds}"));
    place.write(".sanctum/config.toml", config);
}

#[test]
fn the_guides_file_delivers_to_all_its_adapters() {
    let (place, receivers) = start();
    place.write(".sanctum/audit.jsonl", events("a", 0..250) + &violation("v0"));
    let end = deliver(&place, &receivers, &[]).done();
    let all = [names("a", 0..250), names("v", 0..1)].concat();
    for id in EVERYTHING {
        let mut expected = all.clone();
        expected.sort_by_key(|id| (id.len(), id.clone()));
        assert_eq!(receivers.sorted(id), expected, "{id}");
        assert_eq!(row(&end, id), [251, 0, 0, 0, 0, 0]);
    }
    assert_eq!(receivers.ids("slack-alerts"), ["v0"]);
    assert_eq!(row(&end, "slack-alerts"), [1, 250, 0, 0, 0, 0]);

    let splunk = &receivers.requests("splunk-prod")[0];
    assert_eq!(splunk.header("authorization"), Some("Splunk 00000000-0000-0000-0000-000000000000"));
    assert!(receivers.requests("splunk-prod").iter().all(|one| one.text().lines().count() <= 100));
    let envelope: Value =
        serde_json::Deserializer::from_str(&splunk.text()).into_iter().next().unwrap().unwrap();
    assert_eq!(
        (envelope["index"].as_str(), envelope["source"].as_str()),
        (Some("sanctum_events"), Some("sanctum-ai"))
    );
    let object =
        receivers.requests("security-lake").into_iter().find(|one| one.method == "PUT").unwrap();
    assert!(object.path.contains("/ocsf/sanctum/class%3D"), "{}", object.path);
    let role = &receivers.requests("security-lake")[0];
    assert!(role.text().contains("role%2FSanctumExport"), "{}", role.text());
}

#[test]
fn adapters_are_chosen_and_events_selected() {
    let (place, receivers) = start();
    place.write("audit.log", events("a", 0..3) + &violation("v0"));
    let flags = ["audit.log", "--adapter", "elastic", "--include-classes", "PolicyViolation"];
    let end = deliver(&place, &receivers, &flags).done();
    assert_eq!(receivers.ids("elastic"), ["v0"]);
    assert_eq!(row(&end, "elastic"), [1, 3, 0, 0, 0, 0]);
    assert!(receivers.requests("splunk-prod").is_empty());
    assert_eq!(deliver(&place, &receivers, &["audit.log", "--adapter", "x"]).code, 2);
}

#[test]
fn the_totals_are_json_for_programs() {
    let (place, receivers) = start();
    place.write("audit.log", events("a", 0..3) + &violation("v0"));
    receivers.tell("elastic", 401);
    let end = deliver(&place, &receivers, &["audit.log", "--json", "--quiet"]);
    assert_eq!(end.code, 6);
    let totals: Value = serde_json::from_str(&end.stdout).unwrap();
    assert_eq!(totals["dry_run"], false);
    let of = |id: &str| {
        let mut adapters = totals["adapters"].as_array().unwrap().iter();
        adapters.find(|one| one["adapter"] == id).unwrap_or_else(|| panic!("{totals}"))
    };
    assert_eq!(
        (&of("splunk-prod")["delivered"], &of("splunk-prod")["error"]),
        (&4.into(), &Value::Null)
    );
    assert_eq!(
        (&of("slack-alerts")["delivered"], &of("slack-alerts")["filtered"]),
        (&1.into(), &3.into())
    );
    assert_eq!(
        (&of("elastic")["left"], &of("elastic")["error_class"]),
        (&4.into(), &"auth".into())
    );
    assert!(!end.stderr.contains("delivered  "), "no table beside it: {}", end.stderr);
}

#[test]
fn a_dry_run_counts_and_sends_nothing() {
    let (place, receivers) = start();
    place.write("audit.log", events("a", 0..3) + &violation("v0"));
    let end = deliver(&place, &receivers, &["audit.log", "--dry-run", "--state", "state"]).done();
    assert_eq!(row(&end, "splunk-prod")[..2], [4, 0]);
    assert_eq!(row(&end, "slack-alerts")[..2], [1, 3]);
    assert!(IDS.iter().all(|id| receivers.requests(id).is_empty()));
    assert!(!place.path("state").exists());
}

#[test]
fn one_that_is_down_stops_no_other_and_goes_on_where_it_was() {
    let (place, receivers) = start();
    place.write("audit.log", events("a", 0..250));
    receivers.tell("elastic", 503);
    let flags = ["audit.log", "--state", "state", "--give-up-after", "1"];
    let end = deliver(&place, &receivers, &flags);
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert_eq!(receivers.ids("splunk-prod").len(), 250);
    assert_eq!(row(&end, "elastic")[0], 0);
    assert!(row(&end, "elastic")[5] > 0, "{}", end.stderr);

    receivers.tell("elastic", 0);
    let before = receivers.ids("elastic").len();
    place.append("audit.log", &event("a250"));
    let end = deliver(&place, &receivers, &flags).done();
    assert_eq!(row(&end, "elastic")[0], 251);
    assert_eq!(receivers.ids("elastic").len(), before + 251);
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..251));
    assert_eq!(row(&end, "splunk-prod")[0], 1);
}

#[test]
fn what_answers_503_is_tried_again_until_it_takes_everything() {
    let (place, receivers) = start();
    place.write("audit.log", events("a", 0..10));
    receivers.tell("splunk-prod", 503);
    let child = spawn(&place, &receivers, &["audit.log", "--adapter", "splunk-prod"]);
    receivers.wait_for("splunk-prod", 20);
    receivers.tell("splunk-prod", 0);
    let end = End::of(&child.wait_with_output().unwrap()).done();
    let found = row(&end, "splunk-prod");
    assert_eq!((found[0], found[5]), (10, 0));
    assert!(found[4] >= 20, "{}", end.stderr);
    assert!(end.stderr.contains("trying again"), "{}", end.stderr);
}

#[test]
fn a_wrong_credential_ends_a_run_at_once_with_a_code_of_its_own() {
    let (place, receivers) = start();
    place.write("audit.log", event("a0"));
    receivers.tell("elastic", 401);
    let end = deliver(&place, &receivers, &["audit.log"]);
    assert_eq!(end.code, 6, "{}", end.stderr);
    assert_eq!(receivers.ids("splunk-prod"), ["a0"]);
}

#[test]
fn what_is_refused_for_good_is_a_dead_letter_with_its_reason() {
    let (place, receivers) = start();
    place.write("audit.log", event("a0") + "{\"no\":\"CANARY\"}\n" + &event("a1"));
    receivers.tell("slack-alerts", 400);
    place.append("audit.log", &violation("v0"));
    let end = deliver(&place, &receivers, &["audit.log", "--dead-letters", "dead"]);
    assert_eq!(end.code, 3, "{}", end.stderr);
    assert_eq!(row(&end, "slack-alerts")[..4], [0, 2, 1, 1]);
    let letters = lines(&place.read("dead/slack-alerts.ndjson"));
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0]["error_class"], "unreadable");
    assert_eq!(letters[0]["at"], "audit.log:2");
    assert_eq!(letters[1]["event"]["id"], "v0");
    assert_eq!(
        (letters[1]["status"].as_u64(), letters[1]["attempts"].as_u64()),
        (Some(400), Some(1))
    );
    assert_eq!(letters[1]["error_class"], "refused");
    assert!(letters[1]["reason"].is_string() && letters[1]["failed_at"].is_string());
    assert!(!place.read("dead/slack-alerts.ndjson").contains("CANARY"));
    assert!(!end.stderr.contains("CANARY"));
    // The others have the same unreadable record, and nothing else.
    assert_eq!(lines(&place.read("dead/elastic.ndjson")).len(), 1);
}

#[test]
fn standard_input_goes_to_all() {
    let (place, receivers) = start();
    let mut command = place.command(BINARY);
    command.args(["deliver", "-"]).envs(receivers.environment());
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut pipe, violation("v0").as_bytes()).unwrap();
    // The webhook does not wait for the end of the stream.
    receivers.wait_for("slack-alerts", 1);
    std::io::Write::write_all(&mut pipe, events("a", 0..3).as_bytes()).unwrap();
    drop(pipe);
    End::of(&child.wait_with_output().unwrap()).done();
    for id in EVERYTHING {
        assert_eq!(receivers.ids(id).len(), 4, "{id}");
    }
    assert_eq!(deliver(&place, &receivers, &["-", "--follow"]).code, 2);
}

#[test]
fn a_follower_loses_nothing_and_repeats_nothing_across_rotation_and_restarts() {
    let (place, receivers) = start();
    // All but S3 at once, so that the test need not wait for intervals.
    wait_for_seconds(&place, 0);
    place.write("audit.log", events("a", 0..150));
    let flags = ["audit.log", "--follow", "--adapter", "splunk-prod", "--adapter", "slack-alerts"];
    let child = spawn(&place, &receivers, &flags);
    receivers.wait_for("splunk-prod", 150);
    std::fs::rename(place.path("audit.log"), place.path("audit.log.1")).unwrap();
    place.append("audit.log.1", &event("a150"));
    place.write("audit.log", violation("a151"));
    receivers.wait_for("splunk-prod", 152);
    receivers.wait_for("slack-alerts", 1);
    stop(child).done();

    place.append("audit.log", &events("a", 152..160));
    let child = spawn(&place, &receivers, &flags);
    receivers.wait_for("splunk-prod", 160);
    stop(child).done();
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..160));
    assert_eq!(receivers.ids("slack-alerts"), ["a151"]);
    assert!(place.path(".sanctum/vault-export/splunk-prod.cursor").exists());
}

#[test]
fn a_follower_told_to_stop_during_an_outage_goes_on_with_exactly_what_is_missing() {
    let (place, receivers) = start();
    place.write(
        "audit.log",
        (0..8).map(|number| violation(&format!("v{number}"))).collect::<String>(),
    );
    let flags = ["audit.log", "--follow", "--state", "state", "--adapter", "slack-alerts"];
    receivers.tell("slack-alerts", 503);
    let child = spawn(&place, &receivers, &flags);
    receivers.wait_for("slack-alerts", 1);
    let began = std::time::Instant::now();
    let end = stop(child).done();
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(row(&end, "slack-alerts")[5] > 0, "{}", end.stderr);

    let before = receivers.ids("slack-alerts").len();
    receivers.tell("slack-alerts", 0);
    let child = spawn(&place, &receivers, &flags);
    receivers.wait_for("slack-alerts", before + 8);
    std::thread::sleep(Duration::from_millis(700));
    stop(child).done();
    let mut after = receivers.ids("slack-alerts").split_off(before);
    after.sort();
    assert_eq!(after, names("v", 0..8));
}

#[test]
fn batches_wait_for_their_interval_and_go_out_when_they_are_full() {
    let (place, receivers) = start();
    place.write("audit.log", events("a", 0..99));
    let flags = ["audit.log", "--follow", "--state", "state", "--adapter", "splunk-prod"];
    wait_for_seconds(&place, 3600);
    let child = spawn(&place, &receivers, &flags);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(receivers.ids("splunk-prod").is_empty());
    place.append("audit.log", &event("a99"));
    receivers.wait_for("splunk-prod", 100);
    stop(child).done();
    assert_eq!(receivers.requests("splunk-prod").len(), 1);
}

#[test]
fn two_at_once_do_not_share_a_state() {
    let (place, receivers) = start();
    place.write("audit.log", event("a0"));
    let flags = ["audit.log", "--follow", "--state", "state", "--adapter", "elastic"];
    let child = spawn(&place, &receivers, &flags);
    let began = std::time::Instant::now();
    while !place.path("state/elastic.cursor").exists() {
        assert!(began.elapsed().as_secs() < 30);
        std::thread::sleep(Duration::from_millis(20));
    }
    let end = deliver(&place, &receivers, &flags);
    assert_eq!(end.code, 4, "{}", end.stderr);
    assert!(end.stderr.contains("another `deliver`"), "{}", end.stderr);
    stop(child).done();
}

#[test]
fn a_format_that_makes_no_sense_there_is_a_mistake_in_the_file() {
    let place = Place::new();
    place.write("audit.log", event("a0"));
    let config = GUIDE.replace("format = \"flat_json\"", "format = \"otlp_logs\"");
    place.write(".sanctum/config.toml", config);
    let end = place.run(&["deliver", "audit.log", "--adapter", "datadog"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    assert!(end.stderr.contains("adapter `datadog`: format: "), "{}", end.stderr);
}
