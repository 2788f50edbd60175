import pytest

from raylite._core.common.events import ActorStateChanged
from raylite._core.common.ids import ActorID, LeaseID, WorkerID
from raylite._core.common.instructions import (
    CancelActorLease,
    PushCreationTask,
    StopWorker,
)
from raylite._core.common.messages import KillActor, RegisterActor
from raylite._core.common.states import ActorState
from raylite._core.common.task_spec import WorkerExit
from raylite._core.gcs.actor_manager import ActorManager
from tests.core.actor_story import (
    COUNTER,
    CRASH,
    DRIVER,
    NODE,
    ORDERLY,
    PUBLISHED,
    W1,
    W2,
    Story,
    request,
    spec,
)


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_new_actor_waits_for_its_arguments(story: Story):
    assert story.register() == [PUBLISHED]
    assert story.states() == [ActorState.DEPENDENCIES_UNREADY]


def test_an_actor_with_its_arguments_asks_for_a_worker(story: Story):
    story.register()
    assert story.ready() == [request()]
    assert story.counter.state is ActorState.PENDING_CREATION


def test_a_worker_gets_the_call_of_init(story: Story):
    story.until(ActorState.PENDING_CREATION)
    assert story.leased() == [
        PushCreationTask(actor_id=COUNTER, worker_id=W1, creation_task=b"init", num_restarts=0)
    ]
    assert (story.counter.worker_id, story.counter.node_id) == (W1, NODE)


def test_an_actor_is_alive_when_init_has_returned(story: Story):
    story.until(ActorState.PENDING_CREATION)
    story.leased()
    assert story.created() == [PUBLISHED]
    assert story.counter.state is ActorState.ALIVE


def test_an_init_that_raised_is_not_tried_again(story: Story):
    story.until(ActorState.PENDING_CREATION, max_restarts=-1)
    story.leased()
    published, stop = story.creation_failed()
    assert published == PUBLISHED
    assert isinstance(stop, StopWorker)
    assert (stop.worker_id, stop.force) == (W1, False)
    assert story.counter.error == b"pickled"
    assert story.counter.death_reason == "ValueError: no such file"
    assert story.dies() == []


@pytest.mark.parametrize(
    ("max_restarts", "crashes", "last"),
    [
        pytest.param(0, 1, ActorState.DEAD, id="no-restarts"),
        pytest.param(1, 1, ActorState.ALIVE, id="one-restart-one-crash"),
        pytest.param(1, 2, ActorState.DEAD, id="one-restart-two-crashes"),
        pytest.param(-1, 9, ActorState.ALIVE, id="without-limit"),
    ],
)
def test_an_actor_is_restarted_max_restarts_times(
    story: Story, max_restarts: int, crashes: int, last: ActorState
):
    story.until(ActorState.ALIVE, max_restarts=max_restarts)
    for life in range(1, crashes + 1):
        todo = story.dies(story.counter.worker_id or W1)
        if story.counter.state is ActorState.RESTARTING:
            assert todo == [PUBLISHED, request(life)]
            worker_id = WorkerID(f"worker-{life + 1}")
            story.leased(worker_id, life)
            story.created(worker_id)
    assert story.counter.state is last
    if last is ActorState.DEAD:
        assert todo == [PUBLISHED]
        assert story.counter.death_reason == CRASH.reason
        assert story.counter.exit == CRASH


def test_restarts_are_counted_and_told_to_the_worker(story: Story):
    story.until(ActorState.ALIVE, max_restarts=3)
    story.dies()
    assert (story.counter.num_restarts, story.counter.restarts_left) == (1, 2)
    assert story.counter.worker_id is None
    assert story.leased(W2, life=1) == [
        PushCreationTask(actor_id=COUNTER, worker_id=W2, creation_task=b"init", num_restarts=1)
    ]


def test_a_worker_that_dies_inside_init_costs_a_restart(story: Story):
    story.until(ActorState.PENDING_CREATION, max_restarts=1)
    story.leased()
    assert story.dies() == [PUBLISHED, request(1)]
    story.leased(W2, life=1)
    assert story.dies(W2) == [PUBLISHED]
    assert story.counter.state is ActorState.DEAD


def test_a_restarting_actor_whose_worker_dies_restarts_again(story: Story):
    story.until(ActorState.ALIVE, max_restarts=-1)
    story.dies()
    story.leased(W2, life=1)
    assert story.dies(W2) == [PUBLISHED, request(2)]
    assert story.states()[-2:] == [ActorState.RESTARTING, ActorState.RESTARTING]


@pytest.mark.parametrize("announced", [True, False])
def test_an_actor_that_ends_on_purpose_is_not_restarted(story: Story, *, announced: bool):
    story.until(ActorState.ALIVE, max_restarts=-1)
    if announced:
        assert story.exiting() == []
    assert story.dies(how=CRASH if announced else ORDERLY) == [PUBLISHED]
    assert story.counter.state is ActorState.DEAD
    expected = "exit_actor() is called" if announced else ORDERLY.reason
    assert story.counter.death_reason == expected


def test_the_end_announced_by_another_worker_does_not_count(story: Story):
    story.until(ActorState.ALIVE, max_restarts=1)
    story.exiting(W2)
    story.dies()
    assert story.counter.state is ActorState.RESTARTING
    assert story.ignored() == ["ActorExiting"]


def test_a_killed_actor_is_dead_before_its_process_is(story: Story):
    story.until(ActorState.ALIVE, max_restarts=-1, name="c")
    published, stop = story.kill()
    assert published == PUBLISHED
    assert isinstance(stop, StopWorker)
    assert (stop.worker_id, stop.force) == (W1, True)
    assert "Counter (counter)" in stop.reason
    assert story.counter.death_reason == "it was killed by `ray.kill`"
    assert not story.actors.name_taken("", "c")
    assert story.dies(how=ORDERLY) == []


def test_killing_an_actor_that_waits_for_a_worker_withdraws_its_request(story: Story):
    story.until(ActorState.PENDING_CREATION)
    assert story.kill() == [
        PUBLISHED,
        CancelActorLease(actor_id=COUNTER, lease_id=LeaseID("counter:0")),
    ]


def test_killing_an_actor_that_waits_for_its_arguments_needs_no_worker(story: Story):
    story.until(ActorState.DEPENDENCIES_UNREADY)
    assert story.kill() == [PUBLISHED]
    assert story.ready() == []
    assert story.ignored() == ["ActorDependenciesReady"]


@pytest.mark.parametrize("how", [CRASH, ORDERLY])
def test_a_kill_that_allows_restarts_counts_as_a_crash(story: Story, how: WorkerExit):
    story.until(ActorState.ALIVE, max_restarts=1)
    (stop,) = story.kill(no_restart=False)
    assert isinstance(stop, StopWorker)
    assert stop.force
    assert story.counter.state is ActorState.ALIVE
    assert story.dies(how=how) == [PUBLISHED, request(1)]
    story.leased(W2, life=1)
    story.created(W2)
    story.kill(no_restart=False)
    assert story.dies(W2, how) == [PUBLISHED]
    assert story.counter.death_reason == "it was killed by `ray.kill`"


def test_the_kill_of_one_life_says_nothing_about_the_next(story: Story):
    story.until(ActorState.ALIVE, max_restarts=5)
    story.kill(no_restart=False)
    story.dies()
    story.leased(W2, life=1)
    story.created(W2)
    story.dies(W2, ORDERLY)
    assert story.counter.state is ActorState.DEAD
    assert story.counter.death_reason == ORDERLY.reason


def test_a_kill_that_allows_restarts_needs_a_process(story: Story):
    story.until(ActorState.PENDING_CREATION)
    assert story.kill(no_restart=False) == []
    assert story.counter.state is ActorState.PENDING_CREATION
    assert story.ignored() == ["KillActor"]


@pytest.mark.parametrize("no_restart", [True, False])
def test_killing_a_dead_or_unknown_actor_is_ignored(story: Story, *, no_restart: bool):
    assert story.kill(no_restart=no_restart) == []
    story.until(ActorState.ALIVE)
    story.kill()
    assert story.kill(no_restart=no_restart) == []
    assert story.ignored() == ["KillActor", "KillActor"]


def test_an_actor_nobody_can_call_ends_in_order(story: Story):
    story.until(ActorState.ALIVE)
    published, stop = story.out_of_scope()
    assert published == PUBLISHED
    assert isinstance(stop, StopWorker)
    assert not stop.force
    assert "all references to the actor were removed" in story.counter.death_reason


def test_an_actor_nobody_can_call_needs_no_worker_any_more(story: Story):
    story.until(ActorState.PENDING_CREATION)
    assert story.out_of_scope() == [
        PUBLISHED,
        CancelActorLease(actor_id=COUNTER, lease_id=LeaseID("counter:0")),
    ]


def test_a_detached_actor_needs_no_handle_and_no_owner(story: Story):
    story.until(ActorState.ALIVE, detached=True)
    assert story.out_of_scope() == []
    assert story.dies(DRIVER) == []
    assert story.counter.state is ActorState.ALIVE
    story.kill()
    assert story.states()[-1] is ActorState.DEAD


def test_the_call_of_init_is_kept_only_while_it_may_be_needed(story: Story):
    story.until(ActorState.ALIVE)
    record = story.actors._table.get(COUNTER)
    assert record is not None
    assert record.creation_task == b"init"
    story.kill()
    assert record.creation_task == b""


def test_every_event_follows_from_the_one_before(story: Story):
    story.until(ActorState.ALIVE, max_restarts=1)
    story.dies()
    story.leased(W2, life=1)
    story.created(W2)
    story.kill()
    olds = [event.old for event in story.events if isinstance(event, ActorStateChanged)]
    assert olds == [None, *story.states()[:-1]]


def test_dead_actors_are_remembered_up_to_a_bound():
    manager = ActorManager(record=lambda _event: None, max_dead=2)
    for number in range(4):
        actor_id = ActorID(str(number))
        manager.handle(RegisterActor(spec=spec(actor_id=actor_id), at_s=0.0))
        manager.handle(KillActor(actor_id=actor_id, no_restart=True, at_s=1.0))
    assert [view.spec.actor_id for view in manager.views()] == ["2", "3"]
    assert manager.view(ActorID("0")) is None
