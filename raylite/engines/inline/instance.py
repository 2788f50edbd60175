"""The actor's object, its methods, and which of its calls may run beside each other.

In Ray: ``python/ray/_private/function_manager.py`` and ``ConcurrencyGroupManager``. A call of an
actor that calls others runs within the call that made it: that is how calls of one actor overlap.
"""

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from raylite._core.common.call_options import METHOD_OPTIONS
from raylite._core.common.states import ActorState
from raylite._core.core_worker.task_execution.failed_call import actor_told
from raylite._core.rpc.peer_messages import CreateActor
from raylite.engines.inline.exits import exit_told
from raylite.engines.inline.worlds import World
from raylite.exceptions import ActorExit

__all__ = ["Instance", "Lane"]

_REPR_CHARS: Final = 1_000
_ASYNC_LIMIT: Final = 1000


class Lane:
    """How many calls of one concurrency group run, and how many may.

    Args:
        limit: how many.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.running = 0

    def has_room(self) -> bool:
        """Whether one more may begin."""
        return self.running < self.limit


class Instance:
    """One life of an actor.

    Args:
        message: what it is made from.
        actor_class: the class, in the actor's own world.
        world: that.
        limits: of the group without a name (None: the default) and of the others.
    """

    def __init__(
        self,
        message: CreateActor,
        actor_class: type,
        world: World,
        limits: tuple[int | None, Mapping[str, int]],
    ) -> None:
        self.message = message
        self.world = world
        self.actor_class = actor_class
        self.object: Any = None
        self.is_made = False
        self.is_async = is_async(actor_class)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.exit_wish = ""
        self._num_failed = 0
        most, groups = limits
        self._lanes = {name: Lane(limit) for name, limit in groups.items()}
        self._lanes[""] = Lane(most or (_ASYNC_LIMIT if self.is_async else 1))

    def lane_for(self, method: str, group: str | None) -> Lane:
        """The group that a call counts in."""
        if group is None:
            function = getattr(self.actor_class, method, None)
            options: dict[str, Any] = getattr(function, METHOD_OPTIONS, {})
            group = options.get("concurrency_group") or ""
        return self._lanes[group]

    def construct(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Make the object."""
        self.object = self.actor_class.__new__(self.actor_class, *args, **kwargs)
        return self.object.__init__(*args, **kwargs)

    def method(self, name: str) -> Callable[..., Any]:
        """The bound method that a call names; looked up on the class, never on the object."""
        if name == "__ray_ready__":
            return lambda: True
        if name == "__ray_terminate__":
            return self._terminate
        if name == "__ray_call__":
            return lambda function, *args, **kwargs: function(self.object, *args, **kwargs)
        attribute = inspect.getattr_static(self.actor_class, name)
        if isinstance(attribute, (staticmethod, classmethod)):
            found: Callable[..., Any] = attribute.__get__(None, self.actor_class)
        else:
            found = attribute.__get__(self.object, self.actor_class)
        return found

    def _terminate(self) -> None:
        self.exit_wish = "__ray_terminate__() was called"
        raise ActorExit

    def safe_repr(self) -> str:
        """The object's ``repr``, whatever the user's ``__repr__`` does."""
        try:
            return repr(self.object)[:_REPR_CHARS]
        except BaseException as error:  # The user's __repr__ may do anything.
            return f"<{self.message.class_name}, whose __repr__ raised {type(error).__name__}>"

    def told_of_failure(self) -> str:
        """Which actor it is, and how it is, now that a call of it has failed."""
        if not self.is_made:
            again = self.message.num_restarts
            state = ActorState.RESTARTING if again else ActorState.PENDING_CREATION
            return actor_told(self.message, state, 0)
        self._num_failed += 1
        return actor_told(self.message, ActorState.ALIVE, self._num_failed)

    def wish_to_end(self, error: BaseException) -> tuple[bool, str] | None:
        """Whether an error is a wish to end: on purpose or not, and in which words; else None."""
        if self.exit_wish and isinstance(error, ActorExit):
            return True, self.exit_wish
        return exit_told(error)

    def shut_down(self, *, with_hook: bool) -> None:
        """The end: the hook, if it is an orderly one, and the object's own ``__del__``."""
        hook = getattr(self.actor_class, "__ray_shutdown__", None)
        if with_hook and hook is not None and self.object is not None:
            with contextlib.suppress(Exception):  # Errors in it are ignored, as in Ray.
                hook(self.object)
        self.object = None


def is_async(actor_class: type) -> bool:
    """Whether it has a coroutine among its methods: then all its calls run on an event loop."""
    return any(
        inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)
        for _, member in inspect.getmembers(actor_class, inspect.isfunction)
    )


async def awaited(value: Any) -> Any:
    """What a method gave, awaited if that is to be."""
    return await value if isinstance(value, Awaitable) else value
