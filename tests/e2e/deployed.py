"""The deployed stack as the stories see it: send, wait, account."""

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud import ledger, shipping
from localcloud.deployment import Deployment, deploy, wait_for
from localcloud.destinations import (
    BUCKET,
    DESTINATIONS,
    INSTANCES,
    LAKE,
    RECEIVERS,
    credential,
    parameters,
    secret_name,
)
from localcloud.ministack import Ministack
from localcloud.receivers import Receiver, Splunk

SPLUNK_SECRET = secret_name("Splunk")
TOKEN = credential("Splunk")


def restart(cloud: Ministack, function: str) -> None:
    """Lets a function start afresh: the router then reads its routes at once, not within a minute."""
    cloud.client("lambda").update_function_configuration(
        FunctionName=function, Description=f"started {time.time()}"
    )


def command(cloud: Ministack, *arguments: str) -> str:
    """Runs `vault-export`; returns what it printed."""
    done = subprocess.run(
        [shipping.COMMAND, *arguments],
        env={**os.environ, **cloud.environment()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"vault-export {arguments} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def reasons(printed: str) -> str:
    """The column of reasons in the table that `sam deploy` prints; it breaks lines between words."""
    table = printed.rpartition("ResourceStatusReason")[2].splitlines()
    return " ".join(line[75:].strip() for line in table if len(line) > 75)


def queue_names(cloud: Ministack, prefix: str) -> set[str]:
    """The queues whose names begin so."""
    found = cloud.client("sqs").list_queues(QueueNamePrefix=prefix).get("QueueUrls", [])
    return {url.rsplit("/", 1)[1] for url in found}


def reader(name: str) -> str:
    """Who reads the queue of a destination; `ingest` for the router's."""
    return INSTANCES.get(name, name.lower())


@dataclass
class Stack:
    """A deployment and the receivers that it delivers to, by the name of the destination."""

    deployment: Deployment
    receivers: dict[str, Receiver]
    template: Path
    parameters: dict[str, str]
    log: Path

    @classmethod
    def deploy(cls, cloud: Ministack, template: Path, log: Path) -> "Stack":
        """Starts receivers, makes secrets and buckets, and deploys."""
        receivers = {name: kind(credential(name)) for name, kind in RECEIVERS.items()}
        addresses = {name: receiver.address for name, receiver in receivers.items()}
        given = parameters(cloud, addresses)
        deploy(cloud, template, given, log=log)
        return cls(Deployment(cloud), receivers, template, given, log)

    def update(self, **changes: str) -> None:
        """Deploys once more with some parameters changed."""
        changed = {**self.parameters, **changes}
        deploy(self.cloud, self.template, changed, log=self.log)
        self.parameters = changed
        self.deployment.refresh()

    @property
    def splunk(self) -> Splunk:
        return self.receivers["Splunk"]

    @property
    def cloud(self) -> Ministack:
        return self.deployment.cloud

    def clear(self) -> None:
        """Forgets what an earlier story left."""
        for receiver in self.receivers.values():
            receiver.forget()
        for url in (*self.deployment.queues.values(), *self.deployment.dlqs.values()):
            self.cloud.client("sqs").purge_queue(QueueUrl=url)
        client = self.cloud.client("s3")
        for bucket in (BUCKET, LAKE):
            for key, _ in ledger.objects(self.cloud, bucket):
                client.delete_object(Bucket=bucket, Key=key)

    def send(self, lines: Iterable[str]) -> None:
        """Sends lines as a producer with the AWS SDK does."""
        shipping.send(self.deployment, lines)

    def send_events(self, events: Iterable[dict[str, Any]]) -> set[str]:
        """Sends native events; returns their ids."""
        found = list(events)
        self.send(json.dumps(event) for event in found)
        return {event["id"] for event in found}

    def delivered(self, destination: str) -> Counter[str]:
        """How often each event arrived, by id."""
        if destination == "S3":
            return ledger.archived_ids(self.cloud, BUCKET)
        if destination == "SecurityLake":
            return ledger.lake_ids(self.cloud, LAKE)
        return self.receivers[destination].ids()

    def account(self, destination: str) -> ledger.Account:
        """Where the events meant for a destination are."""
        return ledger.account(self.deployment, INSTANCES[destination], self.delivered(destination))

    def wait_until_arrived(self, sent: set[str], *destinations: str, seconds: float = 60) -> None:
        """Waits until every event is at each of the destinations, all of them if none is named."""
        for destination in destinations or DESTINATIONS:
            self.wait(
                lambda name=destination: sent <= set(self.delivered(name)),
                seconds=seconds,
                what=f"{len(sent)} events at {destination}",
            )

    def wait_until_settled(self, *, seconds: float = 60) -> None:
        """Waits until no queue has a message any more; dead-letter queues aside."""
        urls = self.deployment.queues.values()
        self.wait(
            lambda: not any(ledger.messages(self.cloud, url) for url in urls),
            seconds=seconds,
            what="empty queues",
        )

    def wait(self, condition: Callable[[], Any], *, seconds: float, what: str) -> None:
        """Waits, and on failure tells where everything is."""
        try:
            wait_for(condition, seconds=seconds, what=what)
        except TimeoutError as error:
            raise AssertionError(f"{error}; {self.whereabouts()}") from None

    def whereabouts(self) -> str:
        """How many events arrived and how many messages lie in each queue."""
        here = [name for name in DESTINATIONS if INSTANCES[name] in self.deployment.routes]
        arrived = {name: len(self.delivered(name)) for name in here}
        queued, parked = (
            {name: len(ledger.messages(self.cloud, url)) for name, url in urls.items()}
            for urls in (self.deployment.queues, self.deployment.dlqs)
        )
        return f"arrived {arrived}, queued {queued}, in dead-letter queues {parked}"

    def sizes(self) -> dict[str, int]:
        """How many messages are in each queue, by the destination's name and `Ingest`."""
        client, sizes = self.cloud.client("sqs"), {}
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        for destination in ("Ingest", *DESTINATIONS):
            url = self.deployment.queues[reader(destination)]
            found = client.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            sizes[destination] = sum(int(found[name]) for name in names)
        return sizes

    def parked(self, destination: str) -> list[ledger.Message]:
        """The messages in a destination's dead-letter queue; `Ingest` for the router's."""
        return ledger.messages(self.cloud, self.deployment.dlqs[reader(destination)])

    def wait_until_refused(self, queue: str) -> None:
        """Waits until a function has given back a message of this queue: it comes a second time."""
        url = self.deployment.queues[reader(queue)]
        self.wait(
            lambda: any(message.receives > 1 for message in ledger.messages(self.cloud, url)),
            seconds=60,
            what=f"a second receive from the {queue} queue",
        )

    def logs(self) -> str:
        """Everything that the functions wrote."""
        client = self.cloud.client("logs")
        return "\n".join(
            event["message"]
            for group in client.describe_log_groups()["logGroups"]
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            for event in page["events"]
        )

    @contextmanager
    def without_policy(self, function: str, policy: str):
        """Takes a policy away from a function's role, and gives it back at the end."""
        found = self.cloud.client("lambda").get_function_configuration(
            FunctionName=f"vault-export-{function}"
        )
        role, iam = found["Role"].rsplit("/", 1)[1], self.cloud.client("iam")
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
        try:
            yield
        finally:
            iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
