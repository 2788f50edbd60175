"""Leases that are not ordinary ones: what the worker is told, and when they are given back."""

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from raylite._core.common.call_options import TaskOptions
from raylite._core.common.ids import LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.messages import RequestWorkerLease, ReturnWorkerLease
from raylite._core.common.resources import ResourceSet
from raylite._core.common.scheduling_strategy import LeaseRejection, SchedulingStrategy
from raylite._core.core_worker.task_submission.calls import PendingCall
from raylite._core.core_worker.task_submission.lease_numbers import LeaseNumbers
from raylite._core.core_worker.task_submission.lease_pool import LeasePool
from raylite._core.core_worker.task_submission.lease_shape import LeaseShape
from raylite._core.core_worker.task_submission.normal_task_submitter import NormalTaskSubmitter
from raylite._core.object_store.serialization import loads_inline
from raylite._core.rpc.at_rest import AtRest
from raylite._core.rpc.peer_messages import ORDINARY, LeaseContext, LeaseGranted, LeaseRejected
from raylite.exceptions import (
    RayError,
    RaySystemError,
    TaskPlacementGroupRemoved,
    TaskUnschedulableError,
)

ONE_CPU = ResourceSet.of({"CPU": 1})
ONE_GPU = ResourceSet.of({"CPU": 1, "GPU": 1})
SPREAD = SchedulingStrategy(spread=True)
AT_NODE = SchedulingStrategy(node_id=NodeID("n"))
DEFINITION = SimpleNamespace(key="f", name="f", blob=b"", source_files={})


class Wire:
    """A connection to a worker."""

    def __init__(self) -> None:
        self.peer_id = WorkerID("w")
        self.closed = False
        self.inflight: dict[int, PendingCall] = {}
        self.sent_definitions = {"f"}
        self.sent_context: LeaseContext | None = None
        self.told: list[Any] = []

    def send_message(self, message: object) -> None:
        self.told.append(message)

    def push(self, _frame: bytes) -> None:
        self.told.append("task")

    def flush(self) -> None: ...


class Process:
    """The process, its way to the head, and one worker."""

    def __init__(self) -> None:
        self.poller = self
        self.read_s = 0.0
        self.wire = Wire()
        self.cancelled: set[int] = set()
        self.to_head: list[Any] = []
        self.ended: dict[int, bytes] = {}
        self.timers: list[Any] = []
        me: Any = self
        self.at_rest = AtRest(me)
        self.at_rest.begin()

    def now_s(self) -> float:
        return 0.0

    def call_later(self, _delay_s: float, action: object) -> None:
        self.timers.append(action)

    def flush_later(self, _wire: Wire) -> None: ...

    def connection_to(self, _worker_id: WorkerID, _address: str) -> Wire:
        return self.wire

    def call_ended(self, call: PendingCall, payload: bytes, _actor_id: None) -> None:
        self.ended[call.seq] = payload

    call_failed = call_ended


class Story:
    """One process whose tasks have one worker."""

    def __init__(self) -> None:
        self.process: Any = Process()
        self.numbers = LeaseNumbers(WorkerID("me"))
        self.seqs = itertools.count(1)

    def pool(self, held: ResourceSet, strategy: SchedulingStrategy | None = None) -> LeasePool:
        shape = LeaseShape(held=held, strategy=strategy or SchedulingStrategy())
        send = self.process.to_head.append
        return LeasePool(self.process, send, WorkerID("me"), shape, self.numbers)

    def submit(self, pool: LeasePool) -> PendingCall:
        call = PendingCall(next(self.seqs), "f", b"payload", pool, (), None, 0.0)
        call.definition, call.task_options = DEFINITION, TaskOptions(name="f")
        pool.submit(call)
        return call

    def requested(self) -> list[LeaseID]:
        asked = [one for one in self.process.to_head if isinstance(one, RequestWorkerLease)]
        return [one.lease_id for one in asked]

    def returned(self) -> list[LeaseID]:
        back = [one for one in self.process.to_head if isinstance(one, ReturnWorkerLease)]
        return [one.lease_id for one in back]

    def grant(self, pool: LeasePool, number: int = -1, *gpu_ids: int) -> None:
        lease_id = self.requested()[number]
        worker_id = WorkerID("w")
        pool.granted(
            LeaseGranted(lease_id=lease_id, worker_id=worker_id, address="", gpu_ids=gpu_ids)
        )

    def answer(self, pool: LeasePool, call: PendingCall) -> None:
        self.process.wire.inflight.pop(call.seq)
        pool.on_reply(call, 0, b"N.")

    def told(self) -> list[Any]:
        told, self.process.wire.told = self.process.wire.told, []
        return told


@pytest.fixture
def story() -> Story:
    return Story()


def test_an_ordinary_lease_needs_no_word(story):
    pool = story.pool(ONE_CPU)
    story.submit(pool)
    story.grant(pool)
    assert story.told() == ["task"]


def test_a_worker_is_told_once_what_its_leases_are_like(story):
    pool = story.pool(ONE_CPU, AT_NODE)
    first = story.submit(pool)
    story.grant(pool)
    assert story.told() == [LeaseContext(resources={"CPU": 1.0}, strategy=AT_NODE), "task"]
    story.answer(pool, first)
    story.submit(pool)
    assert story.told() == ["task"]


def test_a_worker_is_told_when_its_lease_is_an_ordinary_one_again(story):
    unusual, usual = story.pool(ONE_CPU, AT_NODE), story.pool(ONE_CPU)
    first = story.submit(unusual)
    story.grant(unusual)
    story.answer(unusual, first)
    unusual.return_idle()
    story.told()
    story.submit(usual)
    story.grant(usual)
    assert story.told() == [ORDINARY, "task"]


def test_each_lease_has_gpus_of_its_own_and_is_given_back_at_once(story):
    pool = story.pool(ONE_GPU)
    for gpu_id in (0, 1):
        call = story.submit(pool)
        story.grant(pool, -1, gpu_id)
        context, _ = story.told()
        assert context.gpu_ids == (gpu_id,)
        story.answer(pool, call)
        assert story.returned() == story.requested()


def test_with_spread_each_task_has_a_lease_of_its_own(story):
    pool = story.pool(ONE_CPU, SPREAD)
    first, second = story.submit(pool), story.submit(pool)
    assert len(story.requested()) == 2
    story.grant(pool, 0)
    assert list(story.process.wire.inflight) == [first.seq]
    story.answer(pool, first)
    assert story.returned() == story.requested()[:1]
    story.grant(pool, 1)
    assert list(story.process.wire.inflight) == [second.seq]


def test_tasks_for_which_answers_read_together_made_room_were_sent_at_the_same_time(story):
    pool = story.pool(ONE_CPU)
    calls = [story.submit(pool) for _ in range(8)]
    story.grant(pool)
    story.process.read_s = 5.0
    for call in calls[:3]:
        story.answer(pool, call)
    assert {call.sent_s for call in calls[1:7]} == {5.0}
    assert len({id(call.usual_name) for call in calls[1:7]}) == 1
    assert calls[0].usual_name is not calls[1].usual_name


@pytest.mark.parametrize(
    ("rejection", "error"),
    [
        (LeaseRejection.NODE_GONE, TaskUnschedulableError),
        (LeaseRejection.GROUP_REMOVED, TaskPlacementGroupRemoved),
        (LeaseRejection.ENVIRONMENT_GONE, RaySystemError),
    ],
)
def test_a_rejection_fails_all_that_wait(story, rejection, error: type[RayError]):
    strategy = SchedulingStrategy(group_id=PlacementGroupID("g"))
    pool = story.pool(ONE_CPU, strategy)
    calls = [story.submit(pool) for _ in range(2)]
    lease_id = story.requested()[0]
    pool.rejected(LeaseRejected(lease_id=lease_id, rejection=rejection, text="It is so"))
    assert sorted(story.process.ended) == [call.seq for call in calls]
    for payload in story.process.ended.values():
        caught = loads_inline(payload)
        assert type(caught) is error
        assert "It is so" in str(caught)
        assert "f()" in str(caught)
    assert pool.num_waiting() == 0


def test_a_lease_that_nobody_wants_any_more_has_no_asker(story):
    pool = story.pool(ONE_CPU)
    story.submit(pool)
    [lease_id] = story.requested()
    assert not pool.is_idle()
    assert pool.take(1) is not None
    assert pool.is_idle()
    assert story.numbers.settled(lease_id) is None


def test_pools_of_a_removed_group_go_and_others_stay(story):
    to_head = story.process.to_head.append
    tasks = NormalTaskSubmitter(story.process, to_head, WorkerID("me"))
    in_group = SchedulingStrategy(group_id=PlacementGroupID("g"))
    idle = tasks.pool_for({"CPU": 1}, once=False, strategy=in_group)
    busy = tasks.pool_for({"CPU": 2}, once=False, strategy=in_group)
    other = tasks.pool_for({"CPU": 1}, once=False)
    call = story.submit(busy)
    tasks.forget_group(PlacementGroupID("g"))
    assert tasks.pool_for({"CPU": 1}, once=False) is other
    assert tasks.pool_for({"CPU": 2}, once=False, strategy=in_group) is busy
    assert tasks.pool_for({"CPU": 1}, once=False, strategy=in_group) is not idle
    rejection = LeaseRejection.GROUP_REMOVED
    news = LeaseRejected(lease_id=story.requested()[0], rejection=rejection, text="It is so")
    tasks.rejected(news)
    tasks.rejected(news)
    assert list(story.process.ended) == [call.seq]


def test_a_grant_finds_its_pool_or_goes_back(story):
    tasks = NormalTaskSubmitter(story.process, story.process.to_head.append, WorkerID("me"))
    story.submit(tasks.pool_for({"CPU": 1}, once=False))
    news = LeaseGranted(lease_id=story.requested()[0], worker_id=WorkerID("w"), address="")
    assert tasks.granted(news)
    assert story.told() == ["task"]
    assert not tasks.granted(news.replaced(lease_id=LeaseID("another")))
    assert story.returned() == [LeaseID("another")]
