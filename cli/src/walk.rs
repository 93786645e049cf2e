//! Walking through sources record by record, knowing at each where a later run would go on.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::ProgressBar;
use transform::split::{Piece, Splitter};
use transform::wrapper::{Unwrapped, Unwrapper};

use crate::cursor::{Cursor, Item, Place};
use crate::exit::Failure;
use crate::input::{self, Source, Stream};
use crate::output::{Talk, count};

/// Something to read.
#[derive(Clone)]
pub(crate) enum Job {
    /// A source from its beginning to its end.
    Whole(Source),
    /// A file from the cursor's place on.
    From(Box<Item>),
    /// What was fetched from elsewhere; it can be read once.
    Fetched(String, Content),
}

/// What can be read once, by whoever comes first.
#[derive(Clone)]
pub(crate) struct Content(Arc<Mutex<Box<dyn Read + Send>>>);

impl Content {
    fn take(&self) -> Box<dyn Read + Send> {
        let mut content = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut content, Box::new(std::io::empty()))
    }
}

impl Job {
    /// What there is to read: everything, or what the cursor has not seen.
    pub(crate) fn all(
        sources: &[Source],
        cursor: Option<&mut Cursor>,
    ) -> Result<Vec<Job>, Failure> {
        match cursor {
            None => Ok(sources.iter().cloned().map(Job::Whole).collect()),
            Some(cursor) => {
                let items = cursor.plan(sources)?;
                Ok(items.into_iter().map(|item| Job::From(Box::new(item))).collect())
            }
        }
    }

    /// What was fetched from elsewhere, under this name.
    pub(crate) fn fetched(name: String, content: impl Read + Send + 'static) -> Job {
        Job::Fetched(name, Content(Arc::new(Mutex::new(Box::new(content)))))
    }

    /// Its size on disk, for progress.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Job::Whole(source) => source.size(),
            Job::From(item) => Some(item.remaining()),
            Job::Fetched(..) => None,
        }
    }

    /// Whether nothing of it was read before.
    pub(crate) fn is_at_beginning(&self) -> bool {
        !matches!(self, Job::From(item) if item.place.offset > 0)
    }

    /// The offset that it is to be read from.
    pub(crate) fn offset(&self) -> u64 {
        match self {
            Job::Whole(_) | Job::Fetched(..) => 0,
            Job::From(item) => item.place.offset,
        }
    }

    /// How its file begins, where that is known.
    pub(crate) fn head(&self) -> &[u8] {
        match self {
            Job::Whole(_) | Job::Fetched(..) => &[],
            Job::From(item) => item.head(),
        }
    }

    /// What it is called in messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Job::Whole(source) => source.to_string(),
            Job::From(item) => item.name.display().to_string(),
            Job::Fetched(name, _) => name.clone(),
        }
    }

    /// `None`: it was there when it was looked for, and is not any more.
    fn open(&mut self, bar: &ProgressBar, talk: &Talk) -> Result<Option<(Stream, Place)>, Failure> {
        let beginning = Place { line: 1, ..Place::default() };
        match self {
            Job::Whole(source) => Ok(Some((input::open(source, bar)?, beginning))),
            Job::Fetched(name, content) => {
                let content = bar.wrap_read(content.take());
                Ok(Some((input::decoded(name.clone(), content)?, beginning)))
            }
            Job::From(item) => {
                let Some((stream, again)) = item.open(bar)? else { return Ok(None) };
                if again {
                    let name = item.name.display();
                    talk.warn(&format!(
                        "{name}: is not what it was when the cursor was taken; it is read from its beginning"
                    ));
                }
                Ok(Some((stream, item.place.clone())))
            }
        }
    }

    /// Where it is to be read from.
    fn place(&self) -> Place {
        match self {
            Job::Whole(_) | Job::Fetched(..) => Place { line: 1, ..Place::default() },
            Job::From(item) => item.place.clone(),
        }
    }

    fn grows(&self) -> bool {
        matches!(self, Job::From(item) if item.grows)
    }
}

/// Hands every record to `each`, out of what it came in, with the place behind it; gives the place at which a later
/// run goes on.
///
/// That place is never behind a line of which only parts came so far, nor behind a record of which something is
/// still to be handed over.
pub(crate) fn walk(
    job: &mut Job,
    bar: &ProgressBar,
    talk: &Talk,
    mut each: impl FnMut(&Unwrapped<'_>, &Place) -> Result<ControlFlow<()>, Failure>,
) -> Result<Place, Failure> {
    let Some((mut stream, place)) = job.open(bar, talk)? else {
        return Ok(job.place());
    };
    let mut splitter = Splitter::resume(place.offset, place.line);
    let held = matches!(job, Job::From(_)).then(Vec::new);
    let mut walk = Walk { unwrapper: Unwrapper::default(), place, held, each: &mut each };
    loop {
        let next = splitter.next_record(&mut stream);
        let Some(piece) = next.map_err(|error| stream.failure(&error))? else { break };
        if walk.piece(&piece)?.is_break() {
            return Ok(walk.place);
        }
    }
    if walk.unwrapper.pending().is_none() {
        pass_blanks(job, &mut walk.place, splitter.offset());
    }
    let mut unfinished = walk.unwrapper.pending().map(|(_, line)| line);
    while let Some(piece) = splitter.finish() {
        if job.grows() {
            unfinished = unfinished.or(Some(piece.line));
            break;
        }
        if walk.piece(&piece)?.is_break() {
            return Ok(walk.place);
        }
    }
    if job.grows() {
        if let Some(line) = unfinished {
            let name = job.name();
            talk.note(&format!(
                "{name}:{line}: the last record is not complete yet; it is left for the next run"
            ));
        }
        return Ok(walk.place);
    }
    let cut_off = walk.unwrapper.finish();
    let end = (walk.place.offset, walk.place.line);
    if walk.hand_over(cut_off, end)?.is_break() {
        return Ok(walk.place);
    }
    walk.place.done = matches!(job, Job::From(item) if item.compressed);
    Ok(walk.place)
}

/// So much is held back behind a line that is not whole; then it is given up.
const HELD_RECORDS: usize = 1000;
const HELD_BYTES: u64 = 8 * 1024 * 1024;

/// A walk through one source.
struct Walk<'e, E> {
    unwrapper: Unwrapper,
    place: Place,
    /// What stands behind a line that is not whole yet. If a later run begins there, it must not have been handed
    /// over before.
    held: Option<Vec<Unwrapped<'static>>>,
    each: &'e mut E,
}

impl<E> Walk<'_, E>
where
    E: FnMut(&Unwrapped<'_>, &Place) -> Result<ControlFlow<()>, Failure>,
{
    fn piece(&mut self, piece: &Piece<'_>) -> Result<ControlFlow<()>, Failure> {
        let mut records = self.unwrapper.open(piece);
        let behind = (piece.end, line_after(piece));
        let waits = self.unwrapper.pending();
        if let (Some(held), Some((start, _))) = (&mut self.held, waits) {
            held.extend(records.map(Unwrapped::into_owned));
            if held.len() < HELD_RECORDS && piece.end - start < HELD_BYTES {
                return Ok(ControlFlow::Continue(()));
            }
            let given_up: Vec<_> = self.unwrapper.finish().collect();
            return self.hand_over(given_up.into_iter(), behind);
        }
        self.hand_over(&mut records, behind)
    }

    /// Hands over what was held back, and these records, with the place behind the last of them.
    fn hand_over<'t>(
        &mut self,
        records: impl Iterator<Item = Unwrapped<'t>>,
        (offset, line): (u64, usize),
    ) -> Result<ControlFlow<()>, Failure> {
        let held = self.held.as_mut().map(std::mem::take).unwrap_or_default();
        let mut records = held.into_iter().chain(records).peekable();
        while let Some(record) = records.next() {
            if records.peek().is_none() {
                (self.place.offset, self.place.line) = (offset, line);
            }
            if (self.each)(&record, &self.place)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        // Without a record nothing is to be waited for either.
        (self.place.offset, self.place.line) = (offset, line);
        Ok(ControlFlow::Continue(()))
    }
}

/// Moves the place behind line breaks and closing brackets that belong to no record.
fn pass_blanks(job: &Job, place: &mut Place, end: u64) {
    if let Job::From(item) = job
        && end > place.offset
    {
        place.line += item.line_breaks(place.offset, end);
        place.offset = end;
    }
}

/// The line that a record ends in.
fn line_after(piece: &Piece<'_>) -> usize {
    let text = piece.text.as_ref().map_or(&b""[..], |text| text.as_bytes());
    piece.line + memchr::memchr_iter(b'\n', text).count()
}

/// How many bad records are named one by one.
const NAMED: u64 = 20;

/// Records that could not be read or were refused.
#[derive(Debug, Default)]
pub(crate) struct Rejected(pub(crate) u64);

impl Rejected {
    /// Counts one, and names it by its place: the content of an audit log is nobody's but the auditor's.
    pub(crate) fn add(
        &mut self,
        name: &str,
        line: usize,
        why: &impl std::fmt::Display,
        talk: &Talk,
    ) {
        self.0 += 1;
        if self.0 <= NAMED {
            talk.warn(&format!("{name}:{line}: {why}"));
        }
    }

    /// Says how many there were beyond those that were named.
    pub(crate) fn finish(&self, talk: &Talk) {
        if self.0 > NAMED {
            let more = count(self.0 - NAMED, "more record", "more records");
            talk.warn(&format!("{more} could not be read; {} in all", self.0));
        }
    }
}
