//! The connection test: may we write there?
//!
//! `HeadBucket` would need `s3:ListBucket`, which a role that only writes should not have. So an
//! empty object is written and deleted again. A role that may not delete leaves it there, which readers of
//! the archive pass over by its name, and the next test finds it: that S3 says so proves the permission as well.

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
        let request = self.put(key.clone()).await.body(ByteStream::from_static(b""));
        let answer = match request.send().await {
            Ok(_) => Answer::delivered(),
            Err(error) => judge(&error, self.access.assumes_role()),
        };
        if matches!(answer, Answer::All(Verdict::Delivered(_))) {
            self.remove(key).await;
        }
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
            Answer::All(Verdict::Filtered | Verdict::Rejected(_))
            | Answer::Dropped { .. }
            | Answer::Each(_) => {
                Finding::doubtful("address", format!("{place}: the answer cannot be understood"))
            }
        };
        vec![finding]
    }

    /// Deletes the test's object, if that is allowed; deliveries do not need the permission.
    async fn remove(&self, key: String) {
        let client = self.access.client().await;
        let owner = self.config.expected_bucket_owner.clone();
        let request = client.delete_object().bucket(&self.config.bucket).key(key);
        if request.set_expected_bucket_owner(owner).send().await.is_err() {
            tracing::debug!("the test object stays in the bucket");
        }
    }
}
