//! What is read from AWS: the archive, and dead letters.

use indicatif::ProgressBar;

use super::Export;
use crate::archive::{self, Archive, Window};
use crate::args::ExportArgs;
use crate::dlq::{Letter, Letters};
use crate::exit::Failure;
use crate::output::Talk;
use crate::runtime::runtime;
use crate::stack;
use crate::walk::Job;

/// Somewhere in a bucket: `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    bucket: String,
    prefix: String,
}

impl Address {
    /// The address, if it is one of a bucket.
    pub(super) fn read(path: &std::path::Path) -> Result<Option<Address>, Failure> {
        let Some(rest) = path.to_str().and_then(|path| path.strip_prefix("s3://")) else {
            return Ok(None);
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Failure::usage("s3:// must be followed by the name of a bucket")
                .hint("s3://bucket/prefix, as in s3://audit-archive/vault-audit/"));
        }
        Ok(Some(Address { bucket: bucket.to_owned(), prefix: prefix.to_owned() }))
    }
}

impl Export {
    /// Reads the objects there that can hold events of the window.
    pub(super) fn archive(
        &mut self,
        address: &Address,
        args: &ExportArgs,
        bar: &ProgressBar,
        talk: &Talk,
    ) -> Result<(), Failure> {
        let Address { bucket, prefix } = address;
        let runtime = runtime()?;
        let archive = runtime.block_on(Archive::open(bucket, args.region.as_deref()))?;
        let keys = runtime.block_on(archive.keys(prefix, Window::default()))?;
        if keys.is_empty() {
            return Err(Failure::usage(format!("s3://{bucket}/{prefix}: nothing is there"))
                .hint("the archive is below the `prefix` in S3Settings"));
        }
        let (mut objects, mut others) = (0, 0);
        let window = self.selection.window();
        for key in keys.into_iter().filter(|key| window.touches(key)) {
            let object = runtime.block_on(archive.fetch(&key))?;
            objects += 1;
            let name = format!("s3://{bucket}/{key}");
            if object.is_other_format() {
                others += 1;
                talk.warn(&archive::no_event(&name, "exported again"));
                continue;
            }
            self.read(&mut Job::fetched(name, object.content), bar, talk)?;
            if self.writer.is_closed() {
                break;
            }
        }
        if others > 0 && others == objects {
            return Err(archive::no_events("exported again"));
        }
        self.rejected.0 += others;
        Ok(())
    }

    /// Reads the bodies of a queue's dead letters, and hands them back.
    pub(super) fn letters(
        &mut self,
        queue: &str,
        args: &ExportArgs,
        bar: &ProgressBar,
        talk: &Talk,
    ) -> Result<(), Failure> {
        let runtime = runtime()?;
        let mut letters = runtime.block_on(async {
            let url = queue_url(queue, args).await?;
            Letters::open(url).await
        })?;
        let end = loop {
            match runtime.block_on(letters.receive()) {
                Err(failure) => break Err(failure),
                Ok(None) => break Ok(()),
                Ok(Some(received)) => match self.bodies(received, bar, talk) {
                    Err(failure) => break Err(failure),
                    Ok(()) if self.writer.is_closed() => break Ok(()),
                    Ok(()) => {}
                },
            }
        };
        runtime.block_on(letters.hand_back())?;
        end
    }

    fn bodies(
        &mut self,
        letters: Vec<Letter>,
        bar: &ProgressBar,
        talk: &Talk,
    ) -> Result<(), Failure> {
        for letter in letters {
            let name = format!("message {}", letter.id());
            let body = std::io::Cursor::new(letter.into_body().into_bytes());
            self.read(&mut Job::fetched(name, body), bar, talk)?;
        }
        Ok(())
    }
}

async fn queue_url(queue: &str, args: &ExportArgs) -> Result<String, Failure> {
    if queue.contains("://") {
        return Ok(queue.to_owned());
    }
    let Some(stack) = &args.stack else {
        return Err(Failure::usage("no stack given for the destination that --dlq names")
            .hint("pass --stack NAME too, or the queue's address: --dlq https://sqs…"));
    };
    let Ok(owner) = queue.parse();
    stack::queues(stack, &owner).await.map(|queues| queues.dlq)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_bucket_and_what_is_below_it() {
        let read = |path: &str| Address::read(Path::new(path));
        let address =
            |bucket: &str, prefix: &str| Address { bucket: bucket.into(), prefix: prefix.into() };
        assert_eq!(read("s3://b").unwrap(), Some(address("b", "")));
        assert_eq!(read("s3://b/a/c/").unwrap(), Some(address("b", "a/c/")));
        assert_eq!(read("audit.log").unwrap(), None);
        assert!(read("s3:///a").is_err());
    }
}
