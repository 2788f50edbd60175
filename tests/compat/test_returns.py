"""What calls return."""

import pytest

from tests.compat.cases import raises


@pytest.fixture
def give(ray):
    @ray.remote
    def give(value):
        return value

    return give


@pytest.fixture
def giver(ray):
    @ray.remote
    class Giver:
        def give(self, value):
            return value

        @ray.method(num_returns=2)
        def give_two(self, value):
            return value

    return Giver.remote()


def test_none_is_returned_as_it_is(ray, give, giver):
    assert ray.get([give.remote(None), giver.give.remote(None)]) == [None, None]


def test_one_return_is_never_unpacked(ray, give, giver):
    assert ray.get(give.options(num_returns=1).remote((1, 2))) == (1, 2)
    assert ray.get(giver.give.remote([1])) == [1]


def test_no_returns_give_none(ray, give, giver):
    assert give.options(num_returns=0).remote(1) is None
    assert giver.give.options(num_returns=0).remote(1) is None


def test_many_returns_give_a_list_of_refs(ray, give, giver):
    for refs in (give.options(num_returns=2).remote("ab"), giver.give_two.remote("ab")):
        assert isinstance(refs, list)
        assert [ray.get(ref) for ref in refs] == ["a", "b"]


@pytest.mark.parametrize("number", [2, 4])
def test_a_wrong_number_of_returns_fails_every_ref(ray, give, number):
    for ref in give.options(num_returns=number).remote((1, 2, 3)):
        with raises(
            ValueError,
            ray.exceptions.RayTaskError,
            words=("returned 3 objects", f"num_returns={number}"),
        ):
            ray.get(ref)


def test_a_wrong_number_of_returns_of_a_method(ray, giver):
    first, second = giver.give_two.remote((1, 2, 3))
    for ref in (first, second):
        with raises(ValueError, words=("returned 3 objects", "num_returns=2")):
            ray.get(ref)


def test_a_value_without_a_length_for_two_returns(ray, give):
    first, _second = give.options(num_returns=2).remote(5)
    with raises(TypeError, ray.exceptions.RayTaskError):
        ray.get(first)


def test_one_return_of_many_can_be_had_alone(ray, give):
    first, _second = give.options(num_returns=2).remote([1, 2])
    assert ray.get(first) == 1


def test_a_returned_ref_stays_a_ref(ray, give):
    @ray.remote
    def outer():
        return give.remote(3)

    inner = ray.get(outer.remote())
    assert isinstance(inner, ray.ObjectRef)
    assert ray.get(inner) == 3


def test_refs_inside_a_returned_list_stay_refs(ray):
    @ray.remote
    def outer():
        return [ray.put(1), ray.put(2)]

    assert ray.get(ray.get(outer.remote())) == [1, 2]


def test_a_value_that_cannot_be_returned_is_a_type_error(ray):
    @ray.remote
    def lock():
        import threading

        return threading.Lock()

    with raises(TypeError, ray.exceptions.RayTaskError, words="lock"):
        ray.get(lock.remote())


def test_large_returns_arrive_whole(ray):
    @ray.remote
    def zeros(size):
        return bytes(size)

    assert len(ray.get(zeros.remote(5_000_000))) == 5_000_000


def test_an_exception_can_be_a_value(ray, give):
    error = ray.get(give.remote(ValueError("a value")))
    assert isinstance(error, ValueError)
    assert error.args == ("a value",)
