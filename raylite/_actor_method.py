"""Calling a method of an actor: the hot path of the whole product.

In Ray: ``ActorMethod`` in ``python/ray/actor.py``. From ``handle.method.remote(x)`` to the engine
there is one comparison of argument counts, one look at the session, and one call.
"""

# ruff: noqa: SLF001  # a handle's own names begin with _ray_, since all others are the user's

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from raylite import _engine
from raylite._methods import ClassDescription, MethodSpec, check_group
from raylite._options import Target, check_options, names_for, num_returns_of
from raylite.engines.base import ActorClient

__all__ = ["ActorMethod", "ActorMethodOptions", "RemoteMethod"]


class _Handle(Protocol):
    """What is needed of an ActorHandle here."""

    _ray_client: ActorClient
    _ray_session: object

    def _ray_connect(self) -> None: ...


class RemoteMethod:
    """A method as the class of handles has it; ``handle.method`` makes an ActorMethod."""

    __slots__ = ("class_name", "groups", "max_args", "min_args", "name", "num_returns", "spec")

    def __init__(self, description: ClassDescription, spec: MethodSpec) -> None:
        self.class_name = description.class_name
        self.groups = description.groups
        self.spec = spec
        self.name = spec.name
        self.min_args = spec.shape.min_args
        self.max_args = spec.shape.max_args
        self.num_returns = spec.num_returns

    def __get__(self, handle: Any, owner: type | None = None) -> "ActorMethod":
        return ActorMethod(handle, self)


class ActorMethod:
    """``handle.method``: something to write ``.remote(...)`` behind."""

    __slots__ = ("_handle", "_method")

    def __init__(self, handle: _Handle, method: RemoteMethod) -> None:
        self._handle = handle
        self._method = method

    def remote(self, *args: Any, **kwargs: Any) -> Any:
        """Have the method called in the actor's process, after the calls made before.

        Returns:
            An ObjectRef; None for ``num_returns=0``, a list of refs for more than one.

        Raises:
            TypeError: if the arguments do not fit the signature, or cannot be pickled.
            RaySystemError: if the actor's session is over.
        """
        # The body of `_submit`, written out: a call more would be a tenth of the whole time.
        method = self._method
        if kwargs or not method.min_args <= len(args) <= method.max_args:
            method.spec.check(method.class_name, args, kwargs)
        handle = self._handle
        if handle._ray_session is not _engine.engine:
            handle._ray_connect()
        return handle._ray_client.submit(method.name, args, kwargs, method.num_returns, handle)

    def _submit(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        num_returns: int,
        group: str | None,
        items_ahead: int = -1,
    ) -> Any:
        method, handle = self._method, self._handle
        method.spec.check(method.class_name, args, kwargs)
        if handle._ray_session is not _engine.engine:
            handle._ray_connect()
        return handle._ray_client.submit(
            method.name, args, kwargs, num_returns, handle, group, items_ahead
        )

    def options(self, **options: Any) -> "ActorMethodOptions":
        """The same method with other options, for the calls made through what is returned.

        Args:
            options: ``num_returns`` above all.

        Raises:
            TypeError: for an unknown option, or one of the wrong type.
            ValueError: for an option out of range, or one raylite does not have.
        """
        unknown = sorted(options.keys() - set(names_for(Target.METHOD)))
        if unknown:
            msg = (
                f"{self!r}.options() got an unexpected keyword argument {unknown[0]!r}. "
                f"Valid ones are {names_for(Target.METHOD)}."
            )
            raise TypeError(msg)
        check_options(Target.METHOD, options)
        group = options.get("concurrency_group")
        if group is not None:
            method = self._method
            check_group(f"{method.class_name}.{method.name}", group, method.groups)
        num_returns = num_returns_of(options, self._method.num_returns)
        ahead = options.get("_generator_backpressure_num_objects")
        return ActorMethodOptions(self, num_returns, group, -1 if ahead is None else ahead)

    def _remote(
        self,
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        return self.options(**options).remote(*(args or ()), **(kwargs or {}))

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse, since the method runs in another process.

        Raises:
            TypeError: always; it shows the call that was meant.
        """
        name = self._method.name
        msg = (
            f"Methods of actors cannot be called directly. Instead of 'handle.{name}(...)' write "
            f"'handle.{name}.remote(...)', and 'ray.get(handle.{name}.remote(...))' for its value."
        )
        raise TypeError(msg)

    def __repr__(self) -> str:
        return f"ActorMethod({self._method.class_name}.{self._method.name})"


class ActorMethodOptions:
    """What ``handle.method.options(...)`` gives: its ``remote`` calls with these options."""

    __slots__ = ("_actor_method", "_group", "_items_ahead", "_num_returns")

    def __init__(
        self, actor_method: ActorMethod, num_returns: int, group: str | None, items_ahead: int
    ) -> None:
        self._group = group
        self._items_ahead = items_ahead
        self._actor_method = actor_method
        self._num_returns = num_returns

    def remote(self, *args: Any, **kwargs: Any) -> Any:
        """Call the method, as :meth:`ActorMethod.remote` does."""
        return self._actor_method._submit(
            args, kwargs, self._num_returns, self._group, self._items_ahead
        )
