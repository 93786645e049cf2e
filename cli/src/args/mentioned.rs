//! Every command that the templates, their alarms, the docs and the help texts give is one that this program takes.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::{Cli, Command, DlqCommand};

/// What ends a command of a shell.
const ENDS: [&str; 11] = ["|", ">", ">>", "<", ";", "&&", "||", "&", ")", "2>", "|&"];
/// Words that stand for one of a list.
const PLACEHOLDERS: [(&str, &str); 5] = [
    ("FORMAT", "json"),
    ("TYPE", "splunk_hec"),
    ("{kind}", "splunk_hec"),
    ("{}", "splunk_hec"),
    ("SHELL", "zsh"),
];

/// A command, and where it stands.
struct Mention {
    place: String,
    words: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files below a folder with these extensions.
fn files(folder: &Path, extensions: &[&str], out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if path.is_dir() {
            files(&path, extensions, out);
        } else if extension.is_some_and(|extension| extensions.contains(&extension)) {
            out.push(path);
        }
    }
}

/// The commands in lines for a shell.
fn of_shell(place: &str, text: &str, out: &mut Vec<Mention>) {
    for line in text.replace("\\\n", " ").lines() {
        let line = line.trim().trim_start_matches("ExecStart=").trim_start_matches("$ ");
        if !line.contains("vault-export ") {
            continue;
        }
        // A pipe, a subshell or a redirection may touch its neighbours.
        let line = line.replace(");", " ) ").replace("$(", " ").replace(';', " ; ");
        let Some(words) = shlex::split(&line) else { continue };
        let is_program = |word: &String| word == "vault-export" || word.ends_with("/vault-export");
        for (at, _) in words.iter().enumerate().filter(|(_, word)| is_program(word)) {
            let ends = |word: &&String| !ENDS.contains(&word.as_str());
            let words: Vec<String> = words[at + 1..].iter().take_while(ends).cloned().collect();
            // `service vault-export restart` and the like have no command of ours.
            if words.first().is_some_and(|word| is_command(word)) {
                out.push(Mention { place: format!("{place}: {line}"), words });
            }
        }
    }
}

fn is_command(word: &str) -> bool {
    Cli::command().get_subcommands().any(|command| command.get_name() == word)
}

/// The commands within backticks, which may go over lines.
fn of_backticks(place: &str, text: &str, out: &mut Vec<Mention>) {
    for (number, span) in text.split('`').enumerate() {
        let span = span.split_whitespace().collect::<Vec<_>>().join(" ");
        if number % 2 == 1 && span.contains("vault-export ") && !span.starts_with("//") {
            of_shell(place, &span, out);
        }
    }
}

/// Fenced blocks and spans of code.
fn of_markdown(place: &str, text: &str, out: &mut Vec<Mention>) {
    for (number, part) in text.split("```").enumerate() {
        match number % 2 {
            0 => {
                // A heading names what its page is about.
                let paragraphs = part.split("\n\n").filter(|part| !part.trim().starts_with('#'));
                paragraphs.for_each(|part| of_backticks(place, part, out));
            }
            _ => of_shell(place, part, out),
        }
    }
}

/// The help texts of a command and those below it.
fn of_help(command: &clap::Command, out: &mut Vec<Mention>) {
    for help in command.get_after_help().into_iter().chain(command.get_long_about()) {
        let text = help.to_string();
        let place = format!("help of {}\n{text}", command.get_name());
        of_shell(&place, &text.replace("|\n", "| "), out);
        of_backticks(&place, &text, out);
    }
    command.get_subcommands().for_each(|command| of_help(command, out));
}

fn mentions() -> Vec<Mention> {
    let (root, mut out) = (root(), Vec::new());
    let mut paths =
        vec![root.join("README.md"), root.join("template.yaml"), root.join("samconfig.toml")];
    files(&root.join("docs"), &["md"], &mut paths);
    for folder in ["infra", "packaging", "cli/src", "functions", "shared"] {
        files(&root.join(folder), &["md", "yaml", "rs", "service"], &mut paths);
    }
    for path in paths.iter().filter(|path| !path.ends_with("args/mentioned.rs")) {
        let text = fs::read_to_string(path).unwrap();
        let place = path.strip_prefix(&root).unwrap().display().to_string();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("md") => of_markdown(&place, &text, &mut out),
            Some("service") => of_shell(&place, &text, &mut out),
            Some("rs") => {
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//!"));
                code.for_each(|line| of_backticks(&place, line, &mut out));
            }
            _ => text.split("\n\n").for_each(|part| of_backticks(&place, part, &mut out)),
        }
    }
    of_help(&Cli::command(), &mut out);
    out
}

/// Why this program would not take it.
fn fault(mention: &Mention) -> Option<String> {
    let filled = mention.words.iter().map(|word| {
        let known = PLACEHOLDERS.iter().find(|(placeholder, _)| placeholder == word);
        known.map_or(word.as_str(), |(_, value)| value)
    });
    match Cli::try_parse_from(["vault-export"].into_iter().chain(filled)) {
        Ok(cli) => without_queue(&cli.command, &mention.place),
        Err(error) => match error.kind() {
            // The name of a group of commands, or its help.
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            | ErrorKind::MissingSubcommand => None,
            _ => Some(error.to_string()),
        },
    }
}

/// What is only found missing when it runs: the queue, unless the text says which variable names it.
fn without_queue(command: &Command, place: &str) -> Option<String> {
    let which = match command {
        Command::Dlq { command } => match command {
            DlqCommand::List { which, .. }
            | DlqCommand::Show(which)
            | DlqCommand::Purge { which, .. } => which,
            DlqCommand::Redrive(args) if args.from.is_none() => &args.which,
            DlqCommand::Redrive(_) => return None,
        },
        _ => return None,
    };
    let is_named = which.queue_url.is_some() || which.stack.stack.is_some();
    let says_how = place.contains("VAULT_EXPORT_DLQ_URL") || place.starts_with("docs/cli/dlq.md");
    (!is_named && !says_how).then(|| "no queue is named".to_owned())
}

#[test]
fn every_command_that_is_given_anywhere_is_one_that_is_taken() {
    let mentions = mentions();
    let in_place = |place: &str| mentions.iter().filter(|one| one.place.starts_with(place)).count();
    for (place, least) in [
        ("docs/", 60),
        ("infra/", 10),
        ("README.md", 5),
        ("help of ", 30),
        ("cli/src", 5),
        ("packaging/", 4),
    ] {
        assert!(in_place(place) >= least, "{place}: {} commands are found", in_place(place));
    }
    let faults: Vec<String> = mentions
        .iter()
        .filter_map(|mention| Some(format!("{}\n{}", mention.place, fault(mention)?)))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What alarms once said.
#[test]
fn what_is_not_taken_is_found() {
    for text in [
        "`vault-export dlq list NAME`",
        "`vault-export dlq redrive --queue-url\n  https://q`",
        "`vault-export dlq list`",
        "`vault-export export --fromat cef`",
        "`vault-export config x.toml > y`",
    ] {
        let mut found = Vec::new();
        of_backticks("here", text, &mut found);
        assert_eq!(found.len(), 1, "{text}");
        assert!(fault(&found[0]).is_some(), "{text}");
    }
}
