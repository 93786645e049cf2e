//! `vault-export replay`: a range of time of the archive, back on a destination's queue.
//!
//! The archive lies in Hive folders by the event's hour, so that objects outside the range are not even fetched. What a
//! destination's queue holds are contract events, and only the archive's format `json` has them whole: OCSF, CEF and
//! flat JSON have left out or renamed members, and nothing made from them would have the same content again.

use std::io::Read;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use transform::source::native;

use crate::args::ReplayArgs;
use crate::aws::{self, trouble};
use crate::exit::{Exit, Failure};
use crate::output::{Talk, count};

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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::bug(format!("the runtime cannot start: {error}")))?;
    runtime.block_on(async {
        let queue = aws::sqs(&args.queue_url, RetryConfig::standard()).await?;
        let shared = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let own =
            shared.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(&shared).force_path_style(own).build();
        let archive = Archive { client: Client::from_conf(config), bucket: args.bucket.clone() };
        let mut replay = Replay { args, queue, messages: Vec::new(), total: Total::default() };
        for key in archive.keys(&args.prefix).await? {
            if hour(&key)
                .is_some_and(|hour| hour >= until || hour + Duration::from_hours(1) <= since)
            {
                continue;
            }
            let (text, format) = archive.read(&key).await?;
            replay.total.objects += 1;
            if format.is_some_and(|format| format != "json")
                || !replay.take(&text, since, until).await?
            {
                replay.total.others += 1;
                talk.warn(&format!("{key}: is not in the format `json` and cannot be replayed"));
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
        let mut request = self.queue.send_message_batch().queue_url(&self.args.queue_url);
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
            return Err(Failure::config("no object of this range can be replayed: the archive is not in the format `json`")
                .hint("set S3Format to json; past objects can be read with their own tools, and the vault's log can be shipped again"));
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

struct Archive {
    client: Client,
    bucket: String,
}

impl Archive {
    async fn keys(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| refusal(&error, "listed"))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|one| one.key));
        }
        keys.retain(|key| !key.rsplit('/').next().unwrap_or_default().starts_with('_'));
        Ok(keys)
    }

    /// The object's text, and the format that it says it has.
    async fn read(&self, key: &str) -> Result<(String, Option<String>), Failure> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let answer = answer.map_err(|error| refusal(&error, "read"))?;
        let format = answer.metadata().and_then(|metadata| metadata.get("format")).cloned();
        let broken = |_| {
            Failure::retry(format!("{key}: the connection broke"))
                .hint("run the same command again")
        };
        let bytes =
            answer.body.collect().await.map_err(|error| broken(error.to_string()))?.into_bytes();
        let mut text = String::new();
        let is = |suffix: &str| key.strip_suffix(suffix).is_some();
        let read = if is(".zst") {
            zstd::stream::read::Decoder::new(&*bytes)
                .and_then(|mut one| one.read_to_string(&mut text))
        } else if is(".gz") {
            flate2::read::MultiGzDecoder::new(&*bytes).read_to_string(&mut text)
        } else {
            (&*bytes).read_to_string(&mut text)
        };
        // What is no text is no event; the caller names it.
        Ok((if read.is_ok() { text } else { "-".to_owned() }, format))
    }
}

fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E>, what: &str) -> Failure {
    let code = error.code().unwrap_or("no answer");
    let text = format!("the archive cannot be {what}: {code}");
    match code {
        "no answer" | "SlowDown" | "InternalError" | "ServiceUnavailable" => {
            Failure::retry(text).hint("run the same command again")
        }
        "NoSuchBucket" | "PermanentRedirect" => {
            Failure::config(text).hint("check --bucket and AWS_REGION")
        }
        _ => Failure::credentials(text)
            .hint("s3:ListBucket on the bucket and s3:GetObject on its objects are needed"),
    }
}

/// The hour in `…/year=2026/month=02/day=14/hour=22/…`.
fn hour(key: &str) -> Option<Timestamp> {
    let part = |name: &str| key.split('/').find_map(|part| part.strip_prefix(name));
    let year: i16 = part("year=")?.parse().ok()?;
    let (month, day) = (part("month=")?.parse::<i8>().ok()?, part("day=")?.parse::<i8>().ok()?);
    let hour: i8 = part("hour=")?.parse().ok()?;
    let at = Date::new(year, month, day).ok()?.to_datetime(Time::new(hour, 0, 0, 0).ok()?);
    at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_says_the_hour() {
        let key = "a/class=X/year=2026/month=02/day=14/hour=22/20260214T223001Z-0.jsonl.zst";
        assert_eq!(hour(key).unwrap().to_string(), "2026-02-14T22:00:00Z");
        assert_eq!(hour("a/b.jsonl"), None);
        assert_eq!(hour("year=2026/month=02/day=31/hour=22/x"), None);
    }
}
