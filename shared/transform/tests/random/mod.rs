//! Random events of the contract: any members, any text, any number that the contract allows.

use fastrand::Rng;
use serde_json::{Map, Value, json};
use transform::event::{
    ActorType, Class, Classification, Decision, HashAlgorithm, IntegrityStatus, Outcome, Protocol,
    ResourceType, SecretType, Severity, TimeQuality,
};

const LARGEST: u64 = (1 << 53) - 1;

const ACTIONS: [&str; 60] = [
    "login",
    "logout",
    "mfa",
    "mfa.enroll",
    "mfa.remove",
    "session.expire",
    "challenge",
    "retrieve",
    "list",
    "issue",
    "use:http_request",
    "use:sign",
    "decrypt",
    "store",
    "update",
    "undelete",
    "delete",
    "destroy",
    "rotate",
    "invalidate",
    "overdue",
    "rotation_overdue",
    "grant",
    "renew",
    "release",
    "revoke",
    "expire",
    "create",
    "enable",
    "disable",
    "register",
    "deregister",
    "token.create",
    "token_revoke",
    "suspend",
    "resume",
    "init",
    "start",
    "stop",
    "restart",
    "upgrade",
    "unseal",
    "lock",
    "snapshot",
    "restore",
    "mount",
    "unmount",
    "audit_disable",
    "clear",
    "request",
    "accept",
    "reject",
    "escalate",
    "quarantine",
    "kill.emergency",
    "kill.release",
    "config.reload",
    "notification",
    "pause",
    "other",
];

/// A valid event.
pub(crate) fn event(rng: &mut Rng) -> Value {
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("schema", json!("vault-audit/1"));
    put("id", json!(id(rng)));
    put("time", json!(time(rng)));
    put("class", json!(word(rng, Class::ALL).as_str()));
    put("action", json!(action(rng)));
    put("outcome", json!(word(rng, Outcome::ALL).as_str()));
    put("actor", actor(rng));
    put("source", source(rng));
    let optional: [Maker; 16] = [
        ("observed_time", |rng| json!(time(rng))),
        ("time_quality", |rng| json!(word(rng, TimeQuality::ALL).as_str())),
        ("attempted_class", |rng| json!(word(rng, Class::ALL).as_str())),
        ("severity", |rng| json!(word(rng, Severity::ALL).as_str())),
        ("message", |rng| json!(text(rng, 1024))),
        ("session", session),
        ("resource", resource),
        ("policy", policy),
        ("lease", lease),
        ("request", request),
        ("network", network),
        ("error", |rng| {
            part(
                rng,
                &[("code", |rng| json!(text(rng, 64))), ("message", |rng| json!(text(rng, 1024)))],
            )
        }),
        ("labels", labels),
        ("integrity", integrity),
        ("origin", origin),
        ("details", details),
    ];
    for (name, make) in optional {
        if rng.bool() {
            put(name, make(rng));
        }
    }
    if rng.u8(..4) == 0 {
        put("redactions", json!(texts(rng, 64)));
    }
    Value::Object(event)
}

type Maker = (&'static str, fn(&mut Rng) -> Value);

/// An object with some of these members.
fn part(rng: &mut Rng, members: &[Maker]) -> Value {
    let mut object = Map::new();
    for (name, make) in members {
        if rng.bool() {
            object.insert((*name).to_owned(), make(rng));
        }
    }
    Value::Object(object)
}

/// As `part`, and with these members always.
fn with(mut object: Value, members: Value) -> Value {
    if let (Value::Object(object), Value::Object(members)) = (&mut object, members) {
        object.extend(members);
    }
    object
}

fn word<T: Copy>(rng: &mut Rng, words: &[T]) -> T {
    words[rng.usize(..words.len())]
}

fn action(rng: &mut Rng) -> String {
    if rng.u8(..8) > 0 {
        return word(rng, &ACTIONS).to_owned();
    }
    let letters: String = (0..rng.usize(1..20)).map(|_| rng.lowercase()).collect();
    format!("{letters}.{}", rng.u16(..))
}

fn id(rng: &mut Rng) -> String {
    let first = rng.alphanumeric();
    let rest = "abcXYZ019._:@/+=-".chars().collect::<Vec<_>>();
    std::iter::once(first).chain((0..rng.usize(..128)).map(|_| word(rng, &rest))).collect()
}

/// Text of at most so many characters, sometimes none, sometimes nothing but trouble.
fn text(rng: &mut Rng, most: usize) -> String {
    const TROUBLE: &[char] = &[
        '"',
        '\\',
        '\n',
        '\r',
        '\t',
        '\0',
        '\u{7f}',
        '\u{85}',
        '\u{2028}',
        '\u{feff}',
        '\u{202e}',
        '/',
        '*',
        ':',
        '@',
        '.',
        '-',
        ' ',
        'ü',
        '漢',
        '𝔷',
        '\u{10ffff}',
        '{',
        '}',
        '%',
        '|',
        '=',
    ];
    let most = if rng.u8(..16) == 0 { most } else { most.min(12) };
    let length = rng.usize(..=most);
    match rng.u8(..4) {
        0 => (0..length).map(|_| word(rng, TROUBLE)).collect(),
        1 => (0..length).map(|_| rng.char(..)).collect(),
        _ => (0..length).map(|_| rng.alphanumeric()).collect(),
    }
}

fn full_text(rng: &mut Rng, most: usize) -> String {
    let text = text(rng, most);
    if text.is_empty() { "x".to_owned() } else { text }
}

fn texts(rng: &mut Rng, most: usize) -> Vec<String> {
    (0..rng.usize(..=most.min(32))).map(|_| text(rng, 256)).collect()
}

fn few(rng: &mut Rng) -> Value {
    let most = if rng.u8(..16) == 0 { 32 } else { 3 };
    json!(texts(rng, most))
}

fn uint(rng: &mut Rng) -> Value {
    let small = rng.u64(..100_000);
    json!(word(rng, &[0, small, 2_147_483_647, 2_147_483_648, LARGEST]))
}

fn hex(rng: &mut Rng, digits: usize) -> String {
    (0..digits).map(|_| char::from_digit(rng.u32(..16), 16).unwrap_or('0')).collect()
}

/// Any time between the years 2002 and 2285, in any writing that the contract allows.
fn time(rng: &mut Rng) -> String {
    let (year, month, day) = (rng.u16(2002..2286), rng.u8(1..13), rng.u8(1..29));
    let (hour, minute, second) = (rng.u8(..24), rng.u8(..60), rng.u8(..60));
    let fraction: String = match rng.u8(..3) {
        0 => String::new(),
        _ => std::iter::once('.').chain((0..rng.usize(1..10)).map(|_| rng.digit(10))).collect(),
    };
    let zone = word(rng, &["Z", "+00:00", "-05:30", "+14:00"]);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
}

fn actor(rng: &mut Rng) -> Value {
    let members = part(
        rng,
        &[
            ("name", |rng| json!(text(rng, 256))),
            ("email", |rng| {
                json!(if rng.bool() {
                    "maria.lind+x@mail.example.com".to_owned()
                } else {
                    text(rng, 256)
                })
            }),
            ("groups", few),
            ("on_behalf_of", |rng| {
                let name = part(rng, &[("name", |rng| json!(text(rng, 256)))]);
                with(
                    name,
                    json!({"id": full_text(rng, 512), "type": word(rng, ActorType::ALL).as_str()}),
                )
            }),
            ("agent", |rng| {
                part(
                    rng,
                    &[
                        ("model", |rng| json!(text(rng, 128))),
                        ("provider", |rng| json!(text(rng, 128))),
                        ("framework", |rng| json!(text(rng, 128))),
                        ("version", |rng| json!(text(rng, 64))),
                        ("parent_id", |rng| json!(text(rng, 256))),
                        ("fleet_id", |rng| json!(text(rng, 128))),
                        ("trust_score", |rng| json!(rng.f64())),
                    ],
                )
            }),
        ],
    );
    with(members, json!({"id": full_text(rng, 512), "type": word(rng, ActorType::ALL).as_str()}))
}

fn session(rng: &mut Rng) -> Value {
    part(
        rng,
        &[
            ("id", |rng| json!(text(rng, 256))),
            ("authn_method", |rng| {
                json!(if rng.bool() {
                    word(rng, &["oidc", "saml", "Other", "kerberos"]).to_owned()
                } else {
                    text(rng, 64)
                })
            }),
            ("mfa", |rng| json!(rng.bool())),
            ("token_type", |rng| json!(text(rng, 64))),
            ("token_ref", |rng| json!(text(rng, 256))),
            ("issued_at", |rng| json!(time(rng))),
            ("ttl_seconds", uint),
        ],
    )
}

fn source(rng: &mut Rng) -> Value {
    let members = part(
        rng,
        &[
            ("vendor", |rng| json!(text(rng, 64))),
            ("version", |rng| json!(text(rng, 64))),
            ("region", |rng| json!(text(rng, 64))),
            ("host", host),
        ],
    );
    with(members, json!({"product": full_text(rng, 64), "instance": full_text(rng, 128)}))
}

fn host(rng: &mut Rng) -> Value {
    match rng.u8(..3) {
        0 => json!(text(rng, 256)),
        1 => json!(word(rng, &["10.0.0.1", "::1", "db.internal:5432", "a..b", "-x"])),
        _ => json!("vault-0.example.com"),
    }
}

fn resource(rng: &mut Rng) -> Value {
    let members = part(
        rng,
        &[
            ("path", |rng| json!(full_text(rng, 1024))),
            ("id", |rng| json!(text(rng, 256))),
            ("name", |rng| json!(text(rng, 256))),
            ("version", |rng| json!(text(rng, 64))),
            ("namespace", |rng| json!(text(rng, 256))),
            ("secret_type", |rng| json!(word(rng, SecretType::ALL).as_str())),
            ("classification", |rng| json!(word(rng, Classification::ALL).as_str())),
            ("mount", |rng| {
                part(
                    rng,
                    &[
                        ("point", |rng| json!(text(rng, 256))),
                        ("type", |rng| json!(text(rng, 64))),
                        ("accessor", |rng| json!(text(rng, 128))),
                    ],
                )
            }),
        ],
    );
    with(members, json!({"type": word(rng, ResourceType::ALL).as_str()}))
}

fn policy(rng: &mut Rng) -> Value {
    let members = part(
        rng,
        &[
            ("names", few),
            ("reason_code", |rng| json!(word(rng, &["granted", "rate_limited", "No.Policy-1"]))),
            ("reason", |rng| json!(text(rng, 1024))),
        ],
    );
    with(members, json!({"decision": word(rng, Decision::ALL).as_str()}))
}

fn lease(rng: &mut Rng) -> Value {
    part(
        rng,
        &[
            ("id", |rng| json!(text(rng, 256))),
            ("ttl_seconds", uint),
            ("expires_at", |rng| json!(time(rng))),
            ("renewable", |rng| json!(rng.bool())),
        ],
    )
}

fn request(rng: &mut Rng) -> Value {
    part(
        rng,
        &[
            ("id", |rng| json!(text(rng, 128))),
            ("correlation_id", |rng| json!(text(rng, 128))),
            ("trace_id", |rng| json!(hex(rng, 32))),
            ("protocol", |rng| json!(word(rng, Protocol::ALL).as_str())),
            ("method", |rng| {
                json!(if rng.bool() {
                    word(rng, &["GET", "LIST", "PATCH", "get", "TRACE"]).to_owned()
                } else {
                    text(rng, 64)
                })
            }),
            ("user_agent", |rng| json!(text(rng, 512))),
            ("purpose", |rng| json!(text(rng, 512))),
        ],
    )
}

fn network(rng: &mut Rng) -> Value {
    part(
        rng,
        &[
            ("source_ip", |rng| match rng.u8(..4) {
                0 => json!(text(rng, 45)),
                1 => json!(std::net::Ipv6Addr::from(rng.u128(..)).to_string()),
                2 => json!(word(
                    rng,
                    &[
                        "::ffff:10.0.0.1",
                        "::",
                        "1::",
                        "::1.2.3.4",
                        "fe80::1%eth0",
                        "01.2.3.4",
                        "1:2:3:4:5:6:7::",
                        "0000:0000:0000:0000:0000:ffff:255.255.255.255"
                    ]
                )),
                _ => json!(std::net::Ipv4Addr::from(rng.u32(..)).to_string()),
            }),
            ("source_port", |rng| json!(rng.u16(..))),
            ("forwarded_from", |rng| json!(text(rng, 256))),
            ("destination_host", host),
        ],
    )
}

fn labels(rng: &mut Rng) -> Value {
    let pairs = (0..rng.usize(..4))
        .map(|_| (format!("{}.{}", rng.lowercase(), rng.u8(..)), json!(text(rng, 256))));
    Value::Object(pairs.collect())
}

fn integrity(rng: &mut Rng) -> Value {
    part(
        rng,
        &[
            ("sequence", uint),
            ("chain_id", |rng| json!(text(rng, 128))),
            ("alg", |rng| json!(word(rng, HashAlgorithm::ALL).as_str())),
            ("hash", |rng| json!(hex(rng, 64))),
            ("prev_hash", |rng| json!(hex(rng, 64))),
            ("status", |rng| json!(word(rng, IntegrityStatus::ALL).as_str())),
        ],
    )
}

fn origin(rng: &mut Rng) -> Value {
    let members = part(
        rng,
        &[
            ("event_type", |rng| json!(text(rng, 128))),
            ("record_id", |rng| json!(text(rng, 128))),
            ("kind", |rng| json!(text(rng, 128))),
            ("thread", |rng| json!(text(rng, 128))),
            ("clock", uint),
        ],
    );
    with(members, json!({"format": text(rng, 64)}))
}

fn details(rng: &mut Rng) -> Value {
    let mut object = Map::new();
    for _ in 0..rng.usize(..6) {
        let known = ["previous_version", "grantee", "latency_ms", "a.b", ""];
        let key = if rng.bool() { word(rng, &known).to_owned() } else { text(rng, 12) };
        object.insert(key, detail(rng, 1));
    }
    Value::Object(object)
}

fn detail(rng: &mut Rng, depth: u8) -> Value {
    match rng.u8(..if depth < 4 { 9 } else { 7 }) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => json!(rng.i64(-(1 << 53) + 1..1 << 53)),
        3 => json!(rng.f64() * 1e30),
        4..=6 => json!(text(rng, 64)),
        7 => (0..rng.usize(..3)).map(|_| detail(rng, depth + 1)).collect(),
        _ => {
            let pairs = (0..rng.usize(..3)).map(|_| (text(rng, 12), detail(rng, depth + 1)));
            Value::Object(pairs.collect())
        }
    }
}
