"""Runs every receiver for the demo until it is stopped.

Writes where they listen to FOLDER/receivers.json, and every event that one takes as a line of a file with its
name, FOLDER/Splunk.jsonl.
"""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.destinations import RECEIVERS, credential


def main(folder: Path) -> None:
    addresses = {}
    for name, kind in RECEIVERS.items():
        receiver = kind(credential(name))
        receiver.on_taken = _appender(folder / f"{name}.jsonl")
        addresses[name] = receiver.address
    ready = folder / "receivers.json"
    ready.with_suffix(".new").write_text(json.dumps(addresses))
    ready.with_suffix(".new").rename(ready)
    threading.Event().wait()


def _appender(path: Path) -> Callable[[dict[str, Any]], None]:
    out = path.open("a", buffering=1)
    return lambda event: print(json.dumps(event), file=out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
