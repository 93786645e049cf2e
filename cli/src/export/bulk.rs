//! Request bodies for intakes: what may be asked for, and Elasticsearch's.

use transform::event::Event;
use transform::format::{Format, FormatError};
use transform::json;

use crate::args::{Bulk, ExportArgs};
use crate::exit::Failure;

/// Refuses what the intake could not read.
pub(super) fn check(bulk: Bulk, format: Format, args: &ExportArgs) -> Result<(), Failure> {
    let is_document = matches!(format, Format::Json | Format::FlatJson | Format::Ocsf);
    let takes_text = bulk == Bulk::Splunk && format.is_text();
    if !is_document && !takes_text {
        let name = format.as_str();
        return Err(Failure::usage(format!("--format {name} makes no sense in this intake"))
            .hint("json, flat_json and ocsf go into each; cef, leef and leef1 into splunk too"));
    }
    if args.index.is_some() && bulk == Bulk::Datadog {
        return Err(Failure::usage("Datadog has no --index")
            .hint("its indexes filter by tag and attribute"));
    }
    if args.sourcetype.is_some() && bulk != Bulk::Splunk {
        return Err(Failure::usage("--sourcetype is Splunk's").hint("use --bulk-format splunk"));
    }
    Ok(())
}

/// An action line and a document line. `create` refuses an id that is there already (status 409), so that a window
/// that is posted twice changes nothing; data streams take nothing else, and want `@timestamp`
/// (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk>).
pub(super) fn elastic(
    event: &Event<'_>,
    format: Format,
    index: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    out.extend_from_slice(b"{\"create\":{");
    if let Some(index) = index {
        out.extend_from_slice(b"\"_index\":");
        json::string(out, index);
        out.push(b',');
    }
    out.extend_from_slice(b"\"_id\":");
    json::string(out, &event.id);
    out.extend_from_slice(b"}}\n{\"@timestamp\":\"");
    event.time.write_millis(out);
    out.push(b'"');
    let document = out.len();
    format.encode(event, out)?;
    join(out, document);
    out.push(b'\n');
    Ok(())
}

/// Makes the members of the object that begins here members of the one that is open before it.
fn join(out: &mut [u8], document: usize) {
    if let Some(brace) = out.get_mut(document) {
        *brace = b',';
    }
}
