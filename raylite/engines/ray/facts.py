"""Where the calling code runs, as Ray tells it.

In Ray: ``python/ray/runtime_context.py``. Ray's client knows less of it: what it does not know is
left empty.
"""

from collections.abc import Callable, Mapping
from typing import Any

import ray

from raylite._core.common.environment import Environment
from raylite._core.common.ids import ActorID, JobID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.scheduling_strategy import SchedulingStrategy
from raylite.engines.base import RuntimeFacts
from raylite.engines.ray import own_actor

__all__ = ["facts", "is_in_worker"]


def is_in_worker() -> bool:
    """Whether this process is a worker of Ray's."""
    return bool(_known(lambda: ray.get_runtime_context().worker.mode == ray.WORKER_MODE))


def facts(*, is_driver: bool, namespace: str, origin: int) -> RuntimeFacts:
    """Where the calling code runs.

    Args:
        is_driver: whether it is no worker.
        namespace: of the session.
        origin: the cell that has caused what runs.
    """
    context = ray.get_runtime_context()
    actor_id = None if is_driver else _known(context.get_actor_id)
    return RuntimeFacts(
        job_id=JobID(_known(context.get_job_id) or ""),
        node_id=NodeID(_known(context.get_node_id) or ""),
        worker_id=WorkerID(_known(context.get_worker_id) or ""),
        actor_id=None if actor_id is None else ActorID(actor_id),
        actor_name=None if actor_id is None else _known(context.get_actor_name) or None,
        task_id=None if is_driver else _known(context.get_task_id),
        task_name=None if is_driver else _known(context.get_task_name),
        namespace=_known(lambda: context.namespace) or namespace,
        is_driver=is_driver,
        function_name=None if is_driver else _known(context.get_task_function_name),
        is_async=_is_async() if actor_id is not None else False,
        environment=_environment(_known(lambda: context.runtime_env) or {}),
        num_restarts=_known(lambda: own_actor.num_restarts(actor_id)) or 0 if actor_id else 0,
        assigned_resources={} if is_driver else _known(context.get_assigned_resources) or {},
        gpu_ids=() if is_driver else tuple(_known(ray.get_gpu_ids) or ()),
        strategy=_strategy(context),
        actor_handle=own_actor.packed_handle(),
        origin=origin,
    )


def _known(ask: Callable[[], Any]) -> Any:
    """What Ray answers; None where it does not know."""
    try:
        return ask()
    except Exception:  # Of many kinds; each means that it is not known here.
        return None


def _is_async() -> bool:
    import asyncio  # noqa: PLC0415  # Only actors ask.

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _environment(runtime_env: Mapping[str, Any]) -> Environment:
    return Environment(
        env_vars=dict(runtime_env.get("env_vars") or {}),
        working_dir=str(runtime_env.get("working_dir") or ""),
    )


def _strategy(context: Any) -> SchedulingStrategy:
    group_id = _known(context.get_placement_group_id)
    captures = _known(lambda: context.should_capture_child_tasks_in_placement_group)
    return SchedulingStrategy(
        group_id=None if group_id is None else PlacementGroupID(group_id),
        captures_children=bool(captures),
    )
