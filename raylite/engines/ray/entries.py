"""What stands behind raylite's refs here: Ray's refs, and Ray's handles.

In Ray: ``python/ray/includes/object_ref.pxi`` and ``ActorHandle`` in ``python/ray/actor.py``.

Ray counts its own refs and handles, wherever they travel: each is pickled as part of the entry that
holds it, so what Ray counts is what there is.
"""

import weakref
from collections.abc import Callable
from typing import Any

import ray

from raylite._core.common.ids import ActorID, ObjectID
from raylite._core.common.object_ref import ObjectRef
from raylite.engines.ray.attaching import attach, session
from raylite.engines.ray.errors import mapped
from raylite.engines.ray.glance import Glance, glance_at
from raylite.engines.ray.values import from_ray
from raylite.exceptions import RaySystemError

__all__ = [
    "HandleEntry",
    "RayEntry",
    "handle_entry",
    "ray_handle_of",
    "ray_ref_of",
    "ref_of",
    "value_of",
]


def value_of(ray_ref: Any) -> Any:
    """The value of a ref of Ray's, as raylite's programs get it.

    Raises:
        BaseException: the error of the value's task, under raylite's name.
    """
    try:
        found = ray.get(ray_ref)
    except Exception as error:
        raise mapped(error) from None
    return from_ray(found)


class RayEntry:
    """A ref of Ray's as the entry of raylite's.

    Args:
        ray_ref: Ray's.
    """

    __slots__ = ("_future", "_home", "ray_ref")

    def __init__(self, ray_ref: Any) -> None:
        self.ray_ref = ray_ref
        self._future: Any = None
        self._home = session()

    @property
    def payload(self) -> bytes:
        """What a session of another engine asks for, which has none of Ray's values.

        Raises:
            RaySystemError: always.
        """
        raise self._of_an_ended_session()

    def _of_an_ended_session(self) -> RaySystemError:
        return RaySystemError(
            f"ObjectRef({self.object_id.hex()}) is of a session on Ray that has ended.\nMake the "
            "value anew, and get it before shutdown()."
        )

    @property
    def object_id(self) -> ObjectID:
        """The same 28 bytes as Ray's."""
        return ObjectID(self.ray_ref.binary())

    def add_done_callback(self, callback: Callable[[], None], *, may_wait: bool = False) -> None:
        """Call ``callback`` once Ray has the value or the error.

        Raises:
            RaySystemError: if it is of a session that has ended, for which Ray waits for ever.
        """
        if self._home is not None and self._home is not session():
            raise self._of_an_ended_session()
        del may_wait  # Ray unpacks the value before it calls, in a thread of its own.
        future = self.ray_ref.future()
        self._future = future
        future.add_done_callback(lambda _: callback())

    def result(self) -> Any:
        """The value; raises the error."""
        future, self._future = self._future, None
        if future is None or not future.done():
            return value_of(self.ray_ref)
        # Unpacked already; an actor's event loop had better not wait in Ray's get.
        try:
            found = future.result()
        except Exception as error:
            raise mapped(error) from None
        return from_ray(found)

    @property
    def home(self) -> object:
        """The engine of the session it belongs to."""
        return self._home

    def glance(self) -> Glance:
        """What can be said of it without waiting."""
        if self._home is not session():
            return Glance(is_there=False)
        return glance_at(self.ray_ref)

    def has_failed(self) -> bool:
        """Whether there is an error. Ray tells by unpacking it."""
        if not ray.wait([self.ray_ref], timeout=0, fetch_local=False)[0]:
            return False
        try:
            ray.get(self.ray_ref)
        except Exception:  # Whatever it is, it is the value.
            return True
        return False

    def call_site(self) -> str:
        """Ray knows it if ``RAY_record_ref_creation_sites=1`` is in its environment."""
        found = getattr(self.ray_ref, "call_site", None)
        return str(found()).replace("\n", " ") if callable(found) else ""

    def reduce(self) -> tuple[Any, ...]:
        """Ray's ref is what travels, so that Ray sees it."""
        if _is_rays_pickling():
            return ref_of, (self.ray_ref,)
        # Somebody pickles by hand: only Ray's own pickler knows to name the owner, and to keep it.
        return _ref_from_bytes, (ray.cloudpickle.dumps(self.ray_ref),)


class HandleEntry:
    """Keeps a handle of Ray's, and with it the actor, unless it is a weak one.

    Args:
        ray_handle: Ray's.
        is_weak: whether the actor may end while this is there.
    """

    __slots__ = ("__weakref__", "_home", "actor_id", "is_weak", "ray_handle")

    def __init__(self, ray_handle: Any, *, is_weak: bool) -> None:
        self.ray_handle = ray_handle
        self.is_weak = is_weak
        self._home = session()
        self.actor_id = ActorID(ray_handle._actor_id.hex())  # noqa: SLF001  # As Ray's own programs ask for it.

    @property
    def object_id(self) -> ObjectID:
        """The actor's id, filled up to the length of an object's."""
        return ObjectID(bytes.fromhex(self.actor_id).ljust(28, b"\0"))

    def add_done_callback(self, callback: Callable[[], None], *, may_wait: bool = False) -> None:
        """An actor is no value; nobody waits for it."""
        del may_wait
        callback()

    def result(self) -> Any:
        """There is none."""
        return None

    def has_failed(self) -> bool:
        """An actor that failed says so itself."""
        return False

    def reduce(self) -> tuple[Any, ...]:
        """Ray's handle is what travels.

        Raises:
            RaySystemError: if it is of a session that has ended, with which Ray ends the process.
        """
        if self._home is not None and self._home is not session():
            msg = (
                f"The handle of the actor {self.actor_id} is of a session that has ended: "
                "make a new actor."
            )
            raise RaySystemError(msg)
        return _handle_ref, (self.ray_handle, self.is_weak)


_strong: weakref.WeakValueDictionary[ActorID, HandleEntry] = weakref.WeakValueDictionary()
_weak: weakref.WeakValueDictionary[ActorID, HandleEntry] = weakref.WeakValueDictionary()
"""The ways to actors in this process, one of each kind for an actor."""


def handle_entry(ray_handle: Any, *, is_weak: bool) -> HandleEntry:
    """The entry for a handle of Ray's: the same for all that reach the actor in the same way.

    Args:
        ray_handle: Ray's.
        is_weak: whether the actor may end while the entry is there.
    """
    entry = HandleEntry(ray_handle, is_weak=is_weak)
    return (_weak if is_weak else _strong).setdefault(entry.actor_id, entry)


def ray_handle_of(actor_id: ActorID) -> Any | None:
    """The handle of Ray's for an actor, if some ref to it is in this process.

    A weak one if there is one: who only calls is not to keep the actor.
    """
    entry = _weak.get(actor_id) or _strong.get(actor_id)
    return None if entry is None else entry.ray_handle


def _is_rays_pickling() -> bool:
    """Whether Ray packs an argument or a value; its client has a pickler of its own."""
    worker = getattr(ray.get_runtime_context(), "worker", None)
    try:
        context = worker.get_serialization_context()  # type: ignore[union-attr]  # Of whichever kind.
        return bool(context.is_in_band_serialization())
    except AttributeError:
        return True


def _ref_from_bytes(data: bytes) -> ObjectRef[Any]:
    attach()
    return ref_of(ray.cloudpickle.loads(data))


def ref_of(ray_ref: Any) -> ObjectRef[Any]:
    """The ref of raylite's for one of Ray's; what a pickled one is made from."""
    attach()
    return ObjectRef(RayEntry(ray_ref))


def _handle_ref(ray_handle: Any, is_weak: bool) -> ObjectRef[Any]:  # noqa: FBT001  # What was pickled.
    attach()
    return ObjectRef(handle_entry(ray_handle, is_weak=is_weak))


def ray_ref_of(ref: ObjectRef[Any]) -> Any:
    """Ray's ref behind one of raylite's.

    Raises:
        ValueError: if nobody knows its owner: it was made from bytes.
        RaySystemError: if it is of another session.
    """
    entry: Any = ref._entry  # noqa: SLF001  # The entry behind a ref is the engine's own.
    found = getattr(entry, "ray_ref", None)
    if found is None:
        entry.add_done_callback(lambda: None)  # Says what is wrong with a ref made from bytes.
        msg = f"{ref!r} is of a session that has ended, or of another engine: make it anew."
        raise mapped(ray.exceptions.RaySystemError(msg))
    return found
