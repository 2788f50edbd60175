"""Tasks and actors that make more of them."""

from tests.compat.cases import raises


def test_a_task_calls_tasks(ray):
    @ray.remote
    def fib(n):
        return n if n < 2 else sum(ray.get([fib.remote(n - 1), fib.remote(n - 2)]))

    assert ray.get(fib.remote(5)) == 5


def test_a_merge_sort(ray):
    @ray.remote
    def merge_sort(items):
        if len(items) <= 2:
            return sorted(items)
        middle = len(items) // 2
        left, right = ray.get(
            [merge_sort.remote(items[:middle]), merge_sort.remote(items[middle:])]
        )
        merged = []
        while left and right:
            merged.append((left if left[0] <= right[0] else right).pop(0))
        return merged + left + right

    assert ray.get(merge_sort.remote([5, 3, 8, 1, 9, 2, 7, 4])) == [1, 2, 3, 4, 5, 7, 8, 9]


def test_a_task_makes_an_actor(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def add(self):
            self.value += 1
            return self.value

    @ray.remote
    def count_to(n):
        counter = Counter.remote()
        return ray.get([counter.add.remote() for _ in range(n)])

    assert ray.get(count_to.remote(3)) == [1, 2, 3]


def test_a_tree_of_actors(ray):
    @ray.remote
    class Worker:
        def __init__(self, name):
            self.name = name

        def work(self):
            return self.name

    @ray.remote
    class Supervisor:
        def __init__(self, names):
            self.workers = [Worker.remote(name) for name in names]

        def all(self):
            return ray.get([worker.work.remote() for worker in self.workers])

    assert ray.get(Supervisor.remote("abc").all.remote()) == ["a", "b", "c"]


def test_an_actor_that_blocks_in_its_constructor(ray):
    @ray.remote
    def value():
        return 5

    @ray.remote
    class Holder:
        def __init__(self):
            self.value = ray.get(value.remote())

        def get(self):
            return self.value

    assert ray.get(Holder.remote().get.remote()) == 5


def test_tasks_report_to_an_actor(ray):
    @ray.remote
    class Progress:
        def __init__(self):
            self.done = {}

        def report(self, task, share):
            self.done[task] = share

        def total(self):
            return sum(self.done.values())

    @ray.remote
    def sample(task, progress):
        for share in (0.5, 1.0):
            ray.get(progress.report.remote(task, share))

    progress = Progress.remote()
    ray.get([sample.remote(i, progress) for i in range(3)])
    assert ray.get(progress.total.remote()) == 3


def test_more_tasks_block_than_there_are_cpus(ray):
    @ray.remote
    def down(n):
        return n if n == 0 else ray.get(down.remote(n - 1))

    assert ray.get(down.remote(6)) == 0


def test_wait_inside_a_task(ray):
    @ray.remote
    def value(x):
        return x

    @ray.remote
    def first_of():
        (ready,), _rest = ray.wait([value.remote(i) for i in range(3)])
        return ray.get(ready)

    assert ray.get(first_of.remote()) in {0, 1, 2}


def test_an_actor_that_asks_itself_and_waits_gets_nowhere(ray):
    @ray.remote
    class Self:
        def outer(self):
            me = ray.get_runtime_context().current_actor
            return ray.get(me.inner.remote(), timeout=0.3)

        def inner(self):
            return "inside"

    with raises(ray.exceptions.GetTimeoutError):
        ray.get(Self.remote().outer.remote())


def test_refs_made_in_a_task_are_of_use_outside(ray):
    @ray.remote
    def make():
        return {"put": ray.put("put"), "call": make_one.remote()}

    @ray.remote
    def make_one():
        return "call"

    refs = ray.get(make.remote())
    assert ray.get([refs["put"], refs["call"]]) == ["put", "call"]


def test_init_in_a_task_is_harmless(ray):
    @ray.remote
    def begun():
        return ray.is_initialized()

    assert ray.get(begun.remote()) is True
