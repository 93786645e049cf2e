//! Application Lifecycle (6002): the vault itself. Event Log Activity (1008): what records, and our own export.

use super::actor;
use super::base;
use super::endpoint;
use super::observable;
use super::page::Page;
use super::resource;
use crate::event::{Class, Event};

pub(super) fn application(page: &mut Page<'_>, event: &Event<'_>) {
    page.object("app", |page| base::product(page, &event.source));
    actor::write(page, event);
}

pub(super) fn event_log(page: &mut Page<'_>, event: &Event<'_>) {
    actor::write(page, event);
    page.text("log_name", event.resource.as_ref().and_then(resource::any_name));
    page.fixed(r#""log_type_id":2,"log_type":"Application""#);
    endpoint::source(page, event, observable::SOURCE_IP);
    if event.class == Class::ExportHealth {
        endpoint::exported_to(page, event);
    } else {
        endpoint::destination(page, event, observable::DESTINATION_HOST);
    }
}
