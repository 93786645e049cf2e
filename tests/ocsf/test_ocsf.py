"""What `ocsf` writes, against the OCSF 1.3.0 schema.

    make test-ocsf

The golden files are validated with the JSON Schemas of `ocsf-json-schema`. Where a copy of the compiled
schema with a stricter validator lies beside the repository (or where OCSF_VALIDATE says), that is run too, over
the golden files and over random events.
"""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys

import jsonschema
import pytest
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = sorted((ROOT / "shared/transform/tests/golden/ocsf").glob("*.json"))
STRICT = pathlib.Path(os.environ.get("OCSF_VALIDATE", ROOT.parent / "shared/ocsf/ocsf_validate.py"))
RANDOM_EVENTS = 300

ocsf = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.3.0"))


@functools.lru_cache(maxsize=None)
def validator(class_uid, profiles):
    """The JSON Schema of a class with these profiles; building one takes a moment."""
    name = ocsf.lookup_class_name_from_uid(class_uid)
    schema = ocsf.get_class_schema(name, list(profiles))
    return jsonschema.Draft202012Validator(schema)


def problems(event):
    profiles = tuple(event["metadata"]["profiles"])
    return [
        "%s: %s" % (error.json_path, error.message)
        for error in validator(event["class_uid"], profiles).iter_errors(event)
    ]


def strict(*files, text=None):
    command = [sys.executable, str(STRICT), "--strict", "--quiet", *map(str, files)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def test_there_are_golden_files():
    assert len(GOLDEN) > 60


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_is_valid(path):
    assert problems(json.loads(path.read_text(encoding="utf-8"))) == []


def test_the_schemas_refuse_what_is_wrong():
    event = json.loads(GOLDEN[0].read_text(encoding="utf-8"))
    assert problems({**event, "severity_id": 17})
    assert problems({key: value for key, value in event.items() if key != "type_uid"})
    assert problems({**event, "disposition_id": 26, "made_up": True})


needs_strict = pytest.mark.skipif(not STRICT.exists(), reason="no strict validator beside the repository")


@needs_strict
def test_the_golden_files_pass_the_strict_validator_without_a_warning():
    run = strict(*GOLDEN)
    assert run.returncode == 0, run.stdout + run.stderr


@needs_strict
def test_random_events_pass_the_strict_validator_without_a_warning():
    cargo = shutil.which("cargo")
    if cargo is None:
        pytest.skip("no cargo")
    command = [cargo, "run", "--quiet", "--package", "transform", "--example", "random_ocsf", "--", str(RANDOM_EVENTS)]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    run = strict("-", text=made.stdout)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.startswith("%d events, 0 invalid" % RANDOM_EVENTS)
