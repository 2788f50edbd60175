"""Values cross from caller to call and back as bytes, so that neither sees what the other changes.

In Ray: each worker is a process, with modules and classes of its own. Here a *world* stands for a
process: what is written down by value, as classes of ``__main__`` are, is made once in each world.
The caller's own classes are never touched. Modules are shared, since Python has each of them once.
"""

import io
import pickle
from collections.abc import Callable, Sequence
from typing import Any, Final

from raylite._core.object_store.serialization import (
    ERROR,
    FIRST_OF_A_PICKLE,
    PLAIN,
    WITH_BUFFERS,
    SlotRef,
    dumps,
    dumps_plain,
    join_buffers,
    loads_inline,
    split_buffers,
)

__all__ = ["Slot", "World", "pack"]

_CLOUDPICKLE: Final = "cloudpickle.cloudpickle"
_GLOBAL: Final = pickle.STACK_GLOBAL


class World:
    """What one process would have of classes that are shipped by value.

    Args:
        is_drivers: the world in which the program itself wrote its classes.
    """

    def __init__(self, *, is_drivers: bool = False) -> None:
        self._is_drivers = is_drivers
        self._classes: dict[str, type] = {}
        self._unfinished: set[type] = set()

    def load(self, payload: bytes | memoryview, slots: Sequence["Slot"] = ()) -> Any:
        """The value in a payload; of an error, the error itself.

        Args:
            payload: of :func:`pack`, or an error's.
            slots: what stands where the caller gave refs.
        """
        if payload[0] == ERROR:
            payload = memoryview(payload)[1:]
        buffers: Sequence[memoryview] = ()
        data: bytes | memoryview = payload
        if payload[0] == WITH_BUFFERS:
            data, buffers = split_buffers(memoryview(payload))
        if data[0] != FIRST_OF_A_PICKLE:
            return loads_inline(data)
        if not slots and _GLOBAL not in bytes(data):
            return pickle.loads(data, buffers=buffers)
        return _Unpickler(self, data, buffers, slots).load()

    def found(self, name: str) -> Callable[..., Any] | None:
        """What this world has in place of a function of cloudpickle's; None: nothing."""
        own: dict[str, Callable[..., Any]] = {
            "_make_skeleton_class": self._make_class,
            "_make_skeleton_enum": self._make_enum,
            "_class_setstate": self._set_state,
        }
        return own.get(name)

    def _make_class(  # noqa: PLR0917  # As cloudpickle calls it.
        self, kind: Any, name: str, bases: Any, keywords: Any, tracker_id: str | None, extra: Any
    ) -> type:
        from cloudpickle import cloudpickle as cp  # noqa: PLC0415  # A program may need none of it.

        return self._known(tracker_id) or self._keep(
            tracker_id,
            cp._make_skeleton_class(kind, name, bases, keywords, None, extra),  # noqa: SLF001  # Its pickles name it.
        )

    def _make_enum(  # noqa: PLR0917  # As above.
        self, bases: Any, name: str, qualname: str, members: Any, module: str,
        tracker_id: str | None, extra: Any,
    ) -> type:  # fmt: skip
        from cloudpickle import cloudpickle as cp  # noqa: PLC0415  # As above.

        return self._known(tracker_id) or self._keep(
            tracker_id,
            cp._make_skeleton_enum(bases, name, qualname, members, module, None, extra),  # noqa: SLF001  # As above.
        )

    def _known(self, tracker_id: str | None) -> type | None:
        from cloudpickle import cloudpickle as cp  # noqa: PLC0415  # As above.

        if tracker_id is None:
            return None
        if self._is_drivers:
            known: type | None = cp._DYNAMIC_CLASS_TRACKER_BY_ID.get(tracker_id)  # noqa: SLF001  # As above.
            if known is not None:
                return known
        return self._classes.get(tracker_id)

    def _keep(self, tracker_id: str | None, made: type) -> type:
        from cloudpickle import cloudpickle as cp  # noqa: PLC0415  # As above.

        self._unfinished.add(made)
        if tracker_id is not None:
            self._classes[tracker_id] = made
            # So that it is the same class again for whoever gets it back.
            cp._DYNAMIC_CLASS_TRACKER_BY_CLASS[made] = tracker_id  # noqa: SLF001  # As above.
        return made

    def _set_state(self, made: type, state: Any) -> type:
        from cloudpickle import cloudpickle as cp  # noqa: PLC0415  # As above.

        if made in self._unfinished:
            self._unfinished.discard(made)
            cp._class_setstate(made, state)  # noqa: SLF001  # As above.
        return made


class Slot:
    """The value of a ref among the arguments of a call.

    Args:
        payload: its bytes.
    """

    def __init__(self, payload: bytes) -> None:
        self.payload = payload


class _Unpickler(pickle.Unpickler):
    def __init__(
        self,
        world: World,
        data: bytes | memoryview,
        buffers: Sequence[memoryview],
        slots: Sequence[Slot],
    ) -> None:
        super().__init__(io.BytesIO(data), buffers=buffers)
        self._world = world
        self._slots = slots

    def find_class(self, module: str, name: str) -> Any:
        if module == _CLOUDPICKLE:
            found = self._world.found(name)
            if found is not None:
                return found
        elif name == "_take_slot" and module == SlotRef.__module__:
            return self._take
        return super().find_class(module, name)

    def _take(self, index: int) -> Any:
        value = self._world.load(self._slots[index].payload)
        if self._slots[index].payload[0] == ERROR:
            raise value
        return value


def pack(value: Any) -> tuple[bytes, list[Any]]:
    """The payload of a value, and the entries of the refs inside it.

    Raises:
        NotSerializableError: if it cannot be pickled.
    """
    if type(value) in PLAIN:
        return dumps_plain(value), []
    data, buffers, refs = dumps(value)
    return (join_buffers(data, buffers) if buffers else data), refs
