//! The real binary on real files, pipes and a scripted queue.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "events of this hour need this hour")]

mod bad_records;
mod bulk;
mod check;
mod completions;
mod credentials;
mod cursor;
mod deliver;
mod dlq;
mod elsewhere;
mod follow;
mod following;
mod guides;
mod help;
mod init;
mod inputs;
mod output;
mod queue;
mod quick_start;
mod receivers;
mod replay;
mod same_events;
mod samconfig;
mod selection;
mod ship;
mod stack;
mod stopped;
mod support;
mod taken;
mod vendors;
mod words;
mod wrappers;
