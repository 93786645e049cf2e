//! `init`: a configuration file from flags or from answers, and one more destination in it.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use crate::receivers::Receivers;
use crate::support::{BINARY, End, Place, events, names, skipped};

const FILE: &str = ".sanctum/config.toml";

/// The flags that a type needs, beside its name.
fn flags(kind: &str) -> &'static [&'static str] {
    match kind {
        "splunk_hec" => &["--address", "https://splunk.example.com:8088", "--set", "index=vault"],
        "elastic" => &["--url", "https://elastic.example.com:9200"],
        "webhook" => &["--url", "https://hooks.example.com/x", "--set", "ports=[443, 8443]"],
        "otlp" => &["--endpoint", "https://otel.example.com:4317"],
        "syslog" => &["--address", "tls://siem.example.com"],
        "s3" => &["--bucket", "audit-archive"],
        "security_lake" => &["--bucket", "aws-security-data-lake-eu-west-1-x"],
        _ => &[],
    }
}

/// The types that `--type` takes, as the help lists them.
fn kinds() -> Vec<String> {
    let end = Place::new().run(&["init", "--type", "none-of-these"]);
    let list = end.stderr.split("[possible values: ").nth(1).unwrap();
    list.split(']').next().unwrap().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_type_gives_a_file_that_is_valid() {
    let kinds = kinds();
    assert!(kinds.len() >= 10 && kinds.contains(&"slack".to_owned()), "{kinds:?}");
    for kind in &kinds {
        let place = Place::new();
        let end = place.run(&[&["init", "--type", kind], flags(kind)].concat()).done();
        assert!(end.stderr.contains("next: `vault-export check`"), "{}", end.stderr);
        let end = place.run(&["config", "--check"]).done();
        assert!(end.stderr.contains("valid: 1 destination"), "{kind}: {}", end.stderr);
        let text = place.read(FILE);
        assert!(text.contains("# [export.adapters.filter]"), "{text}");
        assert!(text.contains(&format!("id = \"{}\"", kind.replace('_', "-"))), "{text}");
        // Every comment that holds a setting is one when its mark is taken away.
        let settings = text.lines().filter(|line| line.starts_with("# ") && line.contains(" = "));
        for line in settings.filter(|line| !line.contains('`')) {
            toml::from_str::<toml::Table>(line.trim_start_matches("# "))
                .unwrap_or_else(|_| panic!("{kind}: {line}"));
        }
    }
}

#[test]
fn what_it_wrote_delivers_once_the_comment_is_taken_away() {
    let (place, receivers) = (Place::new(), Receivers::start());
    place.write("audit.log", events("a", 0..3));
    let url = receivers.url("splunk-prod");
    let flags = ["init", "--type", "splunk_hec", "--source", "audit.log", "--address", &url];
    let end = place.run(&flags);
    assert_eq!(end.code, 2, "loopback needs its permission: {}", end.stderr);
    assert!(!place.path(FILE).exists());
    place.run(&[&flags[..], &["--set", "allow_insecure=true"]].concat()).done();
    let mut command = place.command(BINARY);
    command.arg("deliver").env("SPLUNK_HEC_TOKEN", "00000000-0000-0000-0000-000000000000");
    End::of(&command.output().unwrap()).done();
    assert_eq!(receivers.sorted("splunk-prod"), names("a", 0..3));
}

#[test]
fn one_more_is_added_and_nothing_else_is_changed() {
    let place = Place::new();
    let vault = "# mine\n[vault]\npath = \"x\"";
    place.write(FILE, vault);
    place.run(&["init", "--type", "slack", "--url-env", "HOOK", "--source", "audit.log"]).done();
    let first = place.read(FILE);
    assert!(first.starts_with(vault) && first.contains("secret_env = \"HOOK\""), "{first}");
    assert!(first.contains(&format!("source = \"{}\"", place.path("audit.log").display())));
    for _ in 0..2 {
        place.run(&["init", "--type", "slack"]).done();
    }
    let all = place.read(FILE);
    assert!(all.starts_with(&first) && all.contains("\"slack-3\""), "{all}");
    place.run(&["config", "--check"]).done();

    let end = place.run(&["init", "--type", "slack", "--id", "slack-2"]);
    assert_eq!(end.code, 5, "{}", end.stderr);
    assert!(end.stderr.contains("two adapters have the id `slack-2`"), "{}", end.stderr);
    assert_eq!(place.run(&["init", "--type", "s3", "--bucket", "audit", "--source", "x"]).code, 2);
    assert_eq!(place.read(FILE), all);
}

#[test]
fn a_dry_run_writes_to_standard_output_alone() {
    let place = Place::new();
    let flags = ["init", "--type", "datadog", "--dry-run", "--config", "etc/config.toml"];
    let end = place.run(&flags).done();
    toml::from_str::<toml::Table>(&end.stdout).unwrap();
    assert!(!place.path("etc").exists());
    place.run(&flags[..3]).done();
    place.run(&["init", "--type", "s3", "--bucket", "audit", "--config", "etc/config.toml"]).done();
    place.run(&["config", "--check", "--config", "etc/config.toml"]).done();
}

#[test]
fn what_is_missing_is_named_where_nobody_can_be_asked() {
    let place = Place::new();
    let end = place.run(&["init"]);
    assert_eq!(end.code, 2);
    assert!(end.stderr.contains("--type is required"), "{}", end.stderr);
    let end = place.run(&["init", "--type", "splunk_hec"]);
    assert!(end.stderr.contains("--address is required"), "{}", end.stderr);
    let end =
        place.run(&["init", "--type", "slack", "--url", "https://hooks.slack.com/services/x"]);
    assert!(end.code == 2 && end.stderr.contains("--url-env"), "{}", end.stderr);
    assert!(!end.stderr.contains("services/x"), "{}", end.stderr);
    assert!(!place.path(FILE).exists());
}

/// On a terminal, as `script` gives one to a program.
#[test]
fn a_person_is_asked() {
    if Command::new("script").arg("--version").output().is_err() {
        skipped("`script` (util-linux) is not installed, and nobody was asked");
        return;
    }
    let place = Place::new();
    let mut command = place.command("script");
    command.args(["-qec", &format!("{BINARY} init"), "/dev/null"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for line in [
        "splunk\n",
        "splunk_hec\n",
        "\n",
        "https://splunk.example.com:8088\n",
        "\n",
        "/var/log/a.log\n",
    ] {
        std::thread::sleep(std::time::Duration::from_millis(300));
        pipe.write_all(line.as_bytes()).unwrap();
    }
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    drop(pipe);
    assert!(child.wait().unwrap().success(), "{said}");
    assert!(said.contains("not one of these types"), "{said}");
    let text = place.read(FILE);
    for expected in [
        "type = \"splunk_hec\"",
        "endpoint = \"https://splunk.example.com:8088\"",
        "token_env = \"SPLUNK_HEC_TOKEN\"",
        "source = \"/var/log/a.log\"",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}
