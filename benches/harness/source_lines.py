"""Lines as the vaults themselves write them, in the shapes of their published code and documentation.

Unique, reproducible, and made fast enough for files of hundreds of megabytes.
"""

import hashlib
import json
import random
import struct
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from .contract_events import AGENTS, PATHS, PEOPLE, POLICIES

EPOCH = int(datetime(2026, 11, 21, 9, 0, tzinfo=UTC).timestamp())
CHAIN_START = bytes(range(32))


def hashicorp_vault(rng: random.Random, number: int) -> Iterator[str]:
    """A request and its response, as an audit device writes them: every string that matters is an HMAC."""
    time = stamp(number, rng.randrange(10**9))
    person = rng.random() < 0.3
    name = f"oidc-{rng.choice(PEOPLE)}" if person else f"token-{rng.choice(AGENTS)}"
    policy = rng.choice(POLICIES)
    accessor, token = hmac(rng), hmac(rng)
    operation = rng.choices(["read", "update", "list", "delete"], [80, 12, 6, 2])[0]
    auth = {
        "client_token": token, "accessor": accessor, "display_name": name, "policies": ["default", policy],
        "token_policies": ["default", policy],
        "policy_results": {"allowed": True, "granting_policies": [
            {"name": "default", "namespace_id": "root", "type": "acl"},
            {"name": policy, "namespace_id": "root", "type": "acl"},
        ]},
        "metadata": {"role_name": policy}, "entity_id": str(uuid.UUID(int=rng.getrandbits(128))),
        "token_type": "service", "token_ttl": 259200, "token_issue_time": "2026-11-19T21:53:46Z",
    }  # fmt: skip
    request = {
        "id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "client_id": auth["entity_id"],
        "operation": operation, "mount_point": "secret/", "mount_type": "kv", "mount_accessor": "kv_2d16c5b1",
        "mount_running_version": "v0.24.0+builtin", "mount_class": "secret", "client_token": token,
        "client_token_accessor": accessor, "namespace": {"id": "root"},
        "path": f"secret/data/apps/{rng.choice(PATHS)}", "remote_address": f"10.6.{rng.randrange(256)}.36",
        "remote_port": rng.randrange(1024, 65536),
    }  # fmt: skip
    response = {
        "mount_point": "secret/", "mount_type": "kv", "mount_accessor": "kv_2d16c5b1",
        "mount_running_plugin_version": "v0.24.0+builtin", "mount_class": "secret",
        "data": {"data": {"username": hmac(rng), "password": hmac(rng)}, "metadata": {
            "created_time": hmac(rng), "custom_metadata": None, "deletion_time": hmac(rng), "destroyed": False,
            "version": rng.randrange(1, 60)}},
    }  # fmt: skip
    asked = {"time": time, "type": "request", "auth": auth, "request": request}
    yield compact(asked)
    yield compact(asked | {"type": "response", "response": response})


def hashicorp_vault_responses(rng: random.Random, number: int) -> Iterator[str]:
    """The lines that become events; requests are skipped by default."""
    yield from list(hashicorp_vault(rng, number))[1:]


def sanctum_events(rng: random.Random, number: int) -> Iterator[str]:
    kind, has_target, detail, good = rng.choices(SANCTUM_KINDS, [50, 14, 3, 8, 12, 6, 4, 3])[0]
    yield compact({
        "id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "timestamp": stamp(number, rng.randrange(10**9)),
        "kind": kind, "actor": rng.choice(AGENTS), "target": rng.choice(PATHS) if has_target else None,
        "detail": detail, "success": good,
    })  # fmt: skip


def sanctum_audit(rng: random.Random, number: int, chain: list[bytes]) -> Iterator[str]:
    """Audit entries, chained by the vault's own rule; `chain` holds the last hash."""
    time, who, path = EPOCH + number * 0.02, rng.choice(AGENTS), rng.choice(PATHS)
    action, allowed, reason = rng.choice([
        ("retrieve", True, "credential retrieved"), ("retrieve", False, "No matching policy"),
        ("use:http_header", True, "operation executed"), ("store", True, "credential stored"),
    ])  # fmt: skip
    before = chain[0]
    covered = f"{who}|{action}|{path}|".encode() + (b"\x01" if allowed else b"\x00") + reason.encode()
    chain[0] = hashlib.sha256(before + struct.pack(">d", time) + covered).digest()
    yield compact({
        "timestamp": time, "agent_name": who, "action": action, "resource": path,
        "policy_name": rng.choice(POLICIES) if allowed else None, "allowed": allowed, "reason": reason, "metadata": {},
        "entry_hash": list(chain[0]), "prev_hash": list(before),
    })  # fmt: skip


def syncropel(rng: random.Random, number: int) -> Iterator[str]:
    """Lines of the audit export, with record ids by the documented rule."""
    verdict, notes = rng.choice([("accept", "All gates pass."), ("reject", "Budget exceeds the namespace ceiling.")])
    asked = f"{rng.getrandbits(256):064x}"
    record = {
        "act": "KNOW", "actor": "did:sync:agent:reviewer", "thread": f"th_{rng.getrandbits(256):064x}",
        "clock": number, "data_type": "SCALAR", "parents": [asked],
        "body": {"verdict": verdict, "reviews": asked, "topic": "task_verdict", "review_notes": notes, "domain": "ops"},
    }  # fmt: skip
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    record = {"id": hashlib.sha256(canonical.encode()).hexdigest()} | record | {"judged_by": None}
    yield compact({"category": "decision", "thread": record["thread"], "record": record})


SANCTUM_KINDS = [
    ("CredentialAccess", True, "Granted by policy 'cursor-access'", True),
    ("AuthSuccess", False, "challenge-response", True),
    ("AuthFailure", False, "signature did not verify", False),
    ("PolicyViolation", True, "No matching policy", False),
    ("LeaseGrant", True, "ttl=300", True),
    ("LeaseExpire", True, None, True),
    ("CredentialCreate", True, None, True),
    ("CredentialUpdate", True, "action=rotate", True),
]


def write_log(path: Path, size: int, make) -> None:
    """A log of at least `size` bytes, kept from one run to the next."""
    if path.exists() and path.stat().st_size >= size:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    rng, written, number = random.Random(path.name), 0, 0
    unfinished = path.with_suffix(".part")
    with unfinished.open("w", encoding="utf-8", buffering=1 << 20) as out:
        while written < size:
            for line in make(rng, number):
                written += out.write(line + "\n")
            number += 1
    unfinished.rename(path)


def compact(content: dict) -> str:
    return json.dumps(content, separators=(",", ":"))


def hmac(rng: random.Random) -> str:
    return f"hmac-sha256:{rng.getrandbits(256):064x}"


def stamp(number: int, nanoseconds: int) -> str:
    """Twenty milliseconds a line from nine o'clock on, with the vaults' nine digits."""
    time = datetime.fromtimestamp(EPOCH + number // 50, UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
