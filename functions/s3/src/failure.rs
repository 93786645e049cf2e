//! What a failed `PutObject` means: finds the refusal in the SDK's error.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use delivery::credentials::NoAwsCredentials;
use delivery::http::is_untrusted;
use delivery::outcome::{Answer, ErrorClass, Reason};

use crate::answer::{Refusal, Service, classify};

/// What a failed `PutObject` gives back.
pub type Failure = SdkError<PutObjectError>;

/// What became of the object.
pub fn judge(error: &Failure, assumes_role: bool) -> Answer {
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
                return without_credentials(Some(error), assumes_role);
            }
            if is_untrusted(error) {
                return untrusted("S3");
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
pub(crate) fn without_credentials(
    error: Option<&(dyn Error + 'static)>,
    assumes_role: bool,
) -> Answer {
    let refusal =
        error.into_iter().flat_map(causes).find_map(|cause| cause.downcast_ref::<ErrorMetadata>());
    match refusal {
        Some(refusal) => classify(&Refusal {
            service: Service::Sts,
            code: refusal.code(),
            status: None,
            kms: false,
            region: None,
        }),
        None if error.is_some_and(is_untrusted) => untrusted("STS"),
        None if assumes_role => Answer::retry(Reason::new(
            ErrorClass::Network,
            "assume_role: STS gave no answer that can be understood",
        )),
        None => {
            let missing = error.map_or(NoAwsCredentials::None, NoAwsCredentials::of);
            Answer::Auth(Reason::new(ErrorClass::Auth, format!("{missing}; {}", missing.hint())))
        }
    }
}

/// Something answers in the place of AWS.
fn untrusted(service: &str) -> Answer {
    let text = format!(
        "what answers in the place of {service} has a certificate that is not trusted, or speaks no TLS; is there a \
         proxy that opens connections, or another address in AWS_ENDPOINT_URL?"
    );
    Answer::Config(Reason::new(ErrorClass::Config, text))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
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
