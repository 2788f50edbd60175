"""The objects and calls of a session of one process, as ``raylite memory`` and tables show them.

In Ray: ``CoreWorker::HandleGetCoreWorkerStats``. No table is kept for this: whoever asks pays.
"""

import gc
import os
from typing import Any

from raylite._core.common.object_ref import ObjectRef
from raylite._core.core_worker.call_sites import described
from raylite.engines.inline.calls import Call
from raylite.engines.inline.entries import Entry, HandleEntry

__all__ = ["objects", "pending_calls"]


def objects(engine: Any) -> list[dict[str, Any]]:
    """One row an object that somebody can get."""
    found = gc.get_objects()
    entries = [one for one in found if type(one) in {Entry, HandleEntry} and one.home is engine]
    local = {id(one._entry) for one in found if type(one) is ObjectRef and hasattr(one, "_entry")}  # noqa: SLF001  # The entry behind a ref is the engine's own.
    calls = _calls(engine)
    used = {id(entry) for call in calls for entry in [*call.deps, *(call.contained or ())]}
    captured = {id(inner) for entry in entries for inner in entry.contained or ()}
    rows = []
    for entry in entries:
        kind = _kind(entry, used, local, captured)
        if kind is not None:
            rows.append(_row(engine, entry, kind))
    return rows


def _kind(entry: Entry, used: set[int], local: set[int], captured: set[int]) -> str | None:
    if type(entry) is HandleEntry:
        return "ACTOR_HANDLE"
    names = [
        ("USED_BY_PENDING_TASK", used),
        ("LOCAL_REFERENCE", local),
        ("CAPTURED_IN_OBJECT", captured),
    ]
    kind = next((name for name, entries in names if id(entry) in entries), None)
    return "PINNED_IN_MEMORY" if kind is None and entry.payload is not None else kind


def _row(engine: Any, entry: Entry, kind: str) -> dict[str, Any]:
    is_value = entry.payload is not None and type(entry) is not HandleEntry
    return {
        "object_id": entry.object_id.hex(),
        "object_size": len(entry.payload or b"") if is_value else -1,
        "task_status": "FINISHED" if entry.payload is not None else _state(entry.call),
        "reference_type": kind,
        "type": "DRIVER",
        "pid": os.getpid(),
        "owner_id": engine.worker_id,
        "borrower_ids": [],
        "stored": "INLINE" if is_value else "",
        "site": described(entry.site),
        "worker_id": engine.worker_id,
        "node_id": engine.plane.node_id,
    }


def pending_calls(engine: Any) -> list[dict[str, Any]]:
    """One row a call that has not ended."""
    return [
        {
            "task_id": call.task_id,
            "name": call.name,
            "actor_id": call.actor_id,
            "owner_id": call.owner_id,
            "parent_task_id": call.parent.task_id if call.parent is not None else None,
            "state": _state(call),
            "submitted_s": call.submitted_s,
            "required_resources": dict(call.options.resources) if call.actor is None else {},
            "worker_id": call.worker_id or engine.worker_id,
            "node_id": engine.plane.node_id,
        }
        for call in _calls(engine)
    ]


def _calls(engine: Any) -> list[Call]:
    found: list[Call] = engine.tasks.pending() + engine.tasks.running
    for box in engine.actors.all():
        found += box.pending() + box.running
    return found


def _state(call: Call | None) -> str:
    if call is None:
        return "NIL"
    if call.started_s:
        return "SUBMITTED_TO_WORKER"
    return "PENDING_NODE_ASSIGNMENT" if call.is_ready() else "PENDING_ARGS_AVAIL"
