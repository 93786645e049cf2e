//! Where exported data goes: standard output, a file that appears whole or not at all, a file that each pull adds to,
//! or what is no file.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::form::Form;
use crate::exit::Failure;
use crate::file::{Beside, Growing};

/// zstd's own default: as fast as the disk on today's machines.
const ZSTD_LEVEL: i32 = 3;

/// An open target.
pub(super) enum Target {
    /// Standard output. `None` once its reader has gone.
    Stdout(Option<io::Stdout>),
    /// Whatever has a name.
    Named(Box<Named>),
}

/// What has a name, compressed as the name says.
pub(super) struct Named {
    path: PathBuf,
    writer: Compressor,
    /// Nothing was written yet.
    is_empty: bool,
}

/// What the bytes go into.
enum Sink {
    /// A new file, which takes the place of the one before.
    Beside(Beside),
    /// The file that the pulls before have written.
    Growing(Growing),
    /// A device, a FIFO, a socket.
    Stream(Box<dyn Write>),
}

/// How it ended.
pub(super) enum End {
    /// Everything is where it belongs.
    Whole,
    /// So is what was added to this file.
    Added(Growing),
    /// Nobody read to the end.
    Closed,
}

impl Target {
    /// Standard output.
    pub(super) fn stdout() -> Target {
        Target::Stdout(Some(io::stdout()))
    }

    /// A file that takes the place of what is at this path.
    pub(super) fn replacing(path: &Path) -> Result<Target, Failure> {
        let sink = Beside::new(path).map_err(|error| unopened(path, &error))?;
        Target::named(path, Sink::Beside(sink))
    }

    /// The file of the pulls before.
    pub(super) fn adding(path: &Path, to: Growing) -> Result<Target, Failure> {
        Target::named(path, Sink::Growing(to))
    }

    /// What is no file, to be written to as it is.
    pub(super) fn stream(path: &Path) -> Result<Target, Failure> {
        if path == Path::new("/dev/stdout") {
            return Ok(Target::stdout());
        }
        let stream = stream(path).map_err(|error| unopened(path, &error))?;
        Target::named(path, Sink::Stream(stream))
    }

    fn named(path: &Path, sink: Sink) -> Result<Target, Failure> {
        let writer = Compressor::new(sink, Form::of(path));
        let writer = writer.map_err(|error| unopened(path, &error))?;
        Ok(Target::Named(Box::new(Named { path: path.to_owned(), writer, is_empty: true })))
    }

    /// Whether nobody reads any more.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Target::Stdout(None))
    }

    /// Whether it goes on where the last pull ended.
    pub(super) fn is_added_to(&self) -> bool {
        matches!(self, Target::Named(named) if matches!(named.writer.sink(), Sink::Growing(_)))
    }

    /// Writes all of this, unless nobody reads any more.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Target::Stdout(stdout) => {
                let Some(open) = stdout else { return Ok(()) };
                let written = open.lock().write_all(bytes);
                Target::stdout_written(stdout, written)
            }
            Target::Named(named) => {
                named.is_empty &= bytes.is_empty();
                named.writer.write_all(bytes).map_err(|error| named.unwritten(&error))
            }
        }
    }

    /// Makes sure that everything is where it belongs.
    pub(super) fn finish(self) -> Result<End, Failure> {
        match self {
            Target::Stdout(mut stdout) => {
                if let Some(open) = &mut stdout {
                    let flushed = open.flush();
                    Target::stdout_written(&mut stdout, flushed)?;
                }
                Ok(if stdout.is_some() { End::Whole } else { End::Closed })
            }
            Target::Named(named) => {
                let hint = named.hint();
                let Named { path, writer, is_empty } = *named;
                let end = writer.finish().and_then(|sink| sink.finish(is_empty));
                end.map_err(|error| unwritten(&path, hint, &error))
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

impl Named {
    fn hint(&self) -> &'static str {
        match self.writer.sink() {
            Sink::Beside(_) => "the file is as it was before; nothing half-written is left",
            Sink::Growing(_) => "the file is as it was before this pull, and so is the cursor",
            Sink::Stream(_) => "it is no file: what it took before stays with it",
        }
    }

    fn unwritten(&self, error: &io::Error) -> Failure {
        unwritten(&self.path, self.hint(), error)
    }
}

impl Sink {
    fn finish(self, is_empty: bool) -> io::Result<End> {
        match self {
            Sink::Beside(file) => file.persist().map(|()| End::Whole),
            Sink::Stream(mut stream) => stream.flush().map(|()| End::Whole),
            // Of no event not even the frame of a compression is added.
            Sink::Growing(mut file) if is_empty => file.take_back().map(|()| End::Added(file)),
            Sink::Growing(mut file) => file.keep().map(|()| End::Added(file)),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Beside(file) => file.write(bytes),
            Sink::Growing(file) => file.write(bytes),
            Sink::Stream(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Beside(file) => file.flush(),
            Sink::Growing(file) => file.flush(),
            Sink::Stream(stream) => stream.flush(),
        }
    }
}

fn stream(path: &Path) -> io::Result<Box<dyn Write>> {
    let is_socket = std::fs::metadata(path).is_ok_and(|data| data.file_type().is_socket());
    if is_socket {
        return Ok(Box::new(UnixStream::connect(path)?));
    }
    let file: File = OpenOptions::new().append(true).open(path)?;
    Ok(Box::new(file))
}

fn unopened(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: cannot be written: {error}", path.display()))
}

fn unwritten(path: &Path, hint: &str, error: &io::Error) -> Failure {
    Failure::retry(format!("{}: cannot be written: {error}", path.display())).hint(hint)
}

/// Bytes on their way, compressed or not.
enum Compressor {
    Plain(BufWriter<Sink>),
    Gzip(GzEncoder<BufWriter<Sink>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<Sink>>),
}

impl Compressor {
    fn new(sink: Sink, form: Form) -> io::Result<Compressor> {
        let sink = BufWriter::with_capacity(256 * 1024, sink);
        Ok(match form {
            Form::Plain => Compressor::Plain(sink),
            Form::Gzip => Compressor::Gzip(GzEncoder::new(sink, Compression::default())),
            Form::Zstd => Compressor::Zstd(zstd::stream::write::Encoder::new(sink, ZSTD_LEVEL)?),
        })
    }

    fn sink(&self) -> &Sink {
        match self {
            Compressor::Plain(file) => file.get_ref(),
            Compressor::Gzip(encoder) => encoder.get_ref().get_ref(),
            Compressor::Zstd(encoder) => encoder.get_ref().get_ref(),
        }
    }

    /// Closes the compression.
    fn finish(self) -> io::Result<Sink> {
        let file = match self {
            Compressor::Plain(file) => file,
            Compressor::Gzip(encoder) => encoder.finish()?,
            Compressor::Zstd(encoder) => encoder.finish()?,
        };
        file.into_inner().map_err(io::IntoInnerError::into_error)
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
