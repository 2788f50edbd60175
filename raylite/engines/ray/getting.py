"""Values: put, get, wait and cancel, as Ray's.

In Ray: ``python/ray/_private/worker.py``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import ray

from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite.engines.ray.entries import ray_ref_of, ref_of
from raylite.engines.ray.errors import mapped
from raylite.engines.ray.generators import ray_generator_of
from raylite.engines.ray.rests import Rests
from raylite.engines.ray.slices import in_slices, wait_in_slices
from raylite.engines.ray.values import from_ray

__all__ = ["cancel", "get_all", "get_one", "put", "wait"]

Check = Callable[[], None] | None
_Split = tuple[list[Any], list[Any]]


def put(value: Any) -> ObjectRef[Any]:
    """Have Ray keep a value."""
    try:
        return ref_of(ray.put(value))
    except Exception as error:
        told = mapped(error)
        if told is error:
            raise
        raise told from None


def get_one(ref: ObjectRef[Any], timeout_s: float | None, check: Check) -> Any:
    """The value of one ref."""
    return _got(ray_ref_of(ref), timeout_s, check)


def get_all(refs: Sequence[ObjectRef[Any]], timeout_s: float | None, check: Check) -> list[Any]:
    """The values of several refs, or the first error."""
    found = _got([ray_ref_of(ref) for ref in refs], timeout_s, check)
    return [from_ray(value) for value in found]


def _got(of_ray: Any, timeout_s: float | None, check: Check) -> Any:
    """What Ray gives for its refs.

    Args:
        of_ray: a ref, or a list of them.
        timeout_s: how long to wait; None: without end.
        check: in a driver, raises if the cluster has gone away; None: not to be asked.
    """
    try:
        if check is None:
            # A time that is over is no time. Ray would wait without end, or end the process.
            return from_ray(
                ray.get(of_ray, timeout=None if timeout_s is None else max(timeout_s, 0))
            )
        found = in_slices(lambda left_s: ray.get(of_ray, timeout=left_s), timeout_s, check)
    except Exception as error:
        told = mapped(error)
        if told is error:
            raise
        raise told from None
    return from_ray(found)


def wait(
    refs: list[ObjectRef[Any]],
    num_returns: int,
    timeout_s: float | None,
    check: Check,
    rests: Rests | None,
    *,
    fetch_local: bool,
) -> tuple[list[ObjectRef[Any]], list[ObjectRef[Any]]]:
    """Split into those that are done, ``num_returns`` at most, and the rest.

    Args:
        refs: to be waited for.
        num_returns: how many are enough.
        timeout_s: how long to wait; None: without end.
        check: as in :func:`_got`.
        rests: remembers the rest for the next wait; None: it is not to be remembered.
        fetch_local: as Ray has it.
    """
    of_ray = rests.of_ray(refs) if rests is not None else None
    if of_ray is None:
        of_ray = _all_behind(refs)

    def split(left_s: float | None) -> _Split:
        found: _Split = ray.wait(
            of_ray, num_returns=num_returns, timeout=left_s, fetch_local=fetch_local
        )
        return found

    try:
        if check is None:
            ready, not_ready = split(timeout_s)
        else:
            ready, not_ready = wait_in_slices(split, num_returns, timeout_s, check)
    except Exception as error:
        told = _twice(of_ray) or mapped(error)
        if told is error:
            raise
        raise told from None
    done, rest = _split_alike(refs, of_ray, ready)
    if rests is not None:
        rests.keep(rest, not_ready)
    return done, rest


def _all_behind(refs: list[Any]) -> list[Any]:
    try:
        return [ref._entry.ray_ref for ref in refs]  # noqa: SLF001  # An entry of this engine.
    except AttributeError:  # A generator is among them, or a ref that leads nowhere.
        return [_waitable(ref) for ref in refs]


def _split_alike(refs: list[Any], of_ray: list[Any], ready: list[Any]) -> _Split:
    """Split raylite's refs as Ray has split its own, of which these are ready, in order."""
    done: list[Any] = []
    rest: list[Any] = []
    at = 0
    try:
        for one in ready:
            begin = at
            # Ray gives back the very objects: to compare those is cheaper than to hash refs.
            while of_ray[at] is not one:
                at += 1
            rest += refs[begin:at]
            done.append(refs[at])
            at += 1
    except IndexError:  # Its client makes new ones.
        equal = set(ready)
        is_done = [one in equal for one in of_ray]
        return (
            [ref for ref, yes in zip(refs, is_done, strict=True) if yes],
            [ref for ref, yes in zip(refs, is_done, strict=True) if not yes],
        )
    rest += refs[at:]
    return done, rest


def _twice(of_ray: list[Any]) -> ValueError | None:
    """What is wrong if a ref occurs twice, which is Ray's to notice."""
    if len(set(of_ray)) == len(of_ray):
        return None
    return ValueError("wait() takes a list of unique ObjectRefs, but one of them occurs twice.")


def _waitable(ref: Any) -> Any:
    return ray_generator_of(ref) if isinstance(ref, ObjectRefGenerator) else ray_ref_of(ref)


def cancel(ref: ObjectRef[Any] | ObjectRefGenerator, *, force: bool, recursive: bool) -> None:
    """Have Ray cancel a call."""
    try:
        ray.cancel(_waitable(ref), force=force, recursive=recursive)
    except Exception as error:
        told = mapped(error)
        if told is error:
            raise
        raise told from None
