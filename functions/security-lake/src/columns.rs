//! The columns of each event class, once and for all.
//!
//! A Glue crawler makes one table of all files of a source. A schema inferred from each batch gives a
//! string in one file and a struct in the next, and breaks the table; so the schema comes from
//! `columns.txt`, which says what of OCSF 1.3.0 has a column, and never from the data. OCSF's objects
//! contain each other (`process.parent_process`); which levels have columns is chosen there too.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use delivery::ConfigError;

const TEXT: &str = include_str!("columns.txt");

/// Marks a column whose OCSF type is `json_t`: what is no string there is written as JSON text.
const JSON: (&str, &str) = ("ocsf", "json_t");

/// One OCSF event class.
#[derive(Clone, Debug)]
pub struct Class {
    /// `class_uid`.
    pub uid: u16,
    /// The name by which Security Lake registers sources of it.
    pub event_class: &'static str,
    /// Its columns.
    pub schema: SchemaRef,
}

/// All classes that are written.
pub fn classes() -> Result<Vec<Class>, ConfigError> {
    parse(TEXT).map_err(|line| ConfigError::new("columns.txt", format!("cannot be read: {line}")))
}

/// Whether a column holds JSON as text.
pub fn is_json(field: &Field) -> bool {
    field.metadata().get(JSON.0).is_some_and(|kind| kind == JSON.1)
}

fn parse(text: &'static str) -> Result<Vec<Class>, &'static str> {
    let mut sections: Vec<(&str, Vec<FieldRef>)> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((name, Vec::new()));
            continue;
        }
        let (_, fields) = sections.last_mut().ok_or(line)?;
        fields.push(Arc::new(column(line).ok_or(line)?));
    }
    let [(_, first), classes @ .., (_, last)] = sections.as_slice() else { return Err("sections") };
    classes.iter().map(|(name, own)| class(name, [first, own, last]).ok_or(*name)).collect()
}

fn class(name: &'static str, columns: [&Vec<FieldRef>; 3]) -> Option<Class> {
    let (uid, event_class) = name.split_once(' ')?;
    let fields: Fields = columns.into_iter().flatten().cloned().collect();
    Some(Class { uid: uid.parse().ok()?, event_class, schema: Arc::new(Schema::new(fields)) })
}

/// `name type` or `name type not null`.
fn column(line: &str) -> Option<Field> {
    let (line, nullable) = match line.strip_suffix(" not null") {
        Some(line) => (line, false),
        None => (line, true),
    };
    let (name, mut text) = line.split_once(' ')?;
    let field = field(name, &mut text, nullable)?;
    text.is_empty().then_some(field)
}

fn field(name: &str, text: &mut &str, nullable: bool) -> Option<Field> {
    if take(text, "json") {
        let marked = HashMap::from([(JSON.0.to_owned(), JSON.1.to_owned())]);
        return Some(Field::new(name, DataType::Utf8, nullable).with_metadata(marked));
    }
    Some(Field::new(name, kind(text)?, nullable))
}

/// The type that the text begins with.
fn kind(text: &mut &str) -> Option<DataType> {
    const PLAIN: [(&str, DataType); 4] = [
        ("boolean", DataType::Boolean),
        ("string", DataType::Utf8),
        ("bigint", DataType::Int64),
        ("int", DataType::Int32),
    ];
    for (word, kind) in PLAIN {
        if take(text, word) {
            return Some(kind);
        }
    }
    if take(text, "timestamp") {
        // "UTC" would need the time-zone database in the decoder.
        return Some(DataType::Timestamp(TimeUnit::Millisecond, Some("+00:00".into())));
    }
    if take(text, "map<string,string>") {
        return Some(map());
    }
    if take(text, "array<") {
        let item = field("item", text, true)?;
        return take(text, ">").then(|| DataType::List(Arc::new(item)));
    }
    if take(text, "struct<") {
        return members(text).map(DataType::Struct);
    }
    None
}

/// `name:type,name:type>`.
fn members(text: &mut &str) -> Option<Fields> {
    let mut fields = Vec::new();
    loop {
        let (name, rest) = text.split_once(':')?;
        *text = rest;
        fields.push(field(name, text, true)?);
        if take(text, ">") {
            return Some(fields.into());
        }
        take(text, ",").then_some(())?;
    }
}

fn map() -> DataType {
    let entries = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Utf8, true),
    ]);
    DataType::Map(Arc::new(Field::new("key_value", DataType::Struct(entries), false)), false)
}

fn take(text: &mut &str, word: &str) -> bool {
    match text.strip_prefix(word) {
        Some(rest) => {
            *text = rest;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests;
