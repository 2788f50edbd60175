"""Arguments of calls."""

import threading

import pytest

from tests.compat.cases import raises


@pytest.fixture
def add(ray):
    @ray.remote
    def add(first, second=10, *more, scale=1, **named):
        return scale * (first + second + sum(more) + sum(named.values()))

    return add


@pytest.fixture
def account(ray):
    @ray.remote
    class Account:
        def __init__(self, balance, currency="EUR"):
            self.balance = balance
            self.currency = currency

        def add(self, amount, *, note=""):
            self.balance += amount
            return f"{self.balance} {self.currency} {note}".strip()

    return Account.remote(5)


def test_positions_defaults_and_keywords(ray, add):
    assert ray.get(add.remote(1)) == 11
    assert ray.get(add.remote(1, 2)) == 3
    assert ray.get(add.remote(1, 2, 3, 4)) == 10
    assert ray.get(add.remote(1, second=2, scale=10)) == 30
    assert ray.get(add.remote(first=1, second=2, third=3)) == 6


def test_a_method_takes_keywords(ray, account):
    assert ray.get(account.add.remote(1, note="tip")) == "6 EUR tip"
    assert ray.get(account.add.remote(amount=1)) == "7 EUR"


@pytest.mark.parametrize(
    ("args", "kwargs", "words"),
    [
        ((), {}, "missing a required argument: 'amount'"),
        ((1, 2), {}, "too many positional arguments"),
        ((1,), {"ntoe": ""}, "got an unexpected keyword argument 'ntoe'"),
        ((1,), {"amount": 2}, "multiple values for argument 'amount'"),
    ],
)
def test_the_arguments_of_a_method_are_checked_by_its_caller(ray, account, args, kwargs, words):
    with raises(TypeError, words=words):
        account.add.remote(*args, **kwargs)


def test_the_arguments_of_a_task_are_checked_by_its_caller(ray, add):
    with raises(TypeError, words="missing a required argument: 'first'"):
        add.remote()


def test_the_arguments_of_a_constructor_are_checked_by_its_caller(ray):
    @ray.remote
    class Named:
        def __init__(self, name):
            self.name = name

    with raises(TypeError, words="missing a required argument: 'name'"):
        Named.remote()
    with raises(TypeError, words="too many positional arguments"):
        Named.remote("a", "b")


def test_a_ref_as_argument_is_resolved(ray, add):
    assert ray.get(add.remote(ray.put(1), second=ray.put(2))) == 3


def test_a_result_is_passed_on_without_being_fetched(ray, add):
    assert ray.get(add.remote(add.remote(1, 1), add.remote(2, 2))) == 6


def test_a_ref_inside_another_argument_stays_a_ref(ray):
    @ray.remote
    def kinds(items, mapping):
        return [type(items[0]).__name__, ray.get(mapping["a"])]

    assert ray.get(kinds.remote([ray.put(1)], {"a": ray.put(2)})) == ["ObjectRef", 2]


def test_a_ref_is_resolved_one_level_deep(ray):
    @ray.remote
    def kind(value):
        return type(value).__name__, ray.get(value)

    inner = ray.put(7)

    @ray.remote
    def wrap(refs):
        return refs[0]

    assert ray.get(kind.remote(wrap.remote([inner]))) == ("ObjectRef", 7)


def test_arguments_are_copies(ray):
    @ray.remote
    class Keeper:
        def keep(self, items):
            self.items = items
            self.items.append("mine")

        def kept(self):
            return self.items

    items = ["yours"]
    keeper = Keeper.remote()
    ray.get(keeper.keep.remote(items))
    items.append("later")
    assert ray.get(keeper.kept.remote()) == ["yours", "mine"]
    assert items == ["yours", "later"]


def test_the_constructor_gets_the_values_of_refs(ray):
    @ray.remote
    class Holder:
        def __init__(self, value, *, other):
            self.values = value, other

        def both(self):
            return self.values

    holder = Holder.remote(ray.put("a"), other=ray.put("b"))
    assert ray.get(holder.both.remote()) == ("a", "b")


def test_large_arguments_arrive_whole(ray):
    @ray.remote
    def size(data):
        return len(data)

    assert ray.get(size.remote(b"x" * 5_000_000)) == 5_000_000


def test_an_argument_that_cannot_be_sent_is_a_type_error(ray, add):
    with raises(TypeError, words=("Could not serialize the argument", "lock")):
        add.remote(threading.Lock())


def test_an_argument_of_a_method_that_cannot_be_sent_is_a_type_error(ray, account):
    with raises(TypeError, words=("Could not serialize the argument", "lock")):
        account.add.remote(threading.Lock())
    assert ray.get(account.add.remote(1)) == "6 EUR"
