//! What the program says to a person: on standard error, never on standard output, which is for data.
//!
//! The only place that prints. Colour is used on a terminal and never needed to understand a line;
//! `NO_COLOR` (<https://no-color.org>) and `TERM=dumb` turn it off. Names of files and adapters, answers of servers and
//! reasons in queues come from others: what a terminal would obey instead of showing it is [escaped](shown).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::exit::Failure;

/// Where talk goes, and how much of it.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    quiet: bool,
    terminal: bool,
    colour: bool,
    bar: ProgressBar,
}

impl Talk {
    /// Talk on standard error; `quiet` leaves only warnings and errors.
    pub(crate) fn new(quiet: bool) -> Talk {
        let terminal = std::io::stderr().is_terminal();
        Talk { quiet, terminal, colour: terminal && wants_colour(), bar: ProgressBar::hidden() }
    }

    /// The same without notes, for what is done over and over.
    pub(crate) fn quieter(&self) -> Talk {
        Talk { quiet: true, ..self.clone() }
    }

    /// Shows a progress bar over this many bytes, if a person watches.
    pub(crate) fn start(&self, total: Option<u64>) -> ProgressBar {
        if self.quiet || !self.terminal {
            return self.bar.clone();
        }
        let template = match total {
            Some(_) => "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}",
            None => "{spinner} {bytes} {bytes_per_sec} {msg}",
        };
        // Every copy of this talk has the same bar, those made before as well: a line from any of them goes above it.
        let bar = &self.bar;
        match total {
            Some(total) => bar.set_length(total),
            None => bar.unset_length(),
        }
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.reset();
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        bar.clone()
    }

    /// Takes the progress bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Whether a person sees what is said.
    pub(crate) fn is_watched(&self) -> bool {
        self.terminal && !self.quiet
    }

    /// What was done.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| say(&shown(text, "")));
        }
    }

    /// A row of a table, or another single line, on standard output.
    pub(crate) fn row(&self, line: &str) {
        self.print(&shown(line, "\t"));
    }

    /// JSON, on standard output; it may have several lines.
    pub(crate) fn data(&self, json: &str) {
        self.print(&shown(json, "\t\n"));
    }

    /// A value as JSON over several lines, on standard output: what `--json` gives instead of tables.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value);
        self.data(&text.map_err(|error| Failure::bug(format!("JSON cannot be written: {error}")))?);
        Ok(())
    }

    /// What is meant for a file, on standard output.
    pub(crate) fn file(&self, text: &str) {
        if std::io::stdout().is_terminal() {
            self.print(&shown(text, "\t\n"));
        } else {
            self.print(text);
        }
    }

    /// When nobody reads it any more, nobody misses it.
    fn print(&self, text: &str) {
        self.bar.suspend(|| drop(writeln!(std::io::stdout(), "{text}")));
    }

    /// A question, and the answer that is taken for an empty line. It is asked even with `--quiet`: somebody waits.
    pub(crate) fn question(&self, text: &str, default: Option<&str>) {
        let default = default.map_or(String::new(), |default| format!(" [{default}]"));
        let text = format!("{text}{default}");
        self.bar.suspend(|| drop(write!(std::io::stderr(), "{}: ", shown(&text, ""))));
    }

    /// The way out.
    pub(crate) fn hint(&self, text: &str) {
        self.line("hint", "\x1b[1;36m", text);
    }

    /// What a person should look at.
    pub(crate) fn warn(&self, text: &str) {
        self.line("warning", "\x1b[1;33m", text);
    }

    /// Why the program ends, and the way out.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.line("error", "\x1b[1;31m", &failure.message);
        if let Some(hint) = &failure.hint {
            self.hint(hint);
        }
    }

    /// What a part of the program logs, in one of the words above or the name of its level.
    pub(crate) fn log(&self, level: tracing::Level, text: &str) {
        match level {
            tracing::Level::ERROR => self.line("error", "\x1b[1;31m", text),
            tracing::Level::WARN => self.warn(text),
            tracing::Level::INFO => self.line("info", "\x1b[1;32m", text),
            tracing::Level::DEBUG => self.line("debug", "\x1b[2m", text),
            tracing::Level::TRACE => self.line("trace", "\x1b[2m", text),
        }
    }

    fn line(&self, word: &str, colour: &str, text: &str) {
        let text = shown(text, "");
        self.bar.suspend(|| {
            if self.colour {
                say(&format!("{colour}{word}\x1b[0m: {text}"));
            } else {
                say(&format!("{word}: {text}"));
            }
        });
    }
}

/// The text as it may be shown: what a terminal would obey is written as JSON writes it, so that JSON stays what it is.
/// `kept` are control characters that are meant.
pub(crate) fn shown<'t>(text: &'t str, kept: &str) -> Cow<'t, str> {
    let is_obeyed = |letter: char| is_obeyed(letter) && !kept.contains(letter);
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '\n' if is_obeyed(letter) => out.push_str("\\n"),
            '\r' if is_obeyed(letter) => out.push_str("\\r"),
            '\t' if is_obeyed(letter) => out.push_str("\\t"),
            // Writing into a string cannot fail.
            letter if is_obeyed(letter) => drop(write!(out, "\\u{:04x}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    Cow::Owned(out)
}

/// Control characters of C0 and C1, line and paragraph separators, and those that turn the direction of writing.
fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A line on standard error. That it cannot be written, such as to a file on a full disk, must not end the program.
fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

fn wants_colour() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
}

/// `1 event`, `2 events`, `1,234 events`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", HumanCount(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_words_are_counted() {
        assert_eq!(count(1, "event", "events"), "1 event");
        assert_eq!(count(0, "event", "events"), "0 events");
        assert_eq!(count(1_234_567, "event", "events"), "1,234,567 events");
    }

    #[test]
    fn nothing_that_is_shown_is_obeyed() {
        for (text, expected) in [
            ("a\u{1b}[31mb", "a\\u001b[31mb"),
            ("\u{9b}2J\u{7f}", "\\u009b2J\\u007f"),
            ("\u{202e}gol.tidua\u{2069}\u{61c}", "\\u202egol.tidua\\u2069\\u061c"),
            ("one\r\nerror: two\t", "one\\r\\nerror: two\\t"),
            ("äöü 語 \u{200d}", "äöü 語 \u{200d}"),
        ] {
            assert_eq!(shown(text, ""), expected);
        }
        assert_eq!(shown("a\tb\nc\u{7}", "\t"), "a\tb\\nc\\u0007");
        for letter in ('\0'..='\u{ffff}').filter(|letter| is_obeyed(*letter)) {
            let text = format!("\"{letter}\"");
            let json = shown(&text, "").into_owned();
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), letter.to_string());
        }
    }
}
