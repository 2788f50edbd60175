# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Waiting no longer than one wants to."""

import pytest

from tests.processes import wait_until


@pytest.fixture
def behind_the_gate(ray):
    @ray.remote
    def behind_the_gate(path):
        wait_until(path.exists)
        return "late"

    return behind_the_gate


@pytest.mark.parametrize("timeout", [0, 0.01, 0.1])
def test_get_gives_up_after_its_timeout(ray, behind_the_gate, tmp_path, timeout):
    gate = tmp_path / "gate"
    ref = behind_the_gate.remote(gate)
    with pytest.raises(ray.exceptions.GetTimeoutError, match="Get timed out") as caught:
        ray.get(ref, timeout=timeout)
    assert isinstance(caught.value, TimeoutError)
    gate.touch()
    assert ray.get(ref, timeout=10) == "late"


def test_get_of_a_list_gives_up_if_one_is_late(ray, behind_the_gate, tmp_path):
    gate = tmp_path / "gate"
    refs = [ray.put(1), behind_the_gate.remote(gate)]
    with pytest.raises(TimeoutError):
        ray.get(refs, timeout=0.05)
    gate.touch()
    assert ray.get(refs) == [1, "late"]


def test_a_value_that_is_there_needs_no_time(ray):
    assert ray.get(ray.put(1), timeout=0) == 1


def test_a_timeout_inside_a_task_is_an_error_of_the_task(ray, behind_the_gate, tmp_path):
    @ray.remote
    def impatient(refs):
        return ray.get(refs[0], timeout=0.01)

    gate = tmp_path / "gate"
    late = behind_the_gate.remote(gate)
    with pytest.raises(ray.exceptions.GetTimeoutError):
        ray.get(impatient.remote([late]))
    gate.touch()
    ray.get(late)


def test_a_timeout_cancels_nothing(ray, tmp_path):
    @ray.remote
    class Slow:
        def first(self, path):
            wait_until(path.exists)
            return 1

        def second(self):
            return 2

    gate, slow = tmp_path / "gate", Slow.remote()
    first, second = slow.first.remote(gate), slow.second.remote()
    for ref in (first, second):
        with pytest.raises(TimeoutError):
            ray.get(ref, timeout=0.01)
    gate.touch()
    assert ray.get([first, second]) == [1, 2]


def test_waiting_for_an_actor_that_is_not_there_yet_times_out(ray, tmp_path):
    @ray.remote
    class Late:
        def __init__(self, path):
            wait_until(path.exists)

        def ping(self):
            return "pong"

    gate = tmp_path / "gate"
    ref = Late.remote(gate).ping.remote()
    with pytest.raises(TimeoutError):
        ray.get(ref, timeout=0.01)
    gate.touch()
    assert ray.get(ref) == "pong"
