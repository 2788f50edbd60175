"""The promise of a value: what ``.remote()`` returns.

In Ray: ``python/ray/includes/object_ref.pxi``.

A ref is a thin name. What is known of the object, its value above all, is the *entry* behind
it, which belongs to the engine. Python's own reference counting is the first layer of raylite's:
an entry that no ref and no table points to any more is gone, and its value with it.
"""

import contextlib
from collections.abc import Callable, Generator
from typing import Any, ClassVar, Generic, NoReturn, Protocol, TypeVar

from raylite._core.common.ids import OBJECT_ID_BYTES, ObjectID
from raylite._core.common.promise import StandsForValue, refuse
from raylite._core.common.public_ids import TaskID

__all__ = ["ObjectEntry", "ObjectRef"]

T = TypeVar("T")

_NIL = ObjectID(b"\xff" * OBJECT_ID_BYTES)


class ObjectEntry(Protocol):
    """What an engine knows of one object."""

    @property
    def object_id(self) -> ObjectID:
        """The object's name, the same in every process."""
        ...

    def add_done_callback(self, callback: Callable[[], None], *, may_wait: bool = False) -> None:
        """Call ``callback`` once the value or the error is there, from any thread.

        Args:
            callback: must neither wait nor raise, unless ``may_wait``.
            may_wait: True for one that unpacks the value, or runs code of the user.
        """
        ...

    def result(self) -> Any:
        """The value, unpacked anew; raises the error. Only called when done."""
        ...

    def has_failed(self) -> bool:
        """Whether there is an error instead of a value; False while there is neither."""
        ...

    def reduce(self) -> tuple[Any, ...]:
        """What ``pickle`` needs to rebuild a ref to this object in another process."""
        ...


class _NoEntry:
    """Stands behind a ref made from bare bytes: it has a name, and that is all."""

    def __init__(self, object_id: ObjectID) -> None:
        self.object_id = object_id

    def add_done_callback(self, callback: Callable[[], None], *, may_wait: bool = False) -> None:
        del callback, may_wait
        msg = (
            f"ObjectRef({self.object_id.hex()}) was made from bytes: it names an object, but "
            "nobody here knows its owner. Pass the ObjectRef itself instead of its bytes."
        )
        raise ValueError(msg)

    def result(self) -> Any:
        self.add_done_callback(lambda: None)

    @property
    def payload(self) -> bytes | None:
        """There never is one, so nobody is to wait for it."""
        self.add_done_callback(lambda: None)
        return None

    def has_failed(self) -> bool:
        return False

    def reduce(self) -> tuple[Any, ...]:
        return ObjectRef.from_binary, (self.object_id,)


_IS_A_PROMISE = (
    "An ObjectRef is the promise of a value, not the value. Write ray.get(ref) to have the value,\n"
    "or pass the ref to another task as it is."
)


class ObjectRef(StandsForValue, Generic[T]):
    """A name for a value that a task, an actor's method or ``put`` produces.

    Pass it to other tasks and actors, ``get`` it, ``wait`` for it, or ``await`` it. Two refs are
    equal if they name the same object.
    """

    __slots__ = ("__weakref__", "_entry")
    _show: ClassVar[Callable[["ObjectRef[Any]"], None]]
    """What a notebook does with a ref at the end of a cell; raises NotImplementedError elsewhere.
    Set by the public API."""

    def __init__(self, entry: ObjectEntry | bytes) -> None:
        if isinstance(entry, bytes):
            entry = _NoEntry(_checked(entry))
        self._entry = entry

    @classmethod
    def from_binary(cls, id_bytes: bytes) -> "ObjectRef[Any]":
        """A ref that only carries a name, as ``ObjectRef(bytes)`` does in Ray."""
        return cls(_NoEntry(_checked(id_bytes)))

    @classmethod
    def size(cls) -> int:
        """How many bytes an object's id has."""
        return OBJECT_ID_BYTES

    @classmethod
    def nil(cls) -> "ObjectRef[Any]":
        """The ref that names no object."""
        return cls(_NoEntry(_NIL))

    def is_nil(self) -> bool:
        """True for the ref that names no object."""
        return self._entry.object_id == _NIL

    def binary(self) -> bytes:
        """The 28 bytes of the object's id."""
        return self._entry.object_id

    def hex(self) -> str:
        """The object's id in 56 hexadecimal digits."""
        return self._entry.object_id.hex()

    def task_id(self) -> TaskID:
        """The id of the task that makes the object: all but the number of the return."""
        return TaskID(self._entry.object_id[:-4])

    def call_site(self) -> str:
        """What has made the object, and where: ``(task call)  | program.py:main:7``.

        Empty if it was not this process, or if ``RAY_record_ref_creation_sites`` is 0.
        """
        found = getattr(self._entry, "call_site", None)
        return "" if found is None else str(found())

    def _ipython_display_(self) -> None:
        ObjectRef._show(self)

    def _has_failed(self) -> bool:
        """Whether there is an error instead of a value, told without unpacking either."""
        return self._entry.has_failed()

    def future(self) -> Any:
        """A ``concurrent.futures.Future`` that gets the value or the error."""
        from concurrent.futures import Future  # noqa: PLC0415  # As asyncio, below.

        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        entry = self._entry

        def resolve() -> None:
            try:
                future.set_result(entry.result())
            except BaseException as error:  # whatever the task raised belongs to the future
                future.set_exception(error)

        entry.add_done_callback(resolve, may_wait=True)
        return future

    def __await__(self) -> Generator[Any, None, T]:
        import asyncio  # noqa: PLC0415  # 30 ms that a program without await need not pay.

        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not done.done():
                done.set_result(None)

        def done_elsewhere() -> None:
            with contextlib.suppress(RuntimeError):  # The loop has ended: nobody waits any more.
                loop.call_soon_threadsafe(wake)

        self._entry.add_done_callback(done_elsewhere)
        yield from done.__await__()
        value: T = self._entry.result()
        return value

    def __hash__(self) -> int:
        return hash(self._entry.object_id)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ObjectRef):
            return self._entry.object_id == other._entry.object_id
        return NotImplemented

    def __bytes__(self) -> bytes:
        return self._entry.object_id

    def __repr__(self) -> str:
        return f"ObjectRef({self.hex()})"

    def __str__(self) -> str:
        # The same in each process and at any time: it may be a key of the user's.
        return f"{self!r} promises a value; ray.get(ref) gives it"

    def __getattr__(self, name: str) -> NoReturn:
        """There is no such attribute; it is the value's, maybe."""
        msg = f"'ObjectRef' object has no attribute {name!r}"
        # Names with an underscore are asked for by Python's protocols, and by displays.
        raise AttributeError(msg if name.startswith("_") else f"{msg}.\n{self._ray_told()}")

    def _ray_told(self) -> str:
        told = getattr(self._entry, "told", None)
        return _IS_A_PROMISE if told is None else f"{_IS_A_PROMISE}\n{told()}"

    def __copy__(self) -> "ObjectRef[T]":
        return self

    def __deepcopy__(self, _memo: object) -> "ObjectRef[T]":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return self._entry.reduce()


refuse(ObjectRef, "iter", "getitem", "setitem", "delitem", "len")
ObjectRef.__module__ = "raylite"


def _checked(object_id: bytes) -> ObjectID:
    if len(object_id) != OBJECT_ID_BYTES:
        msg = f"An ObjectRef's id has {OBJECT_ID_BYTES} bytes, but {len(object_id)} were given."
        raise ValueError(msg)
    return ObjectID(object_id)
