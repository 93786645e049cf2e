"""The template that installs by one link: every part in a bucket of the stack's own region.

Lambda takes code only from a bucket in its own region, so a release is published to one bucket a region,
`<bucket>-<region>`. The template names the region by `AWS::Region`, and the processor by its parameter.
"""

import re
from pathlib import Path
from urllib.parse import quote

from .project import ROOT

CORE, DESTINATION = "template.yaml", "infra/destination.yaml"
BINARY = re.compile(r"^ +Binary: (?P<binary>[a-z0-9-]+)$")
CODE = re.compile(r"^(?P<indent> +)Code: \.\.?$")
NESTED = re.compile(r"^(?P<indent> +)TemplateURL: (?P<path>infra/[a-z-]+\.yaml)$")


def write(target: Path, bucket: str, prefix: str) -> list[Path]:
    """Writes the core and the nested templates below `target`; `prefix` is the folder in the bucket."""
    paths = [ROOT / CORE, *sorted((ROOT / "infra").glob("*.yaml"))]
    written = []
    for path in paths:
        place = target / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(packaged(path.read_text(), bucket, prefix))
        written.append(place)
    return written


def packaged(text: str, bucket: str, prefix: str) -> str:
    """A template whose code and nested templates are those of the bucket. Nothing else changes."""
    binary, lines = "", []
    for line in text.splitlines():
        if found := BINARY.match(line):
            binary = found["binary"]
        if found := CODE.match(line):
            lines += code(found["indent"], bucket, prefix, binary)
        elif found := NESTED.match(line):
            address = f"https://{bucket}-${{AWS::Region}}.s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{prefix}"
            lines.append(f"{found['indent']}TemplateURL: !Sub {address}/{found['path']}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def code(indent: str, bucket: str, prefix: str, binary: str) -> list[str]:
    """`Code` of a function; a template without the name of its binary is a mistake of this program."""
    assert binary, "a function without BuildProperties.Binary"
    return [
        f"{indent}Code:",
        f"{indent}  S3Bucket: !Sub {bucket}-${{AWS::Region}}",
        f"{indent}  S3Key: !Sub {prefix}/{binary}-${{Architecture}}.zip",
    ]


def link(bucket: str, prefix: str, region: str) -> str:
    """The link that opens CloudFormation's page with the core's parameters."""
    url = f"https://{bucket}-{region}.s3.{region}.amazonaws.com/{prefix}/{CORE}"
    console = f"https://{region}.console.aws.amazon.com/cloudformation/home?region={region}"
    return f"{console}#/stacks/create/review?templateURL={quote(url, safe='')}&stackName=vault-export"
