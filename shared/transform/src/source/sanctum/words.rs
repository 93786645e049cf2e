//! What SanctumAI says in words: reasons of its policies, alerts of its anomaly watch, the verbs of its log.

use crate::event::{Decision, ErrorInfo, Policy, Severity, Text};
use crate::source::clean;

/// The reason of a policy's decision, as its texts have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Granted,
    NoMatchingPolicy,
    RateLimited,
    TimeWindow,
}

impl Reason {
    pub(super) fn of(text: &str) -> Option<Reason> {
        let lower = text.to_ascii_lowercase();
        if lower.starts_with("granted by policy") {
            Some(Reason::Granted)
        } else if lower.starts_with("no matching policy") {
            Some(Reason::NoMatchingPolicy)
        } else if lower.starts_with("rate limit exceeded") {
            Some(Reason::RateLimited)
        } else if lower.contains("time window") {
            Some(Reason::TimeWindow)
        } else {
            None
        }
    }

    fn code(self) -> &'static str {
        match self {
            Reason::Granted => "granted",
            Reason::NoMatchingPolicy => "no_matching_policy",
            Reason::RateLimited => "rate_limited",
            Reason::TimeWindow => "time_window",
        }
    }

    pub(super) fn refuses(self) -> bool {
        self != Reason::Granted
    }
}

/// The policy member: its decision, the policy's name, the reason as a code and in words.
pub(super) fn policy<'a>(
    decision: Decision,
    name: Option<Text<'a>>,
    text: Option<&Text<'a>>,
) -> Policy<'a> {
    let reason = text.and_then(|text| Reason::of(text));
    let name = name.or_else(|| text.and_then(|text| quoted(text)));
    let denies = decision == Decision::Deny;
    Policy {
        decision,
        names: name.and_then(|name| clean::clip(name, 256)).into_iter().collect(),
        reason_code: reason.map(|reason| reason.code().into()),
        reason: text.filter(|_| denies).and_then(|text| clean::clip(text.clone(), 1024)),
    }
}

/// The name in `Granted by policy 'cursor-access'`.
fn quoted<'a>(text: &str) -> Option<Text<'a>> {
    let (_, after) = text.split_once("by policy '")?;
    let (name, _) = after.rsplit_once('\'')?;
    Some(Text::from(name.to_owned()))
}

/// The code of SanctumAI's error table for a refusal.
pub(super) fn refusal<'a>(text: Option<&Text<'_>>) -> ErrorInfo<'a> {
    let limited = text.and_then(|text| Reason::of(text)) == Some(Reason::RateLimited);
    let code = if limited { "RATE_LIMITED" } else { "ACCESS_DENIED" };
    ErrorInfo { code: Some(code.into()), message: None }
}

/// `[UnusualFrequency] [High] 40 retrievals in a minute`: what was noticed, and how bad it is.
pub(super) fn anomaly(detail: &str) -> Option<(Text<'static>, Severity)> {
    let (kind, rest) = detail.strip_prefix('[')?.split_once(']')?;
    let (severity, _) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
    Some((Text::from(snake_case(kind)?), severity.parse().ok()?))
}

/// `UnusualFrequency` as `unusual_frequency`.
fn snake_case(word: &str) -> Option<String> {
    let mut out = String::with_capacity(word.len() + 4);
    for character in word.chars() {
        if character.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(character.to_ascii_lowercase());
    }
    crate::event::check::is_reason_code(&out).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_of_the_vault_have_codes() {
        let code = |text: &str| Reason::of(text).map(Reason::code);
        assert_eq!(code("Granted by policy 'ci'"), Some("granted"));
        assert_eq!(code("No matching policy"), Some("no_matching_policy"));
        assert_eq!(code("Rate limit exceeded: 31/30 retrievals per hour"), Some("rate_limited"));
        assert_eq!(code("credential stored"), None);
    }

    #[test]
    fn an_alert_is_read_into_kind_and_severity() {
        let alert = anomaly("[RapidBurstAccess] [Critical] 80 in 10 s");
        assert_eq!(alert, Some(("rapid_burst_access".into(), Severity::Critical)));
        assert_eq!(anomaly("[x] no severity"), None);
        assert_eq!(anomaly("plain"), None);
    }
}
