"""Whole programs, as courses print them."""

import asyncio
import json
import os
import random
import sys
import threading

import pytest

from tests.compat.cases import raises


def test_accounting(ray):
    @ray.remote
    class Accounting:
        def __init__(self):
            self.total = 0

        def add(self, amount):
            self.total += amount

        def remove(self, amount):
            self.total -= amount

        def total(self):
            return self.total

    acc = Accounting.remote()
    assert ray.get(acc.total.remote()) == 0
    acc.add.remote(100)
    acc.remove.remote(10)
    assert ray.get(acc.total.remote()) == 90


def test_linear_model(ray):
    @ray.remote
    class LinearModel:
        def __init__(self, w0, w1):
            self.w0 = w0
            self.w1 = w1

        def convert(self, celsius):
            return self.w1 * celsius + self.w0

    model = LinearModel.remote(w1=9 / 5, w0=32)
    assert ray.get(model.convert.remote(100)) == 212


def test_model_server(ray):
    @ray.remote(num_cpus=2)
    class ModelServer:
        def __init__(self):
            self.ready = True

        def infer(self, x):
            return x * 2

    srv = ModelServer.remote()
    assert ray.get(srv.infer.remote(21)) == 42


def test_a_detached_service_is_found_and_killed(ray):
    @ray.remote
    class ModelServer:
        def infer(self, x):
            return x * 2

    made = ModelServer.options(
        lifetime="detached", name="global_model", namespace="my-test"
    ).remote()
    svc = ray.get_actor(name="global_model", namespace="my-test")
    assert svc == made
    assert ray.get(svc.infer.remote(2)) == 4
    ray.kill(svc, no_restart=True)


def test_ten_calls_a_life(ray):
    @ray.remote(max_restarts=4, max_task_retries=-1)
    class Actor:
        def __init__(self):
            self.counter = 0

        def increment_and_possibly_fail(self):
            if self.counter == 10:
                os._exit(0)
            self.counter += 1
            return self.counter

    actor = Actor.remote()
    counts = [ray.get(actor.increment_and_possibly_fail.remote()) for _ in range(50)]
    assert counts == list(range(1, 11)) * 5
    for _ in range(10):
        with raises(ray.exceptions.RayActorError):
            ray.get(actor.increment_and_possibly_fail.remote())


def test_the_immortal_actor(ray, tmp_path):
    @ray.remote(max_restarts=-1, max_task_retries=-1)
    class ImmortalActor:
        def __init__(self, checkpoint_file):
            self.checkpoint_file = checkpoint_file
            if os.path.exists(self.checkpoint_file):  # noqa: PTH110  # As it is printed.
                with open(self.checkpoint_file) as f:  # noqa: PTH123  # As above.
                    self.state = json.load(f)
            else:
                self.state = {}

        def flaky_update(self, key, value):
            if random.randrange(10) < 5:
                sys.exit(1)
            self.state[key] = value
            with open(self.checkpoint_file, "w") as f:  # noqa: PTH123  # As above.
                json.dump(self.state, f)

        def get(self, key):
            return self.state[key]

    actor = ImmortalActor.remote(str(tmp_path / "checkpoint.json"))
    ray.get(actor.flaky_update.remote("1", 1))
    ray.get(actor.flaky_update.remote("2", 2))
    assert ray.get(actor.get.remote("1")) == 1
    assert ray.get(actor.get.remote("2")) == 2


def test_a_multithreaded_counter(ray):
    @ray.remote(max_concurrency=8)
    class Counter:
        def __init__(self):
            self.value = 0
            self._lock = threading.Lock()

        def add(self, x):
            with self._lock:
                self.value += x
                return self.value

    c = Counter.remote()
    assert max(ray.get([c.add.remote(1) for _ in range(32)])) == 32


def test_async_workers(ray):
    @ray.remote(max_concurrency=16)
    class AsyncWorker:
        async def work(self, i):
            await asyncio.sleep(0.02)
            return i * i

    aw = AsyncWorker.remote()
    assert ray.get([aw.work.remote(i) for i in range(20)]) == [i * i for i in range(20)]


def test_workers_with_concurrency_groups(ray):
    @ray.remote(concurrency_groups={"io": 2, "compute": 4})
    class AsyncWorker:
        @ray.method(concurrency_group="io")
        async def fetch_data(self):
            await asyncio.sleep(0.01)
            return "data"

        @ray.method(concurrency_group="compute")
        async def process_data(self, data):
            await asyncio.sleep(0.01)
            return f"processed: {data}"

        async def health_check(self):
            return "healthy"

    worker = AsyncWorker.remote()
    assert ray.get(worker.fetch_data.remote()) == "data"
    assert ray.get(worker.fetch_data.options(concurrency_group="compute").remote()) == "data"
    assert ray.get(worker.process_data.remote("x")) == "processed: x"
    assert ray.get(worker.health_check.remote()) == "healthy"


def test_method_tracking(ray):
    class ActorCls:
        def __init__(self, name):
            self.name = name
            self.method_calls = {"method": 0}

        def method(self, **args):
            pass

        def get_all_method_calls(self):
            return self.get_name(), self.method_calls

        def get_name(self):
            return self.name

    @ray.remote
    class ActorClsOne(ActorCls):
        def method(self, **args):
            self.method_calls["method"] += 1

    @ray.remote
    class ActorClsTwo(ActorCls):
        def method(self, **args):
            self.method_calls["method"] += 1

    callers = {"one": ActorClsOne.remote("one"), "two": ActorClsTwo.remote("two")}
    for name in ["one", "two", "one"]:
        callers[name].method.remote(timeout=1, store="mongo_db")
    calls = ray.get([caller.get_all_method_calls.remote() for caller in callers.values()])
    assert calls == [("one", {"method": 2}), ("two", {"method": 1})]


def test_pi_with_a_progress_actor(ray):
    @ray.remote
    class ProgressPIActor:
        def __init__(self, total_num_samples):
            self.total_num_samples = total_num_samples
            self.num_samples_completed_per_task = {}

        def report_progress(self, task_id, num_samples_completed):
            self.num_samples_completed_per_task[task_id] = num_samples_completed

        def get_progress(self):
            return sum(self.num_samples_completed_per_task.values()) / self.total_num_samples

    @ray.remote
    def sampling_task(num_samples, task_id, progress_actor):
        inside = sum(
            random.uniform(-1, 1) ** 2 + random.uniform(-1, 1) ** 2 <= 1 for _ in range(num_samples)
        )
        ray.get(progress_actor.report_progress.remote(task_id, num_samples))
        return inside

    progress_actor = ProgressPIActor.remote(3000)
    results = [sampling_task.remote(1000, i, progress_actor) for i in range(3)]
    pi = sum(ray.get(results)) * 4 / 3000
    assert pi == pytest.approx(3.14, abs=0.3)
    assert ray.get(progress_actor.get_progress.remote()) == 1


def test_four_model_servers_on_four_gpus(ray):
    @ray.remote(num_gpus=1)
    class ModelServer:
        def __init__(self, model_id):
            self.model = str.upper

        def predict(self, data):
            return self.model(data)

    servers = [ModelServer.remote("llama-3") for _ in range(4)]
    answers = ray.get([server.predict.remote("hi") for server in servers])
    assert answers == ["HI"] * 4


def test_the_actor_pool_of_the_course(ray):
    @ray.remote
    class Worker:
        def process(self, x):
            return x * x

    pool = ray.util.ActorPool([Worker.remote() for _ in range(4)])
    assert list(pool.map(lambda a, x: a.process.remote(x), range(10))) == [x * x for x in range(10)]
    for x in range(10):
        pool.submit(lambda a, v: a.process.remote(v), x)
    assert [pool.get_next() for _ in range(10)] == [x * x for x in range(10)]
