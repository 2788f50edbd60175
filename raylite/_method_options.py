"""How the methods of actors are called: what ``@ray.method`` and ``.options`` say of it.

In Ray: ``ActorMethod._remote`` and ``ActorHandle`` in ``python/ray/actor.py``.
"""

import pickle
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from raylite.engines.base import ActorCalls, MethodOptions

__all__ = ["actor_calls", "method_options", "pack_method_options", "unpack_method_options"]

_USUAL = MethodOptions()


def method_options(options: Mapping[str, Any], declared: MethodOptions = _USUAL) -> MethodOptions:
    """What the engine is told of a call; ``options`` are checked.

    Args:
        options: as the user wrote them at the call, or in ``@ray.method``.
        declared: what ``@ray.method`` says, where ``options`` do not.
    """
    changes: dict[str, Any] = {
        field: options[keyword]
        for keyword, field in (
            ("name", "name"),
            ("concurrency_group", "group"),
            ("_generator_backpressure_num_objects", "items_ahead"),
            ("max_task_retries", "max_retries"),
        )
        if options.get(keyword) is not None
    }
    retry = options.get("retry_exceptions")
    if retry is not None:
        changes["retry_exceptions"] = retry if isinstance(retry, bool) else tuple(retry)
    if options.get("enable_task_events") is not None:
        changes["quiet"] = not options["enable_task_events"]
    return declared.replaced(**changes) if changes else declared


def pack_method_options(options: Mapping[str, Any]) -> bytes:
    """What ``@ray.method`` says, as it travels with handles; empty if there is nothing unusual.

    The group is left out, since the worker finds it with the method.
    """
    declared = method_options({**options, "concurrency_group": None})
    if declared == _USUAL:
        return b""
    if isinstance(declared.retry_exceptions, bool):
        return pickle.dumps(declared)
    import cloudpickle  # noqa: PLC0415  # Classes of the user's own; others need not wait for it.

    packed: bytes = cloudpickle.dumps(declared)
    return packed


@lru_cache(maxsize=512)
def unpack_method_options(packed: bytes) -> MethodOptions:
    """Undo :func:`pack_method_options`."""
    declared: MethodOptions = pickle.loads(packed) if packed else _USUAL
    return declared


def actor_calls(options: Mapping[str, Any], class_name: str, *, is_async: bool) -> ActorCalls:
    """What every handle of an actor is to know about its calls; ``options`` are checked.

    Args:
        options: as the user wrote them.
        class_name: for errors.
        is_async: whether the class has a coroutine among its methods.

    Raises:
        ValueError: if calls are to run in order where several run at once.
    """
    several = is_async or (options.get("max_concurrency") or 1) > 1
    any_order = options.get("allow_out_of_order_execution")
    if several and any_order is False:
        why = "it has async methods" if is_async else "its max_concurrency is above 1"
        msg = (
            f"{class_name} cannot run its calls in order, since {why} and so several run at once: "
            "write allow_out_of_order_execution=True, or leave it out."
        )
        raise ValueError(msg)
    limit = options.get("max_pending_calls")
    return ActorCalls(
        max_task_retries=options.get("max_task_retries") or 0,
        max_pending=-1 if limit is None else limit,
        in_order=not (several if any_order is None else any_order),
        quiet=options.get("enable_task_events") is False,
        items_ahead=options.get("_actor_generator_backpressure_num_objects") or -1,
    )
