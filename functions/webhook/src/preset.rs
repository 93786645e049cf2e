//! What the receiver is: it owns the shape of the body and the meaning of the answer.
//!
//! Slack, PagerDuty and Teams each take their own message and nothing else: a plain event sent to a Slack
//! address is answered `no_text`. So a known address chooses its preset, and a preset that does not fit the
//! address is refused before anything is sent.

pub mod generic;
pub mod pagerduty;
pub mod slack;
pub mod teams;

use serde::Deserialize;
use transform::batch::Limits;

/// A kind of receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Any HTTP endpoint: the event in the configured format, signed.
    Generic,
    /// A Slack incoming webhook.
    Slack,
    /// PagerDuty's Events API, version 2.
    Pagerduty,
    /// A Microsoft Teams workflow ("When a Teams webhook request is received").
    Teams,
}

impl Preset {
    /// The preset that an address belongs to, if it is one of the known services'.
    pub fn of_host(host: &str) -> Option<Preset> {
        let host = host.to_ascii_lowercase();
        let below = |domain: &str| {
            host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        };
        if host == "hooks.slack.com" || host == "hooks.slack-gov.com" {
            Some(Preset::Slack)
        } else if host == "events.pagerduty.com" || host == "events.eu.pagerduty.com" {
            Some(Preset::Pagerduty)
        } else if below("webhook.office.com")
            || below("logic.azure.com")
            || below("api.powerplatform.com")
        {
            Some(Preset::Teams)
        } else {
            None
        }
    }

    /// The name that configuration gives it.
    pub fn as_str(self) -> &'static str {
        match self {
            Preset::Generic => "generic",
            Preset::Slack => "slack",
            Preset::Pagerduty => "pagerduty",
            Preset::Teams => "teams",
        }
    }

    /// What one request may hold, given the configured batch size.
    pub fn limits(self, batch_size: usize) -> Limits {
        match self {
            Preset::Generic => generic::limits(batch_size),
            Preset::Slack => slack::limits(batch_size),
            Preset::Pagerduty => pagerduty::limits(),
            Preset::Teams => teams::limits(batch_size),
        }
    }
}

/// Cuts a text to so many characters (never bytes: a cut inside one has lost pages before), with an ellipsis.
pub(crate) fn clip(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(characters.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_address_chooses_its_preset() {
        for (host, preset) in [
            ("hooks.slack.com", Some(Preset::Slack)),
            ("events.eu.pagerduty.com", Some(Preset::Pagerduty)),
            ("acme.webhook.office.com", Some(Preset::Teams)),
            ("prod-12.westeurope.logic.azure.com", Some(Preset::Teams)),
            ("notlogic.azure.com", None),
            ("hooks.slack.com.evil.example", None),
            ("siem.example.com", None),
        ] {
            assert_eq!(Preset::of_host(host), preset, "{host}");
        }
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("äöüß", 4), "äöüß");
        assert_eq!(clip("äöüßx", 4), "äöü…");
    }
}
