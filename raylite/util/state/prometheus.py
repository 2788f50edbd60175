"""Metrics in the text format that Prometheus reads.

In Ray: ``python/ray/_private/metrics_agent.py``. Left out here: labels for the version and the
node, and the HTTP server.
"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from raylite.util.state.common import MetricState

__all__ = ["as_text"]

_PREFIX: Final = "ray_"
"""What Ray puts before every name."""


def as_text(metrics: Iterable[MetricState]) -> str:
    """The text: for each metric a line for people, a line for its type, and its values."""
    lines: list[str] = []
    for (name, kind), rows in groupby(metrics, key=lambda one: (one.name, one.type)):
        found = list(rows)
        full = f"{_PREFIX}{name}_total" if kind == "counter" else f"{_PREFIX}{name}"
        description = next((one.description for one in found if one.description), "")
        lines += [f"# HELP {full} {_escaped(description)}".rstrip(), f"# TYPE {full} {kind}"]
        for one in found:
            lines += _samples(full, one)
    return "".join(f"{line}\n" for line in lines)


def _samples(name: str, one: MetricState) -> list[str]:
    if one.type != "histogram":
        process = {"WorkerId": one.worker_id} if one.worker_id else {}
        return [f"{name}{_labels({**one.tags, **process})} {float(one.value)!r}"]
    buckets = [
        f"{name}_bucket{_labels({**one.tags, 'le': boundary})} {count}"
        for boundary, count in (one.buckets or {}).items()
    ]
    labels = _labels(one.tags)
    return [*buckets, f"{name}_count{labels} {one.count}", f"{name}_sum{labels} {one.sum!r}"]


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    inside = ",".join(f'{key}="{_escaped(value, quote=True)}"' for key, value in labels.items())
    return f"{{{inside}}}"


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", r"\\").replace("\n", r"\n")
    return text.replace('"', r"\"") if quote else text
