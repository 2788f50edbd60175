"""A call on its way: from ``.remote()`` until its reply is filed.

In Ray: ``src/ray/core_worker/task_manager.h``. Left out here: lineage for reconstruction.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from raylite._core.common.call_options import DYNAMIC, STREAMING, MethodOptions
from raylite._core.common.ids import WorkerID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.core_worker.call_sites import CallSite
from raylite._core.core_worker.entries import BorrowedEntry, Entry, OwnedEntry
from raylite._core.object_store.plasma import (
    SURELY_INLINE_BYTES,
    PlasmaFile,
    PlasmaStore,
    size_of,
)
from raylite._core.object_store.serialization import (
    ERROR,
    IN_FILE,
    PLAIN,
    SlotRef,
    dumps,
    dumps_plain,
    join_call,
    split_call,
)
from raylite._core.rpc.codec import DURATION_BYTES, NO_ANSWER, unpack_duration

__all__ = [
    "CallHow",
    "PendingCall",
    "SentLate",
    "Submitter",
    "all_ready",
    "pack_arguments",
    "returned_by",
    "set_parent",
    "tune",
    "when_ready",
]


CallHow = tuple[int, str | None, int, bool, str]
"""How many returns, the concurrency group, how many items a generator may be ahead, whether events
are not recorded, and the name it was given, if it was."""
SentLate: TypeAlias = tuple[str, float]
"""The name of a call, and when it was sent."""


class Submitter(Protocol):
    """What a call goes back to when its reply comes, or its connection breaks."""

    def on_reply(self, call: "PendingCall", flags: int, payload: bytes) -> None:
        """The executor has answered."""
        ...

    def on_lost(self, calls: list["PendingCall"]) -> None:
        """The connection broke before these were answered, in the order they were sent."""
        ...


class PendingCall:
    """One call that has no reply yet.

    What most calls do not have stands on the class, so that a call is made in half the time.
    """

    fetched_s = 0.0
    """How long its executor took to fetch its arguments."""
    contained: Any = None
    """Entries of refs inside the arguments, alive until the reply."""
    pin: PlasmaFile | None = None
    """The file of arguments that were too large for a message."""
    deps: list[Entry] | None = None
    """Entries of top-level refs whose values go with the call."""
    received_refs: Any = None
    """Refs inside the reply, counted before it."""
    item_refs: Any = None
    """The same for the item that comes next."""
    stream: Any = None
    """Of a generator: where its items go."""
    definition: Any = None
    """The remote function; None for a method."""
    task_options: Any = None
    quiet = False
    """Its events are not recorded."""
    parent: Any = None
    """The call, running here, whose code made this one."""
    origin = 0
    """The cell that has caused the call, directly or through others; 0: none."""
    retries_left = 0
    answer = NO_ANSWER
    """The reply as it came."""
    worker_id = ""
    """Who has answered."""

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
        self.submitted_s = submitted_s
        self.sent_s = 0.0
        """When it was sent; 0: at once."""
        self.usual_name: object = name
        """Its name, if there is nothing else about it that whoever notes its end has to look at;
        its name and when it was sent, if only that was not at once; None, if there is more. Calls
        that may be noted together have the same object."""

    def note_fetched(self, payload: bytes) -> bytes:
        """Take from a reply how long fetching took; what is left of it."""
        self.fetched_s = unpack_duration(payload[-DURATION_BYTES:])
        self.look_closer()
        return payload[:-DURATION_BYTES]

    def keep_for_arguments(self, contained: Any, pin: PlasmaFile | None) -> None:
        """Keep until the reply what its arguments refer to, and the file they are in."""
        self.contained, self.pin = contained, pin
        self.look_closer()

    def look_closer(self) -> None:
        """Note that there is something unusual about it."""
        self.usual_name = None

    def sent_late(self, sent_s: float, like: SentLate | None = None) -> SentLate | None:
        """Note when it was sent, if that was not at once.

        Args:
            sent_s: when, on the monotonic clock.
            like: what this said of the call that was sent before, if there is one.

        Returns:
            What it has in common with others of its name that are sent at the same moment.
        """
        self.sent_s = sent_s
        if self.usual_name is None:
            return like
        if like is None or like[1] is not sent_s or like[0] is not self.name:
            like = self.name, sent_s
        self.usual_name = like
        return like

    def args_bytes(self) -> int:
        """What its arguments take, in the message and in files."""
        parts = [self.payload, *(entry.payload or b"N" for entry in self.deps or ())]
        return sum(map(size_of, parts))

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
        """The error of the first argument that has no value, if there is one.

        It becomes the call's own, and what keeps the refs inside it is kept with that.
        """
        for entry in self.deps or ():
            if entry.payload is not None and entry.payload[0] == ERROR:
                self.received_refs = [entry]
                return entry.payload
        return None

    def resolve(self, payload: bytes) -> None:
        """File the reply."""
        entries = self.entries
        if len(entries) == 1:
            if payload[0] != IN_FILE and self.received_refs is None:
                entries[0].resolve(payload)  # As in _file, but for a call.
            else:
                _file(entries[0], payload, self.received_refs, self.worker_id)
        elif entries:
            # A mismatch and any other error is one payload, for every ref.
            parts = (
                [payload] * len(entries)
                if payload[0] == ERROR
                else split_call(memoryview(payload))[0]
            )
            for entry, part in zip(entries, parts, strict=True):
                _file(entry, part, self.received_refs, self.worker_id)


def _file(entry: OwnedEntry, payload: bytes, refs: Any, writer_id: str) -> None:
    if payload[0] == IN_FILE:
        entry.pin = entry.home.store.hold(payload)
        entry.home.sealed(entry, WorkerID(writer_id))
    entry.contained = refs
    entry.resolve(payload)


def returned_by(
    call: PendingCall, home: Any, site: CallSite | None, num_returns: int, items_ahead: int
) -> Any:
    """Make the entries that a call is to fill.

    Args:
        call: the call.
        home: the process.
        site: the line that has made it.
        num_returns: how many values it has; ``STREAMING`` or ``DYNAMIC`` for a generator.
        items_ahead: how many items a generator may be ahead.

    Returns:
        What ``.remote()`` gives: a ref, a list of refs, a generator of refs, or None.
    """
    if num_returns == STREAMING:
        call.stream = stream = home.new_stream(call.seq, items_ahead)
        stream.end.site = site
        call.entries = (stream.end,)
        return ObjectRefGenerator(stream)
    number = 1 if num_returns == DYNAMIC else num_returns
    entries = tuple(OwnedEntry(home, call.seq, index) for index in range(1, number + 1))
    for entry in entries:
        entry.site = site
    call.entries = entries
    if number == 1:
        return ObjectRef(entries[0])
    return [ObjectRef(entry) for entry in entries] if entries else None


def set_parent(call: PendingCall, parent: Any) -> None:
    """Note whose code has made a call: what that does is the same cell's.

    Args:
        call: the call.
        parent: the call that runs here; None: code outside of any.
    """
    if parent is not None:
        call.parent, call.origin = parent, parent.origin


def tune(call: PendingCall, how: MethodOptions) -> None:
    """Note what is unusual about a call."""
    call.task_options = how
    if how.quiet:
        call.quiet = True
        call.look_closer()
    if how.name is not None:
        call.name = how.name
        if call.usual_name is not None:
            call.usual_name = how.name
    if how.max_retries is not None:
        call.retries_left = how.max_retries


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
    is_plain = not kwargs
    for value in args:
        kind = type(value)
        if kind is ObjectRef:
            is_plain, deps = False, []
            args = tuple(_slot(value, deps) for value in args)
            break
        if kind not in PLAIN:
            is_plain = False
    if is_plain:
        data = dumps_plain((key, args, kwargs) if how is None else (key, args, kwargs, *how))
        if len(data) <= SURELY_INLINE_BYTES:
            return data, None, [], None
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


def all_ready(call: PendingCall) -> bool:
    """Whether all values that go with the call are there."""
    return call.deps is None or all(entry.payload is not None for entry in call.deps)


def when_ready(call: PendingCall, action: Callable[[], None]) -> bool:
    """Whether all values that go with the call are there.

    If not, ``action`` is called when the last of them comes: once, or by two threads at a time.
    """
    waiting = [entry for entry in call.deps or () if entry.payload is None]
    came = action if len(waiting) == 1 else _last_of(len(waiting), action)
    for entry in waiting:
        entry.when_done(came)
        if isinstance(entry, BorrowedEntry):
            entry.home.want(entry)
    return not waiting


def _last_of(number: int, action: Callable[[], None]) -> Callable[[], None]:
    missing = [True] * number

    def one_came() -> None:
        # Two threads that bring the last two may both find that nothing is missing any more.
        missing.pop()
        if not missing:
            action()

    return one_came
