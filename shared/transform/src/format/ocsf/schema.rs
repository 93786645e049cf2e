//! What of the OCSF 1.3.0 schema is written here: classes, activities, statuses, with their captions.
//!
//! `tests/ocsf.rs` compares all of it with an extract of the schema.

use crate::event::Severity;

/// The version in `metadata.version`. An upgrade changes it, and the profiles that attributes need, here alone.
pub(super) const VERSION: &str = "1.3.0";

/// How the attributes of a class are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    EventLog,
    ComplianceFinding,
    DetectionFinding,
    AccountChange,
    Authentication,
    AuthorizeSession,
    EntityManagement,
    UserAccess,
    ApplicationLifecycle,
    ApiActivity,
}

/// An OCSF event class.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) layout: Layout,
    pub(super) uid: u32,
    pub(super) caption: &'static str,
    /// `category_uid` and `category_name` as members.
    pub(super) category: &'static str,
    /// `metadata.profiles`: sorted, exactly those of which an attribute is written.
    ///
    /// `host` is what gives `actor` to the classes that do not have it of their own in 1.3.0.
    pub(super) profiles: &'static str,
    activities: &'static [(u8, &'static str)],
}

impl Class {
    /// The caption of an activity; `Other` where the class has none.
    pub(super) fn activity(&self, id: u8) -> &'static str {
        self.activities.iter().find(|(number, _)| *number == id).map_or("Other", |(_, name)| name)
    }
}

const SYSTEM: &str = r#""category_uid":1,"category_name":"System Activity""#;
const FINDINGS: &str = r#""category_uid":2,"category_name":"Findings""#;
const IAM: &str = r#""category_uid":3,"category_name":"Identity & Access Management""#;
const APPLICATION: &str = r#""category_uid":6,"category_name":"Application Activity""#;

const PLAIN: &str = r#""profiles":["datetime"]"#;
const HOST: &str = r#""profiles":["datetime","host"]"#;
const CONTROL: &str = r#""profiles":["datetime","host","security_control"]"#;

pub(super) static EVENT_LOG: Class = Class {
    layout: Layout::EventLog,
    uid: 1008,
    caption: "Event Log Activity",
    category: SYSTEM,
    profiles: PLAIN,
    activities: &[(1, "Clear"), (3, "Export"), (9, "Enable"), (10, "Disable")],
};

pub(super) static COMPLIANCE_FINDING: Class = Class {
    layout: Layout::ComplianceFinding,
    uid: 2003,
    caption: "Compliance Finding",
    category: FINDINGS,
    profiles: PLAIN,
    activities: &[(1, "Create")],
};

pub(super) static DETECTION_FINDING: Class = Class {
    layout: Layout::DetectionFinding,
    uid: 2004,
    caption: "Detection Finding",
    category: FINDINGS,
    profiles: CONTROL,
    activities: &[(1, "Create"), (2, "Update"), (3, "Close")],
};

pub(super) static ACCOUNT_CHANGE: Class = Class {
    layout: Layout::AccountChange,
    uid: 3001,
    caption: "Account Change",
    category: IAM,
    profiles: PLAIN,
    activities: &[(10, "MFA Factor Enable"), (11, "MFA Factor Disable")],
};

pub(super) static AUTHENTICATION: Class = Class {
    layout: Layout::Authentication,
    uid: 3002,
    caption: "Authentication",
    category: IAM,
    profiles: PLAIN,
    activities: &[(1, "Logon"), (2, "Logoff")],
};

pub(super) static AUTHORIZE_SESSION: Class = Class {
    layout: Layout::AuthorizeSession,
    uid: 3003,
    caption: "Authorize Session",
    category: IAM,
    profiles: HOST,
    activities: &[(1, "Assign Privileges")],
};

pub(super) static ENTITY_MANAGEMENT: Class = Class {
    layout: Layout::EntityManagement,
    uid: 3004,
    caption: "Entity Management",
    category: IAM,
    profiles: HOST,
    activities: &[
        (1, "Create"),
        (2, "Read"),
        (3, "Update"),
        (4, "Delete"),
        (6, "Enroll"),
        (7, "Unenroll"),
        (8, "Enable"),
        (9, "Disable"),
        (12, "Suspend"),
        (13, "Resume"),
    ],
};

pub(super) static USER_ACCESS: Class = Class {
    layout: Layout::UserAccess,
    uid: 3005,
    caption: "User Access Management",
    category: IAM,
    profiles: HOST,
    activities: &[(1, "Assign Privileges"), (2, "Revoke Privileges")],
};

pub(super) static APPLICATION_LIFECYCLE: Class = Class {
    layout: Layout::ApplicationLifecycle,
    uid: 6002,
    caption: "Application Lifecycle",
    category: APPLICATION,
    profiles: HOST,
    activities: &[
        (1, "Install"),
        (3, "Start"),
        (4, "Stop"),
        (5, "Restart"),
        (6, "Enable"),
        (7, "Disable"),
        (8, "Update"),
    ],
};

pub(super) static API_ACTIVITY: Class = Class {
    layout: Layout::ApiActivity,
    uid: 6003,
    caption: "API Activity",
    category: APPLICATION,
    profiles: PLAIN,
    activities: &[(1, "Create"), (2, "Read"), (3, "Update"), (4, "Delete")],
};

/// Where an event, or a finding, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Unknown,
    Success,
    Failure,
    /// Not in the enum: 99 with its own caption.
    Pending,
    New,
    InProgress,
    Resolved,
}

impl Status {
    pub(super) fn members(self) -> &'static str {
        match self {
            Status::Unknown => r#""status_id":0,"status":"Unknown""#,
            Status::Success => r#""status_id":1,"status":"Success""#,
            Status::Failure => r#""status_id":2,"status":"Failure""#,
            Status::Pending => r#""status_id":99,"status":"Pending""#,
            Status::New => r#""status_id":1,"status":"New""#,
            Status::InProgress => r#""status_id":2,"status":"In Progress""#,
            Status::Resolved => r#""status_id":4,"status":"Resolved""#,
        }
    }
}

/// `severity_id` and its caption: the contract's five words are OCSF's first five.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => r#""severity_id":1,"severity":"Informational""#,
        Severity::Low => r#""severity_id":2,"severity":"Low""#,
        Severity::Medium => r#""severity_id":3,"severity":"Medium""#,
        Severity::High => r#""severity_id":4,"severity":"High""#,
        Severity::Critical => r#""severity_id":5,"severity":"Critical""#,
    }
}
