//! `help` with its topics, manual pages, and what examples promise.

use std::process::Command;

use crate::support::{Place, skipped};

#[test]
fn topics_list_every_word_that_the_filters_take() {
    let place = Place::new();
    let topic = |name: &str| place.run(&["help", name]).done().stdout;
    for (name, flag) in [
        ("classes", "--include-classes"),
        ("categories", "--categories"),
        ("severities", "--min-severity"),
    ] {
        // The parser's own error lists the words.
        let wrong = place.run(&["export", "-", flag, "nonsense"]);
        assert_eq!(wrong.code, 2);
        let known = wrong.stderr.split("expected one of ").nth(1).unwrap();
        let known: Vec<&str> = known.split_once('\n').unwrap().0.split(", ").take(15).collect();
        assert!(known.len() >= 5, "{known:?}");
        for word in known {
            let word = word.split(' ').next().unwrap();
            assert!(topic(name).contains(word), "{name}: {word}");
        }
    }
    assert!(topic("times").contains("last-week"));
    assert!(topic("exit-codes").contains("  4  not done now"));
}

#[test]
fn help_shows_a_command_and_names_what_there_is() {
    let place = Place::new();
    let by_word = place.run(&["help", "dlq", "redrive"]).done();
    assert_eq!(by_word.stdout, place.run(&["dlq", "redrive", "--help"]).done().stdout);
    assert!(place.run(&["help"]).done().stdout.contains("help classes"));
    let end = place.run(&["help", "klasses"]);
    assert_eq!(end.code, 2);
    assert!(end.stderr.contains("topics: classes, categories"), "{}", end.stderr);
}

#[test]
fn every_command_has_a_manual_page_whose_examples_can_be_copied() {
    let place = Place::new();
    let end = place.run(&["man", "--output", "man1"]).done();
    assert!(end.stderr.contains("pages written to man1"), "{}", end.stderr);
    let names: Vec<String> = std::fs::read_dir(place.path("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in ["vault-export.1", "vault-export-deliver.1", "vault-export-dlq-list.1"] {
        assert!(names.contains(&name.to_owned()), "{name} in {names:?}");
    }
    assert_eq!(place.run(&["man"]).done().stdout.trim(), place.read("man1/vault-export.1").trim());
    if Command::new("man").arg("--version").output().is_err() {
        skipped("man is not installed, and no page was shown");
        return;
    }
    for name in names {
        let mut man = place.command("man");
        man.args(["--warnings=w", "-l", name.as_str()]).current_dir(place.path("man1"));
        man.env("MANPAGER", "cat").env("MANWIDTH", "400").env("LC_ALL", "C.UTF-8");
        let shown = man.output().unwrap();
        let warned = String::from_utf8_lossy(&shown.stderr).into_owned();
        assert!(shown.status.success() && warned.is_empty(), "{name}: {warned}");
        let text = String::from_utf8(shown.stdout).unwrap();
        if name == "vault-export-deliver.1" {
            let example = "  vault-export deliver --since 24h --adapter splunk-prod\n";
            assert!(text.contains(example), "{text}");
        }
    }
}
