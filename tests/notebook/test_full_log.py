"""Pictures of a session that has made more calls than its log keeps."""

from types import ModuleType

from raylite import _engine
from raylite.notebook.live.feed import Feed

CALLS = 110_000
AT_ONCE = 1000


def test_who_looks_later_sees_what_runs_and_nothing_that_is_over(ray: ModuleType) -> None:
    class Gate:
        async def wait(self) -> None:
            import asyncio

            self.opened = asyncio.Event()
            await self.opened.wait()

        async def open(self) -> None:
            self.opened.set()

        async def count(self, number: int) -> int:
            return number

    gate = ray.remote(Gate).options(max_concurrency=AT_ONCE).remote()
    counters = [ray.remote(Gate).options(num_cpus=0).remote() for _ in range(2)]
    engine = _engine.current()
    stop = engine.subscribe(lambda _batch: None)
    waiting = gate.wait.remote()
    for _ in range(CALLS // AT_ONCE):
        ray.get([counters[n % 2].count.remote(n) for n in range(AT_ONCE)])
    feed = Feed(engine, lambda: None)
    feed.ask_what_is_open()
    feed.fold()
    open_ids = {*feed.world.running, *feed.world.waiting}
    feed.close()
    stop()
    assert open_ids == {waiting.task_id().hex()}
    ray.get(gate.open.remote())
    ray.get(waiting)
