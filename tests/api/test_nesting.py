# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Tasks and actors that use tasks and actors."""

from pathlib import Path

import pytest

from tests.processes import wait_until


@pytest.fixture
def counter_class(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1
            return self.value

    return Counter


def test_a_worker_submits_to_the_same_actor_as_the_driver(ray, counter_class):
    @ray.remote
    def count(counter, times):
        return ray.get([counter.increment.remote() for _ in range(times)])[-1]

    counter = counter_class.remote()
    refs = [count.remote(counter, 10) for _ in range(4)]
    mine = [counter.increment.remote() for _ in range(10)]
    ray.get([*refs, *mine])
    assert ray.get(counter.increment.remote()) == 51


def test_a_task_that_is_blocked_lends_its_cpu(ray):
    @ray.remote(num_cpus=4)
    def inner():
        return "inner"

    @ray.remote(num_cpus=4)
    def outer():
        return ray.get(inner.remote())

    assert ray.get(outer.remote()) == "inner"


def test_an_actor_that_is_blocked_lends_its_cpu(ray):
    @ray.remote(num_cpus=4)
    def inner():
        return "inner"

    @ray.remote(num_cpus=4)
    class Outer:
        def call(self):
            return ray.get(inner.remote())

    assert ray.get(Outer.remote().call.remote()) == "inner"


def test_a_task_that_is_blocked_in_wait_lends_its_cpu(ray):
    @ray.remote(num_cpus=4)
    def inner():
        return "inner"

    @ray.remote(num_cpus=4)
    def outer():
        (ready,), _ = ray.wait([inner.remote()])
        return ray.get(ready)

    assert ray.get(outer.remote()) == "inner"


def test_a_chain_of_tasks_goes_deeper_than_there_are_cpus(ray):
    @ray.remote
    def down(depth):
        return 0 if depth == 0 else 1 + ray.get(down.remote(depth - 1))

    assert ray.get(down.remote(10)) == 10


def test_a_recursive_merge_sort_sorts(ray):
    @ray.remote
    def merge_sort(items):
        if len(items) <= 8:
            return sorted(items)
        half = len(items) // 2
        left, right = ray.get([merge_sort.remote(items[:half]), merge_sort.remote(items[half:])])
        merged = []
        while left and right:
            merged.append((left if left[0] <= right[0] else right).pop(0))
        return merged + left + right

    items = [(7 * i) % 101 for i in range(100)]
    assert ray.get(merge_sort.remote(items)) == sorted(items)


def test_many_parents_wait_for_many_children(ray):
    @ray.remote
    def child(x):
        return x

    @ray.remote
    def parent(x):
        return sum(ray.get([child.remote(x) for _ in range(3)]))

    assert ray.get([parent.remote(x) for x in range(12)]) == [3 * x for x in range(12)]


def test_a_tree_of_actors_is_built_by_its_root(ray):
    @ray.remote(num_cpus=0)
    class Node:
        def __init__(self, depth):
            self.children = [Node.remote(depth - 1) for _ in range(2)] if depth else []

        def count(self):
            return 1 + sum(ray.get([child.count.remote() for child in self.children]))

    assert ray.get(Node.remote(2).count.remote()) == 7


def test_a_constructor_may_get(ray, counter_class):
    @ray.remote
    def value():
        return 5

    @ray.remote
    class Eager:
        def __init__(self, counter):
            self.values = ray.get([value.remote(), counter.increment.remote()])

        def values(self):
            return self.values

    assert ray.get(Eager.remote(counter_class.remote()).values.remote()) == [5, 1]


def test_an_actor_uses_tasks_and_makes_actors(ray, counter_class):
    @ray.remote
    def square(x):
        return x * x

    @ray.remote
    class Supervisor:
        def __init__(self, number):
            self.workers = [counter_class.remote() for _ in range(number)]

        def run(self):
            counts = ray.get([worker.increment.remote() for worker in self.workers])
            return counts, ray.get([square.remote(x) for x in range(3)])

    assert ray.get(Supervisor.remote(3).run.remote()) == ([1, 1, 1], [0, 1, 4])


def test_an_actor_passes_its_own_handle_on(ray):
    @ray.remote
    class Parent:
        def __init__(self):
            self.reports = []

        def report(self, text):
            self.reports.append(text)

        def reports(self):
            return self.reports

    @ray.remote
    def work(parent, number):
        ray.get(parent.report.remote(number))

    parent = Parent.remote()
    ray.get([work.remote(parent, number) for number in range(5)])
    assert sorted(ray.get(parent.reports.remote())) == list(range(5))


def test_an_actor_finds_its_own_handle_in_the_context(ray):
    @ray.remote
    class Self:
        def me(self):
            return ray.get_runtime_context().current_actor

    actor = Self.remote()
    assert ray.get(actor.me.remote()) == actor


def test_two_actors_call_each_other(ray):
    @ray.remote
    class Player:
        def __init__(self):
            self.hits = 0

        def meet(self, other):
            self.other = other

        def hit(self, left):
            self.hits += 1
            return self.other.hit.remote(left - 1) if left else None

        def hits(self):
            return self.hits

    ping, pong = Player.remote(), Player.remote()
    ray.get([ping.meet.remote(pong), pong.meet.remote(ping)])
    ref = ping.hit.remote(9)
    while ref is not None:
        ref = ray.get(ref)
    assert ray.get([ping.hits.remote(), pong.hits.remote()]) == [5, 5]
    ray.kill(ping)  # They hold each other.
    ray.kill(pong)


def test_a_task_starts_a_task_and_does_not_wait_for_it(ray, tmp_path):
    @ray.remote
    def later(gate, done):
        wait_until(gate.exists)
        done.touch()

    @ray.remote
    def start(gate, done):
        later.remote(gate, done)

    gate, done = tmp_path / "gate", tmp_path / "done"
    ray.get(start.remote(gate, done))
    gate.touch()
    wait_until(done.exists)


def test_a_task_gets_what_the_driver_put(ray):
    @ray.remote
    def total(refs):
        return sum(ray.get(refs))

    assert ray.get(total.remote([ray.put(i) for i in range(10)])) == 45


def test_a_nested_task_returns_a_nested_ref(ray):
    @ray.remote
    def inner():
        return ray.put("deep")

    @ray.remote
    def outer():
        return inner.remote()

    assert ray.get(ray.get(ray.get(outer.remote()))) == "deep"


def test_init_in_a_worker_joins_the_session(ray):
    @ray.remote
    def inner():
        ray.init(ignore_reinit_error=True)
        return ray.is_initialized()

    assert ray.get(inner.remote())


def test_an_actor_class_is_passed_as_an_argument(ray, counter_class):
    @ray.remote
    def use(actor_class):
        return ray.get(actor_class.remote().increment.remote())

    assert ray.get(use.remote(counter_class)) == 1


def test_a_remote_function_is_passed_as_an_argument(ray):
    @ray.remote
    def square(x):
        return x * x

    @ray.remote
    def apply(function, x):
        return ray.get(function.remote(x))

    assert ray.get(apply.remote(square, 5)) == 25


def test_processes_forked_by_a_task_do_not_disturb_the_worker(ray):
    @ray.remote
    def forks():
        import multiprocessing

        with multiprocessing.get_context("fork").Pool(2) as pool:
            return pool.map(abs, [-1, -2])

    assert ray.get(forks.remote()) == [1, 2]
    assert ray.get(forks.remote()) == [1, 2]


def test_threads_of_a_task_may_use_the_api(ray):
    @ray.remote
    def square(x):
        return x * x

    @ray.remote
    def threaded():
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(lambda x: ray.get(square.remote(x)), range(20)))

    assert ray.get(threaded.remote()) == [x * x for x in range(20)]


def test_threads_of_a_task_lend_its_cpu_until_the_last_has_what_it_waits_for(ray, tmp_path):
    @ray.remote(num_cpus=4)
    def wait_for(path):
        wait_until(path.exists)
        return path.name

    @ray.remote(num_cpus=4)
    def threaded(first, second):
        from concurrent.futures import ThreadPoolExecutor

        refs = [wait_for.remote(first), wait_for.remote(second)]
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(ray.get, refs))

    first, second = tmp_path / "first", tmp_path / "second"
    ref = threaded.remote(first, second)
    first.touch()
    second.touch()
    assert ray.get(ref) == ["first", "second"]


def test_a_subprocess_of_a_task_ends_by_itself(ray):
    @ray.remote
    def shell():
        import subprocess
        import sys

        return subprocess.check_output([sys.executable, "-c", "print(6 * 7)"])

    assert ray.get(shell.remote()).strip() == b"42"


def test_workers_share_the_working_folder(ray):
    @ray.remote
    def cwd():
        return Path.cwd()

    assert ray.get(cwd.remote()) == Path.cwd()


def test_shutdown_in_a_task_is_left_to_the_driver(ray):
    @ray.remote
    def ends_too_much():
        ray.shutdown()
        return ray.get(ray.put("still here"))

    assert ray.get(ends_too_much.remote()) == "still here"
    assert ray.is_initialized()
