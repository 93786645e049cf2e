"""Source lines for the stories, and the ids that the event contract gives them."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from localcloud.paths import SAMPLES

SECOND_FORM = SAMPLES / "sanctum" / "sanctum_events_ocsf.jsonl"


def native(count: int, story: str) -> Iterator[dict[str, Any]]:
    """Events of the contract, every one different."""
    for number in range(count):
        yield {
            "schema": "vault-audit/1",
            "id": f"{story}-{number:05}",
            "time": f"2026-11-20T{8 + number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z",
            "class": "SecretAccess",
            "action": "retrieve",
            "outcome": "success",
            "severity": "Medium",
            "actor": {"id": f"agent:worker-{number % 7}", "type": "agent"},
            "source": {"product": "sanctum", "instance": "stories"},
            "resource": {"type": "secret", "path": f"payments/{number % 11}/api_key"},
        }


def sample_lines() -> list[str]:
    """Every sample line of the three products, but for events that are there in a second form."""
    paths = [path for path in sorted(SAMPLES.glob("*/*.jsonl")) if path != SECOND_FORM]
    return [line for path in paths for line in path.read_text().splitlines()]


def sample_ids() -> set[str]:
    """The id of every event that the sample lines hold, by the rules of the event contract."""
    return {name for line in sample_lines() if (name := _id_of(json.loads(line)))}


def _id_of(line: dict[str, Any]) -> str | None:
    if "request" in line:  # HashiCorp Vault: the response tells all that the request does
        return f"{line['request']['id']}:response" if line["type"] == "response" else None
    if "entry_hash" in line:  # SanctumAI, audit log
        return f"sanctum:{bytes(line['entry_hash']).hex()}"
    return line["record"]["id"] if "record" in line else line["id"]


def mixed(count: int, story: str) -> Iterator[tuple[str, str]]:
    """Lines of all three products and native ones in turn, each an event of its own, with its id."""
    sanctum, syncropel, vault = (
        (SAMPLES / path).read_text().splitlines()
        for path in (
            "sanctum/sanctum_events.jsonl",
            "syncropel/audit_export.jsonl",
            "hashicorp_vault/audit.jsonl",
        )
    )
    responses = [line for line in vault if json.loads(line)["type"] == "response"]
    makers = (_native_line, _sanctum_line, _syncropel_line, _vault_line)
    samples = ([""], sanctum, syncropel, responses)
    for number in range(count):
        kind, turn = number % 4, number // 4
        yield makers[kind](samples[kind][turn % len(samples[kind])], f"{story}-{number:06}")


def _native_line(_sample: str, name: str) -> tuple[str, str]:
    (event,) = native(1, "template")
    return json.dumps({**event, "id": name}), name


def _sanctum_line(sample: str, name: str) -> tuple[str, str]:
    return json.dumps({**json.loads(sample), "id": name}), name


def _syncropel_line(sample: str, name: str) -> tuple[str, str]:
    line = json.loads(sample)
    record = {**line["record"], "thread": name, "parents": []}
    record["id"] = record_id(record)
    return json.dumps({**line, "thread": name, "record": record}), record["id"]


def record_id(record: dict[str, Any]) -> str:
    """The id that a Syncropel record must have: the SHA-256 of its canonical JSON (event contract)."""
    members = ("act", "actor", "body", "clock", "data_type", "parents", "thread")
    hashed = {name: record[name] for name in members if name in record}
    canonical = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _vault_line(sample: str, name: str) -> tuple[str, str]:
    line = json.loads(sample)
    line["request"] = {**line["request"], "id": name}
    return json.dumps(line), f"{name}:response"
