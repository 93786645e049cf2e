//! Where exported data goes: standard output, or a file that appears whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use crate::exit::Failure;

/// zstd's own default: as fast as the disk on today's machines.
const ZSTD_LEVEL: i32 = 3;

/// An open target.
pub(super) enum Target {
    /// Standard output. `None` once its reader has gone.
    Stdout(Option<io::Stdout>),
    /// A new file beside the one to replace.
    File { writer: Box<Compressor>, path: PathBuf },
}

/// A file being written, compressed as its name says.
pub(super) enum Compressor {
    Plain(BufWriter<NamedTempFile>),
    Gzip(GzEncoder<BufWriter<NamedTempFile>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<NamedTempFile>>),
}

impl Target {
    /// Opens a file, or standard output; `-` is that too.
    pub(super) fn open(path: Option<&Path>) -> Result<Target, Failure> {
        match path {
            None => Ok(Target::Stdout(Some(io::stdout()))),
            Some(path) if path == Path::new("-") => Ok(Target::Stdout(Some(io::stdout()))),
            Some(path) => {
                let writer = Compressor::open(path).map_err(|error| {
                    Failure::usage(format!("{}: cannot be written: {error}", path.display()))
                })?;
                Ok(Target::File { writer: Box::new(writer), path: path.to_owned() })
            }
        }
    }

    /// Whether nobody reads any more.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Target::Stdout(None))
    }

    /// Writes all of this, unless nobody reads any more.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Target::Stdout(stdout) => {
                let Some(open) = stdout else { return Ok(()) };
                let written = open.lock().write_all(bytes);
                Target::stdout_written(stdout, written)
            }
            Target::File { writer, path } => {
                writer.write_all(bytes).map_err(|error| unwritten(path, &error))
            }
        }
    }

    /// Makes sure that everything is where it belongs.
    pub(super) fn finish(self) -> Result<Target, Failure> {
        match self {
            Target::Stdout(mut stdout) => {
                if let Some(open) = &mut stdout {
                    let flushed = open.flush();
                    Target::stdout_written(&mut stdout, flushed)?;
                }
                Ok(Target::Stdout(stdout))
            }
            Target::File { writer, path } => {
                writer.persist(&path).map_err(|error| unwritten(&path, &error))?;
                Ok(Target::Stdout(Some(io::stdout())))
            }
        }
    }

    fn stdout_written(
        stdout: &mut Option<io::Stdout>,
        written: io::Result<()>,
    ) -> Result<(), Failure> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                *stdout = None;
                Ok(())
            }
            Err(error) => {
                Err(Failure::retry(format!("standard output cannot be written: {error}")))
            }
            Ok(()) => Ok(()),
        }
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::retry(format!("{}: cannot be written: {error}", path.display()))
        .hint("the file is as it was before; nothing half-written is left")
}

impl Compressor {
    fn open(path: &Path) -> io::Result<Compressor> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new().prefix(".vault-export-").tempfile_in(folder)?;
        let file = BufWriter::with_capacity(256 * 1024, file);
        let extension = path.extension().and_then(|extension| extension.to_str());
        Ok(match extension {
            Some("gz") => Compressor::Gzip(GzEncoder::new(file, Compression::default())),
            Some("zst") => Compressor::Zstd(zstd::stream::write::Encoder::new(file, ZSTD_LEVEL)?),
            _ => Compressor::Plain(file),
        })
    }

    /// Closes the compression, forces the bytes to disk, and gives the file its name.
    fn persist(self, path: &Path) -> io::Result<()> {
        let file = match self {
            Compressor::Plain(file) => file,
            Compressor::Gzip(encoder) => encoder.finish()?,
            Compressor::Zstd(encoder) => encoder.finish()?,
        };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        share(file.as_file(), path)?;
        file.persist(path)?;
        Ok(())
    }
}

/// Temporary files are the owner's alone; one that replaces another keeps its mode. An audit trail is nobody's
/// business else: a new one stays the owner's.
fn share(file: &File, path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(old) => file.set_permissions(old.permissions()),
        Err(_) => Ok(()),
    }
}

impl Write for Compressor {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Compressor::Plain(file) => file.write(bytes),
            Compressor::Gzip(encoder) => encoder.write(bytes),
            Compressor::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Compressor::Plain(file) => file.flush(),
            Compressor::Gzip(encoder) => encoder.flush(),
            Compressor::Zstd(encoder) => encoder.flush(),
        }
    }
}
