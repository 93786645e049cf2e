"""Receivers on real sockets that answer as the vendors do, or as a test tells them to."""

from .datadog import Datadog
from .elastic import Elastic
from .otlp import Otlp
from .scripted import CutConnection, Receiver, Reply
from .splunk import Splunk
from .webhook import Webhook

__all__ = ["CutConnection", "Datadog", "Elastic", "Otlp", "Receiver", "Reply", "Splunk", "Webhook"]
