//! The members of an audit line that are read; all others are passed over.

use serde::Deserialize;

use crate::event::Text;
use crate::source::clean;
use crate::source::fields::{Items, Loose, Maybe, Member, Members, Present};

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
    pub(super) token_type: Loose<'a>,
    #[serde(borrow)]
    pub(super) token_ttl: Loose<'a>,
    #[serde(borrow)]
    pub(super) token_issue_time: Loose<'a>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Answer<'a> {
    #[serde(borrow)]
    pub(super) auth: Maybe<Auth<'a>>,
    #[serde(borrow)]
    pub(super) secret: Maybe<Secret<'a>>,
    #[serde(borrow)]
    data: Maybe<Data<'a>>,
    /// Vault's and OpenBao's own slip: this member has another name than the request's.
    #[serde(borrow, rename = "mount_running_plugin_version")]
    pub(super) plugin_version: Loose<'a>,
}

impl Answer<'_> {
    /// The version number in `data.metadata`, or that of a write in `data` itself.
    pub(super) fn version(&self, written: bool) -> Option<u64> {
        let data = self.data.0.as_ref()?;
        let found = if written {
            &data.version
        } else {
            data.metadata.0.as_ref().map(|metadata| &metadata.version)?
        };
        match found {
            Loose::Int(_) => found.number(),
            _ => None,
        }
    }

    /// Whether the data hold an `error`.
    pub(super) fn data_error(&self) -> bool {
        self.data.0.as_ref().is_some_and(|data| data.error.0)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Secret<'a> {
    #[serde(borrow)]
    pub(super) lease_id: Loose<'a>,
}

/// Of the answer's data nothing but the version, which is an integer and no secret.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data<'a> {
    #[serde(borrow)]
    metadata: Maybe<DataMetadata<'a>>,
    #[serde(borrow)]
    version: Loose<'a>,
    error: Present,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DataMetadata<'a> {
    #[serde(borrow)]
    version: Loose<'a>,
}
