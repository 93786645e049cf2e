#!/usr/bin/env python3
"""Works out what a million events cost from docs/performance.md, and keeps the table in docs/cost.md.

    cost.py                       take the figures anew from docs/performance.md
    cost.py --latency 0.1         where a destination takes 100 ms to answer
    cost.py --check               fail if docs/cost.md is not what the figures give

Prices are list prices of us-east-1 as they stand in docs/cost.md; change them there and here together.
"""

import argparse
import re
from pathlib import Path

from harness import report

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- cost:begin -->", "<!-- cost:end -->"

MILLION = 1_000_000
SQS_REQUEST = 0.40 / MILLION  # each 64 KiB of a request counts as one
LAMBDA_SECOND = 0.0000133334  # a GB-second on arm64
LAMBDA_REQUEST = 0.20 / MILLION
S3_PUT = 0.005 / 1_000
DATA_OUT = 0.09  # a GB to the internet

MEMORY = 256 / 1024  # GB: FunctionMemoryMegabytes
WHOLE_CPU = 1769 / 1024  # GB with which a function has one whole CPU
EVENTS_AN_INVOCATION = 1_000
AT_ONCE = 4  # requests of a function side by side
MESSAGES_A_REQUEST = 10

# What was measured, what it is called here, and where its requests go.
CASES = [
    ("router: 1 route", "router, with the ingest queue", None),
    ("splunk-hec: ocsf, gzip", "Splunk: OCSF, 100 a request", DATA_OUT),
    ("s3: ocsf, zstd", "S3: OCSF, zstd", 0.0),
    ("webhook: ocsf, 100 a request", "webhook: OCSF, 100 a request", DATA_OUT),
    ("webhook: ocsf, 1 a request", "webhook: OCSF, 1 a request", DATA_OUT),
]
HEADINGS = ("of a million events", "SQS", "Lambda: CPU", "Lambda: waiting", "S3 PUT", "data out", "together")


def measured() -> dict[tuple[str, str], float]:
    """Every figure of the page by what it is and which case it is of."""
    figures = {}
    for line in (DOCS / "performance.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        value = re.match(r"[0-9.,]+", cells[2]) if len(cells) > 2 else None
        if value:
            figures[cells[0], cells[1]] = float(value[0].replace(",", ""))
    return figures


def row(case: str, name: str, data_out: float | None, latency: float) -> tuple[str, ...]:
    figures = measured()
    cpu = figures["CPU per event, 1,000 an invocation", case]  # µs an event: seconds a million
    requests = figures["requests per 1,000 events", case] * 1_000
    size = figures["bytes sent per event", case]
    sent = figures["SQS requests sent per million events, in billed units", "router: 1 route, to splunk"]
    messages = MILLION if case.endswith(" 1 a request") else sent
    # Sent and received in billed units, deleted ten at a time.
    units = 2 * max(sent, messages / MESSAGES_A_REQUEST) + messages / MESSAGES_A_REQUEST
    sqs = units * SQS_REQUEST
    compute = cpu * WHOLE_CPU * LAMBDA_SECOND + MILLION / EVENTS_AN_INVOCATION * LAMBDA_REQUEST
    waiting = 0.0 if data_out is None else requests * latency / AT_ONCE * MEMORY * LAMBDA_SECOND
    puts = requests * S3_PUT if case.startswith("s3") else 0.0
    out = size * MILLION / 1e9 * (data_out or 0.0)
    costs = (sqs, compute, waiting, puts, out)
    return name, *(f"${cost:.4f}" if cost else "" for cost in costs), f"**${sum(costs):.3f}**"


def table(latency: float) -> str:
    return report.grid([HEADINGS, *(row(*case, latency) for case in CASES)])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--latency", type=float, default=0.05, metavar="SECONDS", help="of a destination's answer"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is out of date")
    options = parser.parse_args()
    page = DOCS / "cost.md"
    before = page.read_text(encoding="utf-8")
    fresh = f"{BEGIN}\n{table(options.latency)}\n{END}"
    after = re.sub(f"{BEGIN}.*?{END}", lambda _: fresh, before, flags=re.DOTALL)
    if options.check and after != before:
        raise SystemExit("docs/cost.md is not what docs/performance.md gives: run benches/cost.py")
    if not options.check:
        page.write_text(after, encoding="utf-8")
        print(fresh)


if __name__ == "__main__":
    main()
