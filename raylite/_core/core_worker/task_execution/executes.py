"""What a core worker expects of the part that runs calls."""

from typing import Any, Protocol

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import CancelTask, ItemsTaken, LeaseContext, RefsArrived

__all__ = ["Executes"]


class Executes(Protocol):
    """The part of a worker that runs calls; a driver has none."""

    def accept(self, connection: Connection, kind: int, body: bytes) -> None:
        """A call has arrived."""
        ...

    def connection_lost(self, connection: Connection) -> None:
        """A caller is gone."""
        ...

    def on_head_message(self, message: object) -> None:
        """The head says something only a worker need know."""
        ...

    def on_session_over(self) -> None:
        """There will be no more calls."""
        ...

    def on_takeover(self) -> None:
        """The running call is taking its time."""
        ...

    def caller(self) -> Connection | None:
        """The connection of the call that is running."""
        ...

    def is_idle(self) -> bool:
        """Whether the main thread has nothing to do."""
        ...

    def lane_calls(self) -> tuple[list[Any], bool]:
        """The calls that run beside the main thread, and whether others wait to."""
        ...

    def current_call(self) -> Any:
        """The call whose code runs in this thread, or coroutine."""
        ...

    def note_printed(self) -> None:
        """The running code has used the value of a call that has printed."""
        ...

    def is_cancelled(self) -> bool:
        """Whether the call whose code asks is not wanted any more."""
        ...

    def place_of_child(
        self, strategy: SchedulingStrategy | None, *, joins_group: bool | None
    ) -> SchedulingStrategy | None:
        """Where something is to run that the running code starts."""
        ...

    def facts(self, base: RuntimeFacts) -> RuntimeFacts:
        """Where the running code runs."""
        ...

    def on_peer_message(
        self, connection: Connection, message: RefsArrived | ItemsTaken | CancelTask | LeaseContext
    ) -> None:
        """A caller says something about a call that runs here, or has run."""
        ...
