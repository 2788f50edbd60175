"""A creation and calls told by hand, for tests of the flows that need no session."""

from typing import Any

from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import GCS, Event, MessageSent, TaskEnded
from raylite._core.common.states import ActorState, TaskState
from raylite.notebook.world.world import World
from tests.notebook.world_events import ACTOR, DRIVER, NODE, WORKER, actor_moves, registered

__all__ = ["call", "creation", "message", "world_of"]

RAYLET = f"raylet:{NODE}"


def world_of(*events: Event) -> World:
    """What is known after these events."""
    world = World()
    world.fold(EventBatch(events=events))
    return world


def call(number: int, submitted_s: float, **changes: Any) -> TaskEnded:
    """A call of the driver's that took 30 ms, unless it is said otherwise."""
    values: dict[str, Any] = {
        "task_id": f"{number:048x}",
        "name": "Accounting.add",
        "actor_id": ACTOR,
        "owner_id": DRIVER,
        "state": TaskState.FINISHED,
        "submitted_s": submitted_s,
        "sent_s": submitted_s,
        "started_s": submitted_s + 0.01,
        "ended_s": submitted_s + 0.02,
        "at_s": submitted_s + 0.03,
        "worker_id": WORKER,
        "args_bytes": 26,
        "result_bytes": 5,
    }
    return TaskEnded(**(values | changes))


def message(kind: str, source: str, target: str, sent_s: float, size: int = 100) -> MessageSent:
    """A message about the actor; one without bytes is inside the head."""
    return MessageSent(
        kind=kind,
        source_id=source,
        target_id=target,
        about=ACTOR,
        size_bytes=size,
        sent_s=sent_s,
        at_s=sent_s + (0.0001 if size else 0.0),
    )


def creation(num_calls: int = 3) -> list[Event]:
    """An ordinary actor, and calls that were made before it was there."""
    calls = [
        call(
            number,
            1.002 + number / 1e5,
            sent_s=1.012 + number / 1e5,
            started_s=1.02 + number / 1e3,
            ended_s=1.0205 + number / 1e3,
            at_s=1.05,
        )
        for number in range(num_calls)
    ]
    why = "the constructor's arguments are ready"
    return [
        message("RegisterActor", DRIVER, GCS, 1.0),
        message("ActorDependenciesReady", DRIVER, GCS, 1.0005),
        registered(at_s=1.001),
        actor_moves(ActorState.DEPENDENCIES_UNREADY, 1.0011),
        actor_moves(ActorState.PENDING_CREATION, 1.0012, why=why),
        message("RequestWorkerLease", GCS, RAYLET, 1.0013, size=0),
        message("ActorWorkerLeased", RAYLET, GCS, 1.005, size=0),
        message("CreateActor", GCS, WORKER, 1.006),
        message("CreationFinished", WORKER, GCS, 1.01),
        actor_moves(ActorState.ALIVE, 1.011, worker_id=WORKER),
        message("ActorUpdate", GCS, DRIVER, 1.0111),
        *calls,
    ]
