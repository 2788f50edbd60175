"""Values to bytes and back.

In Ray: ``python/ray/_private/serialization.py``. Left out here: custom serializers, Arrow.

``marshal`` for values that hold nothing but themselves, in half the time of ``pickle``; ``pickle``
for the others; and cloudpickle, many times slower, where pickle refuses or where it would only
write down a name in ``__main__``, which in another process is another module.
Buffers of arrays stay out of band, so that a reader can use them where they lie: read-only,
without a copy.

A payload says with its first byte what it is:

====  ====================================================================
0x80  a pickle, as every pickle begins
0x28  or any other ASCII character: what ``marshal`` wrote of :data:`PLAIN` values
0x01  a pickle and its buffers, in one piece
0x02  the same in a file of the object store; the payload is its path
0x03  a pickled exception
0x04  a call with values of refs beside it: see :func:`join_call`
====  ====================================================================

Refs and actor handles inside a value note themselves while it is pickled (:func:`note_ref`): the
sender must keep them alive until the receiver has them.
"""

import marshal
import pickle
import struct
import sys
import threading
from collections.abc import Sequence
from typing import Any, Final

__all__ = [
    "ERROR",
    "FETCHED",
    "FIRST_OF_A_PICKLE",
    "FIRST_OF_A_VALUE",
    "IN_FILE",
    "NONE",
    "PLAIN",
    "WITH_BUFFERS",
    "NotSerializableError",
    "SlotRef",
    "dumps",
    "dumps_definition",
    "dumps_error",
    "dumps_error_and_refs",
    "dumps_plain",
    "join_buffers",
    "join_call",
    "loads_call",
    "loads_inline",
    "note_ref",
    "split_buffers",
]

WITH_BUFFERS: Final = 0x01
IN_FILE: Final = 0x02
ERROR: Final = 0x03
WITH_SLOTS: Final = 0x04
FETCHED: Final = bytes((IN_FILE, WITH_SLOTS))
"""What the payload of a call begins with whose arguments did not all come with it, or not packed
together."""
FIRST_OF_A_VALUE: Final = 0x20
"""What is below it says that a payload is something else, or more, than one packed value."""
FIRST_OF_A_PICKLE: Final = 0x80
ALIGN_BYTES: Final = 64
_U32: Final = struct.Struct("<I")
_U64: Final = struct.Struct("<Q")
_MAIN: Final = b"__main__"
_GLOBAL: Final = pickle.STACK_GLOBAL
"""What writes down a name: without it, a pickle means the same in every process."""
_PROTOCOL: Final = 5
_MARSHAL: Final = 2
"""The same in all versions of Python, and the one that keeps no table of what it has written."""
PLAIN: Final = frozenset({int, float, str, bool, bytes, type(None)})
"""Types whose values hold nothing but themselves: no ref, no name, no buffer."""
NONE: Final = b"N"
"""The payload of None."""


class NotSerializableError(TypeError):
    """Neither pickle nor cloudpickle could turn the value into bytes."""


class _Notes(threading.local):
    refs: list[Any] | None = None
    slots: Sequence[bytes] = ()


_notes = _Notes()


def note_ref(entry: Any) -> bool:
    """Called by a ref that is being pickled, so that its sender can keep it alive.

    Returns:
        False if there is no sender: somebody has pickled it by hand.
    """
    if _notes.refs is None:
        return False
    _notes.refs.append(entry)
    return True


def dumps_plain(value: Any) -> bytes:
    """Pack what is made of :data:`PLAIN` values only: an eighth of the work of :func:`dumps`."""
    try:
        return marshal.dumps(value, _MARSHAL)
    except ValueError:  # Two gigabytes are too many for it.
        return pickle.dumps(value, _PROTOCOL)


def dumps(value: Any) -> tuple[bytes, list[pickle.PickleBuffer], list[Any]]:
    """Pickle a value.

    Returns:
        The pickle, its out-of-band buffers, and the entries of the refs inside it.

    Raises:
        NotSerializableError: with the reason that cloudpickle gave.
    """
    buffers: list[pickle.PickleBuffer] = []
    refs: list[Any] = []
    # Pickling may run code of the user, and that may pickle: `put` in a __reduce__.
    before, _notes.refs = _notes.refs, refs
    try:
        try:
            data = pickle.dumps(value, _PROTOCOL, buffer_callback=buffers.append)
            if _GLOBAL not in data or (_MAIN not in data and not _pickles_modules_by_value()):
                return data, buffers, refs
        except Exception:  # noqa: S110  # Whatever pickle dislikes, cloudpickle may manage.
            pass
        buffers.clear()
        refs.clear()
        return _cloudpickle_dumps(value, buffers), buffers, refs
    finally:
        _notes.refs = before


def _pickles_modules_by_value() -> bool:
    """Whether somebody called ``cloudpickle.register_pickle_by_value``."""
    module = sys.modules.get("cloudpickle")
    return module is not None and bool(module.list_registry_pickle_by_value())


def _cloudpickle_dumps(value: Any, buffers: list[pickle.PickleBuffer]) -> bytes:
    import cloudpickle  # noqa: PLC0415  # Costs 20 ms; many programs never need it here.

    try:
        data: bytes = cloudpickle.dumps(value, _PROTOCOL, buffer_callback=buffers.append)
    except Exception as error:
        raise NotSerializableError(str(error)) from error
    return data


def dumps_error(error: BaseException) -> bytes:
    """The payload of an exception.

    Raises:
        NotSerializableError: if it cannot be pickled.
    """
    return dumps_error_and_refs(error)[0]


def dumps_error_and_refs(error: BaseException) -> tuple[bytes, list[Any]]:
    """The payload of an exception, and the entries of the refs inside it.

    Raises:
        NotSerializableError: if it cannot be pickled.
    """
    data, buffers, refs = dumps(error)
    if buffers:
        data = join_buffers(data, buffers)
    return bytes((ERROR,)) + data, refs


def dumps_definition(target: Any) -> tuple[bytes, list[Any]]:
    """A function or class by value, and the entries of the refs that it captures."""
    import cloudpickle  # noqa: PLC0415  # As above.

    before, _notes.refs = _notes.refs, []
    try:
        return cloudpickle.dumps(target), _notes.refs
    finally:
        _notes.refs = before


def join_buffers(data: bytes, buffers: Sequence[pickle.PickleBuffer]) -> bytes:
    """One payload of a pickle and its buffers."""
    return b"".join(layout(data, buffers))


def layout(data: bytes, buffers: Sequence[pickle.PickleBuffer]) -> list[bytes | memoryview]:
    """The pieces of a payload with buffers, in order; each buffer starts on a cache line."""
    raws = [buffer.raw() for buffer in buffers]
    head = [bytes((WITH_BUFFERS,)), _U32.pack(len(raws)), _U64.pack(len(data))]
    head += [_U64.pack(raw.nbytes) for raw in raws]
    pieces: list[bytes | memoryview] = [b"".join(head), data]
    at = len(pieces[0]) + len(data)
    for raw in raws:
        gap = -at % ALIGN_BYTES
        pieces += [b"\0" * gap, raw]
        at += gap + raw.nbytes
    return pieces


def _loads_with_buffers(view: memoryview) -> Any:
    data, buffers = split_buffers(view)
    return pickle.loads(data, buffers=buffers)


def split_buffers(view: memoryview) -> tuple[memoryview, list[memoryview]]:
    """The pickle and its buffers in a payload that has some, where they lie."""
    (count,) = _U32.unpack_from(view, 1)
    (data_bytes,) = _U64.unpack_from(view, 5)
    sizes = struct.unpack_from(f"<{count}Q", view, 13)
    at = 13 + 8 * count
    data = view[at : at + data_bytes]
    at += data_bytes
    buffers = []
    for size in sizes:
        at += -at % ALIGN_BYTES
        buffers.append(view[at : at + size])
        at += size
    return data, buffers


def loads_value(payload: bytes | memoryview) -> Any:
    """The value in a payload that is a packed value and nothing else."""
    return pickle.loads(payload) if payload[0] == FIRST_OF_A_PICKLE else marshal.loads(payload)


def loads_inline(payload: bytes | memoryview) -> Any:
    """The value in a payload that is not in a file."""
    first = payload[0]
    if first >= FIRST_OF_A_VALUE:
        return loads_value(payload)
    if first == WITH_BUFFERS:
        return _loads_with_buffers(memoryview(payload))
    return loads_inline(payload[1:])  # An error.


class SlotRef:
    """Stands in a pickled call for the value of a ref that was not ready then."""

    __slots__ = ("_index",)

    def __init__(self, index: int) -> None:
        self._index = index

    def __reduce__(self) -> tuple[Any, ...]:
        return _take_slot, (self._index,)


def _take_slot(index: int) -> Any:
    return _load_slot(_notes.slots[index])


def _load_slot(payload: bytes) -> Any:
    from raylite._core.object_store.plasma import load  # noqa: PLC0415  # It imports this module.

    value = load(payload)
    if payload[0] == ERROR:
        raise value
    return value


def join_call(call: bytes, slots: Sequence[bytes]) -> bytes:
    """A call and the payloads of the refs among its arguments."""
    pieces = [bytes((WITH_SLOTS,)), _U32.pack(len(slots))]
    for slot in slots:
        pieces += [_U64.pack(len(slot)), slot]
    return b"".join([*pieces, call])


def split_call(view: memoryview) -> tuple[list[bytes], memoryview]:
    """The inverse of :func:`join_call`."""
    (count,) = _U32.unpack_from(view, 1)
    at = 5
    slots = []
    for _ in range(count):
        (size,) = _U64.unpack_from(view, at)
        at += 8
        slots.append(bytes(view[at : at + size]))
        at += size
    return slots, view[at:]


def loads_call(payload: memoryview) -> Any:
    """The ``(method or key, args, kwargs)`` of a call, with refs replaced by their values."""
    first = payload[0]
    if first >= FIRST_OF_A_VALUE:
        return pickle.loads(payload) if first == FIRST_OF_A_PICKLE else marshal.loads(payload)
    if first != WITH_SLOTS:
        return _load_slot(bytes(payload))
    slots, call = split_call(payload)
    before, _notes.slots = _notes.slots, slots
    try:
        return loads_call(call)
    finally:
        _notes.slots = before
