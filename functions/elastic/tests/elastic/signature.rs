//! Requests signed for Amazon OpenSearch Service, verified by a second implementation.
//!
//! The rules are those of "Create a signed AWS API request" in the IAM user guide.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::*;

fn signing(server: &Server, settings: &str) -> Elastic {
    let mut export = export(server, &format!("aws_auth = true\n{settings}"));
    export.secret = None;
    // Key id and secret key are `test`, the region is us-east-1.
    let aws = tests::secrets::config(&server.url());
    Elastic::new(export, &Tools::new(Aws::from_config(aws))).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// The value of `name=` in the authorization header.
fn part<'h>(header: &'h str, name: &str) -> &'h str {
    let (_, rest) = header.split_once(&format!("{name}=")).unwrap();
    rest.split([',', ' ']).next().unwrap()
}

/// What the signature of this request has to be.
fn expected(request: &Request) -> String {
    let authorization = request.header("authorization").unwrap();
    let scope = part(authorization, "Credential").strip_prefix("test/").unwrap();
    let names = part(authorization, "SignedHeaders");
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let headers = names
        .split(';')
        .fold(String::new(), |text, name| text + name + ":" + request.header(name).unwrap() + "\n");
    let canonical = format!(
        "{}\n{path}\n{query}\n{headers}\n{names}\n{}",
        request.method,
        hex(&Sha256::digest(&request.body))
    );
    let date = request.header("x-amz-date").unwrap();
    let digest = hex(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");
    let key = scope.split('/').fold(b"AWS4test".to_vec(), |key, part| hmac(&key, part));
    hex(&hmac(&key, &to_sign))
}

#[tokio::test]
async fn a_signature_can_be_verified() {
    for (settings, scope) in [
        ("", "us-east-1/es/aws4_request"),
        ("aws_service = \"aoss\"\nindex = \"audit\"\n", "us-east-1/aoss/aws4_request"),
        ("region = \"eu-central-1\"\npipeline = \"a b*\"\n", "eu-central-1/es/aws4_request"),
        ("compression = \"none\"\n", "us-east-1/es/aws4_request"),
    ] {
        let server = Server::start(creates).await;
        let elastic = signing(&server, settings);
        let answer = deliver(&elastic, &events(2)).await;
        assert_eq!(answer, Answer::Each(vec![Verdict::delivered(); 2]));

        let request = &server.requests()[0];
        let authorization = request.header("authorization").unwrap();
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 "), "{authorization}");
        assert!(part(authorization, "Credential").ends_with(scope), "{authorization}");
        let names = part(authorization, "SignedHeaders");
        for needed in ["host", "x-amz-content-sha256", "x-amz-date"] {
            assert!(names.split(';').any(|name| name == needed), "{names}");
        }
        let digest = hex(&Sha256::digest(&request.body));
        assert_eq!(request.header("x-amz-content-sha256"), Some(&*digest));
        assert_eq!(part(authorization, "Signature"), expected(request), "{settings}");
        assert!(!request.path.contains("require_data_stream"), "it is OpenSearch");
    }
}

#[tokio::test]
async fn a_refused_signature_keeps_the_events() {
    let server = Server::replies([Reply::status(403, r#"{"message":"no"}"#)]).await;
    let outcome = run(signing(&server, ""), &events(2)).await;
    assert_eq!((outcome.counts.retried, outcome.counts.auth_failures), (2, 1));
}

/// A time-series collection takes no ids, and says so of every document.
#[tokio::test]
async fn a_collection_of_the_wrong_kind_is_a_setting_and_no_fault_of_the_events() {
    let reason = "Document ID is not supported in create/index operation request";
    let error = json!({"type": "illegal_argument_exception", "reason": reason});
    let refused = json!({"create": {"status": 400, "error": error}});
    let server = Server::replies([says(&vec![refused; 2])]).await;
    let elastic = signing(&server, "aws_service = \"aoss\"\nindex = \"audit\"\n");
    assert!(matches!(deliver(&elastic, &events(2)).await, Answer::Config(_)));
}

#[tokio::test]
async fn setup_makes_an_index_with_types_in_a_collection() {
    let server = Server::replies([Reply::status(200, "{}")]).await;
    let elastic = signing(&server, "aws_service = \"aoss\"\nindex = \"audit\"\n");
    let findings = elastic.setup(false).await;
    assert_eq!(levels(&findings), [("index", Level::Good)]);
    let [request] = server.requests().try_into().unwrap();
    assert_eq!((&*request.method, &*request.path), ("PUT", "/audit"));
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(body["mappings"]["properties"]["source"]["properties"]["ip"]["type"], "ip");
    assert_eq!(part(request.header("authorization").unwrap(), "Signature"), expected(&request));
}
