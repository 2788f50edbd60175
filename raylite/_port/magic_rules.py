"""raylite's magics, and what stands in their place in a program for Ray.

In Ray: nothing like them; there one writes what they do.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["CELL_MAGICS", "LINE_MAGICS", "SUBCOMMANDS", "WITH_PYTHON_BELOW"]

_STATE: Final = "ray.util.state.list_{}(), which needs pip install 'ray[default]'"
_DASHBOARD: Final = "Look at Ray's dashboard, in a browser"

CELL_MAGICS: Final[Mapping[str, str]] = {
    "actor": "@ray.remote above the class, and CLASS.remote(...) to start one",
    "task": "@ray.remote above the function, and FUNCTION.remote(...) to call it",
    "trace": "ray.timeline('trace.json') writes a file for ui.perfetto.dev",
    "check": "Leave it out: the exercise is checked in the notebook",
}
"""Magics for whole cells, by name: what to write."""

LINE_MAGICS: Final[Mapping[str, str]] = {
    "actors": _STATE.format("actors"),
    "tasks": _STATE.format("tasks"),
    "objects": f"{_STATE.format('objects')}, or ray memory in a terminal",
    "timeline": "ray.timeline('trace.json'), and open it at ui.perfetto.dev",
    "watch": _DASHBOARD,
    "kill": "ray.kill(handle)",
}
"""Magics for a line, by name: what to write."""

SUBCOMMANDS: Final[Mapping[str, str]] = {
    "status": "ray status in a terminal",
    "memory": "ray memory in a terminal",
    "metrics": "Have Prometheus read the metrics port that Ray's nodes offer",
    "doctor": "ray status in a terminal",
    "init": "ray.init()",
    "shutdown": "ray.shutdown()",
    "as-ray": "Leave it out: 'import ray' is Ray itself there",
    "port": "Leave it out: it is done",
}
"""What can stand behind ``%raylite``: what to write."""

WITH_PYTHON_BELOW: Final = frozenset(
    {*CELL_MAGICS, "time", "timeit", "capture", "prun", "debug", "memit", "mprun", "lprun"}
)
"""Magics whose cell is Python; what stands below others is not looked at."""
