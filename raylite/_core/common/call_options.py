"""What goes with a call into the runtime: what is called, how, and from where.

In Ray: ``src/ray/common/task/task_spec.h`` and ``python/ray/_private/ray_option_utils.py``. The
public API makes these from what the user typed, after all checks; the runtime relies on that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from raylite._core.common.environment import NO_ENVIRONMENT, NO_VARIABLES, Environment
from raylite._core.common.ids import ActorID, JobID, NodeID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy

__all__ = [
    "DYNAMIC",
    "METHOD_OPTIONS",
    "NOTHING",
    "NOTHING_COUNTED",
    "NO_VARIABLES",
    "ONE_CPU",
    "STREAMING",
    "USUAL_CALLS",
    "ActorCalls",
    "ActorOptions",
    "Definition",
    "MethodOptions",
    "RuntimeFacts",
    "TaskOptions",
]

METHOD_OPTIONS: Final = "__ray_method_options__"
"""The attribute in which ``@method`` leaves its keywords on a function."""
STREAMING: Final = -1
"""As ``num_returns``: one ref an item, while the generator runs."""
DYNAMIC: Final = -2
"""As ``num_returns``: one ref, to a generator of refs, when all is done."""
ONE_CPU: Final[Mapping[str, float]] = {"CPU": 1.0}
NOTHING: Final[Mapping[str, float]] = {}
NOTHING_COUNTED: Final[Mapping[str, int]] = {}


@dataclass(slots=True)
class Definition:
    """A function or class as it is shipped: pickled once, sent once to each worker."""

    target: Any
    """The function or the class itself."""
    name: str
    """For people and events: ``f`` or ``Accounting``."""
    key: str = ""
    """Names the definition in all processes; empty until the engine has pickled the target."""
    blob: bytes = b""
    source_files: Mapping[str, str] = field(default_factory=dict)
    """Text of notebook cells the target stems from, by file name, so that a worker can quote it."""
    captured: Any = None
    """What keeps the objects whose refs the target captures."""
    shipped: Any = None
    """Ends with the definition, and has those who were sent it forget it."""


class TaskOptions(Record):
    """How one call of a remote function is to be run, after all checks."""

    name: str
    num_returns: int = 1
    """Or STREAMING, or DYNAMIC."""
    items_ahead: int = -1
    """How many items a generator may yield that were not taken; -1: any number."""
    resources: Mapping[str, float] = ONE_CPU
    """What it holds while it runs."""
    max_retries: int = 3
    """How often it is run again when its worker dies; -1: without limit."""
    retry_exceptions: bool | tuple[type[BaseException], ...] = False
    strategy: SchedulingStrategy | None = None
    """None: the default."""
    joins_group: bool | None = None
    """Whether it goes into the caller's placement group, and what it starts as well; None: if that
    group captures the caller's children."""
    env_vars: Mapping[str, str] = NO_VARIABLES
    """What its ``runtime_env`` adds to the environment of whoever submits it."""
    max_calls: int = 0
    """After how many calls of the function a worker ends; 0: never."""
    quiet: bool = False
    """Whether its events are not recorded."""
    of_ray: Mapping[str, Any] = NOTHING
    """The keywords as the user wrote them, which an engine that is Ray gives to Ray."""


class MethodOptions(Record):
    """How one call of a method is to be made, where that is not as usual; after all checks."""

    name: str | None = None
    """For people and events; None: the method's."""
    group: str | None = None
    """The concurrency group it is to run in; None: where its method says."""
    items_ahead: int = -1
    """How many items a generator may yield that were not taken; -1: any number."""
    max_retries: int | None = None
    """How often it is made again; -1: without limit; None: as often as the actor says."""
    retry_exceptions: bool | tuple[type[BaseException], ...] = False
    """Whether also when its code raised, and what."""
    quiet: bool | None = None
    """Whether its events are not recorded; None: as the actor says."""


class ActorCalls(Record):
    """What every handle of an actor knows about its calls."""

    max_task_retries: int = 0
    """How often a call that was lost with the process is sent again; -1: without limit."""
    max_pending: int = -1
    """How many calls a process may wait for; 0 or -1: any number."""
    in_order: bool = True
    """Whether a call that waits for an argument holds up those behind it."""
    quiet: bool = False
    """Whether events of its calls are not recorded."""
    items_ahead: int = -1
    """How many items all its generators together may yield that were not taken; -1: any number."""


USUAL_CALLS: Final = ActorCalls()


class ActorOptions(Record):
    """How an actor is to live, after all checks."""

    name: str | None = None
    namespace: str | None = None
    """None: the namespace of the session."""
    detached: bool = False
    get_if_exists: bool = False
    max_restarts: int = 0
    calls: ActorCalls = USUAL_CALLS
    placement: Mapping[str, float] = ONE_CPU
    """What must be free for it to be placed."""
    held: Mapping[str, float] = NOTHING
    """What it keeps while it lives."""
    max_concurrency: int | None = None
    """Calls at once in the group without a name; None: 1000 of an asynchronous actor, else 1."""
    concurrency_groups: Mapping[str, int] = NOTHING_COUNTED
    """The same for the groups with names."""
    strategy: SchedulingStrategy | None = None
    """None: the default."""
    joins_group: bool | None = None
    """Whether it goes into the caller's placement group, and what it starts as well; None: if that
    group captures the caller's children."""
    env_vars: Mapping[str, str] = NO_VARIABLES
    """What its ``runtime_env`` adds to the environment of whoever submits it."""
    handle: bytes = b""
    """What ``get_actor`` in another process needs to build a handle; opaque to the engine."""
    of_ray: Mapping[str, Any] = NOTHING
    """The keywords as the user wrote them, which an engine that is Ray gives to Ray."""


class RuntimeFacts(Record):
    """Where the calling code runs."""

    job_id: JobID
    node_id: NodeID
    worker_id: WorkerID
    actor_id: ActorID | None
    actor_name: str | None
    task_id: str | None
    task_name: str | None
    namespace: str
    is_driver: bool
    function_name: str | None = None
    """Of the task: its module, class and name."""
    is_async: bool = False
    """Whether it is an actor whose calls run on event loops."""
    environment: Environment = NO_ENVIRONMENT
    """What the process was started with."""
    num_restarts: int = 0
    assigned_resources: Mapping[str, float] = NOTHING
    gpu_ids: tuple[int | str, ...] = ()
    """The GPUs it may use: numbers, or what CUDA_VISIBLE_DEVICES calls them."""
    strategy: SchedulingStrategy = DEFAULT_STRATEGY
    """Where it wanted to be; names its placement group, and whether that captures children."""
    actor_handle: bytes = b""
    """Inside an actor: the ``ActorOptions.handle`` it was made with."""
    origin: int = 0
    """The cell that has caused what runs; 0: none."""
