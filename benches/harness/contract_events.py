"""Events of the contract `vault-audit/1`, as the router writes them: varied, about 600 bytes each.

The same seed gives the same events, so that two runs measure the same work.
"""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

AGENTS = ["cursor-agent", "deploy-bot", "rotation-worker", "billing-sync", "research-agent", "ci-runner-7"]
PEOPLE = ["maria.lind", "jonas.weber", "aiko.tanaka", "priya.nair", "tomás.ruiz"]
PATHS = ["openai/api_key", "aws/prod/access_key", "payments/prod/postgres", "github/org/deploy_key",
         "stripe/live/restricted", "kafka/eu/sasl", "anthropic/batch", "db/analytics/readonly"]  # fmt: skip
POLICIES = ["cursor-access", "deploy-prod", "analytics-read", "payments-rotate", "default"]


def event(rng: random.Random, number: int) -> dict:
    """One event; `number` is its place in the stream, which its time follows."""
    kind = rng.choices(list(KINDS), weights=[weight for weight, _ in KINDS.values()])[0]
    time = START + timedelta(milliseconds=20 * number, microseconds=rng.randrange(1000))
    identifier = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    common = {
        "schema": "vault-audit/1", "id": identifier, "time": stamp(time),
        "observed_time": stamp(time + timedelta(milliseconds=rng.randrange(40, 900))), "time_quality": "source",
    }  # fmt: skip
    labels = {"labels": {"env": "production"}} if rng.random() < 0.3 else {}
    return common | KINDS[kind][1](rng) | labels


def lines(seed: int, first: int, count: int) -> list[str]:
    rng = random.Random(f"{seed}:{first}")
    return [json.dumps(event(rng, first + n), separators=(",", ":"), ensure_ascii=False) for n in range(count)]


def stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def agent(rng: random.Random) -> dict:
    name = rng.choice(AGENTS)
    return {"id": f"agent:{name}", "type": "agent", "name": name}


def person(rng: random.Random) -> dict:
    name = rng.choice(PEOPLE)
    return {"id": f"user:{name}", "type": "human", "name": name}


def sanctum() -> dict:
    return {"product": "sanctum", "instance": "vault-eu"}


def origin(event_type: str) -> dict:
    return {"format": "sanctum.event", "event_type": event_type}


def network(rng: random.Random) -> dict:
    return {"source_ip": f"10.20.{rng.randrange(256)}.{rng.randrange(1, 255)}"}


def access(rng: random.Random) -> dict:
    policy = rng.choice(POLICIES)
    return {
        "class": "SecretAccess", "category": "vault", "action": "retrieve", "outcome": "success", "severity": "Medium",
        "message": f"Granted by policy '{policy}'", "actor": agent(rng), "source": sanctum(),
        "resource": {"type": "secret", "path": rng.choice(PATHS)},
        "policy": {"decision": "allow", "names": [policy]}, "origin": origin("CredentialAccess"),
    }  # fmt: skip


def denial(rng: random.Random) -> dict:
    return {
        "class": "PolicyViolation", "attempted_class": "SecretAccess", "category": "policy", "action": "retrieve",
        "outcome": "denied", "severity": "High", "message": "No matching policy", "actor": agent(rng),
        "source": sanctum(), "resource": {"type": "secret", "path": rng.choice(PATHS)},
        "policy": {"decision": "deny", "reason_code": "no_matching_policy", "reason": "No matching policy"},
        "origin": origin("PolicyViolation"),
    }  # fmt: skip


def login(rng: random.Random) -> dict:
    good = rng.random() < 0.9
    failure = {"error": {"code": "AUTH_FAILED", "message": "signature did not verify"}}
    return {
        "class": "Authentication", "category": "identity", "action": "login",
        "outcome": "success" if good else "failure", "severity": "Informational" if good else "High",
        "message": "challenge-response", "actor": agent(rng),
        "session": {"authn_method": "ed25519_challenge", "mfa": False}, "source": sanctum(),
        "request": {"protocol": "jsonrpc", "method": "challenge_response"}, "network": network(rng), "origin": origin("AuthSuccess" if good else "AuthFailure"),
    } | ({} if good else failure)  # fmt: skip


def change(rng: random.Random) -> dict:
    return {
        "class": "SecretChange", "category": "vault", "action": "store", "outcome": "success", "severity": "Low",
        "message": "credential stored", "actor": person(rng), "source": sanctum(),
        "resource": {"type": "secret", "path": rng.choice(PATHS), "version": str(rng.randrange(1, 40))},
        "origin": origin("CredentialCreate"),
    }  # fmt: skip


def rotation(rng: random.Random) -> dict:
    good = rng.random() < 0.8
    return {
        "class": "CredentialRotation", "category": "vault", "action": "rotate",
        "outcome": "success" if good else "failure", "severity": "Low" if good else "High",
        "actor": {"id": "service:rotation-worker", "type": "service", "name": "rotation-worker"}, "source": sanctum(),
        "resource": {"type": "secret", "path": rng.choice(PATHS), "classification": "restricted"},
        "details": {"previous_version": "12", "attempt": rng.randrange(1, 4), "age_days": rng.randrange(90)},
        "origin": origin("CredentialUpdate"),
    }  # fmt: skip


def lease(rng: random.Random) -> dict:
    return {
        "class": "LeaseLifecycle", "category": "vault", "action": "grant", "outcome": "success", "severity": "Low",
        "message": "ttl=300", "actor": agent(rng), "source": sanctum(),
        "resource": {"type": "lease", "path": rng.choice(PATHS)},
        "lease": {"id": f"lease_{rng.getrandbits(32):08x}", "ttl_seconds": 300, "renewable": False},
        "origin": origin("LeaseGrant"),
    }  # fmt: skip


def decision(rng: random.Random) -> dict:
    return {
        "class": "ActorDecision", "category": "aitl", "action": "reject", "outcome": "denied", "severity": "Medium",
        "message": "Budget exceeds the namespace ceiling — ask the \"owner\" first.",
        "actor": {"id": "did:sync:agent:reviewer", "type": "agent", "name": "reviewer"},
        "source": {"product": "syncropel", "instance": "acme-hub"},
        "resource": {"type": "thread", "id": f"th_{rng.getrandbits(256):064x}"},
        "origin": {"format": "syncropel.audit_export", "event_type": "decision", "clock": rng.randrange(9999)},
        "details": {"domain": "ops"},
    }  # fmt: skip


def dispatch(rng: random.Random) -> dict:
    return {
        "class": "Dispatch", "category": "dispatch", "action": "complete", "outcome": "failure", "severity": "Medium",
        "actor": {"id": "did:sync:agent:dev", "type": "agent", "name": "dev"},
        "source": {"product": "syncropel", "instance": "acme-hub"},
        "resource": {"type": "task", "id": f"TASK-{rng.randrange(9999):04d}"}, "error": {"code": "budget_exceeded"},
        "origin": {"format": "syncropel.audit_export", "event_type": "dispatch"},
        "details": {"cost_usd": round(rng.random(), 4), "latency_ms": rng.randrange(10**6), "tokens_in": 34127},
    }  # fmt: skip


def vault_read(rng: random.Random) -> dict:
    accessor = f"hmac-sha256:{rng.getrandbits(256):064x}"
    return {
        "class": "SecretAccess", "category": "vault", "action": "retrieve", "outcome": "success", "severity": "Medium",
        "actor": {"id": accessor, "type": "service", "name": "token-runner"},
        "session": {"token_type": "service"},
        "source": {"product": "hashicorp_vault", "instance": "vault-prod"},
        "resource": {"type": "secret", "path": f"secret/data/apps/{rng.choice(PATHS)}", "mount": {"type": "kv"}},
        "policy": {"decision": "allow"}, "request": {"protocol": "http", "method": "read"}, "network": network(rng),
        "origin": {"format": "hashicorp_vault.audit", "event_type": "response"},
    }  # fmt: skip


KINDS = {
    "access": (42, access), "vault_read": (10, vault_read), "login": (14, login), "denial": (8, denial),
    "lease": (10, lease), "change": (6, change), "rotation": (4, rotation), "decision": (3, decision),
    "dispatch": (3, dispatch),
}  # fmt: skip
