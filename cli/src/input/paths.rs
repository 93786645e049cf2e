//! Which files a command line means.

use std::path::{Path, PathBuf};

use super::Source;
use crate::exit::Failure;

/// The names that audit logs go by in a folder, before any number or date of a rotation and `.gz` or `.zst`.
const EXTENSIONS: [&str; 4] = ["jsonl", "ndjson", "json", "log"];

/// The files that these paths mean: a folder means the audit logs in it and below it, in the order of their names.
pub(crate) fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            sources.push(Source::Stdin);
            continue;
        }
        let data = std::fs::metadata(path)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        if !data.is_dir() {
            sources.push(Source::File(path.clone()));
            continue;
        }
        let before = sources.len();
        folder(path, &mut sources)?;
        if sources.len() == before {
            return Err(Failure::usage(format!("{}: no audit log in this folder", path.display()))
                .hint("in folders, files named *.jsonl, *.ndjson, *.json and *.log are read, rotated and compressed ones too; name other files themselves"));
        }
    }
    Ok(sources)
}

/// The same for a follower: what is not there may come, and is a file until it does.
pub(crate) fn followed(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            sources.push(Source::Stdin);
        } else if path.is_dir() {
            folder(path, &mut sources)?;
        } else {
            sources.push(Source::File(path.clone()));
        }
    }
    Ok(sources)
}

fn folder(path: &Path, sources: &mut Vec<Source>) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?);
    }
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            match folder(&entry.path(), sources) {
                // It was taken away while we looked.
                Err(_) if !entry.path().exists() => {}
                end => end?,
            }
        } else if is_audit_log(&name) && entry.path().is_file() {
            sources.push(Source::File(entry.path()));
        }
    }
    Ok(())
}

fn is_audit_log(name: &str) -> bool {
    let name = uncompressed(name);
    let base = name.trim_end_matches(is_of_rotation);
    let base = if base.len() == name.len() { name } else { base.trim_end_matches(['.', '-']) };
    let extension = Path::new(base).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()))
}

fn uncompressed(name: &str) -> &str {
    name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name)
}

fn is_of_rotation(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '.' | '-' | '_' | 'T' | 'Z' | ':')
}

/// The files that a rotation has made of this one: `audit.log.1`, `audit.log-20261121.gz`,
/// `audit-2026-11-21T00-00-00.log.zst`. Oldest first.
pub(crate) fn rotated(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let Ok(entries) = std::fs::read_dir(parent.unwrap_or(Path::new("."))) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let is_sibling =
            entry.file_name().to_str().is_some_and(|other| is_rotation_of(name, other));
        if let (true, Ok(data)) = (is_sibling, entry.metadata())
            && data.is_file()
        {
            found.push((data.modified().ok(), entry.path()));
        }
    }
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

fn is_rotation_of(name: &str, other: &str) -> bool {
    let other = uncompressed(other);
    let is_mark = |mark: &str| {
        mark.starts_with(['.', '-'])
            && mark.len() > 1
            && mark.chars().all(is_of_rotation)
            && mark.contains(|letter: char| letter.is_ascii_digit())
    };
    let behind = other.strip_prefix(name).is_some_and(is_mark);
    let within = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        let mark = other
            .strip_prefix(stem)
            .and_then(|rest| rest.strip_suffix(extension))
            .and_then(|rest| rest.strip_suffix('.'));
        mark.is_some_and(is_mark)
    });
    behind || within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audit_logs_are_known_by_name_rotated_and_compressed_too() {
        for name in [
            "audit.jsonl",
            "audit.ndjson.gz",
            "events.JSON",
            "audit.log",
            "audit.log.1",
            "audit.log.12.gz",
            "audit.log-20261121.zst",
            "audit-2026-11-21.log",
        ] {
            assert!(is_audit_log(name), "{name}");
        }
        for name in ["audit.txt", "audit.db", "log", "audit.log.cursor", "config.toml", "audit.gz"]
        {
            assert!(!is_audit_log(name), "{name}");
        }
    }

    #[test]
    fn a_rotation_is_the_same_name_with_a_number_or_a_date() {
        for other in [
            "audit.log.1",
            "audit.log.2.gz",
            "audit.log-20261121.gz",
            "audit-2026-11-21T00-00-00.000.log",
        ] {
            assert!(is_rotation_of("audit.log", other), "{other}");
        }
        for other in [
            "audit.log",
            "audit.log.gz",
            "audit.log.cursor",
            "audit.log.bak",
            "audit2.log",
            "other.log.1",
        ] {
            assert!(!is_rotation_of("audit.log", other), "{other}");
        }
    }
}
