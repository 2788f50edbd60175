"""The names that only raylite has, and those that only Ray has, each with what to write instead.

In Ray: the dashboard, the commands of ``ray``, and ``ray.util.state``, which tell there what
pictures tell here.
"""

from collections.abc import Mapping
from typing import Final

from raylite._core.common.stand_in import is_only_in_ray

__all__ = [
    "IMPORTED_FROM",
    "ONLY_HERE",
    "first_known",
    "is_module_only_here",
    "is_private_here",
    "only_in_ray",
]

_DASHBOARD: Final = (
    "Look at Ray's dashboard, in a browser: ray.init() gives its address as dashboard_url"
)
_LIST: Final = (
    "ray.util.state.list_{}() gives the same as a list; it needs pip install 'ray[default]'"
)
_TIMELINE: Final = "ray.timeline('trace.json') writes a file for ui.perfetto.dev"
_NODES: Final = (
    "Start a second node: ray start --address=HEAD:6379; for tests on one machine there is "
    "ray.cluster_utils.Cluster"
)
_NO_EVENTS: Final = "Leave it out: Ray keeps no log of events that a program could read"
_NO_NOTEBOOK: Final = "Leave it out: on Ray a notebook needs no extension"
_NOT_ON_A_CLUSTER: Final = "Leave the exercise in the notebook, where it is checked"
_TQDM: Final = "from ray.experimental.tqdm_ray import tqdm"

ONLY_HERE: Final[Mapping[str, tuple[str, str]]] = {
    # Name below raylite: what it is, and what to write on Ray.
    "dashboard": ("is raylite's picture of the session", _DASHBOARD),
    "watch": ("is raylite's picture of an actor", _DASHBOARD),
    "report": ("sums up a session, which only raylite does", _LIST.format("tasks")),
    "explain": (
        "explains an error, which only raylite does",
        "Leave it out: the traceback of a RayTaskError tells what happened, in Ray's words",
    ),
    "creation_flow": ("is raylite's picture of an actor's start", _TIMELINE),
    "submission_flow": ("is raylite's picture of a call", _TIMELINE),
    "trace": ("records pictures, which only raylite does", _TIMELINE),
    "show_timeline": ("draws the timeline, which only raylite does", _TIMELINE),
    "save_events": ("writes raylite's log of events", _NO_EVENTS),
    "load_events": ("reads raylite's log of events", _NO_EVENTS),
    "output": (
        "gives what workers have printed, which only raylite keeps",
        "Read the log files: ray logs, in a terminal, lists them",
    ),
    "progress": (
        "draws a progress bar for refs, which only raylite does",
        "Wait with ray.wait in a loop, and count",
    ),
    "doctor": ("looks at this machine for raylite", "Write ray status in a terminal"),
    "install_as_ray": (
        "has raylite stand in for Ray",
        "Leave it out: 'import ray' is Ray itself there",
    ),
    "load_ipython_extension": ("loads raylite's magics", _NO_NOTEBOOK),
    "unload_ipython_extension": ("takes raylite's magics away", _NO_NOTEBOOK),
    "notebook": ("is what raylite shows in a notebook", _DASHBOARD),
    "exercises": ("holds the exercises of the course", _NOT_ON_A_CLUSTER),
    "engines": ("holds raylite's engines", "Leave it out: Ray is the engine there"),
    "cluster": (
        "makes virtual nodes, which only raylite has",
        _NODES,
    ),
    "cli": ("is the command raylite", "Use the command ray"),
    "util.tqdm": ("is raylite's short way to a progress bar", f"{_TQDM}; it has no set_postfix"),
    "util.trange": ("is raylite's short way to a progress bar", f"{_TQDM}, and tqdm(range(n))"),
    "experimental.tqdm_ray.trange": ("is not among Ray's progress bars", "tqdm(range(n))"),
    "util.metrics.prometheus_text": (
        "gives all metrics as a text, which on Ray a server does",
        "Have Prometheus read the metrics port that Ray's nodes offer",
    ),
    "util.state.list_metrics": (
        "lists metrics, which on Ray a server does",
        "Have Prometheus read the metrics port that Ray's nodes offer",
    ),
    "object_ref": ("is a module of raylite's", "Write ray.ObjectRef"),
    "ActorHandle": ("is elsewhere on Ray", "Write ray.actor.ActorHandle"),
    "ActorClass": ("is elsewhere on Ray", "Write ray.actor.ActorClass"),
}

_MODULES_ONLY_HERE: Final = ("notebook", "exercises", "engines", "cluster", "cli", "object_ref")
"""Of the names above, those that an import of Ray would look for in vain: such lines stay."""

_ALSO_IN_RAY: Final = ("_private", "_raylet", "__version__", "__commit__")
"""What looks private, and is there on both sides since programs use it."""

IMPORTED_FROM: Final[Mapping[str, tuple[str, str]]] = {
    "util.tqdm": ("experimental.tqdm_ray", "tqdm"),
}
"""Names that Ray has in another module, under the same name: imports are changed accordingly."""


def first_known(path: str, table: Mapping[str, tuple[str, str]]) -> str | None:
    """The shortest beginning of a dotted name that is in the table."""
    parts = path.split(".")
    names = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return next((name for name in names if name in table), None)


def is_module_only_here(path: str) -> bool:
    """Whether a dotted name is, or is below, a module that Ray does not have."""
    return path.partition(".")[0] in _MODULES_ONLY_HERE or is_private_here(path)


def is_private_here(path: str) -> bool:
    """Whether a dotted name leads into what raylite keeps for itself."""
    return path.startswith("_") and path.partition(".")[0] not in _ALSO_IN_RAY


def only_in_ray(path: str) -> str | None:
    """The part of a dotted name below ``ray`` that raylite does not have."""
    first = path.partition(".")[0]
    return first if is_only_in_ray(first) else None
