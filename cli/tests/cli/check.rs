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
