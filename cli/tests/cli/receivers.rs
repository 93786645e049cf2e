//! The destinations of SanctumAI's guide on loopback, and its configuration file with their addresses in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;
use tests::server::{Reply, Request, Server};
use tokio::runtime::Runtime;

use crate::support::Place;

/// Servers, each answering as its vendor does, or with the status that it was told.
pub(crate) struct Receivers {
    servers: BTreeMap<&'static str, (Server, Arc<AtomicU16>)>,
    _runtime: Runtime,
}

pub(crate) const IDS: [&str; 5] =
    ["splunk-prod", "datadog", "elastic", "security-lake", "slack-alerts"];

impl Receivers {
    pub(crate) fn start() -> Receivers {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut servers = BTreeMap::new();
        for id in IDS {
            let told = Arc::new(AtomicU16::new(0));
            let status = told.clone();
            let script = move |request: &Request| match status.load(Ordering::SeqCst) {
                0 => accept(id, request),
                status => Reply::status(status, "{}"),
            };
            servers.insert(id, (runtime.block_on(Server::start(script)), told));
        }
        Receivers { servers, _runtime: runtime }
    }

    /// From now on this one answers with this status; 0: as it should.
    pub(crate) fn tell(&self, id: &str, status: u16) {
        self.servers[id].1.store(status, Ordering::SeqCst);
    }

    pub(crate) fn url(&self, id: &str) -> String {
        self.servers[id].0.url()
    }

    pub(crate) fn requests(&self, id: &str) -> Vec<Request> {
        self.servers[id].0.requests()
    }

    /// The ids of the events that it was sent, in the order of their requests, refused or not.
    pub(crate) fn ids(&self, id: &str) -> Vec<String> {
        self.requests(id).iter().flat_map(|request| ids(id, request)).collect()
    }

    /// The same, sorted: requests go out side by side.
    pub(crate) fn sorted(&self, id: &str) -> Vec<String> {
        let mut ids = self.ids(id);
        ids.sort_by_key(|id| (id.len(), id.clone()));
        ids
    }

    pub(crate) fn wait_for(&self, id: &str, count: usize) {
        let began = std::time::Instant::now();
        while self.ids(id).len() < count {
            assert!(began.elapsed().as_secs() < 30, "{id}: {:?}", self.ids(id));
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// The guide's file, as it stands there, but for the addresses and the leave to use loopback.
    pub(crate) fn configure(&self, place: &Place) {
        let url = |id: &str| self.servers[id].0.url();
        let loopback = "allow_insecure = true";
        let text = GUIDE
            .replace(
                "https://splunk.corp.example.com:8088\"",
                &format!("{}\"\n{loopback}", url("splunk-prod")),
            )
            .replace(
                "\"datadoghq.com\"",
                &format!("\"datadoghq.com\"\nendpoint = \"{}\"\n{loopback}", url("datadog")),
            )
            .replace(
                "https://elastic.corp.example.com:9200\"",
                &format!("{}\"\n{loopback}", url("elastic")),
            )
            .replace(
                "https://hooks.slack.com/services/T00/B00/xxx\"",
                &format!("{}\"\n{loopback}", url("slack-alerts")),
            );
        place.write(".sanctum/config.toml", text);
    }

    /// The variables that the guide's file names, and an AWS account that is the S3 receiver.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SANCTUM_SPLUNK_TOKEN", "00000000-0000-0000-0000-000000000000".into()),
            ("SANCTUM_DD_API_KEY", "0123456789abcdef0123456789abcdef".into()),
            ("SANCTUM_ELASTIC_KEY", "a2V5OnNlY3JldA==".into()),
            ("AWS_ENDPOINT_URL", self.servers["security-lake"].0.url()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE".into()),
            ("AWS_SECRET_ACCESS_KEY", "example".into()),
        ]
    }
}

fn accept(id: &str, request: &Request) -> Reply {
    match id {
        "splunk-prod" => Reply::status(200, r#"{"text":"Success","code":0}"#),
        "datadog" => Reply::status(202, "{}"),
        "elastic" => {
            let items = vec![r#"{"create":{"status":201}}"#; ids(id, request).len()].join(",");
            Reply::status(200, format!(r#"{{"took":1,"errors":false,"items":[{items}]}}"#))
        }
        "security-lake" if request.method == "POST" => Reply::status(200, ROLE),
        _ => Reply::status(200, ""),
    }
}

/// The events' ids in a request of this vendor.
fn ids(id: &str, request: &Request) -> Vec<String> {
    if !matches!(request.method.as_str(), "POST" | "PUT") {
        return Vec::new();
    }
    let text = match id {
        "security-lake" if request.method == "POST" => return Vec::new(),
        "security-lake" if request.path.contains(".zst") => {
            String::from_utf8(zstd::decode_all(&*request.body).unwrap()).unwrap()
        }
        _ => request.text(),
    };
    let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let values = values.map(Result::unwrap).flat_map(|value| match value {
        Value::Array(values) => values,
        value => vec![value],
    });
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let id = |value: Value| match id {
        "splunk-prod" => text(&value["fields"]["event_id"]),
        "datadog" => text(&value["evt"]["id"]).or_else(|| text(&value["id"])),
        "elastic" => text(&value["create"]["_id"]),
        "security-lake" => text(&value["metadata"]["uid"]),
        _ => text(&value["id"]),
    };
    values.filter_map(id).collect()
}

const ROLE: &str = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
    <AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/x/s</Arn></AssumedRoleUser>\
    <Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
    <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";

/// The settings of SanctumAI's guide on export to a SIEM.
pub(crate) const GUIDE: &str = r#"
[export]
enabled = true

[export.durability]
wal_enabled = true

[[export.adapters]]
id = "splunk-prod"
type = "splunk_hec"
enabled = true

[export.adapters.config]
endpoint = "https://splunk.corp.example.com:8088"
token_env = "SANCTUM_SPLUNK_TOKEN"
index = "sanctum_events"
source = "sanctum-ai"
sourcetype = "_json"
format = "ocsf"

[export.adapters.batch]
size = 100
flush_interval_secs = 5

[[export.adapters]]
id = "datadog"
type = "datadog"
enabled = true

[export.adapters.config]
api_key_env = "SANCTUM_DD_API_KEY"
site = "datadoghq.com"
source = "sanctum-ai"
format = "flat_json"

[[export.adapters]]
id = "elastic"
type = "elastic"
enabled = true

[export.adapters.config]
endpoint = "https://elastic.corp.example.com:9200"
index = "sanctum-events"
api_key_env = "SANCTUM_ELASTIC_KEY"
format = "ocsf"

[[export.adapters]]
id = "security-lake"
type = "s3"
enabled = true

[export.adapters.config]
bucket = "sanctum-security-lake"
region = "us-east-1"
prefix = "ocsf/sanctum/"
format = "ocsf"
compression = "zstd"
role_arn = "arn:aws:iam::123456789:role/SanctumExport"

[export.adapters.batch]
size = 1000
flush_interval_secs = 60

[[export.adapters]]
id = "slack-alerts"
type = "webhook"
enabled = true

[export.adapters.config]
url = "https://hooks.slack.com/services/T00/B00/xxx"
method = "POST"
format = "flat_json"

[export.adapters.filter]
include_classes = ["PolicyViolation", "CredentialRotation"]
min_severity = "High"

[export.adapters.batch]
size = 1
flush_interval_secs = 0
"#;
