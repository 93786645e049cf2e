//! `vault-export replay`: a range of time of the archive, back on a destination's queue.
//!
//! What a destination's queue holds are contract events, and only the archive's format `json` has them whole.

use std::io::Read;
use std::time::Duration;

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use jiff::Timestamp;
use transform::source::native;

use crate::archive::{self, Archive, Window};
use crate::args::ReplayArgs;
use crate::aws::{self, trouble};
use crate::exit::{Exit, Failure};
use crate::input;
use crate::output::{Talk, count};
use crate::runtime::runtime;
use crate::stack;

/// What the router packs into a message: SQS bills by 64 KiB.
const MESSAGE_BYTES: usize = 60 * 1024;
/// The most messages in a request. Ten of them stay within its 1 MiB.
const BATCH: usize = 10;

/// Sends what the arguments name.
pub(crate) fn run(args: &ReplayArgs, now: Timestamp, talk: &Talk) -> Result<Exit, Failure> {
    let since = args.since.resolve(now);
    let until = args.until.map_or(now, |until| until.resolve(now));
    if since >= until {
        return Err(Failure::usage("--since is not before --until: nothing lies between them"));
    }
    runtime()?.block_on(async {
        let url = stack::queue(&args.stack, args.queue_url.as_ref(), |queues| queues.queue).await?;
        let queue = aws::sqs(&url, RetryConfig::standard()).await?;
        let archive = Archive::open(&args.bucket, args.region.as_deref()).await?;
        let mut replay = Replay { args, queue, url, messages: Vec::new(), total: Total::default() };
        let window = Window { since: Some(since), until: Some(until) };
        for key in archive.keys(&args.prefix, window).await? {
            let object = archive.fetch(&key).await?;
            replay.total.objects += 1;
            if object.is_other_format() || !replay.take(&text(&key, object)?, since, until).await? {
                replay.total.others += 1;
                talk.warn(&archive::no_event(&key, "replayed"));
            }
        }
        replay.send().await?;
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
    queue: aws_sdk_sqs::Client,
    url: String,
    messages: Vec<String>,
    total: Total,
}

impl Replay<'_> {
    /// The object's events of the range; false when it holds something else than events.
    async fn take(
        &mut self,
        text: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Failure> {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let mut wanted = Vec::with_capacity(lines.len());
        for line in lines {
            let Ok(event) = native::parse(line) else { return Ok(false) };
            let time = event.time.timestamp();
            if time >= since && time < until {
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
        if let Some(open) = self.messages.last_mut()
            && open.len() + 1 + line.len() <= MESSAGE_BYTES
        {
            open.push('\n');
            open.push_str(line);
            return Ok(());
        }
        if self.messages.len() == BATCH {
            self.send().await?;
        }
        self.messages.push(line.to_owned());
        Ok(())
    }

    async fn send(&mut self) -> Result<(), Failure> {
        let messages = std::mem::take(&mut self.messages);
        self.total.messages += messages.len() as u64;
        if messages.is_empty() || self.args.dry_run {
            return Ok(());
        }
        let began = tokio::time::Instant::now();
        let number = u32::try_from(messages.len()).unwrap_or(u32::MAX);
        let mut request = self.queue.send_message_batch().queue_url(&self.url);
        for (place, body) in messages.into_iter().enumerate() {
            let entry =
                SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(body);
            let entry = entry.build();
            request = request.entries(entry.map_err(|error| {
                Failure::bug(format!("the request could not be built: {error}"))
            })?);
        }
        let answer = request.send().await.map_err(|error| trouble(&error).failure())?;
        if let Some(failed) = answer.failed().first() {
            let text = format!("the queue did not take every message: {}", failed.code());
            return Err(Failure::retry(text).hint("run the same command again; ids stay the same"));
        }
        tokio::time::sleep_until(began + Duration::from_secs(1) * number / self.args.rate).await;
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

/// What is no text is no event; the caller names it.
fn text(key: &str, object: archive::Object) -> Result<String, Failure> {
    let mut text = String::new();
    let read = input::decoded(key.to_owned(), object.content)?.read_to_string(&mut text);
    Ok(if read.is_ok() { text } else { "-".to_owned() })
}
