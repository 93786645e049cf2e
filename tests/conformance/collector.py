#!/usr/bin/env python3
"""Splunk HEC, Datadog, webhook and OTLP against the OpenTelemetry Collector, built from its own Go modules.

`vault-export deliver` sends events to the Collector's receivers, HEC with indexer acknowledgement too, and OTLP over gRPC
and HTTP; what the Collector's file exporter wrote must hold every id exactly once. Needs cargo and go (1.25 or later):

    tests/conformance/collector.py [--collector PROGRAM] [--program vault-export]

The built Collector is kept in `.conformance/`, because building it takes minutes.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from program import ROOT, Failed, built, deliver, same

MANIFEST = pathlib.Path(__file__).with_suffix(".yaml")
KEPT = ROOT / ".conformance"
# Go's checksum database does not know this one; its checksum is looked at here instead.
UNLISTED = "github.com/open-telemetry/opentelemetry-collector-contrib/receiver/webhookeventreceiver"
UNLISTED_SUM = f"{UNLISTED} v0.145.0 h1:KIDnkgixg9hxTJld/H9rEae4nNS+vPO2xlPS5RlGvxk="
BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.145.0"
EVENTS = 2500
PATIENCE = 60
PORTS = ("hec", "acknowledged", "datadog", "webhook", "grpc", "http")
RECEIVERS = """
extensions:
  ack:
receivers:
  splunk_hec/plain: {{endpoint: "127.0.0.1:{hec}"}}
  splunk_hec/acknowledged: {{endpoint: "127.0.0.1:{acknowledged}", ack: {{extension: ack}}}}
  datadog: {{endpoint: "127.0.0.1:{datadog}"}}
  webhookevent: {{endpoint: "127.0.0.1:{webhook}"}}
  otlp:
    protocols:
      grpc: {{endpoint: "127.0.0.1:{grpc}"}}
      http: {{endpoint: "127.0.0.1:{http}"}}
exporters:
  file/hec: {{path: "{folder}/hec.jsonl"}}
  file/acknowledged: {{path: "{folder}/acknowledged.jsonl"}}
  file/datadog: {{path: "{folder}/datadog.jsonl"}}
  file/webhook: {{path: "{folder}/webhook.jsonl"}}
  file/otlp: {{path: "{folder}/otlp.jsonl"}}
service:
  telemetry: {{metrics: {{level: none}}}}
  extensions: [ack]
  pipelines:
    logs/hec: {{receivers: [splunk_hec/plain], exporters: [file/hec]}}
    logs/acknowledged: {{receivers: [splunk_hec/acknowledged], exporters: [file/acknowledged]}}
    logs/datadog: {{receivers: [datadog], exporters: [file/datadog]}}
    logs/webhook: {{receivers: [webhookevent], exporters: [file/webhook]}}
    logs/otlp: {{receivers: [otlp], exporters: [file/otlp]}}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--collector", type=pathlib.Path, help="the built Collector")
    parser.add_argument("--program", type=pathlib.Path, help="the built vault-export")
    arguments = parser.parse_args()
    if not arguments.collector and not built_before().exists() and not shutil.which("go"):
        print("skipped: go is not here")
        return 0
    program, collector = arguments.program or built(), arguments.collector or built_collector()
    with tempfile.TemporaryDirectory(prefix="conformance-collector-") as name:
        folder = pathlib.Path(name)
        try:
            with running(collector, folder) as ports:
                stories(program, folder, ports)
        except Failed as failure:
            print(f"FAILED  {failure}", file=sys.stderr)
            print((folder / "collector.log").read_text(errors="replace")[-3000:], file=sys.stderr)
            return 1
    return 0


def stories(program, folder, ports):
    hec = {"type": "splunk_hec", "token_env": "CREDENTIAL", "index": "vault_audit"}
    otlp = {"type": "otlp", "format": "otlp_logs"}
    cases = {
        "hec": {**hec, "endpoint": f"http://127.0.0.1:{ports['hec']}"},
        "acknowledged": {**hec, "endpoint": f"http://127.0.0.1:{ports['acknowledged']}", "ack": True},
        "datadog": {
            "type": "datadog",
            "api_key_env": "CREDENTIAL",
            "endpoint": f"http://127.0.0.1:{ports['datadog']}",
        },
        "webhook": {
            "type": "webhook",
            "url": f"http://127.0.0.1:{ports['webhook']}/events",
            "ports": [ports["webhook"]],
        },
        "otlp-grpc": {**otlp, "endpoint": f"http://127.0.0.1:{ports['grpc']}", "protocol": "grpc"},
        "otlp-protobuf": {**otlp, "endpoint": f"http://127.0.0.1:{ports['http']}", "protocol": "http/protobuf"},
        "otlp-json": {**otlp, "endpoint": f"http://127.0.0.1:{ports['http']}", "protocol": "http/json"},
    }
    for case, settings in cases.items():
        settings["allow_insecure"] = True
        sent = deliver(program, folder, case, settings, EVENTS, CREDENTIAL="conformance")
        file, id_of = FOUND[case.split("-")[0]]
        same(case, sent, wait_for_all(folder / file, id_of, case, sent))


def wait_for_all(path, id_of, case, sent):
    end = time.monotonic() + PATIENCE
    while True:
        found = collections.Counter(
            name for record in records(path) if (name := id_of(record)).startswith(f"{case}-")
        )
        if set(found) >= sent or time.monotonic() > end:
            return found
        time.sleep(0.5)


def records(path):
    """The log records in what the file exporter wrote: a request's worth a line."""
    with contextlib.suppress(FileNotFoundError):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                for resource in json.loads(line)["resourceLogs"]:
                    for scope in resource["scopeLogs"]:
                        yield from scope["logRecords"]


def attribute(name):
    def value(record):
        return next((item["value"]["stringValue"] for item in record["attributes"] if item["key"] == name), "")

    return value


def in_message(record):
    """The id at the end of the resource's path, within the log's message; Datadog's receiver keeps no more."""
    _, _, rest = record["body"]["stringValue"].partition("conformance/")
    return rest.split(":")[0].split(" ")[0]


def in_body(record):
    """The id of the event that the log's body is."""
    return json.loads(record["body"]["stringValue"])["id"]


FOUND = {
    "hec": ("hec.jsonl", attribute("event_id")),
    "acknowledged": ("acknowledged.jsonl", attribute("event_id")),
    "datadog": ("datadog.jsonl", in_message),
    "webhook": ("webhook.jsonl", in_body),
    "otlp": ("otlp.jsonl", attribute("log.record.uid")),
}


@contextlib.contextmanager
def running(collector, folder):
    """The Collector as long as the block runs; yields its ports."""
    ports = free_ports()
    (folder / "config.yaml").write_text(RECEIVERS.format(folder=folder, **ports))
    with (folder / "collector.log").open("wb") as log:
        process = subprocess.Popen(
            [collector, "--config", folder / "config.yaml"], stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_until_listening(process, ports)
        yield ports
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def free_ports():
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in PORTS]
        for probe in found:
            probe.bind(("127.0.0.1", 0))
        return {name: probe.getsockname()[1] for name, probe in zip(PORTS, found, strict=True)}


def wait_until_listening(process, ports):
    end = time.monotonic() + PATIENCE
    waiting = set(ports.values())
    while waiting:
        if process.poll() is not None:
            raise Failed("the Collector ended; see its log")
        if time.monotonic() > end:
            raise Failed(f"the Collector does not listen on {waiting}")
        for port in list(waiting):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                waiting.discard(port)
        time.sleep(0.1)
    health = f"http://127.0.0.1:{ports['hec']}/services/collector/health"
    urllib.request.urlopen(health, timeout=10).close()


def built_before():
    return KEPT / "build" / "collector"


def built_collector():
    """The Collector, built unless the manifest is the one that it was built from."""
    copy = KEPT / "manifest.yaml"
    if built_before().exists() and copy.exists() and copy.read_text() == MANIFEST.read_text():
        return built_before()
    began = time.monotonic()
    KEPT.mkdir(exist_ok=True)
    environment = {**os.environ, "GOBIN": str(KEPT / "bin"), "GOFLAGS": "", "GONOSUMDB": UNLISTED}
    subprocess.run(["go", "install", BUILDER], env=environment, cwd=KEPT, check=True)
    new = KEPT / "manifest.new"
    new.write_text(MANIFEST.read_text())
    subprocess.run([KEPT / "bin" / "builder", "--config", new], env=environment, cwd=KEPT, check=True)
    if UNLISTED_SUM not in (KEPT / "build" / "go.sum").read_text().splitlines():
        raise SystemExit(f"{UNLISTED} is not what it was: its checksum has changed")
    new.rename(copy)
    print(f"the Collector was built in {time.monotonic() - began:.0f} s")
    return built_before()


if __name__ == "__main__":
    sys.exit(main())
