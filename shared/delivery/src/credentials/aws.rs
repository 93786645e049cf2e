//! Why there are no AWS credentials, and the way out.
//!
//! The SDK's errors for it are private types, so their sentences are looked at. They are not passed on: a
//! `credential_process` may have said anything on its standard error.

use std::error::Error;
use std::fmt;

/// What keeps AWS credentials away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAwsCredentials {
    /// There are none anywhere.
    None,
    /// Nobody has signed in with IAM Identity Center, or too long ago.
    SignedOut,
    /// The profile with this name is in no file.
    NoProfile(String),
    /// `credential_process` of the profile did not bring any; how it ended, if it ran.
    Process(Option<String>),
    /// The profile makes no sense, or the service behind it did not answer.
    Unusable,
}

impl NoAwsCredentials {
    /// What the SDK's error means.
    pub fn of(error: &(dyn Error + 'static)) -> NoAwsCredentials {
        let said = chain(error);
        let is = |words: &[&str]| words.iter().any(|word| said.contains(word));
        if is(&["external process"]) {
            return NoAwsCredentials::Process(between(&said, "exited with code ", ". Stderr"));
        }
        if is(&["SSO token", "sso/cache", "UnauthorizedException"]) {
            return NoAwsCredentials::SignedOut;
        }
        if is(&["was not defined"])
            && let Some(name) = between(&said, "profile `", "` was not defined")
        {
            return NoAwsCredentials::NoProfile(name);
        }
        if is(&["no credentials found in chain", "was not enabled"]) {
            return NoAwsCredentials::None;
        }
        NoAwsCredentials::Unusable
    }

    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            NoAwsCredentials::None => {
                "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where the machine has a role"
            }
            NoAwsCredentials::SignedOut => {
                "run aws sso login, with --profile if AWS_PROFILE is set"
            }
            NoAwsCredentials::NoProfile(_) => {
                "AWS_PROFILE names it; aws configure list-profiles lists those that are defined"
            }
            NoAwsCredentials::Process(_) => {
                "run its command by hand: it must end with 0 and write JSON with \"Version\": 1"
            }
            NoAwsCredentials::Unusable => {
                "aws sts get-caller-identity says more; so does RUST_LOG=aws_config=debug"
            }
        }
    }
}

impl fmt::Display for NoAwsCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAwsCredentials::None => f.write_str("there are no AWS credentials"),
            NoAwsCredentials::SignedOut => f.write_str("the AWS SSO session has expired"),
            NoAwsCredentials::NoProfile(name) => {
                write!(f, "the AWS profile `{name}` is not defined")
            }
            NoAwsCredentials::Process(None) => {
                f.write_str("credential_process of the AWS profile did not write credentials")
            }
            NoAwsCredentials::Process(Some(end)) => {
                write!(f, "credential_process of the AWS profile failed ({end})")
            }
            NoAwsCredentials::Unusable => {
                f.write_str("the AWS credentials that are configured cannot be used")
            }
        }
    }
}

/// The sentences of the error and its causes.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        said.push('\n');
        said.push_str(&cause.to_string());
        next = cause.source();
    }
    said
}

fn between(text: &str, before: &str, behind: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    let (found, _) = rest.split_once(behind)?;
    Some(found.chars().filter(|character| !character.is_control()).take(128).collect())
}
