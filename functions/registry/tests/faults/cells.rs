//! The faults, and what is expected of every destination under each.

use std::time::Duration;

use delivery::outcome::ErrorClass;
use delivery::outcome::ErrorClass::{
    Auth, Config, Deadline, Network, Protocol, Throttled, Timeout, Unavailable,
};
use tests::server::Reply;

use crate::POISON;
use crate::vendors::Vendor;

/// One fault.
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    pub(crate) does: fn(&Call<'_>) -> Does,
    pub(crate) expected: fn(&Vendor) -> Expected,
    /// Whether events may be stored more than once.
    pub(crate) twice: bool,
    /// Whether every request is answered, so that who believes the answer does not repeat.
    pub(crate) answered: bool,
    pub(crate) most_requests: Option<usize>,
    /// How long the invocation lasts.
    pub(crate) seconds: u64,
    pub(crate) secret: Secret,
    /// Whether nobody listens.
    pub(crate) is_down: bool,
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
    /// Takes it, and then does this.
    TakesAnd(Reply),
    /// Takes nothing.
    Says(Reply),
    /// Refuses these for good, in the vendor's own form.
    Refuses(fn(&str) -> bool),
}

/// What becomes of the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Delivered,
    Waits(ErrorClass),
    OneDead,
}
use Expected::{Delivered, OneDead, Waits};

/// What Secrets Manager says.
#[derive(Clone, Copy)]
pub(crate) enum Secret {
    Good,
    /// A stale credential first.
    Rotated,
    Is(&'static str),
    Denied,
    Hangs,
}

const CELL: Cell = Cell {
    name: "",
    does: |_| Does::Takes,
    expected: |_| Delivered,
    twice: false,
    answered: false,
    most_requests: None,
    seconds: 60,
    secret: Secret::Good,
    is_down: false,
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
        does: |_| Does::Says(Reply::status(429, "").header("retry-after", "600")),
        expected: |_| Waits(Throttled),
        most_requests: Some(4),
        ..CELL
    },
    Cell { name: "429 to all", does: |_| says(429), expected: |_| Waits(Throttled), ..CELL },
    Cell { name: "500 once", does: |call| first(call, || says(500)), ..CELL },
    Cell { name: "500 to all", does: |_| says(500), expected: |_| Waits(Unavailable), ..CELL },
    Cell { name: "503 to all", does: |_| says(503), expected: |_| Waits(Unavailable), ..CELL },
    Cell { name: "nobody listens", is_down: true, expected: |_| Waits(Network), ..CELL },
    Cell {
        name: "reset before the answer, once, the request not taken",
        does: |call| first(call, || Does::Says(Reply::Cut)),
        ..CELL
    },
    Cell {
        name: "reset before the answer, once, the request taken",
        does: |call| first(call, || Does::TakesAnd(Reply::Cut)),
        twice: true,
        ..CELL
    },
    Cell {
        name: "reset before every answer, the requests taken",
        does: |_| Does::TakesAnd(Reply::Cut),
        expected: |_| Waits(Network),
        twice: true,
        ..CELL
    },
    Cell {
        name: "reset in the middle of the answer, once",
        does: |call| first(call, || Does::TakesAnd(Reply::CutMidBody)),
        twice: true,
        ..CELL
    },
    Cell {
        name: "taken and never answered",
        does: |_| Does::TakesAnd(Reply::Hang(Duration::from_mins(1))),
        expected: |_| Waits(Timeout),
        twice: true,
        seconds: 5,
        ..CELL
    },
    Cell {
        name: "200 without a body, the requests taken",
        does: |_| Does::TakesAnd(Reply::status(200, "")),
        expected: |vendor| match vendor.name {
            "OpenTelemetry" => Delivered, // an empty message
            _ => unless_any_200_is_believed(vendor),
        },
        twice: true,
        answered: true,
        ..CELL
    },
    Cell {
        name: "200 with a web page, the requests taken",
        does: |_| Does::TakesAnd(page(200)),
        expected: unless_any_200_is_believed,
        twice: true,
        answered: true,
        ..CELL
    },
    Cell {
        name: "200 with half an answer, the requests taken",
        does: |_| Does::TakesAnd(Reply::status(200, "{\"text\":\"Suc")),
        expected: unless_any_200_is_believed,
        twice: true,
        answered: true,
        ..CELL
    },
    Cell {
        name: "200 with a body larger than is read, the requests taken",
        does: |_| Does::TakesAnd(Reply::status(200, vec![b'x'; 1 << 17])),
        expected: unless_any_200_is_believed,
        twice: true,
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
        does: |_| Does::Refuses(|id| id == POISON),
        expected: |_| OneDead,
        ..CELL
    },
    Cell {
        name: "every event refused for good",
        does: |_| Does::Refuses(|_| true),
        expected: |_| Waits(Config),
        ..CELL
    },
    Cell {
        name: "the secret has no member that is known",
        secret: Secret::Is("{\"tokn\":\"x\"}"),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "the secret is broken JSON",
        secret: Secret::Is("{\"MEMBER\":\"x\""),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "the secret holds a line break",
        secret: Secret::Is("{\"MEMBER\":\"x\\ny\"}"),
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "the secret may not be read",
        secret: Secret::Denied,
        expected: |_| Waits(Auth),
        most_requests: Some(0),
        ..CELL
    },
    Cell {
        name: "Secrets Manager does not answer",
        secret: Secret::Hangs,
        expected: |_| Waits(Auth),
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
];
