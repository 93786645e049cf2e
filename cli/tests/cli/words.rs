//! The words of every `--help` and of the most likely errors, kept in `cli/tests/golden` so that changes are read as a
//! diff. `EXPECTORATE=overwrite` accepts them. The errors show the exit codes of the documentation too.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::support::{Place, event};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The commands below this one, as its own help lists them.
fn commands(place: &Place, of: &[String]) -> Vec<String> {
    let arguments: Vec<&str> = of.iter().map(String::as_str).chain(["--help"]).collect();
    let help = place.run(&arguments).done().stdout;
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let list = list.split("\n\n").next().unwrap();
    let lines = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    names.filter(|name| of.is_empty() || name != "help").collect()
}

#[test]
fn the_help_of_every_command() {
    let place = Place::new();
    let mut left = vec![Vec::new()];
    let mut count = 0;
    while let Some(of) = left.pop() {
        let arguments: Vec<&str> = of.iter().map(String::as_str).chain(["--help"]).collect();
        let help = place.run(&arguments).done().stdout;
        let name = if of.is_empty() { "vault-export".to_owned() } else { of.join("-") };
        expectorate::assert_contents(golden(&format!("help/{name}.txt")), &help);
        count += 1;
        let below = commands(&place, &of).into_iter();
        left.extend(below.map(|name| [of.clone(), vec![name]].concat()));
    }
    assert!(count >= 20, "{count} commands");
}

#[test]
fn the_pages_of_help() {
    let place = Place::new();
    for topic in ["classes", "categories", "severities", "times", "exit-codes"] {
        let text = place.run(&["help", topic]).done().stdout;
        expectorate::assert_contents(golden(&format!("topics/{topic}.txt")), &text);
    }
}

const ADAPTER: &str =
    "[[export.adapters]]\nid = \"splunk\"\ntype = \"splunk_hec\"\n[export.adapters.config]\n";

/// What people do wrong: a file of the configuration, if it takes one, and the command.
const ERRORS: [(&str, &str); 32] = [
    ("", "vault-export exprot"),
    ("", "vault-export export --formt cef audit.log"),
    ("", "vault-export export --format xml audit.log"),
    ("", "vault-export export"),
    ("", "vault-export export missing.log"),
    ("", "vault-export export notes.txt"),
    ("", "vault-export export notes.txt --strict"),
    ("", "vault-export export audit.log --since tomorrow"),
    ("", "vault-export export audit.log --since 2026-02-02 --until 2026-02-01"),
    ("", "vault-export export audit.log --since today --timezone Atlantis"),
    ("", "vault-export export audit.log --include-classes SecretAcces"),
    ("", "vault-export export audit.log --min-severity Loud"),
    ("", "vault-export export audit.log --cursor notes.txt"),
    ("", "vault-export export audit.log --output audit.log"),
    ("", "vault-export deliver audit.log"),
    ("[export]\nsorce = \"x\"\n", "vault-export deliver audit.log"),
    ("[export\n", "vault-export check"),
    ("[[export.adapters]]\nid = \"a\"\ntype = \"splonk\"\n", "vault-export check"),
    ("endpoint = \"https://splunk.example.com\"\nindx = \"x\"\n", "vault-export deliver audit.log"),
    ("index = \"x\"\n", "vault-export deliver audit.log"),
    (
        "endpoint = \"http://127.0.0.1:9\"\ntoken_env = \"TOKEN\"\n",
        "vault-export deliver audit.log",
    ),
    (
        "endpoint = \"http://127.0.0.1:9\"\ntoken_env = \"TOKEN\"\nallow_insecure = true\n",
        "vault-export deliver audit.log",
    ),
    (
        "endpoint = \"http://127.0.0.1:9\"\ntoken_env = \"SET\"\nallow_insecure = true\n",
        "vault-export deliver audit.log --give-up-after 0",
    ),
    (
        "endpoint = \"https://splunk.example.com\"\ntoken_env = \"SET\"\n",
        "vault-export deliver audit.log --adapter elastic",
    ),
    (
        "endpoint = \"https://splunk.example.com\"\ntoken_env = \"SET\"\n",
        "vault-export deliver - --follow",
    ),
    ("[export]\nenabled = false\n", "vault-export deliver --follow audit.log"),
    ("", "vault-export ship audit.log"),
    (
        "",
        "vault-export ship audit.log --follow --queue-url https://sqs.eu-west-1.amazonaws.com/1/q",
    ),
    ("", "vault-export ship audit.log --queue-url https://sqs.eu-west-1.amazonaws.com/1/q"),
    ("", "vault-export ship audit.log --queue-url ingest"),
    ("", "vault-export dlq list"),
    ("", "vault-export init"),
];

fn run(config: &str, line: &str) -> String {
    let place = Place::new();
    place.write("audit.log", event("a0"));
    place.write("notes.txt", "buy milk\n");
    let config = match config {
        "" => String::new(),
        text if text.starts_with('[') => text.to_owned(),
        text => format!("{ADAPTER}{text}"),
    };
    if !config.is_empty() {
        place.write(".sanctum/config.toml", &config);
    }
    let end = place.shell(&format!("SET=00000000-0000-0000-0000-000000000000 {line}"));
    let said = end.stderr.replace(place.path("").to_str().unwrap(), "~/");
    let mut text = format!("$ {line}\n");
    for line in config.lines() {
        // Writing into a string cannot fail.
        let _written = writeln!(text, "  | {line}");
    }
    // Jitter is nobody's words.
    let said = said.split("pause_ms: ").enumerate().map(|(number, part)| match number {
        0 => part.to_owned(),
        _ => format!("pause_ms: N{}", part.trim_start_matches(|one: char| one.is_ascii_digit())),
    });
    text + &said.collect::<String>() + &format!("exit {}\n\n", end.code)
}

#[test]
fn the_most_likely_errors() {
    let text: String = ERRORS.iter().map(|(config, line)| run(config, line)).collect();
    expectorate::assert_contents(golden("errors.txt"), &text);
    // Every code of the table is one of them, but for 0, and for 1, which nobody can provoke.
    for code in 2..=6 {
        assert!(text.contains(&format!("\nexit {code}\n")), "no error ends with {code}");
    }
    assert!(
        !text.contains("\nexit 0\n") && !text.contains("\nexit 1\n") && !text.contains("exit -1")
    );
}

/// What is wrong with a line, and what the line is called, does not depend on who reads it.
#[test]
fn the_same_line_is_called_the_same_by_every_command() {
    let place = Place::new();
    place.write("audit.log", event("a0") + "{\"no\":\"x\"}\nnot json\n");
    let config =
        format!("{ADAPTER}endpoint = \"https://splunk.example.com\"\ntoken_env = \"SET\"\n");
    place.write(".sanctum/config.toml", config);
    let named = |arguments: &[&str]| {
        let end = place.run(arguments);
        let lines = end.stderr.lines().filter(|line| line.contains("audit.log:"));
        (lines.map(str::to_owned).collect::<Vec<String>>(), end.stderr.clone())
    };
    let (expected, _) = named(&["export", "audit.log"]);
    assert_eq!(expected.len(), 2, "{expected:?}");
    assert!(expected[0].starts_with("warning: audit.log:2: "), "{expected:?}");
    for (arguments, words) in [
        (&["export", "audit.log", "--output", "out"][..], "2 records unreadable"),
        (&["export", "audit.log", "--cursor", "c1", "--output", "out2"], "2 records unreadable"),
        (&["ship", "audit.log", "--dry-run"], "2 records unreadable"),
        (&["ship", "audit.log", "--dry-run", "--cursor", "c2"], "2 records unreadable"),
        (&["deliver", "audit.log", "--dry-run"], "unreadable"),
        (&["deliver", "audit.log", "--dry-run", "--state", "state"], "unreadable"),
    ] {
        let (lines, said) = named(arguments);
        assert_eq!(lines, expected, "{arguments:?}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}

/// The examples of a help text, as they are shown at this width.
fn examples(place: &Place, of: &[String], columns: &str) -> String {
    let mut command = place.command(crate::support::BINARY);
    command.args(of).arg("--help").env("COLUMNS", columns);
    let shown = crate::support::End::of(&command.output().unwrap()).done().stdout;
    shown.split_once("Examples:\n").map(|(_, examples)| examples.to_owned()).unwrap_or_default()
}

/// A line that the terminal breaks is two commands when it is pasted.
#[test]
fn examples_survive_being_copied_from_a_narrow_terminal() {
    let place = Place::new();
    let mut left = vec![Vec::new()];
    let mut lines = 0;
    while let Some(of) = left.pop() {
        let narrow = examples(&place, &of, "80");
        assert_eq!(narrow, examples(&place, &of, "100"), "{of:?}");
        lines += narrow.lines().count();
        let below = commands(&place, &of).into_iter();
        left.extend(below.map(|name| [of.clone(), vec![name]].concat()));
    }
    assert!(lines > 40, "{lines}");
}
