"""The pool itself: ``multiprocessing.Pool``, method for method.

In Ray: ``Pool`` in ``python/ray/util/multiprocessing/pool.py``.
"""

import itertools
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import raylite
from raylite.object_ref import ObjectRef
from raylite.util.multiprocessing.processes import Chunk, Crew, PoolActor
from raylite.util.multiprocessing.results import AsyncResult, IMapIterator

__all__ = ["Pool"]

_CHUNKS_EACH = 4
"""How many chunks ``map`` makes for each process, so that a slow one does not hold up the rest."""

_Calls = list[tuple[Sequence[Any], Mapping[str, Any]]]
"""Positional and keyword arguments of each call."""


class Pool:
    """A fixed number of processes that call functions.

    Args:
        processes: how many; None: as many as there are CPUs.
        initializer: called in each process when it starts.
        initargs: its arguments.
        maxtasksperchild: after how many chunks a process is replaced by a new one.
        context: without effect; raylite starts its processes in its own way.
        ray_address: for ``raylite.init``, if there is no session yet.
        ray_remote_args: options for the actors, as in ``.options(...)``.

    Raises:
        ValueError: if ``processes`` is less than 1, or more than there are CPUs in the session.
        TypeError: if ``initializer`` is no function.
    """

    def __init__(  # noqa: PLR0917  # multiprocessing's signature, and Ray's
        self,
        processes: int | None = None,
        initializer: Any = None,
        initargs: Iterable[Any] | None = None,
        maxtasksperchild: int | None = None,
        context: Any = None,
        ray_address: str | None = None,
        ray_remote_args: Mapping[str, Any] | None = None,
    ) -> None:
        if initializer is not None and not callable(initializer):
            msg = f"Pool(initializer={initializer!r}): this has to be a function."
            raise TypeError(msg)
        if context is not None:
            logging.getLogger("raylite").warning("Pool(context=...) has no effect in raylite.")
        number = _number_of_processes(processes, ray_address)
        actor_class = raylite.remote(**{"num_cpus": 0, **(ray_remote_args or {})})(PoolActor)
        arguments = initializer, tuple(initargs or ())
        self._crew: Crew | None = Crew(
            number, lambda: actor_class.remote(*arguments), maxtasksperchild
        )
        self._last: list[ObjectRef[Any]] = []

    def apply(
        self,
        func: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The result of ``func(*args, **kwargs)``, run in one of the processes."""
        return self.apply_async(func, args, kwargs).get()

    def apply_async(
        self,
        func: Callable[..., Any],
        args: Sequence[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        callback: Callable[[Any], Any] | None = None,
        error_callback: Callable[[Any], Any] | None = None,
    ) -> AsyncResult:
        """The same without waiting.

        Args:
            func: any function.
            args: its positional arguments.
            kwargs: its keyword arguments.
            callback: called in a thread with the result.
            error_callback: called in a thread with what ``func`` raised.

        Raises:
            ValueError: if the pool was closed.
        """
        chunk = [(tuple(args or ()), dict(kwargs or {}))]
        refs = [self._running().run(func, chunk)]
        return AsyncResult(refs, single=True, callback=callback, error_callback=error_callback)

    def map(
        self, func: Callable[[Any], Any], iterable: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        """``[func(item) for item in iterable]``, in chunks of ``chunksize`` items."""
        results: list[Any] = self.map_async(func, iterable, chunksize).get()
        return results

    def map_async(
        self,
        func: Callable[[Any], Any],
        iterable: Iterable[Any],
        chunksize: int | None = None,
        callback: Callable[[Any], Any] | None = None,
        error_callback: Callable[[Any], Any] | None = None,
    ) -> AsyncResult:
        """The same without waiting.

        Raises:
            ValueError: if the pool was closed.
        """
        calls: _Calls = [((item,), {}) for item in iterable]
        return self._map_calls(func, calls, chunksize, callback, error_callback)

    def starmap(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
    ) -> list[Any]:
        """``[func(*items) for items in iterable]``, in chunks of ``chunksize`` calls."""
        calls: _Calls = [(tuple(items), {}) for items in iterable]
        results: list[Any] = self._map_calls(func, calls, chunksize, None, None).get()
        return results

    def starmap_async(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Iterable[Any]],
        callback: Callable[[Any], Any] | None = None,
        error_callback: Callable[[Any], Any] | None = None,
    ) -> AsyncResult:
        """The same without waiting.

        Raises:
            ValueError: if the pool was closed.
        """
        calls: _Calls = [(tuple(items), {}) for items in iterable]
        return self._map_calls(func, calls, None, callback, error_callback)

    def imap(
        self, func: Callable[[Any], Any], iterable: Iterable[Any], chunksize: int = 1
    ) -> IMapIterator:
        """``func`` of each item, one after the other; the iterable may be endless.

        Raises:
            ValueError: if the pool was closed.
        """
        return self._imap(func, iterable, chunksize, ordered=True)

    def imap_unordered(
        self, func: Callable[[Any], Any], iterable: Iterable[Any], chunksize: int = 1
    ) -> IMapIterator:
        """As :meth:`imap`, but whatever is ready first comes first."""
        return self._imap(func, iterable, chunksize, ordered=False)

    def close(self) -> None:
        """Take no more calls. The processes end when those there are have been answered."""
        if self._crew is not None:
            self._last = self._crew.unfinished()
            self._crew = None

    def terminate(self) -> None:
        """End the processes at once; results that are not there yet raise RayActorError."""
        if self._crew is not None:
            for process in self._crew.processes:
                raylite.kill(process.handle)
        self.close()

    def join(self) -> None:
        """Wait until all calls have been answered.

        Raises:
            ValueError: if the pool was neither closed nor terminated before.
        """
        if self._crew is not None:
            msg = "The pool is still running: call close() or terminate() before join()."
            raise ValueError(msg)
        if self._last:
            raylite.wait(self._last, num_returns=len(self._last))
            self._last = []

    def __enter__(self) -> Self:
        self._running()
        return self

    def __exit__(
        self,
        error_class: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.terminate()

    def _running(self) -> Crew:
        if self._crew is None:
            msg = "Pool not running: it was closed, or its 'with' block is over. Make a new one."
            raise ValueError(msg)
        return self._crew

    def _map_calls(
        self,
        func: Callable[..., Any],
        calls: _Calls,
        chunksize: int | None,
        callback: Callable[[Any], Any] | None,
        error_callback: Callable[[Any], Any] | None,
    ) -> AsyncResult:
        crew = self._running()
        if chunksize is not None and chunksize < 1:
            raise AssertionError(_too_small(chunksize))  # As in Ray.
        size = chunksize or max(1, math.ceil(len(calls) / (len(crew.processes) * _CHUNKS_EACH)))
        # Put, so that it is pickled once for all chunks.
        function = raylite.put(func)
        refs = [crew.run(function, chunk) for chunk in _chunks(calls, size)]
        return AsyncResult(refs, callback=callback, error_callback=error_callback)

    def _imap(
        self, func: Callable[[Any], Any], iterable: Iterable[Any], chunksize: int, *, ordered: bool
    ) -> IMapIterator:
        calls: Iterator[Any] = (((item,), {}) for item in iterable)
        if chunksize < 1:
            raise ValueError(_too_small(chunksize))  # As in multiprocessing.
        chunks = _chunks(calls, chunksize)
        return IMapIterator(self._running(), raylite.put(func), chunks, ordered=ordered)


def _number_of_processes(processes: int | None, address: str | None) -> int:
    if processes is not None and processes <= 0:
        msg = f"Pool({processes}): processes in the pool must be > 0."
        raise ValueError(msg)
    if not raylite.is_initialized():
        raylite.init(address, num_cpus=processes)
    cpus = int(raylite.cluster_resources().get("CPU", 0))
    if processes is not None and processes > cpus:
        msg = (
            f"Pool({processes}) was asked for in a session that has only {cpus} CPUs. Write "
            f"Pool() for as many processes as there are CPUs, or init(num_cpus={processes})."
        )
        raise ValueError(msg)
    return processes or max(1, cpus)


def _too_small(chunksize: int) -> str:
    return f"chunksize={chunksize!r}: a chunk has 1 item or more; None leaves its size to the pool."


def _chunks(calls: Iterable[Any], size: int) -> Iterator[Chunk]:
    rest = iter(calls)
    while chunk := list(itertools.islice(rest, size)):
        yield chunk
