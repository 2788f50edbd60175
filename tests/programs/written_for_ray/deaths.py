"""Processes that end, calls that are tried again, and what the caller sees."""

import os
import sys
import tempfile
from pathlib import Path

import ray
from ray.exceptions import (
    ActorDiedError,
    GetTimeoutError,
    RayActorError,
    RayTaskError,
    WorkerCrashedError,
)

ray.init(num_cpus=2, log_to_driver=False)


def outcome(ref, **options):
    try:
        return ray.get(ref, **options)
    except Exception as error:
        return type(error).__name__


@ray.remote(max_restarts=2, max_task_retries=-1)
class Mortal:
    def __init__(self):
        self.count = 0

    def increment(self):
        if self.count == 3:
            os._exit(1)
        self.count += 1
        return self.count


mortal = Mortal.remote()
print([ray.get(mortal.increment.remote()) for _ in range(9)])
print(outcome(mortal.increment.remote()))


@ray.remote
class Leaver:
    def leave(self):
        ray.actor.exit_actor()

    def work(self):
        raise KeyError("nothing there")


leaver = Leaver.remote()
print(outcome(leaver.work.remote()))
try:
    ray.get(leaver.work.remote())
except KeyError as error:
    print(isinstance(error, RayTaskError), repr(error.cause))
print(outcome(leaver.leave.remote()), issubclass(ActorDiedError, RayActorError))


@ray.remote(max_retries=2)
def flaky(folder):
    tries = len(list(Path(folder).iterdir()))
    Path(folder, str(tries)).touch()
    if tries < 2:
        sys.exit(1)
    return tries


@ray.remote(max_retries=0)
def crash():
    os._exit(3)


@ray.remote(retry_exceptions=[ZeroDivisionError], max_retries=1)
def divide(by):
    return 1 / by


@ray.remote
def add_one(value):
    return value + 1


with tempfile.TemporaryDirectory() as folder:
    print(outcome(flaky.remote(folder)))
print(outcome(crash.remote()), issubclass(WorkerCrashedError, ray.exceptions.RayError))
print(outcome(divide.remote(0)), outcome(divide.remote(4)))
print(outcome(add_one.remote(divide.remote(0))))


@ray.remote
class Never:
    async def answer(self):
        import asyncio

        await asyncio.Event().wait()


never = Never.remote()
print(outcome(never.answer.remote(), timeout=0.1), issubclass(GetTimeoutError, TimeoutError))
