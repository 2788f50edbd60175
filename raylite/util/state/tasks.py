"""The tasks of a session, put together from what its processes and its event log say.

In Ray: ``src/ray/gcs/gcs_task_manager.h``.

Three sources, each newer than the one before: the process that has submitted a task knows it from
the beginning; the event log says when it has been running for longer than a moment, and how it
ended. The creation of an actor is read from the actor's own events.
"""

from collections.abc import Mapping
from typing import Any

from raylite._core.common.events import (
    ActorStateChanged,
    Event,
    TaskEnded,
    TaskStateChanged,
    WorkerStateChanged,
)
from raylite._core.common.states import ActorState, WorkerState
from raylite._task_events import warn_if_off
from raylite.util.state.common import TaskState
from raylite.util.state.sources import Source

__all__ = ["tasks_of"]

_NO_TASK = "f" * 40
_NORMAL, _METHOD, _CREATION = "NORMAL_TASK", "ACTOR_TASK", "ACTOR_CREATION_TASK"


def tasks_of(source: Source) -> list[TaskState]:
    """All tasks that are remembered, oldest first."""
    return _Tasks(source).found()


class _Tasks:
    """Puts the tasks together."""

    def __init__(self, source: Source) -> None:
        engine = source.engine
        self._source = source
        self._actors: Mapping[str, dict[str, Any]] = {
            row["actor_id"]: row for row in engine.state("actors")
        }
        self._workers: Mapping[str, dict[str, Any]] = {
            row["worker_id"]: row for row in engine.state("worker_history")
        }
        self._rows: dict[str, dict[str, Any]] = {}
        self._leased_s: dict[str, float] = {}
        session = engine.state("session")[0]
        warn_if_off("the table of tasks", session)
        began_s = session["began_s"]
        pending, _ = engine.report("calls")
        for call in pending:
            self._note_pending(call, call["submitted_s"] - began_s)
        for event in engine.events():
            self._note(event)

    def found(self) -> list[TaskState]:
        """One row a task."""
        rows = sorted(self._rows.values(), key=lambda row: row["created_s"])
        return [self._state(row) for row in rows]

    def _note_pending(self, call: Mapping[str, Any], submitted_s: float) -> None:
        self._rows[call["task_id"]] = {
            **self._about(call["task_id"], call["name"], call["actor_id"], call["owner_id"]),
            "state": call["state"],
            "parent": call["parent_task_id"],
            "resources": call["required_resources"],
            "created_s": submitted_s,
        }

    def _note(self, event: Event) -> None:
        match event:
            case TaskStateChanged():
                self._note_running(event)
            case TaskEnded():
                self._note_end(event)
            case WorkerStateChanged() if event.new is WorkerState.ACTOR:
                self._leased_s[event.worker_id] = event.at_s
            case ActorStateChanged():
                self._note_actor(event)

    def _note_running(self, event: TaskStateChanged) -> None:
        row = self._row(event)
        if "end_s" in row:
            return  # Its owner was faster than its executor to tell of it.
        row.setdefault("created_s", event.at_s)
        row.update(state=event.new.name, worker_id=event.worker_id, start_s=event.at_s)

    def _note_end(self, event: TaskEnded) -> None:
        row = self._row(event)
        row.update(
            # Its executor may have told that it runs before it had read what it is called.
            name=self._about(event.task_id, event.name, event.actor_id, None)["name"],
            state=event.state.name,
            owner_id=event.owner_id,
            worker_id=event.worker_id or row.get("worker_id"),
            error_type=event.error_type,
            created_s=event.submitted_s,
            end_s=event.ended_s if event.worker_id else event.at_s,
        )
        if event.worker_id:
            row["start_s"] = event.started_s

    def _row(self, event: TaskStateChanged | TaskEnded) -> dict[str, Any]:
        about = self._about(event.task_id, event.name, event.actor_id, None)
        return self._rows.setdefault(event.task_id, about)

    def _about(
        self, task_id: str, name: str, actor_id: str | None, owner_id: str | None
    ) -> dict[str, Any]:
        actor = self._actors.get(actor_id or "")
        known = f"{actor['class_name']}.{name}" if actor is not None else name
        kind = _METHOD if actor_id else _NORMAL
        return {
            "task_id": task_id,
            "name": known,
            "actor_id": actor_id,
            "owner_id": owner_id,
            "type": kind,
        }

    def _note_actor(self, event: ActorStateChanged) -> None:
        """An actor is created by a task, too; its events tell of it."""
        task_id = "f" * 16 + event.actor_id
        name = f"{event.class_name}.__init__"
        row = self._rows.setdefault(
            task_id,
            {
                "task_id": task_id,
                "name": f"{event.name}:{name}" if event.name else name,
                "actor_id": event.actor_id,
                "type": _CREATION,
                "created_s": event.at_s,
                "state": "",
            },
        )
        if row["state"] in {"FINISHED", "FAILED"} and event.new is not ActorState.ALIVE:
            return
        row["state"] = _CREATION_STATES[event.new]
        row["worker_id"] = event.worker_id or row.get("worker_id")
        if event.new in {ActorState.ALIVE, ActorState.DEAD}:
            row["start_s"] = self._leased_s.get(event.worker_id or "")
            row["end_s"] = event.at_s
        if event.new is ActorState.DEAD:
            raised = self._actors.get(event.actor_id, {}).get("constructor_raised")
            row["error_type"] = "TASK_EXECUTION_EXCEPTION" if raised else "ACTOR_DIED"

    def _state(self, row: dict[str, Any]) -> TaskState:
        actor = self._actors.get(row["actor_id"] or "", {})
        worker_id = row.get("worker_id")
        worker = self._workers.get(worker_id or "", {})
        owner = self._workers.get(row.get("owner_id") or "", {})
        is_driver = owner.get("worker_type") == "DRIVER"
        job_id = actor.get("job_id") or owner.get("job_id") or self._source.job_id
        ms = self._source.ms
        return TaskState(
            task_id=row["task_id"],
            name=row["name"],
            state=row["state"],
            job_id=job_id,
            actor_id=row["actor_id"],
            type=row["type"],
            func_or_class_name=row["name"],
            parent_task_id=row.get("parent") or (_NO_TASK + job_id if is_driver else None),
            node_id=worker.get("node_id"),
            worker_id=worker_id,
            worker_pid=worker.get("pid"),
            error_type=row.get("error_type"),
            language="PYTHON",
            required_resources=row.get("resources"),
            placement_group_id=actor.get("placement_group_id"),
            events=self._events(row),
            creation_time_ms=ms(row["created_s"]),
            start_time_ms=ms(row.get("start_s")),
            end_time_ms=ms(row.get("end_s")),
            label_selector={},
        )

    def _events(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        """The states it went through, as far as their times are known."""
        times = [("PENDING_NODE_ASSIGNMENT", row["created_s"]), ("RUNNING", row.get("start_s"))]
        if row.get("end_s") is not None:
            times.append((row["state"], row["end_s"]))
        return [
            {"state": state, "created_ms": self._source.ms(at_s)}
            for state, at_s in times
            if at_s is not None
        ]


_CREATION_STATES = {
    ActorState.DEPENDENCIES_UNREADY: "PENDING_ARGS_AVAIL",
    ActorState.PENDING_CREATION: "PENDING_NODE_ASSIGNMENT",
    ActorState.ALIVE: "FINISHED",
    ActorState.RESTARTING: "PENDING_NODE_ASSIGNMENT",
    ActorState.DEAD: "FAILED",
}
