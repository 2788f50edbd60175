"""Calls in threads: what an actor with ``max_concurrency`` above 1 runs on.

In Ray: ``src/ray/core_worker/task_execution/thread_pool.h``.

Rule 1: an idle thread of the lane that leads reads the sockets (see :mod:`.dispatcher`).
Rule 2: while calls are short, the thread that has read some runs them itself, one after the other:
        waking others would take longer. One that takes its time is noticed a tick later by whoever
        reads then, and the calls behind it are given to other threads.
Rule 3: after a call that took its time, every call that is read wakes a thread: to run the next
        call, or to read on.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from raylite._core.core_worker.task_execution.dispatcher import Dispatcher
from raylite._core.core_worker.task_execution.lanes import Call
from raylite._core.rpc.poller import TICK_S, Poller

__all__ = ["ThreadLane"]

_LONG_S: Final = 0.0003
"""What waking another thread may take at worst."""
_LONG_COUNTS: Final = 16
"""A long call counts as much as so many short ones..."""
_MOST_COUNTED: Final = 3 * _LONG_COUNTS
"""... up to this. One alone says little: the machine may have been busy with something else."""
_BETWEEN_LOOKS: Final = 32
"""How many short calls the leader runs before it reads on."""


class ThreadLane:
    """At most so many calls at once, each in a thread.

    Args:
        name: of the group; shown as the threads' name.
        limit: how many calls run at once.
        poller: reads the process's sockets.
    """

    def __init__(self, name: str, limit: int, poller: Poller) -> None:
        self._name = name or "default"
        self._limit = limit
        self._poller = poller
        self._calls: deque[Call] = deque()
        self._under_way: dict[Call, None] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._sleeping: list[threading.Lock] = []
        self._dispatcher: Dispatcher | None = None
        self._leader: int | None = None
        """The thread that leads, or runs what it has read."""
        self._slowness = 0
        """Grows with each long call and falls with each short one."""
        self._waits = False
        """The leader has nothing to run."""
        self._latest: Call | None = None
        self._looks = False

    def follow(self, dispatcher: Dispatcher) -> None:
        """Have idle threads lead, while the dispatcher says that the lane does."""
        self._dispatcher = dispatcher
        if dispatcher.leading is self:
            self._wake(1)

    def submit(self, call: Call) -> None:
        """Have a thread run it."""
        self._under_way[call] = None
        if threading.get_ident() == self._leader:
            call.gathers = () if self._are_long() else self._calls
            self._calls.append(call)
            return
        call.gathers = ()
        self._calls.append(call)
        with self._lock:
            if not self._waits:
                self._leader = None  # It has not read for a while: another one may lead.
        self._wake(1)

    def calls(self) -> list[Any]:
        """The calls that were submitted and have not ended."""
        return list(self._under_way)

    def running(self) -> list[Any]:
        """Those of them that have begun."""
        waiting = set(self._calls)
        return [call for call in list(self._under_way) if call not in waiting]

    def has_waiting(self) -> bool:
        """Whether there are others."""
        return bool(self._calls)

    def interrupt(self, call: Call) -> None:
        """Do nothing: a thread cannot be interrupted. A call that waits will see its mark."""

    def run_and_wait(self, function: Callable[[], Any]) -> Any:
        """Run it in the main thread: there is no call yet that could be in its way."""
        return function()

    def _wake(self, number: int) -> None:
        """Have so many threads look for something to do, if there are as many."""
        with self._lock:
            while number:
                if self._sleeping:
                    self._sleeping.pop().release()
                elif len(self._threads) < self._limit:
                    self._start_thread()
                else:
                    break
                number -= 1
        if number and self._waits:
            self._poller.poke()  # The leader waits while another thread reads.

    def _start_thread(self) -> None:
        name = f"{self._name}-{len(self._threads)}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        alarm = threading.Lock()
        alarm.acquire()
        while True:
            while self._calls:
                self._run_next()
            self._rest(alarm)

    def _run_next(self) -> None:
        try:
            call = self._calls.popleft()
        except IndexError:  # Another thread has taken it meanwhile.
            return
        self._latest = call
        call.run()
        del self._under_way[call]
        if self._latest is call:
            self._latest = None  # It knows the instance, which is to be deleted in time.
        if time.monotonic() - call.started_s > _LONG_S:
            self._slowness = min(self._slowness + _LONG_COUNTS, _MOST_COUNTED)
        elif self._slowness:
            self._slowness -= 1

    def _rest(self, alarm: threading.Lock) -> None:
        """Lead, or sleep until there is something to do."""
        dispatcher, me = self._dispatcher, threading.get_ident()
        with self._lock:
            if self._calls:
                return
            leads = self._leader is None and dispatcher is not None and dispatcher.leads(self)
            if leads:
                self._leader, self._waits = me, True
            else:
                self._sleeping.append(alarm)
        if not leads or dispatcher is None:
            alarm.acquire()
            return
        try:
            self._lead(dispatcher, me)
        finally:
            with self._lock:
                if self._leader == me:
                    self._leader = None

    def _lead(self, dispatcher: Dispatcher, me: int) -> None:
        """Read, and run what was read, as long as it is short; else have others go on with it."""
        try:
            dispatcher.lead(self, self._has_calls, None)
        finally:
            self._waits = False
        if len(self._calls) > 1:
            self._look_later()
        while self._calls and not self._are_long() and self._leader == me:
            for _ in range(_BETWEEN_LOOKS):
                self._run_next()
                if self._are_long() or not self._calls:
                    break
            else:
                dispatcher.look()
        if self._are_long():
            with self._lock:
                if self._leader == me:
                    self._leader = None
            self._wake(len(self._calls))  # One of them finds nothing to run, and reads on.

    def _are_long(self) -> bool:
        """Whether calls take their time these days."""
        return self._slowness > _LONG_COUNTS

    def _has_calls(self) -> bool:
        return bool(self._calls)

    def _look_later(self) -> None:
        if not self._looks:
            self._looks = True
            self._poller.call_later(TICK_S, self._look)

    def _look(self) -> None:
        """Is the thread that was to run all calls held up by one of them?"""
        self._looks = False
        if not self._calls:
            return
        latest = self._latest
        if latest is None or time.monotonic() - latest.started_s > TICK_S / 2:
            self._wake(len(self._calls))
        else:
            self._look_later()
