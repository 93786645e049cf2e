"""OTLP against implementations that are not ours.

Rotel (a collector in Rust) takes the sample events over gRPC, HTTP/protobuf and HTTP/JSON, and shows every record in its
debug log; with a small message limit it refuses large requests, which must then arrive in parts. A second receiver decodes
what is sent over HTTP with the Python classes of opentelemetry-proto.

    python3 -m venv .venv-conformance
    .venv-conformance/bin/pip install rotel opentelemetry-proto
    .venv-conformance/bin/python tests/conformance/otlp.py [--binary target/debug/examples/deliver-otlp]

Everything listens on free loopback ports. The exit code is 0 when all holds.
"""

import argparse
import collections
import contextlib
import gzip
import http.server
import importlib.util
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "shared/transform/tests/samples/classes.jsonl"
UID = re.compile(r"-> log\.record\.uid: Str\((.*)\)$")
PATIENCE = 60  # seconds


def main():
    arguments = argparse.ArgumentParser(description="OTLP against other implementations")
    arguments.add_argument("--binary", help="the built example; built with cargo if it is not given")
    binary = arguments.parse_args().binary or build()
    events = [json.loads(line) for line in SAMPLES.read_text(encoding="utf-8").splitlines()]
    with rotel() as collector:
        for protocol in ("grpc", "http/protobuf", "http/json"):
            for form in ("otlp_logs", "ocsf"):
                case = f"{protocol}-{form}"
                sent = named(events, case)
                deliver(binary, collector.url(protocol), protocol, sent, format=form)
                collector.shows(sent, case)
        sent = named(events * 15, "large")
        deliver(binary, collector.url("grpc"), "grpc", sent)
        collector.shows(sent, "grpc, more than the server takes at once")
    for protocol in ("http/protobuf", "http/json"):
        with decoder() as (url, seen):
            sent = named(events, protocol)
            deliver(binary, url, protocol, sent)
            agree(sent, collections.Counter(seen), f"{protocol}, decoded with opentelemetry-proto")
    print("OTLP conforms")


def build():
    subprocess.run(["cargo", "build", "-p", "otlp", "--example", "deliver-otlp"], cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return pathlib.Path(target) / "debug/examples/deliver-otlp"


def named(events, case):
    """The events with ids of their own."""
    return [event | {"id": f"{case}-{number}"} for number, event in enumerate(events)]


def deliver(binary, url, protocol, events, **settings):
    lines = "".join(json.dumps(event) + "\n" for event in events)
    settings = {"protocol": protocol} | settings
    texts = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    environment = {
        "VAULT_EXPORT_TYPE": "otlp",
        "VAULT_EXPORT_ADDRESS": url,
        "VAULT_EXPORT_SETTINGS": "\n".join(["allow_insecure = true", *texts]),
    }
    run = subprocess.run(
        [binary], input=lines, text=True, env=environment, capture_output=True, timeout=120, check=False
    )
    expected = f"{len(events)} of {len(events)} delivered"
    if run.returncode != 0 or expected not in run.stdout or "Bad " in run.stderr:
        sys.exit(f"{protocol}: {run.stdout}{run.stderr}")


def agree(sent, arrived, case):
    ids = collections.Counter(event["id"] for event in sent)
    if arrived != ids:
        lost, more = ids - arrived, arrived - ids
        sys.exit(f"{case}: {len(lost)} lost and {len(more)} too many, as {[*lost, *more][:3]}")
    print(f"{case}: {len(sent)} events arrived once each")


class Rotel:
    def __init__(self, grpc, http_port, log):
        self.ports = {"grpc": grpc}
        self.http_port = http_port
        self.log = log
        self.offset = 0

    def url(self, protocol):
        return f"http://127.0.0.1:{self.ports.get(protocol, self.http_port)}"

    def shows(self, sent, case):
        """Everything that was logged since the last call is these events, each once."""
        end = time.monotonic() + PATIENCE
        while True:
            text = self.log.read_text(encoding="utf-8", errors="replace")[self.offset :]
            found = [match[1] for line in text.splitlines() if (match := UID.search(line))]
            if len(found) >= len(sent) or time.monotonic() > end:
                break
            time.sleep(0.2)
        self.offset += len(text)
        agree(sent, collections.Counter(found), f"Rotel, {case}")


@contextlib.contextmanager
def rotel():
    package = pathlib.Path(importlib.util.find_spec("rotel").origin).parent
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        grpc, http_port = free_port(), free_port()
        command = [package / "rotel-agent", "start"]
        command += ["--otlp-grpc-endpoint", f"127.0.0.1:{grpc}"]
        command += ["--otlp-http-endpoint", f"127.0.0.1:{http_port}"]
        command += ["--otlp-grpc-max-recv-msg-size-mib", "1", "--exporter", "blackhole"]
        command += ["--debug-log", "logs", "--debug-log-verbosity", "detailed"]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
        try:
            await_port(grpc)
            await_port(http_port)
            yield Rotel(grpc, http_port, log)
        finally:
            process.terminate()
            process.wait(10)


@contextlib.contextmanager
def decoder():
    """A receiver that decodes with the generated Python classes, and the ids it saw."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = gzip.decompress(self.rfile.read(int(self.headers["content-length"])))
            request = ExportLogsServiceRequest()
            if self.headers["content-type"] == "application/json":
                json_format.Parse(body, request)
            else:
                request.ParseFromString(body)
            seen.extend(ids(request))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def ids(request):
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            assert scope.scope.name == "vault-export"
            for record in scope.log_records:
                assert record.event_name.startswith("vault.") and record.time_unix_nano
                attributes = {pair.key: pair.value for pair in record.attributes}
                assert len(attributes) == len(record.attributes)
                yield attributes["log.record.uid"].string_value


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    sys.exit(f"nothing listens on port {port}")


if __name__ == "__main__":
    main()
