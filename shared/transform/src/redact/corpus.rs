//! How much is caught, and how much is left alone: made tokens of every kind that secret scanners know, and what looks
//! like one and is none. Made by rules, with a fixed seed; `docs/redaction.md` says the figures and is held to them.

use super::canaries::Random;
use super::hit::{Entropic, Look};
use super::{Layers, replaced};

/// Kinds of tokens: literal text, and `{letters:count}`.
const TOKENS: &str = include_str!("corpus/tokens.txt");
/// What is no secret, in the same notation.
const HARMLESS: &str = include_str!("corpus/harmless.txt");
/// What gives a short secret away, with `@` in its place.
const FORMS: &str = include_str!("corpus/forms.txt");

/// How many of each kind.
const EACH: usize = 5;

const TEXTS: [&str; 6] = [
    "@",
    "upstream refused @ for the deploy job",
    "got '@', which has expired.",
    "{\"note\":\"@\",\"n\":1}",
    "curl https://api.example.com/v1/x -H 'X-Any: @'",
    "line one\n@\nline three",
];
const NAMES: [&str; 5] = ["@", "user:@", "cubby/@/x", "/home/ci/@", "job.@"];

fn look(entropic: Entropic) -> Look {
    Look { layers: Layers::ALL, entropic, places: false, depth: 0 }
}

fn clean(text: &str, entropic: Entropic) -> String {
    replaced(text, look(entropic)).unwrap_or_else(|| text.to_owned())
}

fn kinds(list: &str) -> impl Iterator<Item = &str> {
    list.lines().filter(|line| !line.is_empty() && !line.starts_with("# "))
}

/// A text by its rule.
fn made(rule: &str, random: &mut Random) -> String {
    let mut out = String::new();
    let mut rest = rule;
    while let Some((head, tail)) = rest.split_once("{{") {
        let (inside, after) = tail.split_once("}}").unwrap();
        let (letters, count) = inside.split_once(':').unwrap();
        out.push_str(head);
        out.push_str(&random.string(alphabet(letters), count.parse().unwrap()));
        rest = after;
    }
    out + rest
}

fn alphabet(name: &str) -> &'static str {
    match name {
        "hex" => "0123456789abcdef",
        "HEX" => "0123456789ABCDEF",
        "9" => "0123456789",
        "19" => "123456789",
        "a" => "abcdefghijklmnopqrstuvwxyz",
        "a9" => "abcdefghijklmnopqrstuvwxyz0123456789",
        "A9" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "A7" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "aA" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "62" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "w" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
        "64" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        other => panic!("no alphabet {other}"),
    }
}

/// Whether neither the secret nor its tail is left.
fn caught(clean: &str, secret: &str) -> bool {
    !clean.contains(secret) && !clean.contains(tail(secret, 8))
}

/// The last letters, all of them ASCII.
fn tail(secret: &str, letters: usize) -> &str {
    secret.get(secret.len().saturating_sub(letters)..).unwrap()
}

/// How many of all, and which kinds were not.
fn share(list: &str, places: &[&str], good: impl Fn(&str, &str) -> bool) -> (f64, Vec<String>) {
    let mut random = Random::new(0x5EED_C0DE_0000_0001);
    let (mut all, mut right, mut wrong) = (0_u32, 0_u32, Vec::new());
    for rule in kinds(list) {
        let (name, rule) = rule.split_once('\t').unwrap();
        for _ in 0..EACH {
            let made = made(rule, &mut random);
            for place in places {
                all += 1;
                if good(place, &made) {
                    right += 1;
                } else {
                    wrong.push(format!("{name}: {}", place.replace('@', &made)));
                }
            }
        }
    }
    (f64::from(right) * 100.0 / f64::from(all), wrong)
}

fn in_text() -> (f64, Vec<String>) {
    share(TOKENS, &TEXTS, |place, secret| {
        caught(&clean(&place.replace('@', secret), Entropic::Yes), secret)
    })
}

fn in_names() -> (f64, Vec<String>) {
    share(TOKENS, &NAMES, |place, secret| {
        caught(&clean(&place.replace('@', secret), Entropic::No), secret)
    })
}

fn untouched() -> (f64, Vec<String>) {
    share(HARMLESS, &["@"], |_, text| {
        clean(text, Entropic::Yes) == text && clean(text, Entropic::No) == text
    })
}

#[test]
fn tokens_are_caught_in_text_and_in_names() {
    let (share, missed) = in_text();
    assert!(share >= 97.0, "{share:.1} % in text, missed:\n{}", missed.join("\n"));
    let (share, missed) = in_names();
    assert!(share >= 95.0, "{share:.1} % in names, missed:\n{}", missed.join("\n"));
}

#[test]
fn every_context_form_is_known() {
    let mut random = Random::new(7);
    let values = [
        "{{62:12}}",
        "{{64:24}}+/{{64:6}}==",
        "{{a:5}}",
        "{{62:4}}\"{{62:8}}",
        "{{62:4}}]{{62:8}}",
        "{{62:4}}'{{62:8}}",
        "{{62:5}})>{{62:7}}",
        "P@{{62:3}}&{{62:9}}",
    ];
    for form in kinds(FORMS) {
        for value in values {
            let value = made(value, &mut random);
            // What would end the form itself is escaped or not there.
            let quoted = form.contains("\"@\"") || form.contains("'@'") || form.contains("\\\"@");
            if form.starts_with('<') && value.contains('>') || quoted && value.contains(['"', '\''])
            {
                continue;
            }
            let text = form.replacen('@', &value, 1).replace("\\t", "\t");
            let clean = clean(&text, Entropic::Yes);
            assert!(!clean.contains(tail(&value, 5)), "{text} -> {clean}");
            assert_eq!(super::text(&clean), clean, "again");
        }
    }
}

#[test]
fn what_is_harmless_stays() {
    let (share, wrong) = untouched();
    let wrong: Vec<String> = wrong
        .iter()
        .map(|line| {
            let text = line.split_once(": ").unwrap().1;
            format!("{line}\n    {}", clean(text, Entropic::Yes))
        })
        .collect();
    assert!(share >= 99.0, "{share:.1} % untouched:\n{}", wrong.join("\n"));
}

/// The guide's figures are these.
#[test]
fn the_guide_says_the_figures() {
    let guide = include_str!("../../../../docs/redaction.md");
    for (what, kinds_of, share) in [
        ("in text", kinds(TOKENS).count(), in_text().0),
        ("in ids, names and paths", kinds(TOKENS).count(), in_names().0),
        ("harmless, left as they are", kinds(HARMLESS).count(), untouched().0),
        ("context forms", kinds(FORMS).count(), 100.0),
    ] {
        let row = format!("| {what} | {kinds_of} | {share:.1} % |");
        assert!(guide.contains(&row), "docs/redaction.md lacks: {row}");
    }
}

/// Lines on which a search that begins anew at every separator or run would take minutes.
#[test]
fn long_lines_take_time_in_proportion() {
    let long = |piece: &str| piece.repeat(30_000 / piece.len());
    for piece in [
        "a_token:",
        "token:",
        "password=",
        "cookie:",
        "a://b:c/",
        "://",
        "authorization:",
        "\"a_key\":\"x",
        "key='x",
        "eyJ",
        "sk-",
        "hvs.AAAAAAAAAAAAAAAA.",
        "-----BEGIN A",
        "AAAAAAAAAAAAAAAA ",
        "4111 ",
        "DE89 ",
        "--token ",
        "[",
        "{\"a\":",
        "\\\"",
        "secret=a/",
        "did:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+",
        "Q~8AAAAAAAAAAAAAAAAA.",
        "<token>",
        "\"data\":[",
        "[redacted:",
        "token=[redacted:token:1]",
        "`",
        "'token':'",
    ] {
        let (begin, text) = (std::time::Instant::now(), long(piece));
        super::text(&text);
        super::copy(&text, 1_000);
        assert!(begin.elapsed().as_secs() < 3, "{piece}: {:?}", begin.elapsed());
    }
}
