"""What this process counts and measures, summed up and told to the head.

In Ray: ``src/ray/core_worker/metrics.h``; there it is told every few seconds. Here it is told
``FLUSH_S`` after the first observation, and whenever somebody wants to see it.
"""

import bisect
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from raylite._core.common.metrics import GAUGE, HISTOGRAM, MetricSpec, MetricUpdate, Tags
from raylite._core.rpc.report_messages import MetricsTold

__all__ = ["FLUSH_S", "MetricsBuffer", "Observations"]

FLUSH_S: Final = 0.05
_SUM_UP_AFTER: Final = 1_000
"""Values that are kept as they came."""


_Key = tuple[str, str, tuple[float, ...], Tags]


class Observations:
    """Sums up what one process observes until it is told.

    Any thread may observe at any time, even a ``__del__`` that Python runs in the middle of
    :meth:`take`: so to observe is to append, and the summing up waits for nobody.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: deque[tuple[MetricSpec, Tags, float]] = deque()
        self._found: dict[_Key, tuple[MetricSpec, float, list[int]]] = {}

    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self._new and not self._found

    def observe(self, spec: MetricSpec, tags: Tags, value: float) -> bool:
        """Note one value; whether it is the first since the last :meth:`take`."""
        first = self.is_empty()
        self._new.append((spec, tags, value))
        if len(self._new) >= _SUM_UP_AFTER and self._lock.acquire(blocking=False):
            try:
                self._sum_up()
            finally:
                self._lock.release()
        return first

    def take(self) -> list[MetricUpdate]:
        """What was observed since the last time; nothing while another thread sums up."""
        if not self._lock.acquire(blocking=False):
            return []
        try:
            self._sum_up()
            found, self._found = self._found, {}
        finally:
            self._lock.release()
        return [
            MetricUpdate(spec=spec, tags=key[3], amount=amount, counts=tuple(counts))
            for key, (spec, amount, counts) in found.items()
        ]

    def _sum_up(self) -> None:
        while self._new:
            spec, tags, value = self._new.popleft()
            key = (spec.kind, spec.name, spec.boundaries, tags)
            _, amount, counts = self._found.get(key) or (spec, 0.0, [0] * _num_buckets(spec))
            if counts:
                counts[bisect.bisect_left(spec.boundaries, value)] += 1
            self._found[key] = (spec, value if spec.kind == GAUGE else amount + value, counts)


class MetricsBuffer:
    """Sums up what is observed between two messages.

    Args:
        send: sends a message to the head.
        call_later: has an action called after a delay in seconds.
    """

    def __init__(
        self,
        send: Callable[[object], None],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._send = send
        self._call_later = call_later
        self._observations = Observations()

    def observe(self, spec: MetricSpec, tags: Tags, value: float) -> None:
        """Note one value."""
        if self._observations.observe(spec, tags, value):
            self._call_later(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Tell the head what was observed."""
        updates = self._observations.take()
        if updates:
            self._send(MetricsTold(updates=updates))
        if not self._observations.is_empty():  # It was observed meanwhile.
            self._call_later(FLUSH_S, self.flush)


def _num_buckets(spec: MetricSpec) -> int:
    return len(spec.boundaries) + 1 if spec.kind == HISTOGRAM else 0
