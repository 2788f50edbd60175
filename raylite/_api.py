"""Values and actors by name: each function checks what was typed and hands it to the engine.

In Ray: ``python/ray/_private/worker.py``. Left out here: ``init`` and ``shutdown``, which are in
:mod:`raylite._session`, and ``cancel``.
"""

import operator
from collections.abc import Sequence
from typing import Any, Final

from raylite import _engine
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite._core.common.short_repr import short_repr
from raylite._init_options import checked_namespace
from raylite._placement_group import PlacementGroup
from raylite.actor import ActorHandle, make_handle

__all__ = ["get", "get_actor", "kill", "put", "wait"]

_entry_of = operator.attrgetter("_entry")


def put(value: Any) -> ObjectRef[Any]:
    """Keep a value in the object store, so that many tasks can have it for one pickling.

    Raises:
        TypeError: if it is an ObjectRef, or cannot be pickled.
    """
    if isinstance(value, ObjectRef):
        msg = (
            f"put({value!r}) was called with an ObjectRef, which stands for a value in the object "
            "store already. Pass it on as it is, or put it in a list: put([ref])."
        )
        raise TypeError(msg)
    return _engine.current().put(value)


def get(object_refs: Any, *, timeout: float | None = None) -> Any:
    """Wait for values.

    Args:
        object_refs: an ObjectRef, or a list of them.
        timeout: seconds to wait; None waits for ever, 0 does not wait.

    Returns:
        The value, or the list of values in the order of the refs.

    Raises:
        GetTimeoutError: if they were not all there in time. Nothing is cancelled.
        RayTaskError: if the task raised; the error is of the class of the task's, too.
        RayActorError: if the actor could not answer.
        ValueError: if ``object_refs`` is neither.
        TypeError: if the list holds anything else.
    """
    # Here, not in the engine: a wrong argument is not to start a session.
    if isinstance(object_refs, ObjectRef):
        if timeout is not None:
            _checked_timeout("get", timeout)
        return (_engine.engine or _engine.current()).get_one(object_refs, timeout)
    if isinstance(object_refs, ObjectRefGenerator):
        return object_refs
    if not isinstance(object_refs, list):
        msg = (
            f"get() takes an ObjectRef or a list of them, and got {short_repr(object_refs)} of "
            f"type {type(object_refs).__name__}.\n{_hint(object_refs)}"
        )
        raise ValueError(msg)  # noqa: TRY004  # Ray's programs expect a ValueError
    if set(map(type, object_refs)) != {ObjectRef}:
        _check_gettable(object_refs)
    if not object_refs:
        return []
    return _engine.current().get(object_refs, _checked_timeout("get", timeout))


def _check_gettable(refs: Sequence[Any]) -> None:
    for position, ref in enumerate(refs):
        if not isinstance(ref, ObjectRef):
            msg = (
                f"get() was called with a list whose item {position} is {short_repr(ref)} of "
                f"type {type(ref).__name__}, and no ObjectRef.\n{_hint(ref)}"
            )
            raise TypeError(msg)


def wait(
    ray_waitables: Any,
    *,
    num_returns: int = 1,
    timeout: float | None = None,
    fetch_local: bool = True,
) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
    """Wait until some of the values are there.

    Args:
        ray_waitables: a list of different ObjectRefs.
        num_returns: for how many to wait.
        timeout: seconds to wait; None waits for ever, 0 does not wait.
        fetch_local: False counts what is ready on another machine as ready, which is for Ray's.

    Returns:
        At most ``num_returns`` refs whose values or errors are there, and the others, both in the
        order given. Of very many others the list is filled when something else than the next
        ``wait`` looks at it.

    Raises:
        TypeError: if ``ray_waitables`` is no list of ObjectRefs.
        ValueError: if a ref occurs twice, or a number is out of range.
    """
    if not isinstance(ray_waitables, list):
        meant = "[ref]" if isinstance(ray_waitables, ObjectRef) else "list(refs)"
        got = short_repr(ray_waitables)
        msg = f"wait() takes a list of ObjectRefs, and got {got}. Write {meant}."
        raise TypeError(msg)
    engine = _engine.get_or_none()
    if engine is None or not engine.is_rest(ray_waitables):
        _check_waitables(ray_waitables)
    _check_wait(ray_waitables, num_returns, timeout)
    if not ray_waitables:
        return [], []
    engine = _engine.current()
    if not fetch_local:
        return engine.wait(ray_waitables, int(num_returns), timeout, fetch_local=False)
    return engine.wait(ray_waitables, int(num_returns), timeout)


def _check_waitables(refs: list[Any]) -> None:
    kinds = set(map(type, refs))
    for ref in refs if kinds != {ObjectRef} else ():
        if not isinstance(ref, ObjectRef | ObjectRefGenerator):
            held = short_repr(ref)
            msg = f"wait() takes a list of ObjectRefs, and it holds {held}.\n{_hint(ref)}"
            raise TypeError(msg)
    # Entries are compared by identity, which takes no step of Python's; one stands for one object.
    different: set[Any] = set(map(_entry_of, refs) if kinds == {ObjectRef} else refs)
    if len(different) != len(refs):
        msg = "wait() takes a list of unique ObjectRefs, but one of them occurs twice."
        raise ValueError(msg)


def _check_wait(refs: Sequence[ObjectRef[Any]], num_returns: int, timeout: float | None) -> None:
    if (_checked_timeout("wait", timeout) or 0) < 0:
        msg = f"wait(timeout={timeout!r}): a timeout cannot be negative; None waits for ever."
        raise ValueError(msg)
    if not refs:
        return
    if num_returns <= 0:
        msg = f"wait(num_returns={num_returns!r}): this has to be 1 or more."
        raise ValueError(msg)
    if num_returns > len(refs):
        there = "is only 1 ref" if len(refs) == 1 else f"are only {len(refs)} refs"
        msg = f"wait(num_returns={num_returns!r}): there {there} to wait for."
        raise ValueError(msg)


def _checked_timeout(function: str, timeout: Any) -> float | None:
    if timeout is not None and not isinstance(timeout, int | float):
        msg = f"{function}(timeout={timeout!r}): this has to be a number of seconds, or None."
        raise TypeError(msg)
    return timeout


_NO_REF: Final = "Only what .remote() and put() return can be got; other values are there already."
_OF_RAY: Final = (
    "This is of Ray itself: use either import ray or import raylite as ray in a program."
)


def _hint(value: Any) -> str:
    """What was probably meant."""
    if isinstance(value, ActorHandle):
        return "This is a handle: call a method of its actor, get(handle.method.remote())."
    if hasattr(value, "remote") or getattr(value, "__name__", None) == "remote":
        missing = ".remote(...)" if hasattr(value, "remote") else "its brackets"
        return f"Write {missing} behind it, and get what that returns."
    if isinstance(value, tuple | set | frozenset) or hasattr(value, "__next__"):
        return "Write get(list(refs))."
    if isinstance(value, dict):
        return "Write get(list(refs.values()))."
    if isinstance(value, PlacementGroup):
        return "To wait until it is reserved, write get(group.ready())."
    is_rays = type(value).__module__.partition(".")[0] == "ray"
    return _OF_RAY if is_rays else _NO_REF


def kill(actor: ActorHandle, *, no_restart: bool = True) -> None:
    """End an actor at once, in the middle of whatever it does.

    1. Its process is killed; no ``finally``, ``__del__`` or atexit function of it runs.
    2. Calls that it has not answered raise ActorDiedError; its name is free.

    Args:
        actor: a handle.
        no_restart: False lets an actor with ``max_restarts`` start again.

    Raises:
        ValueError: if ``actor`` is no handle.
        RaySystemError: if the actor's session is over.
    """
    handle = _checked_handle(actor)
    handle._ray_engine().kill_actor(handle._ray_actor_id, no_restart=no_restart)  # noqa: SLF001  # one package


def _checked_handle(actor: Any) -> ActorHandle:
    if isinstance(actor, ActorHandle):
        return actor
    advice = (
        "Give it the handle that .remote() returned."
        if hasattr(actor, "remote")
        else "For an actor's name, write kill(get_actor(name))."
    )
    msg = f"kill() takes the handle of an actor, and got {short_repr(actor)}. {advice}"
    raise ValueError(msg)


def get_actor(name: str, namespace: str | None = None) -> ActorHandle:
    """A handle for a living actor, by the name it was given with ``.options(name=...)``.

    The handle is weak: it does not keep the actor alive.

    Args:
        name: the actor's.
        namespace: in which; None: that of the session.

    Raises:
        ValueError: if there is none of that name.
        TypeError: if the name is no text.
    """
    _check_actor_name(name)
    engine = _engine.current()
    found = engine.get_actor(name, checked_namespace(namespace))
    if found is None:
        where = namespace or engine.facts().namespace
        msg = (
            f"Failed to look up actor with name {name!r} in the namespace {where!r}. Either it "
            f"was never made there (with .options(name={name!r})), or it is dead: an actor ends "
            "when its last handle goes, unless it has lifetime='detached'."
        )
        raise ValueError(msg)
    actor_id, packed_handle = found
    return make_handle(packed_handle, actor_id, engine.weak_ref(actor_id))


def _check_actor_name(name: Any) -> None:
    if not name:
        msg = f"get_actor({name!r}) was called without a name."
        raise ValueError(msg)
    if not isinstance(name, str):
        msg = f"get_actor({name!r}): the name has to be a text."
        raise TypeError(msg)
