//! vault-export
fn main() {}
