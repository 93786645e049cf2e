//! `vault-export config`: from `config.toml` to the stack's parameters, and whether either is right.

mod check;
mod convert;
mod describe;
mod write;

use delivery::tools::Tools;

use crate::args::General;
use crate::config;
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};

/// Prints a samconfig.toml; with `check` only says whether the file is right, with `describe` which settings there are.
pub(crate) fn run(
    stack: &str,
    check: bool,
    describe: Option<&str>,
    general: &General,
    talk: &Talk,
) -> Result<Exit, Failure> {
    if let Some(what) = describe {
        return self::describe::run(what, talk);
    }
    if let Some(path) = general.config.as_ref().filter(|_| check) {
        let text = config::read(path)?;
        if check::is_samconfig(&text) {
            return check::run(&path.display().to_string(), &text, talk);
        }
    }
    let export = config::load(general)?;
    let tools = Tools::default();
    for adapter in &export.adapters {
        adapter.pipeline(&tools)?;
    }
    if check {
        let adapters = count(export.adapters.len() as u64, "adapter", "adapters");
        talk.note(&format!("the configuration is valid: {adapters}"));
        return Ok(Exit::Done);
    }
    let converted = convert::deployment(stack, &export);
    for note in &converted.notes {
        talk.warn(note);
    }
    talk.file(write::samconfig(&converted).trim_end());
    Ok(Exit::Done)
}
