//! `vault-export help`: a command's own help, or a topic that several commands share.

mod topics;

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::args::Cli;
use crate::exit::{Exit, Failure};
use crate::output::Talk;

/// Shows the topic or the command that is named; the program itself without any.
pub(crate) fn run(words: &[String], talk: &Talk) -> Result<Exit, Failure> {
    if let [word] = words
        && let Some(topic) = topics::ALL.iter().find(|topic| topic.name == word)
    {
        talk.file((topic.text)().trim_end());
        return Ok(Exit::Done);
    }
    // What the parser shows for `--help` behind the command, long or short.
    let line =
        ["vault-export"].into_iter().chain(words.iter().map(String::as_str)).chain(["--help"]);
    let shown = match Cli::command().try_get_matches_from(line) {
        Err(help) if help.kind() == ErrorKind::DisplayHelp => help.print(),
        _ => return Err(unknown()),
    };
    match shown {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::retry(format!("standard output: {error}")))
        }
        _ => Ok(Exit::Done),
    }
}

fn unknown() -> Failure {
    let program = Cli::command();
    let commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    let commands: Vec<&str> = commands.map(clap::Command::get_name).collect();
    let topics: Vec<&str> = topics::ALL.iter().map(|topic| topic.name).collect();
    Failure::usage("no such command or topic").hint(format!(
        "commands: {}; topics: {}",
        commands.join(", "),
        topics.join(", ")
    ))
}

/// The words that `help` takes, for completion.
pub(crate) fn names() -> Vec<String> {
    let program = Cli::command();
    let commands = program.get_subcommands().map(|command| command.get_name().to_owned());
    commands.chain(topics::ALL.iter().map(|topic| topic.name.to_owned())).collect()
}
