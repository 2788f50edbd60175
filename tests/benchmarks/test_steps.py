"""A call takes no more steps of Python's than it has to."""

import pytest

import raylite
from benchmarks.steps import measure

MOST = {"driver": 1_400, "actor": 950}
"""It takes 1,230 and 820 with Python 3.11, whichever machine that runs on."""


@pytest.fixture
def session():
    raylite.init(num_cpus=1)
    yield raylite
    raylite.shutdown()


def without_looking(steps):
    """But for those of who stays awake for a moment: how many looks he takes is up to the other."""
    looking = ("_core/rpc/busy_wait.py", "_core/rpc/selector.py")
    return {place: count for place, count in steps.items() if place[0] not in looking}


def test_a_call_is_counted_step_by_step_on_both_sides_and_has_not_become_longer(session):
    driver, actor = (without_looking(steps) for steps in measure(session))
    assert 500 < sum(driver.values()) < MOST["driver"]
    assert 300 < sum(actor.values()) < MOST["actor"]
    assert driver["_actor_method.py", "ActorMethod.remote"] > 10
    assert not {name for _, name in actor if name.startswith("ActorMethod")}
