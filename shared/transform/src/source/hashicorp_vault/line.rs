//! The members of an audit line that are read; all others are passed over.

use serde::Deserialize;

use super::answer::Data;
use crate::event::Text;
use crate::json::cursor::{self, Cursor, Read, Unknown};
use crate::source::fields::{Items, Loose, Maybe, Member, Members, Present, Texts, members};
use crate::source::{ParseError, clean};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) time: Loose<'a>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Loose<'a>,
    #[serde(borrow)]
    pub(super) auth: Maybe<Auth<'a>>,
    #[serde(borrow)]
    pub(super) request: Maybe<Asked<'a>>,
    #[serde(borrow)]
    pub(super) response: Maybe<Answer<'a>>,
    #[serde(borrow)]
    pub(super) error: Loose<'a>,
    #[serde(borrow)]
    pub(super) forwarded_from: Loose<'a>,
    #[serde(borrow)]
    pub(super) forwarded: Loose<'a>,
}

impl<'a> Line<'a> {
    /// Reads a line: quickly, and where that does not do, again in the general way, which also says what is wrong.
    pub(super) fn read(text: &'a str) -> Result<Line<'a>, ParseError> {
        let mut line = Line::default();
        match cursor::fill(&mut line, text, Unknown::Passed) {
            Ok(()) => Ok(line),
            Err(_) => clean::parse(text),
        }
    }
}

/// Who is logged on, or what a log-on gave.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Auth<'a> {
    #[serde(borrow)]
    pub(super) accessor: Loose<'a>,
    #[serde(borrow)]
    pub(super) display_name: Loose<'a>,
    #[serde(borrow)]
    pub(super) entity_id: Loose<'a>,
    #[serde(borrow)]
    pub(super) metadata: Members<Member<'a>>,
    #[serde(borrow)]
    pub(super) policy_results: Maybe<PolicyResults<'a>>,
    #[serde(borrow)]
    pub(super) policies: Items<Loose<'a>>,
    pub(super) client_token: Present,
    pub(super) mfa_requirement: Present,
    #[serde(borrow)]
    pub(super) orphan: Loose<'a>,
    #[serde(borrow)]
    pub(super) token_type: Loose<'a>,
    #[serde(borrow)]
    pub(super) token_ttl: Loose<'a>,
    #[serde(borrow)]
    pub(super) token_issue_time: Loose<'a>,
}

impl<'a> Auth<'a> {
    /// The token's policies, each once, at most 32.
    pub(super) fn policy_names(&self) -> Vec<Text<'a>> {
        let mut names: Vec<Text<'a>> = Vec::with_capacity(self.policies.0.len().min(32));
        for policy in self.policies.0.iter().take(32) {
            names.extend(policy.clone().text().and_then(|name| clean::clip(name, 256)));
        }
        names
    }

    /// Whether it is a token that nothing is refused to.
    pub(super) fn is_root(&self) -> bool {
        self.policies.0.iter().any(|policy| policy.as_str() == "root")
    }

    /// Whether it holds a token; the first of two log-on phases has none.
    pub(super) fn has_token(&self) -> bool {
        let told = [&self.accessor, &self.display_name, &self.entity_id];
        !self.mfa_requirement.0
            && (self.client_token.0 || told.iter().any(|text| !text.as_str().is_empty()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PolicyResults<'a> {
    #[serde(borrow)]
    pub(super) allowed: Loose<'a>,
    #[serde(borrow)]
    granting_policies: Items<Maybe<Granting<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Granting<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
}

impl<'a> PolicyResults<'a> {
    /// The granting policies' names, each once, at most 32.
    pub(super) fn names(&self) -> Vec<Text<'a>> {
        let mut names: Vec<Text<'a>> = Vec::new();
        for policy in self.granting_policies.0.iter().filter_map(|policy| policy.0.as_ref()) {
            let name = policy.name.clone().text().and_then(|name| clean::clip(name, 256));
            if let Some(name) = name.filter(|name| names.len() < 32 && !names.contains(name)) {
                names.push(name);
            }
        }
        names
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked<'a> {
    #[serde(borrow)]
    pub(super) id: Loose<'a>,
    #[serde(borrow)]
    pub(super) operation: Loose<'a>,
    #[serde(borrow)]
    pub(super) path: Loose<'a>,
    #[serde(borrow)]
    pub(super) namespace: Maybe<Namespace<'a>>,
    #[serde(borrow)]
    pub(super) remote_address: Loose<'a>,
    #[serde(borrow)]
    pub(super) remote_port: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_point: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_type: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_accessor: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_running_version: Loose<'a>,
    #[serde(borrow)]
    pub(super) mount_class: Loose<'a>,
    #[serde(borrow)]
    pub(super) client_id: Loose<'a>,
    #[serde(borrow)]
    pub(super) headers: Maybe<Headers<'a>>,
    pub(super) data: Maybe<Sent>,
    #[serde(borrow)]
    pub(super) client_token_accessor: Loose<'a>,
    #[serde(borrow)]
    pub(super) client_certificate_serial_number: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Namespace<'a> {
    #[serde(borrow)]
    id: Loose<'a>,
    #[serde(borrow)]
    path: Loose<'a>,
}

impl<'a> Namespace<'a> {
    /// The namespace's path without its last slash; the root namespace has none, only its id.
    pub(super) fn name(self) -> Option<Text<'a>> {
        let path = self.path.as_str().trim_end_matches('/');
        let name = if path.is_empty() {
            self.id.text()
        } else if path.len() == self.path.as_str().len() {
            self.path.text()
        } else {
            Some(Text::from(path.to_owned()))
        };
        name.and_then(|name| clean::clip(name, 256))
    }
}

impl Namespace<'_> {
    /// The path with its last slash, as it stands before mount points.
    pub(super) fn prefix(&self) -> &str {
        self.path.as_str()
    }
}

/// The headers that are kept where an audit device is told to write them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Headers<'a> {
    #[serde(borrow, rename = "user-agent", alias = "User-Agent")]
    pub(super) user_agent: Texts<'a>,
    #[serde(borrow, rename = "x-forwarded-for", alias = "X-Forwarded-For")]
    pub(super) forwarded_for: Texts<'a>,
}

/// Of what was sent only whether a member was there: names stand in clear, values are never read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    pub(super) policies: Present,
    pub(super) max_versions: Present,
    pub(super) cas_required: Present,
    pub(super) delete_version_after: Present,
}

impl Sent {
    /// Whether these are settings of the second version of the key-value engine.
    pub(super) fn is_kv_config(&self) -> bool {
        self.max_versions.0 || self.cas_required.0 || self.delete_version_after.0
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    pub(super) auth: Maybe<Auth<'a>>,
    #[serde(borrow)]
    pub(super) secret: Maybe<Secret<'a>>,
    pub(super) data: Maybe<Data>,
    #[serde(borrow)]
    pub(super) wrap_info: Maybe<WrapInfo<'a>>,
    /// Vault's and OpenBao's own slip: this member has another name than the request's.
    #[serde(borrow, rename = "mount_running_plugin_version")]
    pub(super) plugin_version: Loose<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Secret<'a> {
    #[serde(borrow)]
    pub(super) lease_id: Loose<'a>,
}

/// That the answer was wrapped; never the token that unwraps it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WrapInfo<'a> {
    #[serde(borrow)]
    pub(super) ttl: Loose<'a>,
    #[serde(borrow)]
    pub(super) creation_path: Loose<'a>,
    #[serde(borrow)]
    pub(super) accessor: Loose<'a>,
}

members!('a, Line<'a> {
    "time" => time,
    "type" => kind,
    "auth" => auth,
    "request" => request,
    "response" => response,
    "error" => error,
    "forwarded_from" => forwarded_from,
    "forwarded" => forwarded,
});

members!('a, Auth<'a> {
    "accessor" => accessor,
    "display_name" => display_name,
    "entity_id" => entity_id,
    "metadata" => metadata,
    "policy_results" => policy_results,
    "policies" => policies,
    "client_token" => client_token,
    "mfa_requirement" => mfa_requirement,
    "orphan" => orphan,
    "token_type" => token_type,
    "token_ttl" => token_ttl,
    "token_issue_time" => token_issue_time,
});

members!('a, PolicyResults<'a> {
    "allowed" => allowed,
    "granting_policies" => granting_policies,
});

members!('a, Granting<'a> {
    "name" => name,
});

members!('a, Asked<'a> {
    "id" => id,
    "operation" => operation,
    "path" => path,
    "namespace" => namespace,
    "remote_address" => remote_address,
    "remote_port" => remote_port,
    "mount_point" => mount_point,
    "mount_type" => mount_type,
    "mount_accessor" => mount_accessor,
    "mount_running_version" => mount_running_version,
    "mount_class" => mount_class,
    "client_id" => client_id,
    "headers" => headers,
    "data" => data,
    "client_token_accessor" => client_token_accessor,
    "client_certificate_serial_number" => client_certificate_serial_number,
});

members!('a, Namespace<'a> {
    "id" => id,
    "path" => path,
});

members!('a, Headers<'a> {
    "user-agent" | "User-Agent" => user_agent,
    "x-forwarded-for" | "X-Forwarded-For" => forwarded_for,
});

members!('a, Sent {
    "policies" => policies,
    "max_versions" => max_versions,
    "cas_required" => cas_required,
    "delete_version_after" => delete_version_after,
});

members!('a, Answer<'a> {
    "auth" => auth,
    "secret" => secret,
    "data" => data,
    "wrap_info" => wrap_info,
    "mount_running_plugin_version" => plugin_version,
});

members!('a, Secret<'a> {
    "lease_id" => lease_id,
});

members!('a, WrapInfo<'a> {
    "ttl" => ttl,
    "creation_path" => creation_path,
    "accessor" => accessor,
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The quick reader gives nothing, or what the general one gives.
    fn check(text: &str) -> Result<bool, String> {
        let mut line = Line::default();
        let quick = cursor::fill(&mut line, text, Unknown::Passed).ok();
        let general = serde_json::from_str::<Line<'_>>(text);
        match (quick, general) {
            (Some(()), Ok(general)) if format!("{line:?}") == format!("{general:?}") => Ok(true),
            // Numbers that nobody asks for need not fit in any type.
            (Some(()), Err(error)) if error.to_string().starts_with("number out of range") => {
                Ok(true)
            }
            (Some(()), general) => Err(format!("{text}\n{line:?}\n{general:?}")),
            (None, _) => Ok(false),
        }
    }

    #[test]
    fn whole_lines_are_read_quickly() {
        let golden = include_str!("../../../../../samples/hashicorp_vault/audit.jsonl");
        for text in golden.lines().filter(|text| text.starts_with('{')) {
            assert_eq!(check(text), Ok(true));
        }
    }

    fn value() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
            "\"([a-z]|\\\\n|\\\\u00e9|\\\\ud83d|é|\t){0,6}\"",
            "[a-z{}\"]{0,3}",
        ];
        scalar.prop_recursive(4, 24, 4, |inner| {
            let name = prop_oneof![
                Just("type"),
                Just("time"),
                Just("auth"),
                Just("request"),
                Just("response"),
                Just("metadata"),
                Just("policies"),
                Just("data"),
                Just("version"),
                Just("headers"),
                Just("user-agent"),
                Just("X-Forwarded-For"),
                Just("namespace"),
                Just("id"),
                Just("policy_results"),
                Just("granting_policies"),
                Just("allowed"),
                Just("name"),
                Just("client_token"),
                Just("cas_required"),
                Just("complete"),
                Just("error"),
                Just("other"),
                Just("remote_port"),
                Just("wrap_info"),
                Just("http_status_code"),
            ];
            let members = proptest::collection::vec((name, inner.clone()), 0..5).prop_map(|all| {
                let all: Vec<String> =
                    all.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
                format!("{{{}}}", all.join(","))
            });
            let items = proptest::collection::vec(inner, 0..3);
            prop_oneof![3 => members, 1 => items.prop_map(|all| format!("[{}]", all.join(" ,")))]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn the_quick_reader_reads_what_the_general_one_reads(text in value(), tail in "[ }\n]{0,2}") {
            prop_assert!(check(&format!("{text}{tail}")).is_ok(), "{:?}", check(&format!("{text}{tail}")));
        }
    }
}
