"""A call on its way: from ``.remote()`` until its reply is filed.

In Ray: ``src/ray/core_worker/task_manager.h``. Left out here: lineage for reconstruction.
"""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from raylite._core.common.call_options import DYNAMIC
from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.entries import BorrowedEntry, Entry, OwnedEntry
from raylite._core.object_store.plasma import SURELY_INLINE_BYTES, PlasmaFile, PlasmaStore
from raylite._core.object_store.serialization import (
    ERROR,
    IN_FILE,
    SlotRef,
    dumps,
    join_call,
    split_call,
)

__all__ = [
    "CallHow",
    "PendingCall",
    "Submitter",
    "all_ready",
    "pack_arguments",
    "returns_of",
    "take_from",
    "when_ready",
]


CallHow = tuple[int, str | None, int, bool, str]
"""How many returns, the concurrency group, how many items a generator may be ahead, whether events
are not recorded, and the name it was given, if it was."""


class Submitter(Protocol):
    """What a call goes back to when its reply comes, or its connection breaks."""

    def on_reply(self, call: "PendingCall", flags: int, payload: bytes) -> None:
        """The executor has answered."""
        ...

    def on_lost(self, calls: list["PendingCall"]) -> None:
        """The connection broke before these were answered, in the order they were sent."""
        ...


class PendingCall:
    """One call that has no reply yet."""

    __slots__ = (
        "contained",
        "definition",
        "deps",
        "ended_s",
        "entries",
        "item_refs",
        "keep_alive",
        "name",
        "parent",
        "payload",
        "pin",
        "quiet",
        "received_refs",
        "retries_left",
        "seq",
        "started_s",
        "stream",
        "submitted_s",
        "submitter",
        "task_options",
        "worker_id",
    )

    def __init__(  # noqa: PLR0917  # By position, since this is the hot path.
        self,
        seq: int,
        name: str,
        payload: bytes,
        submitter: Submitter,
        entries: tuple[OwnedEntry, ...],
        keep_alive: object,
        submitted_s: float,
    ) -> None:
        self.seq = seq
        self.name = name
        self.payload = payload
        self.submitter = submitter
        self.entries = entries
        self.keep_alive = keep_alive
        self.submitted_s = self.started_s = self.ended_s = submitted_s
        self.worker_id = ""
        """Who has answered."""
        self.retries_left = 0
        self.contained: Any = None
        """Entries of refs inside the arguments, alive until the reply."""
        self.pin: PlasmaFile | None = None
        """The file of arguments that were too large for a message."""
        self.deps: list[Entry] | None = None
        """Entries of top-level refs whose values go with the call."""
        self.received_refs: Any = None
        """Refs inside the reply, counted before it."""
        self.item_refs: Any = None
        """The same for the item that comes next."""
        self.stream: Any = None
        """Of a generator: where its items go."""
        self.definition: Any = None
        """The remote function; None for a method."""
        self.task_options: Any = None
        self.quiet = False
        """Its events are not recorded."""
        self.parent: Any = None
        """The call, running here, whose code made this one."""

    @property
    def task_id(self) -> str | None:
        """As its refs spell it; None for a call without returns."""
        return self.entries[0].object_id[:-4].hex() if self.entries else None

    def wire_payload(self) -> bytes:
        """What is sent: the packed call, with the values of its refs beside it."""
        if self.deps is None:
            return self.payload
        return join_call(self.payload, [entry.payload or b"" for entry in self.deps])

    def failed_dependency(self) -> bytes | None:
        """The error of the first argument that has no value, if there is one."""
        for entry in self.deps or ():
            if entry.payload is not None and entry.payload[0] == ERROR:
                return entry.payload
        return None

    def resolve(self, payload: bytes) -> None:
        """File the reply."""
        entries = self.entries
        if len(entries) == 1:
            _file(entries[0], payload, self.received_refs)
        elif entries:
            # A mismatch and any other error is one payload, for every ref.
            parts = (
                [payload] * len(entries)
                if payload[0] == ERROR
                else split_call(memoryview(payload))[0]
            )
            for entry, part in zip(entries, parts, strict=True):
                _file(entry, part, self.received_refs)


def _file(entry: OwnedEntry, payload: bytes, refs: Any) -> None:
    if payload[0] == IN_FILE:
        entry.pin = PlasmaFile.of(payload)
    entry.contained = refs
    entry.resolve(payload)


def returns_of(entries: tuple[OwnedEntry, ...], num_returns: int) -> Any:
    """What ``.remote()`` gives: a ref, None, or a list of refs."""
    if num_returns in (1, DYNAMIC):
        return ObjectRef(entries[0])
    return [ObjectRef(entry) for entry in entries] if num_returns else None


def pack_arguments(
    store: PlasmaStore,
    key: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    how: CallHow | None = None,
) -> tuple[bytes, PlasmaFile | None, list[Any], list[Entry] | None]:
    """Pickle a call as it is now; what the caller does to the arguments later does not matter.

    Args:
        store: where they go if they are large.
        key: the method's name, or the function's key.
        args: positional arguments.
        kwargs: keyword arguments.
        how: what the executor has to know beside that; None if there is nothing unusual.

    Returns:
        The payload; the file it lies in, if it is large; the entries of refs inside the
        arguments; and those of top-level refs, whose values are to go with the call.

    Raises:
        NotSerializableError: if an argument cannot be pickled.
    """
    deps: list[Entry] | None = None
    for value in args:
        if type(value) is ObjectRef:
            deps = []
            args = tuple(_slot(value, deps) for value in args)
            break
    if kwargs:
        deps = deps if deps is not None else []
        kwargs = {name: _slot(value, deps) for name, value in kwargs.items()}
        deps = deps or None
    call = (key, args, kwargs) if how is None else (key, args, kwargs, *how)
    data, buffers, contained = dumps(call)
    if buffers or len(data) > SURELY_INLINE_BYTES:
        payload, pin = store.pack(data, buffers)
        return payload, pin, contained, deps
    return data, None, contained, deps


def _slot(value: Any, deps: list[Entry]) -> Any:
    if type(value) is not ObjectRef:
        return value
    deps.append(value._entry)  # type: ignore[arg-type]  # noqa: SLF001  # The entry behind a ref is the core's own.
    return SlotRef(len(deps) - 1)


def take_from(queue: deque[PendingCall], seq: int) -> PendingCall | None:
    """Take a call out of a queue, by its number; None if it is not there.

    Numbers mostly ascend, so that it is looked for from the end that is nearer.
    """
    if not queue:
        return None
    from_end = queue[-1].seq - seq < seq - queue[0].seq
    for at, call in enumerate(reversed(queue) if from_end else queue):
        if call.seq == seq:
            del queue[-1 - at if from_end else at]
            return call
    return None


def all_ready(call: PendingCall) -> bool:
    """Whether all values that go with the call are there."""
    return call.deps is None or all(entry.payload is not None for entry in call.deps)


def when_ready(call: PendingCall, action: Callable[[], None]) -> bool:
    """Whether all values that go with the call are there; if not, ``action`` follows later."""
    waiting = [entry for entry in call.deps or () if entry.payload is None]
    for entry in waiting:
        entry.when_done(action)
        if isinstance(entry, BorrowedEntry):
            entry.home.want(entry)
    return not waiting
