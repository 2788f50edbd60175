"""What can be sent, and what becomes of it."""

import collections
import copy
import dataclasses
import enum
import pickle
import threading

import numpy as np
import pytest

from tests.compat.cases import different, module, raises


class Color(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Handed:
    """Says itself how it is pickled."""

    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return Handed, (self.value + 1,)


class Locked:
    """Cannot be pickled as it is."""

    def __init__(self, number):
        self.number = number
        self.lock = threading.Lock()


def number_of(locked):
    """What is sent of it."""
    return locked.number


@pytest.fixture
def back(ray):
    @ray.remote
    def back(value):
        return value

    return back


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        10**30,
        1.5,
        2j,
        "ä",
        b"bytes",
        (1, [2, {3: {4}}]),
        Color.RED,
        Point(1, 2),
        collections.OrderedDict(a=1),
        range(3),
    ],
    ids=repr,
)
def test_values_come_back_as_they_were(ray, back, value):
    assert ray.get(back.remote(value)) == value
    assert ray.get(ray.put(value)) == value


def test_functions_and_closures(ray, back):
    offset = 3
    assert ray.get(back.remote(lambda x: x + offset))(1) == 4


def test_classes_made_on_the_spot(ray, back):
    class Local:
        def hello(self):
            return "hello"

    assert ray.get(back.remote(Local))().hello() == "hello"
    assert ray.get(back.remote(Local())).hello() == "hello"


def test_reduce_is_followed(ray, back):
    assert ray.get(ray.put(Handed(1))).value == 2
    assert ray.get(back.remote(Handed(1))).value == 3


def test_identity_within_a_value_is_kept(ray, back):
    part = [1]
    one, two = ray.get(back.remote((part, part)))
    assert one is two


def test_a_list_that_contains_itself(ray, back):
    loop: list = [1]
    loop.append(loop)
    again = ray.get(back.remote(loop))
    assert again[1] is again


def test_exceptions_are_values(ray, back):
    error = ray.get(back.remote(KeyError("k")))
    assert isinstance(error, KeyError)


def test_generators_cannot_be_sent(ray, back):
    with raises(TypeError, words="generator"):
        back.remote(i for i in range(3))


def test_the_culprit_can_be_looked_for(ray):
    inspect_serializability = module(ray, "util").inspect_serializability
    assert inspect_serializability([1])[0] is True
    fine, culprits = inspect_serializability({"deep": threading.Lock()}, name="mine")
    assert fine is False
    assert culprits


def test_cloudpickle_comes_along(ray):
    cloudpickle = ray.cloudpickle
    assert cloudpickle.loads(cloudpickle.dumps(lambda: 7))() == 7


@pytest.mark.parametrize("size", [10, 100, 1_000_000])
def test_arrays_are_read_only(ray, back, size):
    array = np.arange(size, dtype=np.uint8)
    for got in (ray.get(ray.put(array)), ray.get(back.remote(array))):
        assert (got == array).all()
        assert not got.flags.writeable
        with raises(ValueError, words="read-only"):
            got[0] = 1


def test_arrays_are_read_only_as_arguments(ray):
    @ray.remote
    def try_to_write(array):
        try:
            array[0] = 1
        except ValueError as error:
            return str(error)

    assert "read-only" in ray.get(try_to_write.remote(np.zeros(10)))
    assert "read-only" in ray.get(try_to_write.remote(ray.put(np.zeros(1_000_000))))


def test_a_copy_of_an_array_is_writable(ray):
    array = ray.get(ray.put(np.zeros(3))).copy()
    array[0] = 1
    assert array[0] == 1


def test_arrays_inside_other_values(ray, back):
    value = ray.get(back.remote({"a": np.ones(200_000), "b": [np.zeros(3)]}))
    assert value["a"].sum() == 200_000
    assert value["b"][0].shape == (3,)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "U5", "datetime64[s]", object])
def test_arrays_of_every_kind(ray, back, dtype):
    array = np.array([1, 0, 1]).astype("int64").astype(dtype)
    got = ray.get(back.remote(array))
    assert got.dtype == array.dtype
    assert (got == array).all()


def test_the_same_module_on_both_sides(ray):
    @ray.remote
    def kind(point):
        return isinstance(point, Point), type(point).__module__

    assert ray.get(kind.remote(Point(1, 2))) == (True, Point.__module__)


def test_globals_of_a_function_travel(ray):
    @ray.remote
    def use():
        return Color.RED.name, np.sum([1, 2])

    assert ray.get(use.remote()) == ("RED", 3)


def pickled(value):
    """What Python's own pickle makes of it."""
    return pickle.loads(pickle.dumps(value))


@pytest.fixture
def registered(ray):
    util = module(ray, "util")
    util.register_serializer(Locked, serializer=number_of, deserializer=Locked)
    yield Locked(7)
    util.deregister_serializer(Locked)


def test_a_serializer_that_was_registered(ray, registered):
    assert ray.get(ray.put([registered]))[0].number == 7
    assert ray.cloudpickle.loads(ray.cloudpickle.dumps(registered)).number == 7


def test_a_serializer_that_was_taken_back(ray, registered):
    module(ray, "util").deregister_serializer(Locked)
    with raises(TypeError, words="lock"):
        ray.put(registered)


@different(
    ray="A registered serializer is Ray's alone: `copy` and `pickle` do not know it.",
    raylite="`copy` and `pickle` use it as well.",
    why="It is registered where Python's own pickle looks: in `copyreg`.",
)
@pytest.mark.parametrize("again", [copy.deepcopy, pickled], ids=["copy", "pickle"])
def test_who_uses_a_registered_serializer(engine, registered, again):
    if engine == "ray":
        with raises(TypeError, words="lock"):
            again(registered)
    else:
        assert again(registered).number == 7
