"""When the head is killed, the session is over: everybody is told, nobody waits for ever."""

import pytest

from tests.drivers import driver

pytestmark = pytest.mark.slow

BEGIN = """
ray.init(num_cpus=1)
counter = Counter.remote()
ray.get(counter.add.remote())

@ray.remote
def nap(seconds):
    time.sleep(seconds)

def outcome(function):
    try:
        return repr(function())
    except Exception as error:
        return type(error).__name__

in_call, in_task, in_queue = counter.sleep.remote(600), nap.remote(600), nap.remote(1)
in_argument = nap.remote(in_call)
kept = ray.put(42)
say("session", session())
"""


def test_whatever_waits_is_told(tmp_path):
    script = f"""
{BEGIN}
import asyncio
future = in_call.future()
pending = [in_call, in_task, in_queue, in_argument]
for ref in pending:
    threading.Thread(target=lambda ref=ref: say("thread", outcome(lambda: ray.get(ref)))).start()
say("get", outcome(lambda: ray.get(pending)))
say("future", outcome(lambda: future.result(10)))
say("kept", ray.get(kept))
say("later", outcome(lambda: ray.get(counter.add.remote())))
say("task", outcome(lambda: ray.get(nap.remote(0))))
say("resources", outcome(ray.cluster_resources))
say("initialized", ray.is_initialized())
"""
    with driver(script, tmp_path) as running:
        session = running.hear_session()
        session.head.kill()
        assert running.hear("future") == "RaySystemError"
        assert running.hear("kept") == 42
        for word in ("later", "task", "resources"):
            assert running.hear(word) == "RaySystemError"
        assert running.hear("initialized") is False
        assert running.wait() == 0
        said = [line.split()[1] for line in running.seen if line.startswith(("thread", "get"))]
        assert said == ['"RaySystemError"'] * 5
    session.assert_gone()


def test_another_session_can_begin_at_once(tmp_path):
    script = f"""
{BEGIN}
say("get", outcome(lambda: ray.get(in_call)))
ray.init(num_cpus=1)
say("old ref", outcome(lambda: ray.get(in_task)))
say("old handle", outcome(lambda: ray.get(counter.add.remote())))
say("old argument", outcome(lambda: ray.get(nap.remote(in_queue), timeout=10)))
say("new", ray.get(Counter.remote().add.remote()))
"""
    with driver(script.replace("old ", "old_"), tmp_path) as running:
        running.hear_session().head.kill()
        assert running.hear("get") == "RaySystemError"
        assert running.hear("old_ref") == "RaySystemError"
        assert running.hear("old_handle") == "RaySystemError"
        assert running.hear("old_argument") == "RaySystemError"
        assert running.hear("new") == 1
        assert running.wait() == 0


def test_refs_of_a_session_that_was_shut_down_raise(tmp_path):
    script = f"""
{BEGIN}
ray.shutdown()
ray.init(num_cpus=1)
say("outcomes", [outcome(lambda: ray.get(ref)) for ref in (in_call, in_task, in_queue)])
say("waited", outcome(lambda: len(ray.wait([in_call, in_task])[0])))
say("kept", ray.get(kept))
"""
    with driver(script, tmp_path) as running:
        assert running.hear("outcomes") == ["RaySystemError"] * 3
        assert running.hear("waited") == "1"
        assert running.hear("kept") == 42
        assert running.wait() == 0


def test_shutdown_tells_the_threads_that_wait(tmp_path):
    script = f"""
{BEGIN}
import asyncio
async def wait():
    return await in_call
ways = [lambda: ray.get(in_call), lambda: in_call.future().result(10), lambda: asyncio.run(wait())]
outcomes = []
threads = [
    threading.Thread(target=lambda way=way: outcomes.append(outcome(way))) for way in ways
]
for thread in threads:
    thread.start()
ray.shutdown()
for thread in threads:
    thread.join(10)
say("outcomes", outcomes)
"""
    with driver(script, tmp_path) as running:
        assert running.hear("outcomes") == ["RaySystemError"] * 3
        assert running.wait() == 0


def test_a_head_that_dies_while_the_session_begins_is_an_error(tmp_path):
    script = """
from raylite._core.node.head_process import HeadProcess
wait = HeadProcess.wait_until_it_listens
def kill_it(head, *args):
    wait(head, *args)
    head.kill()
    return True
HeadProcess.wait_until_it_listens = kill_it
try:
    ray.init()
except ray.exceptions.RaySystemError as error:
    say("error", str(error))
HeadProcess.wait_until_it_listens = wait
say("initialized", ray.is_initialized())
say("new", ray.get(Counter.remote().add.remote()))
say("session", session())
"""
    with driver(script, tmp_path) as running:
        assert "head process" in running.hear("error")
        assert running.hear("initialized") is False
        assert running.hear("new") == 1
        session = running.hear_session()
        assert running.wait() == 0
    session.assert_gone()
