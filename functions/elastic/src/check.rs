//! The connection test: address and version, credential and privilege, and with a test event the index.

use delivery::destination::{Finding, deliver_test_event};
use delivery::http::{Response, shown, verdict_of};
use delivery::outcome::{Answer, Verdict};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::Elastic;
use crate::config::Flavour;

/// The id of the test event: always the same, so that there is one of it at most.
const TEST_ID: &str = "vault-export-check";

/// The field whose type tells whether `setup` was run.
const FIELD: &str = "user.id";

/// What a cluster says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) flavour: Flavour,
    pub(crate) version: String,
}

impl Elastic {
    /// The cluster, the privilege, the types of the fields. Nothing is stored.
    pub(crate) async fn test(&self) -> Vec<Finding> {
        let (mut findings, about) = self.address().await;
        let flavour = about.map_or(self.config.flavour(), |about| about.flavour);
        let reached = findings.iter().all(|finding| !is_bad(finding));
        if reached && flavour != Flavour::Opensearch {
            findings.push(self.privilege().await);
        }
        if reached && !self.config.serverless() {
            findings.extend(self.types().await);
        }
        findings
    }

    /// Creates one real document, marked as a test: the only way to learn whether the index takes events. It
    /// stays there, so it is sent when somebody asks for it and not before.
    pub async fn test_event(&self, now: Timestamp) -> Vec<Finding> {
        let index = self.cluster.index();
        vec![match deliver_test_event(self, "index", TEST_ID.to_owned(), now).await {
            Ok(Answer::Each(verdicts)) => match verdicts.first() {
                Some(Verdict::Delivered(_)) => {
                    Finding::good("index", format!("{index} takes events"))
                }
                Some(Verdict::Rejected(reason) | Verdict::Retry { reason, .. }) => {
                    Finding::bad("index", reason.to_string())
                        .with_hint("vault-export setup elastic installs what the index needs")
                }
                Some(Verdict::Filtered) | None => Finding::doubtful("index", "not understood"),
            },
            Ok(refusal) => Finding::of_answer("index", refusal),
            Err(finding) => finding,
        }]
    }

    async fn address(&self) -> (Vec<Finding>, Option<About>) {
        let address = shown(self.cluster.address());
        let response = match self.ask(self.cluster.about()).await {
            Ok(response) => response,
            Err(refusal) => return (vec![unreachable(&address, refusal)], None),
        };
        let about = About::read(&response);
        let finding = match (response.status.as_u16(), &about) {
            (200, Some(about)) => self.compare(&address, about),
            (200, None) => Finding::doubtful(
                "address",
                format!("{address} answers, but is no Elasticsearch and no OpenSearch"),
            )
            .with_hint("endpoint is the cluster's address, often with port 9200"),
            // It needs the privilege `monitor` (on AWS `es:ESHttpGet`), which deliveries do not.
            (403, _) => Finding::doubtful(
                "address",
                format!("{address} answers, and does not tell this credential its version"),
            )
            .with_hint("a test event tells whether events can be delivered"),
            (404, _) if self.config.serverless() => {
                Finding::good("address", format!("{address} answers"))
            }
            (status, _) => finding_of_status(status, &response),
        };
        (vec![finding], about)
    }

    fn compare(&self, address: &str, about: &About) -> Finding {
        let name = match about.flavour {
            Flavour::Opensearch => "OpenSearch",
            Flavour::Auto | Flavour::Elasticsearch => "Elasticsearch",
        };
        let found = format!("{address} is {name} {}", about.version);
        let told = self.config.flavour();
        if told == Flavour::Auto || told == about.flavour {
            return Finding::good("address", found);
        }
        Finding::doubtful("address", found).with_hint("set flavour to auto, or to what it is")
    }

    async fn privilege(&self) -> Finding {
        let subject = "credential";
        let response = match self.ask(self.cluster.privileges()).await {
            Ok(response) => response,
            Err(refusal) => return Finding::of_answer(subject, refusal),
        };
        let index = self.cluster.index();
        match (response.status.as_u16(), has_all(&response.body)) {
            (200, Some(true)) => Finding::good(subject, format!("may create documents in {index}")),
            (200, Some(false)) => {
                Finding::bad(subject, format!("may not create documents in {index}"))
                    .with_hint("give it create_doc and auto_configure on the index")
            }
            (401, _) => finding_of_status(401, &response),
            (status, _) => Finding::doubtful(
                subject,
                format!("the server does not tell what it may do (status {status})"),
            ),
        }
    }
}

impl Elastic {
    /// Whether the index has the types that `setup` gives it: by default a server makes `user.id` a text.
    /// Nothing is said to a credential that may not see that.
    async fn types(&self) -> Option<Finding> {
        let hint = "vault-export setup elastic installs them; without them the first events decide";
        let index = self.cluster.index();
        let response = self.ask(self.cluster.field(FIELD)).await.ok()?;
        let doubtful = |text| Some(Finding::doubtful("mapping", text).with_hint(hint));
        match response.status.as_u16() {
            200 if is_keyword(&response.body) => {
                Some(Finding::good("mapping", format!("{index} has the types that searches need")))
            }
            200 => doubtful(format!("{index} has other types than those that searches need")),
            404 => doubtful(format!("{index} is not there yet")),
            _ => None,
        }
    }
}

impl About {
    /// From the answer to `GET /`.
    pub(crate) fn read(response: &Response) -> Option<About> {
        #[derive(Deserialize)]
        struct Root {
            version: Version,
        }
        #[derive(Deserialize)]
        struct Version {
            distribution: Option<String>,
            number: String,
        }
        let root: Root = serde_json::from_slice(&response.body).ok()?;
        let flavour = match root.version.distribution.as_deref() {
            Some("opensearch") => Flavour::Opensearch,
            _ => Flavour::Elasticsearch,
        };
        Some(About { flavour, version: version(&root.version.number) })
    }
}

/// A server's text, cut down to what a version has.
fn version(text: &str) -> String {
    let is_part = |character: &char| character.is_ascii_alphanumeric() || ".-".contains(*character);
    text.chars().filter(is_part).take(32).collect()
}

/// `{"<index>":{"mappings":{"user.id":{"mapping":{"id":{"type":"keyword"}}}}}}`, for each index behind the name.
fn is_keyword(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let types = |index: &Value| index["mappings"][FIELD]["mapping"]["id"]["type"] == "keyword";
    body.as_object().is_some_and(|indices| !indices.is_empty() && indices.values().all(types))
}

fn has_all(body: &[u8]) -> Option<bool> {
    #[derive(Deserialize)]
    struct Privileges {
        has_all_requested: bool,
    }
    serde_json::from_slice(body).ok().map(|answer: Privileges| answer.has_all_requested)
}

fn unreachable(address: &str, refusal: Answer) -> Finding {
    match refusal {
        Answer::Auth(reason) => Finding::bad("credential", reason.to_string()),
        Answer::Config(reason) | Answer::All(Verdict::Retry { reason, .. }) => Finding::bad(
            "address",
            format!("{address}: {reason}"),
        )
        .with_hint(
            "check host, port and firewall; a private certificate authority goes into ca_bundle",
        ),
        other => Finding::of_answer("address", other),
    }
}

pub(crate) fn finding_of_status(status: u16, response: &Response) -> Finding {
    let subject = if matches!(status, 401 | 403) { "credential" } else { "address" };
    Finding::of_answer(
        subject,
        verdict_of(response.status, &response.headers, std::time::Duration::ZERO),
    )
}

pub(crate) fn is_bad(finding: &Finding) -> bool {
    finding.level == delivery::destination::Level::Bad
}
