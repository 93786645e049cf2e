//! The destinations as their servers see them: how they take, acknowledge and refuse events, and what they hold.

mod aws;
mod otlp;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::server::{Reply, Request};

/// The credential that the servers take, and one that they do not.
pub const GOOD: &str = "good-token";
/// See [`GOOD`].
pub const STALE: &str = "stale-token";

/// The answer to a request with these ids, of which some are refused for good, and which of them are stored all the same.
pub type Refuses = fn(&[String], &dyn Fn(&str) -> bool) -> (Vec<String>, Reply);

/// A destination, as seen from its server.
#[derive(Debug)]
pub struct Vendor {
    /// How tables call it.
    pub name: &'static str,
    /// The name of its type.
    pub kind: &'static str,
    /// What it is reached over.
    pub wire: Wire,
    /// Settings beside the address.
    pub settings: &'static str,
    /// What it recognises, so that it is not stored twice.
    pub knows: Knows,
    /// Whether an answer with status 200 is believed whatever its body.
    pub believes_any_200: bool,
    /// The ids in a request, in order.
    pub ids: fn(&Request) -> Vec<String>,
    /// The answer to a request with these ids that took them.
    pub takes: fn(&[String]) -> Reply,
    /// How it refuses some for good; nothing where no answer says so of an event.
    pub refuses: Option<Refuses>,
    /// The answer when a part is taken and the rest is told to come later, in the vendor's own form.
    pub postpones: Option<Refuses>,
}

/// What a destination is reached over, and by which credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// HTTP/1.1. The address's key, and the member of the secret that holds the credential.
    Http(&'static str, &'static str),
    /// gRPC, with the same two.
    Grpc(&'static str, &'static str),
    /// The AWS SDK. The credential is a role's that is assumed through STS, with the settings that name it.
    Aws(&'static str),
}

/// What a server stores once, however often it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knows {
    /// Nothing: what comes twice is there twice.
    Nothing,
    /// The id of an event.
    Ids,
    /// The path of an object.
    Objects,
}

impl Vendor {
    /// The member of the secret that holds the credential; none where a role is assumed.
    pub fn member(&self) -> Option<&'static str> {
        match self.wire {
            Wire::Http(_, member) | Wire::Grpc(_, member) => Some(member),
            Wire::Aws(_) => None,
        }
    }

    /// Whether it is a service of AWS, whose credential is a role's.
    pub fn is_aws(&self) -> bool {
        matches!(self.wire, Wire::Aws(_))
    }

    /// The settings for a server at this address; those of a role where one has to be assumed.
    pub fn settings_at(&self, url: &str, with_role: bool) -> String {
        let own = self.settings;
        match self.wire {
            Wire::Http(address, _) | Wire::Grpc(address, _) => {
                format!("{address} = '{url}'\nallow_insecure = true\n{own}")
            }
            Wire::Aws(role) if with_role => format!("{own}{role}"),
            Wire::Aws(_) => own.to_owned(),
        }
    }

    /// The answer to a request for a role's credentials, where this is one; `credential` is the one to give out.
    pub fn role(&self, request: &Request, credential: &str) -> Option<Reply> {
        (self.is_aws() && request.method == "POST").then(|| aws::session(credential))
    }

    /// STS's refusal with this code.
    pub fn no_role(&self, code: &str) -> Reply {
        aws::no_session(code)
    }
}

/// What a server holds.
#[derive(Clone, Debug, Default)]
pub struct Store {
    held: BTreeMap<String, usize>,
    objects: BTreeSet<String>,
}

impl Store {
    /// How often each event is held.
    pub fn held(&self) -> &BTreeMap<String, usize> {
        &self.held
    }

    /// Takes these events of a request; the answer if the server knows that it has them already.
    pub fn take(&mut self, vendor: &Vendor, request: &Request, ids: Vec<String>) -> Option<Reply> {
        if ids.is_empty() {
            return None;
        }
        if vendor.knows == Knows::Objects && !self.objects.insert(request.path.clone()) {
            return Some(aws::refuses(412, "PreconditionFailed"));
        }
        for id in ids {
            let copies = self.held.entry(id).or_default();
            *copies = if vendor.knows == Knows::Ids { 1 } else { *copies + 1 };
        }
        None
    }
}

/// Whether a request shows the good credential.
pub fn is_good(request: &Request) -> bool {
    request.headers.iter().any(|(_, value)| value.contains(GOOD))
}

/// S3's own refusal.
pub fn s3_refuses(status: u16, code: &str) -> Reply {
    aws::refuses(status, code)
}

/// A status of gRPC in the place of an answer, with this delay as `google.rpc.RetryInfo` if one is given.
pub fn grpc_status(code: u16, retry_after: Option<std::time::Duration>) -> Reply {
    otlp::status(code, retry_after)
}

/// A collector's answer that it dropped so many records, over either wire.
pub fn otlp_drops(vendor: &Vendor, dropped: i64) -> Reply {
    match vendor.wire {
        Wire::Grpc(..) => otlp::dropped(dropped),
        _ => answer(200, &json!({"partialSuccess": {"rejectedLogRecords": dropped.to_string()}})),
    }
}

/// All destinations, in the order of the documentation.
pub static VENDORS: [Vendor; 8] = [
    Vendor {
        name: "Splunk",
        kind: "splunk_hec",
        wire: Wire::Http("endpoint", "token"),
        settings: "",
        knows: Knows::Nothing,
        believes_any_200: false,
        ids: |request| values(request).iter().map(|one| text(&one["fields"]["event_id"])).collect(),
        takes: |_| answer(200, &json!({"text": "Success", "code": 0})),
        refuses: Some(|ids, bad| {
            let first = ids.iter().position(|id| bad(id)).unwrap_or(ids.len());
            let body = json!({"text": "no", "code": 6, "invalid-event-number": first});
            (ids[..first].to_vec(), answer(400, &body))
        }),
        postpones: None,
    },
    Vendor {
        name: "Datadog",
        kind: "datadog",
        wire: Wire::Http("endpoint", "api_key"),
        settings: "",
        knows: Knows::Nothing,
        believes_any_200: false,
        ids: |request| {
            let [Value::Array(logs)] = &values(request)[..] else { return Vec::new() };
            logs.iter().map(|log| text(&log["evt"]["id"])).collect()
        },
        takes: |_| answer(202, &json!({})),
        refuses: Some(|_, _| {
            let errors = json!([{"status": "400", "title": "Bad Request"}]);
            (Vec::new(), answer(400, &json!({"errors": errors})))
        }),
        postpones: None,
    },
    Vendor {
        name: "Elastic",
        kind: "elastic",
        wire: Wire::Http("endpoint", "api_key"),
        settings: "",
        knows: Knows::Ids,
        believes_any_200: false,
        ids: |request| {
            let ids = values(request).into_iter().map(|one| one["create"]["_id"].clone());
            ids.filter(Value::is_string).map(|id| text(&id)).collect()
        },
        takes: |ids| answer(200, &items(ids.iter().map(|_| created()))),
        refuses: Some(|ids, bad| bulk(ids, bad, 400, "document_parsing_exception")),
        postpones: Some(|ids, late| bulk(ids, late, 429, "es_rejected_execution_exception")),
    },
    Vendor {
        name: "S3",
        kind: "s3",
        wire: Wire::Aws("role_arn = 'arn:aws:iam::123456789012:role/Export'\n"),
        settings: "bucket = 'archive'\nformat = 'json'\ncompression = 'none'\n",
        knows: Knows::Objects,
        believes_any_200: true,
        ids: |request| values(request).iter().map(|event| text(&event["id"])).collect(),
        takes: |_| aws::stored(),
        refuses: None,
        postpones: None,
    },
    Vendor {
        name: "Security Lake",
        kind: "security_lake",
        wire: Wire::Aws(
            "role_arn = 'arn:aws:iam::123456789012:role/{source}'\nexternal_id = 'ext-7'\n",
        ),
        settings: "bucket = 'lake'\n",
        knows: Knows::Objects,
        believes_any_200: true,
        ids: |request| aws::ids(&request.body),
        takes: |_| aws::stored(),
        refuses: None,
        postpones: None,
    },
    Vendor {
        name: "Webhook",
        kind: "webhook",
        wire: Wire::Http("url", "token"),
        settings: "format = 'json'\nbody = 'ndjson'\n",
        knows: Knows::Nothing,
        believes_any_200: true,
        ids: |request| values(request).iter().map(|event| text(&event["id"])).collect(),
        takes: |_| Reply::status(204, ""),
        refuses: Some(|_, _| (Vec::new(), answer(422, &json!({"error": "no"})))),
        postpones: None,
    },
    Vendor {
        name: "OTLP over gRPC",
        kind: "otlp",
        wire: Wire::Grpc("endpoint", "token"),
        settings: "compression = 'none'\n",
        knows: Knows::Nothing,
        believes_any_200: false,
        ids: |request| otlp::ids(&request.body),
        takes: |_| otlp::taken(),
        refuses: Some(|_, _| (Vec::new(), otlp::status(3, None))),
        postpones: None,
    },
    Vendor {
        name: "OTLP over HTTP",
        kind: "otlp",
        wire: Wire::Http("endpoint", "token"),
        settings: "protocol = 'http/json'\n",
        knows: Knows::Nothing,
        believes_any_200: false,
        ids: |request| values(request).iter().flat_map(otlp::ids_of_json).collect(),
        takes: |_| answer(200, &json!({})),
        refuses: Some(|_, _| (Vec::new(), answer(400, &json!({"code": 3, "message": "no"})))),
        postpones: None,
    },
];

/// The JSON values of a request's body, one after the other.
fn values(request: &Request) -> Vec<Value> {
    let text = request.text();
    serde_json::Deserializer::from_str(&text).into_iter().map_while(Result::ok).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An answer in JSON.
pub fn answer(status: u16, body: &Value) -> Reply {
    Reply::status(status, body.to_string()).header("content-type", "application/json")
}

/// Elastic's answer to a bulk request, with these results.
pub fn items(items: impl Iterator<Item = Value>) -> Value {
    json!({"took": 1, "errors": false, "items": items.collect::<Vec<_>>()})
}

/// The result of a document that Elastic created.
pub fn created() -> Value {
    json!({"create": {"status": 201}})
}

/// The answer of Elastic that took all but some, each of which has this status and error.
fn bulk(
    ids: &[String],
    not: &dyn Fn(&str) -> bool,
    status: u16,
    kind: &str,
) -> (Vec<String>, Reply) {
    let item = |id: &String| {
        if not(id) {
            json!({"create": {"status": status, "error": {"type": kind}}})
        } else {
            created()
        }
    };
    let taken = ids.iter().filter(|id| !not(id)).cloned().collect();
    (taken, answer(200, &items(ids.iter().map(item))))
}
