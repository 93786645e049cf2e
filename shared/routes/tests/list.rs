//! Reading routes from an SSM on a real socket.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use tests::ssm::Ssm;

const PATH: &str = "/vault-export/core/routes";

#[tokio::test]
async fn every_page_is_read_and_other_paths_are_not() {
    let ssm = Ssm::start().await;
    for number in 0..25 {
        ssm.put(&format!("{PATH}/webhook-{number:02}"), "type = 'webhook'");
    }
    ssm.put("/vault-export/other/routes/s3", "type = 's3'");
    let client = routes::client(&tests::secrets::config(&ssm.url()));
    let entries = routes::list(&client, PATH).await.unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry.name.clone()).collect();
    let expected: Vec<_> = (0..25).map(|number| format!("webhook-{number:02}")).collect();
    assert_eq!(names, expected);
    assert_eq!(ssm.calls(), 3);
    assert_eq!(ssm.paths(), [PATH, PATH, PATH]);
}

#[tokio::test]
async fn nothing_is_an_answer_and_a_refusal_is_none() {
    let ssm = Ssm::start().await;
    let client = routes::client(&tests::secrets::config(&ssm.url()));
    assert_eq!(routes::list(&client, PATH).await, Ok(Vec::new()));
    ssm.fail(Some("AccessDeniedException"));
    let error = routes::list(&client, PATH).await.unwrap_err();
    assert_eq!((error.code.as_str(), error.status), ("AccessDeniedException", Some(400)));
}
