"""Actors that several cases use.

In a module of their own, since every worker that has one imports it: pytest takes it long.
"""

import asyncio
import os
import signal
import sys
import threading
from typing import Any

__all__ = ["Barrier", "Broken", "Gate", "Mortal", "Worker"]


class Barrier:
    """Meets only if enough calls run at once."""

    def __init__(self, parties: int) -> None:
        self.barrier = threading.Barrier(parties, timeout=30)

    def meet(self) -> bool:
        """Wait for the others; whether this is the main thread."""
        self.barrier.wait()
        return threading.current_thread() is threading.main_thread()


class Broken:
    """Its constructor raises what it is given."""

    def __init__(self, error: Exception) -> None:
        raise error

    def work(self) -> None:
        """Never run."""


class Gate:
    """As an actor: a place where others wait until it is opened. Nobody has to sleep."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.changed = asyncio.Condition()
        self.seen: list[Any] = []

    async def wait(self, who: Any = None) -> Any:
        """Say who has arrived, and return when the gate is open."""
        async with self.changed:
            self.seen.append(who)
            self.changed.notify_all()
        await self.opened.wait()
        return who

    async def arrived(self) -> list[Any]:
        """Who has called :meth:`wait`, in this order."""
        return self.seen

    async def until_arrived(self, number: int) -> list[Any]:
        """Return when so many have called :meth:`wait`."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.seen) >= number)
        return self.seen

    async def open(self) -> None:
        """Let everybody through, from now on."""
        self.opened.set()


class Mortal:
    """Counts its calls, and dies in every way there is."""

    def __init__(self, start: int = 0) -> None:
        self.calls = start

    def ping(self) -> int:
        self.calls += 1
        return self.calls

    def pid(self) -> int:
        return os.getpid()

    def exit(self, code: int) -> None:
        os._exit(code)

    def sys_exit(self, *code: Any) -> None:
        sys.exit(*code)

    def be_killed(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def die_once(self, path: Any) -> str:
        """Die at the first call of all, and answer at the second."""
        if path.exists():
            return "survived"
        path.touch()
        os._exit(1)


class Worker:
    """Doubles, and fails."""

    def double(self, value: int) -> int:
        return 2 * value

    def fail_at(self, value: int, bad: int) -> int:
        """Raise a ValueError if the value is the bad one."""
        if value == bad:
            raise ValueError(f"at {value}")
        return value
