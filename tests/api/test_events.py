# mypy: disable-error-code="attr-defined, misc, operator, union-attr"
# A type checker does not follow a decorator that makes something else of a class.
"""What the event log says of a session, and how those who watch hear of it."""

import asyncio

import numpy as np
import pytest

import raylite
from raylite import _engine
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.events import (
    GCS,
    ActorRegistered,
    ActorStateChanged,
    DriverStateChanged,
    LeaseStateChanged,
    MessageSent,
    NodeStateChanged,
    ObjectSealed,
    ObjectsFreed,
    PendingCallsChanged,
    TaskEnded,
    TaskStateChanged,
)
from raylite._core.common.states import ActorState, LeaseState, TaskState
from raylite._saved_events import load_events, save_events
from tests.processes import wait_until


@raylite.remote
class Clerk:
    def work(self, value=None):
        return 1

    def wait_for(self, gate):
        while not gate.exists():
            pass

    def large(self):
        return np.zeros(100_000)

    def refs(self):
        return [raylite.put("mine")]


@raylite.remote
def work(value=None):
    return 1


@pytest.fixture
def watched():
    """The batches that this process has heard of; not those before."""
    batches: list[EventBatch] = []
    end = _engine.current().subscribe(batches.append)
    yield batches
    end()


def events_of(kind):
    return [event for event in _engine.current().events() if isinstance(event, kind)]


def heard(batches, kind):
    return [event for batch in batches for event in batch.events if isinstance(event, kind)]


def messages_about(about):
    return [event for event in events_of(MessageSent) if event.about == about]


def ended(ref):
    """What is told of the call behind a ref that has a value."""
    task_id = ref.task_id().hex()
    (found,) = [event for event in events_of(TaskEnded) if event.task_id == task_id]
    return found


def test_the_creation_of_an_actor_is_these_messages_in_this_order(ray):
    clerk = Clerk.remote()
    ray.get(clerk.work.remote())
    found = messages_about(clerk._actor_id.hex())
    me = ray.get_runtime_context().get_worker_id()
    (alive,) = [
        event
        for event in events_of(ActorStateChanged)
        if event.actor_id == clerk._actor_id.hex() and event.new is ActorState.ALIVE
    ]
    raylet = f"raylet:{ray.get_runtime_context().get_node_id()}"
    assert [(event.kind, event.source_id, event.target_id) for event in found] == [
        ("RegisterActor", me, GCS),
        ("ActorUpdate", GCS, me),
        ("ActorDependenciesReady", me, GCS),
        ("RequestWorkerLease", GCS, raylet),
        ("ActorWorkerLeased", raylet, GCS),
        ("CreateActor", GCS, alive.worker_id),
        ("CreationFinished", alive.worker_id, GCS),
        ("ActorUpdate", GCS, me),
    ]
    inside = {"RequestWorkerLease", "ActorWorkerLeased"}
    assert all((event.size_bytes == 0) == (event.kind in inside) for event in found)
    assert all(event.sent_s <= event.at_s for event in found)


def test_the_registration_of_a_named_actor_is_answered(ray):
    clerk = Clerk.options(name="clerk").remote()
    ray.get(clerk.work.remote())
    kinds = [event.kind for event in messages_about(clerk._actor_id.hex())]
    assert kinds[:4] == ["RegisterActor", "ActorUpdate", "Response", "ActorDependenciesReady"]


def test_an_actor_is_registered_with_what_does_not_change(ray):
    clerk = Clerk.options(num_cpus=1, max_restarts=3).remote()
    ray.get(clerk.work.remote())
    found = events_of(ActorRegistered)[-1]
    assert found.actor_id == clerk._actor_id.hex()
    assert (found.class_name, found.name, found.is_detached) == ("Clerk", None, False)
    assert (found.resources, found.max_restarts) == ({"CPU": 1.0}, 3)
    assert found.owner_id == ray.get_runtime_context().get_worker_id()


def test_a_task_is_leased_a_worker_by_these_messages(ray):
    ray.get(work.remote())
    granted = [event for event in events_of(LeaseStateChanged) if event.new is LeaseState.GRANTED]
    assert granted[-1].resources == {"CPU": 1.0}
    wait_until(lambda: len(messages_about(granted[-1].lease_id)) == 3)
    found = messages_about(granted[-1].lease_id)
    kinds = ["RequestWorkerLease", "LeaseGranted", "ReturnWorkerLease"]
    assert [event.kind for event in found] == kinds
    assert all(event.size_bytes > 0 for event in found)


def test_messages_between_workers_are_told_by_their_senders(ray):
    clerk = Clerk.remote()
    ref = clerk.refs.remote()
    (inner,) = ray.get(ref)
    assert ray.get(inner) == "mine"
    me = ray.get_runtime_context().get_worker_id()

    def seen():
        found = messages_about(inner.hex()) + messages_about(ref.task_id().hex())
        return {(event.kind, event.source_id == me) for event in found}

    expected = {("RefsInReply", False), ("RefsArrived", True), ("GetObject", True)}
    wait_until(lambda: expected | {("ObjectValue", False)} <= seen())


def test_the_driver_and_the_node_are_told(ray):
    (driver,) = events_of(DriverStateChanged)
    assert driver.worker_id == ray.get_runtime_context().get_worker_id()
    assert driver.is_alive
    (node,) = events_of(NodeStateChanged)
    assert node.resources["CPU"] == ray.cluster_resources()["CPU"]
    assert node.is_head


def test_a_large_value_is_told_from_its_making_to_its_end(ray):
    clerk = Clerk.remote()
    refs = [clerk.large.remote(), ray.put(np.ones(200_000))]
    ray.get(refs)
    ids = [ref.hex() for ref in refs]
    sealed = {event.object_id: event for event in events_of(ObjectSealed)}
    me = ray.get_runtime_context().get_worker_id()
    assert [sealed[one].size_bytes // 800_000 for one in ids] == [1, 2]
    assert [sealed[one].worker_id == me for one in ids] == [False, True]
    assert {sealed[one].owner_id for one in ids} == {me}
    del refs

    def freed():
        return {one for event in events_of(ObjectsFreed) for one in event.object_ids}

    wait_until(lambda: set(ids) <= freed())


def test_a_call_says_what_it_carried_and_for_how_long_it_waited(ray):
    clerk = Clerk.remote()
    first = clerk.work.remote()
    second = work.remote(clerk.large.remote())
    ray.get([first, second])
    assert ended(first).sent_s > ended(first).submitted_s
    found = ended(second)
    assert found.args_bytes > 800_000
    assert 0 < found.result_bytes < 100
    assert found.fetched_s > 0
    assert found.submitted_s < found.sent_s <= found.started_s <= found.ended_s <= found.at_s


def test_who_comes_late_gets_all_there_was_and_nothing_twice(ray):
    ray.get([work.remote() for _ in range(3)])
    before = {event.task_id for event in events_of(TaskEnded)}
    batches: list[EventBatch] = []
    end = _engine.current().subscribe(batches.append, with_history=True)
    refs = [work.remote() for _ in range(3)]
    ray.get(refs)

    def ids():
        return [one.task_id for batch in batches for rows in batch.calls for one in rows.events()]

    wait_until(lambda: {ref.task_id().hex() for ref in refs} <= set(ids()))
    end()
    assert before <= set(ids())
    assert len(ids()) == len(set(ids()))
    assert sum(batch.dropped for batch in batches) == 0


def test_whoever_watches_hears_of_calls_that_wait(ray, watched, tmp_path):
    clerk = Clerk.remote()
    waiting = clerk.wait_for.remote(tmp_path / "gate")
    behind, task = clerk.work.remote(), work.remote(waiting)
    actor_id, task_id = clerk._actor_id.hex(), task.task_id().hex()

    def told(state, one_id):
        found = heard(watched, TaskStateChanged)
        return any(event.new is state and event.task_id == one_id for event in found)

    wait_until(lambda: told(TaskState.RUNNING, waiting.task_id().hex()))
    wait_until(lambda: told(TaskState.PENDING_ARGS_AVAIL, task_id))
    wait_until(lambda: told(TaskState.SUBMITTED_TO_WORKER, behind.task_id().hex()))

    def pending():
        found = heard(watched, PendingCallsChanged)
        return [(one.pending, one.queued) for one in found if one.actor_id == actor_id]

    wait_until(lambda: pending()[-1] == (2, 0))
    (tmp_path / "gate").touch()
    ray.get([task, behind])
    wait_until(lambda: pending()[-1] == (0, 0))


@raylite.remote
class Waiter:
    async def wait_for(self, gate):
        while not gate.exists():  # noqa: ASYNC110  # It waits for another process.
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("actor_class", [Clerk.options(max_concurrency=2), Waiter])
def test_whoever_watches_hears_of_calls_beside_the_main_thread(ray, watched, tmp_path, actor_class):
    actor = actor_class.remote()
    refs = [actor.wait_for.remote(tmp_path / "gate") for _ in range(2)]

    def running():
        found = heard(watched, TaskStateChanged)
        return {event.task_id for event in found if event.new is TaskState.RUNNING}

    wait_until(lambda: {ref.task_id().hex() for ref in refs} <= running())
    (tmp_path / "gate").touch()
    ray.get(refs)


def test_where_nobody_watches_calls_that_wait_are_not_told(ray, tmp_path):
    told = _engine.current().task_events.beside
    wait_until(lambda: told.watched is None)  # Who watched before may just have left.
    number = len(events_of(PendingCallsChanged))
    clerk = Clerk.remote()
    refs = [clerk.wait_for.remote(tmp_path / "gate"), clerk.work.remote()]
    first, second = (ref.task_id().hex() for ref in refs)
    wait_until(lambda: any(one.task_id == first for one in events_of(TaskStateChanged)))
    (tmp_path / "gate").touch()
    ray.get(refs)
    assert not any(one.task_id == second for one in events_of(TaskStateChanged))
    assert len(events_of(PendingCallsChanged)) == number


def test_a_subscriber_that_raises_hears_nothing_more_and_harms_nobody(ray, watched, caplog):
    heard_by_broken = []

    def broken(batch):
        heard_by_broken.append(batch)
        raise ValueError

    end = _engine.current().subscribe(broken)
    ray.get(work.remote())
    wait_until(lambda: heard_by_broken and watched)
    number = len(watched)
    ray.get(work.remote())
    wait_until(lambda: len(watched) > number)
    end()
    assert len(heard_by_broken) == 1
    assert "a subscriber to raylite's events raised and was removed" in caplog.text


def test_a_saved_log_is_the_sessions_own(ray, tmp_path):
    ray.get(work.remote())
    before = _engine.current().events()
    number = save_events(tmp_path / "events.jsonl.gz")
    found = load_events(tmp_path / "events.jsonl.gz")
    assert len(found.events) == number
    assert [event for event in found.events if event in before] == before
    assert found.saved_at_s >= found.events[-1].at_s
