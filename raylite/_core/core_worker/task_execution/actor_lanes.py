"""Which of an actor's calls run where.

In Ray: ``ConcurrencyGroupManager`` and ``is_asyncio`` in ``python/ray/actor.py``.

An actor with a coroutine among its methods is asynchronous: all its calls run on event loops, a
plain method too. Else an actor with ``max_concurrency`` above 1, or with groups, has threads. Else
everything runs in the main thread, one call after the other.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from raylite._core.common.call_options import METHOD_OPTIONS
from raylite._core.core_worker.task_execution.dispatcher import Dispatcher
from raylite._core.core_worker.task_execution.lanes import Lane
from raylite._core.core_worker.task_execution.thread_lane import ThreadLane
from raylite._core.rpc.poller import Poller

__all__ = ["DEFAULT_ASYNC_LIMIT", "ActorLanes"]

DEFAULT_ASYNC_LIMIT: Final = 1000


class ActorLanes:
    """The lanes of one actor.

    Args:
        actor_class: the user's class.
        max_concurrency: the limit of the group without a name; None: 1000 coroutines or 1 thread.
        groups: the limits of the others.
        poller: reads the process's sockets.
    """

    def __init__(
        self,
        actor_class: type,
        max_concurrency: int | None,
        groups: Mapping[str, int],
        poller: Poller,
    ) -> None:
        self._poller = poller
        self._dispatcher: Dispatcher | None = None
        self._class = actor_class
        self._groups = groups
        self._max_concurrency = max_concurrency
        self.are_loops = any(
            inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)
            for _, member in inspect.getmembers(actor_class, inspect.isfunction)
        )
        self._lanes: dict[str, Lane | None] = {}
        self._of_method: dict[str, Lane | None] = {}

    def construct(self, function: Callable[[], Any]) -> Any:
        """Run the constructor: of an asynchronous actor on the loop, else in the main thread."""
        lane = self._lane("")
        return function() if lane is None else lane.run_and_wait(function)

    def first(self) -> Lane | None:
        """The lane without a name; None: everything runs in the main thread."""
        return self._lane("")

    def follow(self, dispatcher: Dispatcher) -> None:
        """Take part in handing out calls, now that they may come."""
        self._dispatcher = dispatcher
        for lane in self._lanes.values():
            if lane is not None:
                lane.follow(dispatcher)

    def lane_for(self, method: str, group: str | None) -> Lane | None:
        """Where a call runs; None: in the main thread.

        Args:
            method: its name.
            group: the concurrency group that the call itself names.
        """
        if group is not None:
            return self._lane(group)
        try:
            return self._of_method[method]
        except KeyError:
            function = getattr(self._class, method, None)
            options: dict[str, Any] = getattr(function, METHOD_OPTIONS, {})
            lane = self._of_method[method] = self._lane(options.get("concurrency_group") or "")
            return lane

    def running(self) -> tuple[list[Any], bool]:
        """The calls that have begun in any lane and have not ended, and whether others wait."""
        lanes = [lane for lane in list(self._lanes.values()) if lane is not None]
        running = [call for lane in lanes for call in lane.running()]
        return running, any(lane.has_waiting() for lane in lanes)

    def lane_with(self, connection: object, seq: int) -> tuple[Lane, Any] | None:
        """The lane that a call waits or runs in, and the call; None if it is in none."""
        for lane in list(self._lanes.values()):
            for call in lane.calls() if lane is not None else ():
                if call.seq == seq and call.connection is connection:
                    return lane, call  # type: ignore[return-value]  # It has calls, so it is one.
        return None

    def _lane(self, group: str) -> Lane | None:
        if group not in self._lanes:
            lane = self._lanes[group] = self._make(group)
            if lane is not None and self._dispatcher is not None:
                lane.follow(self._dispatcher)
        return self._lanes[group]

    def _make(self, group: str) -> Lane | None:
        limit = self._groups[group] if group else self._max_concurrency
        if self.are_loops:
            from raylite._core.core_worker.task_execution.loop_lane import LoopLane  # noqa: PLC0415  # Imports asyncio.

            return LoopLane(group, limit or DEFAULT_ASYNC_LIMIT, self._poller)
        if not self._groups and (limit or 1) == 1:
            return None
        return ThreadLane(group, limit or 1, self._poller)
