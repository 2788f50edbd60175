"""Results in the order in which they come.

In Ray: ``python/ray/util/helpers.py``.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import raylite
from raylite.object_ref import ObjectRef

__all__ = ["as_completed", "map_unordered"]


def as_completed(
    refs: Sequence[ObjectRef[Any]],
    *,
    chunk_size: int = 10,
    yield_obj_refs: bool = False,
    **kwargs: Any,
) -> Iterator[Any]:
    """Go through values as they become ready.

    Args:
        refs: a list of different refs.
        chunk_size: for how many of them to wait before they are handed on.
        yield_obj_refs: True gives the refs instead of their values.
        kwargs: further arguments for ``wait``, such as ``timeout``: the seconds after which less
            than a chunk is handed on.

    Raises:
        TypeError: for a single ref.
        ValueError: for a chunk size below 1, or ``num_returns`` among the further arguments.
        RayError: what a value's ``get`` raises.
    """
    if isinstance(refs, ObjectRef):
        msg = f"as_completed({refs!r}): one ref has no len(). Write as_completed([ref])."
        raise TypeError(msg)
    _check(chunk_size, kwargs)
    number = len(refs)
    pending: Any = refs
    while number:
        ready, pending = raylite.wait(pending, num_returns=min(chunk_size, number), **kwargs)
        number = len(pending)
        yield from ready if yield_obj_refs else raylite.get(ready)


def map_unordered(
    fn: Any,
    items: Iterable[Any],
    *,
    backpressure_size: int | None = 100,
    chunk_size: int = 10,
    yield_obj_refs: bool = False,
    **kwargs: Any,
) -> Iterator[Any]:
    """Call a remote function or an actor's method for each item, and go through the results.

    Args:
        fn: what has ``.remote``.
        items: its argument, one after the other.
        backpressure_size: how many calls may be under way; None: any number.
        chunk_size: for how many of them to wait before they are handed on.
        yield_obj_refs: True gives the refs instead of their values.
        kwargs: further arguments for ``wait``.

    Raises:
        ValueError: for a number below 1, or ``num_returns`` among the further arguments.
        AttributeError: if ``fn`` has no ``.remote``.
        RayError: what a result's ``get`` raises.
    """
    if backpressure_size is not None and backpressure_size <= 0:
        msg = f"map_unordered(backpressure_size={backpressure_size!r}): it has to be positive."
        raise ValueError(msg)
    _check(chunk_size, kwargs)
    if not hasattr(fn, "remote"):
        msg = (
            f"map_unordered({fn!r}, ...): {type(fn).__name__!r} object has no attribute 'remote'. "
            "Give it a remote function, as ray.remote(function), or a method of a handle."
        )
        raise AttributeError(msg)
    left = iter(items)
    pending: list[ObjectRef[Any]] = []
    while True:
        room = None if backpressure_size is None else max(0, backpressure_size - len(pending))
        pending += [fn.remote(item) for item in islice(left, room)]
        if not pending:
            return
        number = min(chunk_size, len(pending))
        ready, pending = raylite.wait(pending, num_returns=number, **kwargs)
        yield from ready if yield_obj_refs else raylite.get(ready)


def _check(chunk_size: int, of_wait: dict[str, Any]) -> None:
    if chunk_size < 1:
        msg = f"`chunk_size` must be >= 1, and it is {chunk_size!r}."
        raise ValueError(msg)
    if "num_returns" in of_wait:
        msg = "num_returns is what `chunk_size` stands for here: use that argument instead."
        raise ValueError(msg)
