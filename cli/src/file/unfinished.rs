//! What must not stay when this process is told to end: files that were begun, and what was added to a file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// Everything that is unfinished now.
static UNFINISHED: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());

enum Unfinished {
    /// A new file.
    New(PathBuf),
    /// A file that had this length.
    Grown { path: PathBuf, file: File, length: u64 },
}

impl Unfinished {
    fn path(&self) -> &Path {
        match self {
            Unfinished::New(path) | Unfinished::Grown { path, .. } => path,
        }
    }

    fn undo(&self) {
        // The process ends; a later run finds what could not be undone.
        drop(match self {
            Unfinished::New(path) => fs::remove_file(path),
            Unfinished::Grown { file, length, .. } => file.set_len(*length),
        });
    }
}

/// From now on SIGHUP, SIGINT and SIGTERM undo what is unfinished before they end this process. Those that it was
/// started to ignore, as `nohup` does, it goes on ignoring.
///
/// # Errors
/// Signals cannot be listened to.
pub(crate) fn undo_when_killed() -> io::Result<()> {
    let ignored = ignored();
    let heard = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !ignored.contains(signal));
    let mut signals = Signals::new(heard)?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            // Held to the end: nothing is finished any more.
            let unfinished = all();
            unfinished.iter().for_each(Unfinished::undo);
            drop(emulate_default_handler(signal));
        }
    })?;
    Ok(())
}

/// The signals that this process was started to ignore, where that can be known.
fn ignored() -> Vec<i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    (1..=64).filter(|signal| mask & (1 << (signal - 1)) != 0).collect()
}

fn all() -> MutexGuard<'static, Vec<Unfinished>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new file that is not whole yet.
#[derive(Debug)]
pub(super) struct Begun(PathBuf);

impl Begun {
    pub(super) fn new(path: &Path) -> Begun {
        all().push(Unfinished::New(path.to_owned()));
        Begun(path.to_owned())
    }

    /// Gives it its name.
    pub(super) fn end<T>(&self, finish: impl FnOnce() -> T) -> T {
        end(&self.0, finish)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        end(&self.0, || ());
    }
}

/// Finishes a file, and it is not unfinished any more. A signal comes before or after, not between.
fn end<T>(path: &Path, finish: impl FnOnce() -> T) -> T {
    let mut all = all();
    let done = finish();
    all.retain(|unfinished| unfinished.path() != path);
    done
}

/// A file that bytes are added to. Unless they are [kept](Growing::keep) the file gets its length back.
#[derive(Debug)]
pub(crate) struct Growing {
    file: File,
    path: PathBuf,
    /// How long it was, as long as that can be undone.
    length: Option<u64>,
}

impl Growing {
    /// Adds to this file, which is open for appending.
    ///
    /// # Errors
    /// Its length cannot be known.
    pub(crate) fn new(file: File, path: PathBuf) -> io::Result<Growing> {
        let length = file.metadata()?.len();
        let same = file.try_clone()?;
        all().push(Unfinished::Grown { path: path.clone(), file: same, length });
        Ok(Growing { file, path, length: Some(length) })
    }

    /// Forces the bytes to disk; they stay.
    ///
    /// # Errors
    /// They may not be there.
    pub(crate) fn keep(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        end(&self.path, || self.length = None);
        Ok(())
    }

    /// Takes off what was added.
    ///
    /// # Errors
    /// It may still be there.
    pub(crate) fn take_back(&mut self) -> io::Result<()> {
        end(&self.path, || self.length.take().map_or(Ok(()), |length| self.file.set_len(length)))
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}

impl io::Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Nothing is added after a signal has taken off what was.
        let _held = all();
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        // What cannot be taken off now is taken off by the next run.
        drop(self.take_back());
    }
}
