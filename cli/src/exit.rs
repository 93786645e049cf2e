//! How the program ends: the one table of exit codes, and what a failure tells a person.

use std::process::ExitCode;
use std::{fmt, io};

/// The exit codes, as `docs/cli/README.md` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// A bug in this program.
    Bug = 1,
    /// The command line is wrong, or names what is not there.
    Usage = 2,
    /// Everything was done but for records that could not be read, were refused, or were dropped by a destination.
    Rejected = 3,
    /// Something could not be done now; the same command can be run again.
    Retry = 4,
    /// A configuration file, an address or a queue is wrong.
    Config = 5,
    /// A credential is missing, wrong, or may not do this.
    Credentials = 6,
}

impl Exit {
    /// All of them, by their numbers.
    pub(crate) const ALL: [Exit; 7] = [
        Exit::Done,
        Exit::Bug,
        Exit::Usage,
        Exit::Rejected,
        Exit::Retry,
        Exit::Config,
        Exit::Credentials,
    ];

    /// The table of all, for `--help`.
    pub(crate) fn table() -> String {
        let codes = Exit::ALL.iter().map(|exit| format!("\n  {}  {}", *exit as u8, exit.meaning()));
        format!("Exit codes:{}", codes.collect::<String>())
    }

    /// What it means, as `--help` and `docs/cli/README.md` say it.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Exit::Done => "all done",
            Exit::Bug => "a bug in this program",
            Exit::Usage => "the command line is wrong, or names what is not there",
            Exit::Rejected => {
                "done, but some records could not be read, were refused, or were dropped by a destination"
            }
            Exit::Retry => "not done now; the same command can be run again",
            Exit::Config => "a configuration file, an address or a queue is missing or wrong",
            Exit::Credentials => "a credential is missing, wrong, or may not do this",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command ended before its time, and the way out.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Whether the disk is full: then there is room again some time, and whoever can wait does.
    pub(crate) disk_is_full: bool,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure { exit, message: message.into(), hint: None, disk_is_full: false }
    }

    pub(crate) fn bug(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Bug, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    pub(crate) fn rejected(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Rejected, message)
    }

    pub(crate) fn retry(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Retry, message)
    }

    /// A file of the program's own cannot be written.
    pub(crate) fn unwritten(message: impl Into<String>, error: &io::Error) -> Failure {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let disk_is_full = matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge);
        Failure { disk_is_full, ..Failure::retry(format!("{}: {error}", message.into())) }
    }

    pub(crate) fn config(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Config, message)
    }

    pub(crate) fn credentials(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Credentials, message)
    }

    /// The same with a way out.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Failure {
        Failure { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentations_table_is_this_one() {
        let page = include_str!("../../docs/cli/README.md");
        let table = page.split("## Exit codes").nth(1).unwrap().split("\n## ").next().unwrap();
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
        assert_eq!(rows.len(), Exit::ALL.len());
        for (exit, row) in Exit::ALL.iter().zip(rows) {
            let expected = format!("| {} | {} |", *exit as u8, exit.meaning());
            assert!(row.starts_with(&expected), "{row}");
        }
    }
}
