//! How long to wait before trying again.

use std::time::Duration;

/// Exponential back-off with jitter.
///
/// The pause before attempt `n` lies between half and the whole of `first * 2^n`, and never
/// above `longest`: jitter spreads the senders, and a bound that jitter may exceed is none. That is
/// why the delays are computed here; the back-off crates add their jitter on top of the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The pause after the first failure, before jitter.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// How often one request is tried in all; what is then undelivered waits in its queue, where
    /// waiting costs nothing.
    pub attempts: u32,
}

impl Default for Backoff {
    fn default() -> Backoff {
        Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(10), attempts: 6 }
    }
}

impl Backoff {
    /// The pause after failure number `failed`, counted from 0.
    pub fn pause(&self, failed: u32) -> Duration {
        let whole = doubled(self.first, failed, self.longest);
        whole.mul_f64(0.5 + fastrand::f64() / 2.0).min(self.longest)
    }
}

/// `first * 2^times`, at most `longest`.
pub fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    let factor = 2_u32.checked_pow(times).unwrap_or(u32::MAX);
    first.checked_mul(factor).unwrap_or(longest).min(longest)
}

/// A little longer or shorter: by a random part of it between these two.
pub fn spread(wait: Duration, by: std::ops::Range<f64>) -> Duration {
    let part = by.start + (by.end - by.start) * fastrand::f64();
    Duration::try_from_secs_f64(wait.as_secs_f64() * (1.0 + part)).unwrap_or(wait)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pause_is_never_above_its_maximum_nor_below_half(
            first in 0_u64..100_000, longest in 0_u64..10_000_000, failed in 0_u32..200,
        ) {
            let (first, longest) = (Duration::from_millis(first), Duration::from_millis(longest));
            let backoff = Backoff { first, longest, attempts: 5 };
            let pause = backoff.pause(failed);
            prop_assert!(pause <= longest);
            prop_assert!(pause + Duration::from_nanos(2) >= doubled(first, failed, longest) / 2);
        }
    }

    #[test]
    fn it_doubles_up_to_the_longest() {
        let of = |times| doubled(Duration::from_secs(5), times, Duration::from_mins(15)).as_secs();
        assert_eq!([of(0), of(1), of(2), of(7), of(8), of(99)], [5, 10, 20, 640, 900, 900]);
    }
}
