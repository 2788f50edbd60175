"""What is fixed about an actor when it is registered, and about a process when it ends.

In Ray: ``src/ray/common/task/task_spec.h`` and ``ActorCreationTaskSpec`` in
``src/ray/protobuf/common.proto``. Left out here: the description of a single call, which
is too frequent for a data class; :mod:`raylite._core.rpc.codec` packs it by hand.
"""

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.record import Record
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy

__all__ = ["ActorSpec", "WorkerExit"]


class ActorSpec(Record):
    """All that the control plane knows about an actor beside its state."""

    actor_id: ActorID
    class_name: str
    owner_id: WorkerID
    """The process that called ``ActorClass.remote()``. The actor shares its fate."""
    name: str | None = None
    namespace: str = ""
    detached: bool = False
    """Detached actors have no owner to share the fate of."""
    max_restarts: int = 0
    """How often it may be restarted after a crash; -1 means without limit."""
    max_task_retries: int = 0
    """How often a call that was lost with the process is sent again; -1: without limit."""
    placement: ResourceSet
    """What must be free for the actor to be placed."""
    held: ResourceSet
    """What it keeps while it lives; with no resources named, nothing."""
    env_key: str = ""
    """The environment its process needs."""
    strategy: SchedulingStrategy = DEFAULT_STRATEGY
    handle: bytes = b""
    """The pickled handle, handed to whoever looks the actor up by its name."""


class WorkerExit(Record):
    """How a worker process ended."""

    intended: bool
    """True where raylite or ``exit_actor`` ended it; then there is no restart."""
    reason: str
    """A whole sentence for the user, without the final stop."""
    exit_code: int | None = None
    signal: int | None = None
    stderr_tail: str = ""
    """The last lines it wrote to stderr."""
