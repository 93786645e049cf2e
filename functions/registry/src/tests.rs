use super::*;

#[test]
fn every_type_is_found_by_its_names_and_by_no_other() {
    for kind in Type::ALL {
        for name in kind.names() {
            assert_eq!(name.parse(), Ok(*kind));
        }
        assert_eq!(kind.to_string(), kind.as_str());
    }
    let error = "canary".parse::<Type>().unwrap_err();
    assert!(error.contains("splunk_hec, datadog") && !error.contains("canary"), "{error}");
}
