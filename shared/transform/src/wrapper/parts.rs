//! Lines that a container runtime cut into parts, put together again.
//!
//! Docker cuts at 16 KiB, containerd and CRI-O at their own limit. Parts of different streams may stand between each
//! other, so each stream is joined for itself; so many at once, and of each so many bytes, that memory is bounded.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::event::Wrapper;
use crate::split::MAX_WHOLE_BYTES;
use crate::split::slim::Slimmer;

/// So many lines may be incomplete at once; of more, the oldest is given up.
const MAX_OPEN: usize = 16;

/// What a wrapper says about its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// More follows.
    Open,
    /// The text ends here.
    Last,
    /// The wrapper does not say: more follows unless the text is a whole object.
    Unsaid,
}

/// A line that is whole, or given up.
#[derive(Debug)]
pub(super) struct Joined<'t> {
    /// Nothing if it is too large.
    pub(super) text: Option<Cow<'t, str>>,
    pub(super) about: Wrapper<'static>,
    pub(super) line: usize,
    pub(super) original_bytes: Option<u64>,
    /// It came in parts.
    pub(super) was_cut: bool,
}

/// What became of a part.
#[derive(Debug, Default)]
pub(super) struct Step<'t> {
    pub(super) whole: Option<Joined<'t>>,
    pub(super) cut_off: Option<Joined<'static>>,
}

/// The lines of which parts came so far, oldest first.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<Open>);

#[derive(Debug)]
struct Open {
    about: Wrapper<'static>,
    text: String,
    slimmer: Option<Box<Slimmer>>,
    start: u64,
    line: usize,
}

impl Parts {
    /// Takes a part of a line; `place` is its offset and line.
    pub(super) fn add<'t>(
        &mut self,
        text: Cow<'t, str>,
        about: Wrapper<'static>,
        part: Part,
        (start, line): (u64, usize),
    ) -> Step<'t> {
        let mut step = Step::default();
        let known = self.0.iter().position(|open| is_same(&open.about, &about));
        let Some(mut at) = known else {
            if part == Part::Last || (part == Part::Unsaid && !is_cut(&text)) {
                let joined =
                    Joined { text: Some(text), about, line, original_bytes: None, was_cut: false };
                step.whole = Some(joined);
                return step;
            }
            if self.0.len() == MAX_OPEN {
                step.cut_off = Some(self.0.remove(0).close());
            }
            self.0.push(Open { about, text: text.into_owned(), slimmer: None, start, line });
            return step;
        };
        if part != Part::Open && is_whole(&text) {
            // The end of the line before was lost; this one is another.
            step.cut_off = Some(self.0.remove(at).close());
            let joined =
                Joined { text: Some(text), about, line, original_bytes: None, was_cut: false };
            step.whole = Some(joined);
            return step;
        }
        let Some(open) = self.0.get_mut(at) else { return step };
        open.push(&text);
        let ends = match part {
            Part::Open => false,
            Part::Last => true,
            Part::Unsaid => open.slimmer.is_none() && is_whole(&open.text),
        };
        if ends {
            at = at.min(self.0.len().saturating_sub(1));
            step.whole = Some(self.0.remove(at).close());
        }
        step
    }

    /// Where the oldest of them begins.
    pub(super) fn oldest(&self) -> Option<(u64, usize)> {
        self.0.iter().map(|open| (open.start, open.line)).min()
    }

    /// All of them, incomplete as they are.
    pub(super) fn finish(&mut self) -> Vec<Joined<'static>> {
        self.0.drain(..).map(Open::close).collect()
    }
}

impl Open {
    fn push(&mut self, text: &str) {
        if let Some(slimmer) = &mut self.slimmer {
            slimmer.push(text.as_bytes());
            return;
        }
        self.text.push_str(text);
        if self.text.len() > MAX_WHOLE_BYTES {
            let mut slimmer = Box::<Slimmer>::default();
            slimmer.push(self.text.as_bytes());
            self.slimmer = Some(slimmer);
            self.text = String::new();
        }
    }

    fn close(self) -> Joined<'static> {
        let Open { about, text, slimmer, line, .. } = self;
        let original_bytes = slimmer.as_ref().map(|slimmer| slimmer.taken());
        let text = match slimmer {
            Some(slimmer) => slimmer.finish().map(Cow::Owned),
            None => Some(Cow::Owned(text)),
        };
        Joined { text, about, line, original_bytes, was_cut: true }
    }
}

/// Whether both are of one stream of one container.
fn is_same(a: &Wrapper<'_>, b: &Wrapper<'_>) -> bool {
    a.kind == b.kind && a.stream == b.stream && a.pod == b.pod && a.log_stream == b.log_stream
}

/// Whether this begins an object and does not end it.
fn is_cut(text: &str) -> bool {
    text.trim_start().starts_with('{') && !is_whole(text)
}

/// Whether this is one whole object.
fn is_whole(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('{') && text.ends_with('}') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}
