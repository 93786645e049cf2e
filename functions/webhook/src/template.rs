//! A body of one's own: a JSON text with places for the event's fields.
//!
//! ```text
//! {"text": "{{actor.name}} {{action}} {{resource.path}}", "port": {{json network.source_port}}}
//! ```
//!
//! There is no logic, on purpose: what is sent to a receiver can be read off the template. Names are those of
//! `flat_json`. `{{field}}` stands within a string and `{{json field}}` for a whole value; whatever is in the event,
//! the request stays the JSON text that the template is. That is proved when the template is read, together with its
//! names: a mistyped one is an error at start, and not an empty place when it matters.

mod fields;

use delivery::config::ConfigError;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use transform::event::Event;
use transform::format::{Format, FormatError};
use transform::json;

/// A template that was read and found right.
#[derive(Clone, Debug)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Fixed(String),
    /// `{{field}}`: the text, within a string.
    Text(String),
    /// `{{json field}}`: a value.
    Value(String),
}

impl Template {
    /// Reads a template. It is refused when it names what no event has, or does not always give JSON.
    pub fn parse(text: &str) -> Result<Template, ConfigError> {
        let parts = parts(text).map_err(|problem| ConfigError::new("template", problem))?;
        let template = Template(parts);
        // A place outside of a string is found by a text, a value inside of one by its quotes.
        for probe in [Value::from("x"), Value::Null] {
            let mut out = Vec::new();
            template.write(|_| Some(&probe), &mut out);
            check(&out).map_err(|error| ConfigError::new("template", not_json(&error)))?;
        }
        Ok(template)
    }

    /// Writes the body for one event. A field that it does not have is empty, or `null`.
    pub fn render(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let mut flat = Vec::new();
        Format::FlatJson.encode(event, &mut flat)?;
        let fields: Map<String, Value> = serde_json::from_slice(&flat)
            .map_err(|_| FormatError("the event's fields cannot be read".to_owned()))?;
        let begin = out.len();
        self.write(|name| fields.get(name), out);
        let body = out.get(begin..).unwrap_or_default();
        check(body).map_err(|_| FormatError("the template does not give JSON for it".to_owned()))
    }

    fn write<'v>(&self, value: impl Fn(&str) -> Option<&'v Value>, out: &mut Vec<u8>) {
        for part in &self.0 {
            match part {
                Part::Fixed(text) => out.extend_from_slice(text.as_bytes()),
                Part::Text(name) => json::escape(out, &value(name).map(shown).unwrap_or_default()),
                Part::Value(name) => {
                    let value = value(name).unwrap_or(&Value::Null);
                    out.extend_from_slice(value.to_string().as_bytes());
                }
            }
        }
    }
}

fn check(body: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice(body).map(|IgnoredAny| ())
}

/// serde's error has a place in the probe's text, which is near the one in the template, and quotes nothing.
fn not_json(error: &serde_json::Error) -> String {
    format!(
        "does not give JSON (near line {}, column {}): {{{{field}}}} belongs within a string, {{{{json field}}}} is a value \
         with its own quotes",
        error.line(),
        error.column()
    )
}

/// A value as text: lists by their items.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn parts(text: &str) -> Result<Vec<Part>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((place, behind)) = after.split_once("}}") else {
            return Err("has a {{ without its }}".to_owned());
        };
        parts.push(Part::Fixed(before.to_owned()));
        parts.push(named(place.trim())?);
        rest = behind;
    }
    parts.push(Part::Fixed(rest.to_owned()));
    Ok(parts)
}

/// Whether it looks like a member's name: anything else may be a credential in the wrong place.
fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'_');
    text.len() <= 32 && text.bytes().all(is_letter)
}

fn named(place: &str) -> Result<Part, String> {
    let (value, name) = match place.strip_prefix("json ") {
        Some(name) => (true, name.trim()),
        None => (false, place),
    };
    if !fields::is_known(name) {
        let instead = fields::nearest(name)
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let name = if is_name(name) { format!("`{name}`") } else { "something".to_owned() };
        return Err(format!(
            "names {name}, which no event has{instead} Names are those of the format flat_json"
        ));
    }
    Ok(if value { Part::Value(name.to_owned()) } else { Part::Text(name.to_owned()) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use transform::source::native;

    use super::*;

    fn render(template: &str, message: &str) -> Value {
        let line = json!({
            "schema": "vault-audit/1", "id": "e-1", "time": "2026-02-14T22:30:01Z", "class": "SecretAccess",
            "action": "retrieve", "outcome": "denied", "message": message, "labels": {"env": "prod"},
            "actor": {"id": "agent:a", "type": "agent", "groups": ["dev", "ops"]},
            "source": {"product": "sanctum", "instance": "vault-1"},
            "network": {"source_ip": "10.0.0.1", "source_port": 4711},
        })
        .to_string();
        let mut out = b"before".to_vec();
        let event = native::parse(&line).unwrap();
        Template::parse(template).unwrap().render(&event, &mut out).unwrap();
        serde_json::from_slice(out.strip_prefix(b"before").unwrap()).unwrap()
    }

    fn problem(template: &str) -> String {
        let error = Template::parse(template).unwrap_err();
        assert_eq!(error.place, "template");
        error.problem
    }

    #[test]
    fn fields_stand_where_the_template_says() {
        let template = r#"{"text": "{{actor.id}} on {{ labels.env }}: {{message}}", "port": {{json network.source_port}},
            "groups": {{json actor.groups}}, "line": "{{actor.groups}}", "deep": {"id": {{json id}}}}"#;
        let expected = json!({"text": "agent:a on prod: no", "port": 4711, "groups": ["dev", "ops"],
            "line": "dev, ops", "deep": {"id": "e-1"}});
        assert_eq!(render(template, "no"), expected);
    }

    #[test]
    fn what_the_event_does_not_have_is_empty_or_null() {
        let template =
            r#"{"a": "[{{resource.path}}]", "b": {{json resource.path}}, "c": "{{details.x}}"}"#;
        assert_eq!(render(template, "no"), json!({"a": "[]", "b": null, "c": ""}));
    }

    #[test]
    fn a_value_never_leaves_its_place() {
        let evil = [
            r#"", "admin": true, "x": ""#,
            "line\nbreak\r\t\u{0}\u{1f}",
            "}} {{id}} {{json id}} }",
            r"back\slash \u0022 \",
            "\u{2028}</script>",
        ];
        for message in evil {
            let template = r#"{"text": "<{{message}}>", "value": {{json message}}}"#;
            let body = render(template, message);
            let told = body["value"].as_str().unwrap();
            assert_eq!(body, json!({"text": format!("<{told}>"), "value": told}));
            let plain: String = message.chars().filter(|one| !one.is_control()).collect();
            assert!(told.replace(char::is_control, "").contains(plain.trim()), "{told:?}");
        }
    }

    #[test]
    fn an_unknown_field_is_an_error_at_start_that_names_it() {
        let told = problem(r#"{"text": "{{actor.nmae}} {{path}}"}"#);
        assert!(told.contains("`actor.nmae`"), "{told}");
        let told = problem(r#"{"text": "{{path}}"}"#);
        assert!(told.contains("`path`") && told.contains("`resource.path`"), "{told}");
        let told = problem(r#"{"text": "{{s3cr3t-Canary}}"}"#);
        assert!(told.contains("no event has") && !told.contains("Canary"), "{told}");
        for wrong in ["{{labels.}}", "{{}}", "{{#if id}}", "{{json}}", "{{id | upper}}"] {
            assert!(
                problem(&format!("{{\"a\": \"{wrong}\"}}")).contains("no event has"),
                "{wrong}"
            );
        }
        assert!(problem(r#"{"a": "{{id"}"#).contains("without its }}"));
    }

    #[test]
    fn a_template_that_could_give_something_else_than_json_is_refused() {
        for wrong in [
            r#"{"a": {{id}}}"#,
            r#"{"a": "{{json id}}"}"#,
            r#"{"a": "\{{id}}"}"#,
            r#"{"a": "{{id}}",}"#,
            r#"{"a": 1{{network.source_port}}}"#,
            "plain {{id}}",
            "",
        ] {
            assert!(problem(wrong).contains("does not give JSON"), "{wrong}");
        }
        assert!(Template::parse(r#""{{id}}""#).is_ok());
    }
}
