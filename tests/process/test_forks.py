"""Programs that fork: ``multiprocessing`` does so by default on Linux, in drivers and in actors."""

import pytest

from tests.drivers import driver

pytestmark = pytest.mark.slow


def test_an_actor_may_use_a_pool_of_forked_processes(tmp_path):
    script = """
import multiprocessing

@ray.remote(num_cpus=0)
class Pooled:
    def __init__(self):
        self.pool = multiprocessing.get_context("fork").Pool(2)
    def lengths(self, words):
        return self.pool.map(len, words)

ray.init(num_cpus=1)
pooled = Pooled.remote()
say("lengths", ray.get(pooled.lengths.remote(["a", "bc", "def"])))
say("again", ray.get(pooled.lengths.remote(["abcd"])))
say("session", session())
"""
    with driver(script, tmp_path) as running:
        assert running.hear("lengths") == [1, 2, 3]
        assert running.hear("again") == [4]
        session = running.hear_session()
        assert running.wait() == 0
    session.assert_gone()


def test_a_driver_may_use_a_pool_of_forked_processes(tmp_path):
    script = """
import multiprocessing
ray.init(num_cpus=1)
counter = Counter.remote()
refs = [counter.add.remote() for _ in range(1000)]
with multiprocessing.get_context("fork").Pool(4) as pool:
    say("lengths", pool.map(len, ["a", "bc", "def"]))
say("last", ray.get(refs)[-1])
say("count", ray.get(counter.add.remote()))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("lengths") == [1, 2, 3]
        assert running.hear("last") == 1000
        assert running.hear("count") == 1001
        assert running.wait() == 0


def test_a_forked_child_of_a_worker_that_exits_leaves_its_actor_alone(tmp_path):
    script = """
@ray.remote(num_cpus=0)
class Forker:
    def fork(self):
        pid = os.fork()
        if pid == 0:
            sys.exit(3)
        return os.WEXITSTATUS(os.waitpid(pid, 0)[1])

ray.init(num_cpus=1)
forker = Forker.remote()
say("codes", ray.get([forker.fork.remote() for _ in range(3)], timeout=15))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("codes") == [3, 3, 3]
        assert running.wait() == 0


def test_a_forked_child_may_begin_a_session_of_its_own(tmp_path):
    script = """
ray.init(num_cpus=1)
counter = Counter.remote()
ray.get(counter.add.remote())
pid = os.fork()
if pid == 0:
    say("child_initialized", ray.is_initialized())
    ray.init(num_cpus=1)
    say("child", ray.get(Counter.remote().add.remote()))
    sys.exit(0)
say("code", os.waitpid(pid, 0)[1])
say("count", ray.get(counter.add.remote()))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("child_initialized") is False
        assert running.hear("child") == 1
        assert running.hear("code") == 0
        assert running.hear("count") == 2
        assert running.wait() == 0
