//! A new file beside the one to replace, and the renaming.
//!
//! A temporary file is locked as long as its process lives, so that a later run can tell one that is being written
//! from one that a killed run left behind.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

use super::place::{self, Place};
use super::unfinished::Begun;

const PREFIX: &str = ".vault-export-";
const SUFFIX: &str = ".tmp";
/// Another run may take a file for one that was left behind, before it is locked.
const ATTEMPTS: usize = 10;

/// Folders that were tidied by this process.
static TIDIED: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// A file that takes another's place once it is whole.
#[derive(Debug)]
pub(crate) struct Beside {
    file: NamedTempFile,
    place: PathBuf,
    begun: Begun,
}

impl Beside {
    /// Begins a file that will be at this path, which may be a link to it.
    ///
    /// # Errors
    /// The folder cannot be written to, or what is at the path is no file.
    pub(crate) fn new(path: &Path) -> io::Result<Beside> {
        let Place::File(place) = Place::of(path)? else {
            return Err(io::Error::other("is no file that could be replaced"));
        };
        let folder = place::folder(&place).to_owned();
        for _ in 0..ATTEMPTS {
            let file =
                tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(&folder)?;
            if file.as_file().try_lock().is_ok() && is_at(file.as_file(), file.path()) {
                let begun = Begun::new(file.path());
                let beside = Beside { file, place, begun };
                beside.tidy(&folder);
                return Ok(beside);
            }
        }
        Err(io::Error::other("a temporary file cannot be locked"))
    }

    /// Forces the bytes to disk, and gives the file its name.
    ///
    /// # Errors
    /// What was at the path is still there as it was.
    pub(crate) fn persist(self) -> io::Result<()> {
        let Beside { file, place, begun } = self;
        share(file.as_file(), &place)?;
        file.as_file().sync_all()?;
        begun.end(|| file.persist(&place))?;
        File::open(place::folder(&place))?.sync_all()
    }

    /// The same, unless there is a file of this name by now: that one stays.
    ///
    /// # Errors
    /// There is none of this name.
    pub(crate) fn persist_new(self) -> io::Result<()> {
        let Beside { file, place, begun } = self;
        file.as_file().sync_all()?;
        match begun.end(|| file.persist_noclobber(&place)) {
            Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
            _ => File::open(place::folder(&place))?.sync_all(),
        }
    }

    /// Takes away what killed runs of the same user left in this folder; once, and as far as it can be done.
    fn tidy(&self, folder: &Path) {
        let mut tidied = TIDIED.lock().unwrap_or_else(PoisonError::into_inner);
        if !tidied.get_or_insert_default().insert(folder.to_owned()) {
            return;
        }
        let Ok(owner) = self.file.as_file().metadata().map(|data| data.uid()) else { return };
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if is_temporary(&entry.file_name()) && path != self.file.path() {
                // It may be in use, or gone by now: both are well.
                drop(remove(&path, owner));
            }
        }
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Replaces a file by these bytes, or leaves it as it is.
///
/// # Errors
/// As [`Beside`]'s.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Beside::new(path)?;
    file.write_all(bytes)?;
    file.persist()
}

/// Temporary files are the owner's alone; one that replaces another keeps its mode and, where that is allowed, its
/// owner. An audit trail is nobody's business else: a new one stays the owner's.
fn share(file: &File, place: &Path) -> io::Result<()> {
    let Ok(old) = fs::metadata(place) else { return Ok(()) };
    match fchown(file, Some(old.uid()), Some(old.gid())) {
        Err(error) if error.kind() != ErrorKind::PermissionDenied => return Err(error),
        _ => {}
    }
    file.set_permissions(old.permissions())
}

fn is_temporary(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Removes a temporary file of this user that no process writes any more.
fn remove(path: &Path, owner: u32) -> io::Result<()> {
    let data = fs::symlink_metadata(path)?;
    if !data.is_file() || data.uid() != owner {
        return Ok(());
    }
    let file = File::open(path)?;
    if file.try_lock().is_ok() && is_at(&file, path) {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(file), Ok(there)) => (file.dev(), file.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_file_behind_a_link_is_replaced_and_keeps_its_mode() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        fs::create_dir(path("data")).unwrap();
        fs::write(path("data/file"), "old").unwrap();
        fs::set_permissions(path("data/file"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("data/file", path("link")).unwrap();
        write_whole(&path("link"), b"new").unwrap();
        assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
        assert_eq!(fs::read(path("data/file")).unwrap(), b"new");
        assert_eq!(fs::metadata(path("data/file")).unwrap().mode() & 0o777, 0o640);
        assert_eq!((names(home.path()).len(), names(&path("data"))), (2, vec!["file".to_owned()]));
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        assert!(write_whole(Path::new("/dev/null"), b"x").is_err());
        let null = fs::metadata("/dev/null").unwrap();
        assert!(!null.is_file());
    }

    #[test]
    fn only_what_a_dead_run_of_ours_left_is_taken_away() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        let kept = [".vault-export-abc", ".vault-export-abc.tmp.txt", "x.tmp"];
        for name in kept.iter().chain(&[".vault-export-dead00.tmp"]) {
            fs::write(path(name), "").unwrap();
        }
        let used = File::create(path(".vault-export-used00.tmp")).unwrap();
        used.lock().unwrap();
        fs::create_dir(path(".vault-export-folder.tmp")).unwrap();
        write_whole(&path("file"), b"").unwrap();
        let mut expected: Vec<&str> = kept.into();
        expected.extend([".vault-export-used00.tmp", ".vault-export-folder.tmp", "file"]);
        expected.sort_unstable();
        assert_eq!(names(home.path()), expected);
    }
}
