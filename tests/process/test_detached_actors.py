"""Detached actors: they outlive their driver, restart without it, and end when they are killed."""

import os
import signal

import psutil
import pytest

import raylite
from tests.conftest import nothing_left
from tests.drivers import driver
from tests.processes import wait_until
from tests.runtimes import LAB

pytestmark = pytest.mark.slow

DETACHED = f"""
{LAB}
import helper_of_the_driver as helper

@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)
class Keeper:
    def __init__(self, inline, refs, big):
        self.number, self.refs, self.size = helper.NUMBER + inline, refs, len(big)
    def facts(self):
        context = ray.get_runtime_context()
        return [os.getpid(), self.number, context.get_job_id(), context.namespace]
    def read(self):
        return ray.get(self.refs[0])
    def work(self):
        return ray.get(double.remote(21))
    def hire(self):
        self.helper = Counter.options(name="hired").remote()
        return ray.get(self.helper.add.remote())
    def make(self):
        return [ray.put("made by the keeper")]

@ray.remote
def double(number):
    return number * helper.TWO

keeper = Keeper.options(name="keeper", lifetime="detached").remote(
    ray.put(1), [ray.put("of the driver")], b"big"
)
say("facts", ray.get(keeper.facts.remote()))
other = Counter.options(name="mortal").remote()
ray.get(other.add.remote())
wait_for_the_test()
"""


@pytest.fixture
def keeper(joined, tmp_path):
    """A detached actor whose driver has been killed."""
    (tmp_path / "helper_of_the_driver.py").write_text("NUMBER = 41\nTWO = 2\n")
    with driver(DETACHED, tmp_path) as running:
        running.hear("facts")
        running.kill()
        running.wait()
    wait_until(lambda: joined.num_drivers() == 1)
    assert joined.living_actors() == {"keeper"}
    return raylite.get_actor("keeper")


class TestDetachedActors:
    def test_one_outlives_its_driver_and_goes_on_as_before(self, keeper):
        _, number, job_id, namespace = raylite.get(keeper.facts.remote())
        assert (number, job_id, namespace) == (42, "02000000", "lab")
        assert raylite.get(keeper.work.remote(), timeout=20) == 42
        assert raylite.get(raylite.get(keeper.make.remote())[0]) == "made by the keeper"

    def test_it_restarts_with_the_modules_of_its_driver(self, keeper):
        pid, *before = raylite.get(keeper.facts.remote())
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not psutil.pid_exists(pid))
        new_pid, *after = raylite.get(keeper.facts.remote(), timeout=20)
        assert after == before
        assert new_pid != pid
        assert raylite.get(keeper.work.remote(), timeout=20) == 42

    def test_what_its_driver_owned_is_lost(self, keeper):
        with pytest.raises(raylite.exceptions.OwnerDiedError):
            raylite.get(keeper.read.remote(), timeout=20)

    def test_what_it_makes_lives_and_ends_with_it(self, keeper, joined):
        assert raylite.get(keeper.hire.remote(), timeout=20) == 1
        assert joined.living_actors() == {"keeper", "hired"}
        raylite.kill(keeper)
        wait_until(lambda: joined.living_actors() == set())

    def test_nothing_of_its_job_is_left_when_it_was_killed(self, keeper, joined):
        assert raylite.get(keeper.work.remote(), timeout=20) == 42
        raylite.kill(keeper)
        with pytest.raises(ValueError, match="keeper"):
            raylite.get_actor("keeper")
        wait_until(lambda: not joined.workers())

    def test_a_later_driver_finds_it_and_can_take_its_name_when_it_is_dead(self, keeper, tmp_path):
        script = """
ray.init()
keeper = ray.get_actor("keeper", namespace="lab")
say("number", ray.get(keeper.facts.remote())[1])
ray.kill(keeper)
again = Counter.options(name="keeper", namespace="lab", lifetime="detached").remote()
say("count", ray.get(again.add.remote()))
"""
        with driver(script, tmp_path) as running:
            assert running.hear("number") == 42
            assert running.hear("count") == 1
            assert running.wait() == 0
        assert raylite.get(raylite.get_actor("keeper").add.remote()) == 2

    def test_one_that_still_waits_for_arguments_ends_with_its_driver(self, joined, tmp_path):
        script = f"""
{LAB}
@ray.remote(num_cpus=0)
def never():
    time.sleep(600)

@ray.remote(num_cpus=0)
class Unborn:
    def __init__(self, value):
        pass

Unborn.options(name="unborn", lifetime="detached").remote(never.remote())
ray.get_actor("unborn")
say("ready")
wait_for_the_test()
"""
        with driver(script, tmp_path) as running:
            running.hear("ready")
            running.kill()
        wait_until(lambda: joined.living_actors() == set())

    def test_one_that_waits_for_room_is_placed_when_its_driver_is_gone(self, joined, tmp_path):
        script = f"""
{LAB}
first = Counter.options(num_cpus=2).remote()
ray.get(first.add.remote())
Counter.options(name="late", lifetime="detached", num_cpus=1).remote()
ray.get_actor("late")
say("ready")
wait_for_the_test()
"""
        with driver(script, tmp_path) as running:
            running.hear("ready")
            late = raylite.get_actor("late")
            running.kill()
            assert raylite.get(late.add.remote(), timeout=20) == 1

    def test_in_a_session_of_its_own_it_ends_with_the_session(self, mark, tmp_path):
        script = """
ray.init(num_cpus=1)
counter = Counter.options(name="c", lifetime="detached").remote()
ray.get(counter.add.remote())
del counter
say("count", ray.get(ray.get_actor("c").add.remote()))
say("session", session())
"""
        with nothing_left(mark), driver(script, tmp_path) as running:
            assert running.hear("count") == 2
            session = running.hear_session()
            assert running.wait() == 0
            session.assert_gone()
