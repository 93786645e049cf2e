//! `vault-export man`: manual pages, made from the same description as `--help`.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::Cli;
use crate::exit::{Exit, Failure};
use crate::file::write_whole;
use crate::output::Talk;

/// Writes the page of every command into the folder, or the program's own page to standard output.
pub(crate) fn run(folder: Option<&Path>, talk: &Talk) -> Result<Exit, Failure> {
    let mut program = Cli::command();
    program.build();
    let Some(folder) = folder else {
        talk.file(page(&program)?.trim_end());
        return Ok(Exit::Done);
    };
    let failure = |error| Failure::usage(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failure)?;
    let mut pages = 0;
    let mut commands = vec![program];
    while let Some(command) = commands.pop() {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        write_whole(&folder.join(format!("{name}.1")), page(&command)?.as_bytes())
            .map_err(failure)?;
        pages += 1;
        commands.extend(command.get_subcommands().filter(|one| one.get_name() != "help").cloned());
    }
    talk.note(&format!("{pages} pages written to {}", folder.display()));
    Ok(Exit::Done)
}

/// A page. Examples stand line by line, so that they can be copied.
fn page(command: &Command) -> Result<String, Failure> {
    let man = Man::new(command.clone());
    let mut out = Vec::new();
    let written = man
        .render_title(&mut out)
        .and_then(|()| man.render_name_section(&mut out))
        .and_then(|()| man.render_synopsis_section(&mut out))
        .and_then(|()| man.render_description_section(&mut out))
        .and_then(|()| man.render_options_section(&mut out));
    let written = written.and_then(|()| {
        if command.has_subcommands() { man.render_subcommands_section(&mut out) } else { Ok(()) }
    });
    written.map_err(|error| Failure::bug(format!("a manual page cannot be made: {error}")))?;
    let mut page = String::from_utf8_lossy(&out).into_owned();
    if let Some(help) = command.get_after_help() {
        page += ".SH NOTES\n.nf\n";
        help.to_string().lines().for_each(|line| page += &(escaped(line) + "\n"));
        page += ".fi\n";
    }
    Ok(page)
}

/// A line of text: hyphens are the ones of the keyboard, and nothing is a request.
fn escaped(line: &str) -> String {
    let text = line.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}
