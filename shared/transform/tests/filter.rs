//! The filter: the origin guides' own filters, every condition alone, and the laws that hold for all.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use transform::event::{Actor, ActorType, Class, Event, Origin, Outcome, Severity, Source, Text};
use transform::event::{Resource, ResourceType, Time};
use transform::filter::Filter;

fn event(class: Class, action: &'static str, outcome: Outcome) -> Event<'static> {
    let time = Time::parse("2026-02-14T22:30:01Z").unwrap();
    let actor = Actor::new("agent:cursor-agent", ActorType::Agent);
    let source =
        Source { product: "sanctum".into(), instance: "vault-eu".into(), ..Source::default() };
    Event::new("e1", time, class, action, outcome, actor, source)
}

fn labelled(mut event: Event<'static>, key: &'static str, value: &'static str) -> Event<'static> {
    event.labels.0.push((Text::from(key), Text::from(value)));
    event
}

fn from(kind: &'static str, format: &'static str, mut event: Event<'static>) -> Event<'static> {
    let origin =
        Origin { format: format.into(), event_type: Some(kind.into()), ..Origin::default() };
    event.origin = Some(origin);
    event
}

fn toml(text: &str) -> Filter {
    toml::from_str(text).unwrap()
}

fn pairs(pairs: &[(&str, &str)]) -> Filter {
    Filter::from_pairs(pairs.iter().copied()).unwrap()
}

const RETRIEVAL: (Class, &str, Outcome) = (Class::SecretAccess, "retrieve", Outcome::Success);
const LISTING: (Class, &str, Outcome) = (Class::SecretAccess, "list", Outcome::Success);
const LOG_ON: (Class, &str, Outcome) = (Class::Authentication, "login", Outcome::Success);
const FAILED_LOG_ON: (Class, &str, Outcome) = (Class::Authentication, "login", Outcome::Failure);
const DENIAL: (Class, &str, Outcome) = (Class::PolicyViolation, "retrieve", Outcome::Denied);
const ROTATION: (Class, &str, Outcome) = (Class::CredentialRotation, "rotate", Outcome::Success);
const FAILED_ROTATION: (Class, &str, Outcome) =
    (Class::CredentialRotation, "rotate", Outcome::Failure);
const DELETION: (Class, &str, Outcome) = (Class::SecretChange, "delete", Outcome::Success);
const UPDATE: (Class, &str, Outcome) = (Class::SecretChange, "update", Outcome::Success);

const ALL: [(Class, &str, Outcome); 9] = [
    RETRIEVAL,
    LISTING,
    LOG_ON,
    FAILED_LOG_ON,
    DENIAL,
    ROTATION,
    FAILED_ROTATION,
    DELETION,
    UPDATE,
];

fn passed(filter: &Filter) -> Vec<(Class, &'static str, Outcome)> {
    ALL.into_iter()
        .filter(|(class, action, outcome)| filter.admits(&event(*class, action, *outcome)))
        .collect()
}

#[test]
fn the_guides_filter_passes_retrievals_failed_log_ons_and_denials_in_production() {
    let filter = toml(
        r#"
        include_classes = ["Authentication", "PolicyViolation", "SecretAccess"]
        min_severity = "Medium"
        labels = { env = "production" }
        "#,
    );
    let production = |(class, action, outcome): (Class, &'static str, Outcome)| {
        filter.admits(&labelled(event(class, action, outcome), "env", "production"))
    };
    let got: Vec<_> = ALL.into_iter().filter(|case| production(*case)).collect();
    assert_eq!(got, [RETRIEVAL, FAILED_LOG_ON, DENIAL]);
    let (class, action, outcome) = RETRIEVAL;
    assert!(!filter.admits(&event(class, action, outcome)), "no label");
    assert!(!filter.admits(&labelled(event(class, action, outcome), "env", "staging")));
}

#[test]
fn the_guides_slack_filter_passes_denials_and_failed_rotations_only() {
    let filter = toml(
        r#"
        include_classes = ["PolicyViolation", "CredentialRotation"]
        min_severity = "High"
        "#,
    );
    assert_eq!(passed(&filter), [DENIAL, FAILED_ROTATION]);
}

#[test]
fn an_empty_filter_wants_everything_and_so_does_one_of_blank_values() {
    assert_eq!(passed(&Filter::default()), ALL);
    assert!(Filter::default().is_empty());
    let blank = pairs(&[
        ("include_classes", ""),
        ("exclude_classes", ""),
        ("include_categories", " "),
        ("min_severity", ""),
        ("labels", ""),
        ("actors", ""),
        ("resources", ","),
    ]);
    assert!(blank.is_empty());
    assert!(toml("include_classes = []\nlabels = {}").is_empty());
}

#[test]
fn exclusion_wins_over_inclusion() {
    let filter = toml(
        "include_classes = ['SecretAccess', 'Authentication']\nexclude_classes = ['secret_access']",
    );
    assert_eq!(passed(&filter), [LOG_ON, FAILED_LOG_ON]);
}

#[test]
fn severity_is_a_name_in_any_case_or_a_number() {
    let names = ["Informational", "Low", "Medium", "High", "Critical"];
    for (number, name) in (1_i64..).zip(names) {
        let expected = toml(&format!("min_severity = {number}"));
        assert_eq!(toml(&format!("min_severity = '{}'", name.to_lowercase())), expected);
        assert_eq!(toml(&format!("min_severity = '{}'", name.to_uppercase())), expected);
        assert_eq!(pairs(&[("min_severity", &number.to_string())]), expected);
        let mut other = event(LISTING.0, LISTING.1, LISTING.2);
        for severity in Severity::ALL {
            other.severity = Some(*severity);
            assert_eq!(expected.admits(&other), i64::from(severity.number()) >= number);
        }
    }
}

#[test]
fn the_events_own_severity_wins_over_the_table() {
    let mut listing = event(LISTING.0, LISTING.1, LISTING.2);
    listing.severity = Some(Severity::Critical);
    assert!(toml("min_severity = 'High'").admits(&listing));
}

#[test]
fn all_labels_must_match_and_exactly() {
    let filter = pairs(&[("labels", "env=production, team=payments")]);
    assert_eq!(filter, toml("labels = { env = 'production', team = 'payments' }"));
    let one = labelled(event(LOG_ON.0, LOG_ON.1, LOG_ON.2), "env", "production");
    assert!(!filter.admits(&one));
    assert!(filter.admits(&labelled(one.clone(), "team", "payments")));
    assert!(!filter.admits(&labelled(one, "team", "payments-eu")));
}

#[test]
fn actors_match_by_id_or_name_and_resources_by_path_id_or_name() {
    let mut read = event(RETRIEVAL.0, RETRIEVAL.1, RETRIEVAL.2);
    read.actor.name = Some("Cursor".into());
    assert!(toml("actors = ['agent:cursor-agent']").admits(&read));
    assert!(toml("actors = ['someone', 'agent:*']").admits(&read));
    assert!(toml("actors = ['Cursor']").admits(&read));
    assert!(!toml("actors = ['agent:cursor']").admits(&read));
    assert!(!toml("resources = ['*']").admits(&read), "it has no resource");
    let mut resource = Resource::new(ResourceType::Secret);
    resource.path = Some("payments/prod/postgres".into());
    resource.id = Some("sec_1".into());
    resource.name = Some("postgres".into());
    read.resource = Some(resource);
    for wanted in ["payments/*", "sec_1", "postgres", "*/prod/*"] {
        assert!(pairs(&[("resources", wanted)]).admits(&read), "{wanted}");
    }
    assert!(!toml("resources = ['payments/prod']").admits(&read));
}

#[test]
fn a_category_is_the_classs_or_the_one_syncropel_filed_it_under() {
    let denial = || event(DENIAL.0, DENIAL.1, DENIAL.2);
    let governance = toml("include_categories = ['governance']");
    assert!(toml("include_categories = 'policy'").admits(&denial()));
    assert!(!governance.admits(&denial()));
    assert!(governance.admits(&from("governance", "syncropel.audit_export", denial())));
    assert!(!governance.admits(&from("governance", "acme", denial())), "not Syncropel's word");
    let decision = event(Class::ActorDecision, "accept", Outcome::Success);
    for name in ["aitl", "decision", "Decision", "AITL"] {
        assert!(pairs(&[("include_categories", name)]).admits(&decision), "{name}");
    }
    let filed = from(
        "decision",
        "syncropel.audit_export",
        event(Class::SystemActivity, "know", Outcome::Success),
    );
    assert!(pairs(&[("include_categories", "aitl")]).admits(&filed));
}

#[test]
fn every_kind_of_sanctums_library_is_known() {
    use Outcome::{Denied, Failure, Success};
    let cases = [
        ("CredentialCreate", Class::SecretChange, "store", Success),
        ("CredentialAccess", Class::SecretAccess, "retrieve", Success),
        ("CredentialAccess", Class::SecretAccess, "use:http_request", Success),
        ("CredentialUpdate", Class::SecretChange, "update", Success),
        ("CredentialUpdate", Class::CredentialRotation, "rotate", Failure),
        ("CredentialDelete", Class::SecretChange, "delete", Success),
        ("AuthSuccess", Class::Authentication, "login", Success),
        ("AuthFailure", Class::Authentication, "login", Failure),
        ("AuthFailure", Class::Authentication, "login", Denied),
        ("VaultUnlock", Class::VaultLifecycle, "unlock", Success),
        ("VaultInit", Class::VaultLifecycle, "init", Success),
        ("AgentRegister", Class::IdentityChange, "register", Success),
        ("AgentDeregister", Class::IdentityChange, "deregister", Success),
        ("LeaseGrant", Class::LeaseLifecycle, "grant", Success),
        ("LeaseRevoke", Class::LeaseLifecycle, "revoke", Success),
        ("LeaseExpire", Class::LeaseLifecycle, "expire", Success),
        ("PolicyViolation", Class::PolicyViolation, "retrieve", Denied),
        ("PolicyUpdate", Class::PolicyChange, "update", Success),
        ("AdminAction", Class::ConfigChange, "update", Success),
        ("ConfigChange", Class::ConfigChange, "update", Success),
        ("ExportError", Class::ExportHealth, "delivery_failed", Failure),
    ];
    let unlike = event(Class::SystemActivity, "look_up", Success);
    for (kind, class, action, outcome) in cases {
        let filter = pairs(&[("include_classes", kind)]);
        assert!(filter.admits(&event(class, action, outcome)), "{kind}");
        assert!(!filter.admits(&unlike), "{kind}");
    }
    assert!(!pairs(&[("include_classes", "AuthSuccess")]).admits(&event(
        Class::Authentication,
        "login",
        Failure
    )));
    assert!(!pairs(&[("include_classes", "LeaseGrant")]).admits(&event(
        Class::LeaseLifecycle,
        "revoke",
        Success
    )));
}

#[test]
fn the_kind_that_the_record_carries_is_enough() {
    let odd = event(Class::IdentityChange, "remove", Outcome::Success);
    let filter = pairs(&[("include_classes", "AdminAction")]);
    assert!(!filter.admits(&odd));
    assert!(filter.admits(&from("AdminAction", "sanctum.event", odd)));
}

#[test]
fn what_is_unknown_is_refused_and_the_known_named() {
    let error = |key, value| Filter::from_pairs([(key, value)]).unwrap_err().to_string();
    let class = error("include_classes", "SecretAccess,Secrets");
    assert!(class.contains("`Secrets`") && class.contains("SystemActivity"), "{class}");
    assert!(class.contains("AuthFailure"), "{class}");
    let class = error("exclude_classes", "AuthFailure");
    assert!(class.contains("`AuthFailure`") && !class.contains("AuthSuccess"), "{class}");
    let category = error("include_categories", "audit");
    assert!(category.contains("governance") && category.contains("decision"), "{category}");
    for wrong in ["Severe", "0", "6", "-1"] {
        let severity = error("min_severity", wrong);
        assert!(severity.contains("Informational") && severity.contains("1 to 5"), "{severity}");
    }
    let key = error("include", "SecretAccess");
    assert!(key.contains("`include`") && key.contains("include_classes"), "{key}");
    assert!(error("labels", "production").contains("key=value"));
    assert!(toml::from_str::<Filter>("min_severity = 6").is_err());
    assert!(toml::from_str::<Filter>("severity = 'High'").is_err());
}

fn any_class() -> impl Strategy<Value = Class> {
    proptest::sample::select(Class::ALL)
}

fn any_severity() -> impl Strategy<Value = Severity> {
    proptest::sample::select(Severity::ALL)
}

proptest! {
    /// With class lists and a severity alone, the answer is set algebra.
    #[test]
    fn lists_of_classes_are_sets(
        include in proptest::collection::vec(any_class(), 0..5),
        exclude in proptest::collection::vec(any_class(), 0..5),
        least in any_severity(),
        class in any_class(),
        severity in any_severity(),
    ) {
        let names = |classes: &[Class]| {
            classes.iter().map(|class| class.as_str()).collect::<Vec<_>>().join(",")
        };
        let filter = pairs(&[
            ("include_classes", &names(&include)),
            ("exclude_classes", &names(&exclude)),
            ("min_severity", least.as_str()),
        ]);
        let mut event = event(class, "act", Outcome::Success);
        event.severity = Some(severity);
        let expected = (include.is_empty() || include.contains(&class))
            && !exclude.contains(&class)
            && severity >= least;
        prop_assert_eq!(filter.admits(&event), expected);
    }

    /// Every further condition takes events away, never adds one.
    #[test]
    fn a_further_condition_never_lets_more_through(
        class in any_class(),
        severity in any_severity(),
        least in any_severity(),
        value in "(production|staging)",
        actor in "(agent:[*]|user:[*]|agent:cursor-agent)",
    ) {
        let mut event = labelled(event(class, "retrieve", Outcome::Success), "env", "production");
        event.severity = Some(severity);
        let labels = format!("env={value}");
        let all = [("min_severity", least.as_str()), ("labels", labels.as_str()), ("actors", actor.as_str())];
        let each = all.iter().all(|one| pairs(&[*one]).admits(&event));
        prop_assert_eq!(pairs(&all).admits(&event), each);
    }

    /// An array and a comma list are the same list.
    #[test]
    fn both_ways_of_writing_a_list_agree(names in proptest::collection::vec("[a-z:/*]{1,12}", 0..4)) {
        let array = toml(&format!("resources = {names:?}"));
        prop_assert_eq!(array, pairs(&[("resources", &names.join(","))]));
    }
}
