//! `vault-export config`: from `config.toml` to the stack's parameters, and whether either is right.

mod check;
mod convert;
mod describe;
mod write;

use crate::args::{ConfigArgs, General};
use crate::config;
use crate::exit::{Exit, Failure};
use crate::output::Talk;

/// Prints a samconfig.toml; with `--check` only says whether the file is right, with `--describe` which settings there are.
pub(crate) fn run(args: &ConfigArgs, general: &General, talk: &Talk) -> Result<Exit, Failure> {
    if let Some(what) = &args.describe {
        return self::describe::run(what, args.json, talk);
    }
    if args.check {
        let config = args.file.clone().or_else(|| general.config.clone());
        return check::run(args.json, &General { config, ..general.clone() }, talk);
    }
    if args.json {
        return Err(Failure::usage("--json needs --check or --describe")
            .hint("a samconfig.toml is TOML; sam reads nothing else"));
    }
    let export = config::load(general)?;
    check::adapters(&export)?;
    let converted = convert::deployment(&args.stack_name, &export);
    for note in &converted.notes {
        talk.warn(note);
    }
    talk.file(write::samconfig(&converted).trim_end());
    Ok(Exit::Done)
}
