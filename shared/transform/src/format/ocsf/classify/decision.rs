//! What a policy, a guard or a person decided: Detection Finding with `security_control`, the only class of
//! OCSF 1.3.0 that can say action, disposition, rule and evidence at once.

use super::Kind;
use super::words::Action;
use crate::event::{Decision, Event, Outcome};
use crate::format::ocsf::schema::{DETECTION_FINDING, Status};

/// What was decided.
#[derive(Debug)]
pub(crate) struct Ruling {
    /// `action_id` (required with the profile), `disposition_id`, and their captions.
    pub(crate) members: &'static str,
    /// The word in `authorizations[].decision`.
    pub(crate) decision: Option<&'static str>,
    /// How a finding's title ends.
    pub(crate) title: &'static str,
}

/// Not `Blocked`: the schema calls 26 the more specific one for a failed authorization.
static UNAUTHORIZED: Ruling = Ruling {
    members: r#""action_id":2,"action":"Denied","disposition_id":26,"disposition":"Unauthorized""#,
    decision: Some("denied"),
    title: " refused by policy",
};
static BLOCKED: Ruling = Ruling {
    members: r#""action_id":2,"action":"Denied","disposition_id":2,"disposition":"Blocked""#,
    decision: Some("denied"),
    title: " blocked by a guard",
};
static ACCESS_REVOKED: Ruling = Ruling {
    members: r#""action_id":2,"action":"Denied","disposition_id":24,"disposition":"Access Revoked""#,
    decision: Some("denied"),
    title: " quarantined by policy",
};
static DETECTED: Ruling = Ruling {
    members: r#""action_id":1,"action":"Allowed","disposition_id":15,"disposition":"Detected""#,
    decision: Some("allowed"),
    title: " allowed, but unusual",
};
static DELAYED: Ruling = Ruling {
    members: r#""action_id":0,"action":"Unknown","disposition_id":14,"disposition":"Delayed""#,
    decision: None,
    title: " waits for a decision",
};
static APPROVED: Ruling = Ruling {
    members: r#""action_id":1,"action":"Allowed","disposition_id":8,"disposition":"Approved""#,
    decision: Some("approved"),
    title: " approved",
};
static REJECTED: Ruling = Ruling {
    members: r#""action_id":2,"action":"Denied","disposition_id":25,"disposition":"Rejected""#,
    decision: Some("rejected"),
    title: " rejected",
};
static EXPIRED: Ruling = Ruling {
    members: r#""action_id":2,"action":"Denied","disposition_id":99,"disposition":"Expired""#,
    decision: Some("expired"),
    title: " expired undecided",
};
static UNDECIDED: Ruling = Ruling {
    members: r#""action_id":0,"action":"Unknown","disposition_id":0,"disposition":"Unknown""#,
    decision: None,
    title: " reported against policy",
};

fn finding<'e>(
    event: &'e Event<'_>,
    activity: u8,
    status: Status,
    ruling: &'static Ruling,
) -> Kind<'e> {
    Kind { status, ruling: Some(ruling), ..Kind::known(&DETECTION_FINDING, event, Some(activity)) }
}

/// A refusal, or an anomaly that was let through.
pub(super) fn violation<'e>(event: &'e Event<'_>) -> Kind<'e> {
    let decision = event.policy.as_ref().map(|policy| policy.decision);
    let refused = matches!(event.outcome, Outcome::Denied | Outcome::Failure)
        || decision == Some(Decision::Deny);
    let ruling = match decision {
        Some(Decision::Quarantine) => &ACCESS_REVOKED,
        Some(Decision::RequireApproval) if event.outcome != Outcome::Denied => &DELAYED,
        _ if refused && is_guarded(event) => &BLOCKED,
        _ if refused => &UNAUTHORIZED,
        _ if event.outcome == Outcome::Success => &DETECTED,
        _ if event.outcome == Outcome::Pending => &DELAYED,
        _ => &UNDECIDED,
    };
    finding(event, 1, Status::New, ruling)
}

/// Whether a guard stopped it (SSRF, rate, burst) and not a lack of permission.
fn is_guarded(event: &Event<'_>) -> bool {
    let reason = event.policy.as_ref().and_then(|policy| policy.reason_code.as_deref());
    let error = event.error.as_ref().and_then(|error| error.code.as_deref());
    [reason, error].into_iter().flatten().any(names_a_guard)
}

fn names_a_guard(code: &str) -> bool {
    const GUARDS: [&str; 5] = ["ssrf", "rate_limit", "ratelimit", "burst", "throttl"];
    GUARDS.iter().any(|guard| {
        code.as_bytes().windows(guard.len()).any(|part| part.eq_ignore_ascii_case(guard.as_bytes()))
    })
}

/// A decision of a person or reviewer: one finding from the question to its answer.
pub(super) fn decision<'e>(event: &'e Event<'_>, action: Action<'e>) -> Kind<'e> {
    let close = |ruling| finding(event, 3, Status::Resolved, ruling);
    if action.has(&["quarantine", "quarantined"]) {
        return finding(event, 1, Status::New, &ACCESS_REVOKED);
    }
    if action.has(&["escalate", "escalated", "reassign", "reassigned", "delegate"]) {
        return finding(event, 2, Status::InProgress, &DELAYED);
    }
    if action.has(&["expire", "expired", "timeout"]) {
        return close(&EXPIRED);
    }
    if action.has(&["reject", "rejected", "deny", "decline"]) || event.outcome == Outcome::Denied {
        return close(&REJECTED);
    }
    if action.has(&["accept", "accepted", "approve", "approved"])
        && event.outcome != Outcome::Failure
    {
        return close(&APPROVED);
    }
    if event.outcome == Outcome::Pending || action.has(&["request", "ask"]) {
        return finding(event, 1, Status::New, &DELAYED);
    }
    let unknown = Kind::known(&DETECTION_FINDING, event, None);
    Kind { status: Status::Unknown, ruling: Some(&UNDECIDED), ..unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_known_by_its_code_in_any_case() {
        for code in ["rate_limited", "RATE_LIMIT", "SSRF_BLOCKED", "RapidBurstAccess"] {
            assert!(names_a_guard(code), "{code}");
        }
        for code in ["no_matching_policy", "ACCESS_DENIED", "rate", ""] {
            assert!(!names_a_guard(code), "{code}");
        }
    }
}
