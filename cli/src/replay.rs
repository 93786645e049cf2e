//! `vault-export replay`: a range of time of the archive, back on a destination's queue.
//!
//! What a destination's queue holds are contract events, and only the archive's format `json` has them whole.

use std::io::Read;
use std::time::Duration;

use aws_sdk_sqs::config::retry::RetryConfig;
use jiff::Timestamp;
use queue::{ENTRIES, ErrorKind, Outgoing, Packed, Packer, Queue};
use transform::source::native;

use crate::archive::{self, Archive, Window};
use crate::args::ReplayArgs;
use crate::aws::{self, deadline, failure};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::moment::{Moment, Range};
use crate::output::{Talk, count};
use crate::runtime::runtime;
use crate::stack;

/// How often the messages that the queue did not take are sent again, with a pause between.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Sends what the arguments name.
pub(crate) fn run(args: &ReplayArgs, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let until = args.until.unwrap_or(Moment::At(now));
    let range = Range::new(Some(args.since), Some(until), &args.timezone, now)?;
    range.say(talk);
    let window = range.window;
    runtime()?.block_on(async {
        let url = stack::queue(&args.stack, args.queue_url.as_ref(), |queues| queues.queue).await?;
        let queue = Queue::new(aws::sqs(&url, RetryConfig::standard()).await?, url);
        let archive = Archive::open(&args.bucket, args.region.as_deref()).await?;
        let packer = Packer::new(usize::MAX);
        let mut replay = Replay { args, queue, packer, total: Total::default() };
        for key in archive.keys(&args.prefix, window).await? {
            let object = archive.fetch(&key).await?;
            replay.total.objects += 1;
            if object.is_other_format() || !replay.take(&text(&key, object)?, window).await? {
                replay.total.others += 1;
                talk.warn(&archive::no_event(&key, "replayed"));
            }
        }
        let rest = std::mem::replace(&mut replay.packer, Packer::new(usize::MAX)).finish();
        replay.send(rest).await?;
        replay.end(talk)
    })
}

#[derive(Debug, Default)]
struct Total {
    objects: u64,
    others: u64,
    events: u64,
    messages: u64,
}

struct Replay<'a> {
    args: &'a ReplayArgs,
    queue: Queue,
    packer: Packer,
    total: Total,
}

impl Replay<'_> {
    /// The object's events of the range; false when it holds something else than events.
    async fn take(&mut self, text: &str, window: Window) -> Result<bool, Failure> {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let mut wanted = Vec::with_capacity(lines.len());
        for line in lines {
            let Ok(event) = native::parse(line) else { return Ok(false) };
            if window.holds(event.time.timestamp()) {
                wanted.push(line);
            }
        }
        for line in wanted {
            self.total.events += 1;
            self.add(line).await?;
        }
        Ok(true)
    }

    async fn add(&mut self, line: &str) -> Result<(), Failure> {
        self.packer.add(0, &line.into());
        if self.packer.full() < ENTRIES {
            return Ok(());
        }
        let full = self.packer.take_full();
        self.send(full).await
    }

    async fn send(&mut self, messages: Vec<Packed>) -> Result<(), Failure> {
        self.total.messages += messages.len() as u64;
        if messages.is_empty() || self.args.dry_run {
            return Ok(());
        }
        let began = tokio::time::Instant::now();
        let number = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        let messages = messages.into_iter().map(|message| Outgoing::new(message.body));
        self.send_all(messages.collect()).await?;
        tokio::time::sleep_until(began + Duration::from_secs(1) * number / self.args.rate).await;
        Ok(())
    }

    /// Sends until the queue has every message. Only those that it did not take are sent again.
    async fn send_all(&self, mut messages: Vec<Outgoing>) -> Result<(), Failure> {
        for tries in 1.. {
            let each = self.queue.send(&messages, deadline()).await.each;
            let Some(error) = each.iter().find_map(|result| result.as_ref().err()) else { break };
            if tries == TRIES || error.kind != ErrorKind::Unavailable {
                return Err(if error.whole { failure(error) } else { not_taken(&error.text) });
            }
            let mut failed = each.iter().map(Result::is_err);
            messages.retain(|_| failed.next().unwrap_or(true));
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    fn end(&self, talk: &Talk) -> Result<Exit, Failure> {
        let Total { objects, others, events, messages } = self.total;
        if others > 0 && others == objects {
            return Err(archive::no_events("replayed"));
        }
        let did = if self.args.dry_run { "would be sent" } else { "sent" };
        talk.note(&format!(
            "{} {did} in {} from {}",
            count(events, "event", "events"),
            count(messages, "message", "messages"),
            count(objects - others, "object", "objects")
        ));
        Ok(if others > 0 { Exit::Rejected } else { Exit::Done })
    }
}

fn not_taken(code: &str) -> Failure {
    Failure::retry(format!("the queue did not take every message: {code}"))
        .hint("run the same command again; ids stay the same")
}

/// What is no text is no event; the caller names it.
fn text(key: &str, object: archive::Object) -> Result<String, Failure> {
    let mut text = String::new();
    let read = input::decoded(key.to_owned(), object.content)?.read_to_string(&mut text);
    Ok(if read.is_ok() { text } else { "-".to_owned() })
}
