#!/usr/bin/env python3
"""CEF, read back by a parser that is not ours (jc's).

Events whose words hold what CEF has a meaning for (`|`, `=`, `\\`, keys of the dictionary, blanks) are exported; the
parser must find every field with the very words that went in, and no field more.

    .venv-conformance/bin/python tests/conformance/cef.py [--program vault-export]
"""

import argparse
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jc
import program
from program import Failed

WORDS = ["a=b", "c|d", "e\\f", "\\", "act=drop", "|x|", "src=10.9.9.9", "\\=", "grüße", "日本", "\\|", "cs1Label=forged"]
SEVERITIES = {"Informational": "1", "Low": "3", "Medium": "5", "High": "8", "Critical": "9"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, help="the built vault-export")
    binary = parser.parse_args().program or program.built()
    try:
        events = list(nasty())
        for event, line in zip(events, exported(binary, events), strict=True):
            compare(event, line)
    except Failed as failure:
        print(f"FAILED  {failure}", file=sys.stderr)
        return 1
    print(f"ok  CEF: {len(events)} events, every word as it went in")
    return 0


def nasty():
    for number, (one, other) in enumerate(itertools.product(WORDS, WORDS)):
        severity = list(SEVERITIES)[number % len(SEVERITIES)]
        yield {
            "schema": "vault-audit/1",
            "id": f"cef-{number:05}",
            "time": f"2026-11-20T08:{number // 60:02}:{number % 60:02}Z",
            "class": "SecretAccess",
            "action": "retrieve",
            "outcome": "success",
            "severity": severity,
            "message": f"{one} {other}",
            "actor": {"id": f"agent:{other}", "type": "agent", "name": one},
            "source": {"product": "vault", "instance": f"eu {other}"},
            "resource": {"type": "secret", "path": f"team/{one}/{other}"},
            "request": {"purpose": f"{other} {one}"},
        }


def exported(binary, events):
    with tempfile.TemporaryDirectory(prefix="conformance-cef-") as name:
        source = pathlib.Path(name) / "events"
        source.write_text("".join(json.dumps(event) + "\n" for event in events))
        command = [binary, "export", source, "--format", "cef"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise Failed(f"vault-export export ended with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout.splitlines()


def compare(event, line):
    # Its own undoing of escapes is in several passes and takes `\\|` for an escaped pipe: fields are its, escapes ours.
    (raw,) = jc.parse("cef", line, raw=True)
    found = {key: re.sub(r"\\(.)", r"\1", value) for key, value in raw.items()}
    expected = {
        "deviceProduct": event["source"]["product"],
        "deviceEventClassId": "SecretAccess:retrieve",
        "agentSeverity": SEVERITIES[event["severity"]],
        "externalId": event["id"],
        "act": "retrieve",
        "outcome": "success",
        "msg": event["message"],
        "suser": event["actor"]["name"],
        "suid": event["actor"]["id"],
        "filePath": event["resource"]["path"],
        "deviceExternalId": event["source"]["instance"],
        "requestContext": event["request"]["purpose"],
    }
    for key, value in expected.items():
        if found.get(key) != value:
            raise Failed(f"{event['id']}: {key} is {found.get(key)!r} and should be {value!r}")
    if {"src", "cs1Label"} & found.keys():
        raise Failed(f"{event['id']}: what was in a value became a field")


if __name__ == "__main__":
    sys.exit(main())
