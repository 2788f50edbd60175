"""A call from ``.remote()`` to its answer: what is known of it, and what its caller holds.

In Ray: ``src/ray/core_worker/task_manager.h``.
"""

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from raylite._core.common.call_options import DYNAMIC, STREAMING
from raylite._core.common.ids import ActorID, ObjectID, WorkerID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.core_worker.call_sites import CallSite
from raylite._core.core_worker.failures import not_serializable
from raylite._core.core_worker.task_execution.assignment import Assignment
from raylite._core.object_store.serialization import (
    PLAIN,
    NotSerializableError,
    SlotRef,
    dumps,
    dumps_plain,
    join_buffers,
)
from raylite.engines.inline.entries import Entry
from raylite.engines.inline.surroundings import NOTHING_SET, Surroundings
from raylite.engines.inline.worlds import Slot, World

__all__ = ["CURRENT", "Call", "pack_arguments", "returned_by", "set_arguments"]


class Call:
    """One call. What most calls do not have stands on the class.

    Args:
        seq: its number among those of its caller.
        name: of the function or method.
        owner_id: who makes it: the driver, or the worker whose code does.
        parent: the call whose code makes it.
    """

    actor: Any = None
    """The actor it is a call of; None: a task."""
    definition: Any = None
    options: Any = None
    key = ""
    """The function, or the method, as it is called in the code."""
    payload = b""
    contained: Any = None
    deps: tuple[Entry, ...] = ()
    num_returns = 1
    items_ahead = -1
    group: str | None = None
    quiet = False
    given_name = ""
    retries_left = 0
    retry_exceptions: Any = False
    origin = 0
    entries: tuple[Entry, ...] = ()
    stream: Any = None
    keep_alive: Any = None
    started_s = 0.0
    ended_s = 0.0
    sent_s = 0.0
    worker_id: WorkerID | None = None
    lease_id: Any = None
    assignment: Assignment | None = None
    """Its share of the session's resources."""
    strategy: SchedulingStrategy = DEFAULT_STRATEGY
    env_key = ""
    around: Surroundings = NOTHING_SET
    """What is set around it."""
    site: CallSite | None = None
    function: Callable[..., Any] | None = None
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = {}
    world: World | None = None
    thread: int = 0
    """In which it runs; 0: in none."""
    coroutine: Any = None
    """Its asyncio task, where it has one."""
    waits_for: Any = None
    """The entries it waits for in ``get``."""
    is_cancelled = False
    is_over = False
    """It is answered; whatever its code still does is nobody's."""
    lane: Any = None

    def __init__(self, seq: int, name: str, owner_id: WorkerID, parent: "Call | None") -> None:
        self.seq = seq
        self.name = name
        self.owner_id = owner_id
        self.parent = parent
        self.submitted_s = time.monotonic()

    @property
    def task_id(self) -> str:
        """As the refs to its values spell it."""
        return f"{self.owner_id[:32]}{self.seq:016x}"

    @property
    def actor_id(self) -> ActorID | None:
        """The actor's id, of a method."""
        return None if self.actor is None else self.actor.actor_id

    @property
    def full_name(self) -> str:
        """``f``, or ``Accounting.withdraw``."""
        return self.key if self.actor is None else f"{self.actor.class_name}.{self.key}"

    def is_ready(self) -> bool:
        """Whether all values that go with it are there."""
        return all(entry.payload is not None for entry in self.deps)

    def when_ready(self, action: Callable[[], None]) -> None:
        """Call ``action`` when the last of them comes, or now."""
        waiting = [entry for entry in self.deps if entry.payload is None]
        missing = len(waiting)

        def one_came() -> None:
            nonlocal missing
            missing -= 1
            if not missing:
                action()

        for entry in waiting:
            entry.when_done(one_came)
        if not waiting:
            action()

    def failed_argument(self) -> bytes | None:
        """The error that stands in place of one of its values."""
        return next((entry.payload for entry in self.deps if entry.has_failed()), None)

    def load_arguments(self, world: World) -> None:
        """Make its arguments anew, in the world that it runs in."""
        slots = [Slot(entry.payload or b"") for entry in self.deps]
        self.args, self.kwargs = world.load(self.payload, slots)

    def let_go(self) -> None:
        """It has ended: nothing is kept on its behalf."""
        self.args, self.kwargs, self.function = (), {}, None
        self.payload, self.contained, self.deps, self.keep_alive = b"", None, (), None
        self.coroutine = self.waits_for = None


CURRENT: Final[ContextVar[Call | None]] = ContextVar("raylite_inline_call", default=None)
"""The call whose code runs here: of this thread, or of this coroutine."""


def returned_by(call: Call, home: Any, site: CallSite | None, num_returns: int) -> Any:
    """What ``.remote()`` gives: a ref, a list of refs, a generator of refs, or None."""
    call.num_returns = num_returns
    number = 1 if num_returns in {STREAMING, DYNAMIC} else num_returns
    entries = tuple(Entry(home, object_id(call, index)) for index in range(1, number + 1))
    for entry in entries:
        entry.site, entry.call = site, call
    call.entries = entries
    if num_returns == STREAMING:
        call.stream = home.new_stream(call)
        return ObjectRefGenerator(call.stream)
    if number == 1:
        return ObjectRef(entries[0])
    return [ObjectRef(entry) for entry in entries] if entries else None


def object_id(call: Call, index: int) -> ObjectID:
    """The name of one of a call's values."""
    return ObjectID(bytes.fromhex(call.task_id) + index.to_bytes(4, "big"))


def set_arguments(call: Call, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Pickle the arguments as they are now.

    Raises:
        TypeError: if one cannot be pickled; it says which.
    """
    try:
        call.payload, call.contained, call.deps = pack_arguments(args, kwargs)
    except NotSerializableError as error:
        raise not_serializable(call.name, args, kwargs, error) from None


def pack_arguments(
    args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[bytes, list[Any], tuple[Entry, ...]]:
    """The arguments as bytes, the entries inside them, and those whose values they stand for.

    Raises:
        NotSerializableError: if an argument cannot be pickled.
    """
    if not kwargs and all(type(value) in PLAIN for value in args):
        return dumps_plain((args, kwargs)), [], ()
    deps: list[Any] = []
    args = tuple(_slot(value, deps) for value in args)
    kwargs = {name: _slot(value, deps) for name, value in kwargs.items()}
    data, buffers, contained = dumps((args, kwargs))
    return (join_buffers(data, buffers) if buffers else data), contained, tuple(deps)


def _slot(value: Any, deps: list[Any]) -> Any:
    if type(value) is not ObjectRef:
        return value
    deps.append(value._entry)  # noqa: SLF001  # The entry behind a ref is the engine's own.
    return SlotRef(len(deps) - 1)
