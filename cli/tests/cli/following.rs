//! What a follower says of itself: at its start, in the status file, to Prometheus and systemd; and SIGHUP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::deliver::{start, wait_for_seconds};
use crate::receivers::Receivers;
use crate::support::{BINARY, Place, event, events, names};

const SPLUNK: [&str; 5] = ["--follow", "--state", "state", "--adapter", "splunk-prod"];
const CONFIG: &str = ".sanctum/config.toml";

/// A follower whose words can be read while it runs.
struct Follower {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Follower {
    fn start(
        place: &Place,
        receivers: &Receivers,
        flags: &[&str],
        env: &[(&str, &str)],
    ) -> Follower {
        let mut command = place.command(BINARY);
        command.arg("deliver").args(flags).envs(receivers.environment());
        command.envs(env.iter().copied()).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (stream, kept) = (child.stderr.take().unwrap(), said.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                kept.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Follower { child, said }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    fn until_it_says(&self, text: &str) {
        until(|| self.said().contains(text), || format!("{text} in {}", self.said()));
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args([name, &id]).status().unwrap();
        assert!(sent.success());
    }

    fn stop(mut self) -> String {
        self.signal("-TERM");
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{}", self.said());
        std::thread::sleep(Duration::from_millis(50));
        self.said()
    }
}

/// A test that fails must not leave it behind.
impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn until(mut is_so: impl FnMut() -> bool, what: impl Fn() -> String) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed().as_secs() < 60, "{}", what());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_says_what_it_follows_and_waits_for_a_log_that_is_not_there() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    let flags = [&["logs/audit.log", "--report-every", "1"], &SPLUNK[..]].concat();
    let follower = Follower::start(&place, &receivers, &flags, &[]);
    follower.until_it_says(
        "following logs/audit.log; delivering to splunk-prod (splunk_hec); state in state",
    );
    follower.until_it_says("logs/audit.log: does not exist yet; waiting for it");
    place.write("logs/audit.log", events("a", 0..3));
    receivers.wait_for("splunk-prod", 3);
    follower.until_it_says("logs/audit.log: is there now");
    follower.until_it_says("3 events delivered in all; lag 0 s, 0 bytes to read");
    // Gone again, as between a rotation's two steps, is no end.
    std::fs::rename(place.path("logs/audit.log"), place.path("logs/audit.log.1")).unwrap();
    std::thread::sleep(Duration::from_millis(1200));
    place.write("logs/audit.log", events("a", 3..5));
    receivers.wait_for("splunk-prod", 5);
    follower.stop();
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..5));
}

#[test]
fn a_folder_that_is_followed_may_get_another_log() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    place.write("logs/one.log", event("a0"));
    let follower = Follower::start(&place, &receivers, &[&["logs"], &SPLUNK[..]].concat(), &[]);
    receivers.wait_for("splunk-prod", 1);
    place.write("logs/new/two.log", event("a1"));
    receivers.wait_for("splunk-prod", 2);
    follower.stop();
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..2));
}

#[test]
fn its_figures_are_in_a_file_and_on_a_port_of_loopback() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    place.write("audit.log", events("a", 0..3));
    let flags = [&["audit.log", "--status", "status.json", "--metrics", "0"], &SPLUNK[..]].concat();
    let follower = Follower::start(&place, &receivers, &flags, &[]);
    receivers.wait_for("splunk-prod", 3);
    follower.until_it_says("metrics at http://127.0.0.1:");
    let said = follower.said();
    let address = said.split("http://").nth(1).unwrap().split("/metrics").next().unwrap();
    let status = || -> Value { serde_json::from_str(&place.read("status.json")).unwrap() };
    until(|| status()["adapters"][0]["delivered"] == 3, || status().to_string());
    assert_eq!(status()["following"][0], "audit.log");
    assert_eq!(
        (&status()["adapters"][0]["healthy"], &status()["waiting_for"]),
        (&true.into(), &Value::Array(vec![]))
    );

    let metrics = get(address, "/metrics");
    assert!(
        metrics.starts_with("HTTP/1.1 200 OK\r\n") && metrics.contains("text/plain; version=0.0.4")
    );
    let adapter = "adapter=\"splunk-prod\",type=\"splunk_hec\"";
    for expected in [
        format!("vault_export_events_total{{{adapter},verdict=\"delivered\"}} 3\n"),
        format!("vault_export_lag_seconds{{{adapter}}} 0\n"),
        format!("vault_export_healthy{{{adapter}}} 1\n"),
    ] {
        assert!(metrics.contains(&expected), "{expected} in {metrics}");
    }
    assert!(!metrics.contains("vault_export_last_error_timestamp_seconds{"), "{metrics}");
    assert!(get(address, "/else").starts_with("HTTP/1.1 404"));

    receivers.tell("splunk-prod", 503);
    place.append("audit.log", &event("a3"));
    until(|| status()["adapters"][0]["healthy"] == false, || status().to_string());
    let one = &status()["adapters"][0];
    assert_eq!((&one["last_error"]["status"], &one["delivered"]), (&503.into(), &3.into()));
    // The event is of February 2026, and nobody has it.
    assert!(one["lag_seconds"].as_i64().unwrap() > 86_400, "{one}");
    let metrics = get(address, "/metrics");
    assert!(metrics.contains(&format!("vault_export_healthy{{{adapter}}} 0\n")), "{metrics}");
    assert!(
        metrics.contains(&format!("vault_export_last_error_timestamp_seconds{{{adapter},class=")),
        "{metrics}"
    );

    receivers.tell("splunk-prod", 0);
    until(|| status()["adapters"][0]["healthy"] == true, || status().to_string());
    follower.stop();
    let one = &status()["adapters"][0];
    assert_eq!((&one["delivered"], &one["lag_seconds"]), (&4.into(), &0.into()));
}

#[test]
fn a_port_that_is_taken_ends_it_before_anything_is_delivered() {
    let (place, receivers) = start();
    place.write("audit.log", event("a0"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = place.command(BINARY);
    command
        .args(["deliver", "audit.log", "--metrics", &port])
        .args(SPLUNK)
        .envs(receivers.environment());
    let end = crate::support::End::of(&command.output().unwrap());
    assert_eq!(end.code, 2, "{}", end.stderr);
    assert!(end.stderr.contains(&format!("--metrics 127.0.0.1:{port}")), "{}", end.stderr);
    assert!(receivers.requests("splunk-prod").is_empty());
}

#[test]
fn systemd_is_told_when_it_is_ready_alive_reloading_and_stopping() {
    let (place, receivers) = start();
    let socket = UnixDatagram::bind(place.path("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let receive = || {
        let mut buffer = [0; 4096];
        let read = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    };
    let path = place.path("notify").display().to_string();
    let env = [("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "400000")];
    // What is not there yet is no reason not to be ready.
    let flags = [&["missing.log"], &SPLUNK[..]].concat();
    let follower = Follower::start(&place, &receivers, &flags, &env);
    let ready = receive();
    assert!(
        ready.contains("READY=1\n") && ready.contains("STATUS=waiting for missing.log; "),
        "{ready}"
    );
    let began = Instant::now();
    for _ in 0..4 {
        assert!(receive().contains("WATCHDOG=1\n"));
    }
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    follower.signal("-HUP");
    let mut told = String::new();
    while !told.contains("READY=1") {
        told += &receive();
    }
    assert!(told.contains("RELOADING=1\n") && told.contains("MONOTONIC_USEC="), "{told}");
    follower.signal("-TERM");
    while !told.contains("STOPPING=1") {
        told += &receive();
    }
    follower.stop();
}

#[test]
fn sighup_reads_the_configuration_again_and_a_wrong_one_changes_nothing() {
    let (place, receivers) = start();
    wait_for_seconds(&place, 0);
    let right = place.read(CONFIG);
    let only_splunk = right.replace("enabled = true", "enabled = false");
    let only_splunk = only_splunk.replacen("enabled = false", "enabled = true", 1);
    let only_splunk = only_splunk
        .replace("type = \"splunk_hec\"\nenabled = false", "type = \"splunk_hec\"\nenabled = true");
    place.write(CONFIG, &only_splunk);
    place.write("audit.log", events("a", 0..3));
    let flags = ["audit.log", "--follow", "--state", "state"];
    let follower = Follower::start(&place, &receivers, &flags, &[]);
    follower.until_it_says("delivering to splunk-prod (splunk_hec); ");
    receivers.wait_for("splunk-prod", 3);

    place.write(CONFIG, right.replace("splunk_hec", "splonk"));
    follower.signal("-HUP");
    follower.until_it_says("the configuration is wrong; going on with the one before");
    place.append("audit.log", &event("a3"));
    receivers.wait_for("splunk-prod", 4);

    place.write(
        CONFIG,
        right.replace(
            "id = \"datadog\"\ntype = \"datadog\"\nenabled = true",
            "id = \"datadog\"\ntype = \"datadog\"\nenabled = false",
        ),
    );
    follower.signal("-HUP");
    follower.until_it_says("elastic (elastic)");
    place.append("audit.log", &events("a", 4..6));
    receivers.wait_for("elastic", 6);
    receivers.wait_for("splunk-prod", 6);

    place.write(CONFIG, only_splunk.replace("splunk-prod", "splunk-new"));
    follower.signal("-HUP");
    follower.until_it_says("elastic: no longer delivered to; 6 events delivered");
    // An adapter of another id has a cursor of its own.
    receivers.wait_for("splunk-prod", 12);
    let said = follower.stop();
    let twice: Vec<String> = names("a", 0..6).into_iter().flat_map(|id| [id.clone(), id]).collect();
    assert_eq!(receivers.sorted("splunk-prod"), twice, "{said}");
    assert_eq!(receivers.sorted("elastic"), names("a", 0..6), "nothing twice: {said}");
    assert!(receivers.requests("datadog").is_empty());
}
