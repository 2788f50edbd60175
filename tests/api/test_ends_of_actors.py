# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""How long an actor lives: until its last handle is gone, and its calls are answered."""

import pickle

import pytest

from tests.processes import wait_until


@pytest.fixture
def counter_class(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1
            return self.value

    return Counter


def test_a_call_on_a_handle_that_nobody_keeps_is_answered(ray, counter_class):
    assert ray.get(counter_class.remote().increment.remote()) == 1


def test_calls_made_before_the_last_handle_went_are_answered(ray, tmp_path, counter_class):
    gate = tmp_path / "open"

    @ray.remote
    class Slow:
        def first(self):
            wait_until(gate.exists)

        def second(self):
            return "done"

    slow = Slow.remote()
    slow.first.remote()
    ref = slow.second.remote()
    del slow
    gate.touch()
    assert ray.get(ref) == "done"


def test_an_actor_ends_with_its_last_handle(ray, tmp_path):
    @ray.remote
    class Marked:
        def __init__(self, path):
            self.path = path

        def __ray_shutdown__(self):
            self.path.touch()

        def ping(self):
            pass

    ended = tmp_path / "ended"
    marked = Marked.remote(ended)
    ray.get(marked.ping.remote())
    copy = pickle.loads(pickle.dumps(marked))
    del marked
    ray.get(copy.ping.remote())
    assert not ended.exists()
    del copy
    wait_until(ended.exists)


def test_the_instance_is_deleted_when_the_last_handle_goes(ray, tmp_path):
    @ray.remote
    class Marked:
        def __init__(self, path):
            self.path = path

        def __del__(self):
            self.path.touch()

    ended = tmp_path / "ended"
    marked = Marked.remote(ended)
    ray.get(marked.__ray_ready__.remote())
    del marked
    wait_until(ended.exists)


def test_no_last_words_are_spoken_on_kill(ray, tmp_path):
    @ray.remote
    class Marked:
        def __init__(self, path):
            self.path = path

        def __ray_shutdown__(self):
            self.path.touch()

        def ping(self):
            pass

    ended = tmp_path / "ended"
    marked = Marked.remote(ended)
    ray.get(marked.ping.remote())
    ray.kill(marked)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(marked.ping.remote())
    assert not ended.exists()


def test_a_handle_in_another_actor_keeps_the_actor_alive(ray, counter_class):
    @ray.remote
    class Keeper:
        def keep(self, handles):
            self.handles = handles

        def count(self):
            return ray.get(self.handles[0].increment.remote())

    keeper, counter = Keeper.remote(), counter_class.remote()
    ray.get(keeper.keep.remote([counter]))
    del counter
    assert ray.get(keeper.count.remote()) == 1
    assert ray.get(keeper.count.remote()) == 2


def test_a_handle_from_get_actor_keeps_nothing_alive(ray, counter_class):
    strong = counter_class.options(name="weakly").remote()
    weak = ray.get_actor("weakly")
    assert weak == strong
    assert ray.get(weak.increment.remote()) == 1
    del strong

    def call_until_it_raises():
        while True:
            ray.get(weak.increment.remote())

    with pytest.raises(ray.exceptions.ActorDiedError, match="no handle"):
        call_until_it_raises()


def test_a_call_through_a_weak_handle_is_answered_before_the_actor_ends(ray, tmp_path):
    @ray.remote
    class Slow:
        def wait_for(self, path):
            wait_until(path.exists)
            return "done"

    gate = tmp_path / "gate"
    strong = Slow.options(name="slow").remote()
    weak = ray.get_actor("slow")
    refs = [weak.wait_for.remote(gate), weak.wait_for.remote(gate)]
    del strong
    assert ray.wait(refs, timeout=0.05) == ([], refs)
    gate.touch()
    assert ray.get(refs) == ["done", "done"]


def test_a_strong_handle_beside_a_weak_one_still_counts(ray, counter_class):
    @ray.remote
    class Keeper:
        def keep(self, handles):
            self.handles = handles

        def find_and_count(self):
            return ray.get(ray.get_actor("both").increment.remote())

    keeper = Keeper.remote()
    counter = counter_class.options(name="both").remote()
    ray.get(keeper.keep.remote([counter]))
    del counter
    assert ray.get(keeper.find_and_count.remote()) == 1
    assert ray.get(ray.get_actor("both").increment.remote()) == 2
