"""Getting values."""

import pytest

from tests.compat.cases import different, elsewhere, raises


def test_a_list_of_refs_gives_a_list_of_values(ray):
    assert ray.get([ray.put(1), ray.put(2)]) == [1, 2]


def test_an_empty_list_gives_an_empty_list(ray):
    assert ray.get([]) == []


@pytest.mark.parametrize("value", [1, "text", None, {"a": 1}, {1}], ids=repr)
def test_other_things_are_refused(ray, value):
    with raises(ValueError, words=("ObjectRef", type(value).__name__)):
        ray.get(value)


def test_a_tuple_of_refs_is_refused(ray):
    with raises(ValueError, words=("ObjectRef", "tuple")):
        ray.get((ray.put(1),))


def test_a_handle_is_refused(ray, gate):
    with raises(ValueError, words=("ObjectRef", "ActorHandle")):
        ray.get(gate)


def test_a_list_with_something_else_in_it_is_refused(ray):
    with raises(TypeError, words=("ObjectRef", "2")):
        ray.get([ray.put(1), 2])


def test_a_timeout_is_a_timeout_error(ray, gate):
    ref = gate.wait.remote()
    with raises(
        ray.exceptions.GetTimeoutError,
        ray.exceptions.RayError,
        TimeoutError,
        words="Get timed out",
    ):
        ray.get(ref, timeout=0.1)
    gate.open.remote()
    assert ray.get(ref) is None


@elsewhere(inline="A call that blocks in get keeps the one it waits for from being made.")
def test_a_timeout_cancels_nothing(ray, gate):
    @ray.remote
    def work(gate):
        ray.get(gate.wait.remote("worker"))
        return "done"

    ref = work.remote(gate)
    with raises(ray.exceptions.GetTimeoutError):
        ray.get(ref, timeout=0.1)
    ray.get(gate.open.remote())
    assert ray.get(ref) == "done"


def test_a_timeout_of_zero_looks_once(ray, gate):
    ready, waiting = ray.put(1), gate.wait.remote()
    assert ray.get(ready, timeout=0) == 1
    with raises(ray.exceptions.GetTimeoutError):
        ray.get(waiting, timeout=0)
    gate.open.remote()


def test_values_that_are_there_are_given_within_any_timeout(ray):
    assert ray.get([ray.put(1), ray.put(2)], timeout=60) == [1, 2]


def test_an_error_is_raised_while_others_are_still_awaited(ray, gate):
    @ray.remote
    def fail():
        raise KeyError("k")

    waiting = gate.wait.remote()
    with raises(KeyError, ray.exceptions.RayTaskError):
        ray.get([waiting, fail.remote()])
    gate.open.remote()


def test_more_positional_arguments_are_refused(ray):
    with raises(TypeError, words="positional argument"):
        ray.get(ray.put(1), 5)


@different(
    ray="`get(ref, timeout=-1)` waits without end; any other negative number ends the process.",
    raylite="A negative timeout is over at once: GetTimeoutError, unless the value is there.",
    why="Time left is often computed, and may be a little less than nothing.",
)
def test_a_negative_timeout(ray, engine, gate):
    ref = gate.wait.remote("there")
    if engine == "ray":
        gate.open.remote()
        assert ray.get(ref, timeout=-1) == "there"
    else:
        with raises(ray.exceptions.GetTimeoutError):
            ray.get(ref, timeout=-1)
        gate.open.remote()
        assert ray.get(ref) == "there"
