//! The `vault-export` command.
//!
//! `main` reads the command line, lets the command run and turns its end into an exit code. What a command does
//! is in the module of its name; what several share is beside it: [`input`] (files, folders, streams), [`cursor`]
//! (how far they were read), [`walk`] (record by record), [`select`] (which events), [`config`] (the configuration file).

mod adapters;
mod archive;
mod args;
mod aws;
mod check;
mod complete;
mod config;
mod cursor;
mod deliver;
mod dlq;
mod exit;
mod export;
mod file;
mod help;
mod init;
mod input;
mod kind;
mod logging;
mod man;
mod moment;
mod notices;
mod output;
mod pseudonyms;
mod reading;
mod replay;
mod runtime;
mod samconfig;
mod select;
mod service;
mod ship;
mod stack;
mod stop;
mod walk;

use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;

use crate::args::{AuditCommand, Cli, Command, SetupCommand, Shape};
use crate::exit::{Exit, Failure};
use crate::output::Talk;

fn main() -> ExitCode {
    complete::answer_shell();
    let cli = Cli::parse();
    let mut talk = Talk::new(cli.general.quiet);
    logging::start(&talk, cli.general.verbose);
    let end = run(cli, &mut talk);
    talk.finish();
    match end {
        Ok(exit) => exit.into(),
        Err(failure) => {
            talk.failure(&failure);
            failure.exit.into()
        }
    }
}

fn run(cli: Cli, talk: &mut Talk) -> Result<Exit, Failure> {
    let now = now();
    match cli.command {
        Command::Init(args) => init::run(&args, &cli.general, talk),
        Command::Export(args) => export::run(&args, Shape::Json, &cli.general, now, talk),
        Command::Audit { command: AuditCommand::Export(args) } => {
            export::run(&args, Shape::Jsonl, &cli.general, now, talk)
        }
        Command::Ship(args) => ship::run(&args, &cli.general, now, talk),
        Command::Deliver(args) => deliver::run(&args, &cli.general, now, talk),
        Command::Check { ids, stack, test_event, json } => match stack.stack {
            Some(name) => {
                check::stack::run(&name, stack.destination.as_ref(), test_event, json, talk)
            }
            None => check::run(&ids, test_event.then_some(now), json, &cli.general, talk),
        },
        Command::Replay(args) => replay::run(&args, now, talk),
        Command::Config(args) => samconfig::run(&args, &cli.general, talk),
        Command::Setup { command: SetupCommand::Elastic { adapters, dry_run } } => {
            check::setup(&adapters, dry_run, &cli.general, talk)
        }
        Command::Dlq { command } => dlq::run(&command, talk),
        Command::Completions { shell } => complete::script(shell, talk),
        Command::Man { output } => man::run(output.as_deref(), talk),
        Command::Help { words } => help::run(&words, talk),
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge: from here on the time is a value")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
