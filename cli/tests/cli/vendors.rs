//! The configurations on the pages of other products (`docs/vendors`), as they are written there.

use std::fs;
use std::path::{Path, PathBuf};

use tests::server::{Reply, Request, Server};
use tokio::runtime::Runtime;

use crate::support::{BINARY, End, Place, event};

/// What a product must be asked: the adapter's id, the path, a header and its value.
const ASKED: [(&str, &str, &str, &str); 9] = [
    (
        "secops",
        "/v1alpha/FEED:importPushLogs?key=API_KEY&secret=SECRET",
        "content-type",
        "application/x-ndjson",
    ),
    ("crowdstrike", "/services/collector/raw", "authorization", "Bearer API_KEY"),
    ("logscale", "/api/v1/ingest/otlp/v1/logs", "authorization", "Bearer TOKEN"),
    ("sumo", "/receiver/v1/http/SECRET", "x-sumo-category", "security/vault"),
    ("new-relic", "/v1/logs", "api-key", "LICENSE_KEY"),
    ("dynatrace", "/api/v2/otlp/v1/logs", "authorization", "Api-Token dt0c01.TOKEN"),
    ("loki", "/otlp/v1/logs", "x-scope-orgid", "security"),
    ("loki", "/otlp/v1/logs", "authorization", "Basic dmF1bHQtZXhwb3J0OlRPS0VO"),
    ("panther", "/http/ID", "authorization", "Bearer RANDOM_TEXT"),
];

/// The pages and their texts.
fn pages() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/vendors");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The fenced blocks of a language that hold a word.
fn blocks<'t>(text: &'t str, language: &str, word: &str) -> Vec<&'t str> {
    let parts = text.split("\n```").skip(1).step_by(2);
    let own = parts.filter_map(|part| part.strip_prefix(language));
    own.filter(|block| block.contains(word)).collect()
}

/// Every adapter of the pages: its configuration, and the text of its page.
fn adapters() -> Vec<(String, String)> {
    let pages = pages();
    let all = pages.iter().flat_map(|(_, text)| {
        blocks(text, "toml", "[[export.adapters]]").into_iter().map(move |block| (block, text))
    });
    all.map(|(block, text)| (block.to_owned(), text.clone())).collect()
}

/// The variable that an adapter's credential is in, and what its page puts there.
fn credential(config: &str, page: &str) -> Option<(String, String)> {
    let line = config.lines().find(|line| line.contains("_env = "))?;
    let name = line.split('"').nth(1)?.to_owned();
    let export = page.lines().find_map(|line| line.strip_prefix(&format!("export {name}='")));
    Some((name, export.map_or("TOKEN".to_owned(), |text| text.trim_end_matches('\'').to_owned())))
}

/// The text with every `https://host` led to this server.
fn led_to(text: &str, server: &str) -> String {
    let mut parts = text.split("https://");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        out.push_str(server.trim_end_matches('/'));
        out.extend(part.chars().skip_while(|one| !matches!(one, '/' | '"')));
    }
    out
}

#[test]
fn every_configuration_of_a_page_is_valid() {
    let mut checked = 0;
    for (path, text) in pages() {
        let stacks = blocks(&text, "toml", "parameter_overrides").into_iter();
        let files = stacks.map(|block| ("samconfig.toml", block)).chain(
            blocks(&text, "toml", "[[export.adapters]]")
                .into_iter()
                .map(|one| ("config.toml", one)),
        );
        for (name, block) in files {
            let place = Place::new();
            place.write(name, block);
            let end = place.run(&["config", "--check", "--config", name]);
            assert_eq!(end.code, 0, "{}: {}", path.display(), end.stderr);
            checked += 1;
        }
    }
    assert_eq!(checked, 20);
}

#[test]
fn a_product_is_asked_at_its_path_with_its_credential() {
    let runtime = Runtime::new().unwrap();
    for (config, page) in adapters().iter().filter(|(config, _)| !config.contains("\"s3\"")) {
        if config.contains("protocol = \"grpc\"") {
            continue; // The destination's own tests speak gRPC.
        }
        let server = runtime.block_on(Server::start(|_: &Request| Reply::status(200, "")));
        let place = Place::new();
        let loopback = "[export.adapters.config]\nallow_insecure = true";
        let config = config.replace("[export.adapters.config]", loopback);
        place.write("config.toml", led_to(&config, &server.url()));
        place.write("audit.jsonl", [event("a"), event("b")].concat());
        let mut command = place.command(BINARY);
        command.args(["deliver", "--config", "config.toml", "--give-up-after", "1", "audit.jsonl"]);
        if let Some((name, value)) = credential(&config, page) {
            command.env(name, led_to(&value, &server.url()));
        }
        End::of(&command.output().unwrap()).done();

        let id = config.split('"').nth(1).unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 1, "{id}");
        let asked = ASKED.iter().filter(|(adapter, ..)| *adapter == id);
        for (_, path, header, value) in asked.clone() {
            assert_eq!(requests[0].path, *path, "{id}");
            assert_eq!(requests[0].header(header), Some(*value), "{id}");
        }
        assert!(asked.count() > 0, "{id}");
    }
}
