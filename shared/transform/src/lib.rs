//! What happens to an audit event between a vault's log line and a destination's request.
//!
//! Pure: no input or output, no clock, no async, no vendor's address. The modules stand in the order
//! in which an event meets them: a message body is [`split`] into records, which are taken out of their [`wrapper`]s, a [`source`] reads each
//! record into an [`event`] by allow-list, which is [`redact`]ed and given its [`severity`]; a
//! [`filter`] asks whether a destination wants it, a [`format`] writes it, a [`batch`] cuts what was
//! written into requests.

pub mod error;
pub mod split;
pub mod wrapper;
pub mod source;
pub mod event;
pub mod value;
pub mod redact;
pub mod severity;
pub mod filter;
pub mod summary;
pub mod format;
pub mod batch;
pub mod json;
