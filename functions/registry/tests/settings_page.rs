//! The tables of settings in `docs` are made from the structs that settings are read into. `EXPECTORATE=overwrite`
//! writes them anew.

use delivery::settings::{Setting, describe};
use registry::Type;
use transform::filter::Filter;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

const HEAD: &str = "# Settings

Made from the code by `cargo test -p registry`; do not edit. The same keys are used in `config.toml`
(`[export.adapters.config]`, `[export.adapters.filter]`) and in the stack's parameters `…Settings` and `…Filter`.
`vault-export config --describe TYPE` prints these tables. The pages in [destinations](destinations/) have examples.
";

/// Between these lines a page of a destination has its table.
const BEGIN: &str = "<!-- Settings: made from the code by `cargo test -p registry`. -->\n";
const END: &str = "<!-- End of the settings. -->\n";

fn table<'s>(settings: impl IntoIterator<Item = &'s Setting>) -> String {
    let rows = settings.into_iter().map(|one| {
        let needed = if one.required { "**Required.** " } else { "" };
        let text = one.description.replace('|', "\\|");
        format!("| `{}` | {} | {needed}{text} |\n", one.key, one.kind)
    });
    format!("| key | value | what it does |\n|---|---|---|\n{}", rows.collect::<String>())
}

/// What every type has.
fn common() -> Vec<Setting> {
    let (first, rest) = Type::ALL.split_first().expect("a type");
    let rest: Vec<_> = rest.iter().map(|kind| kind.settings()).collect();
    let mut common = first.settings();
    common.retain(|one| rest.iter().all(|settings| settings.contains(one)));
    common
}

/// What one type has beside that.
fn own(kind: Type) -> Vec<Setting> {
    let common = common();
    let mut own = kind.settings();
    own.retain(|one| !common.contains(one));
    own
}

/// The page of a destination's type.
fn page(kind: Type) -> String {
    format!("{DOCS}/destinations/{}.md", kind.to_string().replace('_', "-"))
}

#[test]
fn the_page_of_settings_is_made_from_the_code() {
    let common = format!("\n## Every type\n\n{}", table(&common()));
    let types = Type::ALL.iter().map(|kind| format!("\n## `{kind}`\n\n{}", table(&own(*kind))));
    let filter = format!("\n## Filter\n\n{}", table(&describe::<Filter>()));
    let page = format!("{HEAD}{common}{}{filter}", types.collect::<String>());
    for key in ["`batch_size`", "`min_severity`", "`sourcetype`"] {
        assert_eq!(page.matches(&format!("| {key} |")).count(), 1, "{key}");
    }
    expectorate::assert_contents(format!("{DOCS}/settings.md"), &page);
}

#[test]
fn the_table_on_each_destination_s_page_is_made_from_the_code() {
    for &kind in Type::ALL {
        let path = page(kind);
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once(BEGIN).expect("a place for the table");
        let (_, after) = rest.split_once(END).expect("an end of the table");
        let wanted = format!("{before}{BEGIN}\n{}\n{END}{after}", table(&own(kind)));
        expectorate::assert_contents(&path, &wanted);
    }
}
