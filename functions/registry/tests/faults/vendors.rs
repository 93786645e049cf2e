//! The destinations, and how their servers take, acknowledge and refuse events.

use registry::Type;
use serde_json::{Value, json};
use tests::server::{Reply, Request};

type Refuses = fn(&[String], &dyn Fn(&str) -> bool) -> (Vec<String>, Reply);

/// A destination that is reached over HTTP.
pub(crate) struct Vendor {
    pub(crate) name: &'static str,
    pub(crate) kind: Type,
    /// The key that the server's address is set by, and further settings.
    pub(crate) address: &'static str,
    pub(crate) settings: &'static str,
    /// The member of the secret that holds the credential.
    pub(crate) member: &'static str,
    pub(crate) idempotent: bool,
    /// Whether an answer with status 200 is believed whatever its body.
    pub(crate) believes_any_200: bool,
    /// The ids in a request, in order.
    pub(crate) ids: fn(&Request) -> Vec<String>,
    /// The answer to a request with these ids that took them.
    pub(crate) takes: fn(&[String]) -> Reply,
    /// The answer to a request in which some are refused for good, and which of them are stored all the same.
    pub(crate) refuses: Refuses,
}

pub(crate) static VENDORS: [Vendor; 5] = [
    Vendor {
        name: "Splunk",
        kind: Type::SplunkHec,
        address: "endpoint",
        settings: "",
        member: "token",
        idempotent: false,
        believes_any_200: false,
        ids: |request| values(request).iter().map(|one| text(&one["fields"]["event_id"])).collect(),
        takes: |_| answer(200, &json!({"text": "Success", "code": 0})),
        refuses: |ids, bad| {
            let first = ids.iter().position(|id| bad(id)).unwrap_or(ids.len());
            let body = json!({"text": "no", "code": 6, "invalid-event-number": first});
            (ids[..first].to_vec(), answer(400, &body))
        },
    },
    Vendor {
        name: "Datadog",
        kind: Type::Datadog,
        address: "endpoint",
        settings: "",
        member: "api_key",
        idempotent: false,
        believes_any_200: false,
        ids: |request| {
            let [Value::Array(logs)] = &values(request)[..] else { return Vec::new() };
            logs.iter().map(|log| text(&log["evt"]["id"])).collect()
        },
        takes: |_| answer(202, &json!({})),
        refuses: |_, _| {
            let errors = json!([{"status": "400", "title": "Bad Request"}]);
            (Vec::new(), answer(400, &json!({"errors": errors})))
        },
    },
    Vendor {
        name: "Elastic",
        kind: Type::Elastic,
        address: "endpoint",
        settings: "",
        member: "api_key",
        idempotent: true,
        believes_any_200: false,
        ids: |request| {
            let ids = values(request).into_iter().map(|one| one["create"]["_id"].clone());
            ids.filter(Value::is_string).map(|id| text(&id)).collect()
        },
        takes: |ids| items(ids, &|_| false),
        refuses: |ids, bad| (ids.iter().filter(|id| !bad(id)).cloned().collect(), items(ids, bad)),
    },
    Vendor {
        name: "Webhook",
        kind: Type::Webhook,
        address: "url",
        settings: "format = 'json'\nbody = 'ndjson'\n",
        member: "token",
        idempotent: false,
        believes_any_200: true,
        ids: |request| values(request).iter().map(|event| text(&event["id"])).collect(),
        takes: |_| Reply::status(204, ""),
        refuses: |_, _| (Vec::new(), answer(422, &json!({"error": "no"}))),
    },
    Vendor {
        name: "OpenTelemetry",
        kind: Type::Otlp,
        address: "endpoint",
        settings: "protocol = 'http/json'\n",
        member: "token",
        idempotent: false,
        believes_any_200: false,
        ids: |request| {
            let lists =
                |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
            let mut found = Vec::new();
            for resource in values(request).iter().flat_map(|body| lists(body, "resourceLogs")) {
                for scope in lists(&resource, "scopeLogs") {
                    for record in lists(&scope, "logRecords") {
                        let attributes = lists(&record, "attributes");
                        let uid = attributes.iter().find(|one| one["key"] == "log.record.uid");
                        found.extend(uid.map(|uid| text(&uid["value"]["stringValue"])));
                    }
                }
            }
            found
        },
        takes: |_| answer(200, &json!({})),
        refuses: |_, _| (Vec::new(), answer(400, &json!({"code": 3, "message": "no"}))),
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

fn answer(status: u16, body: &Value) -> Reply {
    Reply::status(status, body.to_string()).header("content-type", "application/json")
}

fn items(ids: &[String], bad: &dyn Fn(&str) -> bool) -> Reply {
    let item = |id: &String| {
        if bad(id) {
            json!({"create": {"status": 400, "error": {"type": "document_parsing_exception"}}})
        } else {
            json!({"create": {"status": 201}})
        }
    };
    let items: Vec<Value> = ids.iter().map(item).collect();
    answer(200, &json!({"took": 1, "errors": false, "items": items}))
}
