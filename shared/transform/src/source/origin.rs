//! In what a record came, put into its event.

use super::{Context, clean};
use crate::event::{Event, Text, Value, Wrapper};
use crate::redact;

/// Notes the wrapper in `origin`, and in `details.original_bytes` how large the record was before what no reader
/// keeps was left out.
pub(super) fn note(event: &mut Event<'_>, context: &Context) {
    if let Some(wrapper) = &context.wrapper
        && let Some(origin) = &mut event.origin
    {
        origin.wrapper = Some(Box::new(shown(wrapper)));
    }
    if let Some(bytes) = context.original_bytes.and_then(|bytes| i64::try_from(bytes).ok())
        && event.details.0.len() < 64
    {
        event.details.0.push(("original_bytes".into(), Value::Int(bytes)));
    }
}

/// The wrapper as it may be shown: whoever forwards logs decides what it says.
fn shown(wrapper: &Wrapper<'static>) -> Wrapper<'static> {
    let clean = |text: &Option<Text<'static>>, limit| {
        let text = clean::clip(text.clone()?, limit)?;
        Some(Text::from(redact::text(&text).into_owned()).clipped(limit))
    };
    Wrapper {
        kind: wrapper.kind.clone().clipped(64),
        time: wrapper.time,
        host: clean(&wrapper.host, 256),
        pod: clean(&wrapper.pod, 512),
        stream: clean(&wrapper.stream, 32),
        log_group: clean(&wrapper.log_group, 512),
        log_stream: clean(&wrapper.log_stream, 512),
    }
}
