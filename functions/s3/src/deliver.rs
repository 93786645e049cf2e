//! One object, stored once.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use delivery::outcome::{Answer, ErrorClass, Reason};
use transform::batch::Batch;

use crate::S3;
use crate::answer::{Refusal, Service, classify};
use crate::layout::hex;
use crate::object::{Object, media_type};

/// What a failed `PutObject` gives back.
type Failure = SdkError<PutObjectError>;

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
            Err(error) => self.judge(&error),
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

    pub(crate) fn judge(&self, error: &Failure) -> Answer {
        let later = |class, text: &str| Answer::retry(Reason::new(class, text));
        match error {
            SdkError::ServiceError(refused) => {
                let raw = refused.raw();
                let region =
                    raw.headers().get("x-amz-bucket-region").filter(|region| is_region(region));
                classify(&Refusal {
                    service: Service::S3,
                    code: refused.err().code(),
                    status: Some(raw.status().as_u16()),
                    kms: refused.err().message().is_some_and(|message| message.contains("kms:")),
                    region,
                })
            }
            SdkError::ResponseError(answer) => classify(&Refusal {
                service: Service::S3,
                code: None,
                status: Some(answer.raw().status().as_u16()),
                kms: false,
                region: None,
            }),
            SdkError::TimeoutError(_) => {
                later(ErrorClass::Timeout, "no answer in time; S3 may have stored the object")
            }
            SdkError::DispatchFailure(_) => {
                if causes(error).any(<dyn Error>::is::<CredentialsError>) {
                    return self.without_credentials(error);
                }
                later(ErrorClass::Network, "S3 could not be connected to, or the connection broke")
            }
            _ => Answer::Config(Reason::new(
                ErrorClass::Config,
                "the request cannot be made; is a region set, and are bucket and role_arn right?",
            )),
        }
    }

    /// No request was sent, because there are no credentials for it. The reason lies somewhere in
    /// the chain of causes.
    fn without_credentials(&self, error: &Failure) -> Answer {
        let refusal = causes(error).find_map(|cause| cause.downcast_ref::<ErrorMetadata>());
        match refusal {
            Some(refusal) => classify(&Refusal {
                service: Service::Sts,
                code: refusal.code(),
                status: None,
                kms: false,
                region: None,
            }),
            None if self.access.assumes_role() => Answer::retry(Reason::new(
                ErrorClass::Network,
                "assume_role: STS gave no answer that can be understood",
            )),
            None => Answer::Auth(Reason::new(
                ErrorClass::Auth,
                "there are no AWS credentials; in a function they are those of its role",
            )),
        }
    }
}

fn causes<'a>(error: &'a Failure) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next: Option<&'a (dyn Error + 'static)> = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

fn is_region(text: &str) -> bool {
    text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
