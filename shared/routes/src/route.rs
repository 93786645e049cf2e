//! One route.

use delivery::settings::{self, ConfigError, Document};
use serde::Deserialize;
use transform::filter::Filter;

/// Records in a message when a route does not say.
const BATCH_SIZE: usize = 100;

/// Where a destination's events go, and which they are.
#[derive(Clone, Debug)]
pub struct Route {
    /// The destination's name.
    pub name: String,
    /// Its type: `splunk_hec`.
    pub kind: String,
    /// Its queue.
    pub queue_url: String,
    /// Its dead-letter queue.
    pub dlq_url: Option<String>,
    /// Its function in Lambda.
    pub function: Option<String>,
    /// Events in a message.
    pub batch_size: usize,
    /// Which events it wants.
    pub filter: Filter,
}

/// The value of a parameter. Keys that are not known are a later version's.
#[derive(Deserialize)]
struct Value {
    #[serde(rename = "type")]
    kind: String,
    queue_url: String,
    dlq_url: Option<String>,
    function: Option<String>,
    batch_size: Option<usize>,
    filter: Option<String>,
}

impl Route {
    /// Reads a parameter's value. Errors name the key and never show the value.
    pub fn parse(name: &str, text: &str) -> Result<Route, ConfigError> {
        let value: Value = Document::parse("route", text)?.read()?;
        if !value.queue_url.starts_with("http") {
            return Err(ConfigError::new("queue_url", "not a queue's URL"));
        }
        let batch_size = value.batch_size.unwrap_or(BATCH_SIZE);
        if batch_size == 0 {
            return Err(ConfigError::new("batch_size", "must be at least 1"));
        }
        Ok(Route {
            name: name.to_owned(),
            kind: value.kind,
            queue_url: value.queue_url,
            dlq_url: value.dlq_url.filter(|url| !url.is_empty()),
            function: value.function.filter(|name| !name.is_empty()),
            batch_size,
            filter: settings::filter("filter", value.filter.as_deref().unwrap_or_default())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPLUNK: &str = "type = 'splunk_hec'
queue_url = 'https://sqs.eu-west-1.amazonaws.com/1/q'
dlq_url = 'https://sqs.eu-west-1.amazonaws.com/1/d'
function = 'core-splunk'
batch_size = 250
later = 'unknown to this version'
filter = '''
min_severity = \"High\"
'''
";

    #[test]
    fn a_route_is_read_and_keys_of_later_versions_are_ignored() {
        let route = Route::parse("splunk", SPLUNK).unwrap();
        assert_eq!((route.name.as_str(), route.kind.as_str()), ("splunk", "splunk_hec"));
        assert_eq!(route.queue_url, "https://sqs.eu-west-1.amazonaws.com/1/q");
        assert_eq!(route.dlq_url.as_deref(), Some("https://sqs.eu-west-1.amazonaws.com/1/d"));
        assert_eq!((route.function.as_deref(), route.batch_size), (Some("core-splunk"), 250));
        assert_ne!(format!("{:?}", route.filter), format!("{:?}", Filter::default()));
    }

    #[test]
    fn a_filter_may_be_lines_inline_or_nothing() {
        let filter = |text: &str| {
            let value = format!("type = 's3'\nqueue_url = 'https://q'\nfilter = '''\n{text}\n'''");
            format!("{:?}", Route::parse("s3", &value).unwrap().filter)
        };
        let lines = filter("min_severity = \"High\"\nlabels = { env = \"production\" }");
        let inline = filter("min_severity = \"High\", labels = { env = \"production\" }");
        assert_eq!(lines, inline);
        assert_eq!(filter(""), format!("{:?}", Filter::default()));
        assert_eq!(Route::parse("s3", "type='s3'\nqueue_url='https://q'").unwrap().batch_size, 100);
    }

    #[test]
    fn what_is_wrong_is_named_and_not_shown() {
        let with = |more: &str| format!("type = 's3'\nqueue_url = 'https://q'\n{more}");
        for (text, place) in [
            ("canary = = 1".to_owned(), "route"),
            ("type = 's3'".to_owned(), "route"),
            (with("batch_size = 'canary'"), "route"),
            (with("batch_size = 0"), "batch_size"),
            ("type = 's3'\nqueue_url = 'canary'".to_owned(), "queue_url"),
            (with("filter = 'min_severity = \"canary\"'"), "filter"),
            (with("filter = 'unknown = \"canary\"'"), "filter"),
            (with("filter = 'canary'"), "filter"),
        ] {
            let error = Route::parse("s3", &text).unwrap_err();
            assert!(error.place.starts_with(place), "{error}: {text}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
