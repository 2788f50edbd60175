"""Coroutines in an actor, threads in another, and refs that are awaited."""

import asyncio
import threading

import ray

ray.init(num_cpus=2)


@ray.remote
class Gate:
    def __init__(self):
        self.open = asyncio.Event()
        self.passed = []

    async def enter(self, who):
        await self.open.wait()
        self.passed.append(who)
        return len(self.passed)

    async def unlock(self):
        self.open.set()

    async def names(self):
        return sorted(self.passed)


@ray.remote(max_concurrency=3)
class Meeting:
    def __init__(self, number):
        self.barrier = threading.Barrier(number)

    def join(self):
        self.barrier.wait(30)
        return threading.current_thread() is not threading.main_thread()


@ray.remote(concurrency_groups={"io": 2})
class Service:
    @ray.method(concurrency_group="io")
    async def fetch(self, ref):
        return await ref[0] + 1

    async def health(self):
        return "healthy"


@ray.remote
def slow_number():
    return 41


async def main():
    gate = Gate.remote()
    entering = [gate.enter.remote(i) for i in range(5)]
    ready, _ = ray.wait(entering, timeout=0.05)
    print("before it opens:", len(ready))
    await gate.unlock.remote()
    print(sorted(await asyncio.gather(*entering)), await gate.names.remote())
    service = Service.remote()
    print(await service.fetch.remote([slow_number.remote()]), await service.health.remote())
    return ray.get([Meeting.remote(1).join.remote()])


meeting = Meeting.remote(3)
print(ray.get([meeting.join.remote() for _ in range(3)]))
print(asyncio.run(main()))
