//! Completions as each shell makes them, below the top level too.

use std::process::Command;

use crate::receivers::GUIDE;
use crate::support::{End, Place, skipped};

/// What is on the command line, and words that the shell must propose, and must not.
const CASES: [(&str, &[&str], &[&str]); 11] = [
    ("deli", &["deliver"], &["export"]),
    ("deliver --", &["--follow", "--metrics", "--since", "--config"], &["--bulk-format"]),
    ("deliver --adapter sp", &["splunk-prod"], &["elastic"]),
    ("dlq ", &["list", "redrive", "purge"], &["export"]),
    ("dlq redrive --", &["--from", "--rate"], &["--follow"]),
    ("dlq list --destination s", &["splunk", "s3", "security-lake"], &["datadog"]),
    ("export --format ", &["ocsf", "cef", "jsonl"], &["elastic"]),
    ("export --include-classes Sec", &["SecretAccess", "SecretChange"], &["Dispatch"]),
    ("config --check sam", &["samconfig.toml"], &[]),
    ("init --type s", &["splunk_hec", "slack"], &["datadog"]),
    ("help sev", &["severities"], &["classes"]),
];

/// Calls the function that the script registers, as bash does when Tab is pressed.
const BASH: &str = r#"
source <(vault-export completions bash)
function=$(complete -p vault-export | sed 's/.*-F \([^ ]*\).*/\1/')
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9; COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
$function vault-export "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#;

/// The same for zsh: what the function would show is printed.
const ZSH: &str = r#"
compdef() { completer=$1 }
_describe() { local name=${@[-1]}; for name in "${@:2}"; do [[ $name == -* ]] || print -rl -- "${(@P)name}"; done }
compadd() { print -rl -- "$@" }
source <(vault-export completions zsh)
words=("$@"); CURRENT=$#
$completer
"#;

const FISH: &str = r#"
vault-export completions fish | source
complete -C "$argv"
"#;

fn place() -> Place {
    let place = Place::new();
    place.write(".sanctum/config.toml", GUIDE);
    place.write("samconfig.toml", "");
    place
}

/// Whether the shell is there; a test that is not run says so.
fn is_there(shell: &str) -> bool {
    let is_there = Command::new(shell).arg("--version").output().is_ok();
    if !is_there {
        skipped(&format!("{shell} is not installed, and its completions were not tried"));
    }
    is_there
}

fn proposals(place: &Place, shell: &str, line: &str) -> Vec<String> {
    let words: Vec<&str> = std::iter::once("vault-export").chain(line.split(' ')).collect();
    let mut command = place.command(shell);
    match shell {
        "bash" => command.args(["--norc", "-c", BASH, "bash"]).args(&words),
        "zsh" => command.args(["-f", "-c", ZSH, "zsh"]).args(&words),
        _ => command.args(["--no-config", "-c", FISH]).arg(format!("vault-export {line}")),
    };
    let end = End::of(&command.output().unwrap());
    // Behind a word stands its description, after a colon or a tab.
    let word = |line: &str| line.split(['\t', ':']).next().unwrap_or_default().trim().to_owned();
    let words: Vec<String> = end.stdout.lines().map(word).filter(|word| !word.is_empty()).collect();
    assert!(!words.is_empty(), "{shell}: {line}: nothing; {}", end.stderr);
    words
}

fn completes(shell: &str) {
    if !is_there(shell) {
        return;
    }
    let place = place();
    for (line, expected, not) in CASES {
        let words = proposals(&place, shell, line);
        for word in expected {
            assert!(words.iter().any(|one| one == word), "{shell}: {line}: no {word} in {words:?}");
        }
        for word in not {
            assert!(!words.iter().any(|one| one == word), "{shell}: {line}: {word} in {words:?}");
        }
    }
}

#[test]
fn bash_completes_flags_values_and_adapters() {
    completes("bash");
}

#[test]
fn zsh_completes_flags_values_and_adapters() {
    completes("zsh");
}

#[test]
fn fish_completes_flags_values_and_adapters() {
    completes("fish");
}

#[test]
fn every_shell_has_a_script_and_a_broken_file_breaks_none() {
    let place = place();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let end = place.run(&["completions", shell]).done();
        assert!(end.stdout.contains("VAULT_EXPORT_COMPLETE"), "{shell}: {}", end.stdout);
    }
    place.write(".sanctum/config.toml", "[export");
    let mut command = place.command(crate::support::BINARY);
    command.env("VAULT_EXPORT_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3");
    command.args(["--", "vault-export", "deliver", "--adapter", ""]);
    let end = End::of(&command.output().unwrap()).done();
    assert_eq!((end.stdout.as_str(), end.stderr.as_str()), ("", ""));
}
