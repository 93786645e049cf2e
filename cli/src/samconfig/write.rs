//! A samconfig.toml. Parameters are a table: in the string form `sam` loses quotation marks and line breaks.

use super::convert::{Deployment, Parameters};

/// The whole file.
pub(super) fn samconfig(of: &Deployment) -> String {
    let core = &of.core;
    let mut file = format!(
        "version = 0.1\n\n[default.global.parameters]\nstack_name = {}\n\n\
         [default.build.parameters]\ncached = false\nparallel = true\n\n",
        quoted(core)
    );
    file += &deploy("default", "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND", core, "");
    file += &parameters("default", &of.parameters);
    for instance in &of.instances {
        let name = &instance.name;
        let stack = format!("{core}-{name}");
        let template = format!(".aws-sam/build/{}/template.yaml", instance.prefix);
        let own =
            format!("stack_name = {}\ntemplate_file = {}\n", quoted(&stack), quoted(&template));
        let how = format!("\n# After the core stack: sam deploy --config-env {name}\n");
        file += &how;
        file += &deploy(name, "CAPABILITY_IAM", &stack, &own);
        file += &parameters(name, &instance.parameters);
    }
    file
}

fn deploy(env: &str, capabilities: &str, prefix: &str, own: &str) -> String {
    let (capabilities, prefix) = (quoted(capabilities), quoted(prefix));
    format!(
        "[{env}.deploy.parameters]\n{own}capabilities = {capabilities}\nconfirm_changeset = true\n\
         on_failure = \"DELETE\"\nresolve_s3 = true\ns3_prefix = {prefix}\n\n"
    )
}

fn parameters(env: &str, of: &Parameters) -> String {
    let comments = of.comments.iter().map(|comment| format!("# {comment}\n"));
    let values = of.values.iter().map(|(name, value)| format!("{name} = {}\n", literal(value)));
    let lines: String = comments.chain(values).collect();
    format!("[{env}.deploy.parameters.parameter_overrides]\n{lines}")
}

/// Lines as they are, so that a person can edit them; one line as a plain text.
fn literal(value: &str) -> String {
    if value.contains('\n') && !value.contains("'''") {
        return format!("'''\n{}\n'''", value.trim_end());
    }
    quoted(value)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
