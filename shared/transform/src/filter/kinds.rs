//! Classes, SanctumAI's kind names, and categories, by the names that people give them.
//!
//! SanctumAI's own export library filters by 18 kind names. Four of them are classes here too; each of the others
//! is a class with some actions or outcomes, so that a list written for that library goes on working, for events of
//! other vaults as well. An event that carries the kind in `origin.event_type` matches by that alone.

use std::str::FromStr;

use crate::event::{Category, Class, Event, Outcome};

/// A set of classes, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes(u16);

impl Classes {
    pub(super) fn contain(self, class: Class) -> bool {
        self.0 & bit(class as u16) != 0
    }
}

/// A class by its name, for lists that take no kind names.
pub(super) struct ClassName(Class);

impl FromIterator<ClassName> for Classes {
    fn from_iter<I: IntoIterator<Item = ClassName>>(names: I) -> Classes {
        Classes(names.into_iter().fold(0, |bits, ClassName(class)| bits | bit(class as u16)))
    }
}

/// Classes and SanctumAI's kinds; empty means all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Kinds {
    classes: Classes,
    aliases: Vec<&'static Alias>,
}

impl Kinds {
    pub(super) fn admit(&self, event: &Event<'_>) -> bool {
        (self.classes.0 == 0 && self.aliases.is_empty())
            || self.classes.contain(event.class)
            || self.aliases.iter().any(|alias| alias.matches(event))
    }
}

/// One name of `include_classes`.
pub(super) enum Kind {
    Class(Class),
    Alias(&'static str),
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(names: I) -> Kinds {
        let mut kinds = Kinds::default();
        for name in names {
            match name {
                Kind::Class(class) => kinds.classes.0 |= bit(class as u16),
                Kind::Alias(name) => {
                    kinds.aliases.extend(ALIASES.iter().filter(|alias| alias.kind == name));
                }
            }
        }
        kinds
    }
}

/// A kind of SanctumAI's library, said in classes, verbs and outcomes.
#[derive(Debug, PartialEq)]
pub(super) struct Alias {
    kind: &'static str,
    class: Class,
    /// Verbs without their qualifier; empty means any.
    verbs: &'static [&'static str],
    /// Empty means any.
    outcomes: &'static [Outcome],
}

impl Alias {
    fn matches(&self, event: &Event<'_>) -> bool {
        self.is_of_kind(event) || self.is_said_by(event)
    }

    fn is_of_kind(&self, event: &Event<'_>) -> bool {
        let kind = event.origin.as_ref().and_then(|origin| origin.event_type.as_ref());
        kind.is_some_and(|kind| kind.as_str() == self.kind)
    }

    fn is_said_by(&self, event: &Event<'_>) -> bool {
        let verb = event.action.split([':', '.']).next().unwrap_or_default();
        event.class == self.class
            && (self.verbs.is_empty() || self.verbs.contains(&verb))
            && (self.outcomes.is_empty() || self.outcomes.contains(&event.outcome))
    }
}

const fn alias(
    kind: &'static str,
    class: Class,
    verbs: &'static [&'static str],
    outcomes: &'static [Outcome],
) -> Alias {
    Alias { kind, class, verbs, outcomes }
}

/// The library's kinds that are no class of the contract; `PolicyViolation` and `ConfigChange` are both.
/// The library has no kind for a rotation: it says `CredentialUpdate`, which therefore stands here twice.
static ALIASES: [Alias; 17] = [
    alias("CredentialCreate", Class::SecretChange, &["store", "create"], &[]),
    alias("CredentialAccess", Class::SecretAccess, &[], &[]),
    alias("CredentialUpdate", Class::SecretChange, &["update", "patch", "undelete"], &[]),
    alias("CredentialUpdate", Class::CredentialRotation, &["rotate"], &[]),
    alias("CredentialDelete", Class::SecretChange, &["delete", "destroy"], &[]),
    alias("AuthSuccess", Class::Authentication, &[], &[Outcome::Success]),
    alias("AuthFailure", Class::Authentication, &[], &[Outcome::Failure, Outcome::Denied]),
    alias("VaultUnlock", Class::VaultLifecycle, &["unlock", "unseal"], &[]),
    alias("VaultInit", Class::VaultLifecycle, &["init"], &[]),
    alias("AgentRegister", Class::IdentityChange, &["register"], &[]),
    alias("AgentDeregister", Class::IdentityChange, &["deregister", "remove"], &[]),
    alias("LeaseGrant", Class::LeaseLifecycle, &["grant"], &[]),
    alias("LeaseRevoke", Class::LeaseLifecycle, &["revoke"], &[]),
    alias("LeaseExpire", Class::LeaseLifecycle, &["expire"], &[]),
    alias("PolicyUpdate", Class::PolicyChange, &[], &[]),
    alias("AdminAction", Class::ConfigChange, &[], &[]),
    alias("ExportError", Class::ExportHealth, &[], &[]),
];

/// Categories, one bit each; empty means all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Categories(u16);

impl Categories {
    pub(super) fn admit(self, event: &Event<'_>) -> bool {
        self.0 == 0
            || self.contain(event.class.category())
            || syncropel_category(event).is_some_and(|category| self.contain(category))
    }

    fn contain(self, category: Category) -> bool {
        self.0 & bit(category as u16) != 0
    }
}

/// The category that Syncropel filed the record under. A refused permission is its `governance`, and a
/// `PolicyViolation` here; whoever asks for `governance` must see it.
fn syncropel_category(event: &Event<'_>) -> Option<Category> {
    let origin = event.origin.as_ref().filter(|origin| origin.format.starts_with("syncropel"))?;
    match origin.event_type.as_ref()?.as_str() {
        "decision" => Some(Category::Aitl),
        word => Category::from_word(word),
    }
}

/// One name of `include_categories`.
pub(super) struct CategoryName(Category);

impl FromIterator<CategoryName> for Categories {
    fn from_iter<I: IntoIterator<Item = CategoryName>>(names: I) -> Categories {
        Categories(names.into_iter().fold(0, |bits, CategoryName(name)| bits | bit(name as u16)))
    }
}

impl FromStr for ClassName {
    type Err = String;

    fn from_str(name: &str) -> Result<ClassName, String> {
        name.parse().map(ClassName).map_err(|_| unknown("class", name, &class_names()))
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Kind, String> {
        if let Ok(class) = name.parse() {
            return Ok(Kind::Class(class));
        }
        let alias = ALIASES.iter().find(|alias| plain(alias.kind) == plain(name));
        alias.map(|alias| Kind::Alias(alias.kind)).ok_or_else(|| {
            let mut known = class_names();
            known.extend(ALIASES.iter().map(|alias| alias.kind));
            known.dedup(); // a kind that is said in two ways stands twice
            unknown("class", name, &known)
        })
    }
}

impl FromStr for CategoryName {
    type Err = String;

    fn from_str(name: &str) -> Result<CategoryName, String> {
        if name.eq_ignore_ascii_case("decision") {
            return Ok(CategoryName(Category::Aitl));
        }
        name.parse().map(CategoryName).map_err(|_| {
            let names = Category::ALL.iter().map(|category| category.as_str());
            unknown("category", name, &names.chain(["decision"]).collect::<Vec<_>>())
        })
    }
}

fn class_names() -> Vec<&'static str> {
    Class::ALL.iter().map(|class| class.as_str()).collect()
}

/// The word is named when it is one: which of ten classes is misspelt would be hard to see otherwise. What has digits or
/// signs may be a credential in the wrong place, and is not.
fn unknown(what: &str, given: &str, known: &[&str]) -> String {
    let is_word = given.len() <= 32 && given.bytes().all(|byte| byte.is_ascii_alphabetic());
    let given = if is_word { format!(" `{given}`") } else { String::new() };
    format!("unknown {what}{given}; expected one of {}", known.join(", "))
}

fn plain(name: &str) -> String {
    name.replace(['_', '-', ' '], "").to_ascii_lowercase()
}

fn bit(place: u16) -> u16 {
    1 << place
}
