//! What `--output` names, and what it must not be.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::append;
use super::target::Target;
use crate::args::{ExportArgs, General, Shape};
use crate::config;
use crate::cursor::{self, Cursor};
use crate::exit::Failure;
use crate::file::{self, Place};
use crate::input::Source;
use crate::walk::Job;

/// Where events go.
pub(super) enum Output {
    /// Standard output.
    Stdout,
    /// What is no file.
    Stream(PathBuf),
    /// A file that is replaced.
    Whole(PathBuf),
    /// A file that each pull adds to; nobody else does meanwhile.
    Added { path: PathBuf, file: File },
}

impl Output {
    /// Looks at what is there, and refuses what would be lost by writing to it.
    pub(super) fn find(
        args: &ExportArgs,
        general: &General,
        sources: &[Source],
    ) -> Result<Output, Failure> {
        let Some(path) = args.output.as_deref().filter(|path| *path != Path::new("-")) else {
            return Ok(Output::Stdout);
        };
        let place = Place::of(path).map_err(|error| {
            Failure::usage(format!("{}: cannot be written: {error}", path.display()))
                .hint("--output names a file")
        })?;
        refuse(path, args, general)?;
        for source in sources {
            refuse_source(path, source)?;
        }
        match place {
            Place::Stream(_) => Ok(Output::Stream(path.to_owned())),
            Place::File(_) if args.cursor.is_none() => Ok(Output::Whole(path.to_owned())),
            Place::File(_) => {
                refuse_array(args)?;
                let file = append::open(path)?;
                Ok(Output::Added { path: path.to_owned(), file })
            }
        }
    }

    /// What is written where no `--format` says it.
    pub(super) fn shape(&self, default: Shape) -> Shape {
        match self {
            Output::Added { .. } => Shape::Jsonl,
            _ => default,
        }
    }

    /// Opens it.
    pub(super) fn open(self, jobs: &[Job], cursor: Option<&mut Cursor>) -> Result<Target, Failure> {
        for job in jobs {
            if let (Some(path), Job::From(item)) = (self.path(), job) {
                refuse_source(path, &Source::File(item.path.clone()))?;
            }
        }
        match (self, cursor) {
            (Output::Stdout, _) => Ok(Target::stdout()),
            (Output::Stream(path), _) => Target::stream(&path),
            (Output::Added { path, file }, Some(cursor)) => {
                undo_when_killed()?;
                let file = append::begin(&path, file, cursor)?;
                Target::adding(&path, file)
            }
            (Output::Whole(path) | Output::Added { path, .. }, _) => {
                undo_when_killed()?;
                Target::replacing(&path)
            }
        }
    }

    /// The file that is added to.
    pub(super) fn file(&self) -> Option<&File> {
        match self {
            Output::Added { file, .. } => Some(file),
            _ => None,
        }
    }

    fn path(&self) -> Option<&Path> {
        match self {
            Output::Stdout => None,
            Output::Stream(path) | Output::Whole(path) | Output::Added { path, .. } => Some(path),
        }
    }
}

fn undo_when_killed() -> Result<(), Failure> {
    file::undo_when_killed()
        .map_err(|error| Failure::bug(format!("signals cannot be listened to: {error}")))
}

/// Refuses what nothing can be added to.
fn refuse_array(args: &ExportArgs) -> Result<(), Failure> {
    if args.format != Some(Shape::Json) || args.bulk_format.is_some() {
        return Ok(());
    }
    let text = "with --cursor each pull is added to the file, and to an array nothing can be added";
    Err(Failure::usage(text)
        .hint("use --format jsonl, or leave --output out: then each pull is an array of its own"))
}

/// Refuses files that this program itself reads or keeps.
fn refuse(path: &Path, args: &ExportArgs, general: &General) -> Result<(), Failure> {
    let cursor = args.cursor.clone();
    let rejected = cursor.as_deref().map(cursor::rejected_path);
    let own = [
        (cursor, "the cursor"),
        (rejected, "the file of rejected records"),
        (config::path(general), "the configuration file"),
    ];
    for (other, what) in own {
        if other.is_some_and(|other| file::is_same(path, &other)) {
            return Err(Failure::usage(format!("{}: is {what}", path.display()))
                .hint("--output names a file of its own; nothing was written"));
        }
    }
    Ok(())
}

fn refuse_source(path: &Path, source: &Source) -> Result<(), Failure> {
    let other = match source {
        Source::Stdin => Path::new("/dev/stdin"),
        Source::File(other) => other,
    };
    if !file::is_same(path, other) {
        return Ok(());
    }
    Err(Failure::usage(format!("{}: is read and would be written", path.display())).hint(
        "name another file with --output, outside the folders that are read; nothing was written",
    ))
}
