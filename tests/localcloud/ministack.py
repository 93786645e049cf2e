"""The emulated AWS: one MiniStack process on a free loopback port, with IAM turned on."""

import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .paths import ROOT, tool

REGION = "us-east-1"
ACCOUNT = "000000000000"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Ministack:
    """A running MiniStack, or one that ran and is described by its port."""

    def __init__(self, port: int, pid: int):
        self.port = port
        self.pid = pid
        self.endpoint = f"http://127.0.0.1:{port}"

    @classmethod
    def start(cls, folder: Path) -> "Ministack":
        """Starts it and waits until it answers; its log goes to `folder`.

        The environment is emptied because the functions inherit it; the endpoint must be in it for
        their AWS clients to find the way back.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tmp").mkdir(exist_ok=True)
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "tests"),
            "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "127.0.0.1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        }
        with (folder / "ministack.log").open("wb") as log:
            process = subprocess.Popen(
                [tool("python"), "-m", "localcloud.gateway"],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        cloud = cls(port, process.pid)
        cloud._wait_until_healthy(process, folder / "ministack.log")
        return cloud

    def _wait_until_healthy(self, process: subprocess.Popen, log: Path) -> None:
        for _ in range(300):
            if process.poll() is not None:
                raise RuntimeError(f"MiniStack ended with {process.returncode}; see {log}")
            try:
                urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"MiniStack did not answer within 30 s; see {log}")

    def environment(self) -> dict[str, str]:
        """What a command needs to use this cloud."""
        return {
            **CREDENTIALS,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def client(self, service: str, config: Config | None = None) -> Any:
        """A boto3 client for this cloud."""
        return boto3.client(
            service,
            config=config,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )
