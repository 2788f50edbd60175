"""Calling off what was called.

In Ray: ``cancel`` in ``python/ray/_private/worker.py``.
"""

from typing import Any

from raylite import _engine
from raylite._core.common.object_ref import ObjectRef
from raylite._core.common.object_ref_generator import ObjectRefGenerator
from raylite.actor import ActorHandle

__all__ = ["cancel"]


def cancel(
    ray_waitable: ObjectRef[Any] | ObjectRefGenerator,
    *,
    force: bool = False,
    recursive: bool = True,
) -> None:
    """Cancel a call whose value is not wanted any more.

    1. If it waits, it never runs: its refs raise TaskCancelledError at once.
    2. A task that runs is interrupted, in the middle of a ``time.sleep`` too: KeyboardInterrupt is
       raised in it. If it catches that and returns, its value counts.
    3. A method that runs in an actor goes on, since the actor's state is to stay whole; its ref
       raises TaskCancelledError at once. It may ask ``get_runtime_context().is_canceled()``. An
       ``async`` method gets ``asyncio.CancelledError``.
    4. If it has ended, or the ref is of a value that was put, nothing happens.

    A cancelled call is never tried again.

    Args:
        ray_waitable: a ref of the call, or the generator that it gave.
        force: end the worker process that runs the task. Not for methods of actors.
        recursive: cancel the calls that the call's own code has made, too.

    Raises:
        TypeError: if ``ray_waitable`` is neither a ref nor a generator.
        ValueError: if ``force`` is set and it is a call of an actor's method.
    """
    if not isinstance(ray_waitable, ObjectRef | ObjectRefGenerator):
        raise TypeError(_no_ref(ray_waitable))
    engine = _engine.get_or_none()
    if engine is not None:  # Else the call has ended with its session.
        engine.cancel(ray_waitable, force=bool(force), recursive=bool(recursive))


def _no_ref(value: Any) -> str:
    if isinstance(value, ActorHandle):
        advice = "To end an actor, write ray.kill(handle)."
    elif isinstance(value, list | tuple | set):
        advice = "Write [ray.cancel(ref) for ref in refs]."
    else:
        advice = "Give it what .remote() returned."
    kind = type(value).__name__
    return f"cancel() is only supported for object refs, and got an object of type {kind}. {advice}"
