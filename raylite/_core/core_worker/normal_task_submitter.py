"""Calls of remote functions: queued by shape, pushed to leased workers.

In Ray: ``src/ray/core_worker/task_submission/normal_task_submitter.h``. Left out here: spillback,
since one head knows all nodes.

Rule 1: tasks that need the same resources share leases. A lease is kept while there is work of
        its shape and a moment longer (``LINGER_S``), so that tasks one by one pay for it once.
Rule 2: a worker gets a second task ahead of time only when tasks of the shape were seen to be
        short. If one turns out long, or blocks in ``get``, the worker hands back what it has not
        begun (``HandBackTasks``): nothing waits behind it, and nothing can wait for itself.
Rule 3: a task that was running when the worker died is run again ``max_retries`` times. Those
        behind it were not begun, or are as good as that; they pay nothing. Where a task must not
        run twice (``max_retries=0``), none is sent ahead of time.
"""

import itertools
from collections.abc import Callable, Mapping

from raylite._core.common.ids import WorkerID
from raylite._core.common.messages import (
    ReturnWorkerLease,
)
from raylite._core.common.resources import ResourceSet
from raylite._core.core_worker.actor_task_submitter import SubmitterHome
from raylite._core.core_worker.calls import PendingCall, when_ready
from raylite._core.core_worker.failures import argument_failed
from raylite._core.core_worker.lease_pool import MAX_DEPTH, LeasePool
from raylite._core.rpc.connection import Connection
from raylite._core.rpc.peer_messages import LeaseGranted

__all__ = ["NormalTaskSubmitter"]


class NormalTaskSubmitter:
    """Finds the pool for a task's shape.

    Args:
        home: the process.
        send_to_head: sends a control message.
        worker_id: this process.
    """

    def __init__(
        self, home: SubmitterHome, send_to_head: Callable[[object], None], worker_id: WorkerID
    ) -> None:
        self._home = home
        self._send_to_head = send_to_head
        self._worker_id = worker_id
        self._pools: dict[tuple[ResourceSet, bool], LeasePool] = {}
        self._pool_of_shape: dict[tuple[tuple[tuple[str, float], ...], bool], LeasePool] = {}
        self._numbers: itertools.count[int] = itertools.count(1)
        self._unready: set[int] = set()
        """Calls that wait for their arguments."""

    def pool_for(self, resources: Mapping[str, float], *, once: bool) -> LeasePool:
        """The pool of tasks that need exactly these resources.

        Args:
            resources: what they need, by name.
            once: whether they must not run twice.
        """
        shape = tuple(resources.items()), once
        pool = self._pool_of_shape.get(shape)
        if pool is None:
            # The same amounts may be written down in several ways.
            held = ResourceSet.of(resources)
            pool = self._pools.setdefault(
                (held, once),
                LeasePool(
                    self._home,
                    self._send_to_head,
                    self._worker_id,
                    held,
                    max_depth=1 if once else MAX_DEPTH,
                    numbers=self._numbers,
                ),
            )
            self._pool_of_shape[shape] = pool
        return pool

    def submit(self, call: PendingCall) -> None:
        """Queue a task; it is sent once its arguments have values."""

        def ready() -> None:
            if any(entry.payload is None for entry in call.deps or ()):
                return
            try:
                self._unready.remove(call.seq)
            except KeyError:  # Another thread has brought the last value as well.
                return
            error = call.failed_dependency()
            if error is not None:
                self._home.call_ended(call, argument_failed(call.name, error), None)
            else:
                call.submitter.submit(call)  # type: ignore[attr-defined]  # A LeasePool.

        self._unready.add(call.seq)
        if when_ready(call, ready):
            ready()

    def num_waiting(self) -> int:
        """Tasks that were not sent yet."""
        return len(self._unready) + sum(pool.num_waiting() for pool in list(self._pools.values()))

    def granted(self, news: LeaseGranted) -> bool:
        """Give a lease to the pool that asked; False if none did, or wants it any more."""
        for pool in list(self._pools.values()):
            if pool.owns(news.lease_id):
                pool.granted(news)
                return True
        self._send_to_head(ReturnWorkerLease(lease_id=news.lease_id, at_s=self._home.now_s()))
        return False

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
