# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.

import copy
import gc
import pickle
import weakref

import cloudpickle
import pytest

import raylite as ray
from raylite import _engine
from raylite._core.common.call_options import DYNAMIC, STREAMING
from raylite.exceptions import RaySystemError
from tests.api_unit.fake_engine import FakeEngine


class Base:
    def inherited(self):
        pass


@ray.remote
class Account(Base):
    LIMIT = 10

    def __init__(self):
        self.balance = 0

    def deposit(self, amount, note=""):
        pass

    def remove(self, amount):
        pass

    def total(self, *parts, scale):
        pass

    def _private(self):
        pass

    def __len__(self):
        return 0

    def __call__(self, x):
        pass

    def __iter__(self):
        yield 1

    def __eq__(self, other):
        return False

    def __hash__(self):
        return 0

    @staticmethod
    def fee(amount):
        pass

    @classmethod
    def bank(cls, name):
        pass

    @property
    def owner(self):
        pass

    async def slowly(self):
        pass

    def each(self):
        yield 1


@pytest.fixture
def account(engine):
    return Account.remote()


def test_a_call_goes_to_the_actors_client(engine, account):
    ref = account.deposit.remote(3)
    assert isinstance(ref, ray.ObjectRef)
    assert engine.calls == [(account._actor_id.hex(), "deposit", (3,), {}, 1)]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("inherited", ()),
        ("_private", ()),
        ("fee", (1,)),
        ("bank", ("b",)),
        ("__len__", ()),
        ("__call__", (1,)),
        ("__ray_ready__", ()),
        ("__ray_terminate__", ()),
        ("__ray_call__", (len, 1, 2)),
    ],
)
def test_every_function_of_the_class_is_a_remote_method(engine, account, name, args):
    getattr(account, name).remote(*args)
    assert engine.calls[0][1:3] == (name, args)


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {}, "missing a required argument: 'amount'"),
        ((1, 2, 3), {}, "too many positional arguments"),
        ((1,), {"c": 3}, "got an unexpected keyword argument 'c'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_by_the_caller(engine, account, args, kwargs, text):
    with pytest.raises(TypeError, match=text) as caught:
        account.deposit.remote(*args, **kwargs)
    assert "Account.deposit" in str(caught.value)
    assert "deposit(amount, note='')" in str(caught.value)
    assert engine.calls == []


def test_a_keyword_that_must_be_given_is_asked_for(engine, account):
    with pytest.raises(TypeError, match=r"scale.*total\(\*parts, scale\)"):
        account.total.remote(1, 2)
    account.total.remote(1, 2, scale=3)
    assert engine.calls[0][2:4] == ((1, 2), {"scale": 3})


def test_a_direct_call_shows_the_call_that_was_meant(account):
    with pytest.raises(TypeError, match=r"write 'handle\.deposit\.remote\(\.\.\.\)'"):
        account.deposit(3)


@pytest.mark.parametrize("name", ["owner", "LIMIT"])
def test_what_is_no_method_is_said_to_be_none(account, name):
    with pytest.raises(AttributeError, match=f"no attribute '{name}': Account.{name} is not a"):
        getattr(account, name)


def test_attributes_of_the_instance_cannot_be_reached(account):
    with pytest.raises(AttributeError, match="'ActorHandle' object has no attribute 'balance'"):
        _ = account.balance


def test_a_misspelt_method_suggests_the_near_one(account):
    with pytest.raises(AttributeError, match="Did you mean 'deposit', a method of Account"):
        _ = account.depsoit


def test_remote_is_never_suggested(engine):
    @ray.remote
    class Bag:
        def add(self):
            pass

    handle = Bag.remote()
    with pytest.raises(AttributeError) as caught:
        _ = handle.remove
    assert "remote" not in str(caught.value)


@pytest.mark.parametrize(
    "use", [len, list, iter, lambda handle: handle[1], lambda handle: 1 in handle]
)
def test_a_handle_is_no_container_whatever_its_actor_is(account, use):
    with pytest.raises(TypeError):
        use(account)


def test_a_handle_is_true_and_cannot_be_called(account):
    assert account
    with pytest.raises(TypeError):
        account(1)


def test_an_attribute_can_be_set_on_a_handle(account):
    account.note = "mine"
    assert account.note == "mine"


def test_handles_of_one_actor_are_equal_and_have_one_hash(account):
    other = pickle.loads(pickle.dumps(account))
    assert account == other == copy.copy(account)
    assert len({account, other}) == 1
    assert account != Account.remote()
    assert account != "Account"


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_a_pickled_handle_calls_the_same_actor(engine, account, dumps):
    other = pickle.loads(dumps(account))
    other.deposit.remote(1)
    assert engine.calls[0][0] == account._actor_id.hex()
    assert other._ray_ref == account._ray_ref
    assert type(other) is type(account)
    with pytest.raises(TypeError, match="missing"):
        other.deposit.remote()


def test_its_text_names_class_and_actor(account):
    assert repr(account) == f"Actor(Account, {account._actor_id.hex()})"
    assert repr(account.deposit) == "ActorMethod(Account.deposit)"
    assert account._actor_id == ray.ActorID.from_hex(account._actor_id.hex())
    assert len(account._actor_id.binary()) == 16


def test_completion_offers_the_methods(account):
    assert {"deposit", "inherited", "fee", "__ray_ready__"} <= set(dir(account))
    assert "balance" not in dir(account)


def test_nothing_but_the_user_keeps_a_handle(account):
    handle = pickle.loads(pickle.dumps(account))
    handle.deposit.remote(1)
    gone = weakref.ref(handle)
    gc.disable()
    try:
        del handle
        assert gone() is None
    finally:
        gc.enable()


def test_options_change_the_calls_made_through_them_and_no_other(engine, account):
    assert len(account.inherited.options(num_returns=2).remote()) == 2
    assert account.inherited.options(num_returns=0).remote() is None
    assert isinstance(account.inherited.remote(), ray.ObjectRef)


def test_the_private_form_takes_arguments_and_options(engine, account):
    assert len(account.deposit._remote(args=[1], kwargs={"note": "n"}, num_returns=2)) == 2
    assert engine.calls[0][2:] == ((1,), {"note": "n"}, 2)


def test_arguments_are_checked_with_options_as_well(account):
    with pytest.raises(TypeError, match="missing"):
        account.deposit.options(num_returns=2).remote()


def test_an_unknown_option_of_a_method_is_a_type_error(account):
    with pytest.raises(TypeError, match="unexpected keyword argument 'bogus'"):
        account.deposit.options(bogus=1)
    with pytest.raises(ValueError, match="num_returns=-1"):
        account.deposit.options(num_returns=-1)


def test_a_generator_method_streams_unless_the_call_says_otherwise(engine, account):
    account.each.remote()
    account.each.options(num_returns="dynamic").remote()
    assert [call[4] for call in engine.calls] == [STREAMING, DYNAMIC]


def test_a_handle_of_a_session_that_is_over_says_so(engine, account):
    account.deposit.remote(1)
    never_used = Account.remote()
    for later in (None, FakeEngine()):
        _engine.set_engine(later)
        for handle in (account, never_used):
            with pytest.raises(RaySystemError, match="belongs to a session that has ended"):
                handle.deposit.remote(1)
            with pytest.raises(RaySystemError):
                ray.kill(handle)
