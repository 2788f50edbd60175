"""Object refs."""

import asyncio
import pickle
import threading

from tests.compat.cases import module, raises


def test_a_ref_is_an_object_ref(ray):
    assert isinstance(ray.put(1), ray.ObjectRef)


def test_a_ref_has_28_bytes(ray):
    ref = ray.put(1)
    assert len(ref.binary()) == 28
    assert ref.hex() == ref.binary().hex()
    assert repr(ref) == f"ObjectRef({ref.hex()})"
    assert str(ref).startswith(repr(ref))
    assert bytes(ref) == ref.binary()


def test_refs_are_equal_by_their_id(ray):
    ref = ray.put(1)
    same = ray.ObjectRef(ref.binary())
    assert ref == same
    assert hash(ref) == hash(same)
    assert ref != ray.put(1)
    assert {ref: "found"}[same] == "found"


def test_a_ref_is_true_and_not_iterable(ray):
    ref = ray.put(0)
    assert ref
    with raises(TypeError, words="iterable"):
        iter(ref)


def test_a_ref_has_no_arithmetic(ray):
    with raises(TypeError, words="unsupported operand"):
        ray.put(1) + 1


def test_nil_is_a_ref_to_nothing(ray):
    assert ray.ObjectRef.nil().is_nil()
    assert not ray.put(1).is_nil()


def test_a_ref_knows_its_task(ray):
    @ray.remote
    def me():
        return ray.get_runtime_context().get_task_id()

    ref = me.remote()
    assert ref.task_id().hex() == ray.get(ref)


def test_a_ref_can_be_awaited(ray):
    @ray.remote
    def double(x):
        return 2 * x

    async def both():
        first = await double.remote(1)
        return [first, *await asyncio.gather(double.remote(2), double.remote(3))]

    assert asyncio.run(both()) == [2, 4, 6]


def test_a_ref_that_is_awaited_raises_its_error(ray):
    @ray.remote
    def fail():
        raise KeyError("k")

    async def wait():
        await fail.remote()

    with raises(KeyError, ray.exceptions.RayTaskError):
        asyncio.run(wait())


def test_a_ref_has_a_future(ray):
    assert ray.put(3).future().result() == 3


def test_the_future_of_a_failed_call_has_its_error(ray):
    @ray.remote
    def fail():
        raise KeyError("k")

    with raises(KeyError, ray.exceptions.RayTaskError):
        fail.remote().future().result()


def test_a_ref_is_read_many_times(ray):
    ref = ray.put([1])
    assert ray.get([ref, ref]) == [[1], [1]]


def test_each_get_is_a_new_copy(ray):
    ref = ray.put([1])
    ray.get(ref).append(2)
    assert ray.get(ref) == [1]


def test_put_takes_a_copy(ray):
    items = [1]
    ref = ray.put(items)
    items.append(2)
    assert ray.get(ref) == [1]


def test_a_ref_is_not_put(ray):
    with raises(TypeError, words="ObjectRef"):
        ray.put(ray.put(1))


def test_a_value_that_cannot_be_put_is_a_type_error(ray):
    with raises(TypeError, words=("Could not serialize the put value", "lock")):
        ray.put({"deep": threading.Lock()})


def test_a_ref_in_a_closure(ray):
    ref = ray.put(4)

    @ray.remote
    def read():
        return ray.get(ref)

    assert ray.get(read.remote()) == 4


def test_a_ref_inside_a_value_keeps_what_it_refers_to(ray):
    outer = ray.put({"inner": ray.put("kept")})
    assert ray.get(ray.get(outer)["inner"]) == "kept"


def test_a_ref_travels_through_an_actor(ray):
    @ray.remote
    class Shelf:
        def store(self, refs):
            self.refs = refs

        def load(self):
            return self.refs

    shelf = Shelf.remote()
    ray.get(shelf.store.remote([ray.put("kept")]))
    assert ray.get(ray.get(shelf.load.remote())) == ["kept"]


def test_a_ref_pickled_by_hand(ray):
    ref = ray.put("value")
    same = pickle.loads(pickle.dumps(ref))
    assert same == ref
    assert ray.get(same) == "value"


def test_old_names_of_refs(ray):
    raylet = module(ray, "_raylet")
    assert ray.ObjectID is ray.ObjectRef
    assert raylet.ObjectRef is ray.ObjectRef
    assert raylet.ObjectRefGenerator is ray.ObjectRefGenerator
