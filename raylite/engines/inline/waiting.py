"""Waiting for a value in a process where nothing happens unless somebody does it.

In Ray: ``CoreWorker::Get`` and ``CoreWorker::Wait``. Here whoever waits runs what can be run: calls
that are due, coroutines, timers, generators. If nothing is left that could ever bring the value,
that is certain, and it is said.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from raylite.engines.inline.calls import CURRENT, Call
from raylite.engines.inline.entries import Entry
from raylite.engines.inline.words import deadlock

__all__ = ["Waiting"]

_LOOK_S: Final = 0.005
"""How often to look at what comes from outside."""


class Waiting:
    """Waits on behalf of whoever called.

    Args:
        engine: the session.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._threads: dict[int, threading.Thread] = {}
        """Those that have used the session."""
        self._blocked: set[int] = set()
        """Those that wait for others, without a limit."""

    def note_thread(self) -> None:
        """This thread uses the session."""
        self._threads.setdefault(threading.get_ident(), threading.current_thread())

    def until(
        self, done: Callable[[], bool], timeout_s: float | None, wanted: Sequence[Entry]
    ) -> bool:
        """Run what can be run until ``done()``, for so many seconds; whether it is.

        Args:
            done: asked again and again.
            timeout_s: None: as long as anything can still bring it.
            wanted: the entries that are waited for.

        Raises:
            RaySystemError: if nothing can bring it, and there is no limit.
        """
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        self._engine.pump()
        if done():
            return True
        call = CURRENT.get()
        with self._engine.lending_cpu(call):
            if call is not None:
                call.waits_for = wanted
            try:
                return self._until(done, deadline_s, wanted)
            finally:
                if call is not None:
                    call.waits_for = None

    def _until(
        self, done: Callable[[], bool], deadline_s: float | None, wanted: Sequence[Entry]
    ) -> bool:
        engine = self._engine
        while True:
            engine.pump()
            if done():
                return True
            if engine.over:
                return False
            if deadline_s is not None and time.monotonic() >= deadline_s:
                return False
            if engine.loops.turn() or self._advance(wanted):
                continue
            pause_s = self._pause_s(deadline_s)
            if pause_s is None:
                if self._advance_any():
                    continue
                raise deadlock(CURRENT.get(), wanted)
            self._pause(pause_s, is_for_others=deadline_s is None)

    def _pause(self, pause_s: float, *, is_for_others: bool) -> None:
        own = threading.get_ident()
        if is_for_others:
            self._blocked.add(own)
        try:
            with self._engine.plane.guard.released():
                time.sleep(pause_s)
        finally:
            self._blocked.discard(own)

    def _advance(self, wanted: Sequence[Entry]) -> bool:
        """Have generators go on whose end is waited for."""
        streams = {id(e.call.stream): e.call.stream for e in wanted if _streams(e)}
        return _advanced(streams.values())

    def _advance_any(self) -> bool:
        """Have generators go on that hold something others wait for."""
        return _advanced(list(self._engine.paused))

    def _pause_s(self, deadline_s: float | None) -> float | None:
        """How long nothing will happen; None if that is for ever."""
        pauses = []
        delay_s = self._engine.loops.delay_s()
        if delay_s is not None:
            pauses.append(delay_s)
        if self._engine.loops.may_be_woken() or self._others_act():
            pauses.append(_LOOK_S)
        if deadline_s is not None:
            if not pauses and self._advance_any():
                return 0.0
            pauses.append(max(0.0, deadline_s - time.monotonic()))
        return min(pauses) if pauses else None

    def _others_act(self) -> bool:
        """Whether there is another thread that may do something about it."""
        own = threading.get_ident()
        for ident, thread in list(self._threads.items()):
            if not thread.is_alive():
                del self._threads[ident]
        others = [ident for ident in self._threads if ident != own and not self._waits_in(ident)]
        strangers = self._engine.blocking.others()
        return bool(others) or any(thread.ident not in self._threads for thread in strangers)

    def _waits_in(self, ident: int) -> bool:
        """Whether that thread waits for something itself that only others can bring."""
        return ident in self._blocked


def _streams(entry: Entry) -> bool:
    call: Call | None = entry.call
    return call is not None and call.stream is not None


def _advanced(streams: Iterable[Any]) -> bool:
    """Have each of them go on by an item; whether one did."""
    did = False
    for stream in streams:
        did = stream.advance() or did
    return did
