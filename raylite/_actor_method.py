"""Calling a method of an actor: the hot path of the whole product.

In Ray: ``ActorMethod`` in ``python/ray/actor.py``. From ``handle.method.remote(x)`` to the engine
there is one comparison of argument counts, one look at the session, and one call.
"""

# ruff: noqa: SLF001  # a handle's own names begin with _ray_, since all others are the user's

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, Protocol

from raylite import _engine
from raylite._core.common.promise import StandsForValue, refuse
from raylite._method_options import method_options, unpack_method_options
from raylite._methods import ClassDescription, MethodSpec, check_group
from raylite._options import Target, check_options, names_for, num_returns_of
from raylite.engines.base import ActorClient, MethodOptions

__all__ = ["ActorMethod", "ActorMethodOptions", "RemoteMethod"]


class _Handle(Protocol):
    """What is needed of an ActorHandle here."""

    _ray_client: ActorClient
    _ray_session: object

    def _ray_connect(self) -> None: ...


class RemoteMethod:
    """A method as the class of handles has it; ``handle.method`` makes an ActorMethod."""

    __slots__ = (
        "arities",
        "class_name",
        "groups",
        "made",
        "name",
        "num_returns",
        "spec",
    )

    def __init__(self, description: ClassDescription, spec: MethodSpec) -> None:
        self.class_name = description.class_name
        self.groups = description.groups
        self.spec = spec
        self.name = spec.name
        self.arities = range(spec.shape.min_args, spec.shape.max_args + 1)
        """How many arguments need no closer look."""
        self.num_returns = spec.num_returns
        self.made = TunedActorMethod if spec.how else ActorMethod

    def __get__(self, handle: Any, owner: type | None = None) -> "ActorMethod":
        return self.made(handle, self)


class ActorMethod(StandsForValue):
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
        if kwargs or len(args) not in method.arities:
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
        how: MethodOptions,
    ) -> Any:
        method, handle = self._method, self._handle
        method.spec.check(method.class_name, args, kwargs)
        if handle._ray_session is not _engine.engine:
            handle._ray_connect()
        return handle._ray_client.submit(method.name, args, kwargs, num_returns, handle, how)

    def options(self, **options: Any) -> "ActorMethodOptions":
        """The same method with other options, for the calls made through what is returned.

        Args:
            options: ``num_returns``, ``max_task_retries``, ``retry_exceptions``,
                ``concurrency_group``, ``name``, ``enable_task_events``.

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
        how = method_options(options, unpack_method_options(self._method.spec.how))
        return ActorMethodOptions(self, num_returns, how)

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
            f"Methods of actors cannot be called directly.\nInstead of 'handle.{name}(...)' write "
            f"'handle.{name}.remote(...)',\nand 'ray.get(handle.{name}.remote(...))' for its value."
        )
        raise TypeError(msg)

    def __repr__(self) -> str:
        return f"ActorMethod({self._method.class_name}.{self._method.name})"

    def _ray_told(self) -> str:
        name = self._method.name
        return (
            f"handle.{name} is a method of an actor, not what it returns. Write\n"
            f"ray.get(handle.{name}.remote(...)) to call it and have its value."
        )


refuse(ActorMethod, "iter", "getitem", "setitem", "delitem", "len")


class TunedActorMethod(ActorMethod):
    """A method of which ``@ray.method`` says how it is called."""

    __slots__ = ()

    def remote(self, *args: Any, **kwargs: Any) -> Any:
        """Call the method, as :meth:`ActorMethod.remote` does."""
        method = self._method
        return self._submit(
            args, kwargs, method.num_returns, unpack_method_options(method.spec.how)
        )


class ActorMethodOptions:
    """What ``handle.method.options(...)`` gives: its ``remote`` calls with these options."""

    __slots__ = ("_actor_method", "_how", "_num_returns")

    def __init__(self, actor_method: ActorMethod, num_returns: int, how: MethodOptions) -> None:
        self._actor_method = actor_method
        self._num_returns = num_returns
        self._how = how

    def remote(self, *args: Any, **kwargs: Any) -> Any:
        """Call the method, as :meth:`ActorMethod.remote` does."""
        return self._actor_method._submit(args, kwargs, self._num_returns, self._how)
