"""multiprocessing.Pool, and joblib."""

import multiprocessing
import os
import time

import pytest

from tests.compat.cases import different, elsewhere, module, raises


def double(x):
    return 2 * x


def add(x, y):
    return x + y


def fail_at_2(x):
    if x == 2:
        raise ValueError(f"at {x}")
    return x


@pytest.fixture
def pools(ray):
    return module(ray, "util.multiprocessing")


@pytest.fixture
def pool(pools):
    made = pools.Pool(2)
    yield made
    made.terminate()
    made.join()


def test_map(pool):
    assert pool.map(double, range(5)) == [0, 2, 4, 6, 8]
    assert pool.map(double, range(5), chunksize=2) == [0, 2, 4, 6, 8]


def test_starmap(pool):
    assert pool.starmap(add, [(1, 2), (3, 4)]) == [3, 7]


def test_apply(pool):
    assert pool.apply(add, (1,), {"y": 2}) == 3


def test_async_results(pool):
    result = pool.map_async(double, range(3))
    result.wait()
    assert result.ready()
    assert result.successful()
    assert result.get(timeout=30) == [0, 2, 4]
    assert pool.apply_async(add, (1, 2)).get() == 3
    assert pool.starmap_async(add, [(1, 2)]).get() == [3]


def test_callbacks(pool):
    seen = []
    pool.apply_async(double, (2,), callback=seen.append).wait()
    deadline = time.monotonic() + 10
    while not seen and time.monotonic() < deadline:
        time.sleep(0.01)
    assert seen == [4]


def test_imap(pool):
    assert list(pool.imap(double, range(4))) == [0, 2, 4, 6]
    assert sorted(pool.imap_unordered(double, range(4))) == [0, 2, 4, 6]


def test_an_error(pool):
    with raises(ValueError, words="at 2"):
        pool.map(fail_at_2, range(4))
    result = pool.map_async(fail_at_2, range(4))
    result.wait()
    assert not result.successful()


@different(
    ray="`imap` gives an error as a value among the others.",
    raylite="`imap` raises it, and can be asked for what comes behind.",
    why="So does Python's own multiprocessing.",
)
def test_an_error_in_imap(pool, engine):
    items = pool.imap(fail_at_2, range(4))
    assert [next(items), next(items)] == [0, 1]
    if engine == "ray":
        assert "ValueError" in repr(next(items))
    else:
        with raises(ValueError, words="at 2"):
            next(items)
    assert list(items) == [3]


@elsewhere(inline="Workers are this process.")
def test_workers_are_processes_of_their_own(pool):
    pids = set(pool.map(lambda _: os.getpid(), range(8)))
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2


def test_an_initializer(pools):
    def prepare(value):
        os.environ["PREPARED"] = value

    with pools.Pool(1, initializer=prepare, initargs=("yes",)) as pool:
        assert pool.map(lambda _: os.environ["PREPARED"], [1]) == ["yes"]


def test_a_closed_pool(pools):
    pool = pools.Pool(1)
    pool.close()
    with raises(ValueError, words="Pool"):
        pool.map(double, [1])
    pool.join()


def test_join_of_an_open_pool(pool):
    with raises(ValueError, words="still running"):
        pool.join()
    pool.close()


@elsewhere(inline="A call has ended before anybody can wait for it.")
def test_a_timeout(pool):
    result = pool.apply_async(time.sleep, (1,))
    with raises(multiprocessing.TimeoutError):
        result.get(timeout=0.05)
    result.wait()


def test_joblib(ray):
    joblib = pytest.importorskip("joblib")
    module(ray, "util.joblib").register_ray()
    with joblib.parallel_backend("ray", n_jobs=2):
        results = joblib.Parallel()(joblib.delayed(double)(i) for i in range(5))
    assert results == [0, 2, 4, 6, 8]
