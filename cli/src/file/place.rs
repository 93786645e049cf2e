//! What a path stands for when it is written to.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// So many links are followed, as Linux does.
const LINKS: usize = 40;
/// Names of what this process has open.
const STREAMS: [&str; 3] = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];

/// Where bytes for a path go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A file, there or not yet. The path is no link.
    File(PathBuf),
    /// A device, a FIFO, a socket, something this process has open: it is written to, never replaced.
    Stream(PathBuf),
}

impl Place {
    /// Follows links to what is behind them.
    ///
    /// # Errors
    /// A folder, a circle of links, or a path that cannot be looked at.
    pub(crate) fn of(path: &Path) -> io::Result<Place> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            if is_open_here(&path) {
                return Ok(Place::Stream(path));
            }
            let kind = match fs::symlink_metadata(&path) {
                Ok(data) => data.file_type(),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Place::File(path)),
                Err(error) => return Err(error),
            };
            if kind.is_symlink() {
                path = folder(&path).join(fs::read_link(&path)?);
            } else if kind.is_dir() {
                return Err(ErrorKind::IsADirectory.into());
            } else if kind.is_file() {
                return Ok(Place::File(path));
            } else {
                return Ok(Place::Stream(path));
            }
        }
        Err(io::Error::other("too many links, one to the other"))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Place::File(path) | Place::Stream(path) => path,
        }
    }
}

/// The folder that a path is in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn is_open_here(path: &Path) -> bool {
    STREAMS.iter().any(|stream| path == Path::new(stream))
        || path.starts_with("/dev/fd/")
        || path.starts_with("/proc/")
}

/// Whether what is written to the one is read from the other: one file by whatever names and links, or one FIFO.
/// A terminal or `/dev/null` keeps nothing, and may be both.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => {
            (one.dev(), one.ino()) == (other.dev(), other.ino())
                && !one.file_type().is_char_device()
        }
        (Err(_), Err(_)) => full(one).is_some_and(|one| Some(one) == full(other)),
        _ => false,
    }
}

/// The one name of a file that is not there yet.
fn full(path: &Path) -> Option<PathBuf> {
    let place = Place::of(path).ok()?;
    let folder = fs::canonicalize(folder(place.path())).ok()?;
    Some(folder.join(place.path().file_name()?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_to_files_that_are_there_or_not() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        fs::write(path("file"), "").unwrap();
        symlink("file", path("link")).unwrap();
        symlink(path("link"), path("second")).unwrap();
        symlink("new", path("dangling")).unwrap();
        symlink("circle", path("circle")).unwrap();
        for (name, behind) in [
            ("file", "file"),
            ("link", "file"),
            ("second", "file"),
            ("new", "new"),
            ("dangling", "new"),
        ] {
            assert_eq!(Place::of(&path(name)).unwrap(), Place::File(path(behind)), "{name}");
        }
        assert!(Place::of(&path("circle")).is_err());
        assert!(Place::of(home.path()).is_err());
        for name in ["/dev/null", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            assert_eq!(Place::of(Path::new(name)).unwrap(), Place::Stream(name.into()));
        }
    }

    #[test]
    fn one_file_is_the_same_by_every_name() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        fs::write(path("file"), "").unwrap();
        fs::write(path("other"), "").unwrap();
        symlink("file", path("link")).unwrap();
        fs::hard_link(path("file"), path("hard")).unwrap();
        symlink("new", path("dangling")).unwrap();
        for (one, other, same) in [
            ("file", "file", true),
            ("file", "link", true),
            ("hard", "link", true),
            ("file", "other", false),
            ("new", "dangling", true),
            ("new", "../nowhere", false),
            ("new", "file", false),
        ] {
            assert_eq!(is_same(&path(one), &path(other)), same, "{one} {other}");
        }
        assert!(!is_same(Path::new("/dev/null"), Path::new("/dev/null")));
    }
}
