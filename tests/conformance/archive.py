#!/usr/bin/env python3
"""The archive on SeaweedFS, an S3 server that is not ours and not AWS's.

Every event must be in exactly one object, in each compression; the same events once more must not change the bucket,
because an object's name follows from its content and is written on the condition that there is none.

    .venv-conformance/bin/python tests/conformance/archive.py [--program vault-export]
"""

import argparse
import collections
import gzip
import json
import pathlib
import re
import sys
import tempfile
import urllib.request

import program
import zstandard
from parquet import seaweedfs
from program import Failed, deliver, same

EVENTS = 500  # few enough for one object, whose name then follows from them all
UNPACK = {
    "none": lambda content: content,
    "gzip": gzip.decompress,
    "zstd": lambda content: zstandard.ZstdDecompressor().stream_reader(content).read(),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, help="the built vault-export")
    binary = parser.parse_args().program or program.built()
    with tempfile.TemporaryDirectory(prefix="conformance-archive-") as name:
        folder = pathlib.Path(name)
        try:
            with seaweedfs(folder) as url:
                for compression in UNPACK:
                    archived(binary, folder, url, compression)
        except Failed as failure:
            print(f"FAILED  {failure}", file=sys.stderr)
            return 1
    return 0


def archived(binary, folder, url, compression):
    bucket = f"archive-{compression}"
    urllib.request.urlopen(urllib.request.Request(f"{url}/{bucket}", method="PUT"), timeout=30).close()
    settings = {"type": "s3", "bucket": bucket, "region": "us-east-1", "prefix": "audit/"}
    settings |= {"compression": compression, "format": "ocsf"}
    variables = {"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1"}
    variables |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    sent = deliver(binary, folder, bucket, settings, EVENTS, **variables)
    first = objects(url, bucket)
    same(bucket, sent, ids(first.values(), compression))
    deliver(binary, folder, bucket, settings, EVENTS, **variables)
    if objects(url, bucket) != first:
        raise Failed(f"{bucket}: the same events changed the bucket")
    print(f"ok  {bucket}: {len(first)} objects, the same after a second delivery")


def objects(url, bucket):
    """The bucket's objects by key."""
    with urllib.request.urlopen(f"{url}/{bucket}?list-type=2&max-keys=1000", timeout=30) as answer:
        keys = re.findall(r"<Key>([^<]+)</Key>", answer.read().decode())
    found = {}
    for key in keys:
        with urllib.request.urlopen(f"{url}/{bucket}/{key}", timeout=30) as answer:
            found[key] = answer.read()
    return found


def ids(contents, compression):
    return collections.Counter(
        json.loads(line)["metadata"]["uid"]
        for content in contents
        for line in UNPACK[compression](content).splitlines()
    )


if __name__ == "__main__":
    sys.exit(main())
