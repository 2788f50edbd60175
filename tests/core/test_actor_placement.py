"""Where an actor wants to be, and what becomes of one that can be nowhere."""

import pytest

from raylite._core.common.ids import LeaseID, NodeID, PlacementGroupID
from raylite._core.common.messages import ActorDependenciesReady, ActorLeaseRejected
from raylite._core.common.scheduling_strategy import LeaseRejection, SchedulingStrategy
from raylite._core.common.states import ActorState
from tests.core.actor_story import COUNTER, PUBLISHED, W1, Story, request

IN_GROUP = SchedulingStrategy(group_id=PlacementGroupID("g"), bundle_index=1)
ON_NODE = SchedulingStrategy(node_id=NodeID("gone"))
TEXT = "The node specified via NodeAffinitySchedulingStrategy doesn't exist any more"


def rejected(
    life: int = 0, rejection: LeaseRejection = LeaseRejection.NODE_GONE
) -> ActorLeaseRejected:
    return ActorLeaseRejected(
        actor_id=COUNTER,
        lease_id=LeaseID(f"counter:{life}"),
        rejection=rejection,
        text=TEXT,
        at_s=9.0,
    )


def test_the_request_says_where_the_actor_wants_to_be_in_every_life() -> None:
    story = Story()
    story.register(max_restarts=1, env_key="env", strategy=IN_GROUP)
    ready = ActorDependenciesReady(
        actor_id=COUNTER, creation_task=b"init", locality={"abc": 7}, at_s=1.0
    )
    wish = {"env_key": "env", "strategy": IN_GROUP, "locality": {"abc": 7}}
    assert story.gcs.handle(ready) == [request().replaced(**wish)]
    story.leased()
    assert story.dies(W1) == [PUBLISHED, request(life=1).replaced(**wish)]


@pytest.mark.parametrize("rejection", LeaseRejection)
def test_an_actor_that_waits_in_vain_dies_at_once(rejection: LeaseRejection) -> None:
    story = Story().until(ActorState.PENDING_CREATION, strategy=ON_NODE, max_restarts=-1)
    assert story.gcs.handle(rejected(rejection=rejection)) == [PUBLISHED]
    assert story.counter.state is ActorState.DEAD
    assert story.counter.rejection is rejection
    assert story.counter.death_reason == TEXT


def test_a_restart_for_which_there_is_no_place_ends_the_actor() -> None:
    story = Story().until(ActorState.ALIVE, strategy=IN_GROUP, max_restarts=-1)
    story.dies(W1)
    assert story.gcs.handle(rejected(1, LeaseRejection.GROUP_REMOVED)) == [PUBLISHED]
    assert story.counter.state is ActorState.DEAD
    assert story.counter.rejection is LeaseRejection.GROUP_REMOVED


def test_a_rejection_of_an_earlier_life_or_of_a_dead_actor_is_ignored() -> None:
    story = Story().until(ActorState.PENDING_CREATION)
    story.gcs.handle(rejected(life=5))
    assert story.counter.state is ActorState.PENDING_CREATION
    story.kill()
    story.gcs.handle(rejected())
    assert story.counter.rejection is None
    assert story.ignored() == ["ActorLeaseRejected"] * 2


def test_a_rejection_for_an_actor_that_has_its_worker_is_ignored() -> None:
    story = Story().until(ActorState.ALIVE)
    assert story.gcs.handle(rejected()) == []
    assert story.counter.state is ActorState.ALIVE


def test_a_rejection_for_an_actor_that_is_not_known_is_ignored() -> None:
    story = Story()
    assert story.gcs.handle(rejected()) == []
    assert story.ignored() == ["ActorLeaseRejected"]
    assert not story.actors.lives(COUNTER)
