"""Placement groups that are removed, and what is remembered of them: names and tables."""

import pytest

from raylite._core.common.events import Event
from raylite._core.common.ids import ActorID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.instructions import PublishPlacementGroup, TellRaylet
from raylite._core.common.messages import (
    ActorDependenciesReady,
    CreatePlacementGroup,
    KillActor,
    RegisterActor,
    RemovePlacementGroup,
    ReturnBundles,
)
from raylite._core.common.placement_group_spec import PlacementStrategy
from raylite._core.common.states import PlacementGroupState
from raylite._core.gcs.actor_table import NameTakenError
from raylite._core.gcs.placement_group_manager import PlacementGroupManager
from tests.core.actor_story import W1
from tests.core.actor_story import spec as actor_spec
from tests.core.group_story import DRIVER, G, Story, group_spec

CREATED, REMOVED = PlacementGroupState.CREATED, PlacementGroupState.REMOVED
SERVICE = ActorID("service")
OTHER = PlacementGroupID("other")


def until(step: str) -> Story:
    """Lead a group of two bundles to one of the steps of its life."""
    story = Story(a=1, b=1)
    story.create(1, 1, strategy=PlacementStrategy.SPREAD, name="mine")
    if step == "pending":
        return story
    story.report()
    if step == "preparing":
        story.raylets.deliver(NodeID("a"))
        return story
    story.node_works("a")
    story.node_works("b")
    if step == "prepared":
        return story
    story.settle()
    if step == "rescheduling":
        story.node_dies("b")
    return story


STEPS = ["pending", "preparing", "prepared", "created", "rescheduling"]


@pytest.mark.parametrize("step", STEPS)
def test_a_group_can_be_removed_in_every_state(step: str) -> None:
    story = until(step)
    back = ReturnBundles(group_id=G, node_id=None, removed=True, at_s=story.now_s + 1)
    assert story.remove() == [PublishPlacementGroup(group_id=G), TellRaylet(message=back)]
    assert story.group.state is REMOVED
    assert not story.groups.needs_resources
    story.settle()
    assert story.raylets.held() == {}
    assert story.group.state is REMOVED


@pytest.mark.parametrize("step", STEPS)
def test_the_name_of_a_removed_group_is_free_at_once(step: str) -> None:
    story = until(step)
    assert story.groups.name_taken("ns", "mine")
    story.remove()
    assert not story.groups.name_taken("ns", "mine")
    story.create(1, name="mine", group_id=OTHER)
    assert story.groups.name_taken("ns", "mine")


def test_a_group_is_removed_once() -> None:
    story = until("created")
    story.remove()
    assert story.remove() == []
    assert story.remove(PlacementGroupID("stranger")) == []
    assert story.ignored() == ["RemovePlacementGroup"] * 2


def test_the_death_of_a_node_does_not_concern_a_removed_group() -> None:
    story = until("created")
    story.remove()
    assert story.node_dies("a") == []


def test_a_group_is_found_by_its_name_in_its_namespace() -> None:
    story = until("created")
    assert story.groups.lookup("ns", "mine") == story.group
    assert story.groups.lookup("elsewhere", "mine") is None
    assert story.groups.lookup("ns", "") is None
    story.remove()
    assert story.groups.lookup("ns", "mine") is None


def test_a_name_that_is_taken_is_refused_and_nothing_has_changed() -> None:
    story = until("created")
    with pytest.raises(NameTakenError, match="'mine' is taken in namespace 'ns'"):
        story.create(1, name="mine", group_id=OTHER)
    assert [view.spec.group_id for view in story.groups.views()] == [G]
    story.create(1, name="mine", namespace="elsewhere", group_id=OTHER)


def test_groups_without_a_name_do_not_get_in_each_other_s_way() -> None:
    story = Story(a=2)
    story.create(1)
    story.create(1, group_id=OTHER)
    with pytest.raises(ValueError, match="registered already"):
        story.create(1)


def test_a_group_ends_with_its_program() -> None:
    story = until("created")
    story.process_dies(WorkerID("stranger"))
    assert story.group.state is CREATED
    story.process_dies()
    story.settle()
    assert story.group.state is REMOVED
    assert story.raylets.held() == {}


def test_a_detached_group_does_not() -> None:
    story = Story(a=1)
    story.create(1, detached=True)
    story.process_dies()
    assert story.settle().group.state is CREATED


def test_a_group_of_an_actor_outlives_the_actor_but_not_the_program() -> None:
    story = Story(a=1)
    story.tell(RegisterActor(spec=actor_spec(actor_id=SERVICE), at_s=0.0))
    story.create(1, actor_id=SERVICE)
    story.tell(KillActor(actor_id=SERVICE, no_restart=True, at_s=1.0))
    assert story.settle().group.state is CREATED
    story.process_dies()
    assert story.group.state is REMOVED


def test_a_group_of_a_detached_actor_outlives_the_program_but_not_the_actor() -> None:
    story = Story(a=1)
    story.tell(RegisterActor(spec=actor_spec(actor_id=SERVICE, detached=True), at_s=0.0))
    story.tell(ActorDependenciesReady(actor_id=SERVICE, creation_task=b"", at_s=0.0))
    story.create(1, actor_id=SERVICE)
    story.process_dies()
    assert story.settle().group.state is CREATED
    found = story.tell(KillActor(actor_id=SERVICE, no_restart=True, at_s=1.0))
    assert PublishPlacementGroup(group_id=G) in found
    assert story.group.state is REMOVED


def test_a_group_that_a_detached_actor_made_after_its_program_ended_ends_with_the_actor() -> None:
    """Its own process then stands for the program; one that is started anew is the same actor."""
    story = Story(a=1)
    story.tell(RegisterActor(spec=actor_spec(actor_id=SERVICE, detached=True), at_s=0.0))
    story.create(1, actor_id=SERVICE, owner_id=W1)
    story.process_dies(W1)
    assert story.settle().group.state is CREATED
    story.tell(KillActor(actor_id=SERVICE, no_restart=True, at_s=1.0))
    assert story.group.state is REMOVED


def test_a_group_of_an_actor_ends_when_both_end_together() -> None:
    story = Story(a=1)
    story.tell(RegisterActor(spec=actor_spec(actor_id=SERVICE), at_s=0.0))
    story.create(1, actor_id=SERVICE)
    story.process_dies(DRIVER)
    assert story.group.state is REMOVED


def test_the_table_is_ray_s() -> None:
    story = until("rescheduling")
    assert story.group.to_row() == {
        "placement_group_id": "g",
        "name": "mine",
        "bundles": {0: {"CPU": 1.0}, 1: {"CPU": 1.0}},
        "bundles_to_node_id": {0: "a", 1: ""},
        "strategy": "SPREAD",
        "state": "RESCHEDULING",
        "stats": {
            "end_to_end_creation_latency_ms": 5000.0,
            "scheduling_latency_ms": 4000.0,
            "scheduling_attempt": 1,
            "highest_retry_delay_ms": 0.0,
            "scheduling_state": "QUEUED",
        },
    }


def test_a_removed_group_keeps_its_row() -> None:
    story = until("created")
    story.remove()
    row = story.group.to_row()
    assert row["state"] == "REMOVED"
    assert row["bundles_to_node_id"] == {0: "a", 1: "b"}
    assert row["stats"]["scheduling_state"] == "REMOVED"


def test_the_oldest_removed_groups_are_forgotten() -> None:
    events: list[Event] = []
    groups = PlacementGroupManager(events.append, lambda _actor_id: False, max_removed=1)
    for name in ("g1", "g2", "g3"):
        group_id = PlacementGroupID(name)
        groups.handle(CreatePlacementGroup(spec=group_spec(1, group_id=group_id), at_s=0.0))
    for name in ("g2", "g1"):
        groups.handle(RemovePlacementGroup(group_id=PlacementGroupID(name), at_s=1.0))
    assert [view.spec.group_id for view in groups.views()] == ["g1", "g3"]
    assert groups.view(PlacementGroupID("g2")) is None
