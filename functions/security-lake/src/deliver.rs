//! One group of events, stored once.

use aws_sdk_s3::primitives::ByteStream;
use delivery::outcome::{Answer, ErrorClass, Reason, Verdict};
use s3::base64;
use s3::failure::judge;
use sha2::{Digest, Sha256};
use transform::batch::Batch;
use transform::event::Event;
use transform::format::ocsf;

use crate::object::{File, Object};
use crate::{SecurityLake, Source};

impl SecurityLake {
    /// Stores the batch, all of one class and day, unless it is stored already.
    pub(crate) async fn store(&self, batch: &Batch<'_>) -> Answer {
        let events: Vec<&Event<'_>> = batch.events().collect();
        let Some(first) = events.first() else { return Answer::delivered() };
        let Some(source) = self.source(ocsf::class_uid(first)) else {
            let text = format!("class {} has no columns", ocsf::class_uid(first));
            return Answer::All(Verdict::Rejected(Reason::new(ErrorClass::Format, text)));
        };
        // Its words may quote the data.
        let Ok(object) = Object::new(&source.class, &events) else {
            let text = "its Parquet file cannot be written; please report it";
            return Answer::Suspect(Reason::new(ErrorClass::Format, text));
        };
        match object.file {
            Some(file) => each(self.put(source, &day(first), file).await, object.verdicts),
            None => each(Answer::delivered(), object.verdicts),
        }
    }

    async fn put(&self, source: &Source, day: &str, file: File) -> Answer {
        let Some(region) = source.access.region().await else {
            let text = "no region is set, and every key needs one";
            return Answer::Config(Reason::new(ErrorClass::Config, text));
        };
        let sha256 = base64(&Sha256::digest(&file.body));
        let request = source
            .access
            .client()
            .await
            .put_object()
            .bucket(&self.config.bucket)
            .key(self.key(source, region.as_ref(), day, &file.name))
            .if_none_match("*")
            .set_expected_bucket_owner(self.config.expected_bucket_owner.clone())
            .content_type("application/vnd.apache.parquet")
            .checksum_sha256(sha256)
            .body(ByteStream::from(file.body));
        match request.send().await {
            Ok(_) => Answer::delivered(),
            Err(error) => judge(&error, source.access.assumes_role()),
        }
    }

    /// `region` is where it is uploaded to and not where it happened; the day is the event's.
    fn key(&self, source: &Source, region: &str, day: &str, name: &str) -> String {
        let (source, account) = (&source.name, &self.config.account_id);
        format!("ext/{source}/region={region}/accountId={account}/eventDay={day}/{name}")
    }
}

/// The event's day in UTC, `YYYYMMDD`.
pub(crate) fn day(event: &Event<'_>) -> String {
    let at = event.time.civil();
    format!("{:04}{:02}{:02}", at.year(), at.month(), at.day())
}

/// What became of the file, but for the events that are not in it.
fn each(answer: Answer, verdicts: Vec<Option<Verdict>>) -> Answer {
    match answer {
        Answer::All(verdict) if verdicts.iter().any(Option::is_some) => {
            let of_file = |own: Option<Verdict>| match own {
                Some(Verdict::Rejected(reason)) => Verdict::Rejected(reason),
                // Another row stands for it, and that one is where the file is.
                Some(own) if matches!(verdict, Verdict::Delivered(_)) => own,
                _ => verdict.clone(),
            };
            Answer::Each(verdicts.into_iter().map(of_file).collect())
        }
        answer => answer,
    }
}
