"""Writes the variables of the Terraform modules from the parameters of the templates: `make terraform`.

A variable that is not set is not passed on, so that defaults stand in the templates alone; so do patterns and
rules, which CloudFormation checks before it changes anything. Lists of values and ranges are checked here as
well, because then `terraform plan` names them.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
MODULES = {"core": "template.yaml", "destination": "infra/destination.yaml"}
HEAD = "# Made from {template} by `make terraform`; do not edit.\n"


class Loader(yaml.SafeLoader):
    """Reads templates; what `!Ref` and its like stand before does not matter here."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: None)


def read(template: Path) -> dict[str, Any]:
    """A template; its functions are read as nothing."""
    return yaml.load(template.read_text(), Loader)  # noqa: S506


def snake(name: str) -> str:
    """`S3RoleArn` is `s3_role_arn`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def kind(name: str, spec: dict[str, Any]) -> str:
    """The type of the variable."""
    if name.endswith("Ids"):
        return "list(string)"
    if spec.get("AllowedValues") == ["true", "false"]:
        return "bool"
    return {"Number": "number", "String": "string"}[spec["Type"]]


def variable(name: str, spec: dict[str, Any]) -> str:
    """The block of a variable."""
    lines = [f'variable "{snake(name)}" {{', f"  description = {json.dumps(description(spec))}"]
    lines.append(f"  type        = {kind(name, spec)}")
    if "Default" in spec:
        lines.append("  default     = null")
    lines += validation(name, spec)
    return "\n".join([*lines, "}"]) + "\n"


def description(spec: dict[str, Any]) -> str:
    text = " ".join(spec["Description"].split())
    default = spec.get("Default", "")
    if default != "":
        text = f"{text.removesuffix('.')}. Default: {default}."
    return text.replace("${", "$${")


def validation(name: str, spec: dict[str, Any]) -> list[str]:
    """The check of a list of values or of a range."""
    value = f"var.{snake(name)}"
    if kind(name, spec) == "bool":
        return []
    if allowed := spec.get("AllowedValues"):
        check = f"contains({json.dumps(allowed)}, {value})"
        message = f"{snake(name)} must be one of: {', '.join(map(str, allowed))}."
    elif "MinValue" in spec:
        check = f"{value} >= {spec['MinValue']} && {value} <= {spec['MaxValue']}"
        message = f"{snake(name)} must be from {spec['MinValue']} to {spec['MaxValue']}."
    else:
        return []
    condition = f"{value} == null ? true : {check}" if "Default" in spec else check
    block = [f"    condition     = {condition}", f"    error_message = {json.dumps(message)}"]
    return ["", "  validation {", *block, "  }"]


def parameters(specs: dict[str, dict[str, Any]]) -> str:
    """What is passed to the stack: every parameter whose variable is set."""
    width = max(map(len, specs))
    lines = [f"    {name.ljust(width)} = {given(name, spec)}" for name, spec in specs.items()]
    return "\n".join(
        [
            "locals {",
            "  given = {",
            *lines,
            "  }",
            "",
            "  parameters = { for name, value in local.given : name => value if value != null }",
            "}",
            "",
        ]
    )


def given(name: str, spec: dict[str, Any]) -> str:
    value = f"var.{snake(name)}"
    if kind(name, spec) == "list(string)":
        return f'{value} == null ? null : join(",", {value})'
    return value if kind(name, spec) == "string" else f"{value} == null ? null : tostring({value})"


def files() -> dict[Path, str]:
    """Every file that is made, and its text."""
    made = {}
    for module, template in MODULES.items():
        specs = read(ROOT / template)["Parameters"]
        head, folder = HEAD.format(template=template), ROOT / "infra/terraform" / module
        blocks = [variable(name, spec) for name, spec in specs.items()]
        made[folder / "variables.tf"] = "\n".join([head, *blocks])
        made[folder / "parameters.tf"] = f"{head}\n{parameters(specs)}"
    return made


def main() -> None:
    for path, text in files().items():
        path.write_text(text)
    if "--format" in sys.argv:
        subprocess.run(["terraform", "fmt", "-recursive", "infra/terraform"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
