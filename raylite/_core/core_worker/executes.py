"""What a core worker expects of the part that runs calls."""

from typing import Protocol

from raylite._core.common.call_options import RuntimeFacts
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import ItemsTaken

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

    def on_takeover(self) -> None:
        """The running call is taking its time."""
        ...

    def caller(self) -> Connection | None:
        """The connection of the call that is running."""
        ...

    def facts(self, base: RuntimeFacts) -> RuntimeFacts:
        """Where the running code runs."""
        ...

    def refs_arrived(self, connection: Connection, reply: tuple[int, int]) -> None:
        """The caller holds the refs of a reply, or of an item, himself now."""
        ...

    def items_taken(self, connection: Connection, message: ItemsTaken) -> None:
        """The caller of a generator has taken some of its items."""
        ...
