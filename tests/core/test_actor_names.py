import pytest

from raylite._core.common.ids import ActorID
from raylite._core.common.states import ActorState
from raylite._core.gcs.actor_table import NameTakenError
from tests.core.actor_story import (
    Story,
)


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_name_belongs_to_a_namespace(story: Story):
    story.register(name="c", namespace="course")
    assert story.actors.name_taken("course", "c")
    assert not story.actors.name_taken("", "c")
    assert story.actors.lookup("course", "c") == story.counter
    assert story.actors.lookup("", "c") is None


def test_a_taken_name_is_refused_before_anything_changes(story: Story):
    story.register(name="c")
    before = list(story.events)
    with pytest.raises(NameTakenError, match="'c' is taken in namespace ''"):
        story.register(name="c", actor_id=ActorID("second"))
    assert story.events == before
    assert story.actors.view(ActorID("second")) is None


def test_a_name_is_free_again_when_its_actor_is_dead(story: Story):
    story.until(ActorState.ALIVE, name="c")
    story.kill()
    story.register(name="c", actor_id=ActorID("second"))
    found = story.actors.lookup("", "c")
    assert found is not None
    assert found.spec.actor_id == "second"


def test_an_actor_cannot_be_registered_twice(story: Story):
    story.register()
    with pytest.raises(ValueError, match="registered already"):
        story.register()
