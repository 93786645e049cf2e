//! A RELP session: a message has its own answer, and is delivered when that is 200.

use std::collections::VecDeque;
use std::io;

use delivery::http::{Failure, Stream};
use delivery::outcome::{Answer, ErrorClass, Reason, Verdict};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use transform::batch::Batch;

use super::{Line, Patience, of_failure};
use crate::answer::{End, Reply, cut_off, next_reply, unusable};
use crate::request::{command, next, open};

/// Commands without an answer, at most: librelp's own number.
const WINDOW: usize = 128;

/// How often a message that is answered with an error is sent again on the same session.
const REPEATS: u8 = 2;

/// Sends the batch and waits for its answers. `broken` says what an error of this connection means.
pub(crate) async fn deliver(
    line: Line,
    batch: &Batch<'_>,
    patience: Patience,
    broken: impl Fn(&io::Error) -> Failure,
) -> Answer {
    let mut session = Session::new(line.stream, patience);
    if let Err(trouble) = session.open().await {
        return trouble.answer(&broken);
    }
    let messages: Vec<&[u8]> = batch.fragments().collect();
    let mut outbox = Outbox::new(messages.len());
    match session.exchange(&messages, &mut outbox).await {
        Ok(()) => {
            session.close().await;
            Answer::Each(outbox.verdicts(None))
        }
        // What has its answer has it, whatever became of the session.
        Err(trouble) if outbox.is_any_settled() => Answer::Each(outbox.verdicts(Some(trouble))),
        Err(trouble) => trouble.answer(&broken),
    }
}

/// Why a session cannot go on.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The connection ended.
    Ended(End),
    /// The receiver ends the session, as it does when it is stopped.
    ServerClose,
    /// Bytes that are no RELP, or an answer to a command that has none due.
    Protocol,
    /// It does not take syslog.
    Unusable(Reason),
}

impl Trouble {
    /// What it means for everything on the session.
    pub(crate) fn answer(self, broken: impl Fn(&io::Error) -> Failure) -> Answer {
        match &self {
            Trouble::Ended(End::Broken(error)) => of_failure(broken(error), || self.retry()),
            Trouble::Unusable(reason) => Answer::Config(reason.clone()),
            _ => self.retry(),
        }
    }

    fn retry(&self) -> Answer {
        let later = |class, text: &str| Answer::retry(Reason::new(class, text).maybe_stored());
        match self {
            Trouble::Ended(End::Silent) => {
                later(ErrorClass::Timeout, "the receiver did not acknowledge in time")
            }
            Trouble::Ended(end) => cut_off(end),
            Trouble::ServerClose => {
                later(ErrorClass::Unavailable, "the receiver ends the session; it is being stopped")
            }
            Trouble::Protocol => later(
                ErrorClass::Protocol,
                "the receiver's answer is not RELP's; is the port that of a RELP receiver?",
            ),
            Trouble::Unusable(reason) => Answer::retry(reason.clone()),
        }
    }

    /// The same for one message that had no answer; the receiver may have it only if it was sent.
    fn verdict(&self, sent: bool) -> Verdict {
        match self.retry() {
            Answer::All(Verdict::Retry { after, reason }) => {
                Verdict::Retry { after, reason: Reason { maybe_stored: sent, ..reason } }
            }
            _ => Verdict::retry(Reason::new(ErrorClass::Protocol, "the session ended")),
        }
    }
}

/// Which messages are sent, and what became of them.
struct Outbox {
    /// Still to be sent, by their place in the batch.
    waiting: VecDeque<usize>,
    /// Sent and without an answer, in the order in which answers come.
    due: VecDeque<(u32, usize)>,
    errors: Vec<u8>,
    verdicts: Vec<Option<Verdict>>,
}

impl Outbox {
    fn new(messages: usize) -> Outbox {
        Outbox {
            waiting: (0..messages).collect(),
            due: VecDeque::with_capacity(WINDOW),
            errors: vec![0; messages],
            verdicts: vec![None; messages],
        }
    }

    fn is_any_settled(&self) -> bool {
        self.verdicts.iter().any(Option::is_some)
    }

    /// Takes an answer: only the one that is due next can come.
    fn settle(&mut self, number: u32, code: u16) -> Result<(), Trouble> {
        let (_, place) =
            self.due.pop_front().filter(|(due, _)| *due == number).ok_or(Trouble::Protocol)?;
        let (Some(verdict), Some(errors)) =
            (self.verdicts.get_mut(place), self.errors.get_mut(place))
        else {
            return Err(Trouble::Protocol);
        };
        if code == 200 {
            *verdict = Some(Verdict::delivered());
        } else if *errors < REPEATS {
            *errors += 1;
            self.waiting.push_back(place);
        } else {
            let text = "the receiver refused the message three times";
            *verdict =
                Some(Verdict::Rejected(Reason::new(ErrorClass::Refused, text).with_status(code)));
        }
        Ok(())
    }

    /// One verdict a message; those without an answer go again.
    fn verdicts(self, trouble: Option<Trouble>) -> Vec<Verdict> {
        let trouble = trouble.unwrap_or(Trouble::Protocol);
        let (due, waiting) = (trouble.verdict(true), trouble.verdict(false));
        let mut verdicts = self.verdicts;
        for (_, place) in self.due {
            verdicts.get_mut(place).map(|verdict| verdict.get_or_insert_with(|| due.clone()));
        }
        verdicts.into_iter().map(|known| known.unwrap_or_else(|| waiting.clone())).collect()
    }
}

/// An open connection to a RELP receiver.
pub(crate) struct Session {
    stream: Stream,
    patience: Patience,
    /// What was read and is not a whole frame yet.
    inbox: Vec<u8>,
    /// Of the next command.
    number: u32,
}

impl Session {
    pub(crate) fn new(stream: Stream, patience: Patience) -> Session {
        Session { stream, patience, inbox: Vec::new(), number: 1 }
    }

    /// Opens the session. The receiver's offers have to name the command that is needed.
    pub(crate) async fn open(&mut self) -> Result<(), Trouble> {
        let mut bytes = Vec::new();
        let number = self.take_number();
        open(number, &mut bytes);
        self.write(&bytes).await?;
        match self.reply().await? {
            Reply::Response { number: answered, code, text } if answered == number => {
                unusable(code, &text).map_or(Ok(()), |reason| Err(Trouble::Unusable(reason)))
            }
            Reply::Response { .. } => Err(Trouble::Protocol),
            Reply::ServerClose => Err(Trouble::ServerClose),
        }
    }

    /// Sends as long as the window allows, reads answers, and goes on until every message has its verdict.
    async fn exchange(&mut self, messages: &[&[u8]], outbox: &mut Outbox) -> Result<(), Trouble> {
        let mut bytes = Vec::new();
        while !(outbox.waiting.is_empty() && outbox.due.is_empty()) {
            bytes.clear();
            while outbox.due.len() < WINDOW
                && let Some(place) = outbox.waiting.pop_front()
            {
                let number = self.take_number();
                command(
                    number,
                    "syslog",
                    messages.get(place).copied().unwrap_or_default(),
                    &mut bytes,
                );
                outbox.due.push_back((number, place));
            }
            // Answers are short: a whole window of them fits into the system's buffers while we write.
            self.write(&bytes).await?;
            match self.reply().await? {
                Reply::Response { number, code, .. } => outbox.settle(number, code)?,
                Reply::ServerClose => return Err(Trouble::ServerClose),
            }
        }
        Ok(())
    }

    /// Ends the session. Every message has its answer already, so nothing depends on this one.
    pub(crate) async fn close(mut self) {
        let mut bytes = Vec::new();
        command(self.number, "close", b"", &mut bytes);
        if self.write(&bytes).await.is_ok() && self.reply().await.is_ok() {
            let ended = timeout(self.patience.alert, self.stream.shutdown()).await;
            tracing::debug!(ended = ended.is_ok(), "the session is closed");
        }
    }

    fn take_number(&mut self) -> u32 {
        let number = self.number;
        self.number = next(number);
        number
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        if bytes.is_empty() {
            return Ok(());
        }
        let write = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(self.patience.writing, write).await {
            Ok(Ok(())) => Ok(()),
            // Answers that came before still count, and the alert behind them says why: both are the reader's.
            Ok(Err(error)) => {
                tracing::debug!(kind = %error.kind(), "a write failed");
                Ok(())
            }
            Err(_) => Err(Trouble::Ended(End::Silent)),
        }
    }

    /// The next frame.
    async fn reply(&mut self) -> Result<Reply, Trouble> {
        loop {
            match next_reply(&mut self.inbox) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => self.read().await?,
                Err(_) => return Err(Trouble::Protocol),
            }
        }
    }

    async fn read(&mut self) -> Result<(), Trouble> {
        let mut bytes = [0; 4096];
        match timeout(self.patience.answer, self.stream.read(&mut bytes)).await {
            Ok(Ok(0)) => Err(Trouble::Ended(End::Closed)),
            Ok(Ok(count)) => {
                self.inbox.extend_from_slice(bytes.get(..count).unwrap_or_default());
                Ok(())
            }
            Ok(Err(error)) => Err(Trouble::Ended(End::Broken(error))),
            Err(_) => Err(Trouble::Ended(End::Silent)),
        }
    }
}
