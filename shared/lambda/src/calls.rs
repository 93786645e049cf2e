//! One file a call.

pub mod batch;
pub mod check;
pub mod custom_resource;
pub mod drain;
