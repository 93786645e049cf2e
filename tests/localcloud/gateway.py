"""MiniStack as behind a load balancer that ends TLS, with one mistake of it mended.

The queues' policies refuse plain text, and MiniStack honours that. Its own TLS has a self-signed
certificate that AWS clients in the functions would not trust, so requests are marked here with the
header that a balancer adds. A client that sends the header itself is believed, so that a test can
come in by plain text and see the refusal.

A number that reaches `ScalingConfig` through a stack parameter stays text in MiniStack 1.5.33, and
its poller then compares text with a number; CloudFormation makes it a number.
"""

from typing import Any

from ministack import app as ministack
from ministack.services import lambda_svc

_served = ministack.app
_concurrency = lambda_svc._sqs_esm_concurrency


async def _behind_balancer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
    await _served(scope, receive, send)


def _concurrency_as_number(mapping: dict[str, Any], *rest: Any) -> int:
    scaling = mapping.get("ScalingConfig") or {}
    if "MaximumConcurrency" in scaling:
        scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
    return _concurrency(mapping, *rest)


if __name__ == "__main__":
    ministack.app = _behind_balancer
    lambda_svc._sqs_esm_concurrency = _concurrency_as_number
    ministack.main()
