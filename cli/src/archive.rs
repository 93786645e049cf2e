//! The archive in S3, as the s3 destination writes it: which objects there are, and what one holds.
//!
//! Objects lie in Hive folders by the event's hour, so that those outside a range of time are not even fetched.
//! Of an object's format its metadata tell. Only `json` holds events whole: OCSF, CEF and flat JSON have left out or
//! renamed members, and nothing made from them would have the same content again.

use std::io::{Seek, Write};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use tempfile::SpooledTempFile;

use crate::aws;
use crate::exit::Failure;

/// Objects of the archive are smaller than this; others wait on disk.
const IN_MEMORY: usize = 16 * 1024 * 1024;

/// A bucket.
pub(crate) struct Archive {
    client: Client,
    bucket: String,
}

/// An object, as it is stored.
pub(crate) struct Object {
    /// What is stored, compressed or not.
    pub(crate) content: SpooledTempFile,
    /// The format that it says it has.
    format: Option<String>,
}

impl Object {
    /// Whether it says that its events cannot be read back.
    pub(crate) fn is_other_format(&self) -> bool {
        self.format.as_ref().is_some_and(|format| format != "json")
    }
}

/// From this moment on, and before that one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl Window {
    /// Whether this moment is in it.
    pub(crate) fn holds(self, moment: Timestamp) -> bool {
        self.since.is_none_or(|since| moment >= since)
            && self.until.is_none_or(|until| moment < until)
    }

    /// Whether an object with this key can hold events of the window.
    pub(crate) fn touches(self, key: &str) -> bool {
        hour(key).is_none_or(|hour| {
            self.until.is_none_or(|until| hour < until)
                && self.since.is_none_or(|since| hour + Duration::from_hours(1) > since)
        })
    }
}

impl Archive {
    /// The bucket, in the SDK's region or in this one.
    pub(crate) async fn open(bucket: &str, region: Option<&str>) -> Result<Archive, Failure> {
        let shared = aws::config(region).await?;
        let own =
            shared.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(&shared).force_path_style(own).build();
        Ok(Archive { client: Client::from_conf(config), bucket: bucket.to_owned() })
    }

    /// The objects below the prefix that can hold events of the window.
    pub(crate) async fn keys(&self, prefix: &str, window: Window) -> Result<Vec<String>, Failure> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| refusal(&error, "listed"))?;
            let objects = page.contents.unwrap_or_default().into_iter();
            // An object without content holds no event: a folder's marker, or what a check left.
            let objects = objects.filter(|one| one.size != Some(0));
            keys.extend(objects.filter_map(|one| one.key));
        }
        keys.retain(|key| !is_hidden(key) && window.touches(key));
        Ok(keys)
    }

    /// One object.
    pub(crate) async fn fetch(&self, key: &str) -> Result<Object, Failure> {
        let answer = self.client.get_object().bucket(&self.bucket).key(key).send().await;
        let mut answer = answer.map_err(|error| refusal(&error, "read"))?;
        let format = answer.metadata().and_then(|metadata| metadata.get("format")).cloned();
        let mut content = SpooledTempFile::new(IN_MEMORY);
        let kept = |result: std::io::Result<()>| {
            result.map_err(|error| Failure::retry(format!("{key}: cannot be kept: {error}")))
        };
        while let Some(chunk) = answer.body.next().await {
            let chunk = chunk.map_err(|_| {
                Failure::retry(format!("{key}: the connection broke"))
                    .hint("run the same command again")
            })?;
            kept(content.write_all(&chunk))?;
        }
        kept(content.rewind())?;
        Ok(Object { content, format })
    }
}

/// Whether the object is none of the archive's. Names that begin with `_` are hidden to all readers of such folders; a
/// `/` at the end is a folder.
fn is_hidden(key: &str) -> bool {
    let (folders, name) = key.rsplit_once('/').unwrap_or(("", key));
    name.is_empty()
        || name.starts_with('_')
        || folders.split('/').any(|folder| folder == s3::layout::TEST_FOLDER)
}

/// What is said when nothing of a range can be read back.
pub(crate) fn no_events(done: &str) -> Failure {
    Failure::config(format!(
        "no object of this range can be {done}: the archive is not in the format `json`"
    ))
    .hint("set `format = \"json\"` in S3Settings; past objects can be read with their own tools, and the vault's log can be shipped again")
}

/// What is said of a single object.
pub(crate) fn no_event(key: &str, done: &str) -> String {
    format!("{key}: is not in the format `json` and cannot be {done}")
}

fn refusal<E: ProvideErrorMetadata>(error: &SdkError<E>, what: &str) -> Failure {
    let code = error.code().unwrap_or("no answer");
    let text = format!("the archive cannot be {what}: {code}");
    match code {
        "no answer" | "SlowDown" | "InternalError" | "ServiceUnavailable" => {
            Failure::retry(text).hint("run the same command again")
        }
        "NoSuchBucket" | "PermanentRedirect" => Failure::config(text)
            .hint("check the bucket's name, and its region: --region or AWS_REGION"),
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

    const KEY: &str = "a/class=X/year=2026/month=02/day=14/hour=22/20260214T223001Z-0.jsonl.zst";

    #[test]
    fn the_key_says_the_hour() {
        assert_eq!(hour(KEY).unwrap().to_string(), "2026-02-14T22:00:00Z");
        assert_eq!(hour("a/b.jsonl"), None);
        assert_eq!(hour("year=2026/month=02/day=31/hour=22/x"), None);
    }

    #[test]
    fn what_is_no_part_of_the_archive_is_passed_over() {
        for key in ["a/_vault_export_test/connection", "_vault_export_test/x", "a/_SUCCESS", "a/"] {
            assert!(is_hidden(key), "{key}");
        }
        for key in [KEY, "_audit/class=X/x.jsonl", "x.jsonl", "a_vault_export_test/x"] {
            assert!(!is_hidden(key), "{key}");
        }
    }

    #[test]
    fn an_hour_is_passed_over_only_when_all_of_it_lies_outside() {
        let touches = |since: &str, until: &str| {
            let window = Window { since: since.parse().ok(), until: until.parse().ok() };
            window.touches(KEY)
        };
        assert!(touches("", ""));
        assert!(touches("2026-02-14T22:59:59Z", ""));
        assert!(!touches("2026-02-14T23:00:00Z", ""));
        assert!(touches("", "2026-02-14T22:00:01Z"));
        assert!(!touches("", "2026-02-14T22:00:00Z"));
        let window = Window { since: "2030-01-01T00:00:00Z".parse().ok(), until: None };
        assert!(window.touches("logs/audit.jsonl"), "a key without an hour can hold anything");
    }
}
