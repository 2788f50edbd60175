"""What a session notes of actors, functions and calls goes when they go."""

import gc

import pytest

from raylite._core.common.call_options import USUAL_CALLS
from tests.processes import wait_until


@pytest.fixture
def core(ray):
    from raylite import _engine

    return _engine.current()


class Counter:
    def add(self):
        return 1


def counter(ray):
    return ray.remote(Counter).options(num_cpus=0).remote()


def state_of(core, actor_id):
    return next(row["state"] for row in core.state("actors") if row["actor_id"] == actor_id)


def test_the_way_to_an_actor_goes_with_the_actor(ray, core):
    before = len(core.clients())
    handles = [counter(ray) for _ in range(5)]
    assert ray.get([handle.add.remote() for handle in handles]) == [1] * 5
    assert len(core.clients()) == before + 5
    ids = [handle._ray_actor_id for handle in handles]
    del handles
    wait_until(lambda: len(core.clients()) == before)
    gc.collect()
    assert [core.actors.known(actor_id) for actor_id in ids] == [None] * 5


def test_a_handle_says_why_its_actor_is_dead_however_late_it_is_used(ray, core):
    actor = ray.remote(Counter).options(num_cpus=0, name="dies early").remote()
    ray.get(actor.add.remote())
    late = ray.get_actor("dies early")
    actor_id = actor._ray_actor_id
    ray.kill(actor)
    wait_until(lambda: state_of(core, actor_id) == "DEAD")
    with pytest.raises(ray.exceptions.ActorDiedError, match=r"killed by `ray\.kill`"):
        ray.get(actor.add.remote())
    del actor
    gc.collect()
    wait_until(lambda: core.actors.known(actor_id) is None)
    with pytest.raises(ray.exceptions.ActorDiedError, match=r"killed by `ray\.kill`"):
        ray.get(late.add.remote())


def test_a_handle_of_an_actor_that_is_forgotten_says_so(ray, core):
    from raylite._core.common.ids import ActorID

    client = core.actor_client(ActorID("f" * 32), USUAL_CALLS)
    ref = client.submit("add", (), {}, 1, None)
    with pytest.raises(ray.exceptions.ActorDiedError, match="so long ago"):
        ray.get(ref)


def definitions():
    """How many remote functions the worker knows that runs this."""
    from raylite._core.core_worker.task_execution.task_executor import TaskExecutor

    (executor,) = [one for one in gc.get_objects() if type(one) is TaskExecutor]
    return len(executor.functions)


def test_a_worker_forgets_functions_that_nobody_can_call_any_more(ray):
    def one_more(number):
        return ray.remote(num_cpus=4)(lambda: number)  # All in one worker.

    look = ray.remote(num_cpus=4)(definitions)
    assert [ray.get(one_more(number).remote()) for number in range(20)] == list(range(20))
    wait_until(lambda: ray.get(look.remote()) <= 3)


def test_a_function_that_is_passed_on_is_forgotten_as_well(ray):
    @ray.remote(num_cpus=0)
    def inner():
        return definitions()

    @ray.remote(num_cpus=1)
    def outer(function):
        import raylite as ray

        return ray.get(function.remote())

    # Each time the argument arrives it is another function.
    for _ in range(10):
        ray.get(outer.remote(inner))
    wait_until(lambda: ray.get(outer.remote(inner)) <= 4)


def test_shapes_that_are_never_asked_for_again_are_forgotten(core):
    for number in range(600):
        core.tasks.pool_for({"CPU": 1.0 + number}, once=False)
    assert len(core.tasks._pools) <= 257
    assert len(core.tasks._pool_of_shape) <= 257
