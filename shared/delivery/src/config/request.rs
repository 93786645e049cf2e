//! The size of a request.

use std::ops::RangeInclusive;

use super::ConfigError;

/// The setting `max_request_bytes`: what is usual if it is not set, refused if it is out of range.
pub fn request_bytes(
    set: Option<usize>,
    usual: usize,
    range: RangeInclusive<usize>,
) -> Result<usize, ConfigError> {
    let bytes = set.unwrap_or(usual);
    if range.contains(&bytes) {
        return Ok(bytes);
    }
    let problem = format!("must be from {} to {}", range.start(), range.end());
    Err(ConfigError::new("max_request_bytes", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_size_out_of_range_is_refused_by_name() {
        let bytes = |set| request_bytes(set, 10, 5..=20);
        assert_eq!((bytes(None), bytes(Some(5)), bytes(Some(20))), (Ok(10), Ok(5), Ok(20)));
        for wrong in [4, 21] {
            let error = bytes(Some(wrong)).unwrap_err();
            assert_eq!(error.to_string(), "max_request_bytes: must be from 5 to 20");
        }
    }
}
