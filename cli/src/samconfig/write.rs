//! A samconfig.toml. Parameters are a table: in the string form `sam` loses quotation marks and line breaks.

use std::fmt::Write;

use super::convert::{Deployment, Parameters};

/// The whole file.
pub(super) fn samconfig(of: &Deployment) -> String {
    let mut file = String::from("version = 0.1\n\n");
    let core = &of.core;
    let _ = write!(
        file,
        "[default.global.parameters]\nstack_name = {}\n\n\
         [default.build.parameters]\ncached = false\nparallel = true\n\n",
        quoted(core)
    );
    deploy(&mut file, "default", "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND", core, None);
    parameters(&mut file, "default", &of.parameters);
    for instance in &of.instances {
        let name = &instance.name;
        let template = format!(".aws-sam/build/{}/template.yaml", instance.prefix);
        let stack = format!("{core}-{name}");
        let _ = write!(file, "\n# After the core stack: sam deploy --config-env {name}\n");
        deploy(&mut file, name, "CAPABILITY_IAM", &stack, Some((&stack, &template)));
        parameters(&mut file, name, &instance.parameters);
    }
    file
}

fn deploy(
    file: &mut String,
    env: &str,
    capabilities: &str,
    prefix: &str,
    own: Option<(&str, &str)>,
) {
    let _ = writeln!(file, "[{env}.deploy.parameters]");
    if let Some((stack, template)) = own {
        let (stack, template) = (quoted(stack), quoted(template));
        let _ = writeln!(file, "stack_name = {stack}\ntemplate_file = {template}");
    }
    let _ = write!(
        file,
        "capabilities = {}\nconfirm_changeset = true\non_failure = \"DELETE\"\nresolve_s3 = true\ns3_prefix = {}\n\n",
        quoted(capabilities),
        quoted(prefix)
    );
}

fn parameters(file: &mut String, env: &str, of: &Parameters) {
    let _ = writeln!(file, "[{env}.deploy.parameters.parameter_overrides]");
    for comment in &of.comments {
        let _ = writeln!(file, "# {comment}");
    }
    for (name, value) in &of.values {
        let _ = writeln!(file, "{name} = {}", literal(value));
    }
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
