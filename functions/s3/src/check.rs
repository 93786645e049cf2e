//! The connection test: may we write there?
//!
//! `HeadBucket` would need `s3:ListBucket`, which a role that only writes should not have. So an
//! empty object is written, once: the second time it is there already, and that S3 says so proves
//! the permission as well.

use aws_sdk_s3::primitives::ByteStream;
use delivery::destination::Finding;
use delivery::outcome::{Answer, Verdict};

use crate::S3;
use crate::failure::judge;

impl S3 {
    pub(crate) async fn test(&self) -> Vec<Finding> {
        let (key, place) = (
            self.layout.test_key(),
            format!("s3://{}/{}", self.config.bucket, self.layout.prefix()),
        );
        let request = self.put(key).await.body(ByteStream::from_static(b""));
        let answer = match request.send().await {
            Ok(_) => Answer::delivered(),
            Err(error) => judge(&error, self.access.assumes_role()),
        };
        let finding = match answer {
            Answer::All(Verdict::Delivered(_)) => {
                let how = if self.access.assumes_role() { "with the assumed role" } else { "with our own role" };
                Finding::good("permission", format!("{place} can be written to {how}"))
            }
            Answer::All(Verdict::Retry { reason, .. }) => {
                Finding::doubtful("address", format!("{place}: {reason}"))
            }
            Answer::Auth(reason) => Finding::bad("permission", format!("{place}: {reason}"))
                .with_hint("the writing role needs s3:PutObject on this prefix, and for a KMS key kms:GenerateDataKey"),
            Answer::Config(reason) | Answer::Split(reason) | Answer::Suspect(reason) => {
                Finding::bad("address", format!("{place}: {reason}"))
            }
            Answer::All(Verdict::Filtered | Verdict::Rejected(_)) | Answer::Each(_) => {
                Finding::doubtful("address", format!("{place}: the answer cannot be understood"))
            }
        };
        vec![finding]
    }
}
