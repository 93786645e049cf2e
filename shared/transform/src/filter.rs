//! Which events a destination wants.

use crate::event::Event;

/// A filter; the default lets everything through.
#[derive(Clone, Debug, Default)]
pub struct Filter {}

impl Filter {
    /// Whether the destination wants this event.
    pub fn admits(&self, _event: &Event<'_>) -> bool {
        true
    }
}
