//! What befalls a function, its queues and its secret, and what is seen after the invocation that it befalls.

use std::time::Duration;

use tests::lambda::Shape;
use tests::sqs::Failing;
use tests::vendors::{Knows, Vendor};

/// One fault, and the messages that meet it.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) name: &'static str,
    /// Which destinations it can befall.
    pub(crate) befalls: fn(&Vendor) -> bool,
    pub(crate) load: Load,
    pub(crate) serves: Serves,
    /// How the function's own queue takes what is sent to it.
    pub(crate) own: Option<Failing>,
    /// How its dead-letter queue does.
    pub(crate) dlq: Option<Failing>,
    pub(crate) secret: Secret,
    /// Whether the settings have a key that is not known.
    pub(crate) misspelt: bool,
    pub(crate) call: Call,
    /// How long an invocation lasts.
    pub(crate) seconds: u64,
    /// What is left in the queue.
    pub(crate) left: Left,
    /// Whether what was delivered may come a second time.
    pub(crate) twice: bool,
}

/// The messages.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) events: usize,
    /// Bytes of details in each.
    pub(crate) bytes: usize,
    /// Among how many messages they are dealt out, one after the other.
    pub(crate) messages: usize,
    /// Whether each message has a line beside that is no event.
    pub(crate) unreadable: bool,
    pub(crate) shape: Shape,
}

/// What the vendor's server does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serves {
    All,
    /// 503 to requests that have a late event.
    NotTheLate,
    /// Refuses one event for good.
    NotThePoison,
    Nothing,
}

/// What Secrets Manager says, and STS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secret {
    Good,
    Is(&'static str),
    Refused(&'static str),
}

/// How the function is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Once,
    /// With the same message twice in one event.
    TwiceInOne,
    /// Two copies of the function at the same time, with the same messages.
    TwiceAtOnce,
    /// And killed at a random point.
    Killed,
}

/// What the queue holds after the first invocation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Left {
    Nothing,
    /// Something; where an event is stored once by its id, whole messages.
    Some,
    /// Whole messages, with what was delivered of them.
    Whole,
    /// Every event.
    All,
    /// That depends on the moment.
    Any,
}

const LOAD: Load =
    Load { events: 80, bytes: 0, messages: 4, unreadable: false, shape: Shape::Whole };

const CELL: Cell = Cell {
    name: "",
    befalls: |_| true,
    load: LOAD,
    serves: Serves::All,
    own: None,
    dlq: None,
    secret: Secret::Good,
    misspelt: false,
    call: Call::Once,
    seconds: LONG,
    left: Left::Nothing,
    twice: false,
};

/// A line that is no event in each message.
const UNREADABLE: Load = Load { unreadable: true, ..LOAD };

const HANGS: Failing = Failing::Hang(Duration::from_mins(1));

/// Every second entry.
const IN_PART: Failing = Failing::These(0x5555_5555_5555_5555);

/// Time for everything, however busy the machine.
pub(crate) const LONG: u64 = 300;

/// Something of each message is delivered and something waits.
const PARTLY: Cell = Cell { serves: Serves::NotTheLate, left: Left::Some, ..CELL };

pub(crate) const CELLS: &[Cell] = &[
    Cell { name: "none", ..CELL },
    Cell { name: "something waits: it is requeued", ..PARTLY },
    Cell {
        name: "its queue refuses all that is requeued",
        own: Some(Failing::Entries),
        left: Left::Whole,
        twice: true,
        ..PARTLY
    },
    Cell {
        name: "its queue refuses a part of what is requeued",
        own: Some(IN_PART),
        twice: true,
        ..PARTLY
    },
    Cell {
        name: "its queue hangs when something is requeued",
        befalls: |vendor| !is_drained(vendor),
        own: Some(HANGS),
        left: Left::Whole,
        twice: true,
        ..PARTLY
    },
    Cell { name: "a line that is no event in each message", load: UNREADABLE, ..CELL },
    Cell {
        name: "the dead-letter queue refuses every call",
        load: UNREADABLE,
        dlq: Some(Failing::Calls),
        left: Left::Some,
        ..CELL
    },
    Cell {
        name: "the dead-letter queue refuses all entries",
        load: UNREADABLE,
        dlq: Some(Failing::Entries),
        left: Left::Some,
        ..CELL
    },
    Cell {
        name: "the dead-letter queue refuses a part",
        load: UNREADABLE,
        dlq: Some(IN_PART),
        left: Left::Some,
        ..CELL
    },
    Cell {
        name: "the dead-letter queue hangs",
        load: UNREADABLE,
        dlq: Some(HANGS),
        left: Left::Some,
        ..CELL
    },
    Cell {
        name: "both queues refuse all",
        load: UNREADABLE,
        own: Some(Failing::Entries),
        dlq: Some(Failing::Entries),
        left: Left::Whole,
        twice: true,
        ..PARTLY
    },
    Cell {
        name: "SIGKILL at a random point",
        load: UNREADABLE,
        call: Call::Killed,
        left: Left::Any,
        twice: true,
        ..PARTLY
    },
    Cell {
        name: "the same message twice in one event",
        befalls: |vendor| !is_drained(vendor),
        call: Call::TwiceInOne,
        ..CELL
    },
    Cell {
        name: "the same messages to two copies at once",
        befalls: |vendor| !is_drained(vendor),
        call: Call::TwiceAtOnce,
        twice: true,
        ..CELL
    },
    Cell {
        name: "messages without attributes",
        befalls: |vendor| !is_drained(vendor),
        load: Load { shape: Shape::WithoutAttributes, ..UNREADABLE },
        ..CELL
    },
    Cell {
        name: "messages without a receipt, and something waits",
        befalls: |vendor| !is_drained(vendor),
        load: Load { shape: Shape::WithoutReceipt, ..LOAD },
        ..PARTLY
    },
    Cell {
        name: "messages without an id, and nothing is served",
        befalls: |vendor| !is_drained(vendor),
        load: Load { shape: Shape::WithoutId, ..LOAD },
        serves: Serves::Nothing,
        left: Left::All,
        ..CELL
    },
    Cell { name: "nothing is served", serves: Serves::Nothing, left: Left::All, ..CELL },
    Cell { name: "an invocation of one second", seconds: 1, left: Left::All, ..CELL },
    Cell {
        name: "5 MB in 100 messages",
        load: Load { events: 1_000, bytes: 5_000, messages: 100, ..LOAD },
        ..CELL
    },
    Cell {
        name: "a line that is no event among 1,000",
        load: Load { events: 1_000, messages: 1, ..UNREADABLE },
        ..CELL
    },
    Cell {
        name: "an event that is refused for good among 1,000",
        befalls: |vendor| vendor.refuses.is_some(),
        load: Load { events: 1_000, messages: 10, ..LOAD },
        serves: Serves::NotThePoison,
        ..CELL
    },
    Cell {
        name: "there is no such secret",
        befalls: |vendor| !vendor.is_aws(),
        secret: Secret::Refused("ResourceNotFoundException"),
        left: Left::All,
        ..CELL
    },
    Cell {
        name: "the secret may not be read, the role not be assumed",
        secret: Secret::Refused("AccessDenied"),
        left: Left::All,
        ..CELL
    },
    Cell {
        name: "Secrets Manager or STS asks for less",
        secret: Secret::Refused("ThrottlingException"),
        left: Left::All,
        ..CELL
    },
    Cell {
        name: "the secret is broken JSON",
        befalls: |vendor| !vendor.is_aws(),
        secret: Secret::Is("{\"token"),
        left: Left::All,
        ..CELL
    },
    Cell { name: "a setting that is not known", misspelt: true, left: Left::All, ..CELL },
];

/// Whether it empties its own queue on a schedule.
pub(crate) fn is_drained(vendor: &Vendor) -> bool {
    vendor.kind == "security_lake"
}

impl Cell {
    /// Whether an event may be stored a second time at this destination: an object is recognised as a whole only.
    pub(crate) fn may_be_twice(&self, vendor: &Vendor) -> bool {
        self.twice && vendor.knows != Knows::Ids
    }
}

/// An event that the server wants later.
pub(crate) fn is_late(id: &str) -> bool {
    id.ends_with("-late")
}

/// The event that is refused for good.
pub(crate) const POISON: &str = "event-377";
