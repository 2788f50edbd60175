"""What goes over a connection: frames, and how a frame is cut out of the stream.

In Ray: gRPC and ``src/ray/protobuf/core_worker.proto``. Left out here: versions and streams.

A frame is a header of nine bytes, the length of its body and its kind, and the body. Two kinds
are the hot path, a call and its reply, and are packed by hand. All others carry one pickled
message from :mod:`raylite._core.rpc.peer_messages`: they are rare, and easier to read.

The byte stream is the order. Calls of one submitter to one actor go over one connection, so
they arrive in the order in which they were written, and no sequence has to be restored.
"""

import pickle
import struct
from typing import Any, Final, NamedTuple

__all__ = [
    "CALL",
    "CALL_HEAD_BYTES",
    "DURATION_BYTES",
    "FLAG_FAILED",
    "FLAG_FETCHED",
    "FLAG_HOLDS_REFS",
    "FLAG_LEAVES",
    "FLAG_ODD",
    "FLAG_PRINTED",
    "HEADER_BYTES",
    "ITEM",
    "MESSAGE",
    "NO_ANSWER",
    "REPLY",
    "REPLY_HEAD_BYTES",
    "TASK",
    "Answer",
    "FrameReader",
    "pack_call",
    "pack_duration",
    "pack_item",
    "pack_message",
    "pack_reply",
    "ran_s",
    "unpack_answer",
    "unpack_call_head",
    "unpack_duration",
    "unpack_item",
    "unpack_message",
    "unpack_reply_head",
]

CALL: Final = 1
"""A method of the actor that lives in the receiving worker."""
TASK: Final = 2
"""A remote function, for a leased worker."""
REPLY: Final = 3
"""What either came to."""
MESSAGE: Final = 4
"""Anything else: one pickled data class."""
ITEM: Final = 5
"""What a generator has yielded."""

_HEADER: Final = struct.Struct("<QB")
_CALL: Final = struct.Struct("<QBQQd")
_CALL_BODY: Final = struct.Struct("<QQd")
_REPLY: Final = struct.Struct("<QBdffIIQB")
_ITEM: Final = struct.Struct("<QBQQ")
_ITEM_BODY: Final = struct.Struct("<QQ")
_ITEM_BYTES: Final = _ITEM_BODY.size
_REPLY_BODY: Final = struct.Struct("<dffIIQB")
"""It begins as a row of the event log does, with what the executor makes of it: ``ROW_OF_EXECUTOR``
in :mod:`raylite._core.common.task_rows`. That ends with the number, but for its last two bytes."""
_REPLY_HEAD: Final = struct.Struct("<24xQB")
_RAN: Final = struct.Struct("<12xf")
_DURATION: Final = struct.Struct("<d")
DURATION_BYTES: Final = _DURATION.size
HEADER_BYTES: Final = _HEADER.size
CALL_HEAD_BYTES: Final = _CALL_BODY.size
"""Behind them stands the payload of a call."""
unpack_call_head: Final = _CALL_BODY.unpack_from
"""The number, the origin and the time of a call. Names of C functions: a function around each takes
longer than what it does."""
REPLY_HEAD_BYTES: Final = _REPLY_BODY.size
"""Behind them stands the payload of a reply."""
unpack_reply_head: Final = _REPLY_HEAD.unpack_from
"""The number and the flags of a reply."""
_pack_reply: Final = _REPLY.pack
_pack_call: Final = _CALL.pack
_unpack_header: Final = _HEADER.unpack_from

FLAG_FAILED: Final = 1
FLAG_PRINTED: Final = 2
"""The call wrote to stdout or stderr: whoever shows the result fetches the output first."""
FLAG_HOLDS_REFS: Final = 4
"""The value contains refs; the sender keeps them alive until told they have arrived."""
FLAG_LEAVES: Final = 8
"""The worker ends after this reply: send it no more."""
FLAG_FETCHED: Final = 16
"""Behind the payload stands how long it took to fetch the arguments: see :func:`pack_duration`."""
FLAG_ODD: Final = 32
"""The payload is something else than one packed value: it says where that is, or has several."""

NO_ANSWER: Final = bytes(REPLY_HEAD_BYTES)
"""What stands for the reply while there is none."""


class Answer(NamedTuple):
    """What a reply says of its call, beside the value."""

    submitted_s: float
    """As the call said."""
    waited_s: float
    """Until the method was entered."""
    ran_s: float
    """Until it was left."""
    args_bytes: int
    result_bytes: int
    seq: int
    flags: int


def pack_call(kind: int, seq: int, payload: bytes, origin: int, submitted_s: float) -> bytes:
    """The frame of a call.

    Args:
        kind: ``CALL`` or ``TASK``.
        seq: the submitter's running number, by which the reply is recognised.
        payload: pickled ``(method or function key, args, kwargs)``.
        origin: the cell that has caused the call, directly or through others; 0: none.
        submitted_s: when it was made, on the machine's monotonic clock: its reply says that again.
    """
    return _pack_call(CALL_HEAD_BYTES + len(payload), kind, seq, origin, submitted_s) + payload


def pack_reply(  # noqa: PLR0917  # By position, since this is the hot path.
    seq: int,
    flags: int,
    submitted_s: float,
    started_s: float,
    ended_s: float,
    args_bytes: int,
    payload: bytes,
) -> bytes:
    """The frame of a reply.

    Args:
        seq: the number of the call it answers.
        flags: the ``FLAG_...`` that are true of it.
        submitted_s: when the call was made, on the machine's monotonic clock.
        started_s: when the method was entered.
        ended_s: when it was left.
        args_bytes: the size of the call's payload.
        payload: the serialized value or error.
    """
    size = len(payload)
    return (
        _pack_reply(
            REPLY_HEAD_BYTES + size,
            REPLY,
            submitted_s,
            started_s - submitted_s,
            ended_s - started_s,
            args_bytes,
            size,
            seq,
            flags,
        )
        + payload
    )


def unpack_answer(body: bytes) -> Answer:
    """The rest that a reply says."""
    return Answer._make(_REPLY_BODY.unpack_from(body))


def ran_s(body: bytes) -> float:
    """How long a call ran, as its reply says."""
    found: float = _RAN.unpack_from(body)[0]
    return found


def pack_duration(duration_s: float) -> bytes:
    """Seconds, as they stand behind a payload."""
    return _DURATION.pack(duration_s)


def unpack_duration(packed: bytes) -> float:
    """Seconds."""
    found: float = _DURATION.unpack(packed)[0]
    return found


def pack_item(seq: int, index: int, payload: bytes) -> bytes:
    """The frame of an item.

    Args:
        seq: the number of the generator's call.
        index: the number of the item, from 0.
        payload: the serialized value.
    """
    return _ITEM.pack(_ITEM_BYTES + len(payload), ITEM, seq, index) + payload


def unpack_item(body: bytes) -> tuple[int, int, bytes]:
    """Call, number and payload of an item."""
    seq, index = _ITEM_BODY.unpack_from(body)
    return seq, index, body[_ITEM_BYTES:]


def pack_message(message: object) -> bytes:
    """The frame of a rare message."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _HEADER.pack(len(body), MESSAGE) + body


def unpack_message(body: bytes) -> Any:
    """The data class in a rare message."""
    return pickle.loads(body)


class FrameReader:
    """Cuts a stream of bytes into frames.

    Bytes go in as they come from the socket; whole frames come out. A body that is larger than
    one read is collected in place, so that a large argument is not copied once a read.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.large: bytearray | None = None
        """The body that is being collected, if it is a large one."""
        self._large_kind = 0
        self._filled = 0

    def missing(self) -> memoryview | None:
        """Where the rest of a large body wants to be received, or None."""
        return None if self.large is None else memoryview(self.large)[self._filled :]

    def filled(self, num_bytes: int) -> tuple[int, bytes] | None:
        """Note that so many bytes of :meth:`missing` were received; the frame if it is whole."""
        self._filled += num_bytes
        large = self.large
        if large is None or self._filled < len(large):
            return None
        self.large = None
        return self._large_kind, bytes(large)

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Take in what was read; the frames, kind and body, that are whole now."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        end = len(data)
        if end > HEADER_BYTES:
            size, kind = _unpack_header(data)
            if size + HEADER_BYTES == end:  # Nothing else, as where calls are made one by one.
                return [(kind, data[HEADER_BYTES:])]
        frames = []
        at = 0
        while end - at >= HEADER_BYTES:
            size, kind = _unpack_header(data, at)
            start = at + HEADER_BYTES
            stop = start + size
            if stop > end:
                if size > 2 * HEADER_BYTES + (1 << 16):
                    self._begin_large(kind, size, data[start:])
                    at = end
                break
            frames.append((kind, data[start:stop]))
            at = stop
        self._rest = data[at:]
        return frames

    def _begin_large(self, kind: int, size: int, first: bytes) -> None:
        self.large = bytearray(size)
        self.large[: len(first)] = first
        self._large_kind = kind
        self._filled = len(first)
