use proptest::prelude::*;
use transform::event::{
    Actor, ActorType, Class, Decision, ErrorInfo, Outcome, Policy, Request, Severity, Source, Text,
    Time, Value,
};

use super::*;
use crate::config::MESSAGE_BYTES;

fn message(settings: &str, format: Format) -> Message {
    let text = format!("endpoint = \"tls://h\"\n{settings}");
    Message::new(&toml::from_str(&text).unwrap(), format).unwrap()
}

fn event() -> Event<'static> {
    let source = Source {
        product: "sanctum".into(),
        instance: "vault-eu".into(),
        host: Some("vault.eu.example.com".into()),
        ..Source::default()
    };
    let actor = Actor::new("agent:a", ActorType::Agent);
    let time = Time::parse("2026-02-04T22:30:01.482913999Z").unwrap();
    let mut event =
        Event::new("id-1", time, Class::SecretAccess, "retrieve", Outcome::Success, actor, source);
    event.severity = Some(Severity::Medium);
    event
}

fn written(message: &Message, event: &Event<'_>) -> String {
    let mut out = b"before".to_vec();
    message.write(event, &mut out).unwrap();
    String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned()
}

#[test]
fn json_has_a_header_of_rfc_5424_and_cef_one_of_rfc_3164() {
    let json = written(&message("", Format::Json), &event());
    let head =
        "<108>1 2026-02-04T22:30:01.482913Z vault.eu.example.com vault-export - SecretAccess - {";
    assert!(json.starts_with(head), "{json}");
    let cef = written(&message("", Format::Cef), &event());
    assert!(cef.starts_with("<108>Feb  4 22:30:01 vault.eu.example.com CEF:0|sanctum|"), "{cef}");
    let leef = written(&message("", Format::Leef1), &event());
    assert!(leef.starts_with("<108>Feb  4 22:30:01 vault.eu.example.com LEEF:1.0|"), "{leef}");
}

#[test]
fn leef_has_the_short_header_with_three_digits_and_json_a_tag_if_asked_for() {
    let leef = written(&message("header = 'rfc5424'", Format::Leef), &event());
    let head = "<108>1 2026-02-04T22:30:01.482Z vault.eu.example.com LEEF:2.0|";
    assert!(leef.starts_with(head), "{leef}");
    let settings = "header = 'rfc3164'\napp_name = 'vault export/1'";
    let json = written(&message(settings, Format::Json), &event());
    assert!(
        json.starts_with("<108>Feb  4 22:30:01 vault.eu.example.com vaultexport1: {"),
        "{json}"
    );
}

#[test]
fn priority_is_eight_times_the_facility_and_the_level() {
    let mut event = event();
    for (severity, facility, priority) in [
        (Severity::Informational, 13, "<110>"),
        (Severity::Low, 13, "<109>"),
        (Severity::High, 13, "<107>"),
        (Severity::Critical, 13, "<106>"),
        (Severity::Critical, 0, "<2>"),
        (Severity::Informational, 23, "<190>"),
    ] {
        event.severity = Some(severity);
        let line = written(&message(&format!("facility = {facility}"), Format::Cef), &event);
        assert!(line.starts_with(priority), "{line}");
    }
}

#[test]
fn names_cannot_shift_the_fields_behind_them() {
    let (long, cut) = ("h".repeat(300), "h".repeat(255));
    for (name, host) in
        [("a b\nc", "a_b_c"), ("é", "_"), ("", "vault.eu.example.com"), (&long, &cut)]
    {
        let settings = format!("hostname = {name:?}\napp_name = 'a b{}'", "p".repeat(60));
        let line = written(&message(&settings, Format::Json), &event());
        let fields: Vec<&str> = line.splitn(7, ' ').collect();
        assert_eq!((fields[2], fields[4], fields[5]), (host, "-", "SecretAccess"), "{name}");
        assert_eq!((fields[3].len(), fields[3].starts_with("a_bp")), (48, true));
    }
    let mut nameless = event();
    nameless.source.host = None;
    nameless.source.instance = Text::from("");
    let line = written(&message("", Format::Cef), &nameless);
    assert!(line.contains(":01 - CEF:0|"), "{line}");
}

#[test]
fn structured_data_says_what_identifies_the_event() {
    let mut event = event();
    event.actor.id = Text::from("a\"b\\c]d\ne=é");
    let line = written(&message("structured_data_id = 've@32473'", Format::FlatJson), &event);
    let expected = "SecretAccess [ve@32473 id=\"id-1\" class=\"SecretAccess\" action=\"retrieve\" outcome=\"success\" \
                    actor=\"a\\\"b\\\\c\\]d e=é\"] {";
    assert!(line.contains(expected), "{line}");
}

#[test]
fn json_is_ascii_and_reads_back_and_a_byte_order_mark_is_counted() {
    let mut event = event();
    event.message = Some("schön 日本 🔑 \"x\"".into());
    let line = written(&message("", Format::Json), &event);
    assert!(line.is_ascii(), "{line}");
    let (_, json) = line.split_once(" - ").unwrap();
    assert!(json.contains("sch\\u00f6n \\u65e5\\u672c \\ud83d\\udd11 \\\"x\\\""), "{json}");
    let cef = written(&message("", Format::Cef), &event);
    assert!(cef.contains("msg=schön 日本 🔑"), "{cef}");
    let marked = written(&message("bom = true\nheader = 'rfc5424'", Format::Cef), &event);
    assert!(marked.contains("SecretAccess - \u{feff}CEF:0|"), "{marked}");
}

fn long() -> Event<'static> {
    let mut event = event();
    let text = |letter: &str| Some(Text::from(letter.repeat(9_000)));
    event.message = text("m");
    event.details.0.push(("note".into(), Value::Text(text("d").unwrap())));
    event.error = Some(ErrorInfo { message: text("e"), ..ErrorInfo::default() });
    event.request = Some(Request { user_agent: text("u"), ..Request::default() });
    event.policy = Some(Policy {
        decision: Decision::Allow,
        names: Vec::new(),
        reason_code: Some("granted".into()),
        reason: text("r"),
    });
    event
}

#[test]
fn a_long_message_loses_free_text_and_keeps_what_identifies_it() {
    for format in [Format::Json, Format::FlatJson, Format::Ocsf, Format::Cef, Format::Leef] {
        let line = written(&message("", format), &long());
        assert!(line.len() <= MESSAGE_BYTES, "{}: {}", format.as_str(), line.len());
        for kept in ["id-1", "agent:a", "retrieve"] {
            assert!(line.contains(kept), "{}: {kept}", format.as_str());
        }
        // CEF's own keys hold so little that nothing is left to shorten.
        assert_eq!(line.contains("truncated"), format != Format::Cef, "{}", format.as_str());
    }
    let mut barely = event();
    barely.message = Some(Text::from("é".repeat(3_900)));
    let line = written(&message("", Format::Leef), &barely);
    let kept = line.matches('é').count();
    assert!(line.len() <= MESSAGE_BYTES && line.len() > MESSAGE_BYTES - 8, "{}", line.len());
    assert!(kept > 3_000, "as much of it as fits: {kept}");
}

#[test]
fn what_fits_is_not_touched_and_what_never_fits_is_left_too_long() {
    let short = written(&message("", Format::Json), &event());
    assert!(!short.contains("truncated"), "{short}");
    let mut hopeless = event();
    hopeless.actor.groups = (0..900).map(|n| Text::from(format!("group-{n}"))).collect();
    let line = written(&message("", Format::Json), &hopeless);
    assert!(line.len() > MESSAGE_BYTES, "the limits of the batch reject it");
}

proptest! {
    #[test]
    fn no_text_begins_another_line(text in "\\PC{0,40}[\r\n]{1,3}\\PC{0,40}") {
        let mut event = event();
        event.message = Some(Text::from(text.clone()));
        event.actor.id = Text::from(text.clone());
        event.source.host = Some(Text::from(text));
        for format in [Format::Cef, Format::Leef, Format::Json, Format::Ocsf] {
            let line = written(&message("framing = 'lf'", format), &event);
            prop_assert!(!line.contains(['\n', '\r']), "{line:?}");
        }
    }
}
