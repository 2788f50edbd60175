"""What submitters need of the process they submit for."""

from collections.abc import Callable
from typing import Any, Protocol

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.entries import Home
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.task_submission.item_stream import ItemStream
from raylite._core.rpc.connection import Address, Connection

__all__ = ["SubmitterHome"]


class SubmitterHome(Home, Protocol):
    """The process, as far as submitters need it."""

    store: Any
    guard: Any
    poller: Any
    cancelled: set[int]
    """Calls that are not wanted any more."""
    parent_call: Callable[[], Any] | None
    """Gives the call whose code submits another; None where none is executed."""
    origin: int
    """The cell that has caused what is submitted, where no call has; 0: none."""

    def next_seq(self) -> int:
        """The next number of a call."""
        ...

    def now_s(self) -> float:
        """The monotonic clock."""
        ...

    def connection_to(self, worker_id: WorkerID, address: Address) -> Connection:
        """The connection to a process."""
        ...

    def new_stream(self, seq: int, items_ahead: int) -> ItemStream:
        """Where the items of a generator's call are to go."""
        ...

    def ask_how_it_ended(
        self, worker_id: WorkerID, then: Callable[[WorkerExit | None], None]
    ) -> None:
        """Have ``then`` called once the head knows how a worker has ended."""
        ...

    def call_ended(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """File the reply of a call that its executor has answered. Only who reads may."""
        ...

    def call_failed(self, call: PendingCall, payload: bytes, actor_id: ActorID | None) -> None:
        """End a call that has no answer, and will have none, with an error. Any thread may."""
        ...
