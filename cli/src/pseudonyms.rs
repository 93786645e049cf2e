//! The key of the pseudonyms that stand for names typed at failed log-ons.
//!
//! Without one in the environment it is a random one in a file beside what the command has to remember, so that
//! pseudonyms of several runs join. A command that remembers nothing hides the names.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use transform::source::HashKey;

use crate::exit::Failure;
use crate::file::Beside;

/// Random bytes of a key; in the file they are hex digits.
const BYTES: usize = 32;

/// The key in `VAULT_EXPORT_HASH_KEY`, else the file's, which is made if `make` says so. No flag: a key on a
/// command line is seen by everybody on the machine.
pub(crate) fn key(file: Option<&Path>, make: bool) -> Result<HashKey, Failure> {
    let given = std::env::var_os("VAULT_EXPORT_HASH_KEY").filter(|key| !key.is_empty());
    if let Some(key) = given {
        return Ok(HashKey::new(key.into_encoded_bytes()));
    }
    file.map_or_else(|| Ok(HashKey::default()), |path| of_file(path, make))
}

fn of_file(path: &Path, make: bool) -> Result<HashKey, Failure> {
    if let Some(key) = read(path)? {
        return Ok(HashKey::new(key));
    }
    if !make {
        return Ok(HashKey::default());
    }
    write(path).map_err(|error| unusable(path, &error.to_string()))?;
    // Another command may have been faster; its key counts then.
    Ok(read(path)?.map_or_else(HashKey::default, HashKey::new))
}

fn read(path: &Path) -> Result<Option<String>, Failure> {
    let mut text = String::new();
    match File::open(path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) if text.trim().len() == BYTES * 2 => Ok(Some(text.trim().to_owned())),
        Ok(_) => Err(unusable(path, "not a key of 64 hex digits")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path, &error.to_string())),
    }
}

/// The file is its owner's only, and appears whole or not at all; one that is there stays.
fn write(path: &Path) -> std::io::Result<()> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let mut file = Beside::new(path)?;
    file.write_all(hex::encode(bytes).as_bytes())?;
    writeln!(file)?;
    file.persist_new()
}

fn unusable(path: &Path, why: &str) -> Failure {
    Failure::usage(format!("{}: {why}", path.display())).hint(
        "it is the key of pseudonyms; set VAULT_EXPORT_HASH_KEY, or remove the file for a new key",
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_keeps_one_random_key_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let held = |name: &str| std::fs::read_to_string(file(name)).ok();
        of_file(&file("a"), false).unwrap();
        assert_eq!(held("a"), None);
        of_file(&file("a"), true).unwrap();
        let first = held("a").unwrap();
        of_file(&file("a"), true).unwrap();
        assert_eq!(held("a").as_ref(), Some(&first));
        let mode = std::fs::metadata(file("a")).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, first.trim().len()), (0o600, 64));
        of_file(&file("b"), true).unwrap();
        assert_ne!(held("b"), Some(first));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_file_that_is_no_key_is_refused_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hash.key");
        std::fs::write(&path, "canary").unwrap();
        let error = format!("{:?}", of_file(&path, true).unwrap_err());
        assert!(error.contains("hash.key") && !error.contains("canary"), "{error}");
    }
}
