"""Several drivers on one runtime: jobs, namespaces, output, and what ends with a driver."""

import os
import signal

import psutil
import pytest

import raylite
from raylite.notebook.tables.session_status import status
from tests.drivers import GRACE_S, assert_end, driver, is_alive
from tests.processes import wait_until
from tests.runtimes import LAB, Greeter, run

pytestmark = pytest.mark.slow


class TestSharing:
    def test_drivers_meet_through_namespaces(self, runtime, tmp_path):
        first = f"""
{LAB}
counter = Counter.options(name="shared").remote()
say("count", ray.get(counter.add.remote()))
wait_for_the_test()
say("count", ray.get(counter.add.remote()))
"""
        second = f"""
{LAB}
counter = ray.get_actor("shared")
say("count", ray.get(counter.add.remote()))
say("job", ray.get_runtime_context().get_job_id())
"""
        stranger = """
from raylite.util import list_named_actors
ray.init()
try:
    ray.get_actor("shared")
except ValueError as error:
    say("error", str(error))
say("own", list_named_actors())
say("all", list_named_actors(all_namespaces=True))
Counter.options(name="shared").remote()
say("there", ray.get(ray.get_actor("shared", namespace="lab").add.remote()))
"""
        with driver(first, tmp_path) as one:
            assert one.hear("count") == 1
            (tmp_path / "2").mkdir()
            with driver(second, tmp_path / "2") as two:
                assert two.hear("count") == 2
                assert two.hear("job") == "02000000"
                assert two.wait() == 0
            with driver(stranger, tmp_path / "2") as three:
                assert "shared" in three.hear("error")
                assert three.hear("own") == []
                assert three.hear("all") == [{"name": "shared", "namespace": "lab"}]
                assert three.hear("there") == 3
                assert three.wait() == 0
            one.tell()
            assert one.hear("count") == 4
            assert one.wait() == 0

    def test_what_workers_print_goes_to_the_driver_of_their_job(self, joined, tmp_path):
        script = f"""
{LAB}
@ray.remote(num_cpus=0)
class Talker:
    def speak(self, words):
        print(words)
talker = Talker.options(name="talker").remote()
ray.get(talker.speak.remote("hear-me"))
say("ready")
wait_for_the_test()
"""
        with driver(script, tmp_path) as running:
            running.hear("ready")
            talker = raylite.get_actor("talker")
            raylite.get(talker.speak.remote("from-the-other"))
            raylite.get(talker.speak.remote("once-more"))
            wait_until(lambda: any("once-more" in line for line in running.seen))
            assert any("hear-me" in line for line in running.seen)
            assert any("from-the-other" in line for line in running.seen)
            (tmp_path / "other").mkdir()
            seen = run(
                f'{LAB}\nray.get(ray.get_actor("talker").speak.remote("not-here"))\n',
                tmp_path / "other",
            )
            assert not any("not-here" in line for line in seen)
            running.tell()

    def test_each_finds_its_own_modules_in_its_own_folder(self, runtime, tmp_path):
        for number in (1, 2):
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "of_the_course.py").write_text(f"NUMBER = {number}\n")
            script = """
ray.init()
@ray.remote
def look():
    import of_the_course
    return [of_the_course.NUMBER, os.getcwd()]
say("looked", ray.get(look.remote()))
"""
            with driver(f"import os; os.chdir({str(folder)!r})\n{script}", folder) as running:
                assert running.hear("looked") == [number, str(folder)]
                assert running.wait() == 0

    def test_objects_go_from_one_to_the_other_through_an_actor(self, joined, tmp_path):
        script = f"""
{LAB}
import numpy
counter = Counter.options(name="box").remote()
say("ready")
wait_for_the_test()
big = ray.put(numpy.ones(1_000_000))
box = ray.get_actor("box")
say("sum", float(ray.get(ray.get(box.echo.remote([big]))[0]).sum()))
"""
        with driver(script, tmp_path) as running:
            running.hear("ready")
            box = raylite.get_actor("box")
            mine = raylite.put(bytes(1_000_000))
            assert len(raylite.get(raylite.get(box.echo.remote([mine]))[0])) == 1_000_000
            running.tell()
            assert running.hear("sum") == 1e6
            assert running.wait() == 0


BUSY = f"""
{LAB}
parent = Counter.options(name="parent").remote()
busy = Counter.remote()
ray.get([parent.start_child.remote(start_new_session=True), busy.add.remote()])
never = busy.be_busy_in_c.remote()

@ray.remote
def nap():
    time.sleep(600)

naps = [nap.remote() for _ in range(5)]
never_placed = Counter.options(num_cpus=2).remote()
say("ready")
wait_for_the_test()
"""


class TestEndsOfADriver:
    @pytest.mark.parametrize(
        "end", ["", "ray.shutdown(); say('down'); wait_for_the_test()", "os._exit(3)", "1 / 0"]
    )
    def test_what_it_made_ends_with_it(self, end, joined, tmp_path):
        with driver(BUSY + end, tmp_path) as running:
            processes = self.begin(running, joined)
            running.tell()
            if "down" in end:
                running.hear("down")
            else:
                running.wait()
            self.check(processes, joined)

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
    def test_also_if_it_is_killed(self, number, joined, tmp_path):
        with driver(BUSY, tmp_path) as running:
            processes = self.begin(running, joined)
            running.kill(number)
            self.check(processes, joined)

    def test_so_does_a_worker_that_was_just_being_started_for_it(self, joined, tmp_path):
        script = f"""
{LAB}
wait_for_the_test()
greeting = ray.remote(print).remote("hi")
say("asked", ray.cluster_resources()["CPU"])
"""
        [fork_server] = joined.head.children()
        with driver(script, tmp_path) as other:
            wait_until(lambda: joined.num_drivers() == 2)
            fork_server.suspend()
            other.tell()
            other.hear("asked")
            wait_until(lambda: joined.num_drivers() == 1)
            state = raylite._engine.current().state
            assert [row["state"] for row in state("workers")] == ["STARTING"]
            fork_server.resume()
        # It is not left to be ended by force, like one that does not listen.
        wait_until(lambda: not state("workers"), GRACE_S)

    def test_also_if_a_copy_of_its_sockets_lives_on(self, joined, tmp_path):
        script = f"""
{BUSY}
import ctypes
if ctypes.PyDLL(None).fork() == 0:
    time.sleep(600)
say("forked")
wait_for_the_test()
"""
        with driver(script, tmp_path) as running:
            processes = self.begin(running, joined)
            running.tell()
            running.hear("forked")
            running.kill()
            try:
                self.check(processes, joined)
            finally:
                os.killpg(running.popen.pid, signal.SIGKILL)

    def begin(self, running, runtime) -> set[psutil.Process]:
        running.hear("ready")
        wait_until(lambda: "CPU" not in raylite.available_resources())
        processes = set(runtime.head.children(recursive=True)) - set(runtime.head.children())
        assert len(processes) >= 5
        return processes

    def check(self, processes, runtime) -> None:
        assert_end(processes)
        wait_until(lambda: raylite.available_resources().get("CPU") == 2)
        assert runtime.living_actors() == set()
        assert runtime.num_drivers() == 1
        with pytest.raises(ValueError, match="parent"):
            raylite.get_actor("parent")
        assert raylite.get(Greeter.remote().hi.remote()) == "hi"

    def test_a_forked_child_of_it_that_exits_leaves_it_alone(self, runtime, tmp_path):
        script = """
ray.init()
counter = Counter.remote()
ray.get(counter.add.remote())
pid = os.fork()
if pid == 0:
    sys.exit(0)
say("child", os.waitpid(pid, 0)[1])
say("count", ray.get(counter.add.remote()))
"""
        with driver(script, tmp_path) as running:
            assert running.hear("child") == 0
            assert running.hear("count") == 2
            assert running.wait() == 0

    def test_a_call_to_its_actor_raises_elsewhere(self, joined, tmp_path):
        with driver(BUSY, tmp_path) as running:
            running.hear("ready")
            parent = raylite.get_actor("parent")
            pending = parent.sleep.remote(600)
            running.kill()
            with pytest.raises(raylite.exceptions.ActorDiedError, match="its owner has died"):
                raylite.get(pending, timeout=20)

    def test_every_driver_is_told_when_the_head_is_killed(self, runtime, tmp_path):
        script = """

def outcome(function):
    try:
        return repr(function())
    except Exception as error:
        return type(error).__name__

ray.init()
counter = Counter.remote()
ray.get(counter.add.remote())
pending = counter.sleep.remote(600)
say("ready")
say("outcome", outcome(lambda: ray.get(pending)))
say("auto", outcome(lambda: ray.init(address="auto")))
ray.init(num_cpus=1)
say("own", ray.get(Counter.remote().add.remote()))
"""
        (tmp_path / "2").mkdir()
        with driver(script, tmp_path) as one, driver(script, tmp_path / "2") as two:
            for running in (one, two):
                running.hear("ready")
            runtime.head.kill()
            for running in (one, two):
                assert "RaySystemError" in running.hear("outcome")
                assert "ConnectionError" in running.hear("auto")
                assert running.hear("own") == 1
                assert running.wait() == 0


def test_the_status_in_a_notebook_names_the_runtime(joined):
    assert repr(status()).startswith(f"raylite: joined the runtime {joined.address} · 0 of 2 CPUs")


def test_groups_of_a_driver_end_with_it(joined, tmp_path):
    script = f"""
{LAB}
from raylite.util.placement_group import placement_group
mine = placement_group([{{"CPU": 1}}])
kept = placement_group([{{"CPU": 1}}], name="kept", lifetime="detached")
ray.get([mine.ready(), kept.ready()])
say("ready")
wait_for_the_test()
"""
    with driver(script, tmp_path) as running:
        running.hear("ready")
        assert "CPU" not in raylite.available_resources()
        running.kill()
        wait_until(lambda: raylite.available_resources().get("CPU") == 1)
    from raylite.util.placement_group import get_placement_group, remove_placement_group

    remove_placement_group(get_placement_group("kept"))
    wait_until(lambda: raylite.available_resources().get("CPU") == 2)
    assert is_alive(joined.head)
