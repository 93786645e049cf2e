//! Which events a command wants: the filter that destinations have, a window of time, and Syncropel's threads.

use jiff::Timestamp;
use serde::Deserialize;
use toml::{Table, Value};
use transform::event::Event;
use transform::filter::Filter;
use transform::source::{HashKey, Phases, Settings};

use crate::archive::Window;
use crate::args::SelectArgs;
use crate::args::export::{PhaseArg, ReadingArgs};
use crate::exit::Failure;
use crate::moment::Range;
use crate::output::Talk;

/// Which events are wanted.
#[derive(Debug)]
pub(crate) struct Selection {
    range: Range,
    threads: Vec<String>,
    filter: Filter,
}

impl Selection {
    /// Reads the flags; their values are checked as those of `config.toml` are.
    pub(crate) fn new(args: &SelectArgs, now: Timestamp) -> Result<Selection, Failure> {
        let range = Range::new(args.since, args.until, &args.timezone, now)?;
        let filter = Filter::deserialize(table(args)).map_err(|error| {
            let text = error.message().trim_end().to_owned();
            Failure::usage(text)
                .hint("`vault-export help classes`, `help categories` and `help severities` list the words")
        })?;
        Ok(Selection { range, threads: args.thread.clone(), filter })
    }

    /// When events are wanted.
    pub(crate) fn window(&self) -> Window {
        self.range.window
    }

    /// Says which moments were understood, where a time zone decided on them.
    pub(crate) fn say(&self, talk: &Talk) {
        self.range.say(talk);
    }

    /// Whether the event is wanted.
    pub(crate) fn admits(&self, event: &Event<'_>) -> bool {
        self.range.window.holds(event.time.timestamp())
            && (self.threads.is_empty() || self.is_of_thread(event))
            && self.filter.admits(event)
    }

    fn is_of_thread(&self, event: &Event<'_>) -> bool {
        event
            .origin
            .as_ref()
            .and_then(|origin| origin.thread.as_ref())
            .is_some_and(|thread| self.threads.iter().any(|wanted| wanted == thread.as_str()))
    }
}

/// The flags as the table `[export.adapters.filter]` that says the same.
fn table(args: &SelectArgs) -> Table {
    let mut table = Table::new();
    let lists = [
        ("include_classes", &args.include_classes),
        ("exclude_classes", &args.exclude_classes),
        ("include_categories", &args.categories),
        ("actors", &args.actor),
        ("resources", &args.resource),
    ];
    for (key, words) in lists {
        if !words.is_empty() {
            let words = words.iter().map(|word| Value::String(word.trim().to_owned())).collect();
            table.insert(key.to_owned(), Value::Array(words));
        }
    }
    if let Some(severity) = &args.min_severity {
        table.insert("min_severity".to_owned(), Value::String(severity.clone()));
    }
    if !args.labels.is_empty() {
        let pairs =
            args.labels.iter().map(|(key, value)| (key.clone(), Value::String(value.clone())));
        table.insert("labels".to_owned(), Value::Table(pairs.collect()));
    }
    table
}

/// What the reader is told.
pub(crate) fn settings(args: &ReadingArgs, hash_key: HashKey, now: Timestamp) -> Settings {
    let settings = Settings::at(now);
    let human_actors = match &args.admin_actors[..] {
        [] => settings.human_actors,
        named => named.to_vec(),
    };
    Settings {
        human_actors,
        instance: args.instance.clone(),
        phases: match args.phases {
            PhaseArg::Response => Phases::Response,
            PhaseArg::Both => Phases::Both,
        },
        labels: args.add_labels.clone(),
        product: args.product.clone(),
        hash_key,
        clear_names: args.clear_names,
        ..settings
    }
}
