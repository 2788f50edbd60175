"""What can be said of an object without unpacking it, for pictures of a ref.

In Ray: ``ray list objects``. Nothing is asked of anybody, and nothing of the user's is run: the
type is read from the first bytes of the payload.
"""

import contextlib
import io
import pickle
import pickletools
from pathlib import Path
from typing import Any, Final

from raylite._core.common.record import Record
from raylite._core.object_store.plasma import size_of
from raylite._core.object_store.serialization import (
    ERROR,
    FIRST_OF_A_PICKLE,
    FIRST_OF_A_VALUE,
    IN_FILE,
    loads_inline,
)

__all__ = ["SMALL", "Glance", "glance_at"]

SMALL: Final = 4096
"""Bytes up to which a value may be unpacked only to be shown."""
_HEAD: Final = 4096
_PROTO: Final = b"\x80\x05"
_FRAME_BYTES: Final = 9
_KINDS: Final = {
    pickle.EMPTY_DICT: "dict",
    pickle.EMPTY_LIST: "list",
    pickle.EMPTY_SET: "set",
    pickle.EMPTY_TUPLE: "tuple",
    pickle.MARK: "tuple",
    pickle.NONE: "None",
    pickle.BINFLOAT: "float",
    pickle.NEWTRUE: "bool",
    pickle.NEWFALSE: "bool",
    pickle.BININT: "int",
    pickle.BININT1: "int",
    pickle.BININT2: "int",
    pickle.LONG1: "int",
    pickle.LONG4: "int",
    pickle.BINUNICODE: "str",
    pickle.BINUNICODE8: "str",
    pickle.SHORT_BINBYTES: "bytes",
    pickle.BINBYTES: "bytes",
    pickle.BINBYTES8: "bytes",
    pickle.BYTEARRAY8: "bytearray",
}
"""What a pickle that begins with this step comes to."""
_MARSHALLED: Final = {
    **dict.fromkeys(b"il", "int"),
    **dict.fromkeys(b"tu", "str"),
    **dict.fromkeys(b"TF", "bool"),
    ord("g"): "float",
    ord("s"): "bytes",
    ord("N"): "None",
}
"""The same of the first byte of a value that ``marshal`` has packed."""
_REBUILT: Final = {"_frombuffer": "ndarray", "_reconstruct": "ndarray"}
"""Functions that make something of another type than their name."""


class Glance(Record):
    """What is known of an object here."""

    is_there: bool
    """The value, or the error."""
    has_failed: bool = False
    size_bytes: int = -1
    """-1: not known."""
    kind: str = ""
    """The name of its type, if it can be told."""
    payload: bytes = b""
    """A value or error that is small enough to be unpacked; else empty."""

    def value(self) -> Any:
        """What is in the payload; an error is given back and not raised."""
        return loads_inline(self.payload)


def glance_at(entry: Any) -> Glance:
    """Look at what is behind a ref; it neither waits nor asks."""
    payload: bytes | None = entry.payload
    if payload is None:
        return Glance(is_there=False)
    has_failed = payload[0] == ERROR
    size_bytes = size_of(payload)
    # Refs in a value would be borrowed by unpacking it.
    is_small = payload[0] != IN_FILE and not entry.contained and size_bytes <= SMALL
    return Glance(
        is_there=True,
        has_failed=has_failed,
        size_bytes=size_bytes,
        kind="" if has_failed else _kind_of(payload),
        payload=payload if is_small or has_failed else b"",
    )


def _kind_of(payload: bytes) -> str:
    if FIRST_OF_A_VALUE <= payload[0] < FIRST_OF_A_PICKLE:
        return _MARSHALLED.get(payload[0], "")
    return _kind(_first_bytes(payload))


def _first_bytes(payload: bytes) -> bytes:
    if payload[0] == IN_FILE:
        with contextlib.suppress(OSError):  # It is gone with its owner.
            path, _ = pickle.loads(memoryview(payload)[1:])
            with Path(path).open("rb") as file:
                payload = file.read(_HEAD)
    start = payload[:_HEAD]
    return start[max(0, start.find(_PROTO)) :]


def _kind(head: bytes) -> str:
    """The type of what a pickle comes to, from its first step; empty if that does not tell."""
    at = len(_PROTO)
    if head[at : at + 1] == pickle.FRAME:
        at += _FRAME_BYTES
    first = head[at : at + 1]
    if first != pickle.SHORT_BINUNICODE:
        return _KINDS.get(first, "")
    words: list[str] = []  # A text, or the module and the name of a class.
    with contextlib.suppress(Exception):  # The pickle goes on where the head ends.
        for step, argument, _ in pickletools.genops(io.BytesIO(head)):
            match step.name:
                case "SHORT_BINUNICODE":
                    words.append(str(argument))
                case "STACK_GLOBAL":
                    name = _REBUILT.get(words[-1], words[-1])
                    return "" if name.startswith("_") else name
                case "STOP":
                    break
    return "str" if len(words) == 1 else ""
