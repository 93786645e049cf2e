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
use url::Url;

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
    ///
    /// Slack's workflows and triggers (`/workflows/`, `/triggers/`) are at the same host and take what their makers
    /// gave them: they have no preset.
    pub fn of_address(url: &Url) -> Option<Preset> {
        let host = url.host_str()?.to_ascii_lowercase();
        let below = |domain: &str| {
            host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
        };
        if host == "hooks.slack.com" || host == "hooks.slack-gov.com" {
            let own = ["/workflows/", "/triggers/"];
            (!own.iter().any(|path| url.path().starts_with(path))).then_some(Preset::Slack)
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
        for (address, preset) in [
            ("hooks.slack.com/services/T0/B0/x", Some(Preset::Slack)),
            ("hooks.slack.com", Some(Preset::Slack)),
            ("hooks.slack.com/workflows/T0/A0/1/x", None),
            ("hooks.slack.com/triggers/E0/1/x", None),
            ("events.eu.pagerduty.com", Some(Preset::Pagerduty)),
            ("acme.webhook.office.com", Some(Preset::Teams)),
            ("prod-12.westeurope.logic.azure.com", Some(Preset::Teams)),
            ("notlogic.azure.com", None),
            ("hooks.slack.com.evil.example", None),
            ("siem.example.com", None),
        ] {
            let url = format!("https://{address}").parse().unwrap();
            assert_eq!(Preset::of_address(&url), preset, "{address}");
        }
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("äöüß", 4), "äöüß");
        assert_eq!(clip("äöüßx", 4), "äöü…");
    }
}
