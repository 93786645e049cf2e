//! Splunk HEC envelopes, as the destination itself writes them: for `/services/collector/event`.

use splunk_hec::config::{Ack, Config};
use splunk_hec::encode::Envelope;
use transform::format::Format;

use crate::args::ExportArgs;
use crate::exit::Failure;

/// The envelope for these flags.
pub(super) fn envelope(format: Format, args: &ExportArgs) -> Result<Envelope, Failure> {
    // The envelope does not say where it goes.
    let endpoint = "https://localhost:8088".parse();
    let config = Config {
        endpoint: endpoint.map_err(Failure::bug)?,
        index: args.index.clone(),
        source: "vault-export".to_owned(),
        sourcetype: args.sourcetype.clone(),
        host: None,
        ack: Ack::Off,
        max_request_bytes: None,
    };
    Ok(Envelope::new(&config, format))
}
