# mypy: disable-error-code="attr-defined, arg-type"
# A type checker does not follow a decorator that makes something else of a class.
"""multiprocessing.Pool on actors."""

import importlib.util
import itertools
import multiprocessing
import os
import threading

import pytest

from raylite.exceptions import ActorDiedError, RayTaskError
from raylite.util.joblib import register_ray
from raylite.util.multiprocessing import Pool, TimeoutError  # noqa: A004  # the name it has there
from tests.processes import wait_until


def square(x):
    return x * x


def fail_at_two(x):
    if x == 2:
        raise KeyError(x)
    return x


def remember(greeting):
    os.environ["GREETING"] = greeting


def recall():
    return os.environ["GREETING"]


def behind(gate):
    wait_until(gate.exists)
    return "open"


def pid_of(_):
    return os.getpid()


@pytest.fixture
def pool(ray):
    with Pool(2) as pool:
        yield pool


def test_apply_calls_a_function_in_another_process(pool):
    assert pool.apply(pid_of, (1,)) != os.getpid()
    assert pool.apply(dict, (), {"a": 1}) == {"a": 1}


@pytest.mark.parametrize("chunksize", [None, 1, 3, 100])
def test_map_gives_the_results_in_order(pool, chunksize):
    assert pool.map(square, range(7), chunksize) == [x * x for x in range(7)]


def test_map_of_nothing_is_empty(pool):
    assert pool.map(square, []) == []


def test_starmap_unpacks_the_arguments(pool):
    assert pool.starmap(pow, [(2, 3), (3, 2)]) == [8, 9]
    assert pool.starmap_async(pow, [(2, 3)]).get() == [8]


def test_a_pool_has_no_more_processes_than_were_asked_for(pool):
    assert len(set(pool.map(pid_of, range(20), chunksize=1))) == 2


def test_an_error_is_raised_as_it_was_with_its_remote_traceback_behind_it(pool):
    for call in (
        lambda: pool.apply(fail_at_two, (2,)),
        lambda: pool.map(fail_at_two, range(4)),
    ):
        with pytest.raises(KeyError) as caught:
            call()
        assert type(caught.value) is KeyError
        assert isinstance(caught.value.__cause__, RayTaskError)


def test_imap_gives_the_results_in_order(pool):
    assert list(pool.imap(square, range(9))) == [x * x for x in range(9)]
    assert list(pool.imap(square, range(9), chunksize=4)) == [x * x for x in range(9)]


def test_imap_unordered_gives_every_result_once(pool):
    assert sorted(pool.imap_unordered(square, range(9), chunksize=2)) == [x * x for x in range(9)]


def test_imap_reads_an_endless_iterable(pool):
    results = pool.imap(square, itertools.count())
    assert [next(results) for _ in range(10)] == [x * x for x in range(10)]


def test_imap_goes_on_behind_an_error(pool):
    results = pool.imap(fail_at_two, range(4))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError):
        next(results)
    assert list(results) == [3]


def test_a_result_that_is_late_can_be_waited_for_again(pool, tmp_path):
    gate = tmp_path / "open"
    result, results = pool.apply_async(behind, (gate,)), pool.imap(behind, [gate])
    assert not result.ready()
    result.wait(0.01)
    with pytest.raises(TimeoutError):
        result.get(timeout=0.01)
    with pytest.raises(TimeoutError):
        results.next(timeout=0.01)
    with pytest.raises(ValueError, match="not ready"):
        result.successful()
    gate.touch()
    assert result.get(timeout=10) == results.next(timeout=10) == "open"
    assert result.ready()
    assert result.successful()
    assert TimeoutError is multiprocessing.TimeoutError


def test_a_result_that_is_an_error_is_not_successful(pool):
    result = pool.apply_async(fail_at_two, (2,))
    result.wait()
    assert not result.successful()


def test_callbacks_get_the_result_or_the_error(pool):
    told, done = [], threading.Event()

    def tell(what):
        told.append(what)
        done.set()

    pool.map_async(square, range(3), callback=tell, error_callback=tell)
    assert done.wait(10)
    done.clear()
    pool.apply_async(fail_at_two, (2,), callback=tell, error_callback=tell)
    assert done.wait(10)
    assert told[0] == [0, 1, 4]
    assert type(told[1]) is KeyError


def test_a_short_call_does_not_wait_behind_a_long_one(pool, tmp_path):
    gate = tmp_path / "open"
    long = pool.apply_async(behind, (gate,))
    assert [pool.apply(square, (x,)) for x in range(3)] == [0, 1, 4]
    gate.touch()
    assert long.get() == "open"


def test_each_process_is_initialised(ray):
    with Pool(1, initializer=remember, initargs=("hello",)) as pool:
        assert pool.apply(recall) == "hello"


def test_an_initializer_that_raises_is_told_at_the_first_call(ray):
    with Pool(1, initializer=fail_at_two, initargs=(2,)) as pool, pytest.raises(ActorDiedError):
        pool.apply(square, (2,))


def test_a_process_is_replaced_after_its_share(ray):
    with Pool(1, maxtasksperchild=2) as pool:
        pids = [pool.apply(pid_of, (x,)) for x in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_closed_pool_answers_what_it_was_asked_and_takes_no_more(ray, tmp_path):
    gate, pool = tmp_path / "open", Pool(1)
    result = pool.apply_async(behind, (gate,))
    with pytest.raises(ValueError, match="still running"):
        pool.join()
    pool.close()
    for call in (pool.apply, pool.map, pool.imap):
        with pytest.raises(ValueError, match="Pool not running"):
            call(square, [1])
    gate.touch()
    pool.join()
    assert result.ready()
    assert result.get() == "open"
    pool.terminate()


def test_a_pool_of_no_process_or_of_too_many_is_refused(ray):
    with pytest.raises(ValueError, match="> 0"):
        Pool(0)
    with pytest.raises(ValueError, match="only 4 CPUs"):
        Pool(5)


@pytest.mark.parametrize("size", [0, -1])
def test_a_chunk_has_at_least_one_item(pool, size):
    with pytest.raises(AssertionError, match="1 item or more"):
        pool.map(square, range(3), chunksize=size)
    with pytest.raises(ValueError, match="1 item or more"):
        pool.imap(square, range(3), chunksize=size)


def test_an_initializer_has_to_be_a_function(ray):
    with pytest.raises(TypeError, match=r"Pool\(initializer=3\)"):
        Pool(1, initializer=3)


def test_a_pool_has_a_process_for_each_cpu(ray):
    with Pool() as pool:
        assert len(set(pool.map(pid_of, range(40), chunksize=1))) == 4


def test_a_task_may_have_a_pool_of_its_own(ray):
    @ray.remote
    def squares(number):
        with Pool(2) as pool:
            return pool.map(square, range(number))

    assert ray.get(squares.remote(4)) == [0, 1, 4, 9]


def test_joblib_is_asked_for_only_where_it_is_used():
    if importlib.util.find_spec("joblib") is None:
        with pytest.raises(ImportError, match="pip install joblib"):
            register_ray()
    else:
        register_ray()
