"""The messages by which the head asks all processes something, and what they tell unasked.

In Ray: ``GetCoreWorkerStats`` in ``src/ray/protobuf/core_worker.proto``, and the metrics that each
process sends to the agent of its node.
"""

from typing import Any

from raylite._core.common.metrics import MetricUpdate
from raylite._core.common.record import Record

__all__ = ["AskForReport", "MetricsTold", "Report"]


class AskForReport(Record):
    """Somebody wants to know what you have; answered by a ``Report`` of the same number."""

    number: int
    what: str
    """``objects``, ``calls`` or ``metrics``."""


class Report(Record):
    """What a process has."""

    number: int
    rows: list[dict[str, Any]]


class MetricsTold(Record):
    """What a process has counted and measured since the last time."""

    updates: list[MetricUpdate]
