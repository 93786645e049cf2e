//! A vendor's server with a fault, and the destination that delivers to it.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use delivery::Tools;
use delivery::config::Given;
use delivery::credentials::SecretRef;
use delivery::pipeline::Pipeline;
use delivery::settings::Document;
use delivery::tools::Aws;
use registry::Any;
use tests::server::{Reply, Request, Server};

use crate::Held;
use crate::cells::{Call, Cell, Does, Secret};
use crate::vendors::Vendor;

/// The credential that the server takes, and one that it does not.
const GOOD: &str = "good-token";
const STALE: &str = "stale-token";

/// Requests that the events make.
const REQUESTS: usize = 4;

/// The server, its Secrets Manager, and what it holds.
pub(crate) struct Receiver {
    server: Option<Server>,
    secrets: Server,
    address: String,
    held: Arc<Mutex<Held>>,
    requests: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
}

impl Receiver {
    pub(crate) async fn start(cell: &'static Cell, vendor: &'static Vendor) -> Receiver {
        let (held, requests) = (Arc::<Mutex<Held>>::default(), Arc::<AtomicUsize>::default());
        let is_over = Arc::<AtomicBool>::default();
        let (kept, counted, over) = (held.clone(), requests.clone(), is_over.clone());
        let server = Server::start(move |request| {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            let ids = (vendor.ids)(request);
            let does = if over.load(Ordering::SeqCst) {
                Does::Takes
            } else {
                (cell.does)(&Call { number, ids: &ids, is_good: is_good(request) })
            };
            let (stored, reply) = perform(does, &ids, vendor);
            let mut held = kept.lock().unwrap();
            for id in stored {
                let copies = held.entry(id).or_default();
                *copies = if vendor.idempotent { 1 } else { *copies + 1 };
            }
            reply
        })
        .await;
        let secrets = secrets(cell.secret, vendor.member, is_over.clone()).await;
        let address = server.url();
        let server = (!cell.is_down).then_some(server);
        Receiver { server, secrets, address, held, requests, is_over }
    }

    /// The way to the real destination.
    pub(crate) fn pipeline(&self, vendor: &Vendor) -> Pipeline<Any> {
        let address = format!("{} = '{}'\n", vendor.address, self.address);
        let settings = format!("{address}allow_insecure = true\n{}", vendor.settings);
        let given = Given {
            config: Document::parse("settings", &settings).unwrap(),
            batch_size: Some(crate::size() / REQUESTS),
            secret: Some(SecretRef::SecretsManager("secret".to_owned())),
            ..Given::default()
        };
        let tools = Tools::new(Aws::from_config(tests::secrets::config(&self.secrets.url())));
        let setup = vendor.kind.build(given, &tools).unwrap();
        let mut pipeline = Pipeline::new(setup.destination, setup.filter, setup.batch_size);
        pipeline.backoff.first = Duration::from_millis(2);
        pipeline.backoff.longest = Duration::from_millis(20);
        pipeline
    }

    /// Ends the fault, if it is one that can end.
    pub(crate) fn recover(&self) -> bool {
        self.is_over.store(true, Ordering::SeqCst);
        self.server.is_some()
    }

    pub(crate) fn held(&self) -> Held {
        self.held.lock().unwrap().clone()
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn is_good(request: &Request) -> bool {
    request.headers.iter().any(|(_, value)| value.contains(GOOD))
}

fn perform(does: Does, ids: &[String], vendor: &Vendor) -> (Vec<String>, Reply) {
    match does {
        Does::TakesAnd(reply) => (ids.to_vec(), reply),
        Does::Says(reply) => (Vec::new(), reply),
        Does::Refuses(bad) if ids.iter().any(|id| bad(id)) => (vendor.refuses)(ids, &bad),
        Does::Takes | Does::Refuses(_) => (ids.to_vec(), (vendor.takes)(ids)),
    }
}

async fn secrets(secret: Secret, member: &'static str, is_over: Arc<AtomicBool>) -> Server {
    let reads = AtomicUsize::new(0);
    Server::start(move |_| {
        let reads = reads.fetch_add(1, Ordering::SeqCst);
        let good = format!("{{\"{member}\":\"{GOOD}\"}}");
        let text = match secret {
            _ if is_over.load(Ordering::SeqCst) => good,
            Secret::Good => good,
            Secret::Rotated if reads > 0 => good,
            Secret::Rotated => format!("{{\"{member}\":\"{STALE}\"}}"),
            Secret::Is(text) => text.replace("MEMBER", member),
            Secret::Denied => {
                return Reply::status(400, "{\"__type\":\"AccessDeniedException\"}");
            }
            Secret::Hangs => return Reply::Hang(Duration::from_mins(1)),
        };
        let answer =
            serde_json::json!({"ARN": "a", "Name": "n", "VersionId": "1", "SecretString": text});
        Reply::status(200, answer.to_string()).header("content-type", "application/x-amz-json-1.1")
    })
    .await
}
