//! The mapping, row by row: what each sample must become, written down from the mapping and not from the output.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CLASSES, id, ocsf};

/// Sample, `type_uid`, `activity_name`, `severity_id`, `status_id`.
const ROWS: &str = "
Authentication-login                 300201 Logon                1 1
Authentication-login-oidc-mfa        300201 Logon                1 1
Authentication-login-failed          300201 Logon                4 2
Authentication-mfa-refused           300201 Logon                4 2
Authentication-logout                300202 Logoff               1 1
Authentication-token-revoked         300202 Logoff               1 1
Authentication-session-expired       300202 Logoff               1 1
Authentication-mfa-pending           300201 Logon                1 99
SecretAccess-retrieve                600302 Read                 3 1
SecretAccess-retrieve-kv2            600302 Read                 3 1
SecretAccess-issue                   600302 Read                 3 1
SecretAccess-list                    600302 Read                 1 1
SecretAccess-use                     600399 Use                  2 1
SecretAccess-sign                    600399 Sign                 2 1
SecretAccess-decrypt                 600399 Decrypt              2 1
SecretAccess-retrieve-refused        600302 Read                 4 2
SecretAccess-retrieve-failed         600302 Read                 3 2
SecretAccess-retrieve-pending        600302 Read                 1 99
SecretAccess-unknown-action          600399 inspect              3 0
SecretAccess-read                    600302 Read                 1 1
SecretAccess-export                  600302 Read                 3 1
SecretAccess-backup                  600302 Read                 3 1
SecretAccess-locate                  600302 Read                 1 1
SecretAccess-not-found               600302 Read                 3 2
SecretChange-store                   600301 Create               2 1
SecretChange-store-new-version       600303 Update               2 1
SecretChange-update                  600303 Update               2 1
SecretChange-undelete                600303 Update               2 1
SecretChange-delete                  600304 Delete               3 1
SecretChange-destroy                 600304 Delete               3 1
LeaseLifecycle-grant                 600301 Create               2 1
LeaseLifecycle-renew                 600303 Update               2 1
LeaseLifecycle-release               600304 Delete               2 1
LeaseLifecycle-revoke                600304 Delete               3 1
LeaseLifecycle-expire                600304 Delete               2 1
LeaseLifecycle-certificate-revoked   600304 Delete               3 1
PolicyViolation-denied               200401 Create               4 1
PolicyViolation-rate-limited         200401 Create               4 1
PolicyViolation-ssrf-blocked         200401 Create               4 1
PolicyViolation-quarantined          200401 Create               5 1
PolicyViolation-anomaly-detected     200401 Create               3 1
PolicyViolation-policy-write-denied  200401 Create               4 1
PolicyViolation-namespace-refused    200401 Create               4 1
PolicyViolation-permission-refused   200401 Create               4 1
CredentialRotation-rotate            300403 Update               2 1
CredentialRotation-rotate-failed     300403 Update               4 2
CredentialRotation-root-key          300403 Update               2 1
CredentialRotation-invalidate        300409 Disable              3 1
CredentialRotation-overdue           200301 Create               4 1
PolicyChange-create                  300401 Create               3 1
PolicyChange-update                  300403 Update               3 1
PolicyChange-delete                  300404 Delete               3 1
PolicyChange-enable                  300408 Enable               3 1
PolicyChange-delete-refused          300404 Delete               3 2
PolicyChange-read                    300402 Read                 3 1
IdentityChange-register              300406 Enroll               2 1
IdentityChange-deregister            300407 Unenroll             3 1
IdentityChange-user-disabled         300409 Disable              2 1
IdentityChange-token-issued          300301 Assign_Privileges    2 1
IdentityChange-token-revoked         300202 Logoff               3 1
IdentityChange-policy-granted        300501 Assign_Privileges    2 1
IdentityChange-policy-revoked        300502 Revoke_Privileges    3 1
IdentityChange-grant-to-somebody     300501 Assign_Privileges    2 1
IdentityChange-grant-subject-unknown 300403 Update               2 1
IdentityChange-mfa-enrolled          300110 MFA_Factor_Enable    2 1
IdentityChange-mfa-removed           300111 MFA_Factor_Disable   3 1
IdentityChange-group-granted         300403 Update               2 1
IdentityChange-unlock                300408 Enable               2 1
IdentityChange-mfa-rule-disabled     300409 Disable              3 1
VaultLifecycle-init                  600201 Install              4 1
VaultLifecycle-start                 600203 Start                3 1
VaultLifecycle-stop                  600204 Stop                 3 1
VaultLifecycle-restart               600205 Restart              3 1
VaultLifecycle-upgrade               600208 Update               3 1
VaultLifecycle-unseal                600206 Enable               3 1
VaultLifecycle-unlock-failed         600206 Enable               4 2
VaultLifecycle-seal                  600207 Disable              3 1
VaultLifecycle-lock                  600207 Disable              3 1
VaultLifecycle-snapshot              600299 Snapshot             3 1
VaultLifecycle-restore               600299 Restore              4 1
VaultLifecycle-step-down             600299 step_down            3 0
VaultLifecycle-remove-peer           600299 remove_peer          3 1
VaultLifecycle-generate-root-start   600299 generate_root.start  4 1
VaultLifecycle-generate-root-complete 600299 generate_root.complete 4 1
ConfigChange-update                  300403 Update               3 1
ConfigChange-mount                   300401 Create               3 1
ConfigChange-unmount                 300404 Delete               3 1
ConfigChange-auth-method-enabled     300401 Create               3 1
ConfigChange-audit-disabled          100810 Disable              5 1
ConfigChange-audit-enabled           100809 Enable               3 1
ConfigChange-audit-cleared           100801 Clear                5 1
ConfigChange-adapter-disabled        100810 Disable              5 1
ConfigChange-role                    300403 Update               3 1
ConfigChange-reload                  300403 Update               3 1
ActorDecision-pending                200401 Create               1 1
ActorDecision-approved               200403 Close                2 4
ActorDecision-rejected               200403 Close                3 4
ActorDecision-expired                200403 Close                3 4
ActorDecision-escalated              200402 Update               1 2
ActorDecision-quarantined            200401 Create               5 1
Dispatch-complete                    600399 Dispatch             1 1
Dispatch-budget-exceeded             600399 Dispatch             3 2
Dispatch-timeout                     600399 Dispatch             3 2
Governance-kill-emergency            300412 Suspend              5 1
Governance-kill-hard                 300412 Suspend              4 1
Governance-kill-released             300413 Resume               4 1
Governance-consent-changed           300403 Update               4 1
Governance-denied                    200401 Create               4 1
ExportHealth-delivery-failed         100803 Export               4 2
ExportHealth-adapter-paused          100803 Export               5 2
ExportHealth-chain-gap               100803 Export               4 2
ExportHealth-canary                  100803 Export               1 1
SystemActivity-config-reload         300403 Update               1 1
SystemActivity-start                 600203 Start                1 1
SystemActivity-stop                  600204 Stop                 1 1
SystemActivity-notification          600299 Notification         1 1
SystemActivity-lookup                600399 lookup               1 1
SystemActivity-unknown               600299 bootstrap            1 0
SystemActivity-maintenance           600399 maintenance          1 1
SystemActivity-awkward-text          600399 lookup               1 1
";

fn events() -> BTreeMap<String, Value> {
    CLASSES.lines().map(|line| (id(line), ocsf(line))).collect()
}

#[test]
fn every_sample_becomes_what_its_row_says() {
    let events = events();
    let rows: Vec<&str> = ROWS.lines().filter(|row| !row.is_empty()).collect();
    for row in &rows {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let [sample, kind, activity, severity, status] = cells[..] else { panic!("{row}") };
        let event = &events[sample];
        let number = |text: &str| json!(text.parse::<u64>().expect("a number"));
        assert_eq!(event["type_uid"], number(kind), "{sample}");
        let name = event["activity_name"].as_str().expect("a caption");
        assert_eq!(name.replace('_', " "), activity.replace('_', " "), "{sample}");
        assert_eq!(event["severity_id"], number(severity), "{sample}");
        assert_eq!(event["status_id"], number(status), "{sample}");
    }
    assert_eq!(rows.len(), events.len(), "every sample has its row");
}

/// Sample, JSON pointer, what must stand there (`-`: nothing).
const MEMBERS: &str = r#"
Authentication-login          /user/uid                         "agent:invoice-agent"
Authentication-login          /actor                            -
Authentication-login          /auth_protocol_id                 99
Authentication-login          /auth_protocol                    "ed25519_challenge"
Authentication-login          /logon_type_id                    3
Authentication-login          /session/expiration_time          1771111798000
Authentication-login          /session/credential_uid           "hmac-sha256:8fa4f7f3d1fd812064950025cde2b1565829a9dc5075253399e5ede8f8a1d98e"
Authentication-login          /is_remote                        true
Authentication-login          /service/uid                      "vault-eu-prod"
Authentication-login          /metadata/sequence                48210
Authentication-login-oidc-mfa /auth_protocol_id                 4
Authentication-login-oidc-mfa /unmapped/session.authn_method    "oidc"
Authentication-login-oidc-mfa /is_mfa                           true
Authentication-login-oidc-mfa /auth_factors                     -
Authentication-login-oidc-mfa /logon_type_id                    2
Authentication-login-oidc-mfa /user/groups/1/name               "vault-admins"
Authentication-login-oidc-mfa /http_request/http_method         "POST"
Authentication-login-failed   /status_code                      "AUTH_FAILED"
Authentication-login-failed   /is_new_logon                     -
Authentication-mfa-refused    /is_mfa                           true
Authentication-mfa-refused    /auth_protocol_id                 5
Authentication-session-expired /session/expiration_reason       "expired"
SecretAccess-retrieve         /resources/0/uid                  "vault-eu-prod/kv/stripe/api-key"
SecretAccess-retrieve         /resources/0/group/name           "kv"
SecretAccess-retrieve         /resources/1/type                 "lease"
SecretAccess-retrieve         /resources/1/uid                  "lease_9b1c2a"
SecretAccess-retrieve         /actor/authorizations/0/decision  "allowed"
SecretAccess-retrieve         /actor/authorizations/0/policy/name "payments-read"
SecretAccess-retrieve         /metadata/event_code              "SecretAccess.retrieve"
SecretAccess-retrieve         /metadata/logged_time             1771108269110
SecretAccess-retrieve         /unmapped/actor.on_behalf_of.id   "user:maria.lind"
SecretAccess-retrieve         /unmapped/lease.ttl_seconds       "300"
SecretAccess-retrieve         /api/response                     -
SecretAccess-retrieve         /disposition_id                   -
SecretAccess-retrieve-kv2     /resources/0/uid                  "vault-prod/secret/data/apps/continuous-delivery/aws-bucket-sse-c"
SecretAccess-retrieve-kv2     /time                             1624987571409
SecretAccess-retrieve-kv2     /metadata/original_time           "2021-06-29T17:26:11.409840527Z"
SecretAccess-retrieve-kv2     /http_request                     -
SecretAccess-retrieve-kv2     /unmapped/request.method          "read"
SecretAccess-issue            /actor/authorizations/1/policy/name "default"
SecretAccess-list             /api/operation                    "list"
SecretAccess-list             /resources/0/type                 "secret-path"
SecretAccess-list             /http_request/http_method         -
SecretAccess-list             /unmapped/http.method             "LIST"
SecretAccess-use              /unmapped/details.methods         "[\"GET\",\"POST\"]"
SecretAccess-use              /type_name                        "API Activity: Other"
SecretAccess-retrieve-refused /api/response/error               "no_matching_policy"
SecretAccess-retrieve-refused /actor/authorizations/0/decision  "denied"
SecretAccess-retrieve-failed  /src_endpoint/svc_name            "sanctum"
SecretAccess-retrieve-failed  /api/response/error_message       "the vault is sealed"
SecretAccess-retrieve-pending /status                           "Pending"
LeaseLifecycle-grant          /resources/0/uid                  "lease_90113"
LeaseLifecycle-grant          /resources/1                      -
LeaseLifecycle-expire         /src_endpoint/svc_name            "daemon"
PolicyViolation-denied        /action_id                        2
PolicyViolation-denied        /disposition_id                   26
PolicyViolation-denied        /status_code                      "ACCESS_DENIED"
PolicyViolation-denied        /unmapped/policy.reason_code      "no_matching_policy"
PolicyViolation-denied        /authorizations/1/policy/name     "payments-read"
PolicyViolation-denied        /finding_info/analytic/name       "deny-by-default"
PolicyViolation-denied        /finding_info/title               "Secret access refused by policy"
PolicyViolation-denied        /evidences/0/api/request/uid      "18"
PolicyViolation-denied        /evidences/0/src_endpoint/ip      "10.20.4.17"
PolicyViolation-denied        /confidence_id                    3
PolicyViolation-rate-limited  /disposition_id                   2
PolicyViolation-ssrf-blocked  /disposition_id                   2
PolicyViolation-quarantined   /disposition_id                   24
PolicyViolation-anomaly-detected /action_id                     1
PolicyViolation-anomaly-detected /disposition_id                15
PolicyViolation-namespace-refused /disposition_id               26
PolicyViolation-namespace-refused /finding_info/types/1         "GovernanceDenial"
CredentialRotation-rotate     /entity/version                   "11"
CredentialRotation-rotate     /entity_result/version            "12"
CredentialRotation-rotate     /entity/type                      "Credential"
CredentialRotation-rotate     /comment                          "scheduled rotation"
CredentialRotation-rotate     /api                              -
CredentialRotation-rotate-failed /entity_result                 -
CredentialRotation-root-key   /entity/type                      "Encryption Key"
CredentialRotation-invalidate /entity_result                    -
CredentialRotation-overdue    /compliance/standards/0           "Secret rotation policy"
CredentialRotation-overdue    /compliance/status_id             3
CredentialRotation-overdue    /finding_info/uid                 "overdue:vault-eu-prod/kv/smtp/relay"
CredentialRotation-overdue    /remediation/desc                 "Rotate smtp/relay."
CredentialRotation-overdue    /actor                            -
CredentialRotation-overdue    /unmapped/actor.id                "system:daemon"
PolicyChange-update           /entity/type_id                   5
PolicyChange-update           /entity_result/version            "3"
IdentityChange-register       /entity/uid                       "agent:billing-agent"
IdentityChange-register       /entity/type                      "AI Agent"
IdentityChange-token-issued   /privileges                       ["policy:payments-read","policy:default"]
IdentityChange-token-issued   /actor/user/uid                   "agent:invoice-agent"
IdentityChange-token-revoked  /user/uid                         "unknown"
IdentityChange-token-revoked  /actor/user/uid                   "user:maria.lind"
IdentityChange-token-revoked  /session/credential_uid           "hmac-sha256:77aa"
IdentityChange-policy-granted /user/uid                         "agent:billing-agent"
IdentityChange-policy-granted /actor/user/uid                   "user:maria.lind"
IdentityChange-policy-granted /privileges                       ["policy:payments-read"]
IdentityChange-grant-to-somebody /user/uid                      "agent:billing-agent"
IdentityChange-grant-to-somebody /resource/type                 "policy"
IdentityChange-grant-to-somebody /privileges                    ["policy:payments-read"]
IdentityChange-mfa-removed    /user/uid                         "user:alice"
IdentityChange-mfa-enrolled   /unmapped/details.mfa_method      "totp"
VaultLifecycle-seal           /app/uid                          "vault-prod"
VaultLifecycle-seal           /app/vendor_name                  "HashiCorp"
VaultLifecycle-seal           /unmapped/network.source_ip       "10.20.4.17"
ConfigChange-mount            /entity/type                      "Secrets Engine"
ConfigChange-audit-disabled   /log_name                         "file"
ConfigChange-audit-disabled   /log_type_id                      2
ConfigChange-audit-disabled   /unmapped/request.user_agent      "curl/8.5.0"
ActorDecision-pending         /action_id                        0
ActorDecision-pending         /disposition_id                   14
ActorDecision-pending         /finding_info/uid                 "aitl-3c77"
ActorDecision-pending         /evidences/0/actor/user/uid       "did:sync:agent:research-01"
ActorDecision-approved        /action_id                        1
ActorDecision-approved        /disposition_id                   8
ActorDecision-approved        /finding_info/uid                 "aitl-3c77"
ActorDecision-approved        /comment                          "invoice checked"
ActorDecision-approved        /actor/user/uid                   "did:sync:user:bob"
ActorDecision-rejected        /disposition_id                   25
ActorDecision-rejected        /metadata/original_time           -
ActorDecision-rejected        /unmapped/time_quality            "ingest"
ActorDecision-expired         /disposition_id                   99
ActorDecision-expired         /disposition                      "Expired"
ActorDecision-expired         /evidences/0/actor/user/uid       "did:sync:agent:research-01"
Dispatch-complete             /duration                         61250
Dispatch-complete             /src_endpoint/svc_name            "syncropel"
Dispatch-budget-exceeded      /status_code                      "budget_exceeded"
Dispatch-timeout              /unmapped/details.steps           "{\"done\":3,\"left\":[4,5]}"
Dispatch-timeout              /unmapped/details.retries         "null"
Governance-kill-emergency     /comment                          "agent loops on failed transfers"
Governance-denied             /disposition_id                   26
ExportHealth-delivery-failed  /dst_endpoint/svc_name            "splunk-prod"
ExportHealth-delivery-failed  /dst_endpoint/hostname            "splunk.example.com"
ExportHealth-chain-gap        /metadata/sequence                -
ExportHealth-chain-gap        /unmapped/integrity.sequence      "4294967296"
SystemActivity-config-reload  /entity/uid                       "acme-hub/config"
SystemActivity-unknown        /unmapped/redactions              "[\"/message\"]"
SystemActivity-awkward-text   /src_endpoint/name                "not-an-ip"
SystemActivity-awkward-text   /dst_endpoint/name                "db.internal:5432"
SystemActivity-awkward-text   /dst_endpoint/hostname            -
SystemActivity-awkward-text   /actor/user/email_addr            -
SystemActivity-awkward-text   /unmapped/actor.email             "not an address"
SystemActivity-awkward-text   /api/request                      -
"#;

#[test]
fn every_member_stands_where_the_mapping_puts_it() {
    let events = events();
    for row in MEMBERS.lines().filter(|row| !row.is_empty()) {
        let mut cells = row.splitn(2, char::is_whitespace);
        let (sample, rest) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let (pointer, value) =
            rest.trim_start().split_once(char::is_whitespace).unwrap_or_else(|| panic!("{row}"));
        let found = events[sample].pointer(pointer);
        match value.trim() {
            "-" => assert_eq!(found, None, "{sample} {pointer}"),
            json => {
                let expected: Value =
                    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {row}"));
                assert_eq!(found, Some(&expected), "{sample} {pointer}");
            }
        }
    }
}

#[test]
fn the_observables_of_a_class_are_those_that_it_has() {
    let events = events();
    let names = |sample: &str| -> Vec<String> {
        let list = events[sample]["observables"].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(
        names("Authentication-login-oidc-mfa"),
        ["user.name", "src_endpoint.ip", "dst_endpoint.hostname", "http_request.user_agent"]
    );
    assert_eq!(
        names("PolicyViolation-denied"),
        [
            "actor.user.name",
            "actor.session.credential_uid",
            "evidences[].actor.user.name",
            "evidences[].src_endpoint.ip",
            "evidences[].dst_endpoint.hostname",
            "resources[].uid",
        ]
    );
}
