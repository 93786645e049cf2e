"""Where the files of a release come from: an in-toto statement with SLSA's predicate, version 1.

The statement is not signed. The pipeline signs one of its own by GitHub's attestations; this one says the
same for a release that was made elsewhere.
"""

import json
import os
import platform
from pathlib import Path

from .project import commit, git, version
from .sums import digest


def statement(files: list[Path]) -> str:
    """The statement on these files."""
    document = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.name, "digest": {"sha256": digest(file)}} for file in files],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "make release",
                "externalParameters": {"version": version()},
                "resolvedDependencies": [{"uri": source(), "digest": {"gitCommit": commit()}}],
            },
            "runDetails": {"builder": {"id": builder()}},
        },
    }
    return json.dumps(document, indent=1) + "\n"


def source() -> str:
    """The address that was cloned from, without a credential in it."""
    address = git("remote", "get-url", "origin")
    return "git+" + address if address.startswith("https://") and "@" not in address else "git"


def builder() -> str:
    """The workflow that ran this, or the kind of machine."""
    workflow = os.environ.get("GITHUB_WORKFLOW_REF")
    return f"https://github.com/{workflow}" if workflow else f"local:{platform.system()}-{platform.machine()}"
