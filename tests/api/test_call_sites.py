"""Each object says which line of the program has made it."""

import inspect
import os
import subprocess
import sys

import pytest

from raylite.util.state import get_objects, list_objects
from tests.processes import wait_until


@pytest.fixture
def actor_class(ray):
    @ray.remote(num_cpus=0)
    class Maker:
        def make(self):
            return 1

        def items(self):
            yield 1

        def put(self):
            import raylite as ray

            return [ray.put("by the actor")]

    return Maker


@pytest.fixture
def function(ray):
    @ray.remote(num_cpus=0)
    def make():
        return 1

    return make


def here():
    """The line this is called from."""
    return inspect.stack(0)[1].lineno


def test_a_ref_says_what_has_made_it_and_where(ray, actor_class, function):
    actor = actor_class.remote()
    made = {
        "put object": (ray.put(1), here()),
        "task call": (function.remote(), here()),
        "actor call": (actor.make.remote(), here()),
    }
    for kind, (ref, line) in made.items():
        name = "test_a_ref_says_what_has_made_it_and_where"
        assert ref.call_site() == f"({kind})  | {__file__}:{name}:{line}"


def test_options_make_no_difference(ray, actor_class, function):
    actor = actor_class.options(num_cpus=0).remote()
    refs = [
        (function.options(num_cpus=0).remote(), here()),
        (actor.make.options(name="m").remote(), here()),
        (next(actor.items.options(num_returns="streaming").remote()), here()),
        (actor.make.options(num_returns=1).remote(), here()),
    ]
    for ref, line in refs:
        assert ref.call_site().endswith(f"no_difference:{line}")
    ray.get([ref for ref, _ in refs])


def test_a_line_of_a_comprehension_is_its_functions(ray):
    refs, line = [ray.put(number) for number in range(3)], here()
    assert {ref.call_site().rpartition("|")[2] for ref in refs} == {
        f" {__file__}:test_a_line_of_a_comprehension_is_its_functions:{line}"
    }


def test_what_raylites_own_tools_make_is_made_by_the_line_that_uses_them(ray, actor_class):
    from raylite.util import ActorPool
    from raylite.util.queue import Queue

    pool, refs = ActorPool([actor_class.remote()]), []

    def make(actor, _):
        refs.append(actor.make.remote())
        return refs[0]

    pool.submit(make, None)
    assert __file__ in refs[0].call_site()
    pool.get_next()
    queue = Queue(actor_options={"num_cpus": 0})
    queue.put(1)
    sites = {row.call_site for row in list_objects(limit=10_000)}
    assert any(__file__ in site and "actor creation" in site for site in sites)
    assert not any("/raylite/util/" in site for site in sites)
    queue.shutdown()


def test_a_list_of_objects_has_the_lines(ray, actor_class):
    actor = actor_class.remote()
    (ref,) = ray.get(actor.put.remote())
    own = ray.put("by the driver")
    wait_until(lambda: any(row.borrower_pids for row in get_objects(ref.hex())))
    rows = {(row.object_id, row.type): row for row in list_objects(limit=10_000, detail=True)}
    assert rows[own.hex(), "DRIVER"].call_site == own.call_site()
    assert rows[own.hex(), "DRIVER"].stored == "INLINE"
    # The driver only borrows this one; its owner says where it was made.
    found = rows[ref.hex(), "DRIVER"]
    assert found.call_site.startswith(f"(put object)  | {__file__}:")
    assert found.owner_pid == rows[ref.hex(), "WORKER"].pid
    assert rows[ref.hex(), "WORKER"].borrower_pids == [os.getpid()]
    assert rows[ref.hex(), "WORKER"].reference_type == "PINNED_IN_MEMORY"
    handle = next(row for row in rows.values() if row.reference_type == "ACTOR_HANDLE")
    assert handle.call_site.startswith("(actor creation)")


def test_the_largest_objects_come_first(ray):
    refs = [ray.put(b"x" * size) for size in (10, 300_000, 1_000)]
    sizes = [row.object_size for row in list_objects(limit=10_000)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) >= len(refs)


def test_a_table_of_objects_sums_them_up(ray):
    refs = [ray.put(b"x" * 600_000) for _ in range(2)]
    assert "1.2 MB" in list_objects(limit=10_000)._repr_html_()
    assert refs


def test_the_summary_of_ray_is_the_table(ray):
    from raylite._private.internal_api import memory_summary

    ref = ray.put(b"x" * 600_000)
    assert "600.0 KB" in memory_summary(units="KB")
    assert "kept by" in memory_summary(stats_only=True)
    assert ref


@pytest.mark.slow
def test_it_can_be_turned_off():
    program = "import raylite as ray; ray.init(num_cpus=1); print(repr(ray.put(1).call_site()))"
    environment = {**os.environ, "RAY_record_ref_creation_sites": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
    )
    assert done.stdout.strip() == "''"
