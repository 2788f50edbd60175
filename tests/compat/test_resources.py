"""Resources: who holds what, and who waits."""

import asyncio

import pytest

from tests.compat.actors import Mortal
from tests.compat.cases import elsewhere, raises, wait_until


@pytest.fixture
def free(ray):
    """What is free of a resource, asked once."""
    return lambda name: ray.available_resources().get(name, 0)


@pytest.fixture
def hold(ray):
    @ray.remote
    def hold(gate):
        return ray.get(gate.wait.remote())

    return hold


def test_cluster_resources(ray):
    total = ray.cluster_resources()
    assert (total["CPU"], total["GPU"], total["slot"]) == (4, 4, 2)


def test_nothing_is_held_at_first(ray):
    free = ray.available_resources()
    assert (free["CPU"], free["GPU"], free["slot"]) == (4, 4, 2)


def test_an_actor_that_names_nothing_holds_no_cpu(ray, free):
    holder = ray.remote(Mortal).remote()
    ray.get(holder.ping.remote())
    wait_until(lambda: free("CPU") == 4)


def test_an_actor_holds_what_it_names(ray, free):
    holder = ray.remote(Mortal).options(num_cpus=2, resources={"slot": 1}).remote()
    ray.get(holder.ping.remote())
    wait_until(lambda: (free("CPU"), free("slot")) == (2, 1))


def test_an_actor_that_names_another_resource_holds_a_cpu_too(ray, free):
    holder = ray.remote(Mortal).options(resources={"slot": 1}).remote()
    ray.get(holder.ping.remote())
    wait_until(lambda: (free("CPU"), free("slot")) == (3, 1))


def test_an_actor_gives_back_what_it_held(ray, free):
    holder = ray.remote(Mortal).options(num_cpus=4).remote()
    ray.get(holder.ping.remote())
    wait_until(lambda: free("CPU") == 0)
    ray.kill(holder)
    wait_until(lambda: free("CPU") == 4)


def test_a_resource_of_which_nothing_is_left_is_not_listed(ray):
    holder = ray.remote(Mortal).options(num_cpus=0, resources={"slot": 2}).remote()
    ray.get(holder.ping.remote())
    wait_until(lambda: "slot" not in ray.available_resources())


def test_fractions(ray, free):
    halves = [ray.remote(Mortal).options(num_cpus=0.5).remote() for _ in range(3)]
    ray.get([half.ping.remote() for half in halves])
    wait_until(lambda: free("CPU") == 2.5)


@elsewhere(inline="A call that blocks in get keeps the one it waits for from being made.")
def test_a_task_that_waits_lends_its_cpu(ray, hold, gate):
    refs = [hold.remote(gate) for _ in range(5)]
    assert len(ray.get(gate.until_arrived.remote(5))) == 5
    gate.open.remote()
    ray.get(refs)


def test_a_task_that_awaits_does_not(ray):
    @ray.remote(resources={"slot": 2})
    def child():
        return "ran"

    @ray.remote(resources={"slot": 2})
    def parent():
        async def ask():
            await asyncio.wait_for(child.remote(), 0.5)

        try:
            asyncio.run(ask())
        except TimeoutError:
            return "waited in vain"

    assert ray.get(parent.remote()) == "waited in vain"


def test_what_does_not_fit_now_waits(ray, gate):
    @ray.remote(num_cpus=0, resources={"slot": 2})
    def whole():
        return "ran"

    holder = ray.remote(Mortal).options(num_cpus=0, resources={"slot": 1}).remote()
    ray.get(holder.ping.remote())
    waiting = whole.remote()
    assert ray.wait([waiting], timeout=0.3) == ([], [waiting])
    ray.kill(holder)
    assert ray.get(waiting) == "ran"


def test_what_can_never_be_placed_waits_and_may_be_cancelled(ray):
    @ray.remote(resources={"nowhere": 1})
    def never():
        pass

    ref = never.remote()
    with raises(ray.exceptions.GetTimeoutError):
        ray.get(ref, timeout=0.3)
    ray.cancel(ref)
    with raises(ray.exceptions.TaskCancelledError):
        ray.get(ref)


def test_no_cpu_at_all(ray, free):
    holders = [ray.remote(Mortal).options(num_cpus=0).remote() for _ in range(6)]
    assert ray.get([holder.ping.remote() for holder in holders]) == [1] * 6
    assert free("CPU") == 4


def test_gpus_are_numbered(ray):
    @ray.remote(num_gpus=1)
    class Server:
        def gpus(self):
            import os

            return ray.get_gpu_ids(), os.environ["CUDA_VISIBLE_DEVICES"]

    servers = [Server.remote() for _ in range(4)]
    answers = ray.get([server.gpus.remote() for server in servers])
    assert sorted(str(ids[0]) for ids, _ in answers) == ["0", "1", "2", "3"]
    assert all(str(ids[0]) == visible for ids, visible in answers)


def test_a_task_with_two_gpus(ray):
    @ray.remote(num_gpus=2)
    def gpus():
        return len(ray.get_gpu_ids())

    assert ray.get(gpus.remote()) == 2


def test_fractions_of_a_gpu_share_it(ray):
    @ray.remote(num_cpus=0, num_gpus=0.5)
    class Server:
        def gpus(self):
            return [str(one) for one in ray.get_gpu_ids()]

    servers = [Server.remote() for _ in range(2)]
    one, two = ray.get([server.gpus.remote() for server in servers])
    assert one == two
    assert len(one) == 1


def test_no_gpus_without_asking(ray):
    @ray.remote
    def gpus():
        return ray.get_gpu_ids()

    assert ray.get(gpus.remote()) == []
    assert ray.get_gpu_ids() == []


def test_a_fraction_above_one_is_refused(ray):
    def work():
        pass

    with raises(ValueError, words="GPU"):
        ray.remote(num_gpus=1.5)(work).remote()


def test_a_task_may_be_told_which_gpus_it_has(ray):
    @ray.remote(num_gpus=1)
    def ids():
        return ray.get_runtime_context().get_accelerator_ids()["GPU"]

    assert len(ray.get(ids.remote())) == 1
