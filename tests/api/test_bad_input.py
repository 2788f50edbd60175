# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Mistakes: each raises Ray's error with a sentence that helps, and none harms the session."""

import threading

import pytest


@pytest.fixture
def account_class(ray):
    @ray.remote
    class Account:
        def __init__(self, balance=0):
            self.balance = balance

        def add(self, amount, note=""):
            self.balance += amount
            return self.balance

        def remove_all(self):
            self.balance = 0

    return Account


@pytest.fixture
def square(ray):
    @ray.remote
    def square(x):
        return x * x

    return square


@pytest.fixture(autouse=True)
def _the_session_works_afterwards(ray, account_class, square):
    yield
    assert ray.get(square.remote(3)) == 9
    assert ray.get(account_class.remote(5).add.remote(1)) == 6


def test_too_few_arguments_of_a_method(ray, account_class):
    with pytest.raises(TypeError, match=r"missing a required argument: 'amount'.*add\(amount"):
        account_class.remote().add.remote()


def test_too_many_arguments_of_a_method(ray, account_class):
    with pytest.raises(TypeError, match="too many positional arguments"):
        account_class.remote().add.remote(1, "n", 3)


def test_an_unexpected_keyword_of_a_method(ray, account_class):
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'ntoe'"):
        account_class.remote().add.remote(1, ntoe="n")


def test_wrong_arguments_of_a_function(ray, square):
    with pytest.raises(TypeError, match=r"missing a required argument: 'x'.*square\(x\)"):
        square.remote()
    with pytest.raises(TypeError, match="too many positional arguments"):
        square.remote(1, 2)


def test_wrong_arguments_of_a_constructor(ray, account_class):
    with pytest.raises(TypeError, match="too many positional arguments"):
        account_class.remote(1, 2)


def test_a_direct_call_of_a_method(ray, account_class):
    with pytest.raises(TypeError, match=r"add\.remote\("):
        account_class.remote().add(1)


def test_a_direct_call_of_a_function(ray, square):
    with pytest.raises(TypeError, match=r"square\.remote\("):
        square(1)


def test_a_direct_call_of_an_actor_class(ray, account_class):
    with pytest.raises(TypeError, match=r"Account\.remote\("):
        account_class()


@pytest.mark.parametrize("value", [1, "ref", (1, 2), {"a": 1}, None, object], ids=repr)
def test_get_of_something_that_is_no_ref(ray, value):
    with pytest.raises(ValueError, match="ObjectRef"):
        ray.get(value)


def test_get_of_a_handle_or_a_method(ray, account_class):
    account = account_class.remote()
    for value in (account, account.add, account_class):
        with pytest.raises(ValueError, match="remote"):
            ray.get(value)
    with pytest.raises(ValueError, match="its brackets behind it"):
        ray.get(account.add.remote)


def test_get_of_a_list_with_something_else_in_it(ray):
    with pytest.raises(TypeError, match="item 1"):
        ray.get([ray.put(1), 2])


def test_put_of_a_ref(ray):
    with pytest.raises(TypeError, match="ObjectRef"):
        ray.put(ray.put(1))


def test_wait_takes_a_list_of_different_refs_and_sane_numbers(ray):
    ref = ray.put(1)
    with pytest.raises(TypeError):
        ray.wait(ref)
    with pytest.raises(TypeError):
        ray.wait([1])
    with pytest.raises(ValueError, match="twice"):
        ray.wait([ref, ref])
    with pytest.raises(ValueError, match="num_returns"):
        ray.wait([ref], num_returns=0)
    with pytest.raises(ValueError, match="there is only 1 ref to wait for"):
        ray.wait([ref], num_returns=2)
    with pytest.raises(ValueError, match="timeout"):
        ray.wait([ref], timeout=-1)


def test_an_unknown_option(ray, account_class, square):
    for made in (
        lambda: ray.remote(bogus=1)(lambda: None),
        lambda: account_class.options(bogus=1),
        lambda: square.options(bogus=1),
    ):
        with pytest.raises(ValueError, match=r"Invalid option keyword .*bogus.* Valid ones are"):
            made()


@pytest.mark.parametrize("option", ["num_cpus", "num_gpus"])
def test_a_negative_resource(ray, account_class, square, option):
    for target in (account_class, square):
        with pytest.raises(ValueError, match="-1"):
            target.options(**{option: -1})
    with pytest.raises(ValueError, match="-1"):
        square.options(resources={"slot": -1})


def test_an_option_of_the_wrong_type(ray, account_class, square):
    with pytest.raises(TypeError):
        account_class.options(max_restarts=1.5)
    with pytest.raises(TypeError):
        square.options(num_cpus="two")


def test_the_decorator_with_something_else_in_brackets(ray):
    for wrong in (lambda: ray.remote(), lambda: ray.remote(2), lambda: ray.remote(2)(int)):  # noqa: PLW0108  # both are tested
        with pytest.raises((AssertionError, TypeError)):
            wrong()


def test_an_async_task(ray):
    with pytest.raises(ValueError, match="async"):

        @ray.remote
        async def task():
            pass


def test_an_argument_that_cannot_be_pickled_is_named(ray, account_class, square):
    account = account_class.remote()
    for call in (square.remote, account.add.remote, account_class.remote):
        with pytest.raises(TypeError, match="Could not serialize the argument") as caught:
            call({"deep": [threading.Lock()]})
        assert "['deep'][0]" in str(caught.value)
        assert "lock" in str(caught.value)


def test_a_keyword_argument_that_cannot_be_pickled_is_named(ray, account_class):
    account = account_class.remote()
    with pytest.raises(TypeError, match=r"'note'"):
        account.add.remote(1, note=threading.Lock())


def test_what_a_function_captures_and_cannot_be_pickled_is_named(ray):
    lock = threading.Lock()

    @ray.remote
    def locked():
        with lock:
            pass

    with pytest.raises(TypeError, match="'lock'"):
        locked.remote()


def test_what_a_class_captures_and_cannot_be_pickled_is_named(ray):
    lock = threading.Lock()

    @ray.remote
    class Locked:
        def use(self):
            return lock

    with pytest.raises(TypeError, match="lock"):
        Locked.remote()


def test_put_of_what_cannot_be_pickled(ray):
    with pytest.raises(TypeError, match=r"\['k'\]"):
        ray.put({"k": threading.Lock()})


def test_a_misspelt_method(ray, account_class):
    with pytest.raises(AttributeError, match="remove_all"):
        account_class.remote().remove_al  # noqa: B018  # the access is what is tested


def test_a_handle_called_as_if_it_were_the_class(ray, account_class):
    with pytest.raises(AttributeError, match=r"there already\.\nCall its methods: .*handle\.\w+"):
        account_class.remote().remote()


def test_a_misspelt_name_of_the_module(ray):
    with pytest.raises(AttributeError, match=r"no attribute 'gett'\. Did you mean 'get'"):
        ray.gett  # noqa: B018  # the access is what is tested


def test_a_method_called_as_if_it_were_an_attribute_of_the_class(ray, account_class):
    with pytest.raises(AttributeError):
        account_class.remote().ad.remote(1)


@pytest.mark.parametrize("value", [None, 5, "name"])
def test_kill_of_something_that_is_no_handle(ray, value):
    with pytest.raises(ValueError, match="handle"):
        ray.kill(value)


def test_init_twice(ray):
    with pytest.raises(RuntimeError, match="twice"):
        ray.init()
    ray.init(ignore_reinit_error=True)


def test_a_subclass_of_an_actor_class(ray, account_class):
    with pytest.raises(TypeError, match="derive"):

        class Special(account_class):
            pass


def test_get_if_exists_without_a_name(ray, account_class):
    with pytest.raises(ValueError, match="name"):
        account_class.options(get_if_exists=True).remote()


def test_a_timeout_that_is_no_number(ray):
    with pytest.raises(TypeError, match="timeout"):
        ray.get(ray.put(1), timeout="1")


def test_a_ref_is_no_container(ray):
    ref = ray.put([1, 2])
    with pytest.raises(TypeError):
        iter(ref)
    with pytest.raises(TypeError):
        ref[0]
    assert ref


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"scheduling_strategy": "bogus"}, ValueError),
        ({"scheduling_strategy": 3}, TypeError),
        ({"placement_group": "here"}, AssertionError),
        ({"placement_group": 3}, TypeError),
        ({"placement_group_bundle_index": 0}, ValueError),
        ({"label_selector": {"zone": "in()"}}, ValueError),
        ({"label_selector": {"zone": 3}}, TypeError),
        ({"fallback_strategy": [{}]}, ValueError),
        ({"num_gpus": 1.5}, ValueError),
        ({"memory": -1}, ValueError),
        ({"resources": {"memory": 1}}, ValueError),
    ],
    ids=str,
)
def test_a_place_that_cannot_be(ray, account_class, square, options, error):
    before = ray.available_resources()
    with pytest.raises(error):
        account_class.options(**options).remote()
    with pytest.raises(error):
        square.options(**options).remote(1)
    assert ray.available_resources() == before
