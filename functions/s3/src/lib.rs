//! Delivers audit events to Amazon S3, as objects of lines.
//!
//! One request stores one object (see "`PutObject`" in the S3 API reference and "How to prevent object
//! overwrites with conditional writes" in the S3 user guide,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>):
//!
//! ```text
//! PUT /vault-audit/class=SecretAccess/year=2026/month=02/day=14/hour=22/20260214T223001Z-0123456789abcdef.jsonl.zst
//! If-None-Match: *
//! Content-Type: application/x-ndjson
//! x-amz-checksum-sha256: uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=
//! x-amz-meta-sha256: b94d27b9934d3e08…
//! x-amz-meta-events: 431
//! ```
//!
//! and one refusal that is none, because the same batch was stored before:
//!
//! ```text
//! HTTP/1.1 412 Precondition Failed
//! <Error><Code>PreconditionFailed</Code><Condition>If-None-Match</Condition></Error>
//! ```
//!
//! That only helps when a batch comes again as it was. Queues deliver messages again in other
//! groupings, and these are other objects: the event's id in the record is what readers dedupe by.
//! Hence this destination is not idempotent, and a message partly delivered is never sent again
//! whole.

use delivery::destination::{Destination, Finding};
use delivery::outcome::Answer;
use delivery::{ConfigError, Export, Tools};
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::{Format, FormatError};

pub mod config;
pub mod layout;
pub mod object;
mod client;
mod deliver;
pub mod answer;
pub mod failure;
mod check;

pub use self::client::{Access, Role};
pub use self::config::{Compression, Config};
pub use self::deliver::base64;
use self::layout::Layout;

/// Lines in an object, before compression: a bound for memory, far below what one `PutObject` takes.
const OBJECT_BYTES: usize = 16 * 1024 * 1024;

/// Events in an object: what one invocation can bring.
const OBJECT_RECORDS: usize = 10_000;

/// One bucket.
pub struct S3 {
    config: Config,
    format: Format,
    layout: Layout,
    access: Access,
}

impl S3 {
    /// The destination that these settings describe. AWS is not asked before the first delivery.
    pub fn new(export: Export<Config>, tools: &Tools) -> Result<S3, ConfigError> {
        let config = export.destination.checked()?;
        let format = export.format.unwrap_or(Format::Ocsf);
        let layout = Layout::new(&config.prefix, format, config.compression);
        let role = config.role_arn.clone();
        let role = role.map(|arn| Role { arn, external_id: config.external_id.clone() });
        let access = Access::new(tools.aws.clone(), config.region.clone(), role);
        Ok(S3 { config, format, layout, access })
    }
}

impl Destination for S3 {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn limits(&self) -> Limits {
        Limits {
            records: OBJECT_RECORDS,
            bytes: OBJECT_BYTES,
            record_bytes: OBJECT_BYTES,
            ..Limits::default()
        }
    }

    fn partition(&self, event: &Event<'_>) -> Option<String> {
        Some(layout::partition(event))
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        self.format.encode(event, out)?;
        out.push(b'\n');
        Ok(())
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        self.store(batch).await
    }

    async fn refresh(&self) -> bool {
        self.access.refresh().await
    }

    async fn check(&self) -> Vec<Finding> {
        self.test().await
    }
}

#[cfg(test)]
mod tests;
