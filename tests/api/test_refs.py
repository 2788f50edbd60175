# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Refs: what they stand for, where they travel, and what they keep alive."""

import asyncio
import concurrent.futures
import pickle

import pytest

from tests.processes import wait_until


@pytest.fixture
def keeper_class(ray):
    @ray.remote
    class Keeper:
        def keep(self, refs):
            self.refs = refs

        def kept(self):
            return self.refs

        def values(self):
            return ray.get(self.refs)

        def drop(self):
            self.refs = None

    return Keeper


@pytest.fixture
def echo(ray):
    @ray.remote
    def echo(value):
        return value

    return echo


def test_a_ref_as_argument_arrives_as_its_value(ray, echo):
    assert ray.get(echo.remote(ray.put(1))) == 1
    assert ray.get(echo.remote(value=ray.put(1))) == 1
    assert ray.get(echo.remote(echo.remote(1))) == 1


def test_a_ref_inside_a_container_stays_a_ref(ray):
    @ray.remote
    def types(values, mapping):
        return [type(values[0]).__name__, type(mapping["k"]).__name__, ray.get(values[0])]

    ref = ray.put(5)
    assert ray.get(types.remote([ref], {"k": ref})) == ["ObjectRef", "ObjectRef", 5]


def test_a_returned_ref_is_not_followed(ray):
    @ray.remote
    def outer():
        return ray.put("inner")

    ref = ray.get(outer.remote())
    assert isinstance(ref, ray.ObjectRef)
    assert ray.get(ref) == "inner"


def test_a_ref_to_a_ref_as_argument_is_followed_once(ray):
    @ray.remote
    def inner():
        return ray.put("value")

    @ray.remote
    def follow(ref):
        return type(ref).__name__, ray.get(ref)

    assert ray.get(follow.remote(inner.remote())) == ("ObjectRef", "value")


def test_a_returned_ref_of_a_nested_task_can_be_got(ray, echo):
    @ray.remote
    def start():
        return [echo.remote(i) for i in range(3)]

    assert ray.get(ray.get(start.remote())) == [0, 1, 2]


def test_a_pending_ref_can_be_passed_on_inside_a_container(ray, keeper_class, tmp_path):
    gate = tmp_path / "gate"

    @ray.remote
    def behind_the_gate():
        wait_until(gate.exists)
        return "late"

    keeper = keeper_class.remote()
    ray.get(keeper.keep.remote([behind_the_gate.remote()]))
    values = keeper.values.remote()
    gate.touch()
    assert ray.get(values) == ["late"]


def test_refs_are_dictionary_keys(ray, echo):
    names = {echo.remote(i): i for i in range(5)}
    pending = list(names)
    while pending:
        (done,), pending = ray.wait(pending)
        assert ray.get(done) == names[done]


def test_a_ref_is_equal_to_its_pickled_copy(ray):
    ref, other = ray.put(1), ray.put(1)
    copy = pickle.loads(pickle.dumps(ref))
    assert copy == ref
    assert hash(copy) == hash(ref)
    assert ref != other
    assert ray.get(copy) == 1
    assert len(ref.binary()) == 28
    assert ref.hex() == ref.binary().hex()


def test_a_ref_comes_back_equal_from_an_actor(ray, keeper_class):
    keeper = keeper_class.remote()
    ref = ray.put(1)
    ray.get(keeper.keep.remote([ref]))
    assert ray.get(keeper.kept.remote()) == [ref]


def test_a_ref_captured_by_a_function_can_be_got_inside(ray):
    ref = ray.put("captured")

    @ray.remote
    def read():
        return ray.get(ref)

    assert ray.get(read.remote()) == "captured"


def test_a_ref_is_awaited(ray, echo):
    async def main():
        one = await echo.remote(1)
        rest = await asyncio.gather(*[echo.remote(i) for i in range(2, 5)])
        return [one, *rest, await ray.put(5)]

    assert asyncio.run(main()) == [1, 2, 3, 4, 5]


def test_awaiting_a_failed_ref_raises(ray):
    @ray.remote
    def fail():
        raise KeyError("k")

    async def main():
        await fail.remote()

    with pytest.raises(KeyError):
        asyncio.run(main())


def test_asyncio_wait_takes_wrapped_refs(ray, echo):
    async def main():
        async def value(ref):
            return await ref

        return await asyncio.wait_for(value(echo.remote("in time")), 10)

    assert asyncio.run(main()) == "in time"


def test_the_future_of_a_ref_gets_its_value(ray, echo):
    future = echo.remote(7).future()
    assert isinstance(future, concurrent.futures.Future)
    assert future.result(10) == 7


def test_the_future_of_a_failed_ref_gets_its_error(ray):
    @ray.remote
    def fail():
        raise KeyError("k")

    assert isinstance(fail.remote().future().exception(10), KeyError)


def test_the_future_of_a_task_that_prints_gets_its_value(ray, capfd):
    @ray.remote
    def speak():
        print("spoken")
        return 1

    assert speak.remote().future().result(10) == 1


def test_the_future_of_a_value_with_another_owners_refs_gets_it(ray):
    @ray.remote
    class Maker:
        def make(self):
            return [ray.put("x")]

    @ray.remote
    class Middle:
        def ask(self, maker):
            return ray.get(maker.make.remote())

    maker, middle = Maker.remote(), Middle.remote()
    (ref,) = middle.ask.remote(maker).future().result(10)
    assert ray.get(ref) == "x"


def test_a_callback_of_a_future_may_get(ray, echo, tmp_path):
    @ray.remote
    def behind_the_gate(path):
        wait_until(path.exists)
        return 1

    found = concurrent.futures.Future()
    gate = tmp_path / "gate"
    future = behind_the_gate.remote(gate).future()
    future.add_done_callback(lambda done: found.set_result(ray.get(echo.remote(done.result()))))
    gate.touch()
    assert found.result(10) == 1


def test_a_value_may_come_when_the_loop_that_awaited_it_has_ended(ray, echo, tmp_path):
    @ray.remote
    class Slow:
        def wait_for(self, path):
            wait_until(path.exists)
            return "late"

        def ping(self):
            return "pong"

    slow, gate = Slow.remote(), tmp_path / "gate"
    late = slow.wait_for.remote(gate)

    async def main():
        async def value():
            return await late

        await asyncio.wait_for(value(), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    behind = [slow.ping.remote() for _ in range(5)]
    gate.touch()
    assert ray.get(behind) == ["pong"] * 5
    assert ray.get(late) == "late"


def test_a_ref_is_awaited_inside_a_task(ray, echo):
    @ray.remote
    def outer():
        async def main():
            return await echo.remote("deep")

        return asyncio.run(main())

    assert ray.get(outer.remote()) == "deep"


def test_a_ref_made_of_bytes_names_nothing(ray):
    ref = ray.ObjectRef(b"x" * 28)
    assert ref.binary() == b"x" * 28
    assert ray.ObjectRef.nil().is_nil()


def test_a_value_got_inside_a_task_may_be_anothers(ray, echo):
    @ray.remote
    def total(refs):
        return sum(ray.get(refs))

    refs = [echo.remote(i) for i in range(5)] + [ray.put(10)]
    assert ray.get(total.remote(refs)) == 20


def test_wait_works_on_borrowed_refs(ray, echo):
    @ray.remote
    def first_two(refs):
        ready, rest = ray.wait(refs, num_returns=2)
        return len(ready), len(rest)

    refs = [echo.remote(i) for i in range(3)]
    assert ray.get(first_two.remote(refs)) == (2, 1)


def test_a_chain_of_tasks_is_evaluated(ray):
    @ray.remote
    def add(x, y):
        return x + y

    total = ray.put(0)
    for i in range(50):
        total = add.remote(total, i)
    assert ray.get(total) == sum(range(50))


def test_a_tree_of_tasks_is_evaluated(ray):
    @ray.remote
    def add(x, y):
        return x + y

    level = [ray.put(i) for i in range(16)]
    while len(level) > 1:
        level = [add.remote(*level[i : i + 2]) for i in range(0, len(level), 2)]
    assert ray.get(level[0]) == sum(range(16))
