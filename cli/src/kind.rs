//! What can be set up: every type of destination, and the webhooks with a name of their own.

use registry::Type;

/// One choice of `--type`.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    pub(crate) of: Type,
    /// The webhook's preset.
    pub(crate) preset: Option<&'static str>,
    /// The variable that is proposed for the credential, where one is needed.
    pub(crate) variable: Option<&'static str>,
    /// What is in that variable.
    pub(crate) credential: Option<&'static str>,
}

/// Webhooks whose address is, or needs, a secret of a certain kind: name, variable, credential.
const WEBHOOKS: [(&str, &str, &str); 3] = [
    ("slack", "SLACK_WEBHOOK_URL", "the URL of the incoming webhook"),
    ("teams", "TEAMS_WEBHOOK_URL", "the URL of the workflow"),
    ("pagerduty", "PAGERDUTY_ROUTING_KEY", "the integration key of an Events API v2 integration"),
];

/// All of them, webhooks with a name of their own behind the types.
static KINDS: std::sync::LazyLock<Vec<Kind>> = std::sync::LazyLock::new(|| {
    let types = Type::ALL.iter().map(|of| {
        let (variable, credential) = credential(*of).unzip();
        Kind { name: of.as_str(), of: *of, preset: None, variable, credential }
    });
    let webhooks = WEBHOOKS.iter().map(|(name, variable, credential)| Kind {
        name,
        of: Type::Webhook,
        preset: Some(name),
        variable: Some(variable),
        credential: Some(credential),
    });
    types.chain(webhooks).collect()
});

/// The variable and the credential that a type does not work without.
fn credential(of: Type) -> Option<(&'static str, &'static str)> {
    Some(match of.as_str() {
        "splunk_hec" => ("SPLUNK_HEC_TOKEN", "the token of the HTTP Event Collector"),
        "datadog" => ("DD_API_KEY", "an API key"),
        "elastic" => ("ELASTIC_API_KEY", "an API key, encoded, that may write to the index"),
        _ => return None,
    })
}

impl Kind {
    pub(crate) fn all() -> &'static [Kind] {
        &KINDS
    }

    pub(crate) fn names() -> Vec<&'static str> {
        Kind::all().iter().map(|kind| kind.name).collect()
    }

    pub(crate) fn named(name: &str) -> Option<&'static Kind> {
        Kind::all().iter().find(|kind| kind.name == name)
    }

    /// The key that names the variable with the credential.
    pub(crate) fn secret_key(&self) -> &'static str {
        match self.of.as_str() {
            "splunk_hec" => "token_env",
            "datadog" | "elastic" => "api_key_env",
            _ => "secret_env",
        }
    }

    /// Whether its address is in the file; that of a named webhook is in the credential, or known.
    pub(crate) fn has_address(&self) -> bool {
        self.preset.is_none()
    }

    /// Whether an address that is not given leaves it without one.
    pub(crate) fn needs_address(&self) -> bool {
        let key = self.of.address_key();
        let is_required = |key| self.of.settings().iter().any(|one| one.key == key && one.required);
        self.has_address() && (is_required(key) || self.of == Type::Webhook)
    }

    /// The settings without which it cannot work, but for the address: key and description.
    pub(crate) fn required(&self) -> Vec<(String, String)> {
        let required = self.of.settings().into_iter().filter(|one| one.required);
        let others = required.filter(|one| one.key != self.of.address_key());
        others.map(|one| (one.key, one.description)).collect()
    }
}
