"""ActorPool."""

import pytest

from tests.compat.actors import Worker
from tests.compat.cases import different, raises


def double(actor, value):
    return actor.double.remote(value)


@pytest.fixture
def workers(ray):
    return [ray.remote(Worker).options(num_cpus=0).remote() for _ in range(2)]


@pytest.fixture
def pool(ray, workers):
    return ray.util.ActorPool(workers)


def test_map_keeps_the_order(pool):
    assert list(pool.map(double, range(6))) == [0, 2, 4, 6, 8, 10]


def test_map_unordered_gives_each_result_once(pool):
    assert sorted(pool.map_unordered(double, range(6))) == [0, 2, 4, 6, 8, 10]


def test_map_is_lazy_and_nothing_is_got_from_nothing(pool):
    assert list(pool.map(double, [])) == []


def test_submit_and_get_next(pool):
    for value in range(4):
        pool.submit(double, value)
    assert [pool.get_next() for _ in range(4)] == [0, 2, 4, 6]
    assert not pool.has_next()


def test_get_next_unordered(pool):
    for value in range(4):
        pool.submit(double, value)
    assert sorted(pool.get_next_unordered() for _ in range(4)) == [0, 2, 4, 6]


def test_nothing_to_get(pool):
    with raises(StopIteration):
        pool.get_next()
    with raises(StopIteration):
        pool.get_next_unordered()


def test_has_next_and_has_free(pool):
    assert pool.has_free()
    assert not pool.has_next()
    pool.submit(double, 1)
    pool.submit(double, 2)
    assert not pool.has_free()
    assert pool.has_next()
    assert [pool.get_next(), pool.get_next()] == [2, 4]
    assert pool.has_free()


def test_idle_actors_are_taken_out_and_put_in(pool, workers):
    one, two = pool.pop_idle(), pool.pop_idle()
    assert {one, two} == {*workers}
    assert pool.pop_idle() is None
    assert not pool.has_free()
    pool.push(one)
    assert pool.has_free()
    assert list(pool.map(double, [1, 2])) == [2, 4]


def test_an_actor_is_pushed_once(pool, workers):
    with raises(ValueError, words="already belongs"):
        pool.push(workers[0])


def test_a_timeout(ray, pool, gate):
    pool.submit(lambda _actor, value: gate.wait.remote(value), "late")
    with raises(TimeoutError):
        pool.get_next(timeout=0.1)
    gate.open.remote()
    assert pool.get_next(timeout=30) == "late"


def test_a_timeout_that_ignores_what_is_late(pool, gate):
    pool.submit(lambda _actor, value: gate.wait.remote(value), "late")
    with raises(TimeoutError):
        pool.get_next(timeout=0.1, ignore_if_timedout=True)
    gate.open.remote()
    assert not pool.has_next()


def test_an_error_is_raised_where_its_result_would_be(ray, pool):
    for value in range(3):
        pool.submit(lambda actor, value: actor.fail_at.remote(value, 1), value)
    assert pool.get_next() == 0
    with raises(ValueError, ray.exceptions.RayTaskError, words="at 1"):
        pool.get_next()
    assert pool.get_next() == 2


@different(
    ray="A function given to `submit` that raises takes its actor out of the pool for good.",
    raylite="The actor stays in the pool.",
    why="A mistake in a lambda should not cost a worker.",
)
def test_a_function_that_raises(pool, engine):
    def wrong(_actor, _value):
        raise KeyError("wrong")

    for _ in range(2):
        with raises(KeyError):
            pool.submit(wrong, 1)
    assert pool.has_free() == {"ray": False, "raylite": True}[engine]


@different(
    ray="`get_next_unordered(timeout=..., ignore_if_timedout=True)` fails: UnboundLocalError.",
    raylite="It is a TimeoutError, and the oldest call is given up.",
    why="That is what the option promises, and what `get_next` does on both.",
)
def test_an_unordered_timeout_that_ignores_what_is_late(pool, gate, engine):
    pool.submit(lambda _actor, value: gate.wait.remote(value), "late")
    with raises({"ray": UnboundLocalError, "raylite": TimeoutError}[engine]):
        pool.get_next_unordered(timeout=0.1, ignore_if_timedout=True)
    assert pool.has_next() == (engine == "ray")
    gate.open.remote()


def test_a_pool_can_be_sent(ray, pool):
    @ray.remote
    def use(pool):
        return list(pool.map(lambda actor, value: actor.double.remote(value), range(3)))

    assert ray.get(use.remote(pool)) == [0, 2, 4]
