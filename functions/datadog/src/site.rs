//! Datadog's sites and the hosts that belong to each.
//!
//! The nine are the enumeration of Datadog's own client and of the page "Send logs"
//! (<https://docs.datadoghq.com/api/latest/logs/>). New ones appear, so another name is taken too, with a warning.

use std::str::FromStr;

use serde::Deserialize;

/// The sites that Datadog documents.
pub const KNOWN: [&str; 9] = [
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "datadoghq.eu",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "ddog-gov.com",
    "us2.ddog-gov.com",
];

/// A site, `datadoghq.eu`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Site(String);

impl Default for Site {
    fn default() -> Site {
        Site(KNOWN[0].to_owned())
    }
}

impl Site {
    /// Where logs go.
    pub fn intake(&self) -> String {
        format!("https://http-intake.logs.{}", self.0)
    }

    /// Where a key can be validated: another host than the intake.
    pub fn api(&self) -> String {
        format!("https://api.{}", self.0)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Datadog documents it.
    pub fn is_known(&self) -> bool {
        KNOWN.contains(&self.0.as_str())
    }
}

impl FromStr for Site {
    type Err = String;

    /// Takes the bare name; people also paste `https://app.datadoghq.eu/`.
    fn from_str(text: &str) -> Result<Site, String> {
        let name = text.trim().trim_start_matches("https://").trim_end_matches('/');
        let name = name.strip_prefix("app.").unwrap_or(name).to_ascii_lowercase();
        let is_host = |name: &str| {
            name.contains('.')
                && name.split('.').all(|part| {
                    !part.is_empty()
                        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                })
        };
        if is_host(&name) {
            Ok(Site(name))
        } else {
            Err(format!("must be a Datadog site: one of {}", KNOWN.join(", ")))
        }
    }
}

impl TryFrom<String> for Site {
    type Error = String;

    fn try_from(text: String) -> Result<Site, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_site_has_its_own_hosts() {
        for name in KNOWN {
            let site: Site = name.parse().unwrap();
            assert!(site.is_known());
            assert_eq!(site.intake(), format!("https://http-intake.logs.{name}"));
            assert_eq!(site.api(), format!("https://api.{name}"));
        }
    }

    #[test]
    fn what_people_paste_is_understood() {
        assert_eq!("https://app.datadoghq.eu/".parse::<Site>().unwrap().as_str(), "datadoghq.eu");
        assert!(!"new1.datadoghq.com".parse::<Site>().unwrap().is_known());
        for wrong in ["EU", "", "https://evil.example/path", "a b.com"] {
            assert!(wrong.parse::<Site>().unwrap_err().contains("us5.datadoghq.com"), "{wrong}");
        }
    }
}
