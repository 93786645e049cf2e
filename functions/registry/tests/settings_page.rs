//! `docs/settings.md` is made from the structs that settings are read into. `EXPECTORATE=overwrite` writes it anew.

use delivery::settings::{Setting, describe};
use registry::Type;
use transform::filter::Filter;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");

const HEAD: &str = "# Settings

Made from the code by `cargo test -p registry`; do not edit. The same keys are used in `config.toml`
(`[export.adapters.config]`, `[export.adapters.filter]`) and in the stack's parameters `…Settings` and `…Filter`.
`vault-export config --describe TYPE` prints these tables. The pages in [destinations](destinations/) have examples and defaults.
";

fn table(settings: &[Setting]) -> String {
    let rows = settings.iter().map(|one| {
        let needed = if one.required { "**Required.** " } else { "" };
        let text = one.description.replace('|', "\\|");
        format!("| `{}` | {} | {needed}{text} |\n", one.key, one.kind)
    });
    format!("| key | value | what it does |\n|---|---|---|\n{}", rows.collect::<String>())
}

#[test]
fn the_page_of_settings_is_made_from_the_code() {
    let types =
        Type::ALL.iter().map(|kind| format!("\n## `{kind}`\n\n{}", table(&kind.settings())));
    let filter = format!("\n## Filter\n\n{}", table(&describe::<Filter>()));
    let page = format!("{HEAD}{}{filter}", types.collect::<String>());
    expectorate::assert_contents(PAGE, &page);
    assert!(std::fs::read_to_string(PAGE).unwrap().contains("`min_severity`"));
}
