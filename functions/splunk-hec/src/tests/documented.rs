//! The page for users says what is so.

use super::*;

const PAGE: &str = include_str!("../../../../docs/destinations/splunk-hec.md");

#[test]
fn the_example_of_the_page_is_a_configuration() {
    let example = PAGE.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let example: toml::Value = toml::from_str(example).unwrap();
    let adapter = &example["export"]["adapters"][0];
    assert_eq!(adapter["type"].as_str(), Some("splunk_hec"));
    let config = adapter["config"].as_table().unwrap().clone();
    let export: Export<OverHttp<Config>> =
        from_tables(config, toml::Table::new(), Some(100)).unwrap();
    assert_eq!(export.secret, Some(SecretRef::Env("SANCTUM_SPLUNK_TOKEN".to_owned())));
    assert!(SplunkHec::new(export, &Tools::default()).is_ok());
}

#[test]
fn every_setting_is_on_the_page() {
    let unknown = "endpoint = \"https://h\"\nnonsense = 1\n".parse().unwrap();
    let error =
        from_tables::<OverHttp<Config>>(unknown, toml::Table::new(), None).unwrap_err().to_string();
    let known = error.split_once("known are ").unwrap().1;
    let settings: Vec<&str> = known.split(", ").collect();
    assert!(settings.len() > 8, "{error}");
    for setting in settings {
        assert!(PAGE.contains(&format!("| `{setting}`")), "{setting}");
    }
}
