"""The program's own metrics as a table in HTML and in text: what ``%raylite metrics`` shows.

In Ray: charts in Grafana. A row says in words what its numbers mean.
"""

from dataclasses import dataclass
from html import escape
from typing import Final

from raylite import _engine
from raylite.util.state import MetricState, list_metrics, list_workers

__all__ = ["MetricsStatus", "metrics"]

_NO_SESSION: Final = "raylite: no session, so nothing is counted yet."
_NO_METRICS: Final = (
    "raylite: no metrics yet. Make one with raylite.util.metrics.Counter, Gauge or Histogram, "
    "in the driver, a task or an actor."
)
_MOST: Final = 1_000
_COLUMNS: Final = ("Metric", "Kind", "Tags", "Value")
_CELL: Final = "text-align:left;vertical-align:top;padding:2px 16px 2px 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsStatus:
    """What ``%raylite metrics`` shows."""

    rows: tuple[tuple[str, str, str, str], ...] = ()
    """Name, kind, tags and value, as people read them."""
    descriptions: tuple[str, ...] = ()
    """One for each row; empty where there is none."""
    is_running: bool = True

    def __repr__(self) -> str:
        if not self.rows:
            return self._nothing()
        table = (_COLUMNS, *self.rows)
        widths = [max(len(row[column]) for row in table) for column in range(len(_COLUMNS))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>{escape(self._nothing())}</p>"
        head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in _COLUMNS)
        body = "".join(
            _html_row(row, description)
            for row, description in zip(self.rows, self.descriptions, strict=True)
        )
        return (
            '<table style="margin:4px 0"><caption style="text-align:left;padding:4px 0;'
            "white-space:nowrap;font-size:var(--jp-content-font-size1,14px);"
            f'color:var(--jp-ui-font-color1,inherit)">raylite: metrics of the session</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _nothing(self) -> str:
        return _NO_METRICS if self.is_running else _NO_SESSION


def metrics() -> MetricsStatus:
    """Look at the metrics of the session; starts none."""
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        return MetricsStatus(is_running=False)
    found = list_metrics(limit=_MOST, detail=True, raise_on_missing_output=False)
    pids: dict[str, int | None] = {}
    if any(one.worker_id for one in found):
        pids = {worker.worker_id: worker.pid for worker in list_workers(limit=10_000)}
    return MetricsStatus(
        rows=tuple(_row(one, pids) for one in found),
        descriptions=tuple(one.description or "" for one in found),
    )


def _row(one: MetricState, pids: dict[str, int | None]) -> tuple[str, str, str, str]:
    tags = ", ".join(f"{key}={value}" for key, value in one.tags.items())
    if one.type == "histogram":
        return one.name, one.type, tags, _histogram(one)
    where = f" (pid {pids.get(one.worker_id)})" if one.worker_id else ""
    return one.name, one.type, tags, f"{one.value:g}{where}"


def _histogram(one: MetricState) -> str:
    """How many values there are, their mean, and how many are in each bucket."""
    before, parts = 0, []
    for boundary, so_far in (one.buckets or {}).items():
        if so_far > before:
            where = "above" if boundary == "+Inf" else f"up to {float(boundary):g}"
            parts.append(f"{where}: {so_far - before}")
        before = so_far
    plural = "" if one.count == 1 else "s"
    return f"{one.count} value{plural}, mean {one.value:g}; {', '.join(parts)}"


def _html_row(row: tuple[str, str, str, str], description: str) -> str:
    name, *others = (escape(cell) for cell in row)
    note = f"<br><small>{escape(description)}</small>" if description else ""
    cells = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in others)
    return f'<tr><th scope="row" style="{_CELL};font-weight:normal">{name}{note}</th>{cells}</tr>'
