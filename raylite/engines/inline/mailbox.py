"""The way to an actor: its queue of calls, and the object that answers them.

In Ray: ``actor_task_submitter.h`` and ``task_receiver.h``. There is one for each actor, since
caller and actor are one process.

Rule 1: calls begin in the order in which they were made. A call that waits for an argument holds
        up those behind it, unless the actor was made otherwise.
Rule 2: a call begins at once, within the code that makes it, unless the actor is busy. Then it
        begins as soon as the actor is free.
Rule 3: who has ended is not called again: what a call of an earlier life still does is nobody's.
"""

import time
from collections import deque
from collections.abc import Mapping
from sys import _getframe
from typing import Any

from raylite._core.common.call_options import ActorCalls, MethodOptions
from raylite._core.common.ids import ActorID
from raylite._core.common.states import ActorState
from raylite._core.core_worker.call_sites import site_of_call
from raylite._core.core_worker.failures import (
    actor_died,
    actor_unavailable,
    argument_failed,
)
from raylite._core.core_worker.task_execution.assignment import Assignment
from raylite._core.object_store.serialization import dumps_error
from raylite._core.rpc.peer_messages import ActorUpdate
from raylite.engines.inline.actor_calls import ActorRunner
from raylite.engines.inline.answers import answer_cancelled, answer_error
from raylite.engines.inline.calls import Call, returned_by, set_arguments
from raylite.engines.inline.instance import Instance
from raylite.engines.inline.surroundings import NOTHING_SET
from raylite.exceptions import PendingCallsLimitExceeded

__all__ = ["Mailbox"]


class Mailbox:
    """What every handle of an actor speaks to.

    Args:
        engine: the session.
        actor_id: the actor.
        calls: how it is called.
    """

    def __init__(self, engine: Any, actor_id: ActorID, calls: ActorCalls) -> None:
        self.engine = engine
        self.actor_id = actor_id
        self.calls = calls
        self.news: ActorUpdate | None = None
        self.instance: Instance | None = None
        self.creation: Any = None
        """What its constructor is called with, as long as it may be called again."""
        self.running: list[Call] = []
        """Calls that have begun and have not ended."""
        self.out_of_scope = False
        self.assignment: Assignment | None = None
        self.env_key = ""
        self.around = NOTHING_SET
        self._queue: deque[Call] = deque()
        self.runner = ActorRunner(self)

    @property
    def class_name(self) -> str:
        """Of the actor."""
        return self.news.class_name if self.news is not None else "?"

    def submit(  # noqa: PLR0917  # In the protocol's order.
        self,
        method: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        num_returns: int,
        keep_alive: object,
        how: MethodOptions | None = None,
    ) -> Any:
        """Make one call; see ``ActorClient.submit``."""
        engine = self.engine
        engine.settle()
        self._check_limit(method)
        call = engine.new_call(method)
        call.actor, call.key = self, method
        set_arguments(call, args, kwargs)
        call.keep_alive = keep_alive
        call.retries_left = self.calls.max_task_retries
        call.quiet = self.calls.quiet
        call.items_ahead = self.calls.items_ahead
        if how is not None:
            _tune(call, how)
        returned = returned_by(call, engine, site_of_call(_getframe(2)), num_returns)
        self.enqueue(call)
        engine.pump()
        return returned

    def enqueue(self, call: Call) -> None:
        """Put a call into the queue, to be begun when it can be."""
        self._queue.append(call)
        call.when_ready(self.look_soon)
        self.engine.history_of_calls.pending_changed(self)

    def look_soon(self) -> None:
        """Something has changed: have the next call begun, if it can be."""
        self.engine.todo.append(self._begin_next)

    def pending(self) -> list[Call]:
        """The calls that have not begun."""
        return list(self._queue)

    def cancel(self, call: Call) -> bool:
        """Take a call out of the queue; False if it is not there."""
        if call not in self._queue:
            return False
        self._queue.remove(call)
        answer_cancelled(self.engine, call)
        self.look_soon()
        return True

    def _check_limit(self, method: str) -> None:
        limit = self.calls.max_pending
        waiting = len(self._queue) + len(self.running)
        if 0 < limit <= waiting:
            msg = (
                f"The task {method} could not be submitted to {self.class_name}: "
                f"{waiting} calls are pending, and max_pending_calls is {limit}. "
                "Get some of the results first, or make the actor with a higher limit."
            )
            raise PendingCallsLimitExceeded(msg)

    def _begin_next(self) -> None:
        while (call := self._take()) is not None:
            self.runner.run(call)

    def _take(self) -> Call | None:
        """The next call that can begin; it is out of the queue then."""
        news = self.news
        for call in list(self._queue):
            if news is not None and self._refuse(call, news):
                continue
            if not call.is_ready():
                if self.calls.in_order:
                    return None
                continue
            error = call.failed_argument()
            if error is not None:
                self._queue.remove(call)
                answer_error(self.engine, call, argument_failed(call.name, error))
                continue
            instance = self.instance
            if instance is None or not instance.is_made:
                return None
            lane = instance.lane_for(call.key, call.group)
            if lane.has_room():
                self._queue.remove(call)
                lane.running += 1
                call.lane = lane
                return call
        return None

    def _refuse(self, call: Call, news: ActorUpdate) -> bool:
        """Answer a call that the actor will not: it is dead, or restarts."""
        restarts = news.state is ActorState.RESTARTING and call.retries_left == 0
        if news.state is not ActorState.DEAD and not restarts:
            return False
        if call in self._queue:
            self._queue.remove(call)
        answer_error(self.engine, call, self._reason(news))
        return True

    def _reason(self, news: ActorUpdate) -> bytes:
        if news.state is not ActorState.DEAD:
            return dumps_error(actor_unavailable(news))
        return news.error or dumps_error(actor_died(news, time.monotonic()))

    # What becomes of the actor.

    def on_update(self, news: ActorUpdate) -> None:
        """The control plane says how the actor is."""
        self.news = news
        if news.state is ActorState.DEAD:
            self.creation = None
        self.look_soon()

    def lost(self, *, with_hook: bool) -> None:
        """The worker is gone, and the object with it; of its calls the news decides."""
        instance, self.instance = self.instance, None
        if instance is None:
            return
        running, self.running = self.running, []
        for call in running:
            if call.coroutine is not None:
                call.coroutine.cancel()
            self.engine.todo.append(lambda call=call: self._settle_lost(call))
        instance.shut_down(with_hook=with_hook)
        if instance.loop is not None:
            loop = instance.loop
            self.engine.todo.append(lambda: self.engine.loops.end(loop))

    def _settle_lost(self, call: Call) -> None:
        news = self.news
        if call.is_over or news is None:
            return
        if news.state is not ActorState.DEAD and call.retries_left != 0 and not call.is_cancelled:
            call.retries_left -= 1  # From -1 on it never reaches 0: without limit.
            self.engine.again(call)
            return
        if call.is_cancelled:
            answer_cancelled(self.engine, call)
            return
        answer_error(self.engine, call, self._reason(news))

    def ended(self, call: Call) -> None:
        """A call has ended, so another one may begin. Harmless when called twice."""
        lane, call.lane = call.lane, None
        if lane is None:
            return
        lane.running -= 1
        if call.is_over:
            call.let_go()
        if call in self.running:
            self.running.remove(call)
        self.look_soon()
        self.engine.history_of_calls.pending_changed(self)
        if self.out_of_scope:
            self.engine.end_if_idle(self)

    def is_idle(self) -> bool:
        """Whether nothing is to be done."""
        return not (self._queue or self.running)


def _tune(call: Call, how: MethodOptions) -> None:
    call.options = how
    call.items_ahead = how.items_ahead if how.items_ahead != -1 else call.items_ahead
    call.group = how.group
    call.retry_exceptions = how.retry_exceptions
    if how.name is not None:
        call.name = call.given_name = how.name
    if how.max_retries is not None:
        call.retries_left = how.max_retries
    if how.quiet is not None:
        call.quiet = how.quiet
