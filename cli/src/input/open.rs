//! Opening a source, and taking its compression off.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;

use super::Source;
use crate::exit::Failure;

/// Enough for the longest of the magic numbers below.
const MAGIC_BYTES: usize = 4;
const COMPRESSED_READ: usize = 128 * 1024;

/// An open source, without its compression.
pub(crate) struct Stream {
    reader: Box<dyn Read + Send>,
    name: String,
    compressed: bool,
}

impl Stream {
    /// Whether it has a compression that is taken off.
    pub(crate) fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// What went wrong with reading it, for a person.
    pub(crate) fn failure(&self, error: &io::Error) -> Failure {
        let name = &self.name;
        if self.compressed && error.kind() != io::ErrorKind::Interrupted {
            return Failure::rejected(format!("{name}: the compressed data is damaged or cut off"))
                .hint("what stands before the damage can be had with zstd -dc or gzip -dc, piped into `vault-export export -`");
        }
        Failure::retry(format!("{name}: cannot be read: {error}"))
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reader.read(into)
    }
}

impl Stream {
    /// The same, as long as this plain file, which is the one that is read, begins as it did.
    pub(crate) fn while_it_begins(self, file: File, head: Vec<u8>) -> Stream {
        let Stream { reader, name, compressed } = self;
        Stream { reader: Box::new(SameFile { reader, file, head }), name, compressed }
    }
}

/// Ends when the file is truncated and written anew, as rotation by copying does: what is read then, at the old one's
/// place, is not of the old one. A file that still begins as it did after a read had not been truncated before it.
struct SameFile {
    reader: Box<dyn Read + Send>,
    file: File,
    head: Vec<u8>,
}

impl Read for SameFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(into)?;
        let mut head = vec![0; self.head.len()];
        let is_same = self.file.read_exact_at(&mut head, 0).is_ok() && head == self.head;
        Ok(if is_same { read } else { 0 })
    }
}

/// Opens a source at its beginning; `progress` counts the bytes on disk.
pub(crate) fn open(source: &Source, progress: &ProgressBar) -> Result<Stream, Failure> {
    let name = source.to_string();
    match source {
        Source::Stdin => decoded(name, progress.wrap_read(io::stdin())),
        Source::File(path) => decoded(name, progress.wrap_read(file(path)?)),
    }
}

/// Opens a file so that the next byte is the one at this offset of its uncompressed content. False if the file has
/// no such byte or does not hold `anchor` before it: then it is another file than the one the offset is of.
pub(crate) fn open_at(
    path: &Path,
    offset: u64,
    anchor_len: u64,
    is_anchor: impl Fn(&[u8]) -> bool,
    progress: &ProgressBar,
) -> Result<Option<Stream>, Failure> {
    let name = path.display().to_string();
    let mut stream = decoded(name, progress.wrap_read(file(path)?))?;
    let before = offset.saturating_sub(anchor_len);
    if stream.compressed {
        match io::copy(&mut (&mut stream).take(before), &mut io::sink()) {
            Ok(passed) if passed == before => {}
            Ok(_) => return Ok(None),
            Err(error) => return Err(stream.failure(&error)),
        }
    } else {
        let mut plain = file(path)?;
        plain.seek(SeekFrom::Start(before)).map_err(|error| stream.failure(&error))?;
        stream.reader = Box::new(progress.wrap_read(plain));
    }
    let mut anchor = vec![0; usize::try_from(anchor_len).unwrap_or(0)];
    match stream.read_exact(&mut anchor) {
        Ok(()) if is_anchor(&anchor) => Ok(Some(stream)),
        Ok(()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(stream.failure(&error)),
    }
}

/// The first bytes of a file's uncompressed content, and whether it is compressed.
pub(crate) fn head(path: &Path, bytes: u64) -> Result<(Vec<u8>, bool), Failure> {
    let mut stream = decoded(path.display().to_string(), file(path)?)?;
    let mut head = Vec::new();
    let read = (&mut stream).take(bytes).read_to_end(&mut head);
    read.map_err(|error| stream.failure(&error))?;
    Ok((head, stream.compressed))
}

fn file(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// What is left when the compression is taken off.
pub(crate) fn decoded(
    name: String,
    mut raw: impl Read + Send + 'static,
) -> Result<Stream, Failure> {
    let mut magic = Vec::with_capacity(MAGIC_BYTES);
    let read = (&mut raw).take(MAGIC_BYTES as u64).read_to_end(&mut magic);
    read.map_err(|error| Failure::retry(format!("{name}: cannot be read: {error}")))?;
    let (gzip, zstd) = (magic.starts_with(&[0x1F, 0x8B]), magic == [0x28, 0xB5, 0x2F, 0xFD]);
    let whole = Cursor::new(magic).chain(raw);
    let reader: Box<dyn Read + Send> = if gzip {
        Box::new(MultiGzDecoder::new(BufReader::with_capacity(COMPRESSED_READ, whole)))
    } else if zstd {
        let buffered = BufReader::with_capacity(COMPRESSED_READ, whole);
        let decoder = zstd::stream::read::Decoder::with_buffer(buffered)
            .map_err(|error| Failure::bug(format!("zstd cannot be set up: {error}")))?;
        Box::new(decoder)
    } else {
        Box::new(whole)
    };
    Ok(Stream { reader, name, compressed: gzip || zstd })
}
