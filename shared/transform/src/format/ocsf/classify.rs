//! Which OCSF class and activity an event of the contract becomes, by its class, action and outcome.
//!
//! Nothing here guesses a success: what is not known says so (activity 99 with the source's own word).

mod change;
mod decision;
mod identity;
mod operation;
mod words;

pub(super) use self::decision::Ruling;
use self::words::Action;
use super::schema::{API_ACTIVITY, Class as Target, Status};
use crate::event::{Class, Event, Outcome};

/// What an event is in OCSF.
#[derive(Debug)]
pub(super) struct Kind<'e> {
    pub(super) class: &'static Target,
    pub(super) activity: u8,
    /// The caption where the activity is 99.
    pub(super) other: Label<'e>,
    pub(super) status: Status,
    /// On findings: what was decided.
    pub(super) ruling: Option<&'static Ruling>,
}

/// The caption of an activity that OCSF has no number for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Label<'e> {
    /// This word with a capital: `use` is "Use".
    Title(&'e str),
    /// The source's own action as it is.
    Action(&'e str),
}

/// Says what the event is.
pub(super) fn classify<'e>(event: &'e Event<'_>) -> Kind<'e> {
    let action = Action::new(&event.action);
    match event.class {
        Class::Authentication => identity::authentication(event, action),
        Class::IdentityChange => identity::change(event, action),
        Class::SecretAccess => operation::access(event, action),
        Class::SecretChange => operation::secret_change(event, action),
        Class::LeaseLifecycle => operation::lease(event, action),
        Class::Dispatch => Kind::other(&API_ACTIVITY, event, Label::Title("dispatch")),
        Class::CredentialRotation => change::rotation(event, action),
        Class::PolicyChange => change::policy(event, action),
        Class::ConfigChange => change::config(event, action),
        Class::VaultLifecycle => change::lifecycle(event, action),
        Class::SystemActivity => change::system(event, action),
        Class::ExportHealth => change::export(event, action),
        Class::PolicyViolation => decision::violation(event),
        Class::ActorDecision => decision::decision(event, action),
        Class::Governance if event.outcome == Outcome::Denied => decision::violation(event),
        Class::Governance => change::governance(event, action),
    }
}

impl<'e> Kind<'e> {
    /// An activity that the class has a number for; 99 with the source's action where it has none.
    fn known(class: &'static Target, event: &'e Event<'_>, activity: Option<u8>) -> Kind<'e> {
        let kind = Kind::other(class, event, Label::Action(&event.action));
        Kind { activity: activity.unwrap_or(99), ..kind }
    }

    /// An activity that the class has no number for.
    fn other(class: &'static Target, event: &Event<'_>, other: Label<'e>) -> Kind<'e> {
        Kind { class, activity: 99, other, status: Status::of(event.outcome), ruling: None }
    }
}

impl Status {
    fn of(outcome: Outcome) -> Status {
        match outcome {
            Outcome::Success => Status::Success,
            Outcome::Failure | Outcome::Denied => Status::Failure,
            Outcome::Pending => Status::Pending,
            Outcome::Unknown => Status::Unknown,
        }
    }
}
