//! Metrics as embedded-metric-format lines on standard output, which CloudWatch takes out of the log.
//!
//! One line an invocation. The dimensions are the destination and the function, which tells the stacks of an
//! account apart; a dimension of event class or vault would multiply the bill.

use std::time::Duration;

use delivery::pipeline::Counts;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The namespace of all metrics.
pub const NAMESPACE: &str = "VaultExport";

/// Events that came in.
pub const RECEIVED: &str = "EventsReceived";
/// Events that the destination holds; duplicates and degraded ones are among them.
pub const DELIVERED: &str = "EventsDelivered";
/// Events that the filter kept back.
pub const FILTERED: &str = "EventsFiltered";
/// Events parked in the dead-letter queue.
pub const REJECTED: &str = "EventsRejected";
/// Events left for another time.
pub const RETRIED: &str = "EventsRetried";
/// Delivered events that the destination had before.
pub const DUPLICATE: &str = "EventsDuplicate";
/// Delivered events that the destination took with a warning.
pub const DEGRADED: &str = "EventsDegraded";
/// Events that the destination took and then dropped, without saying which.
pub const DROPPED: &str = "EventsDropped";
/// Requests refused for their credential.
pub const AUTH_FAILURES: &str = "AuthFailures";
/// Requests refused for the configuration.
pub const CONFIG_FAILURES: &str = "ConfigFailures";
/// Age of the oldest event of the invocation, delivered or left over.
pub const LAG: &str = "DeliveryLagSeconds";
/// Requests sent.
pub const REQUESTS: &str = "Requests";
/// Their uncompressed bytes.
pub const REQUEST_BYTES: &str = "RequestBytes";
/// Requests that had to be sent in halves.
pub const SPLITS: &str = "Splits";

/// 1 for a check that found something bad, 0 for one that did not.
pub const CHECK_FAILURES: &str = "CheckFailures";
/// The routes could not be read; the router goes on with those it knows.
pub const ROUTES_STALE: &str = "RoutesStale";
/// Routes whose value cannot be read.
pub const ROUTES_UNREADABLE: &str = "RoutesUnreadable";
/// There are no routes; everything went back to the ingest queue.
pub const NO_ROUTES: &str = "NoRoutes";
/// The key of pseudonyms could not be read; names typed at failed log-ons are hidden if it never was.
pub const PSEUDONYM_KEY_UNREADABLE: &str = "PseudonymKeyUnreadable";
/// Events of operations that no table of meanings has.
pub const UNMAPPED: &str = "UnmappedOperations";
/// Copies of events that a route was owed when it was removed.
pub const ROUTE_REMOVED: &str = "RouteRemoved";

/// Whose metrics they are.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The function's name in Lambda: `vault-export-splunk`.
    pub function: &'a str,
    /// What it delivers to: `splunk`; `router` for the router.
    pub destination: &'a str,
}

/// Prints a destination's metrics of one invocation.
pub fn destination(origin: Origin<'_>, messages: usize, counts: &Counts, now: Timestamp) {
    if messages > 0 {
        print(&line(origin, &values(counts, now), now));
    }
}

/// Prints the metrics of a function that is no destination.
pub fn other(origin: Origin<'_>, values: &[(&'static str, f64)], now: Timestamp) {
    print(&line(origin, values, now));
}

#[expect(clippy::print_stdout, reason = "standard output is where CloudWatch reads metrics")]
fn print(line: &Value) {
    println!("{line}");
}

#[expect(clippy::cast_precision_loss, reason = "CloudWatch's values are doubles")]
fn values(counts: &Counts, now: Timestamp) -> Vec<(&'static str, f64)> {
    let received =
        counts.delivered + counts.dropped + counts.filtered + counts.rejected + counts.retried;
    let mut values: Vec<(&'static str, f64)> = [
        (RECEIVED, received),
        (DELIVERED, counts.delivered),
        (FILTERED, counts.filtered),
        (REJECTED, counts.rejected),
        (RETRIED, counts.retried),
        (DUPLICATE, counts.duplicate),
        (DEGRADED, counts.degraded),
        (DROPPED, counts.dropped),
        (AUTH_FAILURES, counts.auth_failures),
        (CONFIG_FAILURES, counts.config_failures),
        (REQUESTS, counts.requests),
        (REQUEST_BYTES, counts.request_bytes),
        (SPLITS, counts.splits),
    ]
    .map(|(name, value)| (name, value as f64))
    .into();
    values.extend(counts.oldest.map(|oldest| {
        let lag = Duration::try_from(now.duration_since(oldest)).unwrap_or_default();
        (LAG, lag.as_millis() as f64 / 1000.0)
    }));
    values
}

fn unit(name: &str) -> &'static str {
    match name {
        LAG => "Seconds",
        REQUEST_BYTES => "Bytes",
        _ => "Count",
    }
}

fn line(origin: Origin<'_>, values: &[(&'static str, f64)], now: Timestamp) -> Value {
    let metrics: Vec<Value> =
        values.iter().map(|(name, _)| json!({"Name": name, "Unit": unit(name)})).collect();
    let mut line = Map::new();
    line.insert(
        "_aws".to_owned(),
        json!({
            "Timestamp": now.as_millisecond(),
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": [["Destination", "FunctionName"]], "Metrics": metrics}
            ],
        }),
    );
    line.insert("Destination".to_owned(), json!(origin.destination));
    line.insert("FunctionName".to_owned(), json!(origin.function));
    line.extend(values.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_declares_every_value_it_has() {
        let now: Timestamp = "2026-02-14T22:30:10Z".parse().unwrap();
        let oldest = "2026-02-14T22:30:00.5Z".parse().ok();
        let counts = Counts { delivered: 2, dropped: 1, retried: 2, oldest, ..Counts::default() };
        let origin = Origin { function: "vault-export-s3", destination: "s3" };
        let line = line(origin, &values(&counts, now), now);
        assert_eq!(line["EventsReceived"], 5.0);
        assert_eq!(line["DeliveryLagSeconds"], 9.5);
        assert_eq!(line["_aws"]["Timestamp"], 1_771_108_210_000_i64);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Dimensions"], json!([["Destination", "FunctionName"]]));
        assert_eq!(
            (&line["Destination"], &line["FunctionName"]),
            (&json!("s3"), &json!("vault-export-s3"))
        );
        for metric in metrics["Metrics"].as_array().unwrap() {
            assert!(line[metric["Name"].as_str().unwrap()].is_number(), "{metric}");
        }
        assert_eq!(metrics["Metrics"].as_array().unwrap().len(), 14);
    }

    #[test]
    fn without_events_there_is_no_lag() {
        let now = Timestamp::UNIX_EPOCH;
        assert!(values(&Counts::default(), now).iter().all(|(name, _)| *name != LAG));
    }
}
