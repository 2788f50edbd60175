"""Actors: what ``@remote`` makes of a class, and the handles its instances are reached by.

In Ray: ``python/ray/actor.py``. Left out here: ``bind``, tensor transports, streaming methods.

A handle's class is made once for each actor class and has one descriptor for each remote method.
``handle.method`` makes a small :class:`ActorMethod`, which nothing keeps: a handle must not be
part of a cycle, because its actor ends when the last reference to a handle goes.
"""

# ruff: noqa: SLF001  # a handle's own names begin with _ray_, since all others are the user's

import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

from raylite import _engine
from raylite._actor_method import ActorMethod, RemoteMethod
from raylite._core.common.call_options import METHOD_OPTIONS
from raylite._core.common.ids import ActorID
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.promise import StandsForValue, refuse
from raylite._core.common.public_ids import ActorID as PublicActorID
from raylite._definitions import define
from raylite._handle_words import how_to_call, no_such_method
from raylite._method_options import actor_calls
from raylite._methods import ClassDescription, describe_class, description_from
from raylite._notebook import show_actor
from raylite._options import Target, actor_options, check_options, names_for
from raylite.engines.base import ActorCalls, ActorClient, Definition, Engine
from raylite.exceptions import ActorExit, RaySystemError

__all__ = ["ActorClass", "ActorHandle", "ActorMethod", "exit_actor", "method"]

T = TypeVar("T")
FunctionT = TypeVar("FunctionT")

_NOT_CONNECTED = object()


class ActorClassInheritanceException(TypeError):  # noqa: N818  # Ray's name
    """A class was to be derived from an actor class."""


class ActorHandle(StandsForValue):
    """A way to call an actor. Copies and pickled copies reach the same actor.

    The actor ends when no handle is left in any process and all calls have been answered.
    ``get_actor`` gives weak handles, which do not count.
    """

    __slots__ = (
        "_ray_actor_id",
        "_ray_calls",
        "_ray_client",
        "_ray_home",
        "_ray_ref",
        "_ray_session",
    )
    _ray_packed: ClassVar[bytes] = b""
    _ray_description: ClassVar[ClassDescription]
    _ray_methods: ClassVar[Mapping[str, RemoteMethod]] = {}

    _ray_actor_id: ActorID
    _ray_client: ActorClient
    _ray_session: object
    """The engine ``_ray_client`` belongs to; the hot path compares it with the current one."""
    _ray_home: Engine | None
    """The session the actor lives in."""
    _ray_ref: ObjectRef[Any] | None
    """Counts the handles; None in a weak handle."""
    _ray_calls: ActorCalls

    def _ray_engine(self) -> Engine:
        """The engine of the session the actor lives in.

        Raises:
            RaySystemError: if that session is over.
        """
        if self._ray_home is None:
            self._ray_home = _engine.current()
        engine = self._ray_home
        if engine is not _engine.get_or_none():
            msg = (
                f"{self!r} belongs to a session that has ended.\nraylite was shut down since the "
                f"actor was made: make a new one with {self._ray_description.class_name}.remote()."
            )
            raise RaySystemError(msg)
        return engine

    def _ray_connect(self) -> None:
        """Find the way to the actor."""
        engine = self._ray_engine()
        self._ray_client = engine.actor_client(self._ray_actor_id, self._ray_calls)
        self._ray_session = engine

    @property
    def _actor_id(self) -> PublicActorID:
        return PublicActorID.from_hex(self._ray_actor_id)

    @property
    def _ray_is_weak(self) -> bool:
        return self._ray_ref is None or getattr(self._ray_ref._entry, "is_weak", False)

    def __getattr__(self, name: str) -> Any:
        """Methods with two underscores on both sides; for the rest, say what is wrong."""
        found = self._ray_methods.get(name)
        if found is not None:
            return found.__get__(self)
        raise AttributeError(no_such_method(self._ray_description, name))

    def __dir__(self) -> list[str]:
        return sorted(self._ray_methods)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ActorHandle):
            return self._ray_actor_id == other._ray_actor_id
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._ray_actor_id)

    def __repr__(self) -> str:
        return f"Actor({self._ray_description.class_name}, {self._ray_actor_id})"

    def _ray_told(self) -> str:
        return how_to_call(self._ray_description)

    def _ipython_display_(self) -> None:
        show_actor(self)

    def __copy__(self) -> "ActorHandle":
        return self

    def __deepcopy__(self, _memo: object) -> "ActorHandle":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        state = (self._ray_packed, self._ray_calls)
        return _rebuild_handle, (*state, self._ray_actor_id, self._ray_ref)


# What the user's class has of these can be called: handle.__call__.remote().
refuse(ActorHandle, "call")
_REFUSED = frozenset({"__call__", *vars(StandsForValue)} - {"__format__"})


@lru_cache(maxsize=512)
def _handle_class(packed: bytes) -> type[ActorHandle]:
    """The class of handles for a class of actors, made once in each process."""
    description = description_from(packed)
    class_name = description.class_name
    methods = {spec.name: RemoteMethod(description, spec) for spec in description.methods}
    namespace: dict[str, Any] = {
        # Not as descriptors: Python's own protocols would find len(handle) or bool(handle) there.
        # What a handle refuses is refused by them as well.
        name: found
        for name, found in methods.items()
        if not name.startswith("__") or name in _REFUSED
    }
    namespace |= {
        "__module__": ActorHandle.__module__,
        "__doc__": f"A handle for an actor of class {class_name}.",
        "_ray_packed": packed,
        "_ray_description": description,
        "_ray_methods": methods,
    }
    return type("ActorHandle", (ActorHandle,), namespace)


def make_handle(packed_handle: bytes, actor_id: ActorID, ref: ObjectRef[Any] | None) -> ActorHandle:
    """A handle from what an engine knows of an actor.

    Args:
        packed_handle: ``ActorOptions.handle``.
        actor_id: the actor.
        ref: counts the handles; None makes a weak handle.
    """
    packed, calls = pickle.loads(packed_handle)
    return _rebuild_handle(packed, calls, actor_id, ref)


def _rebuild_handle(
    packed: bytes, calls: ActorCalls, actor_id: ActorID, ref: ObjectRef[Any] | None
) -> ActorHandle:
    handle = _handle_class(packed)()
    handle._ray_actor_id = actor_id
    handle._ray_ref = ref
    handle._ray_calls = calls
    handle._ray_home = _engine.get_or_none()
    handle._ray_session = _NOT_CONNECTED
    return handle


class ActorClass(Generic[T]):
    """A class whose instances live in worker processes: ``A.remote()`` gives a handle at once.

    What a class offers without an instance is there as usual: constants, class methods, nested
    classes.

    Args:
        actor_class: any class.
        options: the keywords of ``@remote``.

    Raises:
        ValueError: for an unknown option, or one out of range.
        TypeError: for an option of the wrong type.
    """

    def __init__(self, actor_class: type[T], options: Mapping[str, Any]) -> None:
        check_options(Target.ACTOR, options)
        groups = tuple(options.get("concurrency_groups") or ())
        self.__setstate__((actor_class, dict(options), describe_class(actor_class, groups)))

    def __setstate__(self, state: tuple[type[T], dict[str, Any], ClassDescription]) -> None:
        self._ray_class, self._ray_options, self._ray_description = state
        self._ray_packed = self._ray_description.packed()
        self.__doc__ = self._ray_class.__doc__
        self._ray_definition: Definition | None = None
        self._ray_defined_in: Engine | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The state apart from the making, since a class may refer to itself by its global name.
        description = self._ray_description
        state = (self._ray_class, self._ray_options, description)
        return _blank_actor_class, (description.class_name, description.module), state

    def remote(self, *args: Any, **kwargs: Any) -> ActorHandle:
        """Have an actor made, and give a handle at once.

        1. The arguments are checked against ``__init__``, here.
        2. They are pickled; an ObjectRef among them stands for its value.
        3. Once these values and the resources are there, a worker process becomes the actor.
        4. Calls may be submitted from the start: they wait. If ``__init__`` raises, each of them
           raises ActorDiedError.

        Raises:
            TypeError: if the arguments do not fit, or cannot be pickled.
        """
        return self._ray_create(args, kwargs, self._ray_options)

    def options(self, **options: Any) -> "ActorClassOptions":
        """The same class with other options, for the actors made through what is returned.

        Args:
            options: as for ``@remote``, and ``name``, ``namespace``, ``lifetime``.

        Raises:
            ValueError: for an unknown option, or one out of range.
            TypeError: for an option of the wrong type.
        """
        check_options(Target.ACTOR, options, late=True)
        return ActorClassOptions(self, {**self._ray_options, **options})

    def _remote(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ActorHandle:
        return self.options(**options).remote(*(args or ()), **(kwargs or {}))

    def _ray_create(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], options: Mapping[str, Any]
    ) -> ActorHandle:
        description = self._ray_description
        description.check_groups()
        description.init.check(description.class_name, args, kwargs)
        calls = actor_calls(options, description.class_name, is_async=description.is_async)
        packed_handle = pickle.dumps((self._ray_packed, calls))
        engine = _engine.current()
        definition = self._ray_definition
        if definition is None or self._ray_defined_in is not engine:
            # Once for each session, since globals the class reads may have changed in between.
            definition = define(self._ray_class, description.class_name)
            self._ray_definition, self._ray_defined_in = definition, engine
        told = actor_options(options, packed_handle, description.class_name).replaced(calls=calls)
        actor_id, ref, found = engine.create_actor(definition, args, kwargs, told)
        return make_handle(found, actor_id, ref)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse, since nobody could tell whether a process was meant.

        Raises:
            TypeError: always; it shows the call that was meant.
        """
        name = self._ray_description.class_name
        msg = (
            f"Actors cannot be instantiated directly. Instead of '{name}(...)' write "
            f"'{name}.remote(...)'."
        )
        raise TypeError(msg)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> NoReturn:
        name = self._ray_description.class_name
        msg = (
            f"A class cannot be derived from the actor class {name}. Take @ray.remote off {name}, "
            f"derive from the plain class, and put @ray.remote on the classes that become actors, "
            f"or write {name}Actor = ray.remote({name})."
        )
        raise ActorClassInheritanceException(msg)

    def __getattr__(self, name: str) -> Any:
        """What the class itself has."""
        if name.startswith("_ray_") or "_ray_class" not in self.__dict__:
            raise AttributeError(name)
        try:
            return getattr(self._ray_class, name)
        except AttributeError:
            msg = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(msg) from None

    def __dir__(self) -> list[str]:
        own = [name for name in dir(self._ray_class) if not name.startswith("__")]
        return sorted({*own, "options", "remote"})

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}, to be used as {self._ray_description.class_name}.remote(...)"
        )


class ActorClassOptions:
    """What ``A.options(...)`` gives: its ``remote`` makes an actor with these options."""

    def __init__(self, actor_class: ActorClass[Any], options: Mapping[str, Any]) -> None:
        self._actor_class = actor_class
        self._options = options

    def remote(self, *args: Any, **kwargs: Any) -> ActorHandle:
        """Have an actor made, as :meth:`ActorClass.remote` does."""
        return self._actor_class._ray_create(args, kwargs, self._options)


def make_actor_class(actor_class: type[T], options: Mapping[str, Any]) -> ActorClass[T]:
    """What ``@remote`` gives for a class."""
    blank = _blank_actor_class(actor_class.__name__, actor_class.__module__)
    blank.__init__(actor_class, options)  # type: ignore[misc]  # made in two steps, as when unpickled
    return blank


def _blank_actor_class(name: str, module: str) -> ActorClass[Any]:
    """An instance of a class ``ActorClass(A)``, so that error messages say what it is."""
    own_class: Any = type(f"ActorClass({name})", (ActorClass,), {"__module__": module})
    made: ActorClass[Any] = own_class.__new__(own_class)
    return made


def method(*args: Any, **options: Any) -> Callable[[FunctionT], FunctionT]:
    """Say how a method of an actor is to be called: ``@ray.method(num_returns=2)``.

    Args:
        args: none; they are there for the error message.
        options: ``num_returns``, ``concurrency_group``, ``max_task_retries``,
            ``retry_exceptions``, ``enable_task_events``.

    Raises:
        AssertionError: for an unknown keyword, or without brackets.
        ValueError: for a value out of range, or an option raylite does not have.
        TypeError: for a value of the wrong type.
    """
    # A name is for a single call.
    valid = [name for name in names_for(Target.METHOD) if name != "name"]
    unknown = sorted(options.keys() - set(valid))
    if args or unknown:
        wrong = f"does not know the keyword {unknown[0]!r}" if unknown else "needs brackets"
        msg = f"@ray.method {wrong}: write @ray.method(num_returns=2). It takes {valid}."
        raise AssertionError(msg)
    check_options(Target.METHOD, options)

    def annotate(function: FunctionT) -> FunctionT:
        setattr(function, METHOD_OPTIONS, options)
        return function

    return annotate


def exit_actor() -> NoReturn:
    """End the actor whose method calls this, in an orderly way. It is not restarted.

    The call that ends it, and all later ones, raise ActorDiedError.

    Raises:
        TypeError: outside of an actor.
    """
    engine = _engine.get_or_none()
    if engine is None or engine.facts().actor_id is None:
        msg = (
            "exit_actor() ends the actor that calls it, but it was called outside of one. To end "
            "an actor from here, write ray.kill(handle)."
        )
        raise TypeError(msg)
    raise ActorExit
