//! What an AWS error means: a pure function of its code and status.
//!
//! Nothing that S3 refuses is the data's fault, but its size. So nothing is ever parked for its
//! answer: what is refused waits in the queue until somebody has repaired key, role or bucket.

use delivery::outcome::{Answer, Delivery, ErrorClass, Reason, Verdict};

/// Which service refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// S3, or KMS through S3.
    S3,
    /// STS, when the role was assumed.
    Sts,
}

/// An error answer of AWS.
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    /// Whose it is.
    pub service: Service,
    /// `AccessDenied`; some errors have none.
    pub code: Option<&'a str>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Whether the message is about a KMS action, which only the message tells.
    pub kms: bool,
    /// The region that the bucket is in, if S3 tells.
    pub region: Option<&'a str>,
}

/// What became of the object.
pub fn classify(refusal: &Refusal<'_>) -> Answer {
    match (refusal.service, refusal.code, refusal.status) {
        (Service::Sts, _, _) => role(refusal),
        (_, Some("PreconditionFailed"), _) | (_, None, Some(412)) => {
            Answer::All(Verdict::Delivered(Delivery::Duplicate))
        }
        (_, Some(code), _) if is_key(code) || (refusal.kms && code == "AccessDenied") => refusal.auth(
            "kms: the key cannot be used; it must be enabled, in the bucket's region, and allow \
             kms:GenerateDataKey to the writing role",
        ),
        (_, Some(code), _) => by_code(code, refusal),
        (_, None, _) => by_status(refusal),
    }
}

fn is_key(code: &str) -> bool {
    code.starts_with("KMS")
}

fn by_code(code: &str, refusal: &Refusal<'_>) -> Answer {
    match code {
        "ConditionalRequestConflict" | "OperationAborted" => {
            refusal.later(ErrorClass::Unavailable, "somebody else writes the same object")
        }
        "SlowDown" | "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequests" => {
            refusal.later(ErrorClass::Throttled, "asked to send less")
        }
        "InternalError" | "ServiceUnavailable" => {
            refusal.later(ErrorClass::Unavailable, "S3 cannot now")
        }
        "RequestTimeout" | "IncompleteBody" => {
            refusal.later(ErrorClass::Network, "the object did not arrive whole")
        }
        "InvalidDigest" | "BadDigest" | "XAmzContentSHA256Mismatch" => {
            refusal.later(ErrorClass::Network, "the object arrived changed")
        }
        "EntityTooLarge" | "MaxMessageLengthExceeded" => {
            Answer::Split(refusal.reason(ErrorClass::TooLarge, "larger than S3 takes"))
        }
        "AccessDenied" | "AllAccessDisabled" | "AccountProblem" => refusal.auth(
            "the writing role may not do s3:PutObject here; look at its policy, the bucket's policy, \
             prefix and expected_bucket_owner",
        ),
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            refusal.auth("the credentials have expired")
        }
        "InvalidAccessKeyId" | "InvalidToken" | "SignatureDoesNotMatch" | "InvalidSecurity"
        | "NotSignedUp" => refusal.auth("the credentials are not accepted"),
        "RequestTimeTooSkewed" => refusal.config("the clock of this machine is wrong"),
        "NoSuchBucket" => refusal.config("there is no such bucket"),
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed"
        | "IllegalLocationConstraintException" => {
            let region = refusal.region.map_or(String::new(), |region| format!(": it is in {region}"));
            refusal.config(&format!("the bucket is in another region; set region{region}"))
        }
        "InvalidBucketName" => refusal.config("this is no bucket's name"),
        "NotImplemented" => refusal.config("this storage has no conditional writes, which are needed"),
        _ => by_status(refusal),
    }
}

/// Codes that are not known, and answers without one. A new code must not park anything.
fn by_status(refusal: &Refusal<'_>) -> Answer {
    match refusal.status {
        Some(401 | 403) => refusal.auth("refused"),
        Some(413) => {
            Answer::Split(refusal.reason(ErrorClass::TooLarge, "larger than a proxy takes"))
        }
        Some(429) => refusal.later(ErrorClass::Throttled, "asked to send less"),
        Some(408 | 409 | 425 | 500..=599) => {
            refusal.later(ErrorClass::Unavailable, "S3 cannot now")
        }
        Some(300..=499) => refusal.config("refused"),
        _ => refusal.later(ErrorClass::Protocol, "the answer cannot be understood"),
    }
}

/// A wrong external id looks the same as a trust policy that does not name us.
fn role(refusal: &Refusal<'_>) -> Answer {
    match refusal.code {
        Some("Throttling" | "ThrottlingException" | "RequestLimitExceeded") => {
            refusal.later(ErrorClass::Throttled, "assume_role: STS asks for less")
        }
        None | Some("InternalFailure" | "InternalError" | "ServiceUnavailable") => {
            refusal.later(ErrorClass::Unavailable, "assume_role: STS cannot now")
        }
        Some("RegionDisabledException") => {
            refusal.config("assume_role: STS is not enabled in this region")
        }
        Some("ValidationError") => refusal.config("assume_role: role_arn is no role's ARN"),
        Some(_) => refusal.auth(
            "assume_role: the role cannot be assumed; its trust policy must name the function's role \
             and the same external_id, and the function must be allowed sts:AssumeRole",
        ),
    }
}

impl Refusal<'_> {
    fn reason(&self, class: ErrorClass, text: &str) -> Reason {
        let text = match self.code {
            Some(code) => format!("{text} ({})", plain(code)),
            None => text.to_owned(),
        };
        Reason { status: self.status, ..Reason::new(class, text) }
    }

    fn auth(&self, text: &str) -> Answer {
        Answer::Auth(self.reason(ErrorClass::Auth, text))
    }

    fn config(&self, text: &str) -> Answer {
        Answer::Config(self.reason(ErrorClass::Config, text))
    }

    fn later(&self, class: ErrorClass, text: &str) -> Answer {
        Answer::retry(self.reason(class, text))
    }
}

/// A code as it may be logged: whatever answers in S3's place must not write our log.
fn plain(code: &str) -> String {
    code.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '.').take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(status: u16, code: &'static str) -> Refusal<'static> {
        let code = Some(code).filter(|code| !code.is_empty());
        Refusal { service: Service::S3, code, status: Some(status), kms: false, region: None }
    }

    fn sts(status: u16, code: &'static str) -> Refusal<'static> {
        Refusal { service: Service::Sts, ..s3(status, code) }
    }

    fn word(refusal: &Refusal<'_>) -> &'static str {
        match classify(refusal) {
            Answer::All(Verdict::Delivered(Delivery::Duplicate)) => "duplicate",
            Answer::All(Verdict::Retry { .. }) => "retry",
            Answer::Split(_) => "split",
            Answer::Auth(_) => "auth",
            Answer::Config(_) => "config",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_code_of_s3() {
        for (status, code, expected) in [
            (412, "PreconditionFailed", "duplicate"),
            (409, "ConditionalRequestConflict", "retry"),
            (409, "OperationAborted", "retry"),
            (503, "SlowDown", "retry"),
            (500, "InternalError", "retry"),
            (503, "ServiceUnavailable", "retry"),
            (400, "RequestTimeout", "retry"),
            (429, "", "retry"),
            (403, "AccessDenied", "auth"),
            (403, "InvalidAccessKeyId", "auth"),
            (400, "ExpiredToken", "auth"),
            (403, "SignatureDoesNotMatch", "auth"),
            (400, "KMS.DisabledException", "auth"),
            (400, "KMS.KMSInvalidStateException", "auth"),
            (403, "KMSInvalidStateException", "auth"),
            (404, "NoSuchBucket", "config"),
            (301, "PermanentRedirect", "config"),
            (400, "AuthorizationHeaderMalformed", "config"),
            (400, "EntityTooLarge", "split"),
            (400, "InvalidDigest", "retry"),
            (400, "BadDigest", "retry"),
            (501, "NotImplemented", "config"),
        ] {
            assert_eq!(word(&s3(status, code)), expected, "{status} {code}");
        }
    }

    #[test]
    fn an_answer_without_a_known_code_parks_nothing() {
        for (status, expected) in [
            (301, "config"),
            (400, "config"),
            (403, "auth"),
            (404, "config"),
            (405, "config"),
            (409, "retry"),
            (412, "duplicate"),
            (413, "split"),
            (500, "retry"),
            (503, "retry"),
        ] {
            assert_eq!(word(&s3(status, "")), expected, "{status}");
        }
        assert_eq!(word(&s3(400, "SomethingNew")), "config");
    }

    #[test]
    fn trouble_with_the_key_is_told_from_trouble_with_the_bucket() {
        let denied = Refusal { kms: true, ..s3(403, "AccessDenied") };
        let Answer::Auth(reason) = classify(&denied) else { panic!() };
        assert!(reason.text.starts_with("kms:"), "{reason}");
        let Answer::Auth(reason) = classify(&s3(403, "AccessDenied")) else { panic!() };
        assert!(!reason.text.contains("kms"), "{reason}");
    }

    #[test]
    fn trouble_with_the_role_is_told_from_trouble_with_the_bucket() {
        let Answer::Auth(reason) = classify(&sts(403, "AccessDenied")) else { panic!() };
        assert!(reason.text.starts_with("assume_role:"), "{reason}");
        assert_eq!(word(&sts(503, "ServiceUnavailable")), "retry");
        assert_eq!(word(&sts(502, "")), "retry");
        assert_eq!(word(&sts(400, "Throttling")), "retry");
        assert_eq!(word(&sts(403, "ExpiredToken")), "auth");
        assert_eq!(word(&sts(403, "RegionDisabledException")), "config");
    }

    #[test]
    fn the_bucket_s_region_is_named_where_s3_names_it() {
        let moved = Refusal { region: Some("eu-west-1"), ..s3(301, "PermanentRedirect") };
        let Answer::Config(reason) = classify(&moved) else { panic!() };
        assert!(reason.text.contains("it is in eu-west-1"), "{reason}");
    }

    #[test]
    fn a_code_cannot_forge_a_line_of_the_log() {
        let Answer::Config(reason) = classify(&s3(400, "X\n{\"level\":1}")) else { panic!() };
        assert!(reason.text.ends_with("(Xlevel1)"), "{reason}");
    }
}
