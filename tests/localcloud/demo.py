"""`make demo`: from source lines of three vaults to every destination, on this machine.

Starts the local cloud, deploys the stack, ships the samples, shows what arrived, and leaves everything
running to be looked at until `make demo-stop`.
"""

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import binaries, ledger, processes, shipping
from .deployment import Deployment, deploy, wait_for
from .destinations import BUCKET, LAKE, parameters
from .ministack import Ministack
from .paths import ROOT, SAMPLES, STATE, tool
from .schedule import Schedule

FOLDER = STATE / "demo"
RUNNING = FOLDER / "running.json"
RECEIVED = FOLDER / "received"
SOURCES = {
    "SanctumAI": ["sanctum/sanctum_events.jsonl", "sanctum/audit_entries.jsonl"],
    "Syncropel": ["syncropel/audit_export.jsonl", "syncropel/secret_audit_records.jsonl"],
    "HashiCorp Vault": ["hashicorp_vault/audit.jsonl"],
}


def up() -> None:
    """Runs the demo from the start; an earlier one is stopped first."""
    began = time.monotonic()
    stop()
    shutil.rmtree(FOLDER, ignore_errors=True)
    RECEIVED.mkdir(parents=True)
    step("laying out the templates and functions as `sam build` does")
    template = binaries.lay_out(binaries.build(), FOLDER / "build")
    step("starting the local cloud and the receivers")
    cloud = start(Ministack.start(FOLDER / "ministack"))
    receivers = start_receivers()
    step("sam deploy")
    deploy(cloud, template, parameters(cloud, receivers), log=FOLDER / "sam-deploy.log")
    deployment = Deployment(cloud)
    step("vault-export ship")
    for path in (path for paths in SOURCES.values() for path in paths):
        shipping.ship_file(deployment, SAMPLES / path)
    with Schedule(cloud):
        settled = settle(deployment)
    report(deployment)
    say(f"\nFrom the first step to the last event: {time.monotonic() - began:.0f} s.")
    further(deployment)
    if not settled:
        sys.exit("Some events have not arrived yet: look at the logs and the dead-letter queues named above.")


def start(cloud: Ministack) -> Ministack:
    """Notes a started process, so that `stop` finds it again."""
    note(ministack={"port": cloud.port, "pid": cloud.pid, "started": processes.start_time(cloud.pid)})
    return cloud


def note(**started: dict[str, Any]) -> None:
    known = json.loads(RUNNING.read_text()) if RUNNING.exists() else {}
    RUNNING.write_text(json.dumps({**known, **started}))


def start_receivers() -> dict[str, str]:
    """Starts the receivers in a process of their own; returns their addresses."""
    with (FOLDER / "receivers.log").open("wb") as log:
        process = subprocess.Popen(
            [tool("python"), "-m", "localcloud.receivers", RECEIVED],
            cwd=ROOT / "tests",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    note(receivers={"pid": process.pid, "started": processes.start_time(process.pid)})
    ready = RECEIVED / "receivers.json"
    wait_for(ready.exists, seconds=15, what=f"receivers listening; see {FOLDER / 'receivers.log'}")
    return json.loads(ready.read_text())


def settle(deployment: Deployment) -> bool:
    """Waits until nothing is under way any more; says whether it came to that."""
    urls = deployment.queues.values()
    quiet = lambda: not any(ledger.messages(deployment.cloud, url) for url in urls)  # noqa: E731
    try:
        return wait_for(quiet, seconds=60, what="every queue empty")
    except TimeoutError:
        return False


def report(deployment: Deployment) -> None:
    """Prints what went in and what arrived where."""
    say("\nWhat went in")
    for product, paths in SOURCES.items():
        lines = sum(len((SAMPLES / path).read_text().splitlines()) for path in paths)
        say(f"  {product:16} {lines:4} lines   {', '.join(f'samples/{path}' for path in paths)}")
    say("  (HashiCorp Vault writes one line for a request and one for its response: one event)")
    say("\nWhat arrived where")
    splunk = [entry["event"] for entry in received("Splunk")]
    destination("Splunk (HEC, OCSF)", splunk, lambda event: event["metadata"]["product"]["name"])
    destination("Datadog (logs, flat JSON)", received("Datadog"), lambda log: log["service"])
    destination(
        "Elasticsearch (bulk, OCSF)",
        received("Elastic"),
        lambda document: document["ocsf"]["metadata"]["product"]["name"],
    )
    archive = ledger.archived(deployment.cloud, BUCKET)
    destination("S3 (JSON lines, OCSF, zstd)", archive, lambda event: event["metadata"]["product"]["name"])
    objects_of(deployment, BUCKET)
    lake = ledger.lake_events(deployment.cloud, LAKE)
    destination("Security Lake (Parquet, OCSF)", lake, lambda row: row["metadata"]["product"]["name"])
    objects_of(deployment, LAKE)
    destination("Webhook (signed, flat JSON)", received("Webhook"), lambda event: event["source.product"])
    destination("OpenTelemetry (OTLP, JSON)", received("Otlp"), service_of)
    say("\nDead-letter queues")
    for name, url in deployment.dlqs.items():
        dead_letters(name, ledger.messages(deployment.cloud, url))


def received(name: str) -> list[dict[str, Any]]:
    path = RECEIVED / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def destination(name: str, events: list[dict[str, Any]], product: Callable[[dict[str, Any]], str]) -> None:
    """Prints how many events arrived, of which products, and the first two in short."""
    counts = ", ".join(f"{count} {who}" for who, count in Counter(map(product, events)).most_common())
    say(f"  {name:30} {len(events):4} events   {counts}")
    for event in events[:2]:
        say(f"      {json.dumps(event, default=str)[:150]}...")


def objects_of(deployment: Deployment, bucket: str) -> None:
    """Prints the first keys of a bucket."""
    found = list(ledger.objects(deployment.cloud, bucket))
    for key, content in found[:3]:
        say(f"      s3://{bucket}/{key}  ({len(content)} bytes)")
    if len(found) > 3:
        say(f"      and {len(found) - 3} more objects")


def service_of(record: dict[str, Any]) -> str:
    """Whose record it is, by the resource that it came from."""
    attributes = {item["key"]: item["value"] for item in record["resource"]["attributes"]}
    return attributes["service.name"]["stringValue"]


def dead_letters(name: str, found: list[ledger.Message]) -> None:
    reasons = "; ".join(sorted({message.attributes.get("reason", "ran out of tries") for message in found}))
    say(f"  {name:30} {len(found):4} messages {reasons}".rstrip())


def further(deployment: Deployment) -> None:
    """Says how to look further and how to stop."""
    environment = " ".join(f"{key}={value}" for key, value in deployment.cloud.environment().items())
    say(
        f"""
To look further, in this shell:
  export {environment}
  .venv-sam/bin/sam list stack-outputs --stack-name vault-export
  {short(shipping.COMMAND)} check --stack vault-export
  {short(shipping.COMMAND)} dlq list --stack vault-export
  curl -s {deployment.cloud.endpoint}/_ministack/sqs/messages
  {short(shipping.COMMAND)} ship --queue-url {deployment.outputs["IngestQueueUrl"]} FILE
  make demo-report
Events that arrived: {short(RECEIVED)}/*.jsonl. Logs: {short(FOLDER)}.
To stop it all: make demo-stop"""
    )


def short(path: Path) -> Path:
    """The path as seen from the repository, where it is in it."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def again() -> None:
    """Prints the report of a running demo once more."""
    if not RUNNING.exists():
        sys.exit("no demo is running: make demo")
    running = json.loads(RUNNING.read_text())["ministack"]
    cloud = Ministack(running["port"], running["pid"])
    report(Deployment(cloud))


def stop() -> None:
    """Ends the processes of the demo, and no others."""
    if not RUNNING.exists():
        return
    for name, process in json.loads(RUNNING.read_text()).items():
        if processes.stop_group(process["pid"], process["started"]):
            say(f"stopped {name}")
    RUNNING.unlink()


def step(words: str) -> None:
    say(f"== {words}")


def say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    {"up": up, "stop": stop, "report": again}[sys.argv[1]]()
