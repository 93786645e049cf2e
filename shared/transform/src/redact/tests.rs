use proptest::prelude::*;

use super::*;
use crate::event::{Actor, ActorType, Class, Outcome, Source, Text, Time, Value};

fn event() -> Event<'static> {
    let time = Time::parse("2026-02-14T22:30:01Z").unwrap();
    let actor = Actor::new("agent:cursor-agent", ActorType::Agent);
    let source = Source { product: "sanctum".into(), instance: "eu".into(), ..Source::default() };
    Event::new("e1", time, Class::SecretAccess, "retrieve", Outcome::Success, actor, source)
}

fn with(layers: Layers, text: &str) -> String {
    let look = Look { layers, entropic: Entropic::Yes, places: false, depth: 0 };
    replaced(text, look).unwrap_or_else(|| text.to_owned())
}

const NONE: Layers = Layers { keys: false, patterns: false, entropy: false };

#[test]
fn no_canary_survives_in_free_text_and_its_surroundings_do() {
    for canary in canaries() {
        let clean = with(Layers::ALL, &canary.text);
        assert!(!clean.contains(&canary.secret), "{}: {clean}", canary.name);
        assert!(clean.contains("[redacted:"), "{}: {clean}", canary.name);
        let (head, _) = canary.text.split_once(' ').unwrap_or((&canary.text, ""));
        if !head.contains(&canary.secret) && !head.contains("://") {
            assert!(clean.starts_with(head), "{}: {clean}", canary.name);
        }
    }
}

#[test]
fn with_every_layer_off_all_canaries_survive() {
    for canary in canaries() {
        assert_eq!(with(NONE, &canary.text), canary.text);
    }
}

/// Which layers catch each canary alone: with one switched off, the others hold.
#[test]
fn each_layer_holds_alone_what_is_its_own() {
    let only_patterns = Layers { patterns: true, ..NONE };
    let only_entropy = Layers { entropy: true, ..NONE };
    let only_keys = Layers { keys: true, ..NONE };
    for canary in canaries() {
        let by = |layers| !with(layers, &canary.text).contains(&canary.secret);
        let (patterns, entropy, keys) = (by(only_patterns), by(only_entropy), by(only_keys));
        let random = ["aws secret key", "hex key", "unseal key", "datadog api key"];
        let assigned = [
            "connection string",
            "vault header",
            "cookie header",
            "json inside",
            "json inside json",
            "presigned token",
            "storage key",
            "totp seed",
            "command line",
            "bearer header",
            "basic header",
        ];
        let long = canary.secret.len() >= 40 && canary.name != "aws access key";
        assert_eq!(keys, assigned.contains(&canary.name), "keys: {}", canary.name);
        let shaped = !random.contains(&canary.name);
        let header = ["bearer header", "basic header"].contains(&canary.name);
        assert_eq!(
            patterns,
            shaped && (!assigned.contains(&canary.name) || header),
            "patterns: {}",
            canary.name
        );
        assert!(entropy || !(long || random.contains(&canary.name)), "entropy: {}", canary.name);
    }
}

/// Whatever the text layers miss, a denied name still hides; and the other way round.
#[test]
fn a_denied_name_hides_what_no_pattern_knows_and_patterns_what_no_name_tells() {
    let hidden = |key: &'static str, secret: &str, layers| {
        let mut event = event();
        let inner = Value::Map(vec![(Text::from(key), Value::Text(Text::from(secret.to_owned())))]);
        event.details.0.push((Text::from("outer"), Value::List(vec![inner])));
        event.labels.0.push((Text::from(key), Text::from(secret.to_owned())));
        redact_with(&mut event, layers);
        !format!("{event:?}").contains(secret)
    };
    assert!(hidden("db_password", "hunter2", Layers::ALL));
    assert!(!hidden("db_password", "hunter2", Layers { keys: false, ..Layers::ALL }));
    for canary in canaries().into_iter().filter(|canary| canary.text.starts_with("upstream")) {
        for off in [
            Layers { keys: false, ..Layers::ALL },
            Layers { patterns: false, ..Layers::ALL },
            Layers { entropy: false, ..Layers::ALL },
        ] {
            // Under a denied name any one layer may be missing but only the names know short ones.
            let name = if off.keys { "db_password" } else { "db_key_material" };
            assert!(hidden(name, &canary.secret, off), "{} {off:?}", canary.name);
        }
    }
}

#[test]
fn what_is_no_secret_stays() {
    let uuid = "249fef96-1cd1-454f-b704-5fae88ebddd7";
    let hash = "8fb15816b28ae446a75e6640895443599ff4f214e21dff7c69c84fd26503359f";
    for text in [
        "Granted by policy 'cursor-access'",
        "Rate limit exceeded: 12/10 retrievals per hour",
        "new password was stored but the database refused it; the old version stays current",
        "permission denied: invalid token: expired",
        "password rotation is overdue since 41 days",
        "basic authentication failed for the user administrator",
        "agents use bearer authentication-and-authorisation",
        "Authorization: denied by policy",
        uuid,
        &format!("lease {uuid} of session {}", uuid.to_uppercase()),
        &format!("th_{hash}"),
        &format!("on thread th_{hash}, which is closed"),
        &format!("hmac-sha256:{hash}"),
        &format!("sha256:{hash}"),
        "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDTl5dzWeZ5LQnUAMo",
        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
        "did:sync:agent:reviewer",
        "did:web:vault.example.com:agents:deploy-bot-production-europe",
        "payments/prod/postgres/primary/connection/settings",
        "secret=payments/prod/postgres",
        "secret/data/apps/Billing-Service/Production/eu-west-1/Database01",
        "arn:aws:iam::123456789012:role/SanctumExportProductionRole",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
        "https://vault.example.com:8200/v1/secret/data/app?version=3",
        "https://example.com:8443/users/maria@example.com/profile",
        "ssh://git@git.example.com/repo.git",
        "maria.lind@example.com",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
        "vault-agent-7d9f8b6c5d-x2x4q.payments.svc.cluster.local",
        "token-375f9cb3-4355-42c7-eab5-029f8a310ca7-runner",
        "AbstractSingletonProxyFactoryBeanDefinitionRegistryPostProcessor2",
        "attempt=3 tokens_in=1200 pinned=true spin=1",
        "signature did not verify",
        "2026-02-14T22:30:01.482913Z",
        "version s.internationalisation.messages",
        "sk-learn-model-training-pipeline-for-production",
    ] {
        assert_eq!(with(Layers::ALL, text), text);
    }
}

#[test]
fn a_digest_may_stand_under_any_name_but_one_of_keys() {
    let hash = "8fb15816b28ae446a75e6640895443599ff4f214e21dff7c69c84fd26503359f";
    let mut event = event();
    for name in ["build", "note", "key_fingerprint", "signing_key_hex"] {
        event.details.0.push((Text::from(name), Value::from(hash)));
    }
    let text = format!("refused {hash} for the job");
    event.details.0.push((Text::from("reason"), Value::Text(Text::from(text))));
    redact(&mut event);
    for name in ["build", "note", "key_fingerprint"] {
        assert_eq!(event.details.get(name), Some(&Value::from(hash)), "{name}");
    }
    assert_eq!(event.details.get("signing_key_hex"), Some(&Value::from("[redacted:hex:64]")));
    let clean = Value::from("refused [redacted:hex:64] for the job");
    assert_eq!(event.details.get("reason"), Some(&clean));
}

#[test]
fn what_was_changed_is_noted_once_by_its_json_pointer() {
    let mut event = event();
    event.message = Some(Text::from("password=hunter2;"));
    event.labels.0.push((Text::from("api-token"), Text::from("abc")));
    event.details.0.push((
        Text::from("a/b~c"),
        Value::List(vec![Value::Null, Value::Map(vec![(Text::from("pin"), Value::Int(1234))])]),
    ));
    redact(&mut event);
    redact(&mut event);
    assert_eq!(event.message.as_deref(), Some("password=[redacted:password:7];"));
    assert_eq!(event.labels.get("api-token").unwrap().as_str(), "[redacted:token:3]");
    let pointers: Vec<&str> = event.redactions.iter().map(Text::as_str).collect();
    assert_eq!(pointers, ["/message", "/labels/api-token", "/details/a~1b~0c/1/pin"]);
}

#[test]
fn pointers_are_at_most_64_and_at_most_256_characters_long() {
    let mut event = event();
    for place in 0..60 {
        event.details.0.push((Text::from(format!("p{place}_password")), Value::from("x")));
    }
    for place in 0..20 {
        event.labels.0.push((Text::from(format!("l{place}.token")), Text::from("x")));
    }
    redact(&mut event);
    assert_eq!(event.redactions.len(), 64);
    let mut deep = self::event();
    let key = |letter: &str| Text::from(letter.repeat(200));
    deep.details.0.push((
        key("a"),
        Value::Map(vec![(key("b"), Value::Map(vec![(Text::from("pin"), Value::Int(7))]))]),
    ));
    redact(&mut deep);
    assert_eq!(deep.redactions, [Text::from(format!("/details/{}", "a".repeat(200)))]);
}

#[test]
fn a_token_reference_that_is_no_hash_is_a_handle() {
    let mut event = event();
    let reference = |text: &'static str| {
        Some(crate::event::Session { token_ref: Some(text.into()), ..Default::default() })
    };
    event.session = reference("accessor-8fa4f7f3");
    redact(&mut event);
    let found = event.session.as_ref().and_then(|session| session.token_ref.as_deref());
    assert_eq!(found, Some("[redacted:token:17]"));
    event.session = reference("hmac-sha256:8fa4f7f3");
    redact(&mut event);
    let found = event.session.as_ref().and_then(|session| session.token_ref.as_deref());
    assert_eq!(found, Some("hmac-sha256:8fa4f7f3"));
}

#[test]
fn a_text_that_grows_over_its_limit_is_cut_before_the_mark_and_stays_valid() {
    let mut event = event();
    let text = format!("{} pwd=x", "a ".repeat(509));
    event.message = Some(Text::from(text));
    redact(&mut event);
    let once = event.clone();
    assert!(event.message.as_ref().unwrap().chars().count() <= 1024);
    assert!(event.message.as_ref().unwrap().ends_with("pwd="));
    redact(&mut event);
    assert_eq!(event, once);
    crate::event::check::check(&event).unwrap();
}

#[test]
fn details_that_grow_over_8_kib_lose_their_last_members_and_say_so() {
    let mut event = event();
    for place in 0..7 {
        event
            .details
            .0
            .push((Text::from(format!("note{place}")), Value::Text("a ".repeat(512).into())));
    }
    let pins = (0..60).map(|_| Value::Map(vec![(Text::from("pin"), Value::from("1"))])).collect();
    event.details.0.push((Text::from("pins"), Value::List(pins)));
    crate::event::check::check(&event).unwrap();
    redact(&mut event);
    crate::event::check::check(&event).unwrap();
    assert_eq!(event.details.get("pins"), None);
}

#[test]
fn a_key_that_is_a_secret_goes_with_its_value() {
    let mut event = event();
    let canary = canaries().into_iter().find(|canary| canary.name == "github classic").unwrap();
    event.details.0.push((Text::from(canary.secret.clone()), Value::Int(1)));
    redact(&mut event);
    assert!(event.details.is_empty());
    assert_eq!(event.redactions, [Text::from("/details")]);
}

#[test]
fn ids_names_and_paths_lose_tokens_but_not_their_random_parts() {
    let canary = canaries().into_iter().find(|canary| canary.name == "github classic").unwrap();
    let mut event = event();
    let mut resource = crate::event::Resource::new(crate::event::ResourceType::Secret);
    resource.path = Some(Text::from(format!("cubby/{}/x", canary.secret)));
    resource.id = Some("8fb15816b28ae446a75e6640895443599ff4f214e21dff7c69c84fd26503359f".into());
    event.actor.id = Text::from(format!("user:{}", canary.secret));
    event.resource = Some(resource.clone());
    redact(&mut event);
    let after = event.resource.as_ref().unwrap();
    assert_eq!(after.path.as_deref(), Some("cubby/[redacted:github:40]/x"));
    assert_eq!(after.id, resource.id);
    assert_eq!(event.actor.id.as_str(), "user:[redacted:github:40]");
}

/// An event of the contract in which every string that is not a fixed word holds this.
fn filled(secret: &str) -> String {
    r#"{"schema":"vault-audit/1","id":"a @","time":"2026-02-14T22:30:01Z","class":"SecretAccess","action":"b @",
        "outcome":"success","message":"c @",
        "actor":{"id":"d @","type":"agent","name":"e @","email":"f @","groups":["g @"],
            "on_behalf_of":{"id":"h @","type":"human","name":"i @"},
            "agent":{"model":"j @","provider":"k @","framework":"l @","version":"m @","parent_id":"n @","fleet_id":"o @"}},
        "session":{"id":"p @","authn_method":"q @","token_type":"r @","token_ref":"hmac-sha256:@"},
        "source":{"product":"t @","vendor":"u @","version":"v @","instance":"w @","region":"x @","host":"y @"},
        "resource":{"type":"secret","path":"z @","id":"A @","name":"B @","version":"C @","namespace":"D @",
            "mount":{"point":"E @","type":"F @","accessor":"G @"}},
        "policy":{"decision":"allow","names":["H @"],"reason_code":"I @","reason":"J @"},
        "lease":{"id":"K @"},
        "request":{"id":"L @","correlation_id":"M @","trace_id":"N @","method":"O @","user_agent":"P @","purpose":"Q @"},
        "network":{"source_ip":"R @","forwarded_from":"S @","destination_host":"T @"},
        "error":{"code":"U @","message":"V @"},
        "labels":{"team":"W @","@":"x"},
        "integrity":{"chain_id":"X @","hash":"Y @","prev_hash":"Z @"},
        "origin":{"format":"a @","event_type":"b @","record_id":"c @","kind":"d @","thread":"e @",
            "wrapper":{"type":"i @","time":"2026-02-14T22:30:01Z","host":"j @","pod":"k @","stream":"l @","log_group":"m @","log_stream":"n @"}},
        "details":{"note":"f @","list":["g @",{"@":1}],"json":"{\"a\":[\"@\"]}"},
        "redactions":["/h @"]}"#
    .replace('@', secret)
}

fn read(text: &str) -> Event<'_> {
    let mut event = <Event<'_> as crate::json::cursor::Read>::blank();
    crate::json::cursor::fill(&mut event, text, crate::json::cursor::Unknown::Refused).unwrap();
    event
}

/// The event is written again, so that a member which is added to it and not walked shows here.
#[test]
fn no_string_of_an_event_keeps_a_secret() {
    let canary = canaries().into_iter().find(|canary| canary.name == "github classic").unwrap();
    let text = filled(&canary.secret);
    let mut event = read(&text);
    let before = format!("{event:?}").matches(&canary.secret).count();
    assert_eq!(before, text.matches(&canary.secret).count(), "every string is read");
    redact(&mut event);
    let after = format!("{event:?}");
    assert!(!after.contains(&canary.secret), "{after}");
    assert!(event.id.starts_with("sha256:"), "{}", event.id.as_str());
}

/// What [`filled`] fills are all the strings there are: a new optional one shows as a `None` too many.
#[test]
fn every_string_of_the_contract_is_filled() {
    let canary = "ghp_none";
    let text = filled(canary);
    let event = read(&text);
    let debug = format!("{event:?}");
    // A string that is not there shows as `None`; what may be `None` are the numbers, times and words.
    let absent = debug.matches("None").count();
    let numbers = [
        "observed_time",
        "time_quality",
        "attempted_class",
        "category",
        "severity",
        "trust_score",
        "mfa",
        "issued_at",
        "ttl_seconds",
        "secret_type",
        "classification",
        "ttl_seconds",
        "expires_at",
        "renewable",
        "protocol",
        "source_port",
        "sequence",
        "alg",
        "status",
        "clock",
    ];
    assert_eq!(
        absent,
        numbers.len(),
        "a new member is neither filled nor known not to be a string: {debug}"
    );
}

#[test]
fn an_id_with_a_secret_stays_an_id() {
    let all = canaries();
    let named = |name| all.iter().find(|canary| canary.name == name).unwrap().secret.clone();
    let clean = |id: String| {
        let mut event = event();
        event.id = Text::from(id);
        redact(&mut event);
        redact(&mut event);
        event.id.as_str().to_owned()
    };
    let (one, other) = (
        clean(format!("{}:1", named("github classic"))),
        clean(format!("{}:2", named("github classic"))),
    );
    assert_ne!(one, other);
    assert_eq!(one, clean(format!("{}:1", named("github classic"))));
}

#[test]
fn what_hides_behind_a_digest_mark_or_a_forged_one_goes() {
    let all = canaries();
    let named = |name| all.iter().find(|canary| canary.name == name).unwrap().secret.clone();
    for secret in [named("unseal key"), named("github classic"), named("vault service")] {
        for text in [
            format!("hmac-sha256:{secret}"),
            format!("sha256:{secret}"),
            format!("password=[redacted:x:1]{secret}"),
            format!("token: [redacted:token:7]{secret}"),
            format!("[redacted:{secret}:1]"),
            format!("did:sync:agent:{secret}"),
        ] {
            let clean = with(Layers::ALL, &text);
            assert!(!clean.contains(&secret), "{text} -> {clean}");
        }
    }
    assert_eq!(with(Layers::ALL, "pin=1234"), "pin=[redacted:pin:4]");
}

#[test]
fn cards_and_accounts_go_from_text_names_and_numbers() {
    let mut event = event();
    event.message = Some("charged 4111 1111 1111 1111 to DE89 3704 0044 0532 0130 00".into());
    event.details.0.push(("n".into(), Value::Int(5_555_555_555_554_444)));
    redact(&mut event);
    assert_eq!(event.message.as_deref(), Some("charged [redacted:card:19] to [redacted:iban:27]"));
    assert_eq!(event.details.get("n"), Some(&Value::from("[redacted:card:16]")));
}

/// Bits of which secrets, marks and near misses are made.
fn pieces() -> impl Strategy<Value = String> {
    let canaries: Vec<String> = canaries().into_iter().flat_map(|c| [c.text, c.secret]).collect();
    let fixed = [
        "password=",
        "password: ",
        "token=",
        "\"secret\":\"",
        "Authorization: Bearer ",
        "Cookie: ",
        "://",
        "@",
        ":",
        "=",
        "[redacted:",
        "[redacted:password:7]",
        "]",
        "-----BEGIN ",
        "-----END ",
        "eyJ",
        "s.",
        "hvs.",
        " ",
        "\n",
        "\\",
        "\"",
        "é",
        "sha256:",
        "th_",
        "basic ",
        ".",
        ";",
        "https://hooks.slack.com/",
    ];
    let piece = prop_oneof![
        3 => proptest::sample::select(fixed.map(str::to_owned).to_vec()),
        2 => proptest::sample::select(canaries),
        2 => "[A-Za-z0-9_/+-]{1,40}",
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn doing_it_again_changes_nothing(text in pieces()) {
        let once = with(Layers::ALL, &text);
        prop_assert_eq!(with(Layers::ALL, &once), once);
    }

    #[test]
    fn a_canary_is_found_wherever_it_stands(before in "[a-z ]{0,20}", after in "[a-z ]{0,20}", pick in 0..200_usize) {
        let all = canaries();
        let canary = &all[pick % all.len()];
        let clean = with(Layers::ALL, &format!("{before} {}\n{after}", canary.text));
        prop_assert!(!clean.contains(&canary.secret), "{}: {}", canary.name, clean);
    }

    #[test]
    fn prose_is_left_alone(words in proptest::collection::vec("[a-zA-Zé',.;]{1,15}", 0..30)) {
        let text = words.join(" ");
        prop_assert_eq!(with(Layers::ALL, &text), text);
    }

    #[test]
    fn paths_and_uuids_are_left_alone(parts in proptest::collection::vec("[a-z][a-z0-9_-]{0,14}", 1..8), id in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
        let text = format!("{}/{id}", parts.join("/"));
        prop_assert_eq!(with(Layers::ALL, &text), text);
    }
}
