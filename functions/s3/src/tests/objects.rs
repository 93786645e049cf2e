//! What is stored, and under which key.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use delivery::outcome::ErrorClass;
use sha2::{Digest, Sha256};

use super::*;
use crate::client::has_own_endpoint;
use crate::layout::hex;

/// The first request, its body decompressed by `decompress`.
async fn object(settings: &str, decompress: fn(&[u8]) -> Vec<u8>) -> (Request, String) {
    let server = Server::replies([stored()]).await;
    assert_eq!(deliver(&s3(&server, settings).await, &three()).await, Answer::delivered());
    let [request] = server.requests().try_into().unwrap();
    let lines = String::from_utf8(decompress(&request.body)).unwrap();
    (request, lines)
}

fn zstd(body: &[u8]) -> Vec<u8> {
    zstd::decode_all(body).unwrap()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut out).unwrap();
    out
}

fn ids(lines: &str) -> Vec<String> {
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_object_is_lines_by_time_written_once_and_provably_whole() {
    let (request, lines) = object("format = \"json\"\n", zstd).await;
    assert_eq!(request.method, "PUT");
    assert_eq!(request.header("if-none-match"), Some("*"));
    assert_eq!(request.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(request.header("content-encoding"), None, "clients would decompress it twice");
    assert_eq!(ids(&lines), ["b", "a", "c"]);
    assert!(lines.ends_with('\n'));

    let sha256 = Sha256::digest(&request.body);
    assert_eq!(request.header("x-amz-checksum-sha256"), Some(&*STANDARD.encode(sha256)));
    assert_eq!(request.header("x-amz-meta-sha256"), Some(&*hex(&sha256)));
    assert_eq!(request.header("x-amz-meta-events"), Some("3"));
    assert_eq!(request.header("x-amz-meta-first-time"), Some("2026-02-14T22:29:59Z"));
    assert_eq!(request.header("x-amz-meta-last-time"), Some("2026-02-14T22:59:59.999999999Z"));
    assert_eq!(request.header("x-amz-meta-format"), Some("json"));
    for absent in ["x-amz-server-side-encryption", "x-amz-expected-bucket-owner"] {
        assert_eq!(request.header(absent), None);
    }
}

#[tokio::test]
async fn the_key_says_class_and_hour_of_the_event_and_what_is_in_it() {
    let server = Server::replies([stored()]).await;
    deliver(&s3(&server, "format = \"json\"\n").await, &three()).await;
    // SHA-256 of the sorted ids "a\nb\nc\n".
    let fingerprint = hex(&Sha256::digest("a\nb\nc\n")[..8]);
    let folder = "vault-audit/class=SecretAccess/year=2026/month=02/day=14/hour=22";
    assert_eq!(keys(&server), [format!("{folder}/20260214T222959Z-{fingerprint}.jsonl.zst")]);
}

#[tokio::test]
async fn every_compression_has_its_suffix_and_no_content_encoding() {
    for (settings, suffix, decompress) in [
        ("format = \"ocsf\"\n", ".jsonl.zst", zstd as fn(&[u8]) -> Vec<u8>),
        ("format = \"flat_json\"\ncompression = \"gzip\"\n", ".jsonl.gz", gzip),
        ("format = \"json\"\ncompression = \"none\"\n", ".jsonl", <[u8]>::to_vec),
        ("format = \"cef\"\n", ".cef.zst", zstd),
        ("format = \"cef\"\ncompression = \"gzip\"\n", ".cef.gz", gzip),
        ("format = \"cef\"\ncompression = \"none\"\n", ".cef", <[u8]>::to_vec),
    ] {
        let (request, lines) = object(settings, decompress).await;
        let path = request.path.split('?').next().unwrap();
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(name.find('.').map(|at| name.split_at(at).1), Some(suffix));
        assert_eq!(lines.lines().count(), 3, "{settings}");
        assert_eq!(request.header("content-encoding"), None, "{settings}");
        let is_text = request.header("content-type") == Some("text/plain; charset=utf-8");
        assert_eq!(is_text, settings.contains("cef"), "{settings}");
    }
}

#[tokio::test]
async fn ocsf_and_zstd_are_what_is_stored_if_nothing_is_set() {
    let (request, _) = object("", zstd).await;
    assert_eq!(request.header("x-amz-meta-format"), Some("ocsf"));
}

#[tokio::test]
async fn a_batch_across_hours_and_classes_becomes_one_object_each() {
    let server = Server::replies([stored()]).await;
    let events = [
        event("a", Class::SecretAccess, "2026-02-14T23:59:59.999Z"),
        event("b", Class::PolicyViolation, "2026-02-14T23:59:59Z"),
        event("c", Class::SecretAccess, "2026-02-15T00:00:00Z"),
        event("d", Class::SecretAccess, "2026-02-15T01:30:00+02:00"),
    ];
    let outcome = run(s3(&server, "").await, &events, 30).await;
    assert_eq!(outcome.counts.delivered, 4);
    let folders: Vec<String> =
        keys(&server).iter().map(|key| key.rsplit_once('/').unwrap().0.to_owned()).collect();
    assert_eq!(
        folders,
        [
            "vault-audit/class=PolicyViolation/year=2026/month=02/day=14/hour=23",
            "vault-audit/class=SecretAccess/year=2026/month=02/day=14/hour=23",
            "vault-audit/class=SecretAccess/year=2026/month=02/day=15/hour=00",
        ]
    );
    let counts: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("x-amz-meta-events").unwrap().to_owned())
        .collect();
    assert_eq!(counts.iter().filter(|count| *count == "2").count(), 1, "a and d share an hour");
}

#[tokio::test]
async fn the_same_events_in_any_order_are_the_same_object() {
    let server = Server::replies([stored()]).await;
    let s3 = s3(&server, "format = \"json\"\n").await;
    let mut events = three();
    deliver(&s3, &events).await;
    events.reverse();
    deliver(&s3, &events).await;
    let requests = server.requests();
    assert_eq!(requests[0].path, requests[1].path);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn other_groupings_are_other_objects_whose_records_carry_the_ids() {
    let server = Server::replies([stored()]).await;
    let s3 = s3(&server, "format = \"json\"\n").await;
    let events = three();
    deliver(&s3, &events).await;
    deliver(&s3, &events[..2]).await;
    let requests = server.requests();
    assert_ne!(requests[0].path, requests[1].path);
    let lines = String::from_utf8(zstd(&requests[1].body)).unwrap();
    assert_eq!(ids(&lines), ["b", "a"]);
}

#[tokio::test]
async fn ids_that_run_into_each_other_are_not_taken_for_the_same_batch() {
    let server = Server::replies([stored()]).await;
    let s3 = s3(&server, "").await;
    let at = |id| event(id, Class::SecretAccess, "2026-02-14T22:30:01Z");
    deliver(&s3, &[at("1"), at("112")]).await;
    deliver(&s3, &[at("11"), at("12")]).await;
    let keys = keys(&server);
    assert_ne!(keys[0], keys[1], "the second batch would count as stored");
}

#[tokio::test]
async fn encryption_and_owner_are_sent_where_they_are_set() {
    let settings = "kms_key_id = \"arn:aws:kms:eu-central-1:1:key/k\"\nexpected_bucket_owner = \"123456789012\"\n";
    let (request, _) = object(settings, zstd).await;
    assert_eq!(request.header("x-amz-server-side-encryption"), Some("aws:kms"));
    let key = request.header("x-amz-server-side-encryption-aws-kms-key-id");
    assert_eq!(key, Some("arn:aws:kms:eu-central-1:1:key/k"));
    assert_eq!(request.header("x-amz-server-side-encryption-bucket-key-enabled"), Some("true"));
    assert_eq!(request.header("x-amz-expected-bucket-owner"), Some("123456789012"));
}

#[tokio::test]
async fn slashes_around_the_prefix_do_not_matter_and_it_may_be_empty() {
    for (prefix, start) in
        [("", "class="), ("/", "class="), ("/a/b/", "a/b/class="), ("a", "a/class=")]
    {
        let server = Server::replies([stored()]).await;
        let mut s3 = s3(&server, "").await;
        s3.layout = crate::layout::Layout::new(prefix, s3.format, s3.config.compression);
        deliver(&s3, &three()).await;
        assert!(keys(&server)[0].starts_with(start), "{prefix}");
    }
}

#[tokio::test]
async fn the_region_of_the_bucket_counts_and_not_that_of_the_function() {
    let (request, _) = object("region = \"us-east-1\"\n", zstd).await;
    let authorization = request.header("authorization").unwrap();
    assert!(authorization.contains("/us-east-1/s3/aws4_request"), "{authorization}");
}

#[tokio::test]
async fn an_event_over_the_bound_of_an_object_is_rejected_alone() {
    let server = Server::replies([stored()]).await;
    let mut events = three();
    events[1].message = Some("x".repeat(17 * 1024 * 1024).into());
    let outcome = run(s3(&server, "format = \"json\"\n").await, &events, 30).await;
    let Verdict::Rejected(reason) = &outcome.verdicts[1] else { panic!() };
    assert_eq!(reason.class, ErrorClass::TooLarge);
    assert_eq!(outcome.counts.delivered, 2);
}

#[test]
fn only_storage_that_is_not_aws_is_addressed_by_path() {
    let config = |url: Option<&str>| {
        let mut builder = SdkConfig::builder();
        builder.set_endpoint_url(url.map(str::to_owned));
        builder.build()
    };
    assert!(!has_own_endpoint(&config(None)));
    assert!(!has_own_endpoint(&config(Some("https://s3.eu-west-1.amazonaws.com"))));
    assert!(has_own_endpoint(&config(Some("http://127.0.0.1:8333"))));
}
