//! Which events a destination wants.
//!
//! One filter for the router's routes, the destination functions and the command line. Every condition that is
//! set must hold; a list that is empty or absent asks for nothing, so an empty filter lets everything through.
//! What a list holds is an "or": one of its classes, one of its actors. Labels are an "and".

mod kinds;
mod pattern;
mod settings;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::value::{Error as Problem, MapDeserializer};

use self::kinds::{Categories, Classes, Kinds};
use self::pattern::Pattern;
use crate::event::{Event, Severity, Text};

/// A filter; the default lets everything through. Keys as in `[export.adapters.filter]`.
///
/// Reads from a TOML table and from a map of strings alike: a list may be an array or comma separated, labels
/// a table or `env=production,team=payments`. Unknown keys and unknown names are refused.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Classes that are wanted; also SanctumAI's kind names, as `CredentialAccess` or `AuthFailure`.
    #[schemars(with = "Vec<String>")]
    include_classes: Kinds,
    /// Classes that are not wanted, whatever the other conditions say.
    #[schemars(with = "Vec<String>")]
    exclude_classes: Classes,
    /// Categories that are wanted; `decision` is `aitl`. A record that Syncropel filed under one of them counts.
    #[schemars(with = "Vec<String>")]
    include_categories: Categories,
    /// The least severity that is wanted: a name in any case, or 1 (Informational) to 5 (Critical).
    #[serde(deserialize_with = "settings::severity")]
    #[schemars(with = "Option<String>")]
    min_severity: Option<Severity>,
    /// Labels that an event must carry, all of them.
    #[serde(deserialize_with = "settings::pairs")]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    labels: Vec<(String, String)>,
    /// Actors by id or name: exactly, or with `*` for any run of characters.
    #[serde(deserialize_with = "settings::list")]
    #[schemars(with = "Vec<String>")]
    actors: Vec<Pattern>,
    /// Resources by path, id or name: exactly, or with `*` for any run of characters.
    #[serde(deserialize_with = "settings::list")]
    #[schemars(with = "Vec<String>")]
    resources: Vec<Pattern>,
}

/// A filter that says something no event can be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter: {0}")]
pub struct FilterError(String);

impl Filter {
    /// Reads a filter from keys and text values, as environment variables and command lines have them.
    ///
    /// # Errors
    /// Names the unknown key or word, and those that are known.
    pub fn from_pairs<'t>(
        pairs: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Filter, FilterError> {
        Filter::deserialize(MapDeserializer::<_, Problem>::new(pairs.into_iter()))
            .map_err(|problem| FilterError(problem.to_string()))
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }

    /// Whether the destination wants this event.
    pub fn admits(&self, event: &Event<'_>) -> bool {
        !self.exclude_classes.contain(event.class)
            && self.include_classes.admit(event)
            && self.include_categories.admit(event)
            && self.min_severity.is_none_or(|least| event.severity() >= least)
            && self.labels.iter().all(|(key, value)| has_label(event, key, value))
            && matches_any(&self.actors, || {
                [Some(&event.actor.id), event.actor.name.as_ref(), None]
            })
            && matches_any(&self.resources, || resource_names(event))
    }
}

fn has_label(event: &Event<'_>, key: &str, value: &str) -> bool {
    event.labels.get(key).is_some_and(|found| found.as_str() == value)
}

fn matches_any<'e>(
    patterns: &[Pattern],
    names: impl FnOnce() -> [Option<&'e Text<'e>>; 3],
) -> bool {
    patterns.is_empty()
        || names()
            .into_iter()
            .flatten()
            .any(|name| patterns.iter().any(|pattern| pattern.matches(name)))
}

fn resource_names<'e>(event: &'e Event<'e>) -> [Option<&'e Text<'e>>; 3] {
    event.resource.as_ref().map_or([None; 3], |resource| {
        [resource.path.as_ref(), resource.id.as_ref(), resource.name.as_ref()]
    })
}
