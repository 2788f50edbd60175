"""raylite on Ray beside programs of Ray's own: one runtime, whose refs and actors both share.

What a program of raylite's sees on Ray is in ``tests/compat``, run with ``--engine on_ray``.
"""

import asyncio
import importlib.util
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import raylite
from raylite.util import metrics
from raylite.util.placement_group import placement_group, remove_placement_group
from tests import processes

if importlib.util.find_spec("ray") is None:
    pytest.skip("Ray is not installed here: see `make engines`", allow_module_level=True)

import ray

pytestmark = pytest.mark.filterwarnings("ignore")

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module", autouse=True)
def _rays_own(mark: str) -> Iterator[None]:
    """A Ray that the program has started itself, before raylite comes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        ray.init("local", num_cpus=4, include_dashboard=False, namespace="both")
        yield
        ray.shutdown()
        with suppress(TimeoutError):
            processes.wait_until(lambda: not processes.marked(mark), 5)
        for process in processes.marked(mark):
            process.kill()


@pytest.fixture(autouse=True)
def _session() -> Iterator[None]:
    raylite.init(engine="ray")
    yield
    raylite.shutdown()


@raylite.remote
def double(x: int) -> int:
    return 2 * x


@ray.remote
def plain_double(x: int) -> int:
    return 2 * x


@raylite.remote
class Counter:
    def __init__(self, n: int = 0) -> None:
        self.n = n

    def add(self, k: int = 1) -> int:
        self.n += k
        return self.n

    def fail(self, why: str) -> None:
        raise ValueError(why)

    def me(self) -> Any:
        return raylite.get_runtime_context().current_actor

    async def items(self, n: int) -> Any:
        for k in range(n):
            yield k


@ray.remote
class PlainCounter:
    def __init__(self) -> None:
        self.n = 0

    def add(self) -> int:
        self.n += 1
        return self.n


def test_a_ray_that_runs_already_is_joined_and_left_running() -> None:
    raylite.shutdown()
    assert ray.is_initialized()
    raylite.init(engine="ray")
    assert raylite.get(double.remote(2)) == 4


def test_a_ref_is_named_as_rays_is() -> None:
    ref = raylite.put("value")
    assert ref.binary() == ref._entry.ray_ref.binary()  # type: ignore[attr-defined]
    assert ray.get(ref._entry.ray_ref) == "value"  # type: ignore[attr-defined]


def test_code_of_rays_own_runs_inside_of_a_task() -> None:
    @raylite.remote
    def both(x: int) -> int:
        return int(ray.get(plain_double.remote(x))) + int(raylite.get(double.remote(x)))

    assert raylite.get(both.remote(3)) == 12


def test_raylite_is_there_in_a_task_of_rays_own() -> None:
    @ray.remote
    def inner(refs: list[Any]) -> tuple[int, bool]:
        return raylite.get(refs[0]), raylite.is_initialized()

    assert ray.get(inner.remote([double.remote(4)])) == (8, True)


def test_an_actor_of_rays_own_is_found_by_name() -> None:
    kept = PlainCounter.options(name="plain").remote()  # type: ignore[attr-defined]
    found = raylite.get_actor("plain")
    assert raylite.get(found.add.remote()) == 1
    assert ray.get(kept.add.remote()) == 2
    assert "PlainCounter" in repr(found)
    with pytest.raises(AttributeError, match="no attribute"):
        found.subtract  # noqa: B018  # To ask for it is the test.


def test_rays_own_program_finds_an_actor_of_raylites() -> None:
    counter = Counter.options(name="ours").remote(5)  # type: ignore[attr-defined]
    found = ray.get_actor("ours")
    assert ray.get(found.add.remote()) == 6
    assert raylite.get(counter.add.remote()) == 7


def test_a_handle_that_was_looked_up_reaches_another_process() -> None:
    kept = Counter.options(name="sent").remote(1)  # type: ignore[attr-defined]

    @raylite.remote
    def use(handles: list[Any]) -> int:
        return int(raylite.get(handles[0].add.remote()))

    assert raylite.get(use.remote([raylite.get_actor("sent")])) == 2
    assert raylite.get(raylite.get(kept.me.remote()).add.remote()) == 3


def test_an_error_tells_the_call_and_the_line_and_nothing_of_rays() -> None:
    counter = Counter.remote()  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="too much") as caught:
        raylite.get(counter.fail.remote("too much"))
    assert isinstance(caught.value, raylite.exceptions.RayTaskError)
    told = str(caught.value)
    assert "Counter.fail" in told
    assert "called as fail('too much')" in told
    assert "raise ValueError(why)" in told
    assert "in_worker" not in told
    assert "\x1b" not in told


def test_an_error_passes_through_tasks_and_arguments() -> None:
    counter = Counter.remote()  # type: ignore[attr-defined]

    @raylite.remote
    def outer(handle: Any) -> Any:
        return raylite.get(handle.fail.remote("deep"))

    with pytest.raises(ValueError, match="deep") as caught:
        raylite.get(outer.remote(counter))
    assert str(caught.value).index("outer") < str(caught.value).index("Counter.fail")
    with pytest.raises(ValueError, match="input arguments") as caught:
        raylite.get(double.remote(counter.fail.remote("deep")))
    assert type(caught.value.cause) is ValueError  # type: ignore[attr-defined]


def test_what_a_constructor_raised_is_the_cause() -> None:
    @raylite.remote
    class Bad:
        def __init__(self, x: int) -> None:
            self.x = 1 // x

        def m(self) -> None: ...

    with pytest.raises(raylite.exceptions.ActorDiedError, match="1 // x") as caught:
        raylite.get(Bad.remote(0).m.remote())  # type: ignore[attr-defined]
    assert isinstance(caught.value.cause, ZeroDivisionError)


def test_errors_named_in_retry_exceptions_are_tried_again(tmp_path: Path) -> None:
    @raylite.remote(max_retries=3, retry_exceptions=[KeyError])
    def flaky(folder: Path) -> int:
        tries = len(list(folder.iterdir()))
        (folder / str(tries)).touch()
        if tries < 2:
            raise KeyError(tries)
        return tries

    assert raylite.get(flaky.remote(tmp_path)) == 2


def test_what_raylites_own_engine_refuses_is_for_ray_to_judge() -> None:
    wanted = double.options(runtime_env={"conda": "nobody-has-this"}, _labels={"a": "b"})
    with pytest.raises(raylite.exceptions.RuntimeEnvSetupError, match="conda"):
        raylite.get(wanted.remote(1))


def test_an_async_generator_is_gone_through() -> None:
    counter = Counter.remote()  # type: ignore[attr-defined]

    async def all_items() -> list[int]:
        return [await ref async for ref in counter.items.remote(3)]

    assert asyncio.run(all_items()) == [0, 1, 2]


def test_what_is_ready_elsewhere_counts_as_ready_when_asked() -> None:
    ref = double.remote(1)
    assert raylite.wait([ref], fetch_local=False) == ([ref], [])


def test_a_group_is_the_value_of_its_ready() -> None:
    group = placement_group([{"CPU": 1}])
    assert raylite.get(group.ready()) == group
    remove_placement_group(group)


def test_the_context_of_a_worker() -> None:
    @raylite.remote
    def told() -> tuple[str | None, str, int]:
        context = raylite.get_runtime_context()
        return context.get_task_name(), context.namespace, os.getpid()

    name, namespace, pid = raylite.get(told.remote())
    assert (name, namespace) == ("told", "both")
    assert pid != os.getpid()


def test_metrics_are_rays() -> None:
    counter = metrics.Counter("seen", description="what was seen", tag_keys=("kind",))
    counter.inc(2, tags={"kind": "fox"})
    metrics.Histogram("taken", boundaries=[1, 2]).observe(1.5)
    metrics.Gauge("left").set(3)


def test_nodes_are_not_added_from_a_program() -> None:
    engine = importlib.import_module("raylite._engine").current()
    with pytest.raises(raylite.exceptions.RaySystemError, match="ray start"):
        engine.add_node({"CPU": 1}, {})
    with pytest.raises(raylite.exceptions.RaySystemError, match="ray stop"):
        engine.remove_node("a" * 56)


def test_raylite_is_not_put_in_rays_place_any_more() -> None:
    with pytest.raises(RuntimeError, match="too late"):
        raylite.install_as_ray()
