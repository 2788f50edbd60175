"""A long day in a few seconds: whatever a program does again and again leaves nothing behind.

Counted are objects of raylite's own classes, files and file descriptors: not bytes, which depend on
how memory is handed out, and no time.
"""

import contextlib
import gc
import os
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

import raylite
from benchmarks.endurance_loops import LOOPS, loops_of
from benchmarks.session_size import measure
from raylite import _engine
from raylite._core.common.events import Event
from tests.conftest import nothing_left
from tests.processes import wait_until

TIMES = {
    "calls": 3000,
    "tasks": 1000,
    "puts": 3000,
    "large_puts": 100,
    "waits": 20,
    "generators": 200,
    "actors": 8,
    "errors": 300,
    "async_calls": 500,
    "named": 200,
    "progress": 3,
}
BOUNDED = {kind.__name__ for kind in get_args(Event)} | {
    *("TaskRowBlock", "ActorRecord", "ActorSpec", "WorkerExit"),
    *("ResourceSet", "SchedulingStrategy"),  # In the specs of actors that have died.
}
"""What logs and tables of the head hold, which have bounds of their own."""


def own_objects(ignored=frozenset()):
    gc.collect()
    kinds = Counter(map(type, gc.get_objects()))
    return {
        kind.__qualname__: number
        for kind, number in kinds.items()
        if str(kind.__module__).startswith("raylite.") and kind.__qualname__ not in ignored
    }


def head_objects():
    rows = _engine.current().state("head_objects")
    return {row["type"]: row["count"] for row in rows if row["type"] not in BOUNDED}


@pytest.fixture(scope="module")
def session(mark):
    with nothing_left(mark):
        # With a single CPU tasks need a single worker, however busy the machine is.
        raylite.init(num_cpus=1, log_to_driver=False)
        try:
            yield raylite
        finally:
            raylite.shutdown()


@pytest.fixture(scope="module")
def loops(session):
    found = dict(loops_of(session))
    for loop in LOOPS:  # What is made once is made now.
        found[loop.key](max(TIMES[loop.key] // 10, 2))
    yield found
    found.clear()


@pytest.fixture(scope="module")
def folders(session):
    info = _engine.current().address_info()
    return info["session_dir"], info["object_store_address"]


class Counting:
    """An actor that makes calls, refs and objects of its own, and says what is left of them."""

    def __init__(self, function):
        self.function = raylite.remote(function)

    def work(self, times):
        for number in range(times):
            raylite.get([self.function.remote(number), raylite.put(number)])

    def fail(self):
        raise ValueError

    def objects(self):
        return own_objects()


def same(value):
    return value


@pytest.mark.parametrize("key", TIMES)
def test_a_loop_leaves_no_object_no_file_and_no_descriptor_behind(loops, folders, key):
    # What is made once, such as a connection to a worker that was not used before, is made in one
    # of the first attempts. What is left behind each time is found in the last as well.
    found = [left_behind(lambda: loops[key](TIMES[key]), folders) for _ in range(2)]
    assert not all(found), found[-1]


def left_behind(work, folders):
    """What there is more of after some work than before, by where."""
    driver, head, before = own_objects(), head_objects(), measure(folders)
    work()

    def more():
        after = measure(folders)
        found = {
            "driver": Counter(own_objects()) - Counter(driver),
            "head": Counter(head_objects()) - Counter(head),
            "files": max(after.num_files - before.num_files, 0),
            "descriptors and threads": max([0, *grown(before, after)]),
        }
        return {where: what for where, what in found.items() if what}

    with contextlib.suppress(TimeoutError):
        wait_until(lambda: not more(), timeout_s=3.0)
    return more()


def grown(before, after):
    """File descriptors and threads that each process has more than before."""
    known = {one.pid: one for one in before.processes}
    for one in after.processes:
        if one.pid in known:
            yield one.num_fds - known[one.pid].num_fds
            yield one.num_threads - known[one.pid].num_threads


def test_a_worker_keeps_nothing_of_its_calls(session):
    counting = session.remote(Counting).remote(same)
    session.get(counting.work.remote(10))
    before = session.get(counting.objects.remote())
    session.get(counting.work.remote(500))
    for _ in range(200):
        with pytest.raises(ValueError):
            session.get(counting.fail.remote())

    def nothing_grew():
        return not Counter(session.get(counting.objects.remote())) - Counter(before)

    wait_until(nothing_grew)


def test_sessions_leave_nothing_behind_in_their_driver(mark):
    def once():
        with nothing_left(mark):
            raylite.init(num_cpus=1, log_to_driver=False)
            raylite.get(raylite.remote(same).remote(1))
            raylite.shutdown()

    raylite.shutdown()
    for _ in range(2):
        once()
    objects, fds = own_objects(), number_of("fd")
    threads = number_of("task")
    for _ in range(5):
        once()
    assert not Counter(own_objects()) - Counter(objects)
    assert number_of("fd") <= fds
    wait_until(lambda: number_of("task") <= threads)


def number_of(kind):
    return len(list(Path(f"/proc/{os.getpid()}/{kind}").iterdir()))
