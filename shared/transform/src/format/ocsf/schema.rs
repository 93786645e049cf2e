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

/// An OCSF event class, its constant members in one piece each.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) layout: Layout,
    pub(super) uid: u16,
    /// `class_uid`, `category_uid` and their captions.
    pub(super) members: &'static str,
    /// `metadata.profiles`: sorted, exactly those of which an attribute is written.
    ///
    /// `host` is what gives `actor` to the classes that do not have it of their own in 1.3.0.
    pub(super) profiles: &'static str,
    activities: &'static [(u8, &'static str)],
    /// `type_uid` and its caption where the activity is 99.
    pub(super) other: &'static str,
}

impl Class {
    /// `activity_id`, `type_uid` and their captions; `None` where the class has no such activity.
    pub(super) fn activity(&self, id: u8) -> Option<&'static str> {
        self.activities.iter().find(|(number, _)| *number == id).map(|(_, members)| *members)
    }
}

const PLAIN: &str = r#""profiles":["datetime"]"#;
const HOST: &str = r#""profiles":["datetime","host"]"#;
const CONTROL: &str = r#""profiles":["datetime","host","security_control"]"#;

/// Declares a class: `type_uid` is `class_uid` and the activity in two digits.
macro_rules! class {
    ($name:ident: $layout:ident $uid:literal $caption:literal in $category:literal $category_name:literal,
     $profiles:ident, $([$id:literal $digits:literal $activity:literal])+) => {
        pub(super) static $name: Class = Class {
            layout: Layout::$layout,
            uid: $uid,
            members: concat!(
                "\"class_uid\":", $uid, ",\"class_name\":\"", $caption,
                "\",\"category_uid\":", $category, ",\"category_name\":\"", $category_name, "\"",
            ),
            profiles: $profiles,
            activities: &[$(($id, concat!(
                "\"activity_id\":", $id, ",\"activity_name\":\"", $activity,
                "\",\"type_uid\":", $uid, $digits, ",\"type_name\":\"", $caption, ": ", $activity, "\"",
            )),)+],
            other: concat!(
                "\"type_uid\":", $uid, "99,\"type_name\":\"", $caption, ": Other\"",
            ),
        };
    };
}

class! { EVENT_LOG: EventLog 1008 "Event Log Activity" in 1 "System Activity", PLAIN,
    [1 "01" "Clear"]
    [3 "03" "Export"]
    [9 "09" "Enable"]
    [10 "10" "Disable"]
}

class! { COMPLIANCE_FINDING: ComplianceFinding 2003 "Compliance Finding" in 2 "Findings", PLAIN,
    [1 "01" "Create"]
}

class! { DETECTION_FINDING: DetectionFinding 2004 "Detection Finding" in 2 "Findings", CONTROL,
    [1 "01" "Create"]
    [2 "02" "Update"]
    [3 "03" "Close"]
}

class! { ACCOUNT_CHANGE: AccountChange 3001 "Account Change" in 3 "Identity & Access Management", PLAIN,
    [10 "10" "MFA Factor Enable"]
    [11 "11" "MFA Factor Disable"]
}

class! { AUTHENTICATION: Authentication 3002 "Authentication" in 3 "Identity & Access Management", PLAIN,
    [1 "01" "Logon"]
    [2 "02" "Logoff"]
}

class! { AUTHORIZE_SESSION: AuthorizeSession 3003 "Authorize Session" in 3 "Identity & Access Management", HOST,
    [1 "01" "Assign Privileges"]
}

class! { ENTITY_MANAGEMENT: EntityManagement 3004 "Entity Management" in 3 "Identity & Access Management", HOST,
    [1 "01" "Create"]
    [2 "02" "Read"]
    [3 "03" "Update"]
    [4 "04" "Delete"]
    [6 "06" "Enroll"]
    [7 "07" "Unenroll"]
    [8 "08" "Enable"]
    [9 "09" "Disable"]
    [12 "12" "Suspend"]
    [13 "13" "Resume"]
}

class! { USER_ACCESS: UserAccess 3005 "User Access Management" in 3 "Identity & Access Management", HOST,
    [1 "01" "Assign Privileges"]
    [2 "02" "Revoke Privileges"]
}

class! { APPLICATION_LIFECYCLE: ApplicationLifecycle 6002 "Application Lifecycle" in 6 "Application Activity", HOST,
    [1 "01" "Install"]
    [3 "03" "Start"]
    [4 "04" "Stop"]
    [5 "05" "Restart"]
    [6 "06" "Enable"]
    [7 "07" "Disable"]
    [8 "08" "Update"]
}

class! { API_ACTIVITY: ApiActivity 6003 "API Activity" in 6 "Application Activity", PLAIN,
    [1 "01" "Create"]
    [2 "02" "Read"]
    [3 "03" "Update"]
    [4 "04" "Delete"]
}

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
