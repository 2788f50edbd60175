"""From looks at Ray's tables to events: nothing is made up, and nothing moves as it cannot."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import (
    ActorRegistered,
    ActorStateChanged,
    Event,
    MessageIgnored,
    NodeStateChanged,
    PlacementGroupStateChanged,
    TaskEnded,
    TaskStateChanged,
    WorkerStateChanged,
)
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.states import (
    ACTOR_TRANSITIONS,
    NODE_TRANSITIONS,
    PLACEMENT_GROUP_TRANSITIONS,
    WORKER_TRANSITIONS,
    ActorState,
    PlacementGroupState,
    TaskState,
)
from raylite.engines.ray.events_model import SampledEvents
from raylite.engines.ray.events_rows import (
    ActorRow,
    GroupRow,
    NodeRow,
    Snapshot,
    TaskRow,
    WorkerRow,
)
from raylite.notebook.world.world import World

NODE = NodeID("a" * 56)
DRIVER = WorkerID("01000000" + "f" * 48)
WORKERS = [WorkerID(f"{number:056x}") for number in range(1, 4)]
ACTORS = [ActorID(f"{number:032x}") for number in range(1, 4)]
TASKS = [f"{number:048x}" for number in range(1, 5)]
MOMENTS = some.one_of(some.none(), some.floats(0, 100))

actor_rows = some.builds(
    ActorRow,
    actor_id=some.sampled_from(ACTORS),
    class_name=some.just("Counter"),
    state=some.sampled_from(ActorState),
    owner_id=some.just(DRIVER),
    max_restarts=some.integers(-1, 2),
    num_restarts=some.integers(0, 4),
    worker_id=some.one_of(some.none(), some.sampled_from(WORKERS)),
    started_s=MOMENTS,
    changed_s=MOMENTS,
)
worker_rows = some.builds(
    WorkerRow,
    worker_id=some.sampled_from(WORKERS),
    node_id=some.just(NODE),
    pid=some.integers(1, 9),
    is_alive=some.booleans(),
    started_s=MOMENTS,
    ended_s=MOMENTS,
)
node_rows = some.builds(
    NodeRow, node_id=some.just(NODE), is_alive=some.booleans(), started_s=MOMENTS, ended_s=MOMENTS
)
group_rows = some.builds(
    GroupRow,
    group_id=some.sampled_from([PlacementGroupID("1" * 36), PlacementGroupID("2" * 36)]),
    name=some.just(""),
    state=some.sampled_from(PlacementGroupState),
    bundles=some.just(({"CPU": 1.0},)),
    node_ids=some.just((NODE,)),
)
task_rows = some.builds(
    TaskRow,
    task_id=some.sampled_from(TASKS),
    attempt=some.integers(0, 2),
    name=some.just("f"),
    actor_id=some.one_of(some.none(), some.sampled_from(ACTORS)),
    owner_id=some.just(DRIVER),
    worker_id=some.one_of(some.none(), some.sampled_from(WORKERS)),
    times=some.dictionaries(some.sampled_from(TaskState), some.floats(0, 100)),
    ran_s=MOMENTS,
    fetched_s=some.floats(0, 5),
    is_creation=some.booleans(),
)


def rows(row: Any, key: str) -> Any:
    """A table: no two rows of the same thing."""
    return some.lists(row, max_size=4, unique_by=lambda one: getattr(one, key)).map(tuple)


tables = some.fixed_dictionaries(
    {
        "actors": rows(actor_rows, "actor_id"),
        "workers": rows(worker_rows, "worker_id"),
        "nodes": rows(node_rows, "node_id"),
        "groups": rows(group_rows, "group_id"),
        "tasks": some.one_of(some.none(), some.lists(task_rows, max_size=6).map(tuple)),
    }
)


def told(looks: list[dict[str, Any]]) -> list[list[Event]]:
    """The events of each look."""
    model = SampledEvents()
    return [
        model.take(Snapshot(at_s=50.0 + 10.0 * number, **look)) for number, look in enumerate(looks)
    ]


def lives(events: list[Event], kind: type, key: str) -> list[list[Any]]:
    """The events of one kind, those of each thing in a list of their own."""
    found: dict[str, list[Any]] = {}
    for event in events:
        if isinstance(event, kind):
            found.setdefault(getattr(event, key), []).append(event)
    return list(found.values())


@settings(max_examples=60, deadline=None)
@given(some.lists(tables, max_size=6))
def test_whatever_was_seen_states_only_move_as_the_tables_allow(looks: list[Any]) -> None:
    events = [event for batch in told(looks) for event in batch]
    checked = (
        (ActorStateChanged, "actor_id", ACTOR_TRANSITIONS),
        (WorkerStateChanged, "worker_id", WORKER_TRANSITIONS),
        (NodeStateChanged, "node_id", NODE_TRANSITIONS),
    )
    for kind, key, table in checked:
        for life in lives(events, kind, key):
            assert life[0].old is None
            for before, after in pairwise(life):
                if after.old is None:  # Ray had forgotten it: it begins anew.
                    continue
                assert after.old is before.new
                assert after.new in table[before.new]
    for life in lives(events, PlacementGroupStateChanged, "group_id"):
        for before, after in pairwise(life):
            if after.old is not None and after.old is not after.new:
                assert after.new in PLACEMENT_GROUP_TRANSITIONS[before.new]


@settings(max_examples=40, deadline=None)
@given(some.lists(tables, max_size=6))
def test_the_times_of_one_thing_never_go_back(looks: list[Any]) -> None:
    events = [event for batch in told(looks) for event in batch]
    for kind, key in ((ActorStateChanged, "actor_id"), (WorkerStateChanged, "worker_id")):
        for life in lives(events, kind, key):
            for before, after in pairwise(life):
                assert after.old is None or before.at_s <= after.at_s
    for batch in told(looks):
        assert [event.at_s for event in batch] == sorted(event.at_s for event in batch)
    for event in events:
        if isinstance(event, TaskEnded):
            times = [event.submitted_s, event.sent_s, event.started_s, event.ended_s, event.at_s]
            assert times == sorted(times)


@settings(max_examples=40, deadline=None)
@given(some.lists(tables, max_size=6))
def test_the_world_takes_whatever_was_seen(looks: list[Any]) -> None:
    world = World()
    model = SampledEvents()
    marked = set()
    for number, look in enumerate(looks):
        seen = Snapshot(at_s=50.0 + 10.0 * number, **look)
        events = tuple(model.take(seen))
        world.fold(EventBatch(events=events))
        marked |= {event.about for event in events if isinstance(event, MessageIgnored)}
        for row in seen.actors:
            assert world.actors[row.actor_id].state is row.state or row.actor_id in marked
        for worker in seen.workers:
            assert world.processes[worker.worker_id].is_alive <= worker.is_alive


@settings(max_examples=20, deadline=None)
@given(tables)
def test_the_same_look_twice_tells_nothing_new_but_that_a_failed_call_stays_failed(
    look: dict[str, Any],
) -> None:
    _, again = told([look, look])
    kinds = {type(event) for event in again}
    assert kinds <= {TaskEnded, MessageIgnored}


def actor(**values: Any) -> ActorRow:
    """Of one actor."""
    given_values = {"actor_id": ACTORS[0], "class_name": "Counter", **values}
    return ActorRow(**given_values)


def moves(*looks: ActorRow) -> list[tuple[str, int]]:
    """The states of an actor that was seen like this, and how often it had restarted."""
    events = [event for batch in told([{"actors": (row,)} for row in looks]) for event in batch]
    return [
        (event.new.name, event.num_restarts)
        for event in events
        if isinstance(event, ActorStateChanged)
    ]


def test_an_actor_seen_alive_at_once_has_been_through_the_states_before() -> None:
    assert moves(actor(state=ActorState.ALIVE, started_s=3.0)) == [
        ("DEPENDENCIES_UNREADY", 0),
        ("PENDING_CREATION", 0),
        ("ALIVE", 0),
    ]


def test_a_restart_between_two_looks_is_put_in() -> None:
    alive = actor(state=ActorState.ALIVE, started_s=3.0)
    restarted = alive.replaced(num_restarts=2, worker_id=WORKERS[1])
    assert moves(alive, restarted)[3:] == [("RESTARTING", 1), ("RESTARTING", 2), ("ALIVE", 2)]


def test_an_actor_that_died_unseen_has_lived_if_ray_says_so() -> None:
    dead = actor(state=ActorState.DEAD, why="it was killed by `ray.kill`")
    assert [state for state, _ in moves(dead)] == ["DEPENDENCIES_UNREADY", "DEAD"]
    assert [state for state, _ in moves(dead.replaced(started_s=1.0))][-2:] == ["ALIVE", "DEAD"]


def test_an_actor_that_comes_back_from_the_dead_is_marked_once() -> None:
    dead = actor(state=ActorState.DEAD)
    back = actor(state=ActorState.ALIVE, num_restarts=1)
    marked = [
        event
        for batch in told([{"actors": (row,)} for row in (dead, back, back)])
        for event in batch
        if isinstance(event, MessageIgnored)
    ]
    assert [event.about for event in marked] == [ACTORS[0]]


def test_what_ray_forgets_of_a_living_actor_was_its_end() -> None:
    events = told([{"actors": (actor(state=ActorState.ALIVE, started_s=1.0),)}, {}])[1]
    assert [event.new for event in events if isinstance(event, ActorStateChanged)] == [
        ActorState.DEAD
    ]


def test_an_actor_is_registered_when_the_task_was_submitted_that_creates_it() -> None:
    creation = TaskRow(
        task_id=TASKS[0],
        attempt=0,
        name="Counter.__init__",
        actor_id=ACTORS[0],
        times={TaskState.PENDING_ARGS_AVAIL: 1.5, TaskState.FINISHED: 2.0},
        is_creation=True,
    )
    look = {"actors": (actor(state=ActorState.ALIVE, started_s=2.0),), "tasks": (creation,)}
    (events,) = told([look])
    assert [event.at_s for event in events if isinstance(event, ActorRegistered)] == [1.5]
    assert not [event for event in events if isinstance(event, TaskEnded)]


def call(**times: float) -> TaskRow:
    """A call in these states."""
    found = {TaskState[name]: at_s for name, at_s in times.items()}
    return TaskRow(task_id=TASKS[0], attempt=0, name="add", actor_id=ACTORS[0], times=found)


def test_a_call_that_has_ended_before_anybody_looked_has_all_its_times() -> None:
    row = call(PENDING_ARGS_AVAIL=1, SUBMITTED_TO_WORKER=2, RUNNING=3, FINISHED=5)
    (events,) = told([{"tasks": (row.replaced(ran_s=4.0),)}])
    (ended,) = [event for event in events if isinstance(event, TaskEnded)]
    times = (ended.submitted_s, ended.sent_s, ended.started_s, ended.ended_s, ended.at_s)
    assert times == (1, 2, 3, 4, 5)


def test_an_attempt_that_is_tried_again_is_no_end() -> None:
    failed = call(PENDING_ARGS_AVAIL=1, FAILED=2)
    second = call(PENDING_ARGS_AVAIL=3, RUNNING=4).replaced(attempt=1)
    looks: list[dict[str, Any]] = [{"tasks": (failed,)}, {"tasks": (failed, second)}]
    events = [event for batch in told(looks) for event in batch]
    assert not [event for event in events if isinstance(event, TaskEnded)]
    assert [event.new for event in events if isinstance(event, TaskStateChanged)] == [
        TaskState.RUNNING
    ]


def test_an_attempt_that_stays_the_last_one_is_told_as_failed() -> None:
    failed = call(PENDING_ARGS_AVAIL=1, FAILED=2).replaced(error_type="WORKER_DIED")
    look: dict[str, Any] = {"tasks": (failed,)}
    first, second, third = told([look] * 3)
    assert not [event for event in (*first, *third) if isinstance(event, TaskEnded)]
    (ended,) = [event for event in second if isinstance(event, TaskEnded)]
    assert (ended.state, ended.error_type) == (TaskState.FAILED, "WORKER_DIED")
