# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.
"""Refs: what they stand for, where they travel, and what they keep alive."""

import asyncio
import concurrent.futures
import gc
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


def test_a_ref_in_an_actors_state_survives_its_maker_dropping_it(ray, keeper_class):
    keeper = keeper_class.remote()
    ref = ray.put("treasure")
    ray.get(keeper.keep.remote([ref]))
    del ref
    gc.collect()
    assert ray.get(keeper.values.remote()) == ["treasure"]
    (back,) = ray.get(keeper.kept.remote())
    assert ray.get(back) == "treasure"


def test_a_ref_dropped_right_after_the_call_still_arrives(ray, keeper_class):
    keeper = keeper_class.remote()
    for number in range(50):
        keeper.keep.remote([ray.put(number)])
        assert ray.get(keeper.values.remote()) == [number]


def test_a_ref_inside_an_object_lives_as_long_as_the_object(ray):
    outer = ray.put([ray.put("inner")])
    gc.collect()
    (inner,) = ray.get(outer)
    del outer
    gc.collect()
    assert ray.get(inner) == "inner"


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


def test_a_ref_is_lent_on_from_actor_to_actor(ray, keeper_class):
    @ray.remote
    class Middle:
        def pass_on(self, refs, keeper):
            ray.get(keeper.keep.remote(refs))

    middle, keeper = Middle.remote(), keeper_class.remote()
    ref = ray.put("lent")
    ray.get(middle.pass_on.remote([ref], keeper))
    ray.kill(middle)
    del ref
    gc.collect()
    assert ray.get(keeper.values.remote()) == ["lent"]


def test_an_object_of_an_actor_is_read_by_another_actor(ray, keeper_class):
    @ray.remote
    class Maker:
        def make(self):
            return [ray.put("made by the actor")]

    maker, keeper = Maker.remote(), keeper_class.remote()
    ray.get(keeper.keep.remote(ray.get(maker.make.remote())))
    gc.collect()
    assert ray.get(keeper.values.remote()) == ["made by the actor"]


def test_the_owners_death_is_told_to_those_who_wait_for_its_objects(ray):
    @ray.remote
    class Maker:
        def make(self):
            return [ray.put("lost")]

        def pid(self):
            return 1

    maker = Maker.remote()
    (ref,) = ray.get(maker.make.remote())
    ray.kill(maker)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(maker.pid.remote())
    with pytest.raises(ray.exceptions.OwnerDiedError):
        ray.get(ref)


def test_what_a_workers_object_holds_outlives_the_workers_idleness(ray):
    @ray.remote
    def make(barrier):
        ray.get(barrier.arrive.remote())
        return [ray.put("made in a task")]

    @ray.remote
    class Barrier:
        def arrive(self):
            pass

    barrier = Barrier.remote()
    refs = [ref for (ref,) in ray.get([make.remote(barrier) for _ in range(8)])]
    assert ray.get(refs) == ["made in a task"] * 8


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


def test_a_ref_is_awaited_inside_a_task(ray, echo):
    @ray.remote
    def outer():
        async def main():
            return await echo.remote("deep")

        return asyncio.run(main())

    assert ray.get(outer.remote()) == "deep"


def test_several_returns_are_several_refs(ray):
    @ray.remote(num_returns=2)
    def pair():
        return "a", ["b"]

    @ray.remote
    class Actor:
        @ray.method(num_returns=3)
        def triple(self):
            return 1, 2, 3

    assert ray.get(pair.remote()) == ["a", ["b"]]
    assert ray.get(Actor.remote().triple.remote()) == [1, 2, 3]


def test_one_of_several_returns_goes_on_as_an_argument(ray, echo, keeper_class):
    @ray.remote(num_returns=2)
    def pair():
        return "a", ["b"]

    first, second = pair.remote()
    assert ray.get([echo.remote(first), echo.remote(second)]) == ["a", ["b"]]
    keeper = keeper_class.remote()
    ray.get(keeper.keep.remote([second]))
    del first, second
    assert ray.get(keeper.values.remote()) == [["b"]]


def test_no_returns_are_none(ray, tmp_path):
    @ray.remote(num_returns=0)
    def touch(path):
        path.touch()

    done = tmp_path / "done"
    assert touch.remote(done) is None
    wait_until(done.exists)


def test_a_single_return_never_unpacks_a_tuple(ray):
    @ray.remote
    def pair():
        return 1, 2

    assert ray.get(pair.remote()) == (1, 2)


@pytest.mark.parametrize("given", [3, 1, 0])
def test_the_wrong_number_of_returns_is_an_error_on_each_ref(ray, given):
    @ray.remote(num_returns=2)
    def some(number):
        return list(range(number))

    for ref in some.remote(given):
        with pytest.raises(ValueError, match=f"returned {given} objects, but num_returns=2"):
            ray.get(ref)


def test_what_is_no_sequence_cannot_be_several_returns(ray):
    @ray.remote(num_returns=2)
    def one():
        return 1

    for ref in one.remote():
        with pytest.raises(ray.exceptions.RayTaskError):
            ray.get(ref)


def test_a_ref_returned_with_others_keeps_its_object(ray):
    @ray.remote(num_returns=2)
    def pair():
        return ray.put("x"), [ray.put("y")]

    first, second = ray.get(pair.remote())
    assert ray.get([first, *second]) == ["x", "y"]


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


def test_releasing_many_refs_leaves_nothing_kept(ray, keeper_class):
    from raylite import _engine

    keeper = keeper_class.remote()
    ray.get(keeper.keep.remote([ray.put(i) for i in range(100)]))
    core = _engine.current()
    assert core.ownership.num_kept() >= 100
    ray.get(keeper.drop.remote())
    wait_until(lambda: core.ownership.num_kept() < 100)
