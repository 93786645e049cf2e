//! Messages one after the other, then our close, then the receiver's.

use std::io;
use std::time::Duration;

use delivery::http::{Failure, Stream};
use delivery::outcome::Answer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::time::{sleep, timeout};
use transform::batch::Batch;

use super::{Line, Patience, of_failure};
use crate::answer::{End, closed, cut_off};
use crate::config::{Confirm, Framing};
use crate::request::frame;

/// How messages are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) framing: Framing,
    pub(crate) confirm: Confirm,
    pub(crate) patience: Patience,
}

/// The longest wait before our close.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The shortest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);

/// Sends the batch and closes. `broken` says what an error of this connection means.
pub(crate) async fn deliver(
    line: Line,
    batch: &Batch<'_>,
    manner: Manner,
    broken: impl Fn(&io::Error) -> Failure,
) -> Answer {
    let mut bytes = Vec::with_capacity(batch.encoded_len() + batch.len() * 8);
    for message in batch.fragments() {
        frame(manner.framing, message, &mut bytes);
    }
    match send(line, &bytes, manner.patience).await {
        (Sent::Whole, end) => judge(&end, broken, || closed(&end, manner.confirm)),
        (Sent::Part, end) => judge(&end, broken, || cut_off(&end)),
    }
}

fn judge(
    end: &End,
    broken: impl Fn(&io::Error) -> Failure,
    otherwise: impl FnOnce() -> Answer,
) -> Answer {
    match end {
        End::Broken(error) => of_failure(broken(error), otherwise),
        End::Closed | End::Silent => otherwise(),
    }
}

/// Whether our close was on its way when the connection ended.
pub(crate) enum Sent {
    Whole,
    Part,
}

/// Writes, waits for as long as an answer takes, closes, and reads to the end.
///
/// We read all the while: a TLS 1.3 server's tickets that lie unread make the system reset the connection at our close, and what
/// the receiver's process has not read is then lost. The pause keeps two ends apart: that of a receiver which stopped while our
/// last bytes were on their way, and that of one which answers our close. A receiver that stops with bytes unread may end TLS in
/// good order; the connection beneath is then reset, so its end is waited for too.
pub(crate) async fn send(line: Line, bytes: &[u8], patience: Patience) -> (Sent, End) {
    let (mut reading, mut writing) = split(line.stream);
    let pause = line.opening.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    let write = async {
        write(&mut writing, bytes).await?;
        sleep(pause).await;
        Ok::<(), io::Error>(())
    };
    let early = tokio::select! {
        biased;
        end = read_to_end(&mut reading) => Some(end),
        written = timeout(patience.writing, write) => match written {
            Ok(Ok(())) => None,
            // The reader knows better why: it sees the alert that came before the reset.
            Ok(Err(error)) => Some(last_words(&mut reading, error, patience).await),
            Err(_) => Some(End::Silent),
        },
    };
    if let Some(end) = early {
        return (Sent::Part, end);
    }
    let close = async {
        if let Err(error) = writing.shutdown().await {
            return End::Broken(error);
        }
        match read_to_end(&mut reading).await {
            End::Closed => read_to_end(reading.unsplit(writing).tcp()).await,
            end => end,
        }
    };
    (Sent::Whole, timeout(patience.answer, close).await.unwrap_or(End::Silent))
}

async fn write(writing: &mut WriteHalf<Stream>, bytes: &[u8]) -> io::Result<()> {
    writing.write_all(bytes).await?;
    writing.flush().await
}

/// What the receiver still had to say when a write failed.
async fn last_words(reading: &mut ReadHalf<Stream>, error: io::Error, patience: Patience) -> End {
    match timeout(patience.alert, read_to_end(reading)).await {
        Ok(End::Broken(said)) => End::Broken(said),
        _ => End::Broken(error),
    }
}

/// Reads until the receiver ends. What it sends means nothing.
async fn read_to_end(reading: &mut (impl AsyncRead + Unpin)) -> End {
    let mut ignored = [0; 1024];
    loop {
        match reading.read(&mut ignored).await {
            Ok(0) => return End::Closed,
            Ok(_) => {}
            Err(error) => return End::Broken(error),
        }
    }
}
