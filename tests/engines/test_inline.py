# mypy: disable-error-code="attr-defined,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class.
"""One process: what is its own, beside the cases that every engine has."""

import asyncio
import gc
import os
import sys
import threading

import pytest

import raylite as ray
from tests.engines.log_actor import Log

pytestmark = pytest.mark.usefixtures("one_process")


def test_calls_run_where_they_are_made_in_their_order(tmp_path):
    seen = tmp_path / "seen"

    @ray.remote
    def note(what):
        with seen.open("a") as file:
            file.write(what)

    note.remote("a")
    with seen.open("a") as file:
        file.write("b")
    note.remote("c")
    assert seen.read_text() == "abc"


def test_a_program_takes_the_same_steps_each_time():
    @ray.remote
    def grow(log, depth):
        log.add.remote(f"begin {depth}")
        refs = [grow.remote(log, depth - 1) for _ in range(2 if depth else 0)]
        ray.get(refs)
        log.add.remote(f"end {depth}")

    def steps():
        log = Log.remote()
        ray.get([grow.remote(log, 2), grow.remote(log, 1)])
        return ray.get(log.all.remote())

    first = steps()
    assert first == steps()
    assert first[:3] == ["begin 2", "begin 1", "begin 0"]


def test_everything_runs_in_this_process_and_thread():
    @ray.remote
    def where():
        return os.getpid(), threading.get_ident()

    assert ray.get(where.remote()) == (os.getpid(), threading.get_ident())


def test_neither_sees_what_the_other_changes():
    given = [1]

    @ray.remote
    class Keeper:
        def keep(self, values):
            self.values = values
            values.append(2)
            return values

        def seen(self):
            return self.values

    keeper = Keeper.remote()
    back = ray.get(keeper.keep.remote(given))
    back.append(3)
    assert given == [1]
    assert ray.get(keeper.seen.remote()) == [1, 2]


def test_a_class_has_its_attributes_once_in_each_actor():
    @ray.remote
    class Counting:
        made = 0

        def __init__(self):
            type(self).made += 1

        def number(self):
            return self.made

    actors = [Counting.remote() for _ in range(3)]
    assert ray.get([one.number.remote() for one in actors]) == [1, 1, 1]
    assert Counting.made == 0


def test_the_programs_own_classes_are_left_as_they_are():
    class Point:
        def __init__(self, x):
            self.x = x

        def double(self):
            return 2 * self.x

    method = Point.double
    there = ray.get(ray.remote(lambda point: point).remote(Point(4)))
    assert type(there) is Point
    assert Point.double is method
    assert there.double() == 8


def test_tasks_call_tasks_that_call_actors():
    log = Log.remote()

    @ray.remote
    def inner(i):
        return ray.get(log.add.remote(i))

    @ray.remote
    def outer(number):
        return sum(ray.get([inner.remote(i) for i in range(number)]))

    assert ray.get(outer.remote(4)) == 1 + 2 + 3 + 4


def test_actors_call_back_into_who_has_called_them():
    @ray.remote(max_concurrency=2)
    class Parent:
        def ask(self, child):
            return ray.get(child.answer.remote(ray.get_runtime_context().current_actor))

        def name(self):
            return "parent"

    @ray.remote
    class Child:
        def answer(self, parent):
            return "child of " + ray.get(parent.name.remote())

    assert ray.get(Parent.remote().ask.remote(Child.remote())) == "child of parent"


def test_calls_within_calls_have_room_on_the_stack():
    @ray.remote(num_cpus=0)
    def down(depth):
        return 0 if depth == 0 else 1 + ray.get(down.remote(depth - 1))

    before = sys.getrecursionlimit()
    assert ray.get(down.remote(100)) == 100
    assert sys.getrecursionlimit() == before


def test_too_many_calls_within_calls_say_so():
    @ray.remote(num_cpus=0)
    def down(depth):
        return ray.get(down.remote(depth + 1))

    with pytest.raises(RecursionError, match="one stack"):
        ray.get(down.remote(0))
    assert ray.get(ray.remote(lambda: "whole").remote()) == "whole"


def test_coroutines_of_an_actor_wait_for_each_other():
    @ray.remote
    class Gate:
        def __init__(self):
            self.event = asyncio.Event()

        async def wait(self, name):
            await self.event.wait()
            return name

        async def open(self):
            self.event.set()

    gate = Gate.remote()
    refs = [gate.wait.remote(i) for i in range(3)]
    assert ray.wait(refs, num_returns=3, timeout=0) == ([], refs)
    gate.open.remote()
    assert ray.get(refs) == [0, 1, 2]


def test_the_program_can_await_while_its_own_loop_runs():
    @ray.remote
    class Slow:
        async def work(self, x):
            await asyncio.sleep(0.001)
            return x

    async def main():
        slow = Slow.remote()
        return await asyncio.gather(*(slow.work.remote(i) for i in range(3)))

    assert asyncio.run(main()) == [0, 1, 2]


def test_a_generator_goes_on_when_an_item_is_wanted():
    log = Log.remote()

    @ray.remote
    def endless():
        i = 0
        while True:
            ray.get(log.add.remote(i))
            yield i
            i += 1

    items = endless.remote()
    assert [ray.get(next(items)) for _ in range(3)] == [0, 1, 2]
    assert ray.get(log.all.remote()) == [0, 1, 2]
    del items
    gc.collect()
    assert ray.available_resources()["CPU"] == 4


def test_a_call_behind_a_generator_has_it_run_to_its_end():
    @ray.remote
    class Source:
        def items(self):
            self.given = 0
            for i in range(4):
                self.given += 1
                yield i

        def given_so_far(self):
            return self.given

    source = Source.remote()
    items = source.items.options(num_returns="streaming").remote()
    assert ray.get(next(items)) == 0
    assert ray.get(source.given_so_far.remote()) == 4
    assert [ray.get(item) for item in items] == [1, 2, 3]
