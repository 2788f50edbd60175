# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.
"""Actors that share the work."""

import pytest

import raylite
from raylite.util import ActorPool
from tests.processes import wait_until


@raylite.remote(num_cpus=0)
class Worker:
    def double(self, value):
        return 2 * value

    def fail_at(self, value, bad):
        if value == bad:
            raise KeyError(value)
        return value

    def behind(self, gate, value):
        wait_until(gate.exists)
        return value


def double(actor, value):
    return actor.double.remote(value)


def pool_of(number):
    return ActorPool([Worker.remote() for _ in range(number)])


def test_map_gives_the_results_in_the_order_of_the_values(ray):
    assert list(pool_of(2).map(double, range(7))) == [2 * value for value in range(7)]


def test_map_unordered_gives_every_result_once(ray):
    results = pool_of(2).map_unordered(double, range(7))
    assert sorted(results) == [2 * value for value in range(7)]


def test_map_unordered_gives_first_what_is_ready_first(ray, tmp_path):
    gate = tmp_path / "open"

    def call(actor, value):
        return actor.behind.remote(gate, value) if value == "slow" else actor.double.remote(value)

    results = pool_of(2).map_unordered(call, ["slow", 1, 2])
    assert [next(results), next(results)] == [2, 4]
    gate.touch()
    assert list(results) == ["slow"]


def test_values_wait_for_an_actor(ray):
    pool = pool_of(1)
    for value in range(3):
        pool.submit(double, value)
    assert not pool.has_free()
    assert [pool.get_next() for _ in range(3)] == [0, 2, 4]
    assert pool.has_free()
    assert not pool.has_next()


def test_next_without_a_call_stops(ray):
    pool = pool_of(1)
    for get_next in (pool.get_next, pool.get_next_unordered):
        with pytest.raises(StopIteration, match="No more results"):
            get_next()


def test_an_error_is_raised_where_its_result_is_taken_and_costs_no_actor(ray):
    pool = pool_of(2)
    for value in range(4):
        pool.submit(lambda actor, value: actor.fail_at.remote(value, 1), value)
    assert pool.get_next() == 0
    with pytest.raises(KeyError):
        pool.get_next()
    assert [pool.get_next(), pool.get_next()] == [2, 3]
    assert {pool.pop_idle(), pool.pop_idle(), None} > {None}
    assert pool.pop_idle() is None


def test_a_map_ends_at_an_error_and_the_pool_goes_on(ray):
    pool = pool_of(2)
    results = pool.map(lambda actor, value: actor.fail_at.remote(value, 1), range(4))
    assert next(results) == 0
    with pytest.raises(KeyError):
        next(results)
    assert list(results) == []
    assert [pool.get_next(), pool.get_next()] == [2, 3]
    assert list(pool.map(double, [5])) == [10]


def test_a_function_that_raises_costs_no_actor(ray):
    pool = pool_of(1)
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda _actor, value: 1 // value, 0)
    assert pool.has_free()


def test_a_function_that_makes_no_call_is_told_so(ray):
    pool = pool_of(1)
    with pytest.raises(ValueError, match=r"actor\.double\.remote"):
        pool.submit(lambda _actor, value: 2 * value, 1)
    assert pool.has_free()


@pytest.mark.parametrize("name", ["get_next", "get_next_unordered"])
def test_a_result_that_is_late_can_be_waited_for_again(ray, tmp_path, name):
    pool, gate = pool_of(1), tmp_path / "open"
    pool.submit(lambda actor, value: actor.behind.remote(gate, value), "late")
    with pytest.raises(TimeoutError, match="Timed out"):
        getattr(pool, name)(timeout=0.01)
    assert pool.has_next()
    gate.touch()
    assert getattr(pool, name)(timeout=10) == "late"


@pytest.mark.parametrize("name", ["get_next", "get_next_unordered"])
def test_a_result_that_is_late_can_be_given_up(ray, tmp_path, name):
    pool, gate = pool_of(1), tmp_path / "open"
    pool.submit(lambda actor, value: actor.behind.remote(gate, value), "late")
    with pytest.raises(TimeoutError, match="has been ignored"):
        getattr(pool, name)(timeout=0.01, ignore_if_timedout=True)
    assert not pool.has_next()
    assert pool.has_free()
    gate.touch()


def test_a_map_gives_up_what_was_submitted_before(ray):
    pool = pool_of(1)
    for value in range(3):
        pool.submit(double, value)
    assert list(pool.map(double, [5, 6])) == [10, 12]


def test_the_order_is_lost_once_a_later_result_was_taken(ray, tmp_path):
    pool, gate = pool_of(2), tmp_path / "open"
    pool.submit(lambda actor, value: actor.behind.remote(gate, value), "first")
    pool.submit(double, 1)
    assert pool.get_next_unordered() == 2
    with pytest.raises(ValueError, match="get_next_unordered"):
        pool.get_next()
    gate.touch()
    assert pool.get_next_unordered() == "first"


def test_calls_that_give_the_same_ref_are_taken_one_by_one(ray):
    pool = pool_of(3)
    ref = ray.put(1)
    for _ in range(2):
        pool.submit(lambda _, value: value, ref)
        assert pool.get_next_unordered() == 1
    for _ in range(3):
        pool.submit(lambda _, value: value, ref)
    assert [pool.get_next_unordered() for _ in range(3)] == [1, 1, 1]
    assert not pool.has_next()


def test_an_actor_is_pushed_once(ray):
    idle, busy, new = Worker.remote(), Worker.remote(), Worker.remote()
    pool = ActorPool([idle, busy])
    pool.submit(double, 1)
    for actor in (idle, busy):
        with pytest.raises(ValueError, match="already belongs"):
            pool.push(actor)
    pool.push(new)
    assert pool.get_next() == 2


def test_a_pushed_actor_takes_what_waits(ray):
    pool = pool_of(1)
    actor = pool.pop_idle()
    pool.submit(double, 4)
    assert not pool.has_next()
    pool.push(actor)
    assert pool.get_next() == 8


def test_a_pool_can_be_used_by_a_task_and_by_an_actor(ray):
    @ray.remote
    def in_a_task(pool):
        return list(pool.map(double, range(3)))

    @ray.remote
    class Keeper:
        def __init__(self, pool):
            self.pool = pool

        def use(self):
            return sorted(self.pool.map_unordered(double, range(3)))

    pool = pool_of(2)
    assert ray.get(in_a_task.remote(pool)) == [0, 2, 4]
    assert ray.get(Keeper.remote(pool).use.remote()) == [0, 2, 4]


def test_the_facade_finds_the_utilities_when_they_are_asked_for(ray):
    assert ray.util.ActorPool is ActorPool
    assert ray.cloudpickle.loads(ray.cloudpickle.dumps(3)) == 3


def test_one_handle_is_answered_with_what_to_write(ray):
    with pytest.raises(TypeError, match=r"Write ActorPool\(\[handle\]\)"):
        ActorPool(ray.remote(type("Lone", (), {})).remote())
