"""Destinations that are deployed alone, beside those that the core nests."""

import time
from collections import Counter

from deployed import Stack
from localcloud import ledger
from localcloud.deployment import create_secret, delete, deploy
from localcloud.destinations import credential, secret, webhook_settings
from localcloud.receivers import Receiver, Splunk, Webhook
from localcloud.settings import toml

KINDS = {"splunk_hec": Splunk, "webhook": Webhook}


class Instances:
    """Adds, changes and removes destinations of a core, each with a receiver of its own."""

    def __init__(self, stack: Stack):
        self.core = stack
        self.cloud = stack.cloud
        self.receivers: dict[str, Receiver] = {}
        self.given: dict[str, dict[str, str]] = {}

    def add(self, name: str, kind: str, **given: str) -> Receiver:
        """Deploys one; `given` are parameters beside those that it needs. Returns its receiver."""
        if name not in self.receivers:
            key = credential("Webhook" if kind == "webhook" else name)
            self.receivers[name] = KINDS[kind](key)
            self.given[name] = self._needed(name, kind, key)
        self.change(name, **given)
        return self.receivers[name]

    def _needed(self, name: str, kind: str, key: str) -> dict[str, str]:
        address = self.receivers[name].address
        hook = kind == "webhook"
        value = secret("Webhook", {"Webhook": address}) if hook else key
        settings = webhook_settings(address) if hook else toml(index="second", allow_insecure=True)
        return {
            "Core": self.core.deployment.stack,
            "Name": name,
            "Type": kind,
            "Architecture": "x86_64",
            "SecretArn": create_secret(self.cloud, f"vault-export/{name}", value),
            "Settings": settings,
            **({} if hook else {"Address": address}),
        }

    def change(self, name: str, **given: str) -> None:
        """Deploys one again with some parameters changed."""
        changed = {**self.given[name], **given}
        template = self.core.template.parent / "infra" / "destination.yaml"
        deploy(self.cloud, template, changed, log=self.core.log, stack=self.stack_of(name))
        self.given[name] = changed
        self.core.deployment.refresh()

    def stack_of(self, name: str) -> str:
        return f"{self.core.deployment.stack}-{name}"

    def remove(self, name: str) -> dict[str, str]:
        """Deletes one; returns the addresses of the queues that stay, by `queue_url` and `dlq_url`."""
        route = self.core.deployment.routes[name]
        delete(self.cloud, self.stack_of(name))
        self.core.deployment.refresh()
        return {key: route[key] for key in ("queue_url", "dlq_url")}

    def remove_all(self) -> None:
        """Deletes every one that is there."""
        for name in self.receivers:
            if name in self.core.deployment.routes:
                self.remove(name)
            self.cloud.client("secretsmanager").delete_secret(
                SecretId=f"vault-export/{name}", ForceDeleteWithoutRecovery=True
            )

    def wait_for_routes(self) -> None:
        """Waits until the router has to read its routes again: it keeps them for a minute."""
        time.sleep(62)

    def delivered(self, name: str) -> Counter[str]:
        """How often each event arrived, by id."""
        return self.receivers[name].ids()

    def account(self, name: str) -> ledger.Account:
        """Where the events meant for one are."""
        return ledger.account(self.core.deployment, name, self.delivered(name))

    def wait_until_arrived(self, sent: set[str], *names: str, seconds: float = 60) -> None:
        """Waits until every event is at each of these."""
        for name in names:
            self.core.wait(
                lambda name=name: sent <= set(self.delivered(name)),
                seconds=seconds,
                what=f"{len(sent)} events at {name}",
            )
