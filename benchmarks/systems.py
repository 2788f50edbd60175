"""Whom we measure: each system's name, its programs, and why a cell of its column is empty."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.measures import MEASURES


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A column of the table."""

    key: str
    title: str
    peer: str
    """The module of :mod:`benchmarks.peers` that measures it."""
    library: str
    """What is imported, which the row *import alone* is about."""
    package: str = ""
    """The distribution whose version is told; empty for what comes with Python."""
    empty: Mapping[str, str] = field(default_factory=dict)
    """By row, why there is no figure. What is neither here nor measured has failed."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """By row, what a reader must know of the figure that is there."""


def _rows(*programs: str) -> tuple[str, ...]:
    return tuple(measure.key for measure in MEASURES if measure.program in programs)


def _empty(reasons: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {key: reason for reason, keys in reasons.items() for key in keys}


_THREADS = ("threaded_calls_pipelined",)
_POOL = ("pool_map",)
_ASYNC = ("async_calls_one_by_one", "async_calls_pipelined")
_TASKS = (*_rows("tasks"), "tasks_one_by_one_on_one_cpu")
_SMALL = ("put_small", "get_small", "put_get")
_PLACED = ("actors_one_by_one", "actors_at_once")
_NO_THREADS = "actors have no threads to choose"
_NO_POOL = "there is no pool of actors"
_NO_TASKS = "there are actors only, no tasks"
_NO_STORE = "there is no store of objects: values travel in messages"
_SHARED = "actors share processes that are there already, so nothing is started"
_NO_REPORTS = "without the reports of progress, since there is no actor to report to"

RAYLITE = System(
    key="raylite", title="raylite", peer="ray_api", library="raylite", package="raylite"
)
PEERS = (
    System(key="ray", title="Ray", peer="ray_api", library="ray", package="ray"),
    System(
        key="dask",
        title="Dask actors",
        peer="dask_actors",
        library="dask.distributed",
        package="distributed",
        empty=_empty(
            {
                _NO_THREADS: _THREADS,
                _NO_POOL: _POOL,
                "a future does not survive being an argument of an actor's method": (
                    "pass_400_mb",
                ),
                _SHARED: ("memory_further_actor",),
                "an actor whose worker dies is lost": ("restart",),
            }
        ),
        remarks=_empty({_SHARED: _PLACED}),
    ),
    System(
        key="xoscar",
        title="xoscar",
        peer="xoscar_actors",
        library="xoscar",
        package="xoscar",
        empty=_empty(
            {
                _NO_THREADS: _THREADS,
                _NO_POOL: _POOL,
                _NO_TASKS: (*_TASKS, "pi"),
                _NO_STORE: (*_SMALL, "put_400_mb", "get_400_mb", "pass_400_mb"),
                _SHARED: ("memory_further_actor",),
                "a call whose process dies raises; nobody sends it again": ("restart",),
            }
        ),
        remarks=_empty({_SHARED: _PLACED}),
    ),
    System(
        key="ipyparallel",
        title="ipyparallel",
        peer="ipyparallel_views",
        library="ipyparallel",
        package="ipyparallel",
        empty=_empty(
            {
                "engines cannot call each other": ("worker_to_worker",),
                "an engine runs one function at a time": (*_ASYNC, *_THREADS),
                _NO_POOL: _POOL,
                "a value lies in an engine; there are no refs to pass": ("pass_400_mb",),
                "engines are started with the cluster": (*_PLACED, "memory_further_actor"),
                "an engine that dies is not started again": ("restart",),
            }
        ),
        remarks=_empty(
            {
                "a function called in one engine, since there are no actors": (
                    "actor_calls_one_by_one",
                    "actor_calls_pipelined",
                    "driver_to_4_actors",
                    "actor_calls_one_by_one_on_one_cpu",
                    "actor_calls_pipelined_on_one_cpu",
                ),
                _NO_REPORTS: ("pi",),
            }
        ),
    ),
    System(
        key="pykka",
        title="Pykka",
        peer="pykka_actors",
        library="pykka",
        package="pykka",
        empty=_empty(
            {
                "an actor's method runs in its one thread": (*_ASYNC, *_THREADS),
                _NO_POOL: _POOL,
                _NO_TASKS: _TASKS,
                "all in one process: a value is passed as it is": _rows("objects"),
                "actors are threads, all in one process": ("memory_further_actor", "restart"),
                "threads of one process compute one at a time": ("pi",),
            }
        ),
    ),
    System(
        key="loky",
        title="loky",
        peer="loky_submit",
        library="loky",
        package="loky",
        empty=_empty(
            {
                "there are no actors": (
                    *_rows("calls"),
                    "actor_calls_one_by_one_on_one_cpu",
                    "actor_calls_pipelined_on_one_cpu",
                    *_PLACED,
                    "memory_further_actor",
                ),
                _NO_STORE: _rows("objects"),
            }
        ),
        remarks=_empty(
            {
                "until a new executor has answered, which the program asks for": ("restart",),
                _NO_REPORTS: ("pi",),
                "with one worker process": ("memory_one_actor", "idle_cpu"),
            }
        ),
    ),
    System(
        key="bare",
        title="bare connection",
        peer="bare_connection",
        library="multiprocessing.connection",
        empty=_empty(
            {
                "a connection carries calls, and nothing else": (
                    *_ASYNC,
                    *_THREADS,
                    *_POOL,
                    *_TASKS,
                    *_SMALL,
                    "get_400_mb",
                    "pass_400_mb",
                    "actors_at_once",
                    "restart",
                ),
                "the row compares with bare processes": ("pi",),
            }
        ),
        remarks=_empty(
            {
                "a fresh interpreter each": ("actors_one_by_one",),
            }
        ),
    ),
)
SYSTEMS = {system.key: system for system in (RAYLITE, *PEERS)}
"""All of them, by key, in the table's order."""


def has(system: System, key: str) -> bool:
    """Whether the system has such a thing as this row is about."""
    return key not in system.empty
