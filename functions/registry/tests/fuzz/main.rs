//! Fuzzing of all that reads what others wrote: records, bodies, settings, answers. Each target is a function of bytes
//! that panics where a promise is broken; see [`tests::fuzz`]. The answers of the other destinations are fuzzed in
//! their packages, beside what reads them.

mod answers;
mod cutting;
mod reading;
mod redaction;
mod settings;

use tests::fuzz::Fuzz;

/// Records of every source.
const RECORDS: &[&str] = &[
    "samples/hashicorp_vault/audit.jsonl",
    "samples/sanctum/audit_entries.jsonl",
    "samples/sanctum/sanctum_events.jsonl",
    "samples/sanctum/sanctum_events_ocsf.jsonl",
    "samples/syncropel/audit_export.bulk-elastic.ndjson",
    "samples/syncropel/audit_export.jsonl",
    "samples/syncropel/secret_audit_records.jsonl",
    "shared/transform/tests/samples/hashicorp_vault/lines.jsonl",
];

/// Events of the contract.
const EVENTS: &[&str] = &[
    "shared/transform/tests/samples/classes.jsonl",
    "shared/transform/tests/samples/events.jsonl",
    "shared/transform/tests/samples/invalid.jsonl",
];

fn of_files(name: &'static str, rounds: u64, files: &[&[&str]]) -> Fuzz {
    files.concat().into_iter().fold(Fuzz::new(name, rounds), Fuzz::lines_of)
}

#[test]
fn an_event_of_the_contract_is_read_and_written_alike() {
    of_files("contract", 1_500, &[EVENTS]).run(reading::contract);
}

#[test]
fn a_record_of_any_source_makes_an_event_of_the_contract() {
    of_files("sources", 2_500, &[RECORDS, EVENTS]).run(reading::sources);
}

#[test]
fn a_stream_is_cut_alike_however_it_comes() {
    of_files("cutter", 800, &[RECORDS]).run(cutting::cutter);
}

#[test]
fn what_is_unwrapped_is_read_again_from_its_line() {
    of_files("wrappers", 1_500, &[RECORDS]).run(cutting::wrappers);
}

#[test]
fn redaction_is_done_after_one_pass() {
    of_files("redaction", 500, &[RECORDS, EVENTS]).run(redaction::text);
}

#[test]
fn a_refused_setting_is_never_repeated() {
    Fuzz::new("settings", 2_000).seeds(settings::seeds()).run(settings::build);
}

#[test]
fn every_answer_of_a_collector_is_one_verdict_an_event() {
    Fuzz::new("splunk", 4_000).seeds(answers::SEEDS.iter().copied()).run(answers::splunk);
}
