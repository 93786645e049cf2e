//! `--metrics ADDR`: the follower's figures over HTTP, in Prometheus' text format.
//!
//! Format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.

use std::convert::Infallible;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::deliver::board::{Board, Health, Status};
use crate::exit::Failure;

/// How long a client may take for the head of its request.
const HEAD: Duration = Duration::from_secs(5);
/// Clients that are served at once; others wait.
const CLIENTS: usize = 16;

/// What listens, before it answers.
pub(super) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::usage(format!("--metrics {address}: {error}")).hint("pass another port")
    })
}

/// Answers `/metrics` and `/status` for as long as the program runs.
pub(super) async fn serve(listener: TcpListener, board: Board) {
    let clients = std::sync::Arc::new(tokio::sync::Semaphore::new(CLIENTS));
    loop {
        let Ok(permit) = clients.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, for one: there may be some again.
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        let board = board.clone();
        tokio::spawn(async move {
            let answers = service_fn(move |request| {
                let answer = answer(&request, &board);
                async move { Ok::<_, Infallible>(answer) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), answers);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a client of the metrics went away");
            }
            drop(permit);
        });
    }
}

fn answer(request: &Request<Incoming>, board: &Board) -> Response<Full<Bytes>> {
    let status = board.status(crate::now());
    let (kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => {
            ("text/plain; version=0.0.4; charset=utf-8", text(&status).into_bytes())
        }
        (&Method::GET | &Method::HEAD, "/status") => {
            ("application/json", serde_json::to_vec(&status).unwrap_or_default())
        }
        _ => return with(StatusCode::NOT_FOUND, "text/plain", b"/metrics or /status\n".to_vec()),
    };
    with(StatusCode::OK, kind, body)
}

fn with(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A metric of each adapter: its name, kind and help, and what it counts under which further labels.
struct Metric {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    of: fn(&Health) -> Vec<(&'static str, f64)>,
}

const METRICS: [Metric; 8] = [
    Metric {
        name: "vault_export_events_total",
        kind: "counter",
        help: "Events by their verdict.",
        of: |one| {
            let total = &one.total;
            vec![
                ("delivered", float(total.delivered)),
                ("dropped", float(total.dropped)),
                ("filtered", float(total.filtered)),
                ("rejected", float(total.rejected)),
            ]
        },
    },
    Metric {
        name: "vault_export_degraded_events_total",
        kind: "counter",
        help: "Delivered events that the destination took with a warning.",
        of: |one| vec![("", float(one.total.degraded))],
    },
    Metric {
        name: "vault_export_unreadable_records_total",
        kind: "counter",
        help: "Records that are not events.",
        of: |one| vec![("", float(one.total.unreadable))],
    },
    Metric {
        name: "vault_export_retried_events_total",
        kind: "counter",
        help: "Events in requests that brought nothing, each try counted.",
        of: |one| vec![("", float(one.total.retried))],
    },
    Metric {
        name: "vault_export_lag_seconds",
        kind: "gauge",
        help: "Age of the oldest event that was read and not delivered; 0 if there is none.",
        of: |one| vec![("", float(one.lag_seconds.unsigned_abs()))],
    },
    Metric {
        name: "vault_export_backlog_bytes",
        kind: "gauge",
        help: "Bytes of the logs that were not read yet.",
        of: |one| vec![("", float(one.backlog_bytes))],
    },
    Metric {
        name: "vault_export_healthy",
        kind: "gauge",
        help: "1 if the last request was answered well, 0 if the destination refuses or is down.",
        of: |one| vec![("", f64::from(u8::from(one.healthy)))],
    },
    Metric {
        name: "vault_export_last_delivery_timestamp_seconds",
        kind: "gauge",
        help: "When an event last got its verdict.",
        of: |one| {
            one.last_delivery_at
                .map(|at| vec![("", at.as_duration().as_secs_f64())])
                .unwrap_or_default()
        },
    },
];

/// Counts stay exact to 2^53.
#[expect(clippy::cast_precision_loss, reason = "the format's numbers are floats")]
fn float(number: u64) -> f64 {
    number as f64
}

/// All metrics of all adapters.
fn text(status: &Status) -> String {
    let mut out = String::new();
    head(&mut out, "vault_export_build_info", "gauge", "The version that runs.");
    line(&mut out, "vault_export_build_info", &[("version", status.version)], 1.0);
    let started = status.started_at.as_duration().as_secs_f64();
    head(&mut out, "vault_export_start_time_seconds", "gauge", "When the follower started.");
    line(&mut out, "vault_export_start_time_seconds", &[], started);
    head(&mut out, "vault_export_waiting_logs", "gauge", "Followed logs that do not exist.");
    line(&mut out, "vault_export_waiting_logs", &[], float(status.waiting_for.len() as u64));
    for Metric { name, kind, help, of } in &METRICS {
        head(&mut out, name, kind, help);
        for one in &status.adapters {
            let adapter = [("adapter", one.adapter.as_str()), ("type", one.kind)];
            for (verdict, number) in of(one) {
                let verdict = [("verdict", verdict)];
                let further = if verdict[0].1.is_empty() { &[][..] } else { &verdict };
                line(&mut out, name, &[&adapter, further].concat(), number);
            }
        }
    }
    let name = "vault_export_last_error_timestamp_seconds";
    head(
        &mut out,
        name,
        "gauge",
        "When a request last brought nothing, and the class of the error.",
    );
    for one in &status.adapters {
        if let Some(error) = &one.last_error {
            let labels = [
                ("adapter", one.adapter.as_str()),
                ("type", one.kind),
                ("class", error.error_class),
            ];
            line(&mut out, name, &labels, error.at.as_duration().as_secs_f64());
        }
    }
    out
}

// Writing into a string cannot fail.

fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _written = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
}

fn line(out: &mut String, name: &str, labels: &[(&str, &str)], number: f64) {
    let labels = labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value)));
    let labels = labels.collect::<Vec<String>>().join(",");
    let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
    let _written = writeln!(out, "{name}{labels} {number}");
}

/// A label's value: backslash, quotation mark and line feed are escaped.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut out = String::new();
        line(&mut out, "m", &[("a", "x\"\\\n")], 1.5);
        assert_eq!(out, "m{a=\"x\\\"\\\\\\n\"} 1.5\n");
    }
}
