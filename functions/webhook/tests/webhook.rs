//! A webhook against real sockets: what is sent, and what every answer means.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use delivery::config::{ConfigError, Export, OverHttp, Settings};
use delivery::credentials::SecretRef;
use delivery::destination::{Destination, Level};
use delivery::outcome::{Answer, Delivery, Verdict};
use delivery::tools::{Aws, Tools};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tests::server::{Reply, Server};
use transform::batch::Encoded;
use transform::event::Event;
use transform::filter::Filter;
use transform::format::Format;
use transform::source::native;
use webhook::Webhook;
use webhook::config::Config;

const KEY: [u8; 32] = [9; 32];

fn line(id: &str, class: &str, severity: &str, actor: &str, message: &str) -> String {
    json!({
        "schema": "vault-audit/1", "id": id, "time": "2026-02-14T22:31:44.006Z", "class": class,
        "action": "retrieve", "outcome": "denied", "severity": severity, "message": message,
        "actor": {"id": "agent:a", "type": "agent", "name": actor},
        "source": {"product": "sanctum", "instance": "vault-eu-prod"},
        "resource": {"type": "secret", "path": "aws/prod/access_key"},
    })
    .to_string()
}

fn violation() -> String {
    line("evt-1", "PolicyViolation", "High", "cursor-agent", "No matching policy")
}

fn read(settings: Value) -> Result<OverHttp<Config>, ConfigError> {
    OverHttp::read(toml::Table::try_from(settings).unwrap().into())
}

fn config(settings: Value) -> OverHttp<Config> {
    read(settings).unwrap()
}

fn export(settings: Value, secret: bool) -> Export<OverHttp<Config>> {
    Export {
        format: Some(Format::Json),
        secret: secret.then(|| SecretRef::SecretsManager("webhook".to_owned())),
        filter: Filter::default(),
        batch_size: Some(100),
        destination: config(settings),
    }
}

async fn vault(secret: Value) -> (Server, Tools) {
    let text = match secret {
        Value::String(text) => text,
        members => members.to_string(),
    };
    let (server, config) = tests::secrets::holding(text).await;
    (server, Tools::new(Aws::from_config(config)))
}

async fn deliver(webhook: &Webhook, lines: &[String]) -> Answer {
    let events: Vec<Event<'_>> = lines.iter().map(|line| native::parse(line).unwrap()).collect();
    let mut encoded = Encoded::default();
    for (position, event) in events.iter().enumerate() {
        encoded.try_push(position, event, None, |out| webhook.encode(event, out)).unwrap();
    }
    webhook.deliver(&encoded.whole().unwrap()).await
}

fn open(server: &Server, mut settings: Value) -> Webhook {
    settings["url"] = json!(format!("{}/hook", server.url()));
    settings["allow_insecure"] = json!(true);
    Webhook::new(export(settings, false), &Tools::default()).unwrap()
}

#[tokio::test]
async fn a_generic_request_is_signed_over_the_bytes_that_are_sent() {
    let receiver = Server::replies([Reply::status(200, "")]).await;
    let old = STANDARD.encode([8; 32]);
    let (_secrets, tools) = vault(json!({
        "signing_secret": format!("whsec_{}", STANDARD.encode(KEY)), "signing_secret_previous": old,
    }))
    .await;
    let settings = json!({"url": receiver.url(), "allow_insecure": true, "headers": "x-team=sec"});
    let webhook = Webhook::new(export(settings, true), &tools).unwrap();
    assert_eq!(deliver(&webhook, &[violation()]).await, Answer::delivered());
    assert_eq!(deliver(&webhook, &[violation()]).await, Answer::delivered());

    let requests = receiver.requests();
    for request in &requests {
        let header = |name| request.header(name).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
        mac.update(format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes());
        mac.update(&request.body);
        let expected = format!("v1,{} v1,", STANDARD.encode(mac.finalize().into_bytes()));
        assert!(header("webhook-signature").starts_with(&expected));
        assert_eq!(header("webhook-id"), "evt-1");
        assert_eq!(header("idempotency-key"), "evt-1");
        assert_eq!(header("x-vault-event-class"), "PolicyViolation");
        assert_eq!(header("x-team"), "sec");
        assert_eq!(header("content-type"), "application/json");
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["id"], "evt-1");
    }
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn several_events_are_one_body_in_each_form() {
    let receiver = Server::replies([Reply::status(200, "")]).await;
    let lines = [violation(), line("evt.2", "SecretAccess", "Low", "b", "m")];
    for body in ["event", "envelope", "ndjson"] {
        assert_eq!(
            deliver(&open(&receiver, json!({"body": body})), &lines).await,
            Answer::delivered()
        );
    }
    let requests = receiver.requests();
    let events: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(events["events"][1]["id"], "evt.2");
    let envelopes: Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(envelopes["events"][0]["type"], "vault.policyviolation.retrieve");
    assert_eq!(envelopes["events"][0]["timestamp"], "2026-02-14T22:31:44.006Z");
    assert_eq!(envelopes["events"][0]["data"]["id"], "evt-1");
    let text = requests[2].text();
    let ids: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone())
        .collect();
    assert_eq!(ids, ["evt-1", "evt.2"]);
    assert_eq!(requests[2].header("content-type"), Some("application/x-ndjson"));
    let id = requests[0].header("webhook-id").unwrap();
    assert!(
        !id.contains('.')
            && requests.iter().all(|request| request.header("webhook-id") == Some(id))
    );
}

#[tokio::test]
async fn every_status_of_a_generic_receiver_means_what_the_table_says() {
    #[derive(Debug, PartialEq)]
    enum Means {
        Delivered,
        Suspect,
        Auth,
        Config,
        Retry,
        Split,
    }
    use Means::{Auth, Config, Delivered, Retry, Split, Suspect};
    let rows = [
        (200, Delivered),
        (201, Delivered),
        (202, Delivered),
        (204, Delivered),
        (301, Config),
        (302, Config),
        (307, Config),
        (308, Config),
        (400, Suspect),
        (422, Suspect),
        (401, Auth),
        (403, Auth),
        (404, Config),
        (405, Config),
        (408, Retry),
        (425, Retry),
        (429, Retry),
        (500, Retry),
        (502, Retry),
        (503, Retry),
        (504, Retry),
        (409, Suspect),
        (410, Config),
        (413, Split),
    ];
    for (status, expected) in rows {
        let reply =
            Reply::status(status, "secret-echo").header("location", "https://elsewhere.example/");
        let receiver = Server::replies([reply]).await;
        let answer = deliver(&open(&receiver, json!({})), &[violation()]).await;
        assert!(!format!("{answer:?}").contains("secret-echo"), "{answer:?}");
        let means = match answer {
            Answer::All(Verdict::Delivered(_)) => Delivered,
            Answer::All(Verdict::Retry { .. }) => Retry,
            Answer::Suspect(_) => Suspect,
            Answer::Auth(_) => Auth,
            Answer::Config(_) => Config,
            Answer::Split(_) => Split,
            other => panic!("{status}: {other:?}"),
        };
        assert_eq!(means, expected, "{status}");
        assert_eq!(receiver.requests().len(), 1, "{status} is not followed or repeated here");
    }
}

#[tokio::test]
async fn a_conflict_is_a_success_where_the_receiver_dedupes() {
    let receiver = Server::replies([Reply::status(409, "")]).await;
    let webhook = open(&receiver, json!({"treat_409_as_success": true}));
    let answer = deliver(&webhook, &[violation()]).await;
    assert_eq!(answer, Answer::All(Verdict::Delivered(Delivery::Duplicate)));
}

#[tokio::test]
async fn retry_after_is_honoured_up_to_a_quarter_of_an_hour() {
    for (header, seconds) in [("7", 7), ("86400", 900)] {
        let receiver =
            Server::replies([Reply::status(429, "").header("retry-after", header)]).await;
        let answer = deliver(&open(&receiver, json!({})), &[violation()]).await;
        let Answer::All(Verdict::Retry { after, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(after, Some(Duration::from_secs(seconds)));
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_tried_again_later() {
    for reply in [Reply::Cut, Reply::CutMidBody] {
        let receiver = Server::replies([reply]).await;
        let answer = deliver(&open(&receiver, json!({})), &[violation()]).await;
        assert!(matches!(answer, Answer::All(Verdict::Retry { .. })), "{answer:?}");
    }
}

/// The receiver takes everything; what matters is that nothing reaches it.
#[tokio::test]
async fn a_secret_that_cannot_be_used_sends_nothing() {
    for (secret, member) in [
        (json!({"tokn": "s3cr3t-canary"}), "token"),
        (json!({}), "token"),
        (json!({"token": null}), "token"),
        (json!({"token": ""}), "token"),
        (json!({"token": "s3cr3t\ncanary"}), "token"),
        (json!("s3cr3t\ncanary"), "token"),
        (json!("{\"token\": \"s3cr3t-canary\""), "JSON"),
        (json!({"signing_secret": "s3cr3t-canary"}), "signing_secret"),
    ] {
        let receiver = Server::replies([Reply::status(200, "")]).await;
        let (_secrets, tools) = vault(secret.clone()).await;
        let settings = json!({"url": receiver.url(), "allow_insecure": true});
        let webhook = Webhook::new(export(settings, true), &tools).unwrap();
        let answer = deliver(&webhook, &[violation()]).await;
        let Answer::Auth(reason) = &answer else { panic!("{secret}: {answer:?}") };
        assert!(reason.text.contains(member) && !reason.text.contains("canary"), "{reason}");
        assert!(receiver.requests().is_empty(), "{secret}");
    }
}

#[tokio::test]
async fn a_plain_secret_beside_a_configured_address_is_the_token() {
    let receiver = Server::replies([Reply::status(200, "")]).await;
    let (_secrets, tools) = vault(json!("tok\n")).await;
    let settings = json!({"url": receiver.url(), "allow_insecure": true});
    let webhook = Webhook::new(export(settings, true), &tools).unwrap();
    assert_eq!(deliver(&webhook, &[violation()]).await, Answer::delivered());
    assert_eq!(receiver.requests()[0].header("authorization"), Some("Bearer tok"));
}

#[test]
fn addresses_within_are_refused_at_start() {
    for host in [
        "127.0.0.1",
        "127.9.9.9",
        "localhost",
        "169.254.169.254",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::a00:1]",
        "224.0.0.1",
        "192.0.2.1",
    ] {
        let settings = json!({"url": format!("https://{host}/hook")});
        let refused = Webhook::new(export(settings, false), &Tools::default()).is_err();
        // A name is only refused when it is resolved: see the next test.
        assert!(refused || host == "localhost", "{host}");
    }
    for url in
        ["http://siem.example.com/", "ftp://siem.example.com/", "https://user:pw@siem.example.com/"]
    {
        let refused = read(json!({"url": url})).map_or(true, |config| {
            Webhook::new(
                Export { destination: config, ..export(json!({}), false) },
                &Tools::default(),
            )
            .is_err()
        });
        assert!(refused, "{url}");
    }
}

#[tokio::test]
async fn a_name_that_resolves_to_loopback_is_refused_when_it_is_used() {
    let settings = json!({"url": "https://localhost/hook"});
    let webhook = Webhook::new(export(settings, false), &Tools::default()).unwrap();
    let answer = deliver(&webhook, &[violation()]).await;
    assert!(matches!(answer, Answer::Config(_)), "{answer:?}");
}

#[test]
fn a_preset_that_does_not_fit_the_address_is_refused_with_the_one_that_does() {
    let settings = json!({"url": "https://hooks.slack.com/services/T0/B0/x", "preset": "generic"});
    let error = Webhook::new(export(settings, false), &Tools::default()).err().unwrap().to_string();
    assert!(error.contains("`slack`") && !error.contains("services"), "{error}");
    let settings = json!({"url": "https://hooks.slack.com/services/T0/B0/x"});
    assert!(
        Webhook::new(export(settings, false), &Tools::default()).is_ok(),
        "the guide's own configuration"
    );
}

#[tokio::test]
async fn slack_gets_its_own_message_and_nobody_is_paged_by_an_actors_name() {
    let receiver = Server::replies([Reply::status(200, "ok")]).await;
    let webhook = open(&receiver, json!({"preset": "slack"}));
    let hostile =
        line("e", "PolicyViolation", "High", "<!channel> & <https://evil|x>", "No\nmatch");
    assert_eq!(deliver(&webhook, &[hostile]).await, Answer::delivered());
    let body: Value = serde_json::from_slice(&receiver.requests()[0].body).unwrap();
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("&lt;!channel&gt; &amp; &lt;https://evil|x&gt;"), "{text}");
    assert_eq!((&body["unfurl_links"], &body["link_names"]), (&json!(false), &json!(false)));
    assert!(!body.to_string().contains("<!"));
}

#[tokio::test]
async fn many_events_become_one_slack_message_within_its_limits() {
    let receiver = Server::replies([Reply::status(200, "ok")]).await;
    let webhook = open(&receiver, json!({"preset": "slack"}));
    let long = "ü".repeat(1000);
    let lines: Vec<String> = (0..100)
        .map(|n| {
            line(
                &format!("e{n}"),
                "PolicyViolation",
                if n == 50 { "Critical" } else { "High" },
                "a",
                &long,
            )
        })
        .collect();
    assert_eq!(deliver(&webhook, &lines).await, Answer::delivered());
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let blocks = body["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50);
    for block in blocks {
        assert!(block["text"]["text"].as_str().unwrap().chars().count() <= 3000);
    }
    assert_eq!(
        body["text"],
        "100 vault events: 1 PolicyViolation (Critical), 99 PolicyViolation (High)"
    );
    assert!(
        blocks[1]["text"]["text"].as_str().unwrap().contains("Critical"),
        "the worst comes first"
    );
    assert!(blocks.last().unwrap()["text"]["text"].as_str().unwrap().contains("and 80 more"));
}

#[tokio::test]
async fn slacks_answers_mean_what_the_table_says() {
    for (status, words, dead) in [
        (403, "action_prohibited", true),
        (404, "no_service", true),
        (404, "channel_not_found", true),
        (410, "channel_is_archived", true),
        (403, "invalid_token", true),
    ] {
        let receiver = Server::replies([Reply::status(status, words)]).await;
        let answer = deliver(&open(&receiver, json!({"preset": "slack"})), &[violation()]).await;
        assert_eq!(matches!(answer, Answer::Config(_)), dead, "{words}: {answer:?}");
    }
    let receiver = Server::replies([Reply::status(429, "").header("retry-after", "30")]).await;
    let answer = deliver(&open(&receiver, json!({"preset": "slack"})), &[violation()]).await;
    assert!(
        matches!(answer, Answer::All(Verdict::Retry { after: Some(wait), .. }) if wait.as_secs() == 30)
    );
    let receiver = Server::replies([Reply::status(200, "<html>")]).await;
    let answer = deliver(&open(&receiver, json!({"preset": "slack"})), &[violation()]).await;
    assert!(
        matches!(answer, Answer::All(Verdict::Retry { .. })),
        "200 alone is not ok: {answer:?}"
    );
}

/// Slack's workflows, Rocket.Chat, Mattermost and an empty answer: each was posted again and again.
#[tokio::test]
async fn what_takes_slack_s_messages_may_answer_as_it_likes() {
    for (body, taken) in [
        ("ok", true),
        ("", true),
        ("OK\n", true),
        (r#"{"ok":true}"#, true),
        (r#"{"success":true}"#, true),
        ("{}", true),
        (r#"{"ok":false,"error":"invalid_blocks"}"#, false),
        (r#"{"success":false,"error":"no"}"#, false),
    ] {
        for preset in ["slack", "generic"] {
            let receiver = Server::replies([Reply::status(200, body)]).await;
            let webhook = open(&receiver, json!({"preset": preset}));
            let answer = deliver(&webhook, &[violation()]).await;
            assert_eq!(answer == Answer::delivered(), taken, "{preset} {body}: {answer:?}");
            assert!(taken || matches!(answer, Answer::Suspect(_)), "{preset} {body}: {answer:?}");
        }
    }
}

#[test]
fn slack_s_workflows_and_triggers_take_any_body() {
    for path in ["workflows/T0/A0/1/x", "triggers/E0/1/x"] {
        for preset in [json!("generic"), json!("slack"), json!(null)] {
            let mut settings = json!({"url": format!("https://hooks.slack.com/{path}")});
            if !preset.is_null() {
                settings["preset"] = preset.clone();
            }
            let made = Webhook::new(export(settings, false), &Tools::default());
            assert!(made.is_ok(), "{path} {preset}");
        }
    }
}

/// Nobody there has looked at an event.
#[tokio::test]
async fn a_400_of_a_web_server_parks_nothing() {
    let page =
        "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head>";
    for body in [page, "Client sent an HTTP request to an HTTPS server.\n"] {
        for preset in ["generic", "slack", "teams"] {
            for status in [400, 422] {
                let receiver = Server::replies([Reply::status(status, body)]).await;
                let webhook = open(&receiver, json!({"preset": preset}));
                let answer = deliver(&webhook, &[violation()]).await;
                assert!(matches!(answer, Answer::Config(_)), "{preset} {status}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn blocks_that_slack_refuses_are_sent_as_plain_text_once() {
    let receiver =
        Server::replies([Reply::status(400, "invalid_blocks"), Reply::status(200, "ok")]).await;
    let webhook = open(&receiver, json!({"preset": "slack"}));
    assert_eq!(deliver(&webhook, &[violation()]).await, Answer::delivered());
    let body: Value = serde_json::from_slice(&receiver.requests()[1].body).unwrap();
    assert!(body.get("blocks").is_none() && body["text"].is_string());

    let receiver = Server::replies([Reply::status(400, "invalid_payload")]).await;
    let answer = deliver(&open(&receiver, json!({"preset": "slack"})), &[violation()]).await;
    assert!(matches!(answer, Answer::Suspect(_)), "{answer:?}");
    assert_eq!(receiver.requests().len(), 2);
}

#[tokio::test]
async fn pagerduty_gets_a_trigger_whose_summary_is_cut_by_characters() {
    let receiver = Server::replies([Reply::status(202, r#"{"status":"success"}"#)]).await;
    let (_secrets, tools) = vault(json!({"routing_key": "R".repeat(32)})).await;
    let settings = json!({"url": receiver.url(), "allow_insecure": true, "preset": "pagerduty"});
    let webhook = Webhook::new(export(settings, true), &tools).unwrap();
    let long = line("evt-9", "PolicyViolation", "Critical", &"ä".repeat(200), &"é".repeat(1024));
    assert_eq!(webhook.limits().records, 1);
    assert_eq!(deliver(&webhook, &[long]).await, Answer::delivered());
    let body: Value = serde_json::from_slice(&receiver.requests()[0].body).unwrap();
    assert_eq!(body["routing_key"], "R".repeat(32));
    assert_eq!(body["event_action"], "trigger");
    assert_eq!(body["dedup_key"], "evt-9");
    let payload = &body["payload"];
    assert_eq!(payload["summary"].as_str().unwrap().chars().count(), 1024);
    assert_eq!(payload["severity"], "critical");
    assert_eq!(payload["source"], "vault-eu-prod");
    assert_eq!(payload["timestamp"], "2026-02-14T22:31:44.006Z");
    assert_eq!(payload["custom_details"]["id"], "evt-9");
}

#[tokio::test]
async fn pagerduty_folds_a_condition_into_one_alert() {
    let receiver = Server::replies([Reply::status(202, "")]).await;
    let (_secrets, tools) = vault(json!({"routing_key": "k"})).await;
    let settings = json!({"url": receiver.url(), "allow_insecure": true, "preset": "pagerduty", "dedup": "condition"});
    let webhook = Webhook::new(export(settings, true), &tools).unwrap();
    deliver(&webhook, &[violation()]).await;
    let body: Value = serde_json::from_slice(&receiver.requests()[0].body).unwrap();
    assert_eq!(body["dedup_key"], "vault:vault-eu-prod:PolicyViolation:agent:a");
}

#[tokio::test]
async fn only_202_is_a_success_at_pagerduty() {
    let (_secrets, tools) = vault(json!({"routing_key": "k"})).await;
    for (status, body) in [
        (202, ""),
        (200, ""),
        (400, "bad"),
        (400, "{\"status\":\"invalid event\"}"),
        (400, "{\"errors\":[\"routing_key is invalid\"]}"),
        (429, ""),
        (500, ""),
    ] {
        let receiver = Server::replies([Reply::status(status, body)]).await;
        let settings =
            json!({"url": receiver.url(), "allow_insecure": true, "preset": "pagerduty"});
        let webhook = Webhook::new(export(settings, true), &tools).unwrap();
        let answer = deliver(&webhook, &[violation()]).await;
        let fits = match (status, body) {
            (202, _) => answer == Answer::delivered(),
            (400, "bad") => matches!(answer, Answer::Config(_)),
            (400, "{\"status\":\"invalid event\"}") => {
                matches!(answer, Answer::All(Verdict::Rejected(_)))
            }
            (400, _) => matches!(answer, Answer::Auth(_)),
            _ => matches!(answer, Answer::All(Verdict::Retry { .. })),
        };
        assert!(fits, "{status} {body}: {answer:?}");
    }
}

#[tokio::test]
async fn a_card_for_teams_stays_small_and_its_inner_errors_are_seen() {
    let receiver = Server::replies([Reply::status(202, "")]).await;
    let webhook = open(&receiver, json!({"preset": "teams"}));
    let lines: Vec<String> = (0..200)
        .map(|n| {
            line(&format!("e{n}"), "PolicyViolation", "High", "[x](https://evil)", &"é".repeat(900))
        })
        .collect();
    assert_eq!(deliver(&webhook, &lines).await, Answer::delivered());
    let request = &receiver.requests()[0];
    assert!(request.body.len() < 21_000, "{}", request.body.len());
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(body["attachments"][0]["content"]["version"], "1.4");
    let cards = body["attachments"][0]["content"]["body"].as_array().unwrap();
    assert!(cards.last().unwrap()["text"].as_str().unwrap().contains("more"));
    assert!(cards[1]["text"].as_str().unwrap().contains("\\[x\\]("), "a link in a name is no link");

    let old = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId";
    let receiver = Server::replies([Reply::status(200, old)]).await;
    let answer = deliver(&open(&receiver, json!({"preset": "teams"})), &[violation()]).await;
    assert!(matches!(answer, Answer::All(Verdict::Retry { .. })), "{answer:?}");
    let receiver = Server::replies([Reply::status(200, old.replace("429", "413"))]).await;
    let answer = deliver(&open(&receiver, json!({"preset": "teams"})), &[violation()]).await;
    assert!(matches!(answer, Answer::Split(_)), "{answer:?}");
}

#[tokio::test]
async fn the_address_may_be_the_secret_and_is_not_shown() {
    let receiver = Server::replies([Reply::status(500, "")]).await;
    let (_secrets, tools) = vault(json!(format!("{}/services/T0/B0/hidden", receiver.url()))).await;
    let webhook =
        Webhook::new(export(json!({"allow_insecure": true, "preset": "slack"}), true), &tools)
            .unwrap();
    let answer = deliver(&webhook, &[violation()]).await;
    assert_eq!(receiver.requests()[0].path, "/services/T0/B0/hidden");
    assert!(!format!("{answer:?}").contains("hidden"), "{answer:?}");
}

#[tokio::test]
async fn the_connection_test_tells_a_live_slack_hook_from_a_dead_one() {
    for (reply, level) in [
        (Reply::status(400, "no_text"), Level::Good),
        (Reply::status(404, "no_service"), Level::Bad),
    ] {
        let receiver = Server::replies([reply]).await;
        let findings = open(&receiver, json!({"preset": "slack"})).check().await;
        assert_eq!(findings.last().unwrap().level, level, "{findings:?}");
        assert_eq!(receiver.requests()[0].body, b"{}", "nothing that would be posted");
    }
}

#[tokio::test]
async fn a_template_makes_the_body_one_event_a_request() {
    let receiver = Server::replies([Reply::status(200, ""), Reply::status(200, "")]).await;
    let template = r#"{"text": "{{actor.name}}: {{message}}", "id": {{json id}}}"#;
    let webhook = open(&receiver, json!({"template": template}));
    assert_eq!(webhook.limits().records, 1);
    let message = r#"no", "id": "forged"#;
    let line = line("evt-1", "PolicyViolation", "High", "cursor", message);
    assert_eq!(deliver(&webhook, &[line]).await, Answer::delivered());
    let request = &receiver.requests()[0];
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("webhook-id"), Some("evt-1"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body, json!({"text": format!("cursor: {message}"), "id": "evt-1"}));
}

#[tokio::test]
async fn slack_takes_a_message_of_ones_own_and_pagerduty_does_not() {
    let receiver =
        Server::replies([Reply::status(200, "ok"), Reply::status(400, "invalid_blocks")]).await;
    let webhook =
        open(&receiver, json!({"preset": "slack", "template": r#"{"text": "{{message}}"}"#}));
    assert_eq!(deliver(&webhook, &[violation()]).await, Answer::delivered());
    let refused = deliver(&webhook, &[violation()]).await;
    assert_ne!(refused, Answer::delivered());
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2, "the plain message of the preset is not sent instead");
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    assert_eq!(body, json!({"text": "No matching policy"}));

    let refusal =
        |settings: Value| Webhook::new(export(settings, true), &Tools::default()).err().unwrap();
    let pagerduty = "https://events.pagerduty.com/v2/enqueue";
    assert_eq!(refusal(json!({"url": pagerduty, "template": "{}"})).place, "template");
    let url = "https://siem.example.com";
    assert_eq!(
        refusal(json!({"url": url, "template": r#"{"a": "{{acter.id}}"}"#})).place,
        "template"
    );
    assert_eq!(refusal(json!({"url": url, "template": "{}", "body": "ndjson"})).place, "body");
}
