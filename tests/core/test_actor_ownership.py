import pytest

from raylite._core.common.ids import ActorID
from raylite._core.common.instructions import (
    PublishActor,
    StopWorker,
)
from raylite._core.common.states import ActorState
from tests.core.actor_story import (
    DRIVER,
    PUBLISHED,
    W1,
    W2,
    Story,
    request,
)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.mark.parametrize(
    "state", [ActorState.DEPENDENCIES_UNREADY, ActorState.PENDING_CREATION, ActorState.ALIVE]
)
def test_an_actor_dies_with_its_owner(story: Story, state: ActorState):
    story.until(state, max_restarts=-1)
    todo = story.dies(DRIVER)
    assert todo[0] == PUBLISHED
    assert story.counter.state is ActorState.DEAD
    assert story.counter.death_reason == "its owner has died"
    if state is ActorState.ALIVE:
        assert isinstance(todo[1], StopWorker)
        assert todo[1].force


def test_only_the_actors_of_the_dead_owner_die(story: Story):
    story.until(ActorState.ALIVE)
    story.register(actor_id=ActorID("mine"), owner_id=W2)
    story.register(actor_id=ActorID("mine too"), owner_id=W2)
    story.dies(W2)
    dead = [view.spec.actor_id for view in story.actors.views() if view.death_reason]
    assert dead == ["mine", "mine too"]


def test_an_actor_dies_with_the_actor_that_owns_it_even_if_that_one_is_restarted(story: Story):
    story.until(ActorState.ALIVE, max_restarts=1)
    story.register(actor_id=ActorID("child"), owner_id=W1)
    todo = story.dies(W1)
    assert todo == [PUBLISHED, request(1), PublishActor(actor_id=ActorID("child"))]
