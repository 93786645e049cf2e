//! Where AWS credentials come from, and what is said when there are none.

use crate::queue::Queue;
use crate::support::{BINARY, End, Place, event};

/// `ship` with these AWS files, and a profile if one is named.
fn ship(place: &Place, queue: &Queue, profile: Option<&str>) -> End {
    place.write("audit.log", event("a0"));
    let mut command = place.command(BINARY);
    command.args(["ship", "audit.log"]).envs(queue.environment());
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    if let Some(profile) = profile {
        command.env("AWS_PROFILE", profile);
    }
    End::of(&command.output().unwrap())
}

const SSO: &str = "[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n\
    [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n\
    [profile sso-old]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n\
    sso_account_id = 123456789012\nsso_role_name = Reader\n";

#[test]
fn a_process_brings_credentials() {
    let (place, queue) = (Place::new(), Queue::start(&[]));
    place.write(
        "keys.json",
        r#"{"Version":1,"AccessKeyId":"AKIDPROCESS","SecretAccessKey":"example"}"#,
    );
    let config =
        format!("[profile p]\ncredential_process = cat {}\n", place.path("keys.json").display());
    place.write(".aws/config", config);
    ship(&place, &queue, Some("p")).done();
    assert_eq!(queue.ids(), ["a0"]);
}

#[test]
fn each_cause_has_its_own_words_and_way_out() {
    let process = "[profile p]\ncredential_process = sh -c 'echo CANARY >&2; exit 7'\n\
                   [profile q]\ncredential_process = echo CANARY\n";
    let expired = r#"{"accessToken":"CANARY","expiresAt":"2020-01-01T00:00:00Z","region":"eu-west-1","startUrl":"https://example.awsapps.com/start"}"#;
    // Its name is the SHA-1 of the session's.
    let cache = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
    let rows = [
        (None, "there are no AWS credentials", "AWS_PROFILE"),
        (Some("nobody"), "the AWS profile `nobody` is not defined", "list-profiles"),
        (Some("p"), "credential_process of the AWS profile failed (exit status: 7)", "by hand"),
        (Some("q"), "credential_process of the AWS profile did not write", "by hand"),
        (Some("sso"), "the AWS SSO session has expired", "aws sso login"),
        (Some("sso-old"), "the AWS SSO session has expired", "aws sso login"),
    ];
    for (profile, words, hint) in rows {
        let (place, queue) = (Place::new(), Queue::start(&[]));
        place.write(".aws/config", format!("{process}{SSO}"));
        place.write(cache, expired);
        let end = ship(&place, &queue, profile);
        assert_eq!(end.code, 6, "{profile:?}: {}", end.stderr);
        assert!(
            end.stderr.contains(words) && end.stderr.contains(hint),
            "{profile:?}: {}",
            end.stderr
        );
        assert!(!end.stderr.contains("CANARY"), "{profile:?}: {}", end.stderr);
        assert!(queue.requests().is_empty());
    }
}
