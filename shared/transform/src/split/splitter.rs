//! Cutting a stream of any size in bounded memory.

use std::io::{self, Read};
use std::ops::Range;
use std::str;

use super::cutter::{Cut, Cutter};
use super::slim::Slimmer;
use super::{MAX_RECORD_BYTES, MAX_WHOLE_BYTES};
use crate::error::ParseError;

/// How much is asked of the input at a time.
const CHUNK: usize = 128 * 1024;

/// One record of a stream.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece<'s> {
    /// Its text, or why it has none: too large, or not UTF-8.
    pub text: Result<&'s str, ParseError>,
    /// Of a text that is not UTF-8: what is left when the rest is replaced.
    pub lossy: &'s str,
    /// What stands before it on its line.
    pub prefix: &'s str,
    /// How many bytes it had, if what no reader keeps was left out.
    pub original_bytes: Option<u64>,
    /// The line it begins on, from 1.
    pub line: usize,
    /// The offset in the stream of its first byte that was kept.
    pub start: u64,
    /// The offset after its last byte: a reader that begins here finds the next record.
    pub end: u64,
}

/// Cuts a stream into records; holds at most one record and one read's bytes.
///
/// ```
/// # use transform::split::Splitter;
/// let mut input = std::io::Cursor::new("{\"a\":1}\n{\"b\":\n 2}\n");
/// let mut splitter = Splitter::default();
/// let mut texts = Vec::new();
/// while let Some(piece) = splitter.next_record(&mut input)? {
///     texts.push(piece.text.map(str::to_owned));
/// }
/// assert!(splitter.finish().is_none());
/// assert_eq!(texts, [Ok("{\"a\":1}".to_owned()), Ok("{\"b\":\n 2}".to_owned())]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Splitter {
    cutter: Cutter,
    pub(super) window: Vec<u8>,
    /// How many bytes of the window are filled.
    filled: usize,
    /// The stream's offset of the window's first byte.
    offset: u64,
    /// The record that is too large to be kept whole.
    slimmer: Option<Box<Slimmer>>,
    /// What was kept of it, or of one that is not UTF-8.
    slim: String,
    /// What stands before it on its line.
    slim_prefix: String,
}

impl Splitter {
    /// A splitter for a stream that begins at this offset and line of a larger one.
    pub fn resume(offset: u64, line: usize) -> Splitter {
        Splitter { cutter: Cutter::at_line(line), offset, ..Splitter::default() }
    }

    /// The next record, reading as much as it takes.
    ///
    /// `None` at the end of the input. The input may grow and be asked again; when it will not, [`finish`] gives what
    /// is left.
    ///
    /// [`finish`]: Splitter::finish
    ///
    /// # Errors
    /// Those of the input.
    pub fn next_record(&mut self, input: &mut impl Read) -> io::Result<Option<Piece<'_>>> {
        loop {
            match self.cutter.next(filled(&self.window, self.filled), false) {
                Cut::Record { range, line, prefix } => {
                    return Ok(Some(self.piece(range, line, prefix)));
                }
                Cut::More => {
                    self.make_room();
                    if self.fill(input)? == 0 {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// The next record of what is left when nothing will follow: call until `None`.
    pub fn finish(&mut self) -> Option<Piece<'_>> {
        match self.cutter.next(filled(&self.window, self.filled), true) {
            Cut::Record { range, line, prefix } => Some(self.piece(range, line, prefix)),
            Cut::More => None,
        }
    }

    /// The offset up to which everything was given out: where a later run may begin.
    pub fn offset(&self) -> u64 {
        self.offset_of(self.cutter.needed())
    }

    fn piece(&mut self, range: Range<usize>, line: usize, prefix: Range<usize>) -> Piece<'_> {
        let (start, end) = (self.offset_of(range.start), self.offset_of(range.end));
        let forgotten = self.cutter.take_forgotten();
        let slimmer = self.slimmer.take();
        let bytes = self.window.get(range).unwrap_or_default();
        let too_large = Err(ParseError::TooLarge { limit: MAX_RECORD_BYTES });
        let mut original_bytes = None;
        let text = match (slimmer, str::from_utf8(bytes)) {
            (Some(mut slimmer), _) if forgotten => {
                slimmer.push(bytes);
                original_bytes = Some(slimmer.taken());
                self.slim = slimmer.finish().unwrap_or_default();
                if self.slim.is_empty() { too_large } else { Ok(self.slim.as_str()) }
            }
            _ if forgotten => too_large,
            (_, Ok(text)) => Ok(text),
            (_, Err(_)) => {
                self.slim = String::from_utf8_lossy(bytes).into_owned();
                Err(ParseError::Encoding)
            }
        };
        let prefix = if forgotten {
            self.slim_prefix.as_str()
        } else {
            let bytes = self.window.get(prefix).unwrap_or_default();
            str::from_utf8(bytes).unwrap_or_default()
        };
        let lossy = if text == Err(ParseError::Encoding) { self.slim.as_str() } else { "" };
        Piece { text, lossy, prefix, original_bytes, line, start, end }
    }

    fn offset_of(&self, place: usize) -> u64 {
        self.offset + u64::try_from(place).unwrap_or(u64::MAX)
    }

    /// Lets go of what was given out, and of a record that has grown too large.
    fn make_room(&mut self) {
        if self.filled.saturating_sub(self.cutter.needed()) > MAX_WHOLE_BYTES {
            self.shed();
            self.cutter.forget(self.filled);
        }
        let needed = self.cutter.needed().min(self.filled);
        self.window.copy_within(needed..self.filled, 0);
        self.filled -= needed;
        self.cutter.rebase(needed);
        self.offset += u64::try_from(needed).unwrap_or(u64::MAX);
    }

    /// Takes over what was passed of a record that is too large, as far as it is kept.
    fn shed(&mut self) {
        let Some(passed) = self.cutter.open_object() else { return };
        if self.slimmer.is_none() {
            let prefix = self.window.get(self.cutter.prefix()).unwrap_or_default();
            self.slim_prefix = str::from_utf8(prefix).unwrap_or_default().to_owned();
        }
        let slimmer = self.slimmer.get_or_insert_default();
        slimmer.push(self.window.get(passed).unwrap_or_default());
    }

    fn fill(&mut self, input: &mut impl Read) -> io::Result<usize> {
        if self.window.len() < self.filled + CHUNK {
            self.window.resize(self.filled + CHUNK, 0);
        }
        let room = self.window.get_mut(self.filled..).unwrap_or_default();
        let read = loop {
            match input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.filled += read;
        Ok(read)
    }
}

fn filled(window: &[u8], bytes: usize) -> &[u8] {
    window.get(..bytes).unwrap_or_default()
}
