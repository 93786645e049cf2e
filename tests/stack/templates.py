"""Reads templates and evaluates the few intrinsic functions that ours use."""

import re
from dataclasses import dataclass
from typing import Any

from localcloud.paths import ROOT
from samtranslator.yaml_helper import yaml_parse

PSEUDO = {
    "AWS::StackName": "vault-export",
    "AWS::Region": "eu-central-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
NOTHING = object()


@dataclass
class Template:
    """A template, and what it evaluates to for given parameters."""

    source: dict[str, Any]

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        return self.source.get("Parameters", {})

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of a type, unevaluated."""
        return {
            name: resource for name, resource in self.source["Resources"].items() if resource["Type"] == kind
        }

    def resources(self, **given: Any) -> dict[str, dict[str, Any]]:
        """The resources that exist with these parameters, evaluated."""
        values = self.values(given)
        return {
            name: self.evaluate(resource, values)
            for name, resource in self.source["Resources"].items()
            if self.holds(resource.get("Condition"), values)
        }

    def values(self, given: dict[str, Any]) -> dict[str, Any]:
        """Pseudo parameters, defaults, and the given values over them."""
        unknown = set(given) - set(self.parameters)
        assert not unknown, f"no such parameters: {unknown}"
        defaults = {name: spec["Default"] for name, spec in self.parameters.items() if "Default" in spec}
        return {**PSEUDO, **{name: str(value) for name, value in {**defaults, **given}.items()}}

    def refusals(self, **given: Any) -> list[str]:
        """What the rules say against these parameters."""
        values = self.values(given)
        return [
            assertion["AssertDescription"]
            for rule in self.source.get("Rules", {}).values()
            if self.evaluate(rule["RuleCondition"], values)
            for assertion in rule["Assertions"]
            if not self.evaluate(assertion["Assert"], values)
        ]

    def holds(self, condition: str | None, values: dict[str, Any]) -> bool:
        return condition is None or self.evaluate(self.source["Conditions"][condition], values)

    def evaluate(self, node: Any, values: dict[str, Any]) -> Any:
        """The node with parameters, conditions and mappings filled in; attributes of resources stay."""
        if isinstance(node, list):
            return [item for item in (self.evaluate(item, values) for item in node) if item is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if function := getattr(self, "_" + name.replace("::", "_").lower(), None):
                return function(argument, values)
        members = ((name, self.evaluate(value, values)) for name, value in node.items())
        return {name: value for name, value in members if value is not NOTHING}

    def _ref(self, name: str, values: dict[str, Any]) -> Any:
        return NOTHING if name == "AWS::NoValue" else values.get(name, {"Ref": name})

    def _fn_if(self, argument: list[Any], values: dict[str, Any]) -> Any:
        condition, then, otherwise = argument
        return self.evaluate(then if self.holds(condition, values) else otherwise, values)

    def _condition(self, name: str, values: dict[str, Any]) -> bool:
        return self.holds(name, values)

    def _fn_equals(self, argument: list[Any], values: dict[str, Any]) -> bool:
        left, right = (self.evaluate(side, values) for side in argument)
        return str(left) == str(right)

    def _fn_not(self, argument: list[Any], values: dict[str, Any]) -> bool:
        return not self.evaluate(argument[0], values)

    def _fn_and(self, argument: list[Any], values: dict[str, Any]) -> bool:
        return all(self.evaluate(part, values) for part in argument)

    def _fn_or(self, argument: list[Any], values: dict[str, Any]) -> bool:
        return any(self.evaluate(part, values) for part in argument)

    def _fn_contains(self, argument: list[Any], values: dict[str, Any]) -> bool:
        known, value = argument
        return str(self.evaluate(value, values)) in map(str, known)

    def _fn_findinmap(self, argument: list[str], values: dict[str, Any]) -> Any:
        table, row, column = (self.evaluate(part, values) for part in argument)
        return self.source["Mappings"][table][row][column]

    def _fn_split(self, argument: list[Any], values: dict[str, Any]) -> list[str]:
        return self.evaluate(argument[1], values).split(argument[0])

    def _fn_join(self, argument: list[Any], values: dict[str, Any]) -> str:
        return argument[0].join(self.evaluate(argument[1], values))

    def _fn_sub(self, argument: Any, values: dict[str, Any]) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})
        known = {**values, **{name: self.evaluate(value, values) for name, value in own.items()}}
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(known.get(found[1], f"<{found[1]}>")), text)


def accepts(spec: dict[str, Any], value: Any) -> bool:
    """Whether CloudFormation takes the value for a parameter; patterns must fit from end to end."""
    if "AllowedValues" in spec and str(value) not in map(str, spec["AllowedValues"]):
        return False
    if "AllowedPattern" in spec and not re.fullmatch(spec["AllowedPattern"], str(value)):
        return False
    if len(str(value)) > spec.get("MaxLength", 4096):
        return False
    if spec["Type"] == "Number":
        return spec.get("MinValue", value) <= value <= spec.get("MaxValue", value)
    return True


def read(path: str) -> dict[str, Any]:
    """A template with its short-form functions spelt out."""
    return yaml_parse((ROOT / path).read_text())


def template(path: str) -> Template:
    """A template of the repository."""
    return Template(read(path))


def root() -> Template:
    """The core."""
    return template("template.yaml")


def modules() -> dict[str, Template]:
    """The templates that the core nests, by the path that it gives."""
    return {f"infra/{path.name}": template(f"infra/{path.name}") for path in (ROOT / "infra").glob("*.yaml")}
