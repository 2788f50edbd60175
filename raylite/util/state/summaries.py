"""Tables in a few numbers.

In Ray: the ``...Summaries`` classes of ``python/ray/util/state/common.py``.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from raylite._memory_rows import DISABLED
from raylite.util.state.common import ActorState, ObjectState, TaskState

__all__ = ["actor_summary", "object_summary", "task_summary"]

_BYTES_PER_MB: Final = 1024 * 1024


def task_summary(tasks: Sequence[TaskState]) -> dict[str, Any]:
    """Tasks by function."""
    types = Counter(task.type for task in tasks)
    return {
        "summary": _by_state(
            tasks,
            lambda task: {"func_or_class_name": task.func_or_class_name, "type": task.type},
            "func_or_class_name",
        ),
        "total_tasks": types["NORMAL_TASK"],
        "total_actor_tasks": types["ACTOR_TASK"],
        "total_actor_scheduled": types["ACTOR_CREATION_TASK"],
        "summary_by": "func_name",
    }


def actor_summary(actors: Sequence[ActorState]) -> dict[str, Any]:
    """Actors by class."""
    return {
        "summary": _by_state(actors, lambda actor: {"class_name": actor.class_name}, "class_name"),
        "total_actors": len(actors),
        "summary_by": "class",
    }


def object_summary(objects: Sequence[ObjectState]) -> dict[str, Any]:
    """Objects by the line of the program that has made them."""
    sites: dict[str, list[ObjectState]] = {}
    for one in objects:
        sites.setdefault(one.call_site, []).append(one)
    return {
        "summary": {site: _objects_of(found) for site, found in sites.items()},
        "total_objects": len(objects),
        "total_size_mb": _megabytes(objects),
        "callsite_enabled": any(site != DISABLED for site in sites),
        "summary_by": "callsite",
    }


def _objects_of(objects: Sequence[ObjectState]) -> dict[str, Any]:
    return {
        "total_objects": len(objects),
        "total_size_mb": _megabytes(objects),
        "total_num_workers": len({one.pid for one in objects}),
        "total_num_nodes": len({one.ip for one in objects}),
        "task_state_counts": dict(Counter(one.task_status for one in objects)),
        "task_attempt_number_counts": dict(Counter(str(one.attempt_number) for one in objects)),
        "ref_type_counts": dict(Counter(one.reference_type for one in objects)),
    }


def _megabytes(objects: Sequence[ObjectState]) -> float:
    return sum(max(one.object_size, 0) for one in objects) / _BYTES_PER_MB


def _by_state(
    found: Sequence[Any], describe: Callable[[Any], dict[str, Any]], key: str
) -> dict[str, dict[str, Any]]:
    summary: dict[str, dict[str, Any]] = {}
    for one in found:
        about = describe(one)
        entry = summary.setdefault(about[key], {**about, "state_counts": {}})
        counts = entry["state_counts"]
        counts[one.state] = counts.get(one.state, 0) + 1
    return summary
