//! A vendor's server with a fault, and the destination that delivers to it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery::Tools;
use delivery::config::Given;
use delivery::credentials::SecretRef;
use delivery::pipeline::Pipeline;
use delivery::settings::Document;
use delivery::tools::Aws;
use registry::{Any, Type};
use serde_json::json;
use tests::server::{Reply, Request, Server};
use tests::tls::Authority;
use tests::vendors::{GOOD, STALE, Store, Vendor, Wire, is_good, otlp_drops};

use crate::cells::{Call, Cell, Does, Listens, Secret};

/// Requests that the events make.
const REQUESTS: usize = 4;

/// The server, its Secrets Manager or STS, and what it holds.
pub(crate) struct Receiver {
    /// Answers as long as it is kept.
    _server: Option<Server>,
    secrets: Server,
    address: String,
    desk: Arc<Desk>,
}

/// What answers requests.
struct Desk {
    cell: &'static Cell,
    vendor: &'static Vendor,
    store: Mutex<Store>,
    requests: AtomicUsize,
    /// How often the credential was asked for.
    credentials: AtomicUsize,
    is_over: AtomicBool,
}

impl Receiver {
    pub(crate) async fn start(cell: &'static Cell, vendor: &'static Vendor) -> Receiver {
        let desk = Arc::new(Desk {
            cell,
            vendor,
            store: Mutex::default(),
            requests: AtomicUsize::new(0),
            credentials: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let at = desk.clone();
        let answer = move |request: &Request| at.answer(request);
        let server = match (cell.listens, vendor.wire) {
            (Listens::BehindUnknownCertificate, _) => {
                let tls = Authority::new().acceptor(false, &["h2", "http/1.1"]);
                Server::start_tls(tls, answer).await
            }
            (_, Wire::Grpc(..)) => Server::start_http2(answer).await,
            _ => Server::start(answer).await,
        };
        let at = desk.clone();
        let secrets = Server::start(move |_| at.secret()).await;
        let address = match cell.listens {
            Listens::WithoutTls => server.url().replace("http://", "https://"),
            _ => server.url(),
        };
        let server = (cell.listens != Listens::Nobody).then_some(server);
        Receiver { _server: server, secrets, address, desk }
    }

    /// The way to the real destination.
    pub(crate) async fn pipeline(&self, events: usize) -> Pipeline<Any> {
        let Desk { vendor, cell, .. } = *self.desk;
        let settings = vendor.settings_at(&self.address, cell.secret != Secret::Good);
        let given = Given {
            config: Document::parse("settings", &settings).unwrap(),
            batch_size: Some(events / REQUESTS),
            secret: vendor.member().map(|_| SecretRef::SecretsManager("secret".to_owned())),
            ..Given::default()
        };
        // The SDK has one address for all of AWS: S3 and STS, or Secrets Manager.
        let aws = if vendor.is_aws() { self.address.clone() } else { self.secrets.url() };
        let tools = Tools::new(Aws::from_config(tests::secrets::loaded(&aws).await));
        let kind: Type = vendor.kind.parse().unwrap();
        let setup = kind.build(given, &tools).unwrap();
        let mut pipeline = Pipeline::new(setup.destination, setup.filter, setup.batch_size);
        pipeline.backoff.first = Duration::from_millis(2);
        pipeline.backoff.longest = Duration::from_millis(20);
        if !crate::is_whole() {
            pipeline.backoff.attempts = if cell.secret == Secret::Hangs { 1 } else { 3 };
        }
        pipeline
    }

    /// Ends the fault, if it is one that can end.
    pub(crate) fn recover(&self) -> bool {
        self.desk.is_over.store(true, Ordering::SeqCst);
        self.desk.cell.can_end()
    }

    /// How often the server holds each event.
    pub(crate) fn held(&self) -> BTreeMap<String, usize> {
        self.desk.store.lock().unwrap().held().clone()
    }

    pub(crate) fn requests(&self) -> usize {
        self.desk.requests.load(Ordering::SeqCst)
    }
}

impl Desk {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn answer(&self, request: &Request) -> Reply {
        if self.vendor.is_aws() && request.method == "POST" {
            return self.role(request);
        }
        let number = self.requests.fetch_add(1, Ordering::SeqCst);
        let ids = (self.vendor.ids)(request);
        let does = if self.is_over() {
            Does::Takes
        } else {
            let is_good = is_good(request);
            (self.cell.does)(&Call { number, ids: &ids, is_good })
        };
        let (stored, reply) = perform(does, &ids, self.vendor);
        let known = self.store.lock().unwrap().take(self.vendor, request, stored);
        match (known, &reply) {
            (Some(known), Reply::Answer { status: 200, .. }) => known,
            _ => reply,
        }
    }

    /// What the credential is, or why there is none.
    fn credential(&self) -> Result<&'static str, Reply> {
        let asked = self.credentials.fetch_add(1, Ordering::SeqCst);
        let refused = |code: &str| {
            if self.vendor.is_aws() {
                self.vendor.no_role(code)
            } else {
                Reply::status(400, json!({"__type": code}).to_string())
            }
        };
        match self.cell.secret {
            _ if self.is_over() => Ok(GOOD),
            Secret::Rotated if asked == 0 => Ok(STALE),
            Secret::Good | Secret::Rotated | Secret::Is(_) => Ok(GOOD),
            Secret::Refused(code) => Err(refused(code)),
            Secret::Hangs => Err(Reply::Hang(Duration::from_mins(1))),
        }
    }

    fn role(&self, request: &Request) -> Reply {
        match self.credential() {
            Ok(credential) => self.vendor.role(request, credential).expect("a request to STS"),
            Err(reply) => reply,
        }
    }

    fn secret(&self) -> Reply {
        let member = self.vendor.member().unwrap_or_default();
        let text = match (self.credential(), self.cell.secret) {
            (Err(reply), _) => return reply,
            (Ok(_), Secret::Is(text)) if !self.is_over() => text.replace("MEMBER", member),
            (Ok(credential), _) => format!("{{\"{member}\":\"{credential}\"}}"),
        };
        let answer = json!({"ARN": "a", "Name": "n", "VersionId": "1", "SecretString": text});
        Reply::status(200, answer.to_string()).header("content-type", "application/x-amz-json-1.1")
    }
}

fn perform(does: Does, ids: &[String], vendor: &Vendor) -> (Vec<String>, Reply) {
    let all = ids.to_vec();
    match does {
        Does::TakesAnd(reply) => (all, reply),
        Does::Says(reply) => (Vec::new(), reply),
        Does::Drips(pause) => (all, drip((vendor.takes)(ids), pause)),
        Does::Refuses(bad) if ids.iter().any(|id| bad(id)) => {
            (vendor.refuses.expect("a vendor that refuses"))(ids, &bad)
        }
        Does::Postpones(late) if ids.iter().any(|id| late(id)) => {
            (vendor.postpones.expect("a vendor that postpones"))(ids, &late)
        }
        Does::DropsOne => (all[1..].to_vec(), otlp_drops(vendor, 1)),
        Does::Takes | Does::Refuses(_) | Does::Postpones(_) => (all, (vendor.takes)(ids)),
    }
}

/// The same answer in drips. One without a body comes late.
fn drip(reply: Reply, pause: Duration) -> Reply {
    match &reply {
        Reply::Answer { body, .. } if !body.is_empty() => Reply::Drip(pause, Box::new(reply)),
        _ => Reply::After(pause, Box::new(reply)),
    }
}
