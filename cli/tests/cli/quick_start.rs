//! The quick start of the README, as it is written there.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::server::{Reply, Request, Server};
use tokio::runtime::Runtime;

use crate::support::Place;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The first fenced block of a kind after a heading.
fn block<'t>(text: &'t str, heading: &str, kind: &str) -> &'t str {
    let part = text.split(heading).nth(1).unwrap_or_else(|| panic!("no heading {heading}"));
    part.split(kind).nth(1).unwrap().split("```").next().unwrap()
}

#[test]
fn six_lines_and_one_command_bring_a_message_in_slacks_form() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let heading = "## Quick start without AWS";
    let config = block(&readme, heading, "```toml\n");
    assert_eq!(config.trim().lines().count(), 6, "{config}");
    let commands = block(&readme, heading, "```sh\n");
    let deliver = commands.lines().find(|line| line.starts_with("vault-export deliver")).unwrap();

    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(|_: &Request| Reply::status(200, "ok")));
    let place = Place::new();
    place.write("config.toml", config.replace("http://127.0.0.1:8080/", &server.url()));
    let sample = "samples/hashicorp_vault/audit.jsonl";
    place.write(sample, std::fs::read(root().join(sample)).unwrap());
    place.shell(deliver).done();

    let sent = server.requests();
    assert_eq!(sent.len(), 3);
    for request in &sent {
        let message: Value = serde_json::from_str(&request.text()).unwrap();
        assert!(message["text"].as_str().unwrap().starts_with(':'), "{message}");
        assert_eq!(message["blocks"][0]["type"], "section");
    }
    // The message that the README shows is one of them.
    let shown = block(&readme, heading, "{\"text\": \"").split("\",\n").next().unwrap();
    assert!(sent.iter().any(|request| request.text().contains(shown)), "{shown}");
}
