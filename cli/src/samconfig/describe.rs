//! `vault-export config --describe`: the settings of a type of destination, or those of a filter.

use delivery::settings::{self, Setting};
use registry::Type;
use serde_json::{Value, json};
use transform::filter::Filter;

use crate::exit::{Exit, Failure};
use crate::output::Talk;

/// Prints one setting a line, in columns: key, kind, description.
pub(super) fn run(what: &str, json: bool, talk: &Talk) -> Result<Exit, Failure> {
    let settings = match what {
        "filter" => settings::describe::<Filter>(),
        what => what
            .parse::<Type>()
            .map_err(|problem| Failure::usage(format!("--describe: {problem}, filter")))?
            .settings(),
    };
    if json {
        let objects = settings.iter().map(object);
        talk.json(&objects.collect::<Vec<Value>>())?;
        return Ok(Exit::Done);
    }
    let width = |of: fn(&Setting) -> usize| settings.iter().map(of).max().unwrap_or(0);
    let first = width(|one| one.key.len());
    let second = width(|one| one.kind.len()).min(40);
    for one in &settings {
        let needed = if one.required { "Required. " } else { "" };
        talk.row(&format!("{:first$}  {:second$}  {needed}{}", one.key, one.kind, one.description));
    }
    Ok(Exit::Done)
}

fn object(setting: &Setting) -> Value {
    let Setting { key, kind, required, description } = setting;
    json!({ "key": key, "type": kind, "required": required, "description": description })
}
