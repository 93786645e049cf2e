"""What the conformance runs share: events with known ids, and `vault-export deliver` on a configuration of theirs."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failed(Exception):
    """An expectation that was not met."""


def built():
    """The command line, compiled."""
    subprocess.run(["cargo", "build", "-q", "--locked", "-p", "vault-export"], cwd=ROOT, check=True)
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/vault-export"


def events(case, count):
    """Native events by id; the id is in the path of the resource too, and so in the line for people."""
    return {
        f"{case}-{number:05}": {
            "schema": "vault-audit/1",
            "id": f"{case}-{number:05}",
            "time": "2026-11-20T08:00:00Z",
            "observed_time": "2026-11-20T08:00:01Z",
            "class": "SecretAccess",
            "action": "retrieve",
            "outcome": "success",
            "severity": "Medium",
            "actor": {"id": "agent:ci", "type": "agent"},
            "source": {"product": "sanctum", "instance": "conformance"},
            "resource": {"type": "secret", "path": f"conformance/{case}-{number:05}"},
        }
        for number in range(count)
    }


def deliver(program, folder, case, settings, count, **variables):
    """Sends so many events to one adapter, in `folder`; returns their ids."""
    kind, lines = settings["type"], events(case, count)
    own = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items() if key != "type")
    config, source = folder / f"{case}.toml", folder / f"{case}.events"
    source.write_text("".join(json.dumps(event) + "\n" for event in lines.values()))
    config.write_text(
        f'[export]\nenabled = true\n[[export.adapters]]\nid = "{case}"\ntype = "{kind}"\nenabled = true\n'
        f"[export.adapters.config]\n{own}"
    )
    done = subprocess.run(
        [program, "--config", config, "deliver", "--dead-letters", folder / "dead", source],
        env={**os.environ, "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(f"{case}: vault-export deliver ended with {done.returncode}: {done.stderr[-2000:]}")
    return set(lines)


def same(case, sent, found):
    """Every event has arrived, once; `found` counts by id."""
    if set(found) != sent:
        missing, strange = len(sent - set(found)), len(set(found) - sent)
        raise Failed(f"{case}: {missing} of {len(sent)} events are missing, {strange} are strange")
    if doubled := sum(count > 1 for count in found.values()):
        raise Failed(f"{case}: {doubled} events came more than once")
    print(f"ok  {case}: {len(sent)} events, each once")
