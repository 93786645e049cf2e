use proptest::prelude::*;

use super::*;
use crate::source::native;

const LINE: &str = r#"{"schema":"vault-audit/1","id":"a","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{"id":"agent:a","type":"agent"},"source":{"product":"sanctum","instance":"v"}}"#;

fn event() -> Event<'static> {
    native::parse(LINE).unwrap()
}

/// One record a size, filled with its number, in partition `number % partitions`.
fn encoded<'a>(event: &'a Event<'a>, sizes: &[usize], partitions: usize) -> Encoded<'a> {
    let mut encoded = Encoded::default();
    for (position, size) in sizes.iter().enumerate() {
        let partition = (partitions > 1).then(|| (position % partitions).to_string());
        let byte = u8::try_from(position % 251).unwrap();
        encoded.push(position, event, partition, |out| out.resize(out.len() + size, byte));
    }
    encoded
}

proptest! {
    #[test]
    fn no_request_is_over_a_limit_and_no_record_is_lost(
        sizes in proptest::collection::vec(0_usize..400, 0..120),
        records in 1_usize..30,
        bytes in 1_usize..1500,
        record_bytes in 1_usize..500,
        framing in 0_usize..4,
        overhead in 0_usize..20,
        partitions in 1_usize..4,
    ) {
        let event = event();
        let encoded = encoded(&event, &sizes, partitions);
        let limits = Limits { records, bytes, record_bytes, framing, overhead };
        let cut = encoded.cut(limits);

        let mut seen: Vec<usize> = cut.too_large.iter().map(|record| record.position).collect();
        for position in &seen {
            let size = sizes[*position];
            prop_assert!(size > record_bytes || overhead + size + framing > bytes);
        }
        for batch in &cut.batches {
            let fragments: Vec<&[u8]> = batch.fragments().collect();
            let length = overhead + fragments.iter().map(|f| f.len() + framing).sum::<usize>();
            prop_assert_eq!(length, batch.encoded_len());
            prop_assert!(length <= bytes);
            prop_assert!((1..=records).contains(&batch.len()));
            for (record, fragment) in batch.records().iter().zip(fragments) {
                prop_assert_eq!(fragment.len(), sizes[record.position]);
                let byte = u8::try_from(record.position % 251).unwrap();
                prop_assert!(fragment.iter().all(|found| *found == byte));
                prop_assert_eq!(record.partition.as_deref(), batch.partition());
                seen.push(record.position);
            }
        }
        seen.sort_unstable();
        prop_assert_eq!(seen, (0..sizes.len()).collect::<Vec<_>>());
    }

    #[test]
    fn order_is_kept_within_a_partition(
        sizes in proptest::collection::vec(1_usize..50, 1..80), partitions in 1_usize..4,
    ) {
        let event = event();
        let encoded = encoded(&event, &sizes, partitions);
        let cut = encoded.cut(Limits { records: 7, bytes: 120, ..Limits::default() });
        for partition in 0..partitions {
            let name = (partitions > 1).then(|| partition.to_string());
            let positions: Vec<usize> = cut
                .batches
                .iter()
                .filter(|batch| batch.partition() == name.as_deref())
                .flat_map(|batch| batch.records().iter().map(|record| record.position))
                .collect();
            let expected: Vec<usize> = (partition..sizes.len()).step_by(partitions).collect();
            prop_assert_eq!(positions, expected);
        }
    }

    #[test]
    fn halves_and_selections_keep_every_fragment(count in 1_usize..40) {
        let event = event();
        let encoded = encoded(&event, &vec![10; count], 1);
        let whole = encoded.whole().unwrap();
        let (first, second) = whole.halves();
        let second: Vec<&[u8]> = second.iter().flat_map(Batch::fragments).collect();
        let joined: Vec<&[u8]> = first.fragments().chain(second).collect();
        prop_assert_eq!(joined, whole.fragments().collect::<Vec<_>>());
        let odd = whole.select(|index| index % 2 == 1);
        prop_assert_eq!(odd.map_or(0, |batch| batch.len()), count / 2);
    }
}

#[test]
fn a_record_too_large_alone_leaves_its_neighbours_alone() {
    let event = event();
    let encoded = encoded(&event, &[10, 99, 10], 1);
    let cut = encoded.cut(Limits { bytes: 50, ..Limits::default() });
    assert_eq!(cut.too_large[0].position, 1);
    assert_eq!(cut.batches.len(), 1);
    assert_eq!(cut.batches[0].len(), 2);
}

#[test]
fn what_a_failed_encoder_wrote_does_not_stay() {
    let event = event();
    let mut encoded = Encoded::default();
    let failed = encoded.try_push(0, &event, None, |out| {
        out.extend_from_slice(b"half");
        Err("no")
    });
    assert_eq!(failed, Err("no"));
    encoded.push(1, &event, None, |out| out.extend_from_slice(b"whole"));
    let batch = encoded.whole().unwrap();
    assert_eq!(batch.fragments().collect::<Vec<_>>(), [b"whole"]);
}
