"""The bill of materials: CycloneDX 1.6 as JSON, with every crate that is compiled in."""

import json
import time
import uuid

from .crates import RELEASED, Crate, Graph
from .project import commit, commit_time, version

NAMESPACE = uuid.UUID("5b0b7c35-6f0c-5d7e-9f3b-0c6c5f5e7a11")


def bill(graph: Graph) -> str:
    """The document. Its serial number is made from version and commit, so that it is reproducible."""
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, f'{version()} {commit()}')}",
        "version": 1,
        "metadata": {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(commit_time())),
            "component": {
                "type": "application",
                "bom-ref": "release",
                "name": "vault-export",
                "version": version(),
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": [*ours(graph), *[component(crate) for crate in graph.crates]],
        "dependencies": [
            {"ref": "release", "dependsOn": sorted(RELEASED)},
            *[{"ref": name, "dependsOn": needed} for name, needed in graph.needs.items()],
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def ours(graph: Graph) -> list[dict]:
    """The packages of this repository that are compiled in."""
    names = [name for name in graph.needs if not name.startswith("pkg:")]
    kind = {True: "application", False: "library"}
    return [
        {"type": kind[name in RELEASED], "bom-ref": name, "name": name, "version": version()}
        for name in names
    ]


def component(crate: Crate) -> dict:
    entry = {
        "type": "library",
        "bom-ref": crate.purl,
        "name": crate.name,
        "version": crate.version,
        "purl": crate.purl,
        "licenses": [{"expression": crate.licence}],
        "hashes": [{"alg": "SHA-256", "content": crate.checksum}],
    }
    if crate.repository.startswith("https://"):
        entry["externalReferences"] = [{"type": "vcs", "url": crate.repository}]
    return entry
