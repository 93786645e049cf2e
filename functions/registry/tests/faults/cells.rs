//! The faults, and what is expected of every destination under each.

use std::time::Duration;

use delivery::outcome::ErrorClass;
use delivery::outcome::ErrorClass::{
    Auth, Config, Deadline, Network, Protocol, Throttled, Timeout, Unavailable,
};
use serde_json::Value;
use tests::server::Reply;
use tests::vendors::{self, Vendor, Wire};

use crate::POISON;

/// One fault.
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    /// Which destinations it can befall.
    pub(crate) befalls: fn(&Vendor) -> bool,
    pub(crate) does: fn(&Call<'_>) -> Does,
    pub(crate) expected: fn(&Vendor) -> Expected,
    /// Where events may be stored more than once.
    pub(crate) twice: Twice,
    /// Whether every request is answered, so that who believes the answer does not repeat.
    pub(crate) answered: bool,
    pub(crate) most_requests: Option<usize>,
    /// How long the invocation lasts.
    pub(crate) seconds: u64,
    pub(crate) secret: Secret,
    pub(crate) listens: Listens,
    /// Bytes of details in each event, and then how many events there are.
    pub(crate) load: Option<(usize, usize)>,
}

impl Cell {
    /// Whether the fault can end while the function runs: what is behind an address does not change.
    pub(crate) fn can_end(&self) -> bool {
        self.listens == Listens::Plainly
    }
}

/// A request.
pub(crate) struct Call<'a> {
    /// How many came before it.
    pub(crate) number: usize,
    pub(crate) ids: &'a [String],
    /// Whether its credential is the good one.
    pub(crate) is_good: bool,
}

/// What the server does with a request.
pub(crate) enum Does {
    /// Takes it, and answers as the vendor does.
    Takes,
    /// Takes it, and gives the vendor's answer a byte at a time.
    Drips(Duration),
    /// Takes it, and then does this.
    TakesAnd(Reply),
    /// Takes nothing.
    Says(Reply),
    /// Refuses these for good, in the vendor's own form.
    Refuses(fn(&str) -> bool),
    /// Takes the others, and wants these again later, in the vendor's own form.
    Postpones(fn(&str) -> bool),
    /// Takes all but the last, and says that it dropped one.
    DropsOne,
}

/// What becomes of the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Delivered,
    Waits(ErrorClass),
    /// One is refused for good, the others are delivered.
    OneDead,
    /// One is told to come later, the others are delivered.
    OneWaits(ErrorClass),
    /// All count as delivered, one of them is not.
    OneDropped,
}
use Expected::{Delivered, OneDead, OneDropped, OneWaits, Waits};

/// Where events may be stored more than once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Twice {
    Nowhere,
    /// At destinations that recognise nothing.
    WhereNothingIsKnown,
    /// The same, over gRPC: a connection carries several requests, and when it is cut all their answers are lost.
    OverGrpc,
}

/// What Secrets Manager says; STS where a role is assumed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secret {
    Good,
    /// A stale credential first.
    Rotated,
    Is(&'static str),
    Refused(&'static str),
    Hangs,
}

/// What is behind the address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listens {
    /// The server.
    Plainly,
    /// Nobody.
    Nobody,
    /// The server with a certificate that nobody has signed.
    BehindUnknownCertificate,
    /// The server without TLS, while the address says `https`.
    WithoutTls,
}

/// An invocation that is not short, however busy the machine.
pub(crate) const MINUTES: u64 = 120;

const CELL: Cell = Cell {
    name: "",
    befalls: |_| true,
    does: |_| Does::Takes,
    expected: |_| Delivered,
    twice: Twice::Nowhere,
    answered: false,
    most_requests: None,
    seconds: MINUTES,
    secret: Secret::Good,
    listens: Listens::Plainly,
    load: None,
};

fn says(status: u16) -> Does {
    Does::Says(Reply::status(status, ""))
}

/// For the first request only.
fn first(call: &Call<'_>, does: impl FnOnce() -> Does) -> Does {
    if call.number == 0 { does() } else { Does::Takes }
}

fn page(status: u16) -> Reply {
    let page = "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>";
    Reply::status(status, page).header("content-type", "text/html")
}

/// Of an answer 200 that is not the vendor's.
fn unless_any_200_is_believed(vendor: &Vendor) -> Expected {
    if vendor.believes_any_200 { Delivered } else { Waits(Protocol) }
}

pub(crate) const CELLS: &[Cell] = &[
    Cell { name: "none", ..CELL },
    Cell {
        name: "429 once, `Retry-After` in seconds",
        does: |call| first(call, || Does::Says(Reply::status(429, "").header("retry-after", "1"))),
        ..CELL
    },
    Cell {
        name: "429 once, `Retry-After` as a date",
        does: |call| {
            let reply = Reply::status(429, "").header("date", "Sun, 06 Nov 1994 08:49:37 GMT");
            let reply = reply.header("retry-after", "Sun, 06 Nov 1994 08:49:38 GMT");
            first(call, || Does::Says(reply))
        },
        ..CELL
    },
    Cell {
        name: "429 once, without `Retry-After`",
        does: |call| first(call, || says(429)),
        ..CELL
    },
    Cell {
        name: "429 to all, `Retry-After` beyond the invocation",
        befalls: |vendor| !vendor.is_aws(),
        does: |_| Does::Says(Reply::status(429, "").header("retry-after", "600")),
        expected: |_| Waits(Throttled),
        most_requests: Some(4),
        ..CELL
    },
    Cell { name: "429 to all", does: |_| says(429), expected: |_| Waits(Throttled), ..CELL },
    Cell { name: "500 once", does: |call| first(call, || says(500)), ..CELL },
    Cell { name: "500 to all", does: |_| says(500), expected: |_| Waits(Unavailable), ..CELL },
    Cell { name: "503 to all", does: |_| says(503), expected: |_| Waits(Unavailable), ..CELL },
    Cell { name: "nobody listens", listens: Listens::Nobody, expected: |_| Waits(Network), ..CELL },
    Cell {
        name: "a certificate that nobody knows",
        listens: Listens::BehindUnknownCertificate,
        expected: |_| Waits(Config),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "no TLS at an `https` address",
        listens: Listens::WithoutTls,
        expected: |_| Waits(Config),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "reset before the answer, once, the request not taken",
        does: |call| first(call, || Does::Says(Reply::Cut)),
        twice: Twice::OverGrpc,
        ..CELL
    },
    Cell {
        name: "reset before the answer, once, the request taken",
        does: |call| first(call, || Does::TakesAnd(Reply::Cut)),
        twice: Twice::WhereNothingIsKnown,
        ..CELL
    },
    Cell {
        name: "reset before every answer, the requests taken",
        does: |_| Does::TakesAnd(Reply::Cut),
        expected: |_| Waits(Network),
        twice: Twice::WhereNothingIsKnown,
        ..CELL
    },
    Cell {
        name: "reset in the middle of the answer, once",
        does: |call| first(call, || Does::TakesAnd(Reply::CutMidBody)),
        twice: Twice::WhereNothingIsKnown,
        ..CELL
    },
    Cell {
        name: "taken and never answered",
        does: |_| Does::TakesAnd(Reply::Hang(Duration::from_mins(1))),
        expected: |_| Waits(Timeout),
        twice: Twice::WhereNothingIsKnown,
        seconds: 5,
        ..CELL
    },
    Cell {
        name: "taken, and the answer drips: the whole in time",
        does: |_| Does::Drips(Duration::from_millis(2)),
        ..CELL
    },
    Cell {
        name: "taken, and the answer drips: a byte in half a minute",
        does: |_| Does::Drips(Duration::from_secs(30)),
        expected: |_| Waits(Timeout),
        twice: Twice::WhereNothingIsKnown,
        seconds: 5,
        ..CELL
    },
    Cell {
        name: "200 without a body, the requests taken",
        does: |_| Does::TakesAnd(Reply::status(200, "")),
        expected: |vendor| match vendor.name {
            "OTLP over HTTP" => Delivered, // an empty message
            _ => unless_any_200_is_believed(vendor),
        },
        twice: Twice::WhereNothingIsKnown,
        answered: true,
        ..CELL
    },
    Cell {
        name: "200 with a web page, the requests taken",
        does: |_| Does::TakesAnd(page(200)),
        expected: unless_any_200_is_believed,
        twice: Twice::WhereNothingIsKnown,
        answered: true,
        ..CELL
    },
    Cell {
        name: "200 with half an answer, the requests taken",
        does: |_| Does::TakesAnd(Reply::status(200, "{\"text\":\"Suc")),
        expected: unless_any_200_is_believed,
        twice: Twice::WhereNothingIsKnown,
        answered: true,
        ..CELL
    },
    Cell {
        name: "200 with a body larger than is read, the requests taken",
        does: |_| Does::TakesAnd(Reply::status(200, vec![b'x'; 1 << 17])),
        expected: unless_any_200_is_believed,
        twice: Twice::WhereNothingIsKnown,
        answered: true,
        ..CELL
    },
    Cell {
        name: "301, 302, 307 or 308",
        does: |call| {
            let status = [301, 302, 307, 308][call.number % 4];
            Does::Says(Reply::status(status, "").header("location", "https://elsewhere.example"))
        },
        expected: |_| Waits(Config),
        most_requests: Some(4),
        ..CELL
    },
    Cell {
        name: "400 of a web server: plain HTTP at an HTTPS port",
        does: |_| Does::Says(page(400)),
        expected: |_| Waits(Config),
        most_requests: Some(4),
        ..CELL
    },
    Cell {
        name: "400 of Go's server: plain HTTP at an HTTPS port",
        does: |_| {
            Does::Says(Reply::status(400, "Client sent an HTTP request to an HTTPS server.\n"))
        },
        expected: |_| Waits(Config),
        most_requests: Some(4),
        ..CELL
    },
    Cell {
        name: "401 until the rotated credential is read",
        does: |call| if call.is_good { Does::Takes } else { says(401) },
        secret: Secret::Rotated,
        ..CELL
    },
    Cell { name: "401 to all", does: |_| says(401), expected: |_| Waits(Auth), ..CELL },
    Cell { name: "403 to all", does: |_| says(403), expected: |_| Waits(Auth), ..CELL },
    Cell {
        name: "404 to all",
        does: |_| says(404),
        expected: |_| Waits(Config),
        most_requests: Some(4),
        ..CELL
    },
    Cell {
        name: "413 to requests of more than three events",
        does: |call| if call.ids.len() > 3 { says(413) } else { Does::Takes },
        ..CELL
    },
    Cell { name: "413 to all", does: |_| says(413), expected: |_| Waits(Config), ..CELL },
    Cell {
        name: "one event refused for good",
        befalls: |vendor| vendor.refuses.is_some(),
        does: |_| Does::Refuses(|id| id == POISON),
        expected: |_| OneDead,
        ..CELL
    },
    Cell {
        name: "every event refused for good",
        befalls: |vendor| vendor.refuses.is_some(),
        does: |_| Does::Refuses(|_| true),
        expected: |_| Waits(Config),
        ..CELL
    },
    Cell {
        name: "the secret has no member that is known",
        befalls: |vendor| !vendor.is_aws(),
        secret: Secret::Is("{\"tokn\":\"x\"}"),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "the secret is broken JSON",
        befalls: |vendor| !vendor.is_aws(),
        secret: Secret::Is("{\"MEMBER\":\"x\""),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "the secret holds a line break",
        befalls: |vendor| !vendor.is_aws(),
        secret: Secret::Is("{\"MEMBER\":\"x\\ny\"}"),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "there is no such secret",
        befalls: |vendor| !vendor.is_aws(),
        secret: Secret::Refused("ResourceNotFoundException"),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "the secret may not be read, the role not be assumed",
        secret: Secret::Refused("AccessDenied"),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "Secrets Manager or STS asks for less",
        secret: Secret::Refused("ThrottlingException"),
        expected: |vendor| Waits(if vendor.is_aws() { Throttled } else { Auth }),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "Secrets Manager or STS does not answer",
        secret: Secret::Hangs,
        expected: |vendor| Waits(if vendor.is_aws() { Network } else { Auth }),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "an invocation without time",
        seconds: 1,
        expected: |_| Waits(Deadline),
        most_requests: Some(0),
        ..CELL
    },
    Cell { name: "1,000 events of 6 KB", load: Some((6_000, 1_000)), ..CELL },
];

/// Faults that befall one kind of destination.
pub(crate) const OWN: &[Cell] = &[
    Cell {
        name: "an answer with an item too few, the requests taken",
        befalls: is_elastic,
        does: |call| Does::TakesAnd(elastic(call.ids.iter().skip(1).map(|_| vendors::created()))),
        expected: |_| Waits(Protocol),
        ..CELL
    },
    Cell {
        name: "an answer with an item too many, the requests taken",
        befalls: is_elastic,
        does: |call| {
            let one_more = call.ids.iter().chain(call.ids.first());
            Does::TakesAnd(elastic(one_more.map(|_| vendors::created())))
        },
        expected: |_| Waits(Protocol),
        ..CELL
    },
    Cell {
        name: "items whose ids are in another order: the place counts",
        befalls: is_elastic,
        does: |call| {
            let with_id = |id: &String| {
                let mut item = vendors::created();
                item["create"]["_id"] = Value::from(id.as_str());
                item
            };
            Does::TakesAnd(elastic(call.ids.iter().rev().map(with_id)))
        },
        ..CELL
    },
    Cell {
        name: "some items of a request told to come later, once",
        befalls: |vendor| vendor.postpones.is_some(),
        does: |call| first(call, || Does::Postpones(|id| id.ends_with('7'))),
        ..CELL
    },
    Cell {
        name: "some items of every request told to come later",
        befalls: |vendor| vendor.postpones.is_some(),
        does: |_| Does::Postpones(|id| id == POISON),
        expected: |_| OneWaits(Throttled),
        ..CELL
    },
    Cell {
        name: "a collector drops one record of a request and does not say which",
        befalls: |vendor| vendor.kind == "otlp",
        does: |call| first(call, || Does::DropsOne),
        expected: |_| OneDropped,
        ..CELL
    },
    Cell {
        name: "`RESOURCE_EXHAUSTED` with `RetryInfo`, once",
        befalls: is_grpc,
        does: |call| {
            first(call, || Does::Says(vendors::grpc_status(8, Some(Duration::from_secs(1)))))
        },
        ..CELL
    },
    Cell {
        name: "`RESOURCE_EXHAUSTED` without `RetryInfo`",
        befalls: is_grpc,
        does: |_| Does::Says(vendors::grpc_status(8, None)),
        expected: |_| Waits(Throttled),
        ..CELL
    },
    Cell {
        name: "`UNAVAILABLE` to all",
        befalls: is_grpc,
        does: |_| Does::Says(vendors::grpc_status(14, None)),
        expected: |_| Waits(Unavailable),
        ..CELL
    },
    Cell {
        name: "`INTERNAL` once",
        befalls: is_grpc,
        does: |call| first(call, || Does::Says(vendors::grpc_status(13, None))),
        ..CELL
    },
    Cell {
        name: "`UNAUTHENTICATED` until the rotated credential is read",
        befalls: is_grpc,
        does: |call| {
            if call.is_good { Does::Takes } else { Does::Says(vendors::grpc_status(16, None)) }
        },
        secret: Secret::Rotated,
        ..CELL
    },
    Cell {
        name: "`UNIMPLEMENTED` to all",
        befalls: is_grpc,
        does: |_| Does::Says(vendors::grpc_status(12, None)),
        expected: |_| Waits(Config),
        most_requests: Some(4),
        ..CELL
    },
    Cell {
        name: "`RST_STREAM` before the answer, once",
        befalls: is_grpc,
        does: |call| first(call, || Does::Says(Reply::Reset)),
        ..CELL
    },
    Cell {
        name: "503 `SlowDown` once",
        befalls: Vendor::is_aws,
        does: |call| first(call, || Does::Says(vendors::s3_refuses(503, "SlowDown"))),
        ..CELL
    },
    Cell {
        name: "503 `SlowDown` to all",
        befalls: Vendor::is_aws,
        does: |_| Does::Says(vendors::s3_refuses(503, "SlowDown")),
        expected: |_| Waits(Throttled),
        ..CELL
    },
    Cell {
        name: "409 `ConditionalRequestConflict` once",
        befalls: Vendor::is_aws,
        does: |call| {
            first(call, || Does::Says(vendors::s3_refuses(409, "ConditionalRequestConflict")))
        },
        ..CELL
    },
    Cell {
        name: "412: the object is there already",
        befalls: Vendor::is_aws,
        does: |_| Does::TakesAnd(vendors::s3_refuses(412, "PreconditionFailed")),
        ..CELL
    },
    Cell {
        name: "301 or 307: the bucket is in another region",
        befalls: Vendor::is_aws,
        does: |call| {
            let (status, code) =
                [(301, "PermanentRedirect"), (307, "TemporaryRedirect")][call.number % 2];
            let reply = vendors::s3_refuses(status, code);
            Does::Says(reply.header("x-amz-bucket-region", "ap-south-1"))
        },
        expected: |_| Waits(Config),
        most_requests: Some(4),
        ..CELL
    },
    Cell {
        name: "503 with half of an XML error, to all",
        befalls: Vendor::is_aws,
        does: |_| Does::Says(Reply::status(503, "<Error><Code>SlowDo")),
        expected: |_| Waits(Unavailable),
        ..CELL
    },
    Cell {
        name: "400 `BadDigest` once: the object arrived changed",
        befalls: Vendor::is_aws,
        does: |call| first(call, || Does::Says(vendors::s3_refuses(400, "BadDigest"))),
        ..CELL
    },
    Cell {
        name: "400 `ExpiredToken` until the role is assumed again",
        befalls: Vendor::is_aws,
        does: |call| {
            if call.is_good {
                Does::Takes
            } else {
                Does::Says(vendors::s3_refuses(400, "ExpiredToken"))
            }
        },
        secret: Secret::Rotated,
        ..CELL
    },
    Cell {
        name: "403 `AccessDenied` to all",
        befalls: Vendor::is_aws,
        does: |_| Does::Says(vendors::s3_refuses(403, "AccessDenied")),
        expected: |_| Waits(Auth),
        most_requests: Some(4),
        ..CELL
    },
    Cell {
        name: "404 `NoSuchBucket` to all",
        befalls: Vendor::is_aws,
        does: |_| Does::Says(vendors::s3_refuses(404, "NoSuchBucket")),
        expected: |_| Waits(Config),
        most_requests: Some(4),
        ..CELL
    },
];

fn is_elastic(vendor: &Vendor) -> bool {
    vendor.kind == "elastic"
}

fn is_grpc(vendor: &Vendor) -> bool {
    matches!(vendor.wire, Wire::Grpc(..))
}

fn elastic(items: impl Iterator<Item = Value>) -> Reply {
    vendors::answer(200, &vendors::items(items))
}
