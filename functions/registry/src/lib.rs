//! Every destination by the name of its type: the one place that knows them all.
//!
//! The `destination` function and the command line build what they deliver to here. A new destination is one line of
//! [`destinations!`], beside its folder.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use delivery::config::{ConfigError, Given, OverHttp, Settings};
use delivery::destination::{Destination, Finding, Goals, Setup};
use delivery::outcome::Answer;
use delivery::settings::Setting;
use delivery::tools::Tools;
use jiff::Timestamp;
use serde::Deserialize;
use transform::batch::{Batch, Limits};
use transform::event::Event;
use transform::format::FormatError;

macro_rules! destinations {
    ($($(#[$doc:meta])* $variant:ident($of:ty, $config:ty), $records:literal / $seconds:literal, $($name:literal)|+;)*) => {
        /// A type of destination.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(try_from = "String")]
        pub enum Type {
            $($(#[$doc])* $variant,)*
        }

        impl Type {
            /// All types, in the order of the documentation.
            pub const ALL: &[Type] = &[$(Type::$variant),*];

            /// The name in `config.toml` and `VAULT_EXPORT_TYPE`, and behind it the other names that are taken for it.
            const fn names(self) -> &'static [&'static str] {
                match self {
                    $(Type::$variant => &[$($name),+],)*
                }
            }

            /// The key that says where the destination is: what the stack's address parameter fills.
            pub const fn address_key(self) -> &'static str {
                match self {
                    $(Type::$variant => <$config as Settings>::ADDRESS,)*
                }
            }

            /// All settings, with what they do: the table of the documentation.
            pub fn settings(self) -> Vec<Setting> {
                match self {
                    $(Type::$variant => delivery::config::describe::<$config>(),)*
                }
            }

            /// Events in a request, if nothing is set.
            pub const fn batch_size(self) -> usize {
                match self {
                    $(Type::$variant => $records,)*
                }
            }

            /// How long an event waits for others, if nothing is set.
            pub const fn flush_interval(self) -> Duration {
                match self {
                    $(Type::$variant => Duration::from_secs($seconds),)*
                }
            }
        }

        /// A destination of any type.
        pub enum Any {
            $($(#[$doc])* $variant(Box<$of>),)*
        }

        impl Type {
            /// The destination that these settings describe, with what all destinations are told.
            pub fn build(self, given: Given, tools: &Tools) -> Result<Setup<Any>, ConfigError> {
                match self {
                    $(Type::$variant => {
                        let export = given.export::<$config>()?;
                        let (filter, batch_size) = (export.filter.clone(), export.batch_size);
                        let secret = export.secret.clone();
                        let destination = Any::$variant(Box::new(<$of>::new(export, tools)?));
                        Ok(Setup { destination, filter, batch_size, secret })
                    })*
                }
            }
        }

        macro_rules! each {
            ($any:expr, $one:ident => $what:expr) => {
                match $any {
                    $(Any::$variant($one) => $what,)*
                }
            };
        }
    };
}

destinations! {
    /// Splunk's HTTP Event Collector.
    SplunkHec(splunk_hec::SplunkHec, OverHttp<splunk_hec::Config>), 100 / 5, "splunk_hec" | "splunk";
    /// Datadog's log intake.
    Datadog(datadog::Datadog, OverHttp<datadog::Config>), 100 / 5, "datadog";
    /// Elasticsearch or OpenSearch.
    Elastic(elastic::Elastic, OverHttp<elastic::Config>), 100 / 5, "elastic" | "elasticsearch" | "opensearch";
    /// Amazon S3.
    S3(s3::S3, s3::Config), 1000 / 60, "s3";
    /// Amazon Security Lake.
    SecurityLake(security_lake::SecurityLake, security_lake::Config), 1000 / 60, "security_lake";
    /// Any HTTP endpoint.
    Webhook(webhook::Webhook, OverHttp<webhook::Config>), 1 / 0, "webhook";
    /// An OpenTelemetry collector.
    Otlp(otlp::Otlp, OverHttp<otlp::Config>), 100 / 5, "otlp";
    /// A syslog receiver over TLS, TCP or RELP.
    Syslog(syslog::Syslog, OverHttp<syslog::Config>), 100 / 5, "syslog";
}

/// The destination of the type with this name.
pub fn build(kind: &str, given: Given, tools: &Tools) -> Result<Setup<Any>, ConfigError> {
    let kind: Type =
        kind.parse().map_err(|problem: String| ConfigError::new("VAULT_EXPORT_TYPE", problem))?;
    kind.build(given, tools)
}

impl Type {
    /// The name in `config.toml` and `VAULT_EXPORT_TYPE`: `splunk_hec`.
    pub const fn as_str(self) -> &'static str {
        match self.names() {
            [name, ..] => name,
            [] => "",
        }
    }

    /// Whether it is reached over a connection of ours, with the settings of one, rather than by the AWS SDK.
    pub const fn is_http(self) -> bool {
        !matches!(self, Type::S3 | Type::SecurityLake)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Type {
    type Err = String;

    fn from_str(name: &str) -> Result<Type, String> {
        let found = Type::ALL.iter().find(|kind| kind.names().contains(&name)).copied();
        found.ok_or_else(|| {
            let known: Vec<&str> = Type::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("unknown type; expected one of {}", known.join(", "))
        })
    }
}

impl TryFrom<String> for Type {
    type Error = String;

    fn try_from(name: String) -> Result<Type, String> {
        name.parse()
    }
}

impl Destination for Any {
    fn name(&self) -> &'static str {
        each!(self, one => one.name())
    }

    fn idempotent(&self) -> bool {
        each!(self, one => one.idempotent())
    }

    fn goals(&self) -> Option<Goals> {
        each!(self, one => one.goals())
    }

    fn limits(&self) -> Limits {
        each!(self, one => one.limits())
    }

    fn concurrency(&self) -> usize {
        each!(self, one => one.concurrency())
    }

    fn partition(&self, event: &Event<'_>) -> Option<String> {
        each!(self, one => one.partition(event))
    }

    fn encode(&self, event: &Event<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        each!(self, one => one.encode(event, out))
    }

    async fn deliver(&self, batch: &Batch<'_>) -> Answer {
        each!(self, one => one.deliver(batch).await)
    }

    async fn refresh(&self) -> bool {
        each!(self, one => one.refresh().await)
    }

    async fn check(&self) -> Vec<Finding> {
        each!(self, one => one.check().await)
    }

    async fn test_event(&self, now: Timestamp) -> Vec<Finding> {
        each!(self, one => Destination::test_event(one.as_ref(), now).await)
    }
}

impl Any {
    /// Installs what the destination needs before the first event; `None` when that is nothing.
    pub async fn setup(&self, dry_run: bool) -> Option<Vec<Finding>> {
        match self {
            Any::Elastic(one) => Some(one.setup(dry_run).await),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
