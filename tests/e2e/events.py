"""Source lines for the stories, and the ids that the event contract gives them."""

import json
from collections.abc import Iterator
from typing import Any

from localcloud.paths import SAMPLES


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
    """Every sample line of the three products."""
    return [line for path in sorted(SAMPLES.glob("*/*.jsonl")) for line in path.read_text().splitlines()]


def sample_ids() -> set[str]:
    """The id of every event that the sample lines hold, by the rules of the event contract."""
    return {name for line in sample_lines() if (name := _id_of(json.loads(line)))}


def _id_of(line: dict[str, Any]) -> str | None:
    if "request" in line:  # HashiCorp Vault: the response tells all that the request does
        return f"{line['request']['id']}:response" if line["type"] == "response" else None
    if "entry_hash" in line:  # SanctumAI, audit log
        return f"sanctum:{bytes(line['entry_hash']).hex()}"
    return line["record"]["id"] if "record" in line else line["id"]
