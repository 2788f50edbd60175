"""What the long-day benchmark says of two looks at a session."""

import threading

from benchmarks.endurance import GOAL_BYTES, Growth, Sample, growth, missed_goals
from benchmarks.endurance_loops import LOOPS, loops_of
from benchmarks.session_size import ProcessSize, SessionSize, measure


def process(role="worker", pid=7, private_bytes=1000, num_fds=3, num_threads=1):
    return ProcessSize(
        role=role,
        pid=pid,
        private_bytes=private_bytes,
        proportional_bytes=private_bytes,
        num_fds=num_fds,
        num_threads=num_threads,
    )


def size(*processes, num_files=0):
    return SessionSize(processes=processes, num_files=num_files)


def test_growth_is_that_of_the_process_that_grew_most():
    before = size(process(pid=1), process(pid=2), process("head", pid=3))
    after = size(process(pid=1, num_fds=5), process(pid=2, private_bytes=1500), process("head", 3))
    assert growth(before, after, "worker") == Growth(private_bytes=500, num_fds=2)
    assert growth(before, after, "head") == Growth()


def test_a_process_that_is_new_has_not_grown():
    before, after = size(process(pid=1)), size(process(pid=2, private_bytes=10**9))
    assert growth(before, after, "worker") == Growth()


def test_a_goal_is_missed_by_memory_by_descriptors_and_by_files():
    first = size(process("driver", 1), process("head", 2))
    last = size(
        process("driver", 1, private_bytes=GOAL_BYTES + 1000), process("head", 2, num_fds=4)
    )
    samples = [Sample(calls=0, size=first), Sample(calls=9, size=last)]
    assert missed_goals(samples, first, size(num_files=2)) == [
        "the driver has grown by 5.0 MB",
        "the head has more files open than at the start",
        "there are 2 files more than at the start",
    ]
    assert missed_goals(samples[:1], first, first) == []


def test_a_look_at_a_process_counts_its_threads_descriptors_and_files(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").touch()
    over = threading.Event()
    before = measure([str(tmp_path)])
    thread = threading.Thread(target=over.wait)
    thread.start()
    with (tmp_path / "second").open("w"):
        after = measure([str(tmp_path)])
    over.set()
    thread.join()
    assert (before.num_files, after.num_files) == (1, 2)
    found = growth(before, after, "driver")
    assert (found.num_fds, found.num_threads) == (1, 1)
    assert after.of("driver")[0].private_bytes > 0


def test_there_is_something_to_do_for_each_loop_and_at_least_once():
    class Fake:
        def __getattr__(self, name):
            return lambda *_args, **_keywords: self

    assert set(loops_of(Fake())) == {loop.key for loop in LOOPS}
    assert all(loop.number(1) >= 1 for loop in LOOPS)
    assert LOOPS[0].number(500_000) == 500_000
