//! The file that pulls add to: how much of it the cursor stands for.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A file, as it was when the cursor was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Added {
    pub(crate) path: PathBuf,
    device: u64,
    inode: u64,
    /// So many bytes of it are of records that the cursor has behind it.
    pub(crate) bytes: u64,
    /// Something was about to be added: if the file is longer, that was interrupted.
    pub(crate) open: bool,
}

impl Added {
    /// The file as it is now.
    pub(crate) fn now(path: &Path, file: &File, open: bool) -> io::Result<Added> {
        let data = file.metadata()?;
        let path = std::path::absolute(path)?;
        Ok(Added { path, device: data.dev(), inode: data.ino(), bytes: data.len(), open })
    }

    /// Whether it is this file.
    pub(crate) fn is(&self, data: &Metadata) -> bool {
        (self.device, self.inode) == (data.dev(), data.ino())
    }
}
