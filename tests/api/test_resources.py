# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Resources: counted, held, lent, and given back."""

import logging

import pytest

from tests.processes import wait_until


@pytest.fixture
def holder_class(ray):
    @ray.remote
    class Holder:
        def ping(self):
            return "pong"

    return Holder


def test_the_session_has_what_init_was_told(ray):
    resources = ray.cluster_resources()
    assert (resources["CPU"], resources["GPU"], resources["slot"]) == (4, 1, 2)


def test_an_idle_session_has_all_of_it_free(ray):
    wait_until(lambda: ray.available_resources() == ray.cluster_resources())


def test_an_actor_without_options_holds_no_cpu(ray, holder_class):
    holder = holder_class.remote()
    ray.get(holder.ping.remote())
    assert ray.available_resources()["CPU"] == 4


def test_an_actor_holds_what_it_names(ray, holder_class):
    holder = holder_class.options(num_cpus=2, resources={"slot": 1}).remote()
    ray.get(holder.ping.remote())
    free = ray.available_resources()
    assert (free["CPU"], free["slot"]) == (2, 1)


def test_an_actor_that_names_a_gpu_holds_a_cpu_too(ray, holder_class):
    holder = holder_class.options(num_gpus=1).remote()
    ray.get(holder.ping.remote())
    free = ray.available_resources()
    assert free["CPU"] == 3
    assert "GPU" not in free


def test_a_killed_actor_gives_back_what_it_held(ray, holder_class):
    holder = holder_class.options(num_cpus=4).remote()
    ray.get(holder.ping.remote())
    ray.kill(holder)
    wait_until(lambda: ray.available_resources() == ray.cluster_resources())


def test_a_running_task_holds_its_resources(ray, tmp_path):
    @ray.remote(num_cpus=0.5, resources={"slot": 2})
    def hold(started, gate):
        started.touch()
        wait_until(gate.exists)

    started, gate = tmp_path / "started", tmp_path / "gate"
    ref = hold.remote(started, gate)
    wait_until(started.exists)
    free = ray.available_resources()
    assert free["CPU"] == 3.5
    assert "slot" not in free
    gate.touch()
    ray.get(ref)
    wait_until(lambda: ray.available_resources() == ray.cluster_resources())


def test_no_more_tasks_run_at_once_than_there_is_room_for(ray, tmp_path):
    @ray.remote(num_cpus=0, resources={"slot": 1})
    def hold(folder, number):
        running = folder / f"running-{number}"
        running.touch()
        at_once = len(list(folder.glob("running-*")))
        running.unlink()
        return at_once

    assert max(ray.get([hold.remote(tmp_path, number) for number in range(30)])) <= 2


def test_a_task_waits_until_an_actor_makes_room(ray, holder_class):
    @ray.remote(num_cpus=4)
    def whole():
        return "ran"

    holder = holder_class.options(num_cpus=1).remote()
    ray.get(holder.ping.remote())
    ref = whole.remote()
    assert ray.wait([ref], timeout=0.1) == ([], [ref])
    ray.kill(holder)
    assert ray.get(ref) == "ran"


def test_an_actor_waits_until_another_makes_room(ray, holder_class):
    first = holder_class.options(num_gpus=1).remote()
    second = holder_class.options(num_gpus=1).remote()
    assert ray.get(first.ping.remote()) == "pong"
    ref = second.ping.remote()
    assert ray.wait([ref], timeout=0.1) == ([], [ref])
    ray.kill(first)
    assert ray.get(ref) == "pong"


def test_an_actor_that_waits_for_room_can_be_killed(ray, holder_class):
    first = holder_class.options(num_gpus=1).remote()
    ray.get(first.ping.remote())
    second = holder_class.options(num_gpus=1).remote()
    ref = second.ping.remote()
    ray.kill(second)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(ref)


def test_a_small_task_goes_past_one_that_does_not_fit_yet(ray, holder_class):
    @ray.remote(num_cpus=4)
    def large():
        return "large"

    @ray.remote(num_cpus=1)
    def small():
        return "small"

    holder = holder_class.options(num_cpus=1).remote()
    ray.get(holder.ping.remote())
    waiting = large.remote()
    assert ray.get([small.remote() for _ in range(5)]) == ["small"] * 5
    ray.kill(holder)
    assert ray.get(waiting) == "large"


def test_what_never_fits_waits_and_is_warned_of(ray, caplog):
    @ray.remote(num_cpus=99)
    def giant():
        pass

    with caplog.at_level(logging.WARNING, logger="raylite"):
        ref = giant.remote()
        wait_until(lambda: ray.wait([ref], timeout=0.01) and "99" in caplog.text)
    with pytest.raises(ray.exceptions.GetTimeoutError):
        ray.get(ref, timeout=0)
    assert "CPU" in caplog.text


def test_an_actor_that_never_fits_ends_with_its_handle(ray, holder_class):
    giant = holder_class.options(resources={"unheard-of": 1}).remote()
    ref = giant.ping.remote()
    assert ray.wait([ref], timeout=0.05) == ([], [ref])
    ray.kill(giant)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(ref)


def test_tiny_fractions_add_up_exactly(ray):
    @ray.remote(num_cpus=0.1)
    def tenth():
        return 1

    assert sum(ray.get([tenth.remote() for _ in range(100)])) == 100
    wait_until(lambda: ray.available_resources() == ray.cluster_resources())


def test_four_model_servers_share_four_gpus_worth_of_slots(ray):
    @ray.remote(num_cpus=1, resources={"slot": 0.5})
    class ModelServer:
        def __init__(self, model_id):
            self.model_id = model_id

        def predict(self, data):
            return f"{self.model_id}: {data}"

    servers = [ModelServer.remote("llama-3") for _ in range(4)]
    assert ray.get([server.predict.remote(1) for server in servers]) == ["llama-3: 1"] * 4
    free = ray.available_resources()
    assert "CPU" not in free
    assert "slot" not in free


def test_there_is_one_node(ray):
    (node,) = ray.nodes()
    assert node["Alive"]
    assert node["Resources"]["CPU"] == 4


def test_the_context_says_what_the_actor_holds(ray):
    @ray.remote(num_cpus=2)
    class Actor:
        def held(self):
            return ray.get_runtime_context().get_assigned_resources()

    assert ray.get(Actor.remote().held.remote()) == {"CPU": 2.0}
