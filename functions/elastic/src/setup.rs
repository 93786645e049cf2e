//! What `vault-export setup elastic` installs: the mapping, an index template, and the data stream or index.
//!
//! Nothing here happens by itself: deliveries never change a cluster. The files are in `templates/`; names are
//! put in here. Everything is named `vault-export…`, so that it replaces nothing of anybody else's.

use delivery::destination::{Finding, Level};
use serde_json::{Value, json};

use crate::Elastic;
use crate::check::{About, finding_of_status, is_bad};
use crate::config::Flavour;

/// The component template with the types of the fields.
const MAPPINGS: &str = "vault-export-mappings";

/// Above Elastic's own templates for `logs-*-*` (100) and its integrations (200).
const PRIORITY: u32 = 500;

/// One thing to put.
struct Step {
    subject: &'static str,
    path: String,
    body: Option<Value>,
}

impl Elastic {
    /// Installs what the index needs, or with `dry_run` says what it would install. It stops at the first step
    /// that fails. What is there already is brought up to date, but for an index: its types stay
    /// until it rolls over.
    pub async fn setup(&self, dry_run: bool) -> Vec<Finding> {
        let flavour = match self.flavour().await {
            Ok(flavour) => flavour,
            Err(finding) => return vec![finding],
        };
        let mut findings = Vec::new();
        for step in self.steps(flavour) {
            let finding = if dry_run {
                Finding::good(step.subject, format!("would put {}", step.path))
            } else {
                self.put(step).await
            };
            let failed = is_bad(&finding);
            findings.push(finding);
            if failed {
                break;
            }
        }
        findings
    }

    /// As the settings say, else as the cluster says.
    async fn flavour(&self) -> Result<Flavour, Finding> {
        let told = self.config.flavour();
        if told != Flavour::Auto {
            return Ok(told);
        }
        let response = self.ask(self.cluster.about()).await;
        let response = response.map_err(|refusal| Finding::of_answer("address", refusal))?;
        match About::read(&response) {
            Some(about) => Ok(about.flavour),
            None if response.status.is_success() || response.status.as_u16() == 403 => {
                Err(Finding::bad("address", "the server does not say what it is")
                    .with_hint("set flavour to elasticsearch or opensearch"))
            }
            None => {
                let finding = finding_of_status(response.status.as_u16(), &response);
                Err(Finding { level: Level::Bad, ..finding })
            }
        }
    }

    fn steps(&self, flavour: Flavour) -> Vec<Step> {
        let index = self.cluster.index();
        let component = component(flavour);
        if self.config.serverless() {
            // Collections have no data streams, and what they make of templates is not documented.
            let body = component.get("template").cloned();
            return vec![Step { subject: "index", path: format!("/{index}"), body }];
        }
        let target = if self.config.is_stream() { "/_data_stream/" } else { "/" };
        vec![
            Step {
                subject: "mapping",
                path: format!("/_component_template/{MAPPINGS}"),
                body: Some(component),
            },
            Step {
                subject: "template",
                path: format!("/_index_template/{}", self.template_name()),
                body: Some(self.template(flavour)),
            },
            Step { subject: "index", path: format!("{target}{index}"), body: None },
        ]
    }

    /// One template serves all namespaces of a dataset.
    fn template_name(&self) -> String {
        let index = self.cluster.index();
        match index.stream().filter(|_| self.config.is_stream()) {
            Some(stream) => format!("vault-export-{}-{}", stream.kind, stream.dataset),
            None => format!("vault-export-{index}"),
        }
    }

    fn template(&self, flavour: Flavour) -> Value {
        let index = self.cluster.index();
        let pattern = match index.stream().filter(|_| self.config.is_stream()) {
            Some(stream) => format!("{}-{}-*", stream.kind, stream.dataset),
            None => index.to_string(),
        };
        let mut template = json!({
            "index_patterns": [pattern],
            "priority": PRIORITY,
            "composed_of": [MAPPINGS],
            "_meta": {"managed_by": "vault-export"},
        });
        if self.config.is_stream() {
            template["data_stream"] = json!({});
            if flavour == Flavour::Elasticsearch {
                // Rolls over by size and age, and keeps everything until a retention is set.
                template["template"] = json!({"lifecycle": {}});
            }
        }
        template
    }

    async fn put(&self, step: Step) -> Finding {
        let Step { subject, path, mut body } = step;
        let mut response = match self.ask(self.cluster.put(&path, body.as_ref())).await {
            Ok(response) => response,
            Err(refusal) => return failed(subject, &path, Finding::of_answer(subject, refusal)),
        };
        let mut note = "";
        let lifecycle = body.as_mut().and_then(|body| body.as_object_mut()?.remove("template"));
        if response.status.as_u16() == 400 && subject == "template" && lifecycle.is_some() {
            note =
                "; this server has no data stream lifecycle, so set a lifecycle policy of your own";
            response = match self.ask(self.cluster.put(&path, body.as_ref())).await {
                Ok(response) => response,
                Err(refusal) => {
                    return failed(subject, &path, Finding::of_answer(subject, refusal));
                }
            };
        }
        match response.status.as_u16() {
            200..=299 => Finding::good(subject, format!("put {path}{note}")),
            400 if is_there(&response.body) => {
                Finding::good(subject, format!("{path} is there already")).with_hint(
                    "types that have changed count from its next rollover, a plain index has to be made anew",
                )
            }
            403 => Finding::bad(subject, format!("the credential may not put {path}")).with_hint(
                "setup needs manage_index_templates for the cluster and manage for the index; deliveries do not",
            ),
            status => failed(subject, &path, finding_of_status(status, &response)),
        }
    }
}

fn failed(subject: &'static str, path: &str, finding: Finding) -> Finding {
    let text = format!("{path}: {}", finding.text);
    Finding { level: Level::Bad, subject, text, hint: finding.hint }
}

/// The types of the fields: the two servers name some of them differently.
fn component(flavour: Flavour) -> Value {
    let text = match flavour {
        Flavour::Opensearch => include_str!("../templates/mappings-opensearch.json"),
        Flavour::Auto | Flavour::Elasticsearch => {
            include_str!("../templates/mappings-elasticsearch.json")
        }
    };
    // A test reads both.
    serde_json::from_str(text).unwrap_or_default()
}

/// Whether the refusal says that the index or data stream exists.
fn is_there(body: &[u8]) -> bool {
    let kind = serde_json::from_slice::<Value>(body).ok();
    kind.is_some_and(|body| body["error"]["type"] == "resource_already_exists_exception")
}
