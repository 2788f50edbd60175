"""The door between the public API and whatever runs the calls.

In Ray: ``CoreWorker`` in ``python/ray/_raylet.pyx`` plays this part for every caller. Here it is
a ``Protocol``, so that an engine need not import upwards, and inside a worker process the
``CoreWorker`` itself is the engine: that is how a task submits tasks of its own.

The public API checks what a user typed; an engine may rely on that.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from raylite._core.common.bars import BarsTold
from raylite._core.common.call_options import (
    NOTHING,
    ActorCalls,
    ActorOptions,
    Definition,
    MethodOptions,
    RuntimeFacts,
    TaskOptions,
)
from raylite._core.common.environment import NO_ENVIRONMENT, Environment
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID
from raylite._core.common.metrics import MetricSpec, Tags
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.common.placement_group_spec import BundleSpec, PlacementStrategy
from raylite._core.common.record import Record
from raylite._core.common.worker_output import OutputLines, Picture, unpacked

__all__ = [
    "NO_LABELS",
    "ActorCalls",
    "ActorClient",
    "ActorOptions",
    "Definition",
    "Engine",
    "EngineConfig",
    "MethodOptions",
    "NodeConfig",
    "OutputLines",
    "Picture",
    "RuntimeFacts",
    "TaskOptions",
    "unpacked",
]


NO_LABELS: Final[Mapping[str, str]] = {}


class NodeConfig(Record):
    """What a virtual node has, after all checks."""

    num_cpus: float
    num_gpus: float = 0
    resources: Mapping[str, float] = NOTHING
    labels: Mapping[str, str] = NO_LABELS

    def total(self) -> dict[str, float]:
        """All of it, by name."""
        return {"CPU": self.num_cpus, "GPU": self.num_gpus, **self.resources}


class EngineConfig(Record):
    """What ``init`` was told, after all checks."""

    engine: str = "processes"
    """The name of the engine that is to start with it."""
    num_cpus: float | None = None
    """None: as many as the process may use."""
    num_gpus: float = 0
    resources: Mapping[str, float] = NOTHING
    labels: Mapping[str, str] = NO_LABELS
    memory: int | None = None
    """Bytes; None: what the machine has."""
    object_store_memory: int | None = None
    """Bytes that all large objects may take together; None: what there is room for."""
    plasma_directory: str = ""
    """Where large objects are to lie; empty: in memory, where this machine has a folder for it."""
    spilling_directory: str = ""
    """Where those go that find no room there; empty: where temporary files go."""
    further_nodes: tuple[NodeConfig, ...] = ()
    address: str = ""
    """The runtime to join: its folder, or ``auto`` for the one of this user. ``local``: begin a
    session; empty: join the user's runtime if there is one. On Ray itself: any address of Ray's."""
    of_new_session: tuple[str, ...] = ()
    """Which of ``init``'s keywords were given that make sense for a new session alone."""
    namespace: str | None = None
    log_to_driver: bool = True
    logging_level: int = 20
    environment: Environment = NO_ENVIRONMENT
    """Of the job's processes; the working directory is yet to be copied."""
    excludes: tuple[str, ...] = ()
    """What is left out of the copy of the working directory."""
    of_ray: Mapping[str, Any] = NOTHING
    """On Ray itself: keywords that are Ray's to check, ``runtime_env`` among them, as given."""


class ActorClient(Protocol):
    """One process's way to one actor: its queue of calls, and the connection behind it."""

    def submit(  # noqa: PLR0917  # By position, since this is the hot path.
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        num_returns: int,
        keep_alive: object,
        how: MethodOptions | None = None,
    ) -> Any:
        """Queue one call, in order.

        Args:
            method: the method's name, looked up on the class in the worker.
            args: positional arguments; top-level refs are replaced by their values.
            kwargs: keyword arguments, likewise.
            num_returns: 1 gives a ref, 0 None, more a list of refs, STREAMING a generator of
                refs, DYNAMIC a ref to one.
            keep_alive: held until the call has ended (the handle, so that the actor cannot go
                out of scope while a call is pending).
            how: what is unusual about the call; None: nothing.

        Raises:
            TypeError: if an argument cannot be pickled; it says which, and what to do.
            PendingCallsLimitExceeded: if this process waits for too many calls of the actor.
        """
        ...


class Engine(Protocol):
    """The operations behind the public API."""

    complete_events: bool
    """False where events are only sampled, so that pictures can say so."""

    over: bool
    """Whether the session has ended by itself, because a part of it was killed."""

    origin: int
    """Of a driver: the cell that runs, which has caused what is submitted now; 0: none."""

    def submit_task(
        self,
        function: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: TaskOptions,
    ) -> Any:
        """Queue a call of a remote function; gives a ref, None or a list of refs."""
        ...

    def create_actor(
        self,
        actor_class: Definition,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        options: ActorOptions,
    ) -> tuple[ActorID, ObjectRef[Any] | None, bytes]:
        """Register an actor and have it created.

        Returns:
            Its id; the ref that counts its handles (None where the handle is weak: the name was
            taken already and ``get_if_exists`` is set, or the actor is detached); and
            ``options.handle`` of the actor that was made or found.

        Raises:
            ActorAlreadyExistsError: if the name is taken.
        """
        ...

    def actor_client(self, actor_id: ActorID, calls: ActorCalls) -> ActorClient:
        """The way to an actor, the same object for every handle in the process."""
        ...

    def get_actor(self, name: str, namespace: str | None) -> tuple[ActorID, bytes] | None:
        """The id and ``ActorOptions.handle`` of a living named actor, or None."""
        ...

    def weak_ref(self, actor_id: ActorID) -> ObjectRef[Any] | None:
        """What a handle carries that does not keep its actor alive; None: it needs nothing.

        Args:
            actor_id: of an actor that was just looked up, or of the one that asks.
        """
        ...

    def kill_actor(self, actor_id: ActorID, *, no_restart: bool) -> None:
        """End the actor's process with SIGKILL."""
        ...

    def cancel(
        self, ref: ObjectRef[Any] | ObjectRefGenerator, *, force: bool, recursive: bool
    ) -> None:
        """Cancel the call that is to give a value, if it has not ended.

        Args:
            ref: of the value.
            force: end the process that runs the task.
            recursive: cancel the calls that its code has made, too.

        Raises:
            ValueError: if ``force`` is set and it is a call of an actor's method.
        """
        ...

    def is_cancelled(self) -> bool:
        """Whether the call whose code asks was cancelled; never in a driver."""
        ...

    def put(self, value: Any) -> ObjectRef[Any]:
        """Keep a value; the caller owns it."""
        ...

    def get(self, refs: Sequence[ObjectRef[Any]], timeout_s: float | None) -> list[Any]:
        """The values, in order, or the first error.

        Raises:
            GetTimeoutError: if they were not all there in time.
        """
        ...

    def get_one(self, ref: ObjectRef[Any], timeout_s: float | None) -> Any:
        """The same for one ref, which is what most programs do most of the time."""
        ...

    def is_rest(self, refs: list[ObjectRef[Any]]) -> bool:
        """Whether there is nothing left for the caller to check: these are refs, all different.

        An engine knows that of the rest that the last ``wait`` of the thread has given, or of a
        list that begins so. An engine whose ``wait`` refuses a ref that occurs twice itself need
        only see that these are refs. False may mean that it does not remember.
        """
        ...

    def wait(
        self,
        refs: list[ObjectRef[Any]],
        num_returns: int,
        timeout_s: float | None,
        *,
        fetch_local: bool = True,
    ) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Split into at most ``num_returns`` that are done, and the rest, both in order.

        Without ``fetch_local`` a value may still be on another machine, where there are several.
        """
        ...

    def create_placement_group(
        self,
        bundles: tuple[BundleSpec, ...],
        strategy: PlacementStrategy,
        *,
        name: str,
        detached: bool,
        target_node_id: NodeID | None,
    ) -> PlacementGroupID:
        """Ask for a group, which is made when there is room.

        Raises:
            RaySystemError: if the name is taken.
        """
        ...

    def remove_placement_group(self, group_id: PlacementGroupID) -> None:
        """Give its resources back, and end what runs in it. Harmless when called twice."""
        ...

    def placement_group_ready(self, group_id: PlacementGroupID, value: Any) -> ObjectRef[Any]:
        """A ref whose value is ``value`` once the group is there, or else an error."""
        ...

    def get_placement_group(self, name: str) -> PlacementGroupID | None:
        """The group of that name in the session's namespace."""
        ...

    def placement_groups(self, group_id: PlacementGroupID | None) -> list[dict[str, Any]]:
        """Rows of Ray's ``placement_group_table``: of one group, or of all."""
        ...

    def add_node(self, total: Mapping[str, float], labels: Mapping[str, str]) -> NodeID:
        """Add a virtual node with these resources; tasks can run there when this returns."""
        ...

    def remove_node(self, node_id: NodeID) -> None:
        """Remove a virtual node and kill what runs there.

        Raises:
            ValueError: if it is not there, or is the first one, where the drivers are.
        """
        ...

    def resources(self, *, available: bool) -> dict[str, float]:
        """The session's resources in all, or those free at the moment."""
        ...

    def state(self, table: str) -> list[dict[str, Any]]:
        """Rows of ``actors``, ``workers``, ``nodes`` or ``tasks``."""
        ...

    def stand_in_for_ray(self) -> None:
        """Have ``import ray`` give raylite in all processes of the session from now on."""
        ...

    def report(self, what: str) -> tuple[list[dict[str, Any]], int]:
        """What all processes of the session have of something.

        Args:
            what: ``objects``, ``calls`` or ``metrics``.

        Returns:
            The rows, and how many processes have not answered in time.
        """
        ...

    def observe(self, spec: MetricSpec, tags: Tags, value: float) -> None:
        """Note one value of a metric, in any thread."""
        ...

    def show_output_with(
        self, show: Callable[[OutputLines | Picture], None], when_fetched: Callable[[], None]
    ) -> None:
        """Have ``show`` show what workers print, unless ``init(log_to_driver=False)`` was called.

        Args:
            show: called with each message, in whichever thread reads it.
            when_fetched: called in the thread that uses a value, when all is there that was
                printed on the way to it.
        """
        ...

    def fetch_output(self, longest_s: float) -> None:
        """Show what workers have printed up to now, if that takes no longer than so many seconds.

        In a worker, do nothing.
        """
        ...

    def tell_bars(self, news: BarsTold) -> None:
        """Have the driver show how far something is, from any thread."""
        ...

    def events(self) -> list[Event]:
        """The event log, oldest first, as far as it is kept."""
        ...

    def history(self) -> EventBatch:
        """The same, the calls as packed rows. ``dropped`` counts what is not kept any more."""
        ...

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool = False
    ) -> Callable[[], None]:
        """Have ``callback`` called with every further batch of events; returns the way out.

        With ``with_history`` the first batch is :meth:`history`, and the next one begins where that
        ends: nothing is missed and nothing comes twice.

        After a pause a batch comes at once, and then at most every 50 milliseconds. The callback
        runs in whichever thread reads the sockets of the process, maybe the program's own: it
        should only note what it gets. One that raises is unsubscribed.
        """
        ...

    def address_info(self) -> dict[str, Any]:
        """Where the session is, in the words of Ray's ``RayContext.address_info``."""
        ...

    def facts(self) -> RuntimeFacts:
        """Where the calling code runs."""
        ...

    def close(self) -> None:
        """End the session: every process, every file. Harmless when called twice."""
        ...
