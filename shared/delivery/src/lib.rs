//! The way of events to one destination, without queues and without a vendor's name.

pub mod destination;
pub mod outcome;
