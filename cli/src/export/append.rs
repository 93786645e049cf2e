//! Adding to the file of the pulls before, so that a pull is in it once, or not at all.
//!
//! The cursor is what counts. Before the first byte it notes how long the file is and that something will be added;
//! when the bytes are on disk, its new places and the file's new length are written at once. A run that is killed
//! between the two has made the file longer than the cursor knows: the next one takes that off and writes the same
//! records again.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use super::form::Form;
use crate::cursor::{Added, Cursor};
use crate::exit::Failure;
use crate::file::Growing;
use crate::output::{Talk, count};

/// Opens the file for this process alone.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
    let file = file.map_err(|error| unwritable(path, &error))?;
    lock(path, &file)?;
    Ok(file)
}

fn lock(path: &Path, file: &File) -> Result<(), Failure> {
    file.try_lock().map_err(|_| {
        Failure::retry(format!("{}: another run is adding to it", path.display()))
            .hint("let it end, then run the same command again; nothing was written")
    })
}

/// Takes off what an interrupted pull has added, wherever it did; `ours` is the file that is open already.
pub(super) fn heal(cursor: &Cursor, ours: Option<&File>, talk: &Talk) -> Result<(), Failure> {
    let Some(added) = cursor.added.as_ref().filter(|added| added.open) else { return Ok(()) };
    let path = &added.path;
    let of_ours = ours.map(File::metadata).transpose();
    if let (Some(file), true) =
        (ours, of_ours.is_ok_and(|data| data.is_some_and(|data| added.is(&data))))
    {
        return take_off(added, file, talk);
    }
    match OpenOptions::new().append(true).open(path) {
        Ok(file) if file.metadata().is_ok_and(|data| added.is(&data)) => {
            lock(path, &file)?;
            take_off(added, &file, talk)
        }
        _ => {
            talk.warn(&format!(
                "{}: the pull before this one was interrupted, and the file was moved since; where it is now, its last records may be cut off, and they are written again",
                path.display()
            ));
            Ok(())
        }
    }
}

fn take_off(added: &Added, file: &File, talk: &Talk) -> Result<(), Failure> {
    let path = &added.path;
    let length = file.metadata().map_err(|error| unwritable(path, &error))?.len();
    let more = length.saturating_sub(added.bytes);
    if more > 0 {
        file.set_len(added.bytes).map_err(|error| unwritable(path, &error))?;
        talk.warn(&format!(
            "{}: the pull before this one was interrupted; the {} that it had added are taken off, and their records written again",
            path.display(),
            count(more, "byte", "bytes")
        ));
    }
    Ok(())
}

/// Makes sure that the file can be added to, and notes in the cursor that it will be.
pub(super) fn begin(path: &Path, file: File, cursor: &mut Cursor) -> Result<Growing, Failure> {
    check(path, &file)?;
    note(path, &file, cursor, true)?;
    cursor.save()?;
    Growing::new(file, path.to_owned()).map_err(|error| unwritable(path, &error))
}

/// Notes in the cursor how long the file is now.
pub(super) fn note(
    path: &Path,
    file: &File,
    cursor: &mut Cursor,
    open: bool,
) -> Result<(), Failure> {
    let added = Added::now(path, file, open).map_err(|error| unwritable(path, &error))?;
    cursor.added = Some(added);
    Ok(())
}

/// Refuses a file to which nothing could be added so that all of it can be read.
fn check(path: &Path, file: &File) -> Result<(), Failure> {
    let fault = fault(file, Form::of(path)).map_err(|error| unwritable(path, &error))?;
    fault.map_or(Ok(()), |fault| {
        Err(Failure::usage(format!("{}: nothing can be added: {fault}", path.display()))
            .hint("move the file away, or name another one with --output; nothing was written"))
    })
}

fn fault(file: &File, form: Form) -> io::Result<Option<&'static str>> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(None);
    }
    let mut head = [0; 4];
    let read = file.read_at(&mut head, 0)?;
    let content = Form::of_content(head.get(..read).unwrap_or_default());
    if content != form {
        return Ok(Some("it is not compressed as its name says"));
    }
    let mut last = [0];
    file.read_exact_at(&mut last, length - 1)?;
    let is_whole = form != Form::Plain || last == *b"\n";
    Ok((!is_whole).then_some("its last line has no end"))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: cannot be written: {error}", path.display()))
}
