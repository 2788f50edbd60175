"""One call while it is executed, wherever that is.

In Ray: ``execute_task`` in ``python/ray/_raylet.pyx``.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final, Protocol

from raylite._core.core_worker.task_execution.task_interrupt import TaskInterrupt, runs_user_code
from raylite._core.rpc.connection import Connection

__all__ = ["CURRENT", "ExecutingCall", "Replier", "name_of", "task_id_of"]


class Replier(Protocol):
    """Answers calls."""

    def value(self, call: "ExecutingCall", value: Any) -> None:
        """The call returned."""
        ...

    def items(self, call: "ExecutingCall", items: Any) -> Any:
        """The call is a generator: send what it yields; what its last reply is to say."""
        ...

    async def items_async(self, call: "ExecutingCall", items: Any) -> Any:
        """The same on an event loop."""
        ...

    def error(self, call: "ExecutingCall", error: BaseException) -> None:
        """The call raised."""
        ...


def task_id_of(connection: Connection, seq: int) -> str:
    """The id of a task, as its owner's refs spell it: the owner's prefix and the number."""
    return f"{connection.peer_id[:32]}{seq:016x}"


class ExecutingCall:
    """A call that has been unpacked. What most calls do not have stands on the class.

    Args:
        connection: where it came from and where the reply goes.
        seq: the caller's number of it.
        origin: the cell that has caused the call, directly or through others; 0: none.
        submitted_s: when it was made, on the machine's monotonic clock.
        args_bytes: what its arguments take in the message.
        replier: answers it.
    """

    name = "?"
    has_printed = False
    """It has printed something, or has used the value of a call that has."""
    given_name = ""
    """What its caller calls it, if not by its function's name."""
    fetched_s = 0.0
    """How long it took to fetch the arguments, where they did not come with the call."""
    gathers: Collection[Any] | None = None
    """While there is something in it, the reply may wait a little for others; None: while calls
    wait for the main thread."""
    num_returns = 1
    items_ahead = -1
    is_cancelled = False
    """Its caller does not want it any more, and may have been answered already."""
    is_last = False
    """The worker ends after it, if nothing is lost by that."""
    quiet = False
    """Its events are not recorded."""
    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = MappingProxyType({})

    def __init__(  # noqa: PLR0917  # By position, since this is the hot path.
        self,
        connection: Connection,
        seq: int,
        origin: int,
        submitted_s: float,
        args_bytes: int,
        replier: Replier,
    ) -> None:
        self.connection = connection
        self.seq = seq
        self.origin = origin
        self.submitted_s = submitted_s
        self.args_bytes = args_bytes
        self.replier: Replier = replier
        self.started_s = time.monotonic()

    @property
    def task_id(self) -> str:
        """As its owner's refs spell it."""
        return task_id_of(self.connection, self.seq)

    def is_unpacked(self) -> bool:
        """Whether it was possible to tell what is to be called, and with what."""
        return "function" in self.__dict__

    def run_in_main(self, interrupt: TaskInterrupt) -> None:
        """Run it in the main thread, where it can be interrupted, and reply.

        It is the current one already.
        """
        self.started_s = time.monotonic()
        try:
            interrupt.inside = self
            value = self.function(*self.args, **self.kwargs)
            if self.num_returns < 0:
                value = self.replier.items(self, value)
            interrupt.inside = None
        except BaseException as error:  # Whatever user code raised goes to the caller.
            interrupt.inside = None
            CURRENT.set(None)
            self.replier.error(self, error)
        else:
            self.replier.value(self, value)
            CURRENT.set(None)
        finally:
            self.args, self.kwargs = (), {}  # As in _let_go.

    def run(self) -> None:
        """Run it in this thread, and reply."""
        if self.is_cancelled:
            self._let_go()
            return
        CURRENT.set(self)
        self.started_s = time.monotonic()
        try:
            value = self.function(*self.args, **self.kwargs)
            if self.num_returns < 0:
                value = self.replier.items(self, value)
        except BaseException as error:  # As above.
            CURRENT.set(None)
            self.replier.error(self, error)
        else:
            self.replier.value(self, value)
            CURRENT.set(None)
        finally:
            self._let_go()

    async def run_async(self, ended: Callable[["ExecutingCall"], None]) -> None:
        """Run it on this event loop, and reply; a plain method runs on the loop as well.

        Args:
            ended: called at the end, however it comes.
        """
        if self.is_cancelled:
            self._let_go()
            ended(self)
            return
        CURRENT.set(self)
        self.started_s = time.monotonic()
        try:
            value = self.function(*self.args, **self.kwargs)
            if isinstance(value, Awaitable):
                value = await value
            if self.num_returns < 0:
                value = await self.replier.items_async(self, value)
        except BaseException as error:  # As above.
            self.replier.error(self, error)
        else:
            self.replier.value(self, value)
        finally:
            self._let_go()
            ended(self)

    def _let_go(self) -> None:
        """The arguments are the user's: whoever still looks at the call is not to keep them."""
        self.args, self.kwargs = (), {}


runs_user_code(ExecutingCall.run_in_main)


def name_of(function: Callable[..., Any]) -> str:
    """A function by its module and its name in there."""
    module = getattr(function, "__module__", None)
    return f"{module}.{getattr(function, '__qualname__', '?')}"


CURRENT: Final[ContextVar[ExecutingCall | None]] = ContextVar("raylite_call", default=None)
"""The call whose code runs here: of this thread, or of this coroutine."""
