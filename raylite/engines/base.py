"""The door between the public API and whatever runs the calls.

In Ray: ``CoreWorker`` in ``python/ray/_raylet.pyx`` plays this part for every caller. Here it is
a ``Protocol``, so that an engine need not import upwards, and inside a worker process the
``CoreWorker`` itself is the engine: that is how a task submits tasks of its own.

The public API checks what a user typed; an engine may rely on that.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from raylite._core.common.call_options import (
    NOTHING,
    ActorOptions,
    Definition,
    RuntimeFacts,
    TaskOptions,
)
from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.record import Record

__all__ = [
    "ActorClient",
    "ActorOptions",
    "Definition",
    "Engine",
    "EngineConfig",
    "RuntimeFacts",
    "TaskOptions",
]


class EngineConfig(Record):
    """What ``init`` was told, after all checks."""

    num_cpus: float | None = None
    """None: as many as the process may use."""
    num_gpus: float = 0
    resources: Mapping[str, float] = NOTHING
    namespace: str | None = None
    log_to_driver: bool = True
    logging_level: int = 20


class ActorClient(Protocol):
    """One process's way to one actor: its queue of calls, and the connection behind it."""

    def submit(  # noqa: PLR0917  # By position, since this is the hot path.
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        num_returns: int,
        keep_alive: object,
        concurrency_group: str | None = None,
        items_ahead: int = -1,
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
            concurrency_group: where in the actor it is to run; None: where its method says.
            items_ahead: how many items a generator may yield that were not taken; -1: any number.

        Raises:
            TypeError: if an argument cannot be pickled; it says which, and what to do.
        """
        ...


class Engine(Protocol):
    """The operations behind the public API."""

    complete_events: bool
    """False where events are only sampled, so that pictures can say so."""

    over: bool
    """Whether the session has ended by itself, because a part of it was killed."""

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

    def actor_client(self, actor_id: ActorID, max_task_retries: int) -> ActorClient:
        """The way to an actor, the same object for every handle in the process."""
        ...

    def get_actor(self, name: str, namespace: str | None) -> tuple[ActorID, bytes] | None:
        """The id and ``ActorOptions.handle`` of a living named actor, or None."""
        ...

    def kill_actor(self, actor_id: ActorID, *, no_restart: bool) -> None:
        """End the actor's process with SIGKILL."""
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

    def wait(
        self, refs: Sequence[ObjectRef[Any]], num_returns: int, timeout_s: float | None
    ) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
        """Split into at most ``num_returns`` that are done, and the rest, both in order."""
        ...

    def resources(self, *, available: bool) -> dict[str, float]:
        """The session's resources in all, or those free at the moment."""
        ...

    def state(self, table: str) -> list[dict[str, Any]]:
        """Rows of ``actors``, ``workers``, ``nodes`` or ``tasks``."""
        ...

    def events(self) -> list[Event]:
        """The event log, oldest first, as far as it is kept."""
        ...

    def subscribe(self, callback: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        """Have ``callback`` called with every further batch of events; returns the way out.

        The callback runs on a thread of the engine. One that raises is unsubscribed.
        """
        ...

    def facts(self) -> RuntimeFacts:
        """Where the calling code runs."""
        ...

    def close(self) -> None:
        """End the session: every process, every file. Harmless when called twice."""
        ...
