import pytest

from raylite._core.common.ids import ActorID, WorkerID
from raylite._core.common.instructions import (
    StopWorker,
)
from raylite._core.common.messages import CreationFinished
from raylite._core.common.states import ActorState, InvalidTransitionError
from tests.core.actor_story import (
    W1,
    W2,
    Story,
)


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_worker_found_for_a_dead_actor_is_stopped(story: Story):
    story.until(ActorState.PENDING_CREATION)
    story.kill()
    (stop,) = story.leased()
    assert isinstance(stop, StopWorker)
    assert (stop.worker_id, stop.force) == (W1, True)
    assert story.ignored() == ["ActorWorkerLeased"]


def test_a_worker_found_for_an_unknown_actor_is_stopped(story: Story):
    (stop,) = story.leased()
    assert isinstance(stop, StopWorker)


def test_a_worker_found_for_an_earlier_life_is_stopped(story: Story):
    story.until(ActorState.ALIVE, max_restarts=1)
    story.dies()
    (stop,) = story.leased(W2, life=0)
    assert isinstance(stop, StopWorker)
    assert stop.worker_id == W2
    assert story.counter.worker_id is None


def test_the_same_worker_found_twice_goes_on_working(story: Story):
    story.until(ActorState.ALIVE)
    assert story.leased() == []
    assert story.ignored() == ["ActorWorkerLeased"]


def test_news_from_a_worker_the_actor_has_left_is_ignored(story: Story):
    story.until(ActorState.ALIVE, max_restarts=1)
    story.dies()
    story.leased(W2, life=1)
    assert story.created(W1) == []
    assert story.creation_failed(W1) == []
    assert story.dies(W1) == []
    assert story.counter.state is ActorState.RESTARTING
    assert story.ignored() == ["CreationFinished", "CreationFailed"]


def test_a_worker_cannot_speak_for_an_actor_of_another(story: Story):
    story.until(ActorState.ALIVE)
    stranger = ActorID("stranger")
    story.gcs.handle(CreationFinished(actor_id=stranger, worker_id=W1, at_s=9.0))
    assert story.ignored() == ["CreationFinished"]


def test_an_impossible_report_of_the_current_worker_is_a_bug(story: Story):
    story.until(ActorState.ALIVE)
    with pytest.raises(InvalidTransitionError, match="from ALIVE to ALIVE"):
        story.created()
    assert story.counter.state is ActorState.ALIVE


def test_the_death_of_a_process_without_actors_changes_nothing(story: Story):
    story.until(ActorState.ALIVE)
    before = list(story.events)
    assert story.dies(WorkerID("somebody")) == []
    assert story.events == before
