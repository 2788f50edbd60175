"""Results of a pool that are there later: all at once, or one after the other.

In Ray: ``AsyncResult`` and ``IMapIterator`` in ``python/ray/util/multiprocessing/pool.py``.
"""

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Self

import raylite
from raylite.exceptions import RayTaskError
from raylite.object_ref import ObjectRef
from raylite.util.multiprocessing.processes import Chunk, Crew

__all__ = ["AsyncResult", "IMapIterator"]


class AsyncResult:
    """What ``apply_async`` and its like return: a result that may be there later.

    Args:
        chunks: the refs of the results.
        single: True if there is one result, not a list.
        callback: called in a thread with the result.
        error_callback: called in a thread with what the call raised.
    """

    def __init__(
        self,
        chunks: list[ObjectRef[Any]],
        *,
        single: bool = False,
        callback: Callable[[Any], Any] | None = None,
        error_callback: Callable[[Any], Any] | None = None,
    ) -> None:
        self._chunks = chunks
        self._single = single
        if callback is not None or error_callback is not None:
            tell = threading.Thread(target=self._tell, args=(callback, error_callback), daemon=True)
            tell.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the result is there, at most ``timeout`` seconds; None waits for ever."""
        if self._chunks:
            raylite.wait(self._chunks, num_returns=len(self._chunks), timeout=timeout)

    def ready(self) -> bool:
        """Whether the result, or an error, is there."""
        number = len(self._chunks)
        return not number or len(raylite.wait(self._chunks, num_returns=number, timeout=0)[1]) == 0

    def successful(self) -> bool:
        """Whether the call raised nothing.

        Raises:
            ValueError: if it has not ended.
        """
        if not self.ready():
            msg = f"{self!r} is not ready: wait() for it before you ask whether it succeeded."
            raise ValueError(msg)
        try:
            self.get()
        except Exception:
            return False
        return True

    def get(self, timeout: float | None = None) -> Any:
        """The result.

        Args:
            timeout: seconds to wait; None waits for ever.

        Raises:
            TimeoutError: the one of ``multiprocessing``, if it is not there in time.
            Exception: what the call raised.
        """
        self.wait(timeout)
        if timeout is not None and not self.ready():
            msg = f"The result was not there within {timeout} s."
            raise multiprocessing.TimeoutError(msg)
        results = [result for chunk in self._chunks for result in _results_of(chunk)]
        return results[0] if self._single else results

    def _tell(
        self,
        callback: Callable[[Any], Any] | None,
        error_callback: Callable[[Any], Any] | None,
    ) -> None:
        try:
            result = self.get()
        except Exception as error:
            if error_callback is not None:
                error_callback(error)
        else:
            if callback is not None:
                callback(result)


class IMapIterator:
    """What ``imap`` returns. It reads its iterable only a little ahead of whoever reads it.

    A call that raised raises here, and the next ``next`` goes on behind it.
    """

    def __init__(
        self,
        crew: Crew,
        function: Any,
        chunks: Iterator[Chunk],
        *,
        ordered: bool,
    ) -> None:
        self._crew = crew
        self._function = function
        self._chunks = chunks
        self._ordered = ordered
        self._running: list[ObjectRef[Any]] = []
        self._results: deque[Any] = deque()
        for _ in range(2 * len(crew.processes)):
            self._run_next()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        return self.next()

    def next(self, timeout: float | None = None) -> Any:
        """The next result.

        Args:
            timeout: seconds to wait for it; None waits for ever.

        Raises:
            StopIteration: if there are no more.
            TimeoutError: the one of ``multiprocessing``, if it is not there in time.
            Exception: what the call raised.
        """
        while not self._results:
            if not self._running:
                raise StopIteration
            candidates = self._running[:1] if self._ordered else self._running
            ready, _ = raylite.wait(candidates, timeout=timeout)
            if not ready:
                msg = f"The next result was not there within {timeout} s."
                raise multiprocessing.TimeoutError(msg)
            self._running.remove(ready[0])
            self._run_next()
            self._results.extend(_results_of(ready[0]))
        return self._results.popleft()

    def _run_next(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is not None:
            self._running.append(self._crew.run(self._function, chunk))


def _results_of(chunk: ObjectRef[Any]) -> list[Any]:
    """The results of a chunk; what a call raised is raised as it was, with its remote traceback."""
    try:
        results: list[Any] = raylite.get(chunk)
    except RayTaskError as error:
        raise error.cause from error
    return results
