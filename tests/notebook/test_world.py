"""The world that the pictures are drawn from: folded from events, bounded, and never surprised."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.event_batch import CallRows, EventBatch
from raylite._core.common.events import (
    Event,
    ObjectSealed,
    ObjectsFreed,
    PendingCallsChanged,
    TaskEnded,
    TaskStateChanged,
    WorkerStateChanged,
)
from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.states import ActorState, TaskState, WorkerState
from raylite._core.common.task_rows import ROW_BYTES, Label, TaskRows, packed_row
from raylite.notebook.world import world as world_module
from raylite.notebook.world.tables import RECENT_CALLS
from raylite.notebook.world.unsure import take_unsure
from raylite.notebook.world.world import World
from tests.notebook.world_events import (
    ACTOR,
    BATCHES,
    DRIVER,
    NODE,
    WORKER,
    actor_moves,
    registered,
)

WORK: Label = ("Accounting.add", ACTOR, None, WORKER)
FAILED: Label = ("Accounting.add", ACTOR, "TASK_EXECUTION_EXCEPTION", WORKER)


def world_of(*events: Event) -> World:
    world = World()
    world.fold(EventBatch(events=events))
    return world


def worker_moves(new: WorkerState, at_s: float) -> WorkerStateChanged:
    return WorkerStateChanged(
        worker_id=WORKER, node_id=NODE, pid=7, old=None, new=new, at_s=at_s, why=""
    )


def running(task_id: str, worker_id: WorkerID = WORKER) -> TaskStateChanged:
    return TaskStateChanged(
        task_id=task_id,
        name="Accounting.add",
        actor_id=ACTOR,
        worker_id=worker_id,
        new=TaskState.RUNNING,
        at_s=3.0,
    )


def pending(number: int, owner_id: WorkerID = DRIVER, at_s: float = 3.0) -> PendingCallsChanged:
    return PendingCallsChanged(
        owner_id=owner_id, actor_id=ACTOR, pending=number, queued=0, at_s=at_s
    )


def rows_of(*labels: Label, first: int = 1) -> CallRows:
    """Calls that ended, one for each label, numbered from ``first``."""
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    packed = (
        packed_row(
            (100.0 + at, 100.1 + at, 100.3 + at, 100.6 + at),
            (5, 6),
            first + at,
            (0.0, 0.0),
            numbers[label],
        )
        for at, label in enumerate(labels)
    )
    told = {number: label for label, number in numbers.items()}
    return CallRows(
        owner_id=DRIVER, rows=TaskRows(labels=told, rows=b"".join(packed)), began_s=100.0
    )


def task_id(number: int) -> str:
    return f"{DRIVER[:32]}{number:016x}"


def test_what_ended_before_it_was_told_to_run_does_not_run() -> None:
    world = world_of(registered(), actor_moves(ActorState.ALIVE))
    world.fold(EventBatch(calls=(rows_of(WORK, first=1),), events=(), dropped=0))
    world.fold(EventBatch(calls=(), events=(running(task_id(1)).replaced(at_s=0.2),), dropped=0))
    assert not world.running
    assert not world.actors[ACTOR].running
    world.fold(EventBatch(calls=(), events=(running(task_id(2)).replaced(at_s=0.2),), dropped=0))
    assert list(world.running) == [task_id(2)]


def full_world(*events: TaskStateChanged) -> World:
    """Of a log that has let calls go: the oldest that it kept ended at 0.6 s."""
    world = World()
    calls = (rows_of(*(WORK,) * 95_000, first=1),)
    world.fold(EventBatch(events=events, calls=calls, dropped=5))
    return world


def test_what_may_have_ended_before_the_log_began_is_unsure() -> None:
    old = running(task_id(200_001)).replaced(at_s=0.5)
    new = running(task_id(200_002)).replaced(at_s=2.0)
    waits = running(task_id(200_003)).replaced(at_s=0.1, new=TaskState.SUBMITTED_TO_WORKER)
    world = full_world(old, new, waits)
    assert take_unsure(world) == [old, waits]
    assert list(world.running) == [new.task_id]
    assert not world.waiting


def test_where_the_log_has_all_calls_everything_is_sure() -> None:
    world = world_of(running(task_id(7)).replaced(at_s=0.1))
    world.fold(EventBatch(events=(), calls=(rows_of(WORK),), dropped=5))
    assert take_unsure(world) == ()
    assert list(world.running) == [task_id(7)]


def test_an_actor_is_what_was_told_of_it_last() -> None:
    world = world_of(
        registered(name="till", max_restarts=3, resources={"CPU": 1}),
        actor_moves(ActorState.PENDING_CREATION, 2.0),
        worker_moves(WorkerState.ACTOR, 2.5),
        actor_moves(ActorState.ALIVE, 3.0, name="till", worker_id=WORKER),
        actor_moves(ActorState.RESTARTING, 4.0, name="till", num_restarts=1, why="killed"),
    )
    actor = world.actors[ACTOR]
    assert (actor.state, actor.why, actor.name) == (ActorState.RESTARTING, "killed", "till")
    assert (actor.num_restarts, actor.restarts_left) == (1, 2)
    assert [step.new for step in actor.life] == [
        ActorState.PENDING_CREATION,
        ActorState.ALIVE,
        ActorState.RESTARTING,
    ]
    assert world.actor_in(WORKER) is actor
    assert world.at_s == 4.0


@pytest.mark.parametrize(("max_restarts", "left"), [(0, 0), (3, 1), (-1, None)])
def test_restarts_that_are_left_are_counted_from_those_there_were(
    max_restarts: int, left: int | None
) -> None:
    world = world_of(
        registered(max_restarts=max_restarts),
        actor_moves(ActorState.ALIVE, num_restarts=2 if max_restarts else 0),
    )
    assert world.actors[ACTOR].restarts_left == left


def test_calls_are_counted_for_their_actor_method_and_process() -> None:
    world = world_of(
        worker_moves(WorkerState.ACTOR, 1.0),
        registered(),
        actor_moves(ActorState.ALIVE, worker_id=WORKER),
    )
    world.fold(EventBatch(events=(), calls=(rows_of(WORK, WORK, FAILED),)))
    actor = world.actors[ACTOR]
    assert (actor.num_finished, actor.num_failed) == (2, 1)
    assert actor.by_method == Counter(add=3)
    assert world.processes[WORKER].num_ended == 3
    assert world.failed_by_name == Counter({("Accounting.add", ACTOR): 1})
    assert [call.state for call in actor.recent] == [
        *(TaskState.FINISHED, TaskState.FINISHED),
        TaskState.FAILED,
    ]


def test_a_rare_call_is_not_lost_among_many() -> None:
    rare: Label = ("rare", None, None, WORKER)
    world = World()
    world.fold(EventBatch(events=(), calls=(rows_of(rare, *[WORK] * 300),)))
    names = Counter(call.name for call in world.recent)
    assert names == Counter({"Accounting.add": RECENT_CALLS, "rare": 1})
    assert len(list(world.calls())) == 301


def test_of_very_many_kinds_the_newest_call_of_each_is_kept() -> None:
    kinds: list[Label] = [(f"kind_{number}", None, None, WORKER) for number in range(100)]
    world = World()
    world.fold(EventBatch(events=(), calls=(rows_of(*kinds, *kinds[::-1]),)))
    assert [call.task_id for call in world.recent] == [task_id(at) for at in range(101, 201)]
    assert [call.name for call in reversed(world.recent)] == [label[0] for label in kinds]


def test_a_call_that_is_kept_keeps_no_others() -> None:
    rows = rows_of(*[WORK] * 300)
    world = world_of(registered())
    world.fold(EventBatch(events=(), calls=(rows,)))
    kept = rows.newest_of_each(RECENT_CALLS, 512)
    assert [len(call.row) for call in kept] == [ROW_BYTES] * RECENT_CALLS
    assert [call.event() for call in kept] == list(world.actors[ACTOR].recent)
    assert all(call.is_of(call.event().task_id) for call in kept)


def test_calls_that_came_in_no_rows_change_nothing() -> None:
    world = world_of(registered())
    world.fold(EventBatch(events=(), calls=(rows_of(),)))
    assert (world.num_finished, len(world.recent)) == (0, 0)


def test_a_call_that_was_seen_running_is_not_when_its_row_has_come() -> None:
    world = world_of(registered(), actor_moves(ActorState.ALIVE), running(task_id(1)))
    assert list(world.actors[ACTOR].running) == [task_id(1)]
    # Its row is the first of many of its kind, which are not all unpacked otherwise.
    world.fold(EventBatch(events=(), calls=(rows_of(*[WORK] * 300),)))
    assert not world.running
    assert not world.actors[ACTOR].running


def test_what_ran_in_a_process_that_died_runs_no_more() -> None:
    world = world_of(worker_moves(WorkerState.LEASED, 1.0), running(task_id(1)))
    world.fold(EventBatch(events=(worker_moves(WorkerState.DEAD, 4.0),)))
    assert not world.running
    assert world.processes[WORKER].ended_s == 4.0


def test_calls_of_an_actor_are_pending_with_whoever_waits_for_them() -> None:
    other = WorkerID("b" * 56)
    world = world_of(registered(), pending(5), pending(2, other, 4.0), pending(0, DRIVER, 5.0))
    actor = world.actors[ACTOR]
    assert actor.num_pending == 2
    assert list(actor.depths) == [(3.0, 5), (4.0, 7), (5.0, 2)]


def test_a_large_value_is_there_until_its_owner_lets_go() -> None:
    sealed = ObjectSealed(
        object_id="0a", owner_id=DRIVER, worker_id=WORKER, size_bytes=9, on_disk=False, at_s=1.0
    )
    world = world_of(sealed)
    assert world.objects == {"0a": sealed}
    world.fold(EventBatch(events=(ObjectsFreed(object_ids=("0a", "unheard-of"), at_s=2.0),)))
    assert not world.objects


def test_rows_are_kept_up_to_a_limit_and_counted_beyond_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world_module, "_ROWS_KEPT", 100)
    world = World()
    for number in range(30):
        world.fold(EventBatch(events=(), calls=(rows_of(*[WORK] * 10, first=10 * number),)))
    assert len(list(world.calls())) == 100
    assert world.num_finished == 300


def test_dead_actors_and_processes_are_forgotten_when_they_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world_module, "_DEAD_KEPT", 10)
    world = World()
    for number in range(100):
        actor_id = ActorID(f"{number:032x}")
        dead = actor_moves(ActorState.DEAD, actor_id=actor_id)
        gone = worker_moves(WorkerState.DEAD, 2.0).replaced(worker_id=WorkerID(f"{number:056x}"))
        world.fold(EventBatch(events=(registered(actor_id), dead, gone)))
    assert len(world.actors) <= 20
    assert len(world.processes) <= 20
    assert ActorID(f"{99:032x}") in world.actors


def totals(world: World) -> dict[str, Any]:
    return {
        "finished": world.num_finished,
        "failed": world.num_failed,
        "by_name": world.by_name,
        "running": set(world.running),
        "actors": {key: (one.state, one.num_pending) for key, one in world.actors.items()},
        "processes": {key: one.is_alive for key, one in world.processes.items()},
        "objects": set(world.objects),
        "groups": set(world.groups),
        "leases": set(world.leases),
        "at_s": world.at_s,
    }


@given(batches=BATCHES)
def test_any_session_can_be_folded_and_it_does_not_matter_in_which_batches(
    batches: list[tuple[Event, ...]],
) -> None:
    one_by_one, at_once = World(), World()
    for batch in batches:
        one_by_one.fold(EventBatch(events=batch))
    at_once.fold(EventBatch(events=tuple(event for batch in batches for event in batch)))
    assert totals(one_by_one) == totals(at_once)
    ended = [event for batch in batches for event in batch if isinstance(event, TaskEnded)]
    assert one_by_one.num_finished + one_by_one.num_failed == len(ended)


@given(labels=st.lists(st.sampled_from([WORK, FAILED]), min_size=1, max_size=60))
def test_packed_calls_count_as_much_as_the_same_calls_unpacked(labels: list[Label]) -> None:
    rows = rows_of(*labels)
    packed, unpacked = world_of(registered()), world_of(registered())
    packed.fold(EventBatch(events=(), calls=(rows,)))
    unpacked.fold(EventBatch(events=tuple(rows.events())))
    assert totals(packed) == totals(unpacked)
    assert packed.actors[ACTOR].by_method == unpacked.actors[ACTOR].by_method
    newest = next(reversed(unpacked.actors[ACTOR].recent))
    assert next(reversed(packed.actors[ACTOR].recent)) == newest
    assert packed.recent.find(newest.task_id) == unpacked.recent.find(newest.task_id) == newest
    assert packed.recent.find(newest.task_id[::-1]) is None
