"""Ids as users see them: ``ray.ActorID``, ``ray.TaskID`` and the others.

In Ray: ``python/ray/includes/unique_ids.pxi``. Left out here: ids made up from other ids, hashes
for shards, and the job and the owner that Ray hides inside an id.

Inside the runtime an id is a text of hexadecimal digits (:mod:`.ids`). What a program is given is
one of these: it compares equal only to an id of its own kind, and says what it is when printed.
"""

from typing import Any, ClassVar, Self

__all__ = [
    "ActorClassID",
    "ActorID",
    "BaseID",
    "ClusterID",
    "FunctionID",
    "JobID",
    "NodeID",
    "PlacementGroupID",
    "TaskID",
    "UniqueID",
    "WorkerID",
]


class BaseID:
    """What all kinds of ids have in common.

    Args:
        id: the id's bytes, as many as :meth:`size` says.

    Raises:
        TypeError: if it is no bytes.
        ValueError: if there are too many or too few.
    """

    __slots__ = ("_bytes",)

    _SIZE: ClassVar[int] = 28

    def __init__(self, id: Any) -> None:  # noqa: A002  # Ray's name for it
        if not isinstance(id, bytes):
            msg = (
                f"{type(self).__name__}({id!r}): an id is made from bytes, and not from "
                f"{type(id).__name__}. For hexadecimal digits write "
                f"{type(self).__name__}.from_hex(...)."
            )
            raise TypeError(msg)
        if len(id) != self._SIZE:
            msg = f"{type(self).__name__} has {self._SIZE} bytes, but {len(id)} were given."
            raise ValueError(msg)
        self._bytes = id

    @classmethod
    def from_binary(cls, id_bytes: bytes) -> Self:
        """The id of these bytes."""
        return cls(id_bytes)

    @classmethod
    def from_hex(cls, hex_id: str | bytes) -> Self:
        """The id of these hexadecimal digits."""
        return cls(bytes.fromhex(hex_id if isinstance(hex_id, str) else hex_id.decode()))

    @classmethod
    def nil(cls) -> Self:
        """The id that names nothing."""
        return cls(b"\xff" * cls._SIZE)

    @classmethod
    def size(cls) -> int:
        """How many bytes it has."""
        return cls._SIZE

    def is_nil(self) -> bool:
        """True for the id that names nothing."""
        return self._bytes == b"\xff" * self._SIZE

    def binary(self) -> bytes:
        """Its bytes."""
        return self._bytes

    def hex(self) -> str:
        """Its hexadecimal digits."""
        return self._bytes.hex()

    def __bytes__(self) -> bytes:
        return self._bytes

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and bytes(other) == self._bytes

    def __hash__(self) -> int:
        return hash(self._bytes)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.hex()})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._bytes,)


class UniqueID(BaseID):
    """An id of 28 bytes."""

    __slots__ = ()


class NodeID(UniqueID):
    """Names a node."""

    __slots__ = ()


class WorkerID(UniqueID):
    """Names a process: a driver or a worker."""

    __slots__ = ()


class ClusterID(UniqueID):
    """Names a session."""

    __slots__ = ()


class FunctionID(UniqueID):
    """Names a remote function."""

    __slots__ = ()


class ActorClassID(UniqueID):
    """Names an actor class."""

    __slots__ = ()


class JobID(BaseID):
    """Names a driver's job."""

    __slots__ = ()
    _SIZE = 4

    @classmethod
    def from_int(cls, value: int) -> Self:
        """The job of this number."""
        return cls(value.to_bytes(cls._SIZE, "little"))

    def int(self) -> "int":
        """The job's number."""
        return int.from_bytes(self._bytes, "little")


class ActorID(BaseID):
    """Names an actor."""

    __slots__ = ()
    _SIZE = 16


class TaskID(BaseID):
    """Names a task, or a call of an actor's method."""

    __slots__ = ()
    _SIZE = 24


class PlacementGroupID(BaseID):
    """Names a placement group."""

    __slots__ = ()
    _SIZE = 18


for _name in __all__:
    globals()[_name].__module__ = "raylite"
