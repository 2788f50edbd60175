# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Many of everything."""

import pytest


def test_twenty_thousand_calls_of_one_actor(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1
            return self.value

    counter = Counter.remote()
    refs = [counter.increment.remote() for _ in range(20_000)]
    assert ray.get(refs) == list(range(1, 20_001))


def test_calls_whose_refs_are_dropped_are_executed_all_the_same(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1

        def value(self):
            return self.value

    counter = Counter.remote()
    for _ in range(5_000):
        counter.increment.remote()
    assert ray.get(counter.value.remote()) == 5_000


def test_two_thousand_tasks(ray):
    @ray.remote
    def square(x):
        return x * x

    refs = [square.remote(x) for x in range(2_000)]
    assert ray.get(refs) == [x * x for x in range(2_000)]


def test_two_thousand_tasks_with_arguments_that_are_refs(ray):
    @ray.remote
    def plus(x, y):
        return x + y

    one = ray.put(1)
    refs = [plus.remote(one, x) for x in range(2_000)]
    assert ray.get(refs) == [1 + x for x in range(2_000)]


def test_tasks_call_an_actor_many_times(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1
            return self.value

    @ray.remote
    def count(counter, times):
        for _ in range(times):
            ray.get(counter.increment.remote())

    counter = Counter.remote()
    ray.get([count.remote(counter, 200) for _ in range(4)])
    assert ray.get(counter.increment.remote()) == 801


def test_many_refs_in_one_list(ray):
    @ray.remote
    def total(refs):
        return sum(ray.get(refs))

    assert ray.get(total.remote([ray.put(1) for _ in range(1_000)])) == 1_000


def test_a_list_of_ten_thousand_refs_is_waited_for(ray):
    refs = [ray.put(x) for x in range(10_000)]
    ready, rest = ray.wait(refs, num_returns=10_000)
    assert (len(ready), len(rest)) == (10_000, 0)


@pytest.mark.parametrize("size_bytes", [40_000, 99_000, 200_000, 5_000_000])
def test_arguments_and_results_of_any_size(ray, size_bytes):
    @ray.remote
    class Echo:
        def echo(self, value):
            return value

    echo = Echo.remote()
    values = [bytes([number]) * size_bytes for number in range(10)]
    assert ray.get([echo.echo.remote(value) for value in values]) == values


def test_large_messages_both_ways_do_not_block_each_other(ray):
    @ray.remote
    class Echo:
        def echo(self, value):
            return value

    echo = Echo.remote()
    value = "x" * 90_000
    refs = [echo.echo.remote(value) for _ in range(300)]
    assert all(got == value for got in ray.get(refs))


def test_twenty_actors_at_once(ray):
    @ray.remote
    class Actor:
        def __init__(self, number):
            self.number = number

        def number(self):
            return self.number

    actors = [Actor.remote(number) for number in range(20)]
    assert ray.get([actor.number.remote() for actor in actors]) == list(range(20))


def test_calls_pile_up_before_the_actor_is_there(ray):
    @ray.remote
    class Counter:
        def __init__(self):
            self.value = 0

        def increment(self):
            self.value += 1
            return self.value

    counters = [Counter.remote() for _ in range(3)]
    refs = [counter.increment.remote() for _ in range(1_000) for counter in counters]
    assert ray.get(refs)[-3:] == [1_000] * 3


def test_more_actors_than_are_waited_for_with_poll_all_answer(ray):
    @ray.remote
    class Echo:
        def say(self, word):
            return word

    actors = [Echo.remote() for _ in range(40)]
    for word in range(3):
        assert ray.get([actor.say.remote(word) for actor in actors]) == [word] * 40
