"""Runs both receivers for the demo until it is stopped.

Reads `{"token": ..., "signing_secret": ...}` from standard input, writes where it listens to
FOLDER/receivers.json, and every event it takes as a line of FOLDER/splunk.jsonl and FOLDER/webhook.jsonl.
"""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import Splunk, Webhook


def main(folder: Path) -> None:
    settings = json.load(sys.stdin)
    splunk = Splunk(settings["token"])
    webhook = Webhook(settings["signing_secret"])
    splunk.on_taken = _appender(folder / "splunk.jsonl")
    webhook.on_taken = _appender(folder / "webhook.jsonl")
    ready = folder / "receivers.json"
    ready.with_suffix(".new").write_text(json.dumps({"splunk": splunk.endpoint, "webhook": webhook.url}))
    ready.with_suffix(".new").rename(ready)
    threading.Event().wait()


def _appender(path: Path) -> Callable[[dict[str, Any]], None]:
    out = path.open("a", buffering=1)
    return lambda event: print(json.dumps(event), file=out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
