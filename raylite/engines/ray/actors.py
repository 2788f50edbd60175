"""Actors, and the calls of their methods, as Ray's.

In Ray: ``python/ray/actor.py``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import ray

from raylite._core.common.call_options import DYNAMIC, STREAMING
from raylite._core.common.ids import ActorID
from raylite._core.common.object_ref import ObjectRef
from raylite.engines.base import ActorOptions, Definition, MethodOptions
from raylite.engines.ray.entries import HandleEntry, handle_entry, ray_handle_of
from raylite.engines.ray.errors import mapped
from raylite.engines.ray.in_worker import actor_for_ray, with_instance
from raylite.engines.ray.kept import keep_handle, kept_handle
from raylite.engines.ray.options import for_ray
from raylite.engines.ray.plain_actors import described
from raylite.engines.ray.tasks import check_streams, returned
from raylite.engines.ray.values import args_for_ray, kwargs_for_ray
from raylite.exceptions import ActorHandleNotFoundError

__all__ = ["RayActorClient", "create", "named", "weak_ref_of"]

_EARLY: Final = ("concurrency_groups",)
"""Options that Ray takes where a class is decorated."""
_NUMBERS: Final[Mapping[int, str]] = {STREAMING: "streaming", DYNAMIC: "dynamic"}
_Created = tuple[ActorID, ObjectRef[Any] | None, bytes]


def create(
    actor_class: Definition,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    options: ActorOptions,
    namespace: str,
) -> _Created:
    """Have Ray create an actor; see ``Engine.create_actor``.

    Args:
        actor_class: the user's class.
        args: of its constructor.
        kwargs: of its constructor.
        options: as the user gave them.
        namespace: of the session.
    """
    try:
        return _created(actor_class, args, kwargs, options, options.namespace or namespace)
    except Exception as error:
        told = mapped(error)
        if told is error:
            raise
        raise told from None


def _created(
    actor_class: Definition,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    options: ActorOptions,
    namespace: str,
) -> _Created:
    chosen = {key: one for key, one in options.of_ray.items() if key not in _EARLY}
    finds = chosen.pop("get_if_exists", False)
    with_options = _ray_class(actor_class, options).options(**for_ray(chosen))
    for_constructor = args_for_ray(args), kwargs_for_ray(kwargs)
    while True:
        found = named(options.name, namespace) if finds and options.name else None
        if found is not None:
            return found[0], weak_ref_of(found[0]), found[1]
        try:
            ray_handle = with_options.remote(*for_constructor[0], **for_constructor[1])
        except ray.exceptions.ActorAlreadyExistsError:
            if not finds:  # Somebody else was faster: his is there now.
                raise
        else:
            break
    entry = handle_entry(ray_handle, is_weak=False)
    if options.name:
        keep_handle(options.name, namespace, entry.actor_id, options.handle)
    return entry.actor_id, ObjectRef(entry), options.handle


def _ray_class(actor_class: Definition, options: ActorOptions) -> Any:
    """Ray's actor class for the user's, made once for a definition."""
    if actor_class.shipped is None:
        early = {name: options.of_ray[name] for name in _EARLY if options.of_ray.get(name)}
        made = actor_for_ray(actor_class.target, options.handle, actor_class.source_files)
        actor_class.shipped = ray.remote(**early)(made) if early else ray.remote(made)
    return actor_class.shipped


def named(name: str, namespace: str) -> tuple[ActorID, bytes] | None:
    """The actor of that name, and what a handle to it is made from; None if there is none."""
    try:
        ray_handle = ray.get_actor(name, namespace)
    except ValueError:
        return None
    entry = handle_entry(ray_handle, is_weak=True)
    _found[entry.actor_id] = entry
    packed = kept_handle(name, namespace, entry.actor_id)
    return entry.actor_id, packed or described(ray_handle)


_found: dict[ActorID, HandleEntry] = {}
"""What was found just now, until it is asked for as a ref."""


def weak_ref_of(actor_id: ActorID) -> ObjectRef[Any] | None:
    """A ref that leads to an actor without keeping it; None if nothing leads to it."""
    entry = _found.pop(actor_id, None)
    if entry is not None:
        return ObjectRef(entry)
    if actor_id == ray.get_runtime_context().get_actor_id():
        return ObjectRef(handle_entry(ray.get_runtime_context().current_actor, is_weak=True))
    return None


class RayActorClient:
    """The way to one actor, by Ray's handle.

    Args:
        actor_id: the actor.
        engine: is told of calls that a cell has caused.

    Raises:
        ActorHandleNotFoundError: if nothing in this process leads to it.
    """

    __slots__ = ("_engine", "_ray_handle", "_remotes")

    def __init__(self, actor_id: ActorID, engine: Any) -> None:
        self._engine = engine
        found = ray_handle_of(actor_id)
        if found is None:
            msg = (
                f"Nothing here leads to the actor {actor_id}: its handle was made in another "
                "session. Pass the handle itself, or look it up with get_actor(name)."
            )
            raise ActorHandleNotFoundError(msg)
        self._ray_handle = found
        self._remotes: dict[str, Callable[..., Any]] = {}
        """What calls a method in the usual way: Ray makes it anew each time it is asked for it."""

    def submit(  # noqa: PLR0917  # As the protocol has it.
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        num_returns: int,
        keep_alive: object,
        how: MethodOptions | None = None,
    ) -> Any:
        """Queue one call, in order."""
        del keep_alive  # Ray keeps an actor until its calls have ended.
        engine = self._engine
        engine.check_not_lost()
        try:
            remote = self._remotes.get(method) if how is None else None
            if remote is None:
                args, remote = self._prepared(method, args, num_returns, how)
            if args:
                args = args_for_ray(args)
            if kwargs:
                kwargs = kwargs_for_ray(kwargs)
            given = returned(remote(*args, **kwargs))
        except Exception as error:
            told = mapped(error)
            if told is error:
                raise
            raise told from None
        if engine.origin:
            engine.note_submitted(given)
        return given

    def _prepared(
        self, method: str, args: tuple[Any, ...], num_returns: int, how: MethodOptions | None
    ) -> tuple[tuple[Any, ...], Callable[..., Any]]:
        """The arguments and what to call with them, for the first call and for unusual ones."""
        is_usual = how is None
        if method == "__ray_call__" and args:
            args, is_usual = (with_instance(args[0]), *args[1:]), False
        check_streams(num_returns, method)
        ray_method = getattr(self._ray_handle, method)
        if how is not None:
            ray_method = ray_method.options(**_method_options(num_returns, how))
        remote: Callable[..., Any] = ray_method.remote
        if is_usual and num_returns != STREAMING:
            self._remotes[method] = remote
        return args, remote


def _method_options(num_returns: int, how: MethodOptions) -> dict[str, Any]:
    """What is unusual about a call, by Ray's keywords."""
    retry = how.retry_exceptions
    named_so = {
        "num_returns": _NUMBERS.get(num_returns, num_returns),
        "name": how.name,
        "concurrency_group": how.group,
        "_generator_backpressure_num_objects": how.items_ahead if how.items_ahead > 0 else None,
        "max_task_retries": how.max_retries,
        "retry_exceptions": list(retry) if isinstance(retry, tuple) else retry or None,
        "enable_task_events": None if how.quiet is None else not how.quiet,
    }
    return {name: value for name, value in named_so.items() if value is not None}
