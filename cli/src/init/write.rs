//! The text of the file: what was answered, and every other setting as a comment.

use std::fmt::Write;

use delivery::settings::{Setting, describe};
use toml::{Table, Value};
use transform::filter::Filter;

use super::Draft;
use crate::config::OWN_LOGS;

/// Keys that stand for `secret_env`; one of them is enough.
const SAME: [&str; 4] = ["secret_env", "token_env", "api_key_env", "secret_arn"];

/// What is added behind what the file holds already.
pub(super) fn text(before: &str, draft: &Draft) -> String {
    let has_export = before.parse::<Table>().is_ok_and(|file| file.contains_key("export"));
    let mut out = String::new();
    if before.is_empty() {
        out.push_str(HEAD);
    } else if !before.ends_with('\n') {
        out.push('\n');
    }
    if !has_export {
        export(&mut out, draft);
    }
    adapter(&mut out, draft);
    out
}

const HEAD: &str = "\
# vault-export: which events are delivered, and where to. docs/cli/config.md has every key.
# Check it with `vault-export check`. Credentials do not belong here: settings name environment variables.
";

/// Lines are put together here; writing into a string cannot fail.
macro_rules! line {
    ($out:expr) => { $out.push('\n') };
    ($out:expr, $($part:tt)*) => {{
        let _written = writeln!($out, $($part)*);
    }};
}

fn export(out: &mut String, draft: &Draft) {
    line!(out);
    line!(out, "[export]");
    line!(out, "# Whether `deliver --follow` exports continuously.");
    line!(out, "enabled = true");
    line!(
        out,
        "# The vault's audit log: a file, a folder, or a list of them. Without it the first of these below ~/.sanctum:"
    );
    line!(out, "# {}", OWN_LOGS.join(", "));
    match &draft.source {
        Some(source) => line!(out, "source = {}", Value::String(source.display().to_string())),
        None => line!(out, "# source = \"/var/log/vault/audit.log\""),
    }
}

fn adapter(out: &mut String, draft: &Draft) {
    let kind = draft.kind.of;
    line!(out);
    line!(out, "[[export.adapters]]");
    line!(out, "# A name of its own; it names the dead-letter file and the cursor.");
    line!(out, "id = {}", Value::String(draft.id.clone()));
    line!(out, "type = {}", Value::String(kind.to_string()));
    line!(out, "enabled = true");
    line!(out);
    line!(out, "[export.adapters.config]");
    let all = kind.settings();
    for (key, value) in &draft.settings {
        if let Some(setting) = all.iter().find(|one| one.key == *key) {
            line!(out, "# {}", setting.description);
        }
        line!(out, "{key} = {value}");
    }
    let is_set = |key: &str| draft.settings.iter().any(|(set, _)| set == key);
    for setting in all.iter().filter(|one| !is_set(&one.key) && !SAME.contains(&one.key.as_str())) {
        commented(out, setting);
    }
    line!(out);
    line!(out, "# [export.adapters.batch]");
    line!(out, "# Events in a request, and the seconds after which one goes out unfilled.");
    line!(out, "# size = {}", kind.batch_size());
    line!(out, "# flush_interval_secs = {}", kind.flush_interval().as_secs());
    line!(out);
    line!(out, "# [export.adapters.filter]");
    line!(
        out,
        "# Only events for which all of these hold; `vault-export help classes` and `help severities` list the words."
    );
    for setting in &describe::<Filter>() {
        commented(out, setting);
    }
}

fn commented(out: &mut String, setting: &Setting) {
    let value = match setting.kind.as_str() {
        "number" => "0",
        "true or false" => "false",
        "list" => "[]",
        "table" => "{}",
        _ => "\"\"",
    };
    line!(out, "# {}", setting.description);
    line!(out, "# {} = {value}", setting.key);
}
