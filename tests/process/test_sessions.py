"""Sessions after one another, and side by side; and what one costs while nothing happens."""

import psutil
import pytest

from tests.drivers import cpu_s, driver, is_alive
from tests.processes import wait_until

pytestmark = pytest.mark.slow

SHARE_OF_A_CORE = 0.05
"""The goal is 0.01; what was measured is printed. A test must bear a noisy machine."""


def test_two_sessions_at_once_do_not_disturb_each_other(tmp_path):
    script = """
ray.init(num_cpus=2)
counter = Counter.options(name="counter").remote()
ray.get([counter.add.remote() for _ in range(int(wait_for_the_test()))])
say("session", session())
wait_for_the_test()
say("count", ray.get(ray.get_actor("counter").add.remote()))
wait_for_the_test()
"""
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    with driver(script, folders[0]) as one, driver(script, folders[1]) as other:
        one.tell("10")
        other.tell("20")
        session_of_one, session_of_other = one.hear_session(), other.hear_session()
        assert session_of_one.processes.isdisjoint(session_of_other.processes)
        other.tell()
        assert other.hear("count") == 21
        other.kill()
        session_of_other.assert_gone()
        assert session_of_one.alive() == session_of_one.processes
        one.tell()
        assert one.hear("count") == 11
        one.tell()
        assert one.wait() == 0
    session_of_one.assert_gone()


def test_a_session_begins_in_a_folder_that_was_removed(tmp_path):
    script = """
import tempfile
folder = tempfile.mkdtemp()
os.chdir(folder)
os.rmdir(folder)
ray.init(num_cpus=1)
say("count", ray.get(Counter.remote().add.remote()))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("count") == 1
        assert running.wait() == 0


def test_a_session_begins_beside_modules_named_like_the_librarys(tmp_path):
    script = """
import tempfile
os.chdir(tempfile.mkdtemp())
for name in ("types", "queue", "secrets", "logging", "loky", "cloudpickle"):
    with open(f"{name}.py", "w") as file:
        file.write("raise RuntimeError('the wrong module')")
ray.init(num_cpus=1)
say("count", ray.get(Counter.remote().add.remote()))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("count") == 1
        assert running.wait() == 0


@pytest.mark.timeout(120)
def test_twenty_sessions_in_one_process_leave_nothing_behind(tmp_path):
    script = """
import glob, psutil, tempfile
me = psutil.Process()
def look():
    places = [tempfile.gettempdir(), "/dev/shm"]
    mine = [path for place in places for path in glob.glob(f"{place}/raylite-*") if path in used]
    return [me.num_fds(), threading.active_count(), len(me.children(recursive=True)), len(mine)]
used = set()
def one_session():
    ray.init(num_cpus=1)
    used.update(session()["folders"])
    counter = Counter.remote()
    assert ray.get([counter.add.remote(), counter.add.remote()]) == [1, 2]
    ray.shutdown()
one_session()
say("first", look())
for _ in range(19):
    one_session()
say("last", look())
"""
    with driver(script, tmp_path) as running:
        first = running.hear("first")
        assert first[1:] == [1, 0, 0]
        assert running.hear("last", timeout_s=90.0) == first
        assert running.wait() == 0


def test_a_session_in_which_nothing_happens_needs_next_to_no_cpu(tmp_path):
    script = """
ray.init(num_cpus=2)
counter = Counter.remote()
ray.get([counter.add.remote() for _ in range(1000)])
say("session", session())
wait_for_the_test()
ref = counter.sleep.remote(3.5)
say("blocked")
ray.get(ref)
say("end")
wait_for_the_test()
"""
    with driver(script, tmp_path) as running:
        session = running.hear_session()
        processes = session.processes | {psutil.Process(running.popen.pid)}
        settled = _measure("settling", processes, 0.5)
        assert settled >= 0.0
        idle = _measure("idle", processes, 3.0)
        running.tell()
        running.hear("blocked")
        blocked = _measure("blocked in a call of 3 s", processes, 3.0)
        running.hear("end")
        assert idle < SHARE_OF_A_CORE
        assert blocked < SHARE_OF_A_CORE


def _measure(state: str, processes: set[psutil.Process], seconds: float) -> float:
    """The share of a core that processes used while time passes."""
    before = {process: cpu_s(process) for process in processes if is_alive(process)}
    with pytest.raises(TimeoutError):
        wait_until(lambda: False, seconds)
    used = {process.pid: cpu_s(process) - start for process, start in before.items()}
    share = sum(used.values()) / seconds
    print(f"{state}: {100 * share:.2f} % of a core; {used}")
    return share
