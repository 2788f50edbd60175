"""The processes of a pool: which of them gets the next chunk, and when one is replaced.

In Ray: ``PoolActor`` in ``python/ray/util/multiprocessing/pool.py``.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import raylite
from raylite.object_ref import ObjectRef

__all__ = ["Chunk", "Crew", "PoolActor"]

Chunk = Sequence[tuple[Sequence[Any], Mapping[str, Any]]]
"""Positional and keyword arguments of each call."""


class PoolActor:
    """One process of a pool."""

    def __init__(self, initializer: Callable[..., Any] | None, initargs: Sequence[Any]) -> None:
        if initializer is not None:
            initializer(*initargs)

    @raylite.method(num_returns=2)
    def run(self, function: Callable[..., Any], chunk: Chunk) -> tuple[None, list[Any]]:
        """The results of a chunk. The None before tells that they are there, and keeps nothing."""
        return None, [function(*args, **kwargs) for args, kwargs in chunk]


class Process:
    """An actor, and what it has to do still."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.num_chunks = 0
        self._unfinished: deque[ObjectRef[Any]] = deque()

    def run(self, function: Any, chunk: Chunk) -> ObjectRef[Any]:
        done, results = self.handle.run.remote(function, chunk)
        self._unfinished.append(done)
        self.num_chunks += 1
        return results  # type: ignore[no-any-return]  # of two refs, the second

    def unfinished(self) -> list[ObjectRef[Any]]:
        # Chunks of one actor end in order: the first that is not done ends the search.
        while self._unfinished and raylite.wait([self._unfinished[0]], timeout=0)[0]:
            self._unfinished.popleft()
        return list(self._unfinished)


class Crew:
    """The processes of a pool. It lives for as long as anything may have to be run in it."""

    def __init__(self, number: int, make: Callable[[], Any], max_chunks: int | None = None) -> None:
        self._make = make
        self._max_chunks = max_chunks or math.inf
        self.processes = [Process(make()) for _ in range(number)]
        # Callbacks run in threads, and may ask for more to be run.
        self._lock = threading.Lock()

    def run(self, function: Any, chunk: Chunk) -> ObjectRef[Any]:
        """Give a chunk to the process that has the least to do."""
        with self._lock:
            loads = [len(process.unfinished()) for process in self.processes]
            index = loads.index(min(loads))
            if self.processes[index].num_chunks >= self._max_chunks:
                # The old one ends by itself, when it has nothing more to do.
                self.processes[index] = Process(self._make())
            return self.processes[index].run(function, chunk)

    def unfinished(self) -> list[ObjectRef[Any]]:
        """One ref for each chunk that has not been answered."""
        with self._lock:
            return [ref for process in self.processes for ref in process.unfinished()]
