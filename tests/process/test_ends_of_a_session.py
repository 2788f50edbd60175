"""However a session ends: no process and no file of it is left two seconds later.

The session is always the same: an actor that has started a child, and another child that left the
process group; and an actor that is busy in C code, which lets no other Python thread run.
"""

import os
import signal

import pytest

from tests.drivers import GRACE_S, Driver, Session, assert_end, driver
from tests.processes import marked, wait_until

BUSY_SESSION = """
ray.init(num_cpus=2)
parent, busy = Counter.remote(), Counter.remote()
ray.get([parent.start_child.remote(), parent.start_child.remote(start_new_session=True)])
ray.get(busy.add.remote())
never = busy.be_busy_in_c.remote()
say("session", session())
wait_for_the_test()
"""

ENDS_IN_THE_SCRIPT = {
    "shutdown": "ray.shutdown(); say('down'); wait_for_the_test()",
    "end of the script": "",
    "sys.exit": "sys.exit(3)",
    "exception": "raise ValueError('the program is wrong')",
    "exception at exit": "import atexit\natexit.register(lambda: 1 / 0)",
    "os._exit": "os._exit(4)",
    "exec of another program": "os.execv('/bin/sleep', ['sleep', '600'])",
    "interrupt without try": "signal.raise_signal(signal.SIGINT)",
}

ENDS_BY_SIGNALS = {
    "driver SIGKILL": (("driver", signal.SIGKILL),),
    "driver SIGTERM": (("driver", signal.SIGTERM),),
    "driver SIGHUP": (("driver", signal.SIGHUP),),
    "head SIGKILL": (("head", signal.SIGKILL),),
    "head SIGTERM": (("head", signal.SIGTERM),),
    "driver and head SIGKILL": (("driver", signal.SIGKILL), ("head", signal.SIGKILL)),
    "driver and fork server SIGKILL": (
        ("driver", signal.SIGKILL),
        ("fork_server", signal.SIGKILL),
    ),
}


def begin(running: Driver) -> Session:
    session = running.hear_session()
    assert len(session.processes) >= 6  # Head, fork server, two workers, two children.
    assert all(folder.is_dir() for folder in session.folders)
    # `busy` is forwarded by the fork server, whatever the worker does since.
    wait_until(lambda: any("busy" in line for line in running.seen))
    return session


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDS_IN_THE_SCRIPT)
def test_nothing_is_left_when_the_driver_ends_its_session(name, tmp_path):
    with driver(f"{BUSY_SESSION}\n{ENDS_IN_THE_SCRIPT[name]}\n", tmp_path) as running:
        session = begin(running)
        running.tell()
        session.assert_gone()
    # The program's own error, and none of the runtime's.
    num_errors = int(name in {"exception", "exception at exit", "interrupt without try"})
    assert "".join(running.seen).count("Traceback") == num_errors


@pytest.mark.slow
@pytest.mark.parametrize("kills", ENDS_BY_SIGNALS.values(), ids=ENDS_BY_SIGNALS)
def test_nothing_is_left_when_a_process_of_the_session_is_killed(kills, tmp_path):
    with driver(BUSY_SESSION, tmp_path) as running:
        session = begin(running)
        for name, number in kills:
            pid = running.popen.pid if name == "driver" else getattr(session, name).pid
            os.kill(pid, number)
        session.assert_gone()
    assert "Traceback" not in "".join(running.seen)


@pytest.mark.slow
def test_a_forked_child_of_the_driver_does_not_keep_the_session_alive(tmp_path):
    fork = """
import multiprocessing
child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,), daemon=True)
child.start()
say("child", child.pid)
wait_for_the_test()
"""
    with driver(f"{BUSY_SESSION}{fork}", tmp_path) as running:
        session = begin(running)
        running.tell()
        child = running.hear("child")
        running.kill()
        try:
            session.assert_gone()
        finally:
            os.kill(child, signal.SIGKILL)


@pytest.mark.slow
def test_a_copy_of_its_sockets_does_not_keep_the_session_alive(tmp_path):
    # A fork in C code runs no hook of Python's: only the driver's own end can be seen.
    fork = """
import ctypes
if ctypes.PyDLL(None).fork() == 0:
    time.sleep(600)
say("forked")
wait_for_the_test()
"""
    with driver(f"{BUSY_SESSION}{fork}", tmp_path) as running:
        session = begin(running)
        running.tell()
        running.hear("forked")
        running.kill()
        try:
            session.assert_gone()
        finally:
            os.killpg(running.popen.pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_forked_child_of_the_driver_that_exits_leaves_the_session_alone(tmp_path):
    script = """
import numpy
ray.init(num_cpus=1)
counter = Counter.remote()
array = ray.put(numpy.ones(1_000_000))
ray.get(counter.add.remote())
pid = os.fork()
if pid == 0:
    del array
    sys.exit(0)  # Runs the functions registered with atexit, ours among them.
say("child", os.waitpid(pid, 0)[1])
say("count", ray.get(counter.add.remote()))
say("sum", int(ray.get(array).sum()))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("child") == 0
        assert running.hear("count") == 2
        assert running.hear("sum") == 1_000_000
        assert running.wait() == 0


@pytest.mark.slow
def test_a_forked_child_of_the_driver_is_told_that_it_has_no_session(tmp_path):
    script = """
ray.init(num_cpus=1)
counter = Counter.remote()
ref = counter.sleep.remote(1.0)
pid = os.fork()
if pid == 0:
    try:
        ray.get(ref)
    except ray.exceptions.RaySystemError as error:
        os.write(1, b"error null\\n")
    os._exit(0)
os.waitpid(pid, 0)
say("count", ray.get(ref))
"""
    with driver(script, tmp_path) as running:
        running.hear("error")
        assert running.hear("count") == 0
        assert running.wait() == 0


@pytest.mark.slow
def test_a_driver_that_is_killed_while_it_starts_leaves_no_process(tmp_path, mark):
    before = marked(mark)
    script = """
from raylite._core.node import head_process
head_process.HeadProcess.wait_until_it_listens = lambda head, *_: (
    say("head", head.pid), os.kill(os.getpid(), signal.SIGKILL))
ray.init()
"""
    with driver(script, tmp_path) as running:
        running.hear("head")
        wait_until(lambda: not marked(mark) - before, GRACE_S)


@pytest.mark.slow
def test_the_children_of_a_killed_worker_end_with_it(tmp_path):
    with driver(f"{BUSY_SESSION}", tmp_path) as running:
        session = begin(running)
        [parent] = {child.parent() for child in session.processes if child.name() == "sleep"}
        children = set(parent.children())
        assert len(children) == 2
        parent.kill()
        assert_end(children)
        assert session.head.is_running()


@pytest.mark.slow
def test_the_session_goes_on_when_the_fork_server_is_killed(tmp_path):
    script = f"""
{BUSY_SESSION}
say("new", ray.get(Counter.remote().add.remote()))
"""
    with driver(script, tmp_path) as running:
        session = begin(running)
        session.fork_server.kill()
        assert_end(session.processes - {session.head})
        running.tell()
        assert running.hear("new") == 1
        assert running.wait() == 0


@pytest.mark.slow
def test_workers_that_were_starting_when_the_fork_server_was_killed_are_started_again(tmp_path):
    script = """
ray.init(num_cpus=4)
facts = session()
os.kill(facts["fork_server"], signal.SIGSTOP)
tries = {"max_restarts": 1, "max_task_retries": 1}  # One may be in the warm worker.
counters = [Counter.options(**tries).remote() for _ in range(8)]
session()
os.kill(facts["fork_server"], signal.SIGKILL)
say("counts", ray.get([counter.add.remote() for counter in counters]))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("counts") == [1] * 8
        assert running.wait() == 0
