"""MiniStack as behind a load balancer that ends TLS, with some mistakes corrected; `nested` corrects more.

The queues' policies refuse plain text, and MiniStack honours that. Its own TLS has a self-signed
certificate that AWS clients in the functions would not trust, so requests are marked here with the
header that a balancer adds. A client that sends the header itself is believed, so that a test can
come in by plain text and see the refusal.

A number that reaches `ScalingConfig` through a stack parameter stays text in MiniStack 1.5.33, and
its poller then compares text with a number; CloudFormation makes it a number. And it asks for a
permission of the batch calls' own name, where SQS asks for that of the single call. `GetParametersByPath` is
authorised on the path, not on everything.
"""

import json
from typing import Any

from ministack import app as ministack
from ministack.core import iam_actions
from ministack.services import lambda_svc

from . import nested

_served = ministack.app
_concurrency = lambda_svc._sqs_esm_concurrency
_action = iam_actions.extract_iam_action
_resource = iam_actions.extract_resource_arn


async def _behind_balancer(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
    await _served(scope, receive, send)


def _concurrency_as_number(mapping: dict[str, Any], *rest: Any) -> int:
    scaling = mapping.get("ScalingConfig") or {}
    if "MaximumConcurrency" in scaling:
        scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
    return _concurrency(mapping, *rest)


def _action_of_single_call(service: str, *rest: Any, **more: Any) -> Any:
    found = _action(service, *rest, **more)
    if service == "sqs" and isinstance(found, str) and found.endswith("Batch"):
        return found.removesuffix("Batch")
    return found


def _resource_of_path(service: str, *rest: Any, **more: Any) -> Any:
    found = _resource(service, *rest, **more)
    if service != "ssm" or found != "*":
        return found
    _method, _path, headers, body, _query, region, account = rest
    if not next((v for k, v in headers.items() if k.lower() == "x-amz-target"), "").endswith("ByPath"):
        return found
    path = json.loads(body or b"{}").get("Path", "/")
    return f"arn:aws:ssm:{region}:{account}:parameter{path.rstrip('/')}"


if __name__ == "__main__":
    ministack.app = _behind_balancer
    lambda_svc._sqs_esm_concurrency = _concurrency_as_number
    iam_actions.extract_iam_action = _action_of_single_call
    iam_actions.extract_resource_arn = _resource_of_path
    nested.amend()
    if hasattr(ministack, "extract_iam_action"):
        ministack.extract_iam_action = _action_of_single_call
    ministack.main()
