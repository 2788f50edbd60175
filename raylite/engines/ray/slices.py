"""Waiting in a driver: a second or two at a time, with a look at the cluster in between.

In Ray: ``ray.get`` waits until there is a value, or until Ray ends the program because the cluster
has not answered for a minute. Here who waits is told before that, by an error.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from ray.exceptions import GetTimeoutError

__all__ = ["in_slices", "wait_in_slices"]

_SLICE_S: Final = 2.0
"""Shorter than the moment that is left to those who wait when the connection is lost."""

_Split = tuple[list[Any], list[Any]]


def in_slices(
    get: Callable[[float], Any], timeout_s: float | None, check: Callable[[], None]
) -> Any:
    """What ``get`` gives.

    Args:
        get: called with seconds; raises Ray's GetTimeoutError when they are over.
        timeout_s: how long in all; None: without end.
        check: raises if there is nothing to wait for any more.

    Raises:
        GetTimeoutError: Ray's, if it was not there in time.
    """
    check()
    until = None if timeout_s is None else time.monotonic() + max(timeout_s, 0)
    while True:
        left_s = _SLICE_S if until is None else min(_SLICE_S, until - time.monotonic())
        try:
            return get(max(left_s, 0))
        except GetTimeoutError:
            check()
            if until is not None and time.monotonic() >= until:
                raise


def wait_in_slices(
    wait: Callable[[float], _Split],
    num_returns: int,
    timeout_s: float | None,
    check: Callable[[], None],
) -> _Split:
    """What ``wait`` gives once there is enough, or the time is over.

    Args:
        wait: called with seconds; splits into what is ready and what is not.
        num_returns: how many are enough.
        timeout_s: how long in all; None: without end.
        check: raises if there is nothing to wait for any more.
    """
    check()
    until = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        left_s = _SLICE_S if until is None else min(_SLICE_S, until - time.monotonic())
        split = wait(max(left_s, 0))
        if len(split[0]) >= num_returns:
            return split
        check()
        if until is not None and time.monotonic() >= until:
            return split
