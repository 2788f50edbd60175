# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""How many refs a call gives, and what becomes of each."""

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
        with pytest.raises(ray.exceptions.RayTaskError, match=r"returned 1 of type int.*2 values"):
            ray.get(ref)


def test_a_ref_returned_with_others_keeps_its_object(ray):
    @ray.remote(num_returns=2)
    def pair():
        return ray.put("x"), [ray.put("y")]

    first, second = ray.get(pair.remote())
    assert ray.get([first, *second]) == ["x", "y"]
