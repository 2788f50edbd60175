"""A fixed set of actors that share the work: ``ActorPool([a, b]).map(...)``.

In Ray: ``python/ray/util/actor_pool.py``. Left out here: nothing.

A pool is a plain object that keeps books about three things: the actors that are idle, the calls
whose results nobody has taken yet, and the values that wait for an actor. An actor is free for
the next value as soon as somebody asks for its result: before that is waited for, so that the
actor always has something to do, and before it can raise, so that an error costs no actor.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import raylite
from raylite.actor import ActorHandle
from raylite.object_ref import ObjectRef, ObjectRefGenerator

__all__ = ["ActorPool"]

_Call = Callable[[ActorHandle, Any], Any]
"""Makes a call: ``lambda actor, value: actor.double.remote(value)``."""


class ActorPool:
    """Spreads calls over actors, and gives the results in order or as they come.

    A pool may be passed to a task or an actor, which gets a copy of the books.

    Args:
        actors: handles of actors that nobody else keeps busy.

    Raises:
        TypeError: for a single handle.
    """

    def __init__(self, actors: Iterable[ActorHandle]) -> None:
        if isinstance(actors, ActorHandle):
            msg = f"ActorPool({actors!r}): one handle is not iterable. Write ActorPool([handle])."
            raise TypeError(msg)
        self._idle = list(actors)
        self._waiting: deque[tuple[_Call, Any]] = deque()
        # What was called and not taken yet, oldest first, by the number of the call.
        self._calls: dict[int, tuple[Any, ActorHandle]] = {}
        self._num_calls = 0
        self._next_number = 0
        # The numbers by what is waited for, oldest first; None before anybody has wanted them.
        self._numbers: dict[Any, int] | None = None

    def map(self, fn: _Call, values: Iterable[Any]) -> Iterator[Any]:
        """Call ``fn`` for each value; the results come in the order of the values.

        What was submitted before is given up: nobody will see its results.

        Args:
            fn: makes a call, as ``lambda actor, value: actor.double.remote(value)``.
            values: all are submitted at once; the results are waited for one at a time.

        Returns:
            A generator. It ends where a call raised; :meth:`get_next` has the results after that.
        """
        self._submit_all(fn, values)
        return self._results(self.get_next)

    def map_unordered(self, fn: _Call, values: Iterable[Any]) -> Iterator[Any]:
        """As :meth:`map`, but whatever is ready first comes first."""
        self._submit_all(fn, values)
        return self._results(self.get_next_unordered)

    def submit(self, fn: _Call, value: Any) -> None:
        """Have ``fn(actor, value)`` called with the next idle actor: now, or once there is one.

        Args:
            fn: makes a call, as ``lambda actor, value: actor.double.remote(value)``.
            value: anything.

        Raises:
            ValueError: if ``fn`` gives something else than ``.remote(...)`` does.
        """
        if not self._idle:
            self._waiting.append((fn, value))
            return
        actor = self._idle.pop()
        try:
            ref = _checked(fn(actor, value))
        except BaseException:
            # Nothing was called: the actor is as idle as before.
            self._idle.append(actor)
            raise
        self._calls[self._num_calls] = ref, actor
        if self._numbers is not None:
            self._numbers[_last(ref)] = self._num_calls
        self._num_calls += 1

    def get_next(self, timeout: float | None = None, ignore_if_timedout: bool = False) -> Any:  # noqa: FBT001, FBT002  # Ray's signature
        """The result of the call that was submitted first, of those not taken yet.

        Args:
            timeout: seconds to wait; None waits for ever.
            ignore_if_timedout: True gives the call up if it is not done in time.

        Raises:
            StopIteration: if nothing was submitted, or all of it was taken.
            TimeoutError: if it was not done in time.
            ValueError: if :meth:`get_next_unordered` has taken the result of a later call.
            Exception: whatever the call raised.
        """
        self._check_has_next()
        if self._next_number not in self._calls:
            msg = (
                "get_next() cannot tell which result comes next, since get_next_unordered() has "
                "taken a later one. Take the others with get_next_unordered() as well."
            )
            raise ValueError(msg)
        number = self._next_number
        ref, _ = self._calls[number]
        ready = timeout is None or raylite.wait([_last(ref)], timeout=timeout)[0]
        return self._taken(number, bool(ready), ignore_if_timedout)

    def get_next_unordered(
        self,
        timeout: float | None = None,
        ignore_if_timedout: bool = False,  # noqa: FBT001, FBT002  # Ray's signature
    ) -> Any:
        """The result of a call that is done, whichever that is.

        Args:
            timeout: seconds to wait; None waits for ever.
            ignore_if_timedout: True gives the oldest call up if none is done in time.

        Raises:
            StopIteration: if nothing was submitted, or all of it was taken.
            TimeoutError: if none was done in time.
            Exception: whatever the call raised.
        """
        self._check_has_next()
        numbers = self._numbers
        if numbers is None or len(numbers) != len(self._calls):  # A ref may have come twice.
            numbers = {_last(ref): number for number, (ref, _) in self._calls.items()}
            self._numbers = numbers
        ready, _ = raylite.wait(list(numbers), timeout=timeout)
        number = numbers[ready[0]] if ready else next(iter(self._calls))
        return self._taken(number, bool(ready), ignore_if_timedout)

    def has_next(self) -> bool:
        """Whether a call was made whose result nobody has taken."""
        return bool(self._calls)

    def has_free(self) -> bool:
        """Whether an actor is idle, and no value waits for it."""
        return bool(self._idle) and not self._waiting

    def push(self, actor: ActorHandle) -> None:
        """Add an actor.

        Raises:
            ValueError: if it is in the pool already.
        """
        busy = [actor for _, actor in self._calls.values()]
        if actor in self._idle or actor in busy:
            msg = f"{actor!r} already belongs to this ActorPool: it cannot be pushed again."
            raise ValueError(msg)
        self._make_idle(actor)

    def pop_idle(self) -> ActorHandle | None:
        """Take an idle actor out of the pool; None if :meth:`has_free` says that there is none."""
        return self._idle.pop() if self.has_free() else None

    def _submit_all(self, fn: _Call, values: Iterable[Any]) -> None:
        while self._calls:
            # What waits for an actor is called in turn, and given up as well.
            self._release(next(iter(self._calls)))
        for value in values:
            self.submit(fn, value)

    def _results(self, get_next: Callable[[], Any]) -> Iterator[Any]:
        while self.has_next():
            yield get_next()

    def _check_has_next(self) -> None:
        if not self._calls:
            msg = "No more results to get: everything that was submitted has been taken."
            raise StopIteration(msg)

    def _taken(self, number: int, ready: bool, ignore: bool) -> Any:  # noqa: FBT001  # both are named where they come from
        """The result of a call; its actor goes on with the next value first."""
        if not ready and not ignore:
            msg = "Timed out waiting for a result. The call goes on, and can be waited for again."
            raise TimeoutError(msg)
        ref = self._release(number)
        if not ready:
            msg = f"Timed out waiting for a result. The call behind {ref!r} has been ignored."
            raise TimeoutError(msg)
        return raylite.get(ref)

    def _release(self, number: int) -> Any:
        ref, actor = self._calls.pop(number)
        if self._numbers is not None:
            self._numbers.pop(_last(ref), None)
        self._next_number = max(self._next_number, number + 1)
        self._make_idle(actor)
        return ref

    def _make_idle(self, actor: ActorHandle) -> None:
        self._idle.append(actor)
        if self._waiting:
            self.submit(*self._waiting.popleft())


def _last(result: Any) -> Any:
    """What to wait for: of several refs, the last one."""
    return result[-1] if isinstance(result, list) and result else result


def _checked(result: Any) -> Any:
    if isinstance(_last(result), ObjectRef | ObjectRefGenerator):
        return result
    msg = (
        f"The function given to an ActorPool has to make a call and return its ObjectRef, as in "
        f"'lambda actor, value: actor.double.remote(value)', but it returned {result!r}."
    )
    raise ValueError(msg)
