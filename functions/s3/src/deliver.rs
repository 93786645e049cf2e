//! One object, stored once.

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use delivery::outcome::{Answer, ErrorClass, Reason};
use transform::batch::Batch;

use crate::S3;
use crate::failure::judge;
use crate::layout::hex;
use crate::object::{Object, media_type};

impl S3 {
    /// Stores the batch, unless it is stored already.
    pub(crate) async fn store(&self, batch: &Batch<'_>) -> Answer {
        let object = match Object::new(batch, self.config.compression) {
            Ok(object) => object,
            Err(error) => {
                let text = format!("the object cannot be compressed: {error}");
                return Answer::retry(Reason::new(ErrorClass::Format, text));
            }
        };
        let request = self
            .put(self.layout.key(batch))
            .await
            .content_type(media_type(self.format))
            .checksum_sha256(base64(&object.sha256))
            .metadata("sha256", hex(&object.sha256))
            .metadata("events", object.events.to_string())
            .metadata("first-time", object.first.to_string())
            .metadata("last-time", object.last.to_string())
            .metadata("format", self.format.as_str())
            .body(ByteStream::from(object.body));
        match request.send().await {
            Ok(_) => Answer::delivered(),
            Err(error) => judge(&error, self.access.assumes_role()),
        }
    }

    /// A write to this key that neither overwrites nor adds a version.
    pub(crate) async fn put(&self, key: String) -> PutObjectFluentBuilder {
        let client = self.access.client().await;
        let request = client
            .put_object()
            .bucket(&self.config.bucket)
            .key(key)
            .if_none_match("*")
            .set_expected_bucket_owner(self.config.expected_bucket_owner.clone());
        match &self.config.kms_key_id {
            None => request,
            Some(key) => request
                .server_side_encryption(ServerSideEncryption::AwsKms)
                .ssekms_key_id(key)
                .bucket_key_enabled(true),
        }
    }
}

/// For `x-amz-checksum-sha256`.
pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
