//! A record gives the same event whatever it came in, and what the wrapper tells goes with it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};
use transform::format::Format;
use transform::source::{Reader, Record, Settings};
use transform::wrapper::{self, Unwrapped};

const TIME: &str = "2026-11-26T20:00:00.5Z";
const MILLIS: u64 = 1_795_723_200_500;

/// Lines as Vault, OpenBao, SanctumAI and Syncropel write them, with the members' order and the escapes that matter.
fn lines() -> Vec<String> {
    let vault = r#"{"auth":{"accessor":"hmac-sha256:aa","display_name":"token \"q\" \\ é","policies":["root"],"token_type":"service"},"request":{"data":{"a":"x\ny"},"id":"ID","mount_point":"secret/","mount_type":"kv","operation":"read","path":"secret/data/app","remote_address":"10.0.0.1"},"response":{"data":{"metadata":{"version":3}}},"time":"2026-11-26T19:12:19.7Z","type":"response"}"#;
    let old = r#"{"time":"2026-11-26T19:12:19.7Z","type":"response","auth":{"display_name":"x"},"request":{"id":"OLD","operation":"update","path":"auth/token/create"},"response":{},"error":""}"#;
    let sanctum = r#"{"id":"s-1","timestamp":"2026-11-26T19:12:19Z","kind":"CredentialAccess","actor":"cursor-agent","target":"openai/api_key","success":true}"#;
    let syncropel = r#"{"category":"decision","record":{"id":"8fb15816b28ae446a75e6640895443599ff4f214e21dff7c69c84fd26503359f","act":"KNOW","actor":"did:sync:agent:dev","thread":"th_x","clock":1795294660012,"body":{"kind":"x"}}}"#;
    let native = r#"{"schema":"vault-audit/1","id":"n-1","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"retrieve","outcome":"success","actor":{"id":"agent:a","type":"agent"},"source":{"product":"sanctum","instance":"v"},"origin":{"format":"x"}}"#;
    [vault, old, sanctum, syncropel, native].map(str::to_owned).into()
}

fn gzip(text: &str) -> String {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(out.finish().unwrap())
}

/// The object's text with `@` replaced by the line's own text, as a log shipper that parsed it writes it.
fn with_object(object: &Value, line: &str) -> String {
    object.to_string().replace("\"@\"", line)
}

fn batch(lines: &[&str]) -> Value {
    let events: Vec<Value> =
        lines.iter().map(|line| json!({"id": "1", "timestamp": MILLIS, "message": line})).collect();
    json!({
        "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/vault", "logStream": "s-1",
        "subscriptionFilters": ["all"], "logEvents": events,
    })
}

type Wrap = (&'static str, fn(&str) -> String, Value);

/// Each wrapper as its maker documents it, and what its `origin.wrapper` says.
fn wrappers() -> Vec<Wrap> {
    let pod = json!({"type": "fluent_bit", "time": TIME, "host": "node-1", "pod": "vault/vault-0", "stream": "stdout"});
    let cloudwatch = json!({"type": "cloudwatch_logs", "time": TIME, "log_group": "/vault", "log_stream": "s-1"});
    vec![
        (
            "docker",
            |l| json!({"log": format!("{l}\n"), "stream": "stdout", "time": TIME}).to_string(),
            json!({"type": "docker", "time": TIME, "stream": "stdout"}),
        ),
        (
            "docker, in parts of 100 characters",
            |l| in_parts(l, 100),
            json!({"type": "docker", "time": TIME, "stream": "stdout"}),
        ),
        (
            "cri",
            |l| format!("{TIME} stdout F {l}"),
            json!({"type": "cri", "time": TIME, "stream": "stdout"}),
        ),
        (
            "cri, in parts",
            |l| cri_parts(l, 77, "stderr").join("\n"),
            json!({"type": "cri", "time": TIME, "stream": "stderr"}),
        ),
        (
            "fluent bit",
            |l| {
                json!({"date": 1_795_723_200.5, "log": l, "stream": "stdout", "kubernetes": {"namespace_name": "vault", "pod_name": "vault-0", "host": "node-1"}}).to_string()
            },
            pod.clone(),
        ),
        (
            "fluent bit, time first",
            |l| {
                format!(
                    r#"{{"time":"{TIME}","stream":"stdout","_p":"F","log":{},"kubernetes":{{"namespace_name":"vault","pod_name":"vault-0","host":"node-1"}}}}"#,
                    json!(l)
                )
            },
            pod,
        ),
        (
            "fluent bit, parsed",
            |l| with_object(&json!({"date": 1_795_723_200.5, "log": "x", "log_processed": "@"}), l),
            json!({"type": "fluent_bit", "time": TIME}),
        ),
        (
            "vector",
            |l| {
                json!({"file": "/a", "host": "node-1", "message": l, "source_type": "file", "timestamp": TIME}).to_string()
            },
            json!({"type": "vector", "time": TIME, "host": "node-1"}),
        ),
        (
            "filebeat",
            |l| {
                json!({"@timestamp": TIME, "host": {"name": "node-1"}, "log": {"offset": 0}, "message": l}).to_string()
            },
            json!({"type": "filebeat", "time": TIME, "host": "node-1"}),
        ),
        (
            "event.original",
            |l| {
                json!({"@timestamp": TIME, "event": {"original": l}, "message": "parsed"})
                    .to_string()
            },
            json!({"type": "filebeat", "time": TIME}),
        ),
        (
            "search hits",
            |l| {
                json!({"took": 1, "timed_out": false, "hits": {"total": {"value": 1}, "hits": [{"_index": "i", "_id": "1", "_source": {"@timestamp": TIME, "message": l}}]}}).to_string()
            },
            json!({"type": "elasticsearch/filebeat", "time": TIME}),
        ),
        (
            "search hits, parsed",
            |l| {
                with_object(
                    &json!({"took": 1, "hits": {"hits": [{"_id": "1", "_source": "@"}]}}),
                    l,
                )
            },
            json!({"type": "elasticsearch"}),
        ),
        (
            "journald",
            |l| {
                json!({"__CURSOR": "c", "__REALTIME_TIMESTAMP": (MILLIS * 1000).to_string(), "_HOSTNAME": "node-1", "MESSAGE": l}).to_string()
            },
            json!({"type": "journald", "time": TIME, "host": "node-1"}),
        ),
        (
            "journald, bytes",
            |l| {
                json!({"__REALTIME_TIMESTAMP": (MILLIS * 1000).to_string(), "MESSAGE": l.as_bytes()}).to_string()
            },
            json!({"type": "journald", "time": TIME}),
        ),
        ("subscription", |l| batch(&[l]).to_string(), cloudwatch.clone()),
        (
            "subscription, to Lambda",
            |l| json!({"awslogs": {"data": gzip(&batch(&[l]).to_string())}}).to_string(),
            cloudwatch.clone(),
        ),
        ("subscription, base64 and gzip", |l| gzip(&batch(&[l]).to_string()), cloudwatch.clone()),
        (
            "subscription, to Kinesis",
            |l| {
                json!({"Records": [{"kinesis": {"data": gzip(&batch(&[l]).to_string())}}]})
                    .to_string()
            },
            cloudwatch,
        ),
        (
            "filter-log-events",
            |l| {
                serde_json::to_string_pretty(&json!({"events": [{"logStreamName": "s-1", "timestamp": MILLIS, "message": l, "ingestionTime": 1, "eventId": "1"}], "searchedLogStreams": []})).unwrap()
            },
            json!({"type": "cloudwatch_logs", "time": TIME, "log_stream": "s-1"}),
        ),
        (
            "sns",
            |l| {
                json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:t", "Message": l, "Timestamp": TIME}).to_string()
            },
            json!({"type": "sns", "time": TIME}),
        ),
        (
            "eventbridge",
            |l| {
                with_object(
                    &json!({"version": "0", "detail-type": "d", "source": "s", "time": TIME, "detail": "@"}),
                    l,
                )
            },
            json!({"type": "eventbridge", "time": TIME}),
        ),
        (
            "splunk",
            |l| {
                json!({"preview": false, "result": {"_raw": l, "host": "node-1", "_time": TIME}})
                    .to_string()
            },
            json!({"type": "splunk", "time": TIME, "host": "node-1"}),
        ),
        (
            "syslog, RFC 5424",
            |l| format!("<134>1 {TIME} node-1 vault 77 - - {l}"),
            json!({"type": "syslog", "time": TIME, "host": "node-1"}),
        ),
        (
            "syslog, RFC 3164",
            |l| format!("<134>Nov 26 20:00:00 node-1 vault[77]: {l}"),
            json!({"type": "syslog", "host": "node-1"}),
        ),
        ("a JSON string", |l| json!(l).to_string(), json!({"type": "json_string"})),
        (
            "two layers",
            |l| {
                json!({"Type": "Notification", "TopicArn": "t", "Message": json!({"log": l, "stream": "stdout"}).to_string()}).to_string()
            },
            json!({"type": "sns/fluent_bit", "stream": "stdout"}),
        ),
    ]
}

fn in_parts(line: &str, size: usize) -> String {
    let letters: Vec<char> = format!("{line}\n").chars().collect();
    let part = |part: &[char]| {
        json!({"log": part.iter().collect::<String>(), "stream": "stdout", "time": TIME})
            .to_string()
    };
    letters.chunks(size).map(part).collect::<Vec<_>>().join("\n")
}

fn cri_parts(line: &str, size: usize, stream: &str) -> Vec<String> {
    let letters: Vec<char> = line.chars().collect();
    let parts: Vec<String> = letters.chunks(size).map(|part| part.iter().collect()).collect();
    let tag = |number: usize| if number + 1 == parts.len() { "F" } else { "P" };
    parts.iter().enumerate().map(|(n, text)| format!("{TIME} {stream} {} {text}", tag(n))).collect()
}

fn reader() -> Reader {
    Reader::new(Settings::at("2026-11-26T21:00:00Z".parse().unwrap()))
}

fn event(reader: &mut Reader, raw: &Unwrapped<'_>) -> Value {
    let text = raw.text.as_ref().unwrap_or_else(|error| panic!("{error}"));
    let record = reader.read_from(text, &raw.context).unwrap_or_else(|error| panic!("{error}"));
    let Record::Event(event) = record else { panic!("{record:?}") };
    let mut out = Vec::new();
    Format::Json.encode(&event, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn events(body: &str) -> Vec<Value> {
    let mut reader = reader();
    wrapper::records(body).map(|raw| event(&mut reader, &raw)).collect()
}

/// The events of the lines, without what their wrappers told, and that apart.
fn apart(body: &str) -> (Vec<Value>, Vec<Value>) {
    let mut events = events(body);
    let wrapper = |event: &mut Value| event["origin"].as_object_mut()?.remove("wrapper");
    let told = events.iter_mut().map(|event| wrapper(event).unwrap_or_default()).collect();
    (events, told)
}

fn errors(body: &str) -> Vec<String> {
    let mut reader = reader();
    let refused = |raw: Unwrapped<'_>| match &raw.text {
        Ok(text) => reader.read_from(text, &raw.context).err().map(|error| error.to_string()),
        Err(error) => Some(error.to_string()),
    };
    wrapper::records(body).filter_map(refused).collect()
}

#[test]
fn a_wrapped_line_gives_the_bare_lines_event_and_what_the_wrapper_tells() {
    let lines = lines();
    let bare = events(&lines.join("\n"));
    assert_eq!(bare.len(), lines.len());
    for (name, wrap, told) in wrappers() {
        for (line, bare) in lines.iter().zip(&bare) {
            let (found, wrappers) = apart(&wrap(line));
            assert_eq!(found, std::slice::from_ref(bare), "{name}");
            assert_eq!(wrappers, std::slice::from_ref(&told), "{name}");
        }
        let body: Vec<String> = lines.iter().map(|line| wrap(line)).collect();
        assert_eq!(apart(&body.join("\n")).0, bare, "{name}, one after the other");
    }
}

#[test]
fn what_goes_over_a_queue_reads_the_same_again() {
    for (name, wrap, _) in wrappers() {
        for line in lines() {
            let body = wrap(&line);
            let records: Vec<_> = wrapper::records(&body).collect();
            let sent = records[0].to_line();
            assert!(!sent.contains('\n'), "{name}");
            assert_eq!(events(&sent), events(&body), "{name}");
        }
    }
    let bare = &lines()[0];
    let records: Vec<_> = wrapper::records(bare).collect();
    assert_eq!(records[0].to_line(), bare.as_str(), "a bare line goes as it is");
}

#[test]
fn a_batch_gives_every_record_and_its_controls_none() {
    let lines = lines();
    let all: Vec<&str> = lines.iter().map(String::as_str).collect();
    let control = json!({"messageType": "CONTROL_MESSAGE", "logGroup": "", "logEvents": [{"message": "CWL CONTROL MESSAGE: Checking health"}]});
    let body = format!("{control}{}{control}", batch(&all));
    assert_eq!(apart(&body).0, events(&lines.join("\n")));
    assert!(events(&json!({"log": "\n", "stream": "stdout", "time": TIME}).to_string()).is_empty());
}

#[test]
fn a_wrapper_around_nothing_known_is_refused_by_its_name() {
    for (name, wrap, told) in wrappers() {
        let kind = told["type"].as_str().unwrap();
        for inner in [r#"{"hunter2":"hunter2"}"#, r#"{"type":"response","a":"hunter2"}"#] {
            let found = errors(&wrap(inner));
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert!(
                found[0].starts_with(&format!("in {kind}: no known audit format")),
                "{name}: {found:?}"
            );
            assert!(!found[0].contains("hunter2") && found[0].len() < 160, "{name}: {found:?}");
        }
    }
    let log = json!({"log": "==> Vault server started!\n", "stream": "stdout", "time": TIME});
    assert_eq!(errors(&log.to_string()), ["in docker: no known audit format"]);
    assert_eq!(errors(&format!("{TIME} stdout F hello")), ["in cri: no known audit format"]);
}

#[test]
fn what_holds_no_record_is_refused_with_what_to_do() {
    let pointer = json!(["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "b", "s3Key": "k"}]);
    let s3 = json!({"Records": [{"eventSource": "aws:s3", "s3": {"bucket": {"name": "b"}}}]});
    let bridge = json!({"version": "0", "source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {}}});
    let confirm = json!({"Type": "SubscriptionConfirmation", "TopicArn": "t", "Message": "m", "SubscribeURL": "u"});
    let journal = json!({"__CURSOR": "c", "MESSAGE": null});
    for (body, name, advice) in [
        (pointer.to_string(), "sqs_s3_pointer", "vault-export export s3://"),
        (s3.to_string(), "s3_notification", "vault-export export s3://"),
        (bridge.to_string(), "s3_notification", "vault-export export s3://"),
        (confirm.to_string(), "sns_confirmation", "SubscribeURL"),
        (journal.to_string(), "journald", "journalctl --all"),
        ("<json:object name=\"auth\"></json:object>".into(), "jsonx", "`format` to `json`"),
    ] {
        let found = errors(&body);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(name) && found[0].contains(advice), "{found:?}");
    }
}

#[test]
fn two_layers_are_opened_and_no_more() {
    let mut body = lines()[0].clone();
    for _ in 0..2 {
        body = json!({"message": body, "source_type": "file"}).to_string();
    }
    assert_eq!(events(&body).len(), 1);
    body = json!({"message": body, "source_type": "file"}).to_string();
    assert_eq!(errors(&body), ["in vector/vector/vector: wrapped more than twice"]);
}

#[test]
fn a_compressed_bomb_is_refused() {
    let bomb = json!({"awslogs": {"data": gzip(&" ".repeat(17 * 1024 * 1024))}}).to_string();
    assert_eq!(errors(&bomb), ["in cloudwatch_logs: unpacks to more than 16 MiB"]);
    let damaged = json!({"awslogs": {"data": "H4sIAAAAAAAA"}}).to_string();
    assert_eq!(errors(&damaged), ["in cloudwatch_logs: the compressed data is damaged or cut off"]);
}

#[test]
fn a_line_whose_last_part_is_missing_does_not_spoil_the_next() {
    let line = &lines()[0];
    for parts in [in_parts(line, 100), cri_parts(line, 100, "stdout").join("\n")] {
        let parts: Vec<&str> = parts.lines().collect();
        let cut_off = parts.split_last().unwrap().1.join("\n");
        let body = format!("{cut_off}\n{}\n{cut_off}", parts.join("\n"));
        // The first is known as cut off where the wrapper shows that another line begins.
        let found = errors(&cut_off);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with("the last part of the line is missing"), "{found:?}");
        assert!(errors(&body).len() >= 2);
    }
    let whole = json!({"log": format!("{line}\n"), "stream": "stdout", "time": TIME}).to_string();
    let first = in_parts(line, 100).lines().next().unwrap().to_owned();
    let body = format!("{first}\n{whole}");
    assert_eq!(errors(&body), ["in docker: the last part of the line is missing"]);
    assert_eq!(wrapper::records(&body).filter(|raw| raw.text.is_ok()).count(), 1);
}

#[test]
fn lines_of_many_streams_are_joined_side_by_side_and_bounded() {
    let lines = lines();
    let tagged = |pod: usize, tag: &str, text: &str| {
        json!({"log": text, "logtag": tag, "stream": "stdout", "kubernetes": {"pod_name": format!("p{pod}")}}).to_string()
    };
    let halves = |pod: usize| lines[pod % lines.len()].split_at(50);
    let body = |pods: usize| {
        let first = (0..pods).map(|pod| tagged(pod, "P", halves(pod).0));
        let last = (0..pods).map(|pod| tagged(pod, "F", halves(pod).1));
        first.chain(last).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(events(&body(16)).len(), 16);
    let found = wrapper::records(&body(40)).filter(|raw| raw.text.is_ok()).count();
    assert!(found < 40, "{found}");
}

/// Joined from 16 KiB parts, a line of 12 MiB: its data is left out, and the event says how large it was.
#[test]
fn a_huge_line_in_parts_becomes_an_event_that_says_how_large_it_was() {
    let keys = vec!["k".repeat(60); 200_000];
    let line = json!({"request": {"id": "1", "operation": "list", "path": "auth/token/accessors"}, "response": {"data": {"keys": keys}}, "time": TIME, "type": "response"}).to_string();
    for body in [in_parts(&line, 16_384), cri_parts(&line, 16_384, "stdout").join("\n")] {
        let found = events(&body);
        assert_eq!(found.len(), 1);
        let bytes = found[0]["details"]["original_bytes"].as_u64().unwrap();
        let expected = line.len() as u64;
        assert!(bytes == expected || bytes == expected + 1, "{bytes}");
        assert_eq!(found[0]["origin"]["wrapper"]["stream"], "stdout");
    }
    let found = events(&line);
    assert_eq!(found[0]["details"]["original_bytes"], line.len());
}

#[test]
fn an_event_without_a_time_has_that_of_its_wrapper_and_is_counted() {
    let line = lines()[0].replace("2026-11-26T19:12:19.7Z", "yesterday");
    let mut reader = reader();
    let wrapped = format!("{TIME} stdout F {line}");
    for (body, time, quality) in
        [(&wrapped, TIME, "derived"), (&line, "2026-11-26T21:00:00Z", "ingest")]
    {
        let raw = wrapper::records(body).next().unwrap();
        let event = event(&mut reader, &raw);
        assert_eq!((&event["time"], &event["time_quality"]), (&json!(time), &json!(quality)));
        assert_eq!((reader.take_untimed(), reader.take_untimed()), (1, 0));
    }
}

#[test]
fn secrets_in_what_a_wrapper_tells_are_redacted() {
    let body = json!({"message": lines()[0], "source_type": "file", "host": "hvs.CAESIJcanary1Kq3n0Vq1b9xTzLmWp4RtYu8sDf2gHj"});
    assert!(!events(&body.to_string())[0].to_string().contains("canary1"));
}

proptest! {
    #[test]
    fn parts_of_any_size_are_joined(size in 1_usize..300, other in 1_usize..300, mix in any::<u64>()) {
        let lines = lines();
        let mut queues = [
            cri_parts(&lines[0], size, "stdout").into_iter().peekable(),
            cri_parts(&lines[1], other, "stderr").into_iter().peekable(),
        ];
        let (mut body, mut mix) = (Vec::new(), mix);
        while queues.iter_mut().any(|queue| queue.peek().is_some()) {
            body.extend(queues[usize::from(mix & 1 == 1)].next());
            mix = mix.rotate_left(1) ^ (mix >> 60);
            if queues[0].peek().is_none() || queues[1].peek().is_none() {
                body.extend(queues.iter_mut().flatten());
            }
        }
        let mut ids: Vec<String> = events(&body.join("\n")).iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        prop_assert_eq!(ids, ["ID:response", "OLD:response"]);
        prop_assert_eq!(apart(&in_parts(&lines[0], size)).0, events(&lines[0]));
    }

    #[test]
    fn nothing_panics(body in "[\\[\\]{}:,\"\\\\ a1PF<>\n-]{0,120}", cut in 0_usize..400, which in 0_usize..26) {
        wrapper::records(&body).for_each(drop);
        let wrapped = (wrappers()[which].1)(&lines()[0]);
        let torn: String = wrapped.chars().take(cut).collect();
        wrapper::records(&format!("{torn}{body}")).for_each(drop);
    }
}
