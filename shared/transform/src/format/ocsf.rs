//! `ocsf`: OCSF 1.3.0 JSON, the version that Amazon Security Lake takes from custom sources.
//!
//! One event of the contract gives one OCSF event: [`classify`] says of which class, a writer per class group
//! says the rest, and what OCSF has no place for stands under `unmapped`, so that nothing is lost. The same
//! event always gives the same bytes: there is no `processed_time`, so a retry overwrites itself.
//!
//! Attributes, enum values and captions: <https://schema.ocsf.io/1.3.0/>.

mod actor;
mod api;
mod base;
mod classify;
mod endpoint;
mod entity;
mod finding;
mod iam;
mod observable;
mod page;
mod resource;
mod schema;
mod system;
mod unmapped;

use self::classify::classify;
use self::page::Page;
use self::schema::Layout;
use crate::event::Event;

/// The `class_uid` that [`write()`] gives the event, for destinations that keep classes apart.
pub fn class_uid(event: &Event<'_>) -> u16 {
    classify(event).class.uid
}

/// Writes the event as one OCSF JSON object.
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    out.reserve(4096); // most events take two to three thousand bytes
    let kind = classify(event);
    let mut page = Page::new(out);
    base::write(&mut page, event, &kind);
    match kind.class.layout {
        Layout::Authentication => iam::authentication(&mut page, event, &kind),
        Layout::AuthorizeSession => iam::authorize_session(&mut page, event),
        Layout::AccountChange => iam::account_change(&mut page, event),
        Layout::UserAccess => iam::user_access(&mut page, event),
        Layout::ApiActivity => api::write(&mut page, event),
        Layout::DetectionFinding => finding::detection(&mut page, event, &kind),
        Layout::ComplianceFinding => finding::compliance(&mut page, event),
        Layout::EntityManagement => entity::write(&mut page, event, &kind),
        Layout::ApplicationLifecycle => system::application(&mut page, event),
        Layout::EventLog => system::event_log(&mut page, event),
    }
    unmapped::write(&mut page, event, &kind);
    page.finish();
}
