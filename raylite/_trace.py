"""What ran where and when, as a trace that chrome://tracing and Perfetto show.

In Ray: ``python/ray/_private/profiling.py`` and ``ray.timeline``. Left out here: the parts of a
task (unpacking, running, packing), which are too short to be seen. Added: arrows from where a task
was submitted to where it ran, names for the rows, the creation of actors and their lives, how long
calls waited to be sent, and the messages between processes.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from raylite._core.common.events import (
    ActorStateChanged,
    Event,
    MessageSent,
    TaskEnded,
    WorkerStateChanged,
)
from raylite._core.common.states import ActorState, TaskState, WorkerState
from raylite._task_events import warn_if_off
from raylite._trace_actors import add_actors
from raylite._trace_format import Place, TraceFormat
from raylite._trace_messages import add_messages
from raylite.engines.base import Engine

__all__ = ["trace_of"]

_Row = Mapping[str, Any]
_ADDRESS: Final = "127.0.0.1"
_SUBMIT_S: Final = 1e-6
"""How long a submission is shown to take: an arrow begins at something that has a length."""
_SHORT_WAIT_S: Final = 1e-4
"""Waits that take no longer are not shown."""
_COLOURS: Final = {
    # Chrome's own names of colours; Perfetto chooses colours by itself.
    "submit": "background_memory_dump",
    "task": "rail_animation",
    "method": "generic_work",
    "creation": "rail_load",
    "failed": "terrible",
}
_ID_CHARS: Final = 56
"""Of a driver's or worker's id."""
_FORGOTTEN: Final[_Row] = {"worker_type": "WORKER", "pid": "?"}


def trace_of(engine: Engine) -> list[dict[str, Any]]:
    """The trace of a session."""
    engine.report("calls")  # So that every process has told of the calls that have ended.
    workers, actors = engine.state("worker_history"), engine.state("actors")
    session = engine.state("session")[0]
    warn_if_off("the timeline", session)
    return _Trace(workers, actors, session).of(engine.events())


class _Slice(NamedTuple):
    """Something that took a while in one process."""

    start_s: float
    end_s: float
    name: str
    kind: str
    args: dict[str, Any]
    arrives: bool
    """Whether an arrow points to it, from where it was submitted."""


class _Trace:
    """Makes a trace of the event log.

    Args:
        workers: rows of the processes, the drivers too.
        actors: rows of the actors.
        session: when it began.
    """

    def __init__(self, workers: Iterable[_Row], actors: Iterable[_Row], session: _Row) -> None:
        self._workers = {row["worker_id"]: row for row in workers}
        self._has_several_nodes = len({row["node_id"] for row in self._workers.values()}) > 1
        self._classes = {row["actor_id"]: row["class_name"] for row in actors}
        self._trace = TraceFormat(session["began_unix_s"])
        self._leased_s: dict[str, float] = {}
        self._class_in: dict[str, str] = {}
        self._slices: dict[str, list[_Slice]] = {}

    def of(self, events: list[Event]) -> list[dict[str, Any]]:
        """The trace."""
        lives = [event for event in events if isinstance(event, ActorStateChanged)]
        messages = [event for event in events if isinstance(event, MessageSent)]
        add_messages(self._trace, messages, self._place)
        add_actors(self._trace, lives, max((event.at_s for event in events), default=0.0))
        for event in events:
            match event:
                case WorkerStateChanged() if event.new is WorkerState.ACTOR:
                    self._leased_s[event.worker_id] = event.at_s
                case ActorStateChanged() if event.new is ActorState.ALIVE and event.worker_id:
                    self._note_creation(event, event.worker_id)
                case TaskEnded() if event.worker_id is not None:
                    self._note_task(event, event.worker_id)
        # The log may have forgotten a process that ended long ago, and not what ran there.
        forgotten = dict.fromkeys(self._slices, _FORGOTTEN)
        for worker_id, row in {**forgotten, **self._workers}.items():
            self._add_row(worker_id, row, self._slices.get(worker_id, []))
        return self._trace.trace()

    def _note_creation(self, event: ActorStateChanged, worker_id: str) -> None:
        self._class_in[worker_id] = event.class_name
        start_s = self._leased_s.get(worker_id, event.at_s)
        name = f"{event.class_name}.__init__"
        args = {"task_id": "f" * 16 + event.actor_id, "actor_id": event.actor_id}
        shown = f"{event.name}:{name}" if event.name else name
        self._slices.setdefault(worker_id, []).append(
            _Slice(start_s, event.at_s, shown, "creation", args, arrives=False)
        )

    def _note_task(self, event: TaskEnded, worker_id: str) -> None:
        class_name = self._classes.get(event.actor_id or "")
        name = event.name if class_name is None else f"{class_name}.{event.name}"
        kind = "task" if event.actor_id is None else "method"
        args: dict[str, Any] = {"task_id": event.task_id, "state": event.state.name}
        if event.actor_id is not None:
            args["actor_id"] = event.actor_id
        if event.state is TaskState.FAILED:
            kind, args["error_type"] = "failed", event.error_type
        self._add_submission(event, name)
        args |= {
            "args_bytes": event.args_bytes,
            "result_bytes": event.result_bytes,
            "queued_s": event.sent_s - event.submitted_s,
            "on_the_way_s": event.started_s - event.sent_s,
            "fetching_s": event.fetched_s,
        }
        self._slices.setdefault(worker_id, []).append(
            _Slice(event.started_s, event.ended_s, name, kind, args, arrives=True)
        )

    def _add_submission(self, event: TaskEnded, name: str) -> None:
        place, at_s = self._place(event.owner_id), event.submitted_s
        args = {"name": name, "task_id": event.task_id}
        shown = "submit_task"
        self._trace.slice(place, at_s, _SUBMIT_S, shown, shown, _COLOURS["submit"], args)
        self._trace.arrow_start("submission", event.task_id, place, at_s)
        if event.sent_s - at_s > _SHORT_WAIT_S:
            span_id = f"{event.task_id} waits"
            self._trace.span(place, at_s, event.sent_s, "queue", f"{name} waits", span_id)

    def _add_row(self, worker_id: str, row: _Row, slices: list[_Slice]) -> None:
        """A process's row; a further one for what ran there at the same time."""
        is_driver = row["worker_type"] == "DRIVER"
        kind = "driver" if is_driver else self._class_in.get(worker_id, "worker")
        free_s: list[float] = []
        for one in sorted(slices, key=lambda one: one.start_s):
            lane = next((at for at, end_s in enumerate(free_s) if end_s <= one.start_s), None)
            if lane is None:
                lane = len(free_s)
                free_s.append(0.0)
            free_s[lane] = one.end_s
            place = self._place(worker_id, lane)
            args = {"name": one.name, **one.args}
            start_s, took_s, colour = one.start_s, one.end_s - one.start_s, _COLOURS[one.kind]
            name = one.name
            self._trace.slice(place, start_s, took_s, f"task::{name}", name, colour, args)
            if one.arrives:
                self._trace.arrow_end("submission", one.args["task_id"], place, start_s)
        for lane in range(max(len(free_s), 1)):
            shown = f"{kind} pid={row['pid']}"
            self._trace.row(self._place(worker_id, lane), shown, 0 if is_driver else 1)

    def _place(self, worker_id: str, lane: int = 0) -> Place:
        """The row of a process, or of a part of the head."""
        kind, _, node_id = worker_id.partition(":")
        row = self._workers.get(worker_id, {"node_id": node_id})
        if worker_id in self._workers or len(worker_id) == _ID_CHARS:
            kind = f"{str(row.get('worker_type', 'WORKER')).lower()}:{worker_id}"
        elif node_id:
            kind = worker_id
        node = f" node {row.get('node_id', '')[:8]}" if self._has_several_nodes else ""
        more = f" {lane + 1}" if lane else ""
        return {"pid": f"{_ADDRESS}{node}", "tid": f"{kind}{more}"}
