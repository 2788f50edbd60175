"""Metrics, as Ray's.

In Ray: ``python/ray/util/metrics.py``, which wants to know a metric's keys when it is made.
"""

from typing import Any, Final

from ray.util import metrics as of_ray

from raylite._core.common.metrics import COUNTER, HISTOGRAM, MetricSpec, Tags

__all__ = ["RayMetrics"]

_CALLED: Final = {COUNTER: "inc", HISTOGRAM: "observe"}


class RayMetrics:
    """Ray's metrics of this process, each made when it is first observed."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, tuple[str, ...]], Any] = {}

    def observe(self, spec: MetricSpec, tags: Tags, value: float) -> None:
        """Note one value."""
        keys = tuple(key for key, _ in tags)
        metric = self._made.get((spec.kind, spec.name, keys))
        if metric is None:
            metric = self._made[spec.kind, spec.name, keys] = _metric(spec, keys)
        getattr(metric, _CALLED.get(spec.kind, "set"))(value, dict(tags))


def _metric(spec: MetricSpec, keys: tuple[str, ...]) -> Any:
    if spec.kind == HISTOGRAM:
        return of_ray.Histogram(
            spec.name, spec.description, boundaries=list(spec.boundaries), tag_keys=keys
        )
    kind = of_ray.Counter if spec.kind == COUNTER else of_ray.Gauge
    return kind(spec.name, spec.description, tag_keys=keys)
