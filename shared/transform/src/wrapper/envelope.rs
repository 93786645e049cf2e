//! Our own wrapper, in which `ship` and the router put on a queue what a record came in:
//! `{"vault_export":{"original_bytes":…,"wrapper":{…}},"record":{…}}`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::Context;
use crate::error::ParseError;
use crate::event::{Text, Time, Wrapper};
use crate::json::Writer;
use crate::split::MAX_RECORD_BYTES;

/// How it begins; it is written by us alone, so that nothing else need be looked for.
const BEGIN: &str = "{\"vault_export\":{";

/// In place of a reason to refuse it: a record that is no JSON, as a text.
const GARBLED: &str = "garbled";

/// The record and what is known of it, on one line. What is no JSON goes as a text, or its brackets would
/// end the wrapper.
pub(super) fn seal(text: &str, context: &Context) -> String {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return write(context, Some(GARBLED), |out| crate::json::string(out, text));
    }
    write(context, None, |out| {
        // JSON has no line break within a string, so that a blank is as good.
        out.extend(
            text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }),
        );
    })
}

/// A text that is refused, so that it is refused again with the same reason.
pub(super) fn refused(text: &str, context: &Context, error: &ParseError) -> String {
    let code = match error {
        ParseError::TooLarge { .. } => Some("too_large"),
        ParseError::Encoding => Some("encoding"),
        _ => None,
    };
    // What is too large for a queue stays behind; where it stands is told to whoever sent it.
    let text = if text.len() > MAX_RECORD_BYTES { "" } else { text };
    write(context, code, |out| crate::json::string(out, text))
}

fn write(context: &Context, code: Option<&str>, record: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::with_capacity(512);
    let mut json = Writer::new(&mut out);
    json.open();
    json.key("vault_export");
    json.open();
    if let Some(bytes) = context.original_bytes {
        json.number("original_bytes", bytes);
    }
    json.text_if("refused", code);
    if let Some(wrapper) = &context.wrapper {
        json.key("wrapper");
        crate::format::contract::wrapper(&mut json, wrapper);
    }
    json.close();
    json.key("record");
    record(json.out());
    json.close();
    String::from_utf8(out).unwrap_or_default() // the writer writes UTF-8
}

#[derive(Deserialize)]
struct Sealed<'a> {
    vault_export: Head,
    #[serde(borrow)]
    record: &'a RawValue,
}

#[derive(Deserialize)]
struct Head {
    original_bytes: Option<u64>,
    refused: Option<String>,
    wrapper: Option<Told>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    r#type: String,
    time: Option<String>,
    host: Option<String>,
    pod: Option<String>,
    stream: Option<String>,
    log_group: Option<String>,
    log_stream: Option<String>,
}

impl Told {
    fn wrapper(self) -> Wrapper<'static> {
        Wrapper {
            kind: Text::from(self.r#type),
            time: self.time.as_deref().and_then(Time::parse),
            host: self.host.map(Text::from),
            pod: self.pod.map(Text::from),
            stream: self.stream.map(Text::from),
            log_group: self.log_group.map(Text::from),
            log_stream: self.log_stream.map(Text::from),
        }
    }
}

/// The record in our own wrapper; nothing if the text is none.
pub(super) fn open(text: &str) -> Option<(Result<Cow<'_, str>, ParseError>, Context)> {
    if !text.starts_with(BEGIN) {
        return None;
    }
    let Sealed { vault_export: Head { original_bytes, refused, wrapper }, record } =
        serde_json::from_str(text).ok()?;
    let wrapper = wrapper.map(|told| Box::new(told.wrapper()));
    let kind = wrapper.as_ref().map(|wrapper| wrapper.kind.to_string()).unwrap_or_default();
    let text = match refused.as_deref() {
        Some("too_large") => Err(ParseError::TooLarge { limit: MAX_RECORD_BYTES }),
        Some("encoding") => Err(ParseError::Encoding),
        Some(GARBLED) => Ok(Cow::Owned(serde_json::from_str(record.get()).ok()?)),
        _ if record.get().starts_with('{') => Ok(Cow::Borrowed(record.get())),
        _ => Err(ParseError::UnknownFormat(None)),
    };
    let context = Context { wrapper, original_bytes };
    Some((text.map_err(|error| error.within(&kind)), context))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_with_all_that_was_known() {
        let wrapper = Wrapper {
            kind: "cri".into(),
            time: Time::parse("2026-11-21T20:59:59.5Z"),
            host: Some("h\"1".into()),
            pod: Some("ns/p".into()),
            stream: Some("stdout".into()),
            log_group: Some("g".into()),
            log_stream: Some("s".into()),
        };
        let context = Context { wrapper: Some(Box::new(wrapper)), original_bytes: Some(7) };
        let line = seal("{\n \"a\":1}", &context);
        assert!(!line.contains('\n'));
        assert_eq!(open(&line), Some((Ok("{  \"a\":1}".into()), context)));
    }

    #[test]
    fn a_record_that_is_no_json_does_not_break_out_of_its_wrapper() {
        let context = Context { original_bytes: Some(7), ..Context::default() };
        for text in ["{", "{}}{\"a\":1", "{\"a\":1},\"record\":{\"b\":2}", "{\"a\":\"", "{}\n{}"] {
            let line = seal(text, &context);
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(open(&line), Some((Ok(text.into()), context.clone())), "{text}");
            assert_eq!(crate::split::records(&line).count(), 1, "{text}");
        }
    }

    #[test]
    fn what_was_refused_is_refused_again() {
        let context = Context::default();
        for error in [ParseError::TooLarge { limit: MAX_RECORD_BYTES }, ParseError::Encoding] {
            let line = refused("x", &context, &error);
            assert_eq!(open(&line), Some((Err(error), context.clone())));
        }
        assert_eq!(open("{\"a\":1}"), None);
    }
}
