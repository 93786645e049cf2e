"""What the functions ask of AWS, answered on loopback: SQS, SSM, Secrets Manager and S3 on one port.

The AWS JSON protocols name the operation in `X-Amz-Target`; S3 is what comes without it.
"""

import hashlib
import json
import struct
import threading
import uuid
from collections import defaultdict

from .http1 import Request, Response, Server

UNIT = 64 * 1024
"""SQS bills each 64 KiB of a request as one request: <https://aws.amazon.com/sqs/pricing/>."""


class Aws:
    def __init__(self, secret: str = "{}"):
        self.secret = secret
        self.routes: dict[str, str] = {}
        """Routes by their name, as the stack writes them."""
        self.messages: dict[str, list[dict]] = defaultdict(list)
        self.objects: list[bytes] = []
        self.requests: dict[str, int] = defaultdict(int)
        self.units: dict[str, int] = defaultdict(int)
        self.bytes: dict[str, int] = defaultdict(int)
        self.unexpected: list[str] = []
        self._lock = threading.Lock()
        self.server = Server(self._handle)

    def queue_url(self, name: str) -> str:
        return f"{self.server.url}/123456789012/{name}"

    def forget_counts(self) -> None:
        with self._lock:
            self.requests.clear()
            self.units.clear()
            self.bytes.clear()

    def _handle(self, request: Request) -> Response:
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        with self._lock:
            if not operation:
                return self._object(request)
            return self._operation(operation, request)

    def _object(self, request: Request) -> Response:
        if request.method != "PUT":
            return self._refuse(f"{request.method} on an object")
        self.requests["s3"] += 1
        self.bytes["s3"] += len(request.body)
        self.objects.append(request.body)
        return Response(headers={"ETag": f'"{hashlib.md5(request.body).hexdigest()}"'})

    def _operation(self, operation: str, request: Request) -> Response:
        content = json.loads(request.body)
        if operation == "GetSecretValue":
            return answer({
                "ARN": content["SecretId"], "Name": "bench", "SecretString": self.secret,
                "VersionId": str(uuid.UUID(int=1)), "VersionStages": ["AWSCURRENT"],
            })  # fmt: skip
        if operation == "GetParametersByPath":
            return answer({"Parameters": [{"Name": f"{content['Path']}/{name}", "Value": value}
                                          for name, value in self.routes.items()]}, "1.1")  # fmt: skip
        if operation == "SendMessageBatch":
            return self._send_batch(content)
        if operation == "SendMessage":
            self._count(content["QueueUrl"], [content])
            return answer(self._take(content["QueueUrl"], content))
        return self._refuse(operation)

    def _send_batch(self, content: dict) -> Response:
        url, entries = content["QueueUrl"], content["Entries"]
        self._count(url, entries)
        return answer({
            "Successful": [{"Id": entry["Id"], **self._take(url, entry)} for entry in entries],
            "Failed": [],
        })

    def _count(self, url: str, entries: list[dict]) -> None:
        queue = url.rpartition("/")[2]
        size = sum(len(entry["MessageBody"].encode()) for entry in entries)
        self.requests[queue] += 1
        self.bytes[queue] += size
        self.units[queue] += max(1, -(-size // UNIT))
        if len(entries) > 10 or size > 1 << 20:
            self.unexpected.append(f"a batch of {len(entries)} messages and {size} bytes, which SQS refuses")

    def _take(self, url: str, entry: dict) -> dict:
        self.messages[url.rpartition("/")[2]].append(entry)
        receipt = {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": md5(entry["MessageBody"].encode())}
        if attributes := entry.get("MessageAttributes"):
            receipt["MD5OfMessageAttributes"] = md5(encode_attributes(attributes))
        return receipt

    def _refuse(self, what: str) -> Response:
        self.unexpected.append(f"{what}, which a delivery without faults has no need of")
        body = json.dumps({"__type": "AccessDenied", "message": what}).encode()
        return Response(body, 403, {"Content-Type": "application/x-amz-json-1.0"})


def answer(content: dict, version: str = "1.0") -> Response:
    return Response(json.dumps(content).encode(), 200, {
        "Content-Type": f"application/x-amz-json-{version}", "x-amzn-RequestId": str(uuid.uuid4()),
    })  # fmt: skip


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def encode_attributes(attributes: dict[str, dict]) -> bytes:
    """The form that SQS takes the checksum of: "Calculating the MD5 message digest for message attributes"."""
    out = bytearray()
    for name in sorted(attributes):
        value = attributes[name]
        binary = "BinaryValue" in value
        content = value.get("BinaryValue", value.get("StringValue", ""))
        for part in (name.encode(), value["DataType"].encode()):
            out += struct.pack(">I", len(part)) + part
        out += b"\x02" if binary else b"\x01"
        out += struct.pack(">I", len(content.encode())) + content.encode()
    return bytes(out)
