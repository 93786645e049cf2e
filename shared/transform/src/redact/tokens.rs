//! Tokens that say by their shape what they are.
//!
//! Prefixes and lengths as their makers publish them for secret scanners: AWS (IAM identifiers), GitHub, GitLab,
//! Slack, Stripe, OpenAI, Anthropic, Google, HashiCorp Vault (token prefixes since 1.10, and the older
//! `s.`, `b.`, `r.` with 24 characters), RFC 7519, RFC 7468. Minimum lengths are a little below the
//! published ones, so that a token cut by a log's own limit is still one.

#![expect(clippy::doc_markdown, reason = "GitHub and OpenAI are names, not code")]

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::scan::{Hit, after, before, begins_word, ends_with_any_case, extent, in_run};

/// A prefix at the beginning of a word, and what must follow.
struct Prefix {
    text: &'static [u8],
    least: usize,
    tail: fn(u8) -> bool,
    kind: &'static str,
}

const fn prefix(
    text: &'static str,
    least: usize,
    tail: fn(u8) -> bool,
    kind: &'static str,
) -> Prefix {
    Prefix { text: text.as_bytes(), least, tail, kind }
}

/// Longer prefixes before their beginnings: `sk-ant-` before `sk-`.
static PREFIXES: &[Prefix] = &[
    prefix("AKIA", 16, upper, "aws_key"),
    prefix("ASIA", 16, upper, "aws_key"),
    prefix("ABIA", 16, upper, "aws_key"),
    prefix("ghp_", 20, word, "github"),
    prefix("gho_", 20, word, "github"),
    prefix("ghu_", 20, word, "github"),
    prefix("ghs_", 20, word, "github"),
    prefix("ghr_", 20, word, "github"),
    prefix("github_pat_", 20, word, "github"),
    prefix("glpat-", 16, word, "gitlab"),
    prefix("gldt-", 16, word, "gitlab"),
    prefix("glrt-", 16, word, "gitlab"),
    prefix("glptt-", 16, word, "gitlab"),
    prefix("glcbt-", 16, word, "gitlab"),
    prefix("glsoat-", 16, word, "gitlab"),
    prefix("xoxa-", 11, word, "slack"),
    prefix("xoxb-", 11, word, "slack"),
    prefix("xoxc-", 11, word, "slack"),
    prefix("xoxd-", 11, word, "slack"),
    prefix("xoxe-", 11, word, "slack"),
    prefix("xoxp-", 11, word, "slack"),
    prefix("xoxr-", 11, word, "slack"),
    prefix("xoxs-", 11, word, "slack"),
    prefix("xapp-", 11, word, "slack"),
    prefix("sk_live_", 8, word, "stripe"),
    prefix("sk_test_", 8, word, "stripe"),
    prefix("rk_live_", 8, word, "stripe"),
    prefix("rk_test_", 8, word, "stripe"),
    prefix("whsec_", 12, in_run, "webhook_key"),
    prefix("sk-ant-", 12, word, "anthropic"),
    prefix("sk-proj-", 12, word, "openai"),
    prefix("sk-svcacct-", 12, word, "openai"),
    prefix("sk-admin-", 12, word, "openai"),
    prefix("sk-", 32, alphanumeric, "openai"),
    prefix("AIza", 30, word, "google"),
    prefix("GOCSPX-", 20, word, "google"),
    prefix("npm_", 30, alphanumeric, "npm"),
    prefix("pypi-", 40, word, "pypi"),
    prefix("hf_", 30, alphanumeric, "huggingface"),
    prefix("dop_v1_", 40, alphanumeric, "digitalocean"),
    prefix("shpat_", 30, alphanumeric, "shopify"),
    prefix("ATATT3", 40, word, "atlassian"),
    prefix("AGE-SECRET-KEY-1", 40, upper, "age_key"),
    prefix("eyJ", 14, word, "jwt"),
];

/// Prefixes that end in a dot, at which a run begins.
static DOTTED: &[(&[u8], &str)] = &[
    (b"hvs.", "vault_token"),
    (b"hvb.", "vault_token"),
    (b"hvr.", "vault_token"),
    (b"ya29.", "google"),
    (b"SG.", "sendgrid"),
];

/// Looks at one run of token characters.
pub(super) fn inspect(bytes: &[u8], run: &Range<usize>, hits: &mut Vec<Hit>) {
    if before(bytes, run.start)
        .last()
        .is_some_and(|byte| matches!(byte, b'.' | b' ' | b'-' | b'\n'))
    {
        preceded(bytes, run, hits);
    }
    let mut at = run.start;
    while at < run.end {
        let starts = bytes.get(at).is_some_and(|byte| FIRST[usize::from(*byte)]);
        if starts
            && begins_word(bytes, at)
            && let Some(hit) = prefixed(bytes, at)
        {
            at = hit.range.end;
            hits.push(hit);
        } else {
            at += 1;
        }
    }
    if bytes.len() > 40
        && let Some(hit) = pem(bytes, run)
    {
        hits.push(hit);
    }
}

fn prefixed(bytes: &[u8], at: usize) -> Option<Hit> {
    let rest = after(bytes, at);
    let start = rest.first_chunk::<2>()?;
    let prefix = PREFIXES.iter().find(|prefix| {
        // Two bytes rule out nearly all of them, for less than the call that compares the rest costs.
        prefix.text.first_chunk::<2>() == Some(start) && rest.starts_with(prefix.text)
    })?;
    let end = extent(bytes, at + prefix.text.len(), prefix.tail);
    if end - at - prefix.text.len() < prefix.least {
        return None;
    }
    let exact = prefix.kind != "aws_key" || !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric);
    let end = if prefix.kind == "jwt" {
        extent(bytes, end, |byte| word(byte) || byte == b'.')
    } else {
        end
    };
    exact.then_some(Hit { range: at..end, kind: prefix.kind })
}

/// Runs that are secrets by what stands before them.
fn preceded(bytes: &[u8], run: &Range<usize>, hits: &mut Vec<Hit>) {
    let head = before(bytes, run.start);
    for (prefix, kind) in DOTTED {
        if head.ends_with(prefix) && begins_word(bytes, run.start - prefix.len()) {
            let end = extent(bytes, run.end, |byte| word(byte) || byte == b'.');
            hits.push(Hit { range: run.start - prefix.len()..end, kind });
        }
    }
    if let [.., b's' | b'b' | b'r', b'.'] = head
        && begins_word(bytes, run.start - 2)
        && is_old_vault_token(bytes.get(run.clone()).unwrap_or_default())
    {
        hits.push(Hit { range: run.start - 2..run.end, kind: "vault_token" });
    }
    let digits = after(bytes, run.start).iter().take(run.len()).any(u8::is_ascii_digit);
    if digits && ends_with_any_case(head, b"bearer ") {
        let end = extent(bytes, run.end, |byte| in_run(byte) || matches!(byte, b'.' | b'~' | b'='));
        hits.push(Hit { range: run.start..end, kind: "bearer" });
    }
    if ends_with_any_case(head, b"basic ") {
        let end = extent(bytes, run.end, |byte| byte == b'=');
        if is_user_and_password(bytes.get(run.start..end).unwrap_or_default()) {
            hits.push(Hit { range: run.start..end, kind: "basic_auth" });
        }
    }
    if head.ends_with(b"hooks.slack.") && after(bytes, run.start).starts_with(b"com/") {
        hits.push(Hit { range: run.start + 4..run.end, kind: "webhook_url" });
    }
}

/// 24 characters of base 62, in both cases, as no word is.
fn is_old_vault_token(tail: &[u8]) -> bool {
    tail.len() == 24
        && tail.iter().all(u8::is_ascii_alphanumeric)
        && tail.iter().any(u8::is_ascii_uppercase)
        && tail.iter().any(u8::is_ascii_lowercase)
}

/// Base64 of `user:password`, RFC 7617.
fn is_user_and_password(encoded: &[u8]) -> bool {
    STANDARD.decode(encoded).is_ok_and(|plain| plain.contains(&b':'))
}

/// A PEM block (RFC 7468) whose body this run is part of: from its BEGIN line to its END line, or to the text's
/// end where that is cut off.
fn pem(bytes: &[u8], run: &Range<usize>) -> Option<Hit> {
    let start = memchr::memmem::rfind(before(bytes, run.start + 11), b"-----BEGIN ")?;
    let body = after(bytes, start);
    let end = match memchr::memmem::find(body, b"-----END ") {
        Some(at) if start + at < run.start => return None,
        Some(at) => {
            let label = start + at + 9;
            let dashes = memchr::memmem::find(after(bytes, label), b"-----");
            dashes.map_or(bytes.len(), |dashes| label + dashes + 5)
        }
        None => bytes.len(),
    };
    Some(Hit { range: start..end, kind: "pem" })
}

fn upper(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The first bytes of all [`PREFIXES`].
static FIRST: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < PREFIXES.len() {
        table[PREFIXES[at].text[0] as usize] = true;
        at += 1;
    }
    table
};
