//! Parameters of a request that not every server knows.
//!
//! `require_data_stream` came with Elasticsearch 8.13 and `include_source_on_error` with 8.18; older servers and
//! OpenSearch refuse a request with a parameter that they do not know, whole and with 400. Such a refusal
//! names the parameter; it is left out from then on, for as long as the process lives.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;

use crate::config::{Config, Flavour};

/// Which parameters the server is asked for.
#[derive(Debug)]
pub(crate) struct Features {
    /// Keeps documents out of error texts, which end in logs on the way.
    quiet_errors: AtomicBool,
    /// Keeps a misspelt name from becoming a plain index.
    require_stream: AtomicBool,
}

const QUIET_ERRORS: &str = "include_source_on_error";
const REQUIRE_STREAM: &str = "require_data_stream";

impl Features {
    pub(crate) fn new(config: &Config) -> Features {
        let knows = config.flavour() != Flavour::Opensearch;
        Features {
            quiet_errors: knows.into(),
            require_stream: (knows && config.is_stream()).into(),
        }
    }

    pub(crate) fn quiet_errors(&self) -> bool {
        self.quiet_errors.load(Ordering::Relaxed)
    }

    pub(crate) fn require_stream(&self) -> bool {
        self.require_stream.load(Ordering::Relaxed)
    }

    /// Looks whether a refusal with 400 names a parameter that was sent. True when the same request has to
    /// be sent again without it.
    pub(crate) fn learn(&self, body: &[u8]) -> bool {
        let Some(reason) = unrecognized(body) else { return false };
        let mut learnt = false;
        for (name, flag) in
            [(QUIET_ERRORS, &self.quiet_errors), (REQUIRE_STREAM, &self.require_stream)]
        {
            // Another request may have learnt it since this one was built; then it goes again too.
            if reason.contains(&format!("[{name}]")) {
                flag.store(false, Ordering::Relaxed);
                learnt = true;
            }
        }
        learnt
    }
}

/// The sentence with which the server's outermost layer, before it looks at any document, refuses parameters:
/// "request [/x/_bulk] contains unrecognized parameter: [`require_data_stream`]". How it begins counts: sentences
/// about documents may quote them.
fn unrecognized(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: Error,
    }
    #[derive(Deserialize)]
    struct Error {
        #[serde(rename = "type")]
        kind: String,
        reason: String,
    }
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    let is_one = refusal.error.kind == "illegal_argument_exception"
        && refusal.error.reason.starts_with("request [")
        && refusal.error.reason.contains("] contains unrecognized parameter");
    is_one.then_some(refusal.error.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features() -> Features {
        Features { quiet_errors: true.into(), require_stream: true.into() }
    }

    fn refusal(reason: &str) -> Vec<u8> {
        let error = serde_json::json!({"type": "illegal_argument_exception", "reason": reason});
        serde_json::to_vec(&serde_json::json!({"error": error, "status": 400})).unwrap()
    }

    #[test]
    fn what_a_refusal_names_is_left_out() {
        let features = features();
        let one = refusal(
            "request [/x/_bulk] contains unrecognized parameter: [include_source_on_error]",
        );
        assert!(features.learn(&one));
        assert_eq!((features.quiet_errors(), features.require_stream()), (false, true));
        let both = refusal(
            "request [/x/_bulk] contains unrecognized parameters: [include_source_on_error], \
             [require_data_stream] -> did you mean [require_alias]?",
        );
        assert!(features.learn(&both));
        assert_eq!((features.quiet_errors(), features.require_stream()), (false, false));
    }

    #[test]
    fn any_other_refusal_teaches_nothing() {
        let features = features();
        for body in [
            refusal("Duplicate field '[include_source_on_error]'"),
            refusal("request [/x] contains unrecognized parameter: [pipeline]"),
            refusal(
                "failed at 'request [/x] contains unrecognized parameter: [require_data_stream]'",
            ),
            b"<html>400</html>".to_vec(),
            b"{\"error\":\"unrecognized parameter: [require_data_stream]\"}".to_vec(),
            Vec::new(),
        ] {
            assert!(!features.learn(&body));
        }
        assert!(features.quiet_errors() && features.require_stream());
    }
}
