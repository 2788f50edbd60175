# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Programs of courses and tutorials, as they are printed there."""

import json
import os
import sys
import time

import pytest


def test_the_accounting_example_balances(ray):
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


def test_the_linear_model_converts(ray):
    @ray.remote
    class LinearModel:
        def __init__(self, w0, w1):
            self.w0 = w0
            self.w1 = w1

        def convert(self, celsius):
            return self.w1 * celsius + self.w0

    model = LinearModel.remote(w1=9 / 5, w0=32)
    assert ray.get(model.convert.remote(100)) == pytest.approx(212)


def test_sampling_tasks_report_to_a_progress_actor(ray):
    @ray.remote
    class Progress:
        def __init__(self, total):
            self.total = total
            self.done_by = {}

        def report(self, task, done):
            self.done_by[task] = done

        def ratio(self):
            return sum(self.done_by.values()) / self.total

    @ray.remote
    def sample(progress, task, number):
        for done in range(1, number + 1):
            progress.report.remote(task, done)
        return number

    progress = Progress.remote(40)
    refs = [sample.remote(progress, task, 10) for task in range(4)]
    while ray.get(progress.ratio.remote()) < 1:
        time.sleep(0)
    assert sum(ray.get(refs)) == 40


def test_two_classes_count_the_calls_of_their_methods(ray):
    class Base:
        def __init__(self, name):
            self.name = name
            self.method_calls = {"method": 0}

        def __repr__(self):
            return self.name

        def method(self, **args):
            raise NotImplementedError

        def get_all_method_calls(self):
            return self.name, self.method_calls

    @ray.remote
    class One(Base):
        def method(self, **args):
            self.method_calls["method"] += 1

    one = One.remote("One")
    for _ in range(15):
        one.method.remote(timeout=1, store="db")
    assert ray.get(one.get_all_method_calls.remote()) == ("One", {"method": 15})


def test_the_counter_that_dies_every_ten_calls(ray):
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
    counted = [ray.get(actor.increment_and_possibly_fail.remote()) for _ in range(50)]
    assert counted == [*range(1, 11)] * 5
    for _ in range(10):
        with pytest.raises(ray.exceptions.RayActorError):
            ray.get(actor.increment_and_possibly_fail.remote())


def test_the_immortal_actor_keeps_its_checkpoint(ray, tmp_path):
    @ray.remote(max_restarts=-1, max_task_retries=-1)
    class ImmortalActor:
        def __init__(self, checkpoint):
            self.checkpoint = checkpoint
            self.state = json.loads(checkpoint.read_text()) if checkpoint.exists() else {}

        def flaky_update(self, key, value):
            import random

            if random.randrange(10) < 5:
                sys.exit(1)
            self.state[key] = value
            self.checkpoint.write_text(json.dumps(self.state))

        def get(self, key):
            return self.state[key]

    actor = ImmortalActor.remote(tmp_path / "checkpoint.json")
    for key in range(5):
        ray.get(actor.flaky_update.remote(str(key), key))
    assert ray.get([actor.get.remote(str(key)) for key in range(5)]) == list(range(5))
