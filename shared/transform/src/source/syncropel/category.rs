//! Which of four categories a record is of.

use super::body::Body;

/// Syncropel's four categories; a record that fits several is of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Governance,
    Decision,
    Dispatch,
    System,
}

impl Category {
    /// The category by the line's word and by the documented rules on actor, act and topic.
    pub(super) fn of(word: &str, actor: &str, act: &str, body: &Body<'_>) -> Option<Category> {
        let topic = body.topic.as_str();
        if word == "governance" || actor == "did:sync:system:governance" || is_refusal(body) {
            Some(Category::Governance)
        } else if matches!(word, "aitl" | "decision") || (act == "KNOW" && is_verdict(body)) {
            Some(Category::Decision)
        } else if word == "dispatch" || topic == "dispatch_complete" {
            Some(Category::Dispatch)
        } else if word == "system" || actor.starts_with("did:sync:system:") {
            Some(Category::System)
        } else {
            None
        }
    }

    /// The newer name where there are two.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Category::Governance => "governance",
            Category::Decision => "decision",
            Category::Dispatch => "dispatch",
            Category::System => "system",
        }
    }
}

pub(super) fn is_refusal(body: &Body<'_>) -> bool {
    matches!(body.topic.as_str(), "permission_denied" | "namespace_rejected")
        || body.code.as_str() == "NAMESPACE_REJECTED"
}

fn is_verdict(body: &Body<'_>) -> bool {
    matches!(body.verdict.as_str(), "accept" | "reject")
}
