//! Requests to the cluster.

use bytes::Bytes;
use delivery::Endpoint;
use delivery::http::{Request, gzip};
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;
use transform::batch::Batch;
use url::Url;

use crate::config::{Compression, Config};
use crate::features::Features;
use crate::index::Index;

/// What is wanted of an answer. `status` is on every item, so that there is one entry for each document and
/// their places are the documents' places.
const WANTED: &str = "took,errors,items.*.status,items.*.error.type,items.*.failure_store";

/// The addresses of one index.
#[derive(Debug)]
pub(crate) struct Cluster {
    endpoint: Endpoint,
    index: Index,
    pipeline: Option<String>,
    compression: Compression,
    /// Whether the reasons are wanted too, to tell a wrong setting from a wrong document.
    reasons: bool,
    pub(crate) features: Features,
}

impl Cluster {
    pub(crate) fn new(config: &Config) -> Cluster {
        Cluster {
            endpoint: config.endpoint.clone(),
            index: config.index.clone(),
            pipeline: config.pipeline.clone(),
            compression: config.compression,
            reasons: config.pipeline.is_some() || config.serverless(),
            features: Features::new(config),
        }
    }

    pub(crate) fn address(&self) -> &Url {
        self.endpoint.url()
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The documents. The index stands in the address and not in each action, because permissions are given
    /// by address where `rest.action.multi.allow_explicit_index` is off.
    pub(crate) fn bulk(&self, batch: &Batch<'_>) -> Request {
        let mut headers = headers("application/x-ndjson");
        let body = match self.compression {
            Compression::Gzip => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip(batch.fragments(), batch.encoded_len())
            }
            Compression::None => batch.fragments().collect::<Vec<_>>().concat().into(),
        };
        let mut url = self.endpoint.join(&format!("{}/_bulk", self.index));
        url.set_query(Some(&self.query()));
        Request::post(url, headers, body)
    }

    /// In alphabetical order and with all escaped: as a signature is made of it, so that nobody on the
    /// way has a reason to write it otherwise.
    fn query(&self) -> String {
        let mut wanted = WANTED.to_owned();
        if self.reasons {
            wanted.push_str(",items.*.error.reason");
        }
        let mut query = format!("filter_path={}", escaped(&wanted));
        if self.features.quiet_errors() {
            query.push_str("&include_source_on_error=false");
        }
        if let Some(pipeline) = &self.pipeline {
            query.extend(["&pipeline=", &escaped(pipeline)]);
        }
        if self.features.require_stream() {
            query.push_str("&require_data_stream=true");
        }
        query
    }

    /// What the cluster says of itself.
    pub(crate) fn about(&self) -> Request {
        let mut headers = headers("application/json");
        headers.remove(CONTENT_TYPE);
        Request::get(self.endpoint.join("/"), headers)
    }

    /// Asks whether the credential may create documents in the index.
    pub(crate) fn privileges(&self) -> Request {
        let wanted = serde_json::json!({
            "index": [{"names": [self.index.as_str()], "privileges": ["create_doc"]}]
        });
        let url = self.endpoint.join("/_security/user/_has_privileges");
        Request::post(url, headers("application/json"), wanted.to_string())
    }

    /// Asks for the type of a field.
    pub(crate) fn field(&self, name: &str) -> Request {
        let url = self.endpoint.join(&format!("{}/_mapping/field/{name}", self.index));
        Request { url, ..self.about() }
    }

    /// Puts something at a path; `None` for what has no body.
    pub(crate) fn put(&self, path: &str, body: Option<&Value>) -> Request {
        let body = body.map(|body| Bytes::from(body.to_string()));
        let mut headers = headers("application/json");
        if body.is_none() {
            headers.remove(CONTENT_TYPE);
        }
        let url = self.endpoint.join(path);
        Request { method: Method::PUT, url, headers, body: body.unwrap_or_default() }
    }
}

fn headers(content: &'static str) -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static(content)),
        (ACCEPT, HeaderValue::from_static("application/json")),
    ])
}

/// Everything but RFC 3986's unreserved characters as `%XX`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                let digit = |nibble: u8| char::from(HEX[usize::from(nibble)]);
                out.extend(['%', digit(other >> 4), digit(other & 15)]);
            }
        }
    }
    out
}
