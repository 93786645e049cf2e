//! `check` against addresses that nobody answers at, and files that cannot be right.

use crate::support::Place;

fn check(config: &str, arguments: &[&str]) -> crate::support::End {
    let place = Place::new();
    place.write(".sanctum/config.toml", config);
    place.run(&[&["check"], arguments].concat())
}

/// A port that was free a moment ago.
fn closed() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_destination_that_does_not_answer_has_failed() {
    let config = format!(
        "[[export.adapters]]\nid = \"splunk-prod\"\ntype = \"splunk_hec\"\n[export.adapters.config]\n\
         endpoint = \"http://127.0.0.1:{}\"\nallow_insecure = true\ntoken_env = \"HOME\"\n",
        closed()
    );
    let end = check(&config, &[]);
    assert!(matches!(end.code, 5 | 6), "{} {}", end.stdout, end.stderr);
    assert!(end.stdout.contains("splunk-prod: failed: "), "{}", end.stdout);
}

#[test]
fn a_setting_that_does_not_exist_is_named() {
    let config = "[[export.adapters]]\nid = \"a\"\ntype = \"splunk_hec\"\n[export.adapters.config]\n\
                  endpoint = \"https://splunk.example.com\"\nindx = \"x\"\n";
    let end = check(config, &[]);
    assert_eq!(end.code, 5);
    assert!(end.stdout.contains("indx"), "{}", end.stdout);
}

#[test]
fn adapters_are_chosen_by_id_and_a_wrong_one_is_answered_with_the_right_ones() {
    let config = "[[export.adapters]]\nid = \"lake\"\ntype = \"security_lake\"\nenabled = false\n";
    assert_eq!(check(config, &[]).code, 5);
    let end = check(config, &["lake"]);
    assert_eq!(end.code, 5);
    assert!(
        end.stdout.starts_with("lake: failed: configuration: ")
            && end.stdout.contains("bucket: is required"),
        "{}",
        end.stdout
    );
    let end = check(config, &["sea"]);
    assert_eq!(end.code, 2);
    assert!(end.stderr.contains("its adapters: lake"), "{}", end.stderr);
}

#[test]
fn findings_are_json_for_programs() {
    let config = "[[export.adapters]]\nid = \"lake\"\ntype = \"security_lake\"\n";
    let end = check(config, &["--json", "--quiet"]);
    assert_eq!((end.code, end.stderr.as_str()), (5, ""));
    let findings: serde_json::Value = serde_json::from_str(&end.stdout).unwrap();
    let finding = &findings[0];
    assert_eq!(finding["destination"], "lake");
    assert_eq!(
        (&finding["level"], &finding["subject"]),
        (&"failed".into(), &"configuration".into())
    );
    assert!(finding["text"].as_str().unwrap().contains("bucket"), "{finding}");
}

/// What works on adapters has none without the file; what only may read it goes on without.
#[test]
fn a_missing_configuration_file_is_an_error_where_one_is_needed() {
    let place = Place::new();
    for command in [
        &["check"][..],
        &["deliver", "audit.log"],
        &["deliver", "--follow"],
        &["config"],
        &["config", "--check"],
        &["setup", "elastic"],
    ] {
        let end = place.run(command);
        assert_eq!(end.code, 5, "{command:?}: {}", end.stderr);
        assert!(end.stderr.contains("config.toml: no configuration file"), "{}", end.stderr);
        assert!(end.stderr.contains("vault-export init"), "{}", end.stderr);
    }
    place.run_with(&["export", "-"], crate::support::event("a")).done();
    let end = place.run(&["export", "-", "--config", "missing.toml"]);
    assert_eq!(end.code, 0, "a path was given, so that the file is not asked: {}", end.stderr);
    assert_eq!(place.run(&["export", "--config", "missing.toml"]).code, 5);
}
