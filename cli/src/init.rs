//! `vault-export init`: the configuration file, or one more destination in it.
//!
//! What is written is parsed as `deliver` parses it before it is kept. What the file holds already stays as it is.

mod answers;
mod write;

use std::path::{Path, PathBuf};

use delivery::tools::Tools;

use self::answers::Answers;
use crate::args::{General, InitArgs};
use crate::config::{self, Export};
use crate::exit::{Exit, Failure};
use crate::file::write_whole;
use crate::kind::Kind;
use crate::output::Talk;

/// What the file is told about the destination.
#[derive(Debug)]
struct Draft {
    id: String,
    kind: &'static Kind,
    /// Keys of `[export.adapters.config]`, in the order in which they are written.
    settings: Vec<(String, toml::Value)>,
    /// `[export] source`, unless the file has one.
    source: Option<PathBuf>,
}

/// Asks what the flags do not say, and writes the file.
pub(crate) fn run(args: &InitArgs, general: &General, talk: &Talk) -> Result<Exit, Failure> {
    let path = config::path(general)
        .ok_or_else(|| Failure::usage("there is no home folder; pass --config FILE"))?;
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::usage(format!("{}: {error}", path.display()))),
    };
    let there = config::parse(&path, &before)?;
    let draft = Answers::new(args, talk).draft(&there)?;
    let text = before.clone() + &write::text(&before, &draft);
    check(&path, &text, &draft)?;
    if args.dry_run {
        talk.file(text.trim_end());
        return Ok(Exit::Done);
    }
    save(&path, &text)?;
    let did = if before.is_empty() { "written" } else { "added" };
    talk.note(&format!("{}: adapter `{}` {did}", path.display(), draft.id));
    next_steps(&path, general, &draft, talk);
    Ok(Exit::Done)
}

/// Whether the new text is one that `deliver` takes.
fn check(path: &Path, text: &str, draft: &Draft) -> Result<(), Failure> {
    let export = config::parse(path, text)?;
    let adapter = export.adapters.iter().find(|adapter| adapter.id == draft.id);
    let adapter = adapter.ok_or_else(|| Failure::bug("the destination is not in its own file"))?;
    adapter.build(&Tools::default()).map(drop).map_err(|error| {
        Failure::usage(error.to_string()).hint(format!(
            "pass it with --set KEY=VALUE; `vault-export config --describe {}` lists the settings",
            draft.kind.of
        ))
    })
}

/// The file is its owner's only if it is new: it names variables and hosts, and no secret.
fn save(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| write_whole(path, text.as_bytes()))
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

fn next_steps(path: &Path, general: &General, draft: &Draft, talk: &Talk) {
    let variable = draft.settings.iter().find(|(key, _)| *key == draft.kind.secret_key());
    if let Some(variable) = variable.and_then(|(_, value)| value.as_str())
        && std::env::var_os(variable).is_none()
    {
        talk.hint(&format!("set {variable}: {}", draft.kind.credential.unwrap_or_default()));
    }
    let flag = match &general.config {
        Some(_) => format!(", both with --config {}", path.display()),
        None => String::new(),
    };
    talk.hint(&format!("next: `vault-export check`, then `vault-export deliver --follow`{flag}"));
}

/// An id that no adapter of the file has.
fn free_id(wanted: &str, there: &Export) -> String {
    let is_taken = |id: &str| there.adapters.iter().any(|adapter| adapter.id == id);
    let numbered = (2..).map(|number| format!("{wanted}-{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|id| !is_taken(id)).unwrap_or_default()
}
