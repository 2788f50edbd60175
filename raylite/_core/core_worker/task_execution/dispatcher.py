"""Who hands out the calls of an actor that has lanes: an idle thread of the lane they are for.

In Ray: ``OutOfOrderActorSchedulingQueue`` in ``src/ray/core_worker/task_execution``, whose calls
each go from the thread that reads to another one that runs.

Rule 1: calls are handed to their lanes in the order in which they arrived, by one thread at a time.
Rule 2: an idle thread of one lane *leads*: it reads the sockets, hands out what it has read, and
        runs what falls to its own lane itself. So a call that finds its actor idle is read, run and
        answered by one thread, with no switch between two.
Rule 3: a lane that gets no calls, while others do, hands the lead over to one of them.
Rule 4: what any other thread reads, since the leader runs a call, is handed out by the main thread.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from raylite._core.rpc.poller import Poller

__all__ = ["Dispatcher"]

_MISSES: Final = 8


class Leading(Protocol):
    """A lane."""

    def follow(self, dispatcher: "Dispatcher") -> None:
        """Have idle threads lead, while the dispatcher says that the lane does."""
        ...


class Dispatcher:
    """Hands out calls.

    Args:
        queue: what has arrived: calls, and in between, with None in front, what is for the main
            thread alone.
        begin: hands one of them to its lane, which it returns, or obeys it. Raises what ends the
            worker.
        poller: reads the sockets.
        is_over: whether nobody reads them any more.
        leading: the lane that leads at first.
    """

    def __init__(
        self,
        queue: deque[Any],
        begin: Callable[..., Leading | None],
        poller: Poller,
        is_over: Callable[[], bool],
        leading: Leading,
    ) -> None:
        self._queue = queue
        self._begin = begin
        self._poller = poller
        self.is_over = is_over
        self.leading = leading
        """The lane whose idle threads are to lead."""
        self._num_missed = 0
        """How many times in a row nothing of what was read was for the lane that leads."""
        self._handing_out = threading.Lock()
        self._leader: int | None = None
        """The thread that leads at the moment."""
        self._alarm = threading.Lock()
        self._alarm.acquire()

    def leads(self, lane: object) -> bool:
        """Whether an idle thread of a lane is to lead."""
        return self.leading is lane and not self.is_over()

    def is_led(self) -> bool:
        """Whether a thread that leads has nothing to do at the moment."""
        return self._leader is not None

    def arrived(self) -> None:
        """A call has arrived. Called by whoever reads."""
        if threading.get_ident() != self._leader:
            self.wake_main()

    def wake_main(self) -> None:
        """There is something for the main thread to do."""
        with contextlib.suppress(RuntimeError):  # It has been told already.
            self._alarm.release()

    def serve(self) -> None:
        """Do what there is for the main thread to do, and wait for more. Called in a loop."""
        while self._queue:
            # Not released where the worker is told to leave: then nobody hands out any more.
            self._handing_out.acquire()
            while self._queue:
                try:
                    job = self._queue.popleft()
                except IndexError:  # A reader has cancelled it meanwhile.
                    break
                self._begin(*job)
            self._handing_out.release()
        self._alarm.acquire()

    def lead(self, lane: object, is_wanted: Callable[[], bool], deadline_s: float | None) -> None:
        """Read and hand out, in a thread of the lane that leads.

        Args:
            lane: the lane.
            is_wanted: whether the thread has something else to do; must be cheap.
            deadline_s: until when, on the monotonic clock; None: until there is something.
        """
        me = threading.get_ident()
        goes_on = True
        while goes_on:
            self._leader = me
            try:
                goes_on = self._poller.run_until(
                    lambda: self._is_due() or is_wanted(), deadline_s, soon=True
                )
            finally:
                if self._leader == me:
                    self._leader = None
            self._hand_out()
            goes_on = goes_on and self.leading is lane and not is_wanted()

    def look(self) -> None:
        """Read what is there, and hand it out, without waiting."""
        me = self._leader = threading.get_ident()
        try:
            # Whoever waits for something that never comes, until now, reads once.
            self._poller.run_until(_never, time.monotonic())
        finally:
            if self._leader == me:
                self._leader = None
        self._hand_out()

    def _hand_out(self) -> None:
        if self._is_due() and self._handing_out.acquire(False):
            try:
                self._hand_out_all()
            finally:
                self._handing_out.release()

    def _is_due(self) -> bool:
        """Whether there is a call to hand out, and nobody is at it."""
        queue = self._queue
        try:
            return bool(queue) and queue[0][0] is not None and not self._handing_out.locked()
        except IndexError:  # Another thread has taken it meanwhile.
            return False

    def _hand_out_all(self) -> None:
        lanes: set[Leading] = set()
        while self._queue:
            try:
                job = self._queue.popleft()
            except IndexError:  # As above.
                break
            if job[0] is None:
                self._queue.appendleft(job)
                self.wake_main()
                return
            lane = self._begin(*job)
            if lane is not None:
                lanes.add(lane)
        if self.leading in lanes:
            self._num_missed = 0
        elif lanes:
            self._num_missed += 1
            if self._num_missed >= _MISSES:
                self._num_missed = 0
                self.leading = lanes.pop()
                self.leading.follow(self)  # It may have been idle again before it could know.


def _never() -> bool:
    return False
