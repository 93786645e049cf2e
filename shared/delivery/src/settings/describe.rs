//! The table of settings, from the structs that they are read into.

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

/// One setting, as its field and the field's documentation describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: String,
    /// What kind of value: `text`, `number`, `true or false`, `list`, `table`, or the words that it may be.
    pub kind: String,
    /// Whether it must be set.
    pub required: bool,
    /// What it does, on one line.
    pub description: String,
}

/// The settings of a struct, in the order of its fields' names.
pub fn describe<T: JsonSchema>() -> Vec<Setting> {
    let mut generator = SchemaGenerator::default();
    let schema = Value::from(T::json_schema(&mut generator));
    let definitions = Value::from(generator.take_definitions(true));
    let required: Vec<&str> = strings(schema.get("required"));
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut all: Vec<Setting> = members
        .map(|(key, member)| Setting {
            key: key.clone(),
            kind: kind(member, &definitions),
            required: required.contains(&key.as_str()),
            description: one_line(member),
        })
        .collect();
    all.sort_by(|one, other| one.key.cmp(&other.key));
    all
}

fn one_line(member: &Value) -> String {
    let text = member.get("description").and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind(member: &Value, definitions: &Value) -> String {
    if let Some(name) = member.get("$ref").and_then(Value::as_str) {
        let name = name.rsplit('/').next().unwrap_or_default();
        return definitions.get(name).map_or_else(String::new, |of| kind(of, definitions));
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(parts) = member.get(several).and_then(Value::as_array) {
            let kinds = parts.iter().map(|part| kind(part, definitions));
            let kinds: Vec<String> = kinds.filter(|kind| !kind.is_empty()).collect();
            return kinds.join(", ");
        }
    }
    if let Some(word) = member.get("const").and_then(Value::as_str) {
        return word.to_owned();
    }
    if member.get("enum").is_some() {
        return strings(member.get("enum")).join(", ");
    }
    let types = match member.get("type") {
        Some(Value::String(one)) => vec![one.as_str()],
        many => strings(many),
    };
    let word = types.into_iter().find(|one| *one != "null").unwrap_or_default();
    match word {
        "string" => "text",
        "integer" => "number",
        "boolean" => "true or false",
        "array" => "list",
        "object" => "table",
        _ => "",
    }
    .to_owned()
}

fn strings(list: Option<&Value>) -> Vec<&str> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}
