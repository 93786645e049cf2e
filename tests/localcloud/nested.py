"""Nested stacks as CloudFormation treats them, where MiniStack 1.5.33 does not.

Deleting one ignores its resources' `DeletionPolicy`; updating one forgets the attributes of resources that
did not change; one that fails on creation leaves what it had made; and a function of a name that another
stack's function has takes its place instead of being refused. And a template names the nested ones by this
cloud's own address, which `sam delete` does not take for one of S3.
"""

import os
from contextvars import ContextVar
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import _stacks, handlers, provisioners, stacks
from ministack.services.cloudformation.engine import _topological_sort

STACK = "AWS::CloudFormation::Stack"
# Set while a stack operation is rolled back: what it created goes, but for `Retain`.
_rolling_back: ContextVar[bool] = ContextVar("rolling_back", default=False)

_update = provisioners._update_resource
_roll_back = stacks._roll_back_operation
_create_nested = provisioners._cfn_nested_stack_create
_update_nested = provisioners._cfn_nested_stack_update
_create_function = provisioners._lambda_create
_get_template = handlers._get_template


def amend() -> None:
    """Puts our handlers in the place of MiniStack's."""
    provisioners._RESOURCE_HANDLERS[STACK].update(create=create, update=update, delete=delete)
    provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]["create"] = create_function
    provisioners._update_resource = update_resource
    stacks._roll_back_operation = roll_back
    handlers._ACTION_HANDLERS["GetTemplate"] = get_template


def create(logical_id: str, props: dict[str, Any], parent: str) -> tuple[str, dict[str, str]]:
    """Creates a nested stack; one that fails leaves nothing, and its parent does not learn the reason."""
    try:
        return _create_nested(logical_id, props, parent)
    except Exception as error:
        made = [name for name in _stacks if name.startswith(f"{parent}-{logical_id}-")]
        failed = [name for name in made if _stacks[name]["StackStatus"] == "CREATE_FAILED"]
        if not failed:
            raise  # refused before anything was created, for instance by a parameter's pattern
        for name in failed:
            remove(name, created_just_now=True)
            _stacks[name]["StackStatus"] = "ROLLBACK_COMPLETE"
        raise ValueError(embedded(_stacks[failed[-1]], "created")) from error


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], parent: str) -> tuple[str, dict]:
    """Updates a nested stack; its parent does not learn the reason of a failure."""
    try:
        return _update_nested(physical_id, old, new, parent)
    except Exception as error:
        child = _stacks.get(provisioners._nested_stack_lookup_name(physical_id), {})
        if child.get("StackStatus") != "UPDATE_FAILED":
            raise
        raise ValueError(embedded(child, "updated")) from error


def embedded(child: dict[str, Any], done: str) -> str:
    """What the parent of a failed nested stack is told."""
    return f"Embedded stack {child['StackId']} was not successfully {done}"


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Deletes a nested stack, but for what its resources' policies keep."""
    name = provisioners._nested_stack_lookup_name(physical_id)
    if name in _stacks:
        remove(name, created_just_now=_rolling_back.get())
        _stacks[name]["StackStatus"] = "DELETE_COMPLETE"


def remove(name: str, *, created_just_now: bool) -> None:
    """Deletes the resources of a nested stack, dependents first, as their `DeletionPolicy` says."""
    stack = _stacks[name]
    found, definitions = stack.get("_resources", {}), stack.get("_template", {}).get("Resources", {})
    try:
        ordered = _topological_sort(definitions, stack.get("_conditions", {}))
    except ValueError:
        ordered = list(found)
    failures = []
    for logical_id in reversed([*ordered, *(made for made in found if made not in ordered)]):
        if (made := found.get(logical_id)) is None or keeps(stack, logical_id, created_just_now):
            continue
        try:
            provisioners._delete_resource(
                made["ResourceType"], made["PhysicalResourceId"], made["Properties"], name, logical_id
            )
        except Exception as error:
            failures.append(f"{logical_id}: {error}")
    stack["_resources"] = {}
    if failures:
        raise ValueError(f"{name}: {'; '.join(failures)}")


def keeps(stack: dict[str, Any], logical_id: str, created_just_now: bool) -> bool:
    """Whether a resource outlives its stack."""
    policy = stacks._resource_policy(
        stack["_template"]["Resources"].get(logical_id),
        "DeletionPolicy",
        stack["_resources"],
        stack.get("_resolved_params", {}),
        stack.get("_conditions", {}),
        stack["_template"].get("Mappings", {}),
        stack["StackName"],
        stack["StackId"],
    )
    return policy == "Retain" or (policy == "RetainExceptOnCreate" and not created_just_now)


def update_resource(
    kind: str,
    physical_id: str,
    old: dict[str, Any],
    new: dict[str, Any],
    stack_name: str,
    logical_id: str | None = None,
    attributes: dict[str, Any] | None = None,
) -> tuple[str, dict[str, Any]]:
    """Updates a resource of a nested stack; the caller there forgets to pass its attributes."""
    if attributes is None:
        known = _stacks.get(stack_name, {}).get("_resources", {}).get(logical_id, {})
        attributes = known.get("Attributes")
    return _update(kind, physical_id, old, new, stack_name, logical_id, attributes)


async def roll_back(*arguments: Any) -> None:
    """Rolls an operation back; nested stacks that it created go with all they hold."""
    token = _rolling_back.set(True)
    try:
        await _roll_back(*arguments)
    finally:
        _rolling_back.reset(token)


def create_function(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    """Creates a function, unless there is one of its name."""
    if (name := props.get("FunctionName")) and name in lambda_svc._functions:
        raise ValueError(f"Function already exist: {name} (HandlerErrorCode: AlreadyExists)")
    return _create_function(logical_id, props, stack_name)


def get_template(params: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """A stack's template, with S3's address for the nested ones."""
    status, headers, body = _get_template(params)
    text = body if isinstance(body, bytes) else body.encode()
    return (
        status,
        headers,
        text.replace(os.environ["AWS_ENDPOINT_URL"].encode(), b"https://s3.us-east-1.amazonaws.com"),
    )
