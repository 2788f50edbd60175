"""Calls of remote functions: each gets a lease, runs at once, and gives it back.

In Ray: ``normal_task_submitter.h``. Resources are counted as elsewhere: a task that asks for more
than is free waits, until somebody who waits for it lends his CPU, or something ends.
"""

import itertools
import time
from functools import partial
from typing import Any, Final

from raylite._core.common.ids import LeaseID
from raylite._core.common.messages import CancelWorkerLease, RequestWorkerLease, ReturnWorkerLease
from raylite._core.common.resources import ResourceSet
from raylite._core.common.task_spec import WorkerExit
from raylite._core.core_worker.failures import argument_failed, task_rejected, worker_crashed
from raylite._core.object_store.serialization import dumps_error
from raylite._core.rpc.peer_messages import LeaseContext, LeaseGranted, LeaseRejected
from raylite.engines.inline.answers import (
    answer,
    answer_cancelled,
    answer_error,
    fail,
    values_of,
)
from raylite.engines.inline.calls import Call
from raylite.engines.inline.executing import is_ctrl_c, run
from raylite.engines.inline.exits import exit_told
from raylite.engines.inline.worlds import World

__all__ = ["Tasks"]

_MAX_FUNCTIONS: Final = 256


class Tasks:
    """Runs tasks.

    Args:
        engine: the session.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._numbers = itertools.count(1)
        self._waiting: dict[LeaseID, Call] = {}
        """By the lease that was asked for."""
        self._unready: list[Call] = []
        self.running: list[Call] = []
        """Those that have begun and have not ended."""
        self._world = World()
        self._functions: dict[str, Any] = {}
        self._calls_left: dict[str, int] = {}

    def submit(self, call: Call) -> None:
        """Have it run as soon as its arguments are there, and room for it."""
        self._unready.append(call)
        call.when_ready(partial(self._ready, call))

    def pending(self) -> list[Call]:
        """The calls that have not begun."""
        return [*self._unready, *self._waiting.values()]

    def cancel(self, call: Call) -> bool:
        """End a call that has not begun; False if it has."""
        engine = self._engine
        if call in self._unready:
            self._unready.remove(call)
            answer_cancelled(engine, call)
            return True
        for lease_id, waiting in list(self._waiting.items()):
            if waiting is call:
                del self._waiting[lease_id]
                engine.plane.tell_raylet(CancelWorkerLease(lease_id=lease_id, at_s=0.0))
                answer_cancelled(engine, call)
                return True
        return False

    def _ready(self, call: Call) -> None:
        if call not in self._unready:
            return  # It was cancelled.
        self._unready.remove(call)
        error = call.failed_argument()
        if error is not None:
            answer_error(self._engine, call, argument_failed(call.key, error))
            return
        lease_id = call.lease_id = LeaseID(f"{call.owner_id}:{next(self._numbers)}")
        self._waiting[lease_id] = call
        options = call.options
        needs = ResourceSet.of(options.resources)
        call.sent_s = time.monotonic()
        request = RequestWorkerLease(
            lease_id=lease_id,
            holder_id=call.owner_id,
            placement=needs,
            held=needs,
            env_key=call.env_key,
            strategy=call.strategy,
            at_s=0.0,
        )
        self._engine.plane.received(call.owner_id, request)
        self._engine.plane.tell_raylet(request)

    def granted(self, granted: LeaseGranted) -> None:
        """There is a worker for a call."""
        call = self._waiting.pop(granted.lease_id, None)
        if call is None:
            self._give_back(granted.lease_id)
            return
        call.worker_id = granted.worker_id
        context = LeaseContext(
            resources=call.options.resources,
            gpu_ids=granted.gpu_ids,
            strategy=call.strategy,
        )
        call.assignment, call.around = self._engine.share_of(context, call.env_key)
        self._engine.todo.append(partial(self._run, call))

    def rejected(self, rejected: LeaseRejected) -> None:
        """There will never be one."""
        call = self._waiting.pop(rejected.lease_id, None)
        if call is not None:
            answer_error(self._engine, call, task_rejected(call.key, rejected))

    def _give_back(self, lease_id: LeaseID) -> None:
        self._engine.plane.tell_raylet(ReturnWorkerLease(lease_id=lease_id, at_s=0.0))

    def _run(self, call: Call) -> None:
        engine = self._engine
        if call.is_cancelled:
            answer_cancelled(engine, call)
            self.ended(call)
            return
        self.running.append(call)
        try:
            call.world = self._world
            call.load_arguments(self._world)
            value = run(engine, call, self._function(call))
            if call.stream is not None:
                call.stream.begin(value)
                return
            answer(engine, call, values_of(call, value))
        except KeyboardInterrupt as error:
            fail(engine, call, error)
            if is_ctrl_c(error):
                raise
        except BaseException as error:  # Whatever the user's code raised.
            self.raised(call, error)
        finally:
            if call.stream is None or call.is_over:
                self.ended(call)

    def raised(self, call: Call, error: BaseException) -> None:
        """A task has raised: answer it, or have it run again."""
        engine = self._engine
        wish = exit_told(error)
        if wish is None:
            if not engine.tries_again(call, error):
                fail(engine, call, error)
            return
        exit_ = WorkerExit(intended=False, reason=wish[1])
        if call.worker_id is not None:
            engine.plane.end_worker(call.worker_id, exit_)
            call.lease_id = None
        if call.retries_left == 0 or call.is_cancelled:
            answer_error(engine, call, dumps_error(worker_crashed(exit_)))
        else:
            call.retries_left -= 1
            engine.again(call)

    def ended(self, call: Call) -> None:
        """Nothing of it runs any more: its worker is free. Harmless when called twice."""
        lease_id, call.lease_id = call.lease_id, None
        if call in self.running:
            self.running.remove(call)
        if call.is_over:
            call.let_go()
        if lease_id is not None:
            self._give_back(lease_id)
            self._count(call)

    def _count(self, call: Call) -> None:
        """End the worker after so many calls of a function, if that was said."""
        most, key = call.options.max_calls, call.definition.key
        if most and call.worker_id is not None:
            left = self._calls_left.get(key, most) - 1
            self._calls_left[key] = left or most
            if not left:
                exit_ = WorkerExit(intended=True, reason="max_calls is used up")
                self._engine.plane.end_worker(call.worker_id, exit_)

    def _function(self, call: Call) -> Any:
        definition = call.definition
        found = self._functions.get(definition.key)
        if found is None:
            if len(self._functions) >= _MAX_FUNCTIONS:
                del self._functions[next(iter(self._functions))]
            found = self._functions[definition.key] = self._world.load(definition.blob)
        return found
