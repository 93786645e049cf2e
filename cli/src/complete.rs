//! Completion: the shell asks this program what may come next.
//!
//! `vault-export completions SHELL` prints a few lines that call the program with [`VARIABLE`] set. The answer is made from
//! the same description of the command line that parses it, and from the configuration file.

use clap::{Command, CommandFactory};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use registry::Type;
use transform::event::{Category, Class, Severity};

use crate::args::{Cli, General};
use crate::config;
use crate::exit::{Exit, Failure};
use crate::output::Talk;

/// Set by the shell's script when it asks.
const VARIABLE: &str = "VAULT_EXPORT_COMPLETE";
const PROGRAM: &str = "vault-export";

/// What a shell may complete an argument to.
type Values = fn() -> Vec<CompletionCandidate>;

/// What may be the value of an argument, by its id, at whatever command it stands.
const VALUES: [(&str, Values); 9] = [
    ("adapters", adapters),
    ("ids", adapters),
    ("destination", destinations),
    ("describe", described),
    ("include_classes", classes),
    ("exclude_classes", classes),
    ("categories", categories),
    ("min_severity", severities),
    ("words", help),
];

/// Answers a shell that asks, and ends the process then.
pub(crate) fn answer_shell() {
    CompleteEnv::with_factory(|| with_values(Cli::command())).var(VARIABLE).bin(PROGRAM).complete();
}

fn with_values(command: Command) -> Command {
    let known = |id: &str| VALUES.iter().find(|(name, _)| *name == id).map(|(_, values)| *values);
    command.mut_subcommands(with_values).mut_args(|arg| match known(arg.get_id().as_str()) {
        Some(values) => arg.add(ArgValueCandidates::new(values)),
        None => arg,
    })
}

/// Prints the lines that make a shell ask.
pub(crate) fn script(shell: clap_complete::Shell, talk: &Talk) -> Result<Exit, Failure> {
    let shell = shell.to_string();
    let shells = Shells::builtins();
    let shell = shells.completer(&shell).ok_or_else(|| Failure::bug("a shell without a script"))?;
    let mut text = Vec::new();
    shell
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut text)
        .map_err(|error| Failure::bug(format!("the script cannot be written: {error}")))?;
    talk.file(String::from_utf8_lossy(&text).trim_end());
    Ok(Exit::Done)
}

fn candidates(words: impl IntoIterator<Item = impl Into<String>>) -> Vec<CompletionCandidate> {
    words.into_iter().map(|word| CompletionCandidate::new(word.into())).collect()
}

/// The ids of the configuration file's adapters; none if it cannot be read.
fn adapters() -> Vec<CompletionCandidate> {
    let general = General {
        config: std::env::var_os("VAULT_EXPORT_CONFIG").map(Into::into),
        ..General::default()
    };
    let export = config::load_if_there(&general).ok().flatten().unwrap_or_default();
    candidates(export.adapters.into_iter().map(|adapter| adapter.id))
}

/// The names that destinations of a stack have if nobody chose another.
fn destinations() -> Vec<CompletionCandidate> {
    let names = Type::ALL.iter().map(|kind| match kind {
        Type::SplunkHec => "splunk".to_owned(),
        kind => kind.as_str().replace('_', "-"),
    });
    candidates(names.chain(["ingest".to_owned()]))
}

/// What `config --describe` takes.
fn described() -> Vec<CompletionCandidate> {
    candidates(Type::ALL.iter().map(|kind| kind.as_str()).chain(["filter"]))
}

fn classes() -> Vec<CompletionCandidate> {
    candidates(Class::ALL.iter().map(|class| class.as_str()))
}

fn categories() -> Vec<CompletionCandidate> {
    candidates(Category::ALL.iter().map(|category| category.as_str()))
}

fn severities() -> Vec<CompletionCandidate> {
    candidates(Severity::ALL.iter().map(|severity| severity.as_str()))
}

/// What `help` takes.
fn help() -> Vec<CompletionCandidate> {
    candidates(crate::help::names())
}
