"""Calls of remote functions: queued by shape, pushed to leased workers.

In Ray: ``src/ray/core_worker/task_submission/normal_task_submitter.h``. Left out here: spillback,
since one head knows all nodes.

Rule 1: tasks that need the same resources share leases. A lease is kept while there is work of
        its shape and a moment longer (``LINGER_S``), so that tasks one by one pay for it once.
Rule 2: a worker gets a second task ahead of time only when tasks of the shape were seen to be
        short. If one turns out long, or blocks in ``get``, the worker hands back what it has not
        begun (``HandBackTasks``): nothing waits behind it, and nothing can wait for itself.
        Tasks with SPREAD have a lease each: the next one is for the next node to run.
Rule 3: a task that was running when the worker died is run again ``max_retries`` times. Those
        behind it were not begun, or are as good as that; they pay nothing. Where a task must not
        run twice (``max_retries=0``), none is sent ahead of time.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from raylite._core.common.ids import PlacementGroupID, WorkerID
from raylite._core.common.messages import (
    ReturnWorkerLease,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import DEFAULT_STRATEGY, SchedulingStrategy
from raylite._core.core_worker.failures import argument_failed
from raylite._core.core_worker.task_submission.calls import PendingCall, all_ready, when_ready
from raylite._core.core_worker.task_submission.lease_numbers import LeaseNumbers
from raylite._core.core_worker.task_submission.lease_pool import LeasePool
from raylite._core.core_worker.task_submission.lease_shape import LeaseShape
from raylite._core.core_worker.task_submission.submitter_home import SubmitterHome
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import LeaseGranted, LeaseRejected

__all__ = ["NormalTaskSubmitter"]

_MAX_POOLS: Final = 256
"""With so many shapes, as of a program that asks for other amounts each time, idle ones go."""
_WrittenShape: TypeAlias = tuple[
    tuple[tuple[str, float], ...], bool, SchedulingStrategy | None, str
]


class NormalTaskSubmitter:
    """Finds the pool for a task's shape.

    Args:
        home: the process.
        send_to_head: sends a control message.
        worker_id: this process.
    """

    actor_id: Final = None
    """Tasks are no actor's calls."""

    def __init__(
        self, home: SubmitterHome, send_to_head: Callable[[object], None], worker_id: WorkerID
    ) -> None:
        self._home = home
        self._send_to_head = send_to_head
        self._worker_id = worker_id
        self._pools: dict[LeaseShape, LeasePool] = {}
        self._pool_of_shape: dict[_WrittenShape, LeasePool] = {}
        self._numbers = LeaseNumbers(worker_id)
        self._unready: dict[int, PendingCall] = {}
        """Calls that wait for their arguments."""

    def pool_for(
        self,
        resources: Mapping[str, float],
        *,
        once: bool,
        strategy: SchedulingStrategy | None = None,
        env_key: str = "",
    ) -> LeasePool:
        """The pool of tasks that need exactly this.

        Args:
            resources: what they need, by name.
            once: whether they must not run twice.
            strategy: where they want to be; None: the default.
            env_key: the environment they need.
        """
        written = tuple(resources.items()), once, strategy, env_key
        pool = self._pool_of_shape.get(written)
        if pool is None:
            # The same amounts may be written down in several ways.
            shape = LeaseShape(
                held=ResourceSet.of(resources),
                once=once,
                strategy=strategy or DEFAULT_STRATEGY,
                env_key=env_key,
            )
            if len(self._pools) >= _MAX_POOLS:
                self._forget_idle(lambda _shape: True)
            new = LeasePool(self._home, self._send_to_head, self._worker_id, shape, self._numbers)
            pool = self._pools.setdefault(shape, new)
            self._pool_of_shape[written] = pool
        return pool

    def submit(self, call: PendingCall) -> None:
        """Queue a task; it is sent once its arguments have values."""
        self._unready[call.seq] = call
        # Not the call itself: what waits for a value is not to keep a call that is cancelled.
        ready = partial(self._ready, call.seq)
        if when_ready(call, ready):
            ready()

    def _ready(self, seq: int) -> None:
        call = self._unready.get(seq)
        if call is None or not all_ready(call) or self._unready.pop(seq, None) is None:
            return  # Another thread has brought the last value as well, or it was cancelled.
        error = call.failed_dependency()
        if error is not None:
            self._home.call_failed(call, argument_failed(call.name, error), None)
        else:
            call.submitter.submit(call)  # type: ignore[attr-defined]  # A LeasePool.

    def pending(self) -> list[PendingCall]:
        """Tasks that were not sent yet."""
        waiting = list(self._unready.values())
        for pool in list(self._pools.values()):
            waiting += pool.pending()
        return waiting

    def waiting(self) -> list[Mapping[int, PendingCall]]:
        """The same by number, oldest first; they change while one looks."""
        return [self._unready, *(pool.waiting() for pool in list(self._pools.values()))]

    def take(self, seq: int) -> PendingCall | None:
        """A task that was not sent and now will not be; None if there is no such task here."""
        call = self._unready.pop(seq, None)
        for pool in list(self._pools.values()) if call is None else ():
            call = call or pool.take(seq)
        return call

    def num_waiting(self) -> int:
        """Tasks that were not sent yet."""
        return len(self._unready) + sum(pool.num_waiting() for pool in list(self._pools.values()))

    def granted(self, news: LeaseGranted) -> bool:
        """Give a lease to the pool that asked; False if none did, or wants it any more."""
        pool = self._numbers.settled(news.lease_id)
        if pool is not None:
            pool.granted(news)
            return True
        self._send_to_head(ReturnWorkerLease(lease_id=news.lease_id, at_s=self._home.now_s()))
        return False

    def rejected(self, news: LeaseRejected) -> None:
        """Tell the pool that asked that it waits in vain."""
        pool = self._numbers.settled(news.lease_id)
        if pool is not None:
            pool.rejected(news)

    def forget_group(self, group_id: PlacementGroupID) -> None:
        """A placement group is removed: keep no pools for it that nothing waits in."""
        self._forget_idle(lambda shape: shape.strategy.group_id == group_id)

    def _forget_idle(self, matches: Callable[[LeaseShape], bool]) -> None:
        for shape, pool in list(self._pools.items()):
            if matches(shape) and pool.is_idle():
                del self._pools[shape]
        kept = set(map(id, self._pools.values()))
        for written, pool in list(self._pool_of_shape.items()):
            if id(pool) not in kept:
                del self._pool_of_shape[written]

    def abandon(self, payload: bytes) -> None:
        """The session is over."""
        for pool in list(self._pools.values()):
            pool.abandon(payload)

    def share(self) -> None:
        """Somebody else waits for what our leases hold."""
        for pool in list(self._pools.values()):
            pool.share()

    def return_idle(self) -> None:
        """Give back every lease without work."""
        for pool in list(self._pools.values()):
            pool.return_idle()

    def connection_lost(self, connection: Connection) -> None:
        """A worker is gone."""
        for pool in list(self._pools.values()):
            pool.connection_lost(connection)
