//! What can be set, in `[export.adapters.config]` and as `VAULT_EXPORT_…`.

use delivery::ConfigError;
use delivery::config::Settings;
use delivery::settings::{Document, Setting};
use schemars::JsonSchema;
use serde::Deserialize;

/// The settings of this destination.
#[derive(Clone, Debug, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's region. Default: the one that the AWS configuration names.
    pub region: Option<String>,
    /// What every key begins with; slashes around it do not matter. Default: nothing.
    #[serde(default)]
    pub prefix: String,
    /// `zstd`, `gzip` or `none`. Default: `zstd`.
    #[serde(default)]
    pub compression: Compression,
    /// The role that is assumed for writing, for a bucket of another account. Default: none.
    pub role_arn: Option<String>,
    /// What the role's trust policy asks for. Default: none.
    pub external_id: Option<String>,
    /// The KMS key that encrypts the objects, with a bucket key: id, alias or ARN. Default: what the bucket says.
    pub kms_key_id: Option<String>,
    /// The account that must own the bucket, or nothing is written. Default: not checked.
    pub expected_bucket_owner: Option<String>,
}

impl Settings for Config {
    const ADDRESS: &'static str = "bucket";

    fn read(document: Document) -> Result<Config, ConfigError> {
        document.read()
    }

    fn describe() -> Vec<Setting> {
        delivery::settings::describe::<Config>()
    }
}

/// How objects are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Zstandard: smallest, and read by Athena and all engines of the day.
    #[default]
    Zstd,
    /// Gzip, for readers that know nothing else.
    Gzip,
    /// Not at all.
    None,
}

impl Config {
    /// Refuses what would only be refused by AWS, with every delivery.
    pub fn checked(self) -> Result<Config, ConfigError> {
        check_bucket(&self.bucket)?;
        if self.external_id.is_some() && self.role_arn.is_none() {
            return Err(ConfigError::new("external_id", "is of no use without role_arn"));
        }
        check_owner(self.expected_bucket_owner.as_deref())?;
        Ok(self)
    }
}

/// Refuses what cannot be a bucket's name.
pub fn check_bucket(bucket: &str) -> Result<(), ConfigError> {
    let is_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    if (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_name) {
        return Ok(());
    }
    Err(ConfigError::new("bucket", "must be a bucket's name, without s3:// and path"))
}

/// Refuses what cannot be the owner of a bucket.
pub fn check_owner(owner: Option<&str>) -> Result<(), ConfigError> {
    if owner.is_none_or(is_account) {
        return Ok(());
    }
    Err(ConfigError::new("expected_bucket_owner", "must be twelve digits"))
}

/// Whether this is the id of an AWS account.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use delivery::config::from_text;

    use super::*;

    fn config(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        from_text::<Config>(&::tests::settings(pairs))
            .and_then(|export| export.destination.checked())
    }

    #[test]
    fn only_the_bucket_is_needed() {
        let config = config(&[("BUCKET", "archive"), ("ROLE_ARN", ""), ("PREFIX", "")]).unwrap();
        assert_eq!((config.compression, &*config.prefix), (Compression::Zstd, ""));
        assert_eq!((config.role_arn, config.kms_key_id, config.region), (None, None, None));
        assert_eq!(super::tests::config(&[]).unwrap_err().place, "bucket");
    }

    #[test]
    fn compression_is_one_of_three() {
        for (name, compression) in
            [("zstd", Compression::Zstd), ("gzip", Compression::Gzip), ("none", Compression::None)]
        {
            let config = config(&[("BUCKET", "archive"), ("COMPRESSION", name)]).unwrap();
            assert_eq!(config.compression, compression);
        }
        let error = config(&[("BUCKET", "archive"), ("COMPRESSION", "snappy")]).unwrap_err();
        assert_eq!(error.place, "compression");
    }

    #[test]
    fn what_aws_would_refuse_is_refused_at_start() {
        let place = |pairs: &[(&str, &str)]| config(pairs).unwrap_err().place;
        assert_eq!(place(&[("BUCKET", "s3://archive/x")]), "bucket");
        assert_eq!(place(&[("BUCKET", "archive"), ("EXTERNAL_ID", "x")]), "external_id");
        let owner = ("EXPECTED_BUCKET_OWNER", "1234");
        assert_eq!(place(&[("BUCKET", "archive"), owner]), "expected_bucket_owner");
    }
}
