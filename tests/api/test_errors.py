# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""An exception in a task or method, as its caller meets it."""

import pickle

import pytest


class TwoWordsError(Exception):
    """Cannot be unpickled: pickle calls the class with the one argument it finds in ``args``."""

    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


class TeapotError(ValueError):
    def __init__(self, message, *, code):
        super().__init__(message)
        self.code = code


@pytest.fixture
def fail(ray):
    @ray.remote
    def fail(error):
        raise error

    return fail


@pytest.fixture
def thrower_class(ray):
    @ray.remote
    class Thrower:
        def __init__(self):
            self.calls = 0

        def throw(self, error):
            self.calls += 1
            raise error

        def calls(self):
            return self.calls

    return Thrower


@pytest.mark.parametrize(
    "error",
    [ValueError("v"), KeyError("k"), OSError(2, "gone"), ZeroDivisionError(), StopIteration(1)],
    ids=repr,
)
def test_an_error_is_of_both_classes(ray, fail, thrower_class, error):
    thrower = thrower_class.remote()
    for ref in (fail.remote(error), thrower.throw.remote(error)):
        with pytest.raises(type(error)) as caught:
            ray.get(ref)
        assert isinstance(caught.value, ray.exceptions.RayTaskError)
        assert type(caught.value).__name__ == f"RayTaskError({type(error).__name__})"
        assert type(caught.value.cause) is type(error)
        assert caught.value.cause.args == error.args
        assert caught.value.args[0] is caught.value.cause


def test_the_text_shows_the_users_frames_only(ray):
    def inner():
        message = "far down"
        raise ValueError(message)

    @ray.remote
    class Deep:
        def outer(self):
            inner()

    with pytest.raises(ValueError) as caught:
        ray.get(Deep.remote().outer.remote())
    text = str(caught.value)
    assert text.splitlines()[0].startswith("ray::Deep.outer() (pid=")
    assert text.splitlines()[-1] == "ValueError: far down"
    assert "inner()" in text
    assert "raise ValueError(message)" in text
    assert "task_executor" not in text
    assert "/raylite/" not in text
    assert text.count("  File ") == 2


def test_the_text_of_a_key_error_is_the_remote_traceback_too(ray, fail):
    with pytest.raises(KeyError) as caught:
        ray.get(fail.remote(KeyError("missing")))
    assert str(caught.value).startswith("ray::fail() (pid=")


def test_the_cause_of_the_cause_is_shown(ray):
    @ray.remote
    def chained():
        try:
            {}["k"]
        except KeyError as error:
            message = "no such key"
            raise RuntimeError(message) from error

    with pytest.raises(RuntimeError) as caught:
        ray.get(chained.remote())
    assert "KeyError: 'k'" in str(caught.value)
    assert "direct cause" in str(caught.value)


def test_attributes_of_the_cause_are_there(ray):
    @ray.remote
    def brew():
        message = "short and stout"
        raise TeapotError(message, code=418)

    with pytest.raises(ray.exceptions.RayError) as caught:
        ray.get(brew.remote())
    assert isinstance(caught.value, (TeapotError, ray.exceptions.UnserializableException))


def test_an_attribute_set_on_an_error_arrives(ray):
    @ray.remote
    def fail():
        error = ValueError("v")
        error.hint = "look here"
        raise error

    with pytest.raises(ValueError) as caught:
        ray.get(fail.remote())
    assert caught.value.hint == "look here"
    assert caught.value.cause.hint == "look here"


def test_an_error_that_cannot_be_unpickled_keeps_its_text(ray):
    @ray.remote
    def fail():
        raise TwoWordsError("hello", "world")

    with pytest.raises(ray.exceptions.RayError) as caught:
        ray.get(fail.remote())
    assert "hello world" in str(caught.value)
    assert not isinstance(caught.value, TwoWordsError)


def test_an_error_that_holds_what_cannot_be_pickled_keeps_its_text(ray):
    @ray.remote
    def fail():
        message = "holding on"
        raise ValueError(message, (x for x in ()))

    with pytest.raises(ray.exceptions.RayError, match="holding on"):
        ray.get(fail.remote())


def test_an_error_whose_text_raises_arrives_all_the_same(ray):
    @ray.remote
    def fail():
        class MuteError(Exception):
            def __str__(self):
                raise RuntimeError

        raise MuteError

    with pytest.raises(ray.exceptions.RayError):
        ray.get(fail.remote())


def test_a_base_exception_is_wrapped_as_well(ray):
    class Stop(BaseException):
        pass

    @ray.remote
    def fail():
        raise Stop

    with pytest.raises(ray.exceptions.RayTaskError) as caught:
        ray.get(fail.remote())
    assert type(caught.value.cause).__name__ == "Stop"


def test_a_keyboard_interrupt_counts_as_a_cancellation(ray):
    @ray.remote
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(ray.exceptions.TaskCancelledError) as caught:
        ray.get(interrupted.remote())
    assert isinstance(caught.value, ray.exceptions.RayTaskError)


def test_an_exception_group_arrives(ray):
    @ray.remote
    def fail():
        message = "several"
        raise ExceptionGroup(message, [ValueError("one"), TypeError("two")])

    with pytest.raises(ray.exceptions.RayTaskError) as caught:
        ray.get(fail.remote())
    assert [type(one) for one in caught.value.cause.exceptions] == [ValueError, TypeError]


def test_a_recursion_error_leaves_the_worker_well(ray):
    @ray.remote
    class Deep:
        def down(self):
            return self.down()

        def ping(self):
            return "pong"

    deep = Deep.remote()
    with pytest.raises(RecursionError):
        ray.get(deep.down.remote())
    assert ray.get(deep.ping.remote()) == "pong"


def test_an_actor_lives_on_after_an_error(ray, thrower_class):
    thrower = thrower_class.remote()
    ref = thrower.throw.remote(ValueError())
    assert ray.get(thrower.calls.remote()) == 1
    with pytest.raises(ValueError):
        ray.get(ref)


def test_an_error_can_be_got_twice(ray, fail):
    ref = fail.remote(ValueError("twice"))
    for _ in range(2):
        with pytest.raises(ValueError, match="twice"):
            ray.get(ref)


def test_get_of_a_list_raises_the_first_error(ray, fail):
    refs = [ray.put(1), fail.remote(KeyError()), fail.remote(ValueError())]
    ray.wait(refs, num_returns=3)
    with pytest.raises(KeyError):
        ray.get(refs)


def test_an_error_in_an_argument_goes_on_to_the_caller(ray, fail, thrower_class):
    thrower = thrower_class.remote()

    @ray.remote
    def use(value):
        return value

    bad = fail.remote(ValueError("the first"))
    for ref in (use.remote(bad), thrower.throw.remote(bad), use.remote(value=bad)):
        with pytest.raises(ValueError) as caught:
            ray.get(ref)
        assert isinstance(caught.value, ray.exceptions.RayTaskError)
        assert "At least one of the input arguments for this task could not be computed" in str(
            caught.value
        )
        assert "the first" in str(caught.value)


def test_an_argument_whose_actor_died_gives_the_actors_error(ray, thrower_class):
    thrower = thrower_class.remote()

    @ray.remote
    def use(value):
        return value

    bad = thrower.calls.remote()
    ray.get(bad)
    ray.kill(thrower)
    bad = thrower.calls.remote()
    with pytest.raises(ray.exceptions.RayActorError):
        ray.get(use.remote(bad))


def test_an_error_passes_through_a_nested_get(ray, fail):
    @ray.remote
    def outer():
        return ray.get(fail.remote(KeyError("inner")))

    with pytest.raises(KeyError) as caught:
        ray.get(outer.remote())
    text = str(caught.value)
    assert text.startswith("ray::outer()")
    assert "ray::fail()" in text
    assert type(caught.value).__name__ == "RayTaskError(KeyError)"


def test_an_error_caught_inside_a_task_goes_no_further(ray, fail):
    @ray.remote
    def careful():
        try:
            ray.get(fail.remote(KeyError("inner")))
        except KeyError:
            return "caught"

    assert ray.get(careful.remote()) == "caught"


def test_a_value_may_be_an_exception(ray):
    @ray.remote
    def give():
        return ValueError("as a value")

    assert ray.get(give.remote()).args == ("as a value",)


def test_what_cannot_be_pickled_cannot_be_returned(ray):
    @ray.remote
    def generator():
        return (x for x in range(3))

    with pytest.raises(TypeError, match="generator") as caught:
        ray.get(generator.remote())
    assert isinstance(caught.value, ray.exceptions.RayTaskError)


def test_an_error_survives_pickling_in_the_driver(ray, fail):
    with pytest.raises(ValueError) as caught:
        ray.get(fail.remote(ValueError("kept")))
    copy = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(copy, ValueError)
    assert str(copy) == str(caught.value)


def test_an_argument_that_cannot_be_unpickled_fails_the_call_only(ray, thrower_class):
    thrower = thrower_class.remote()

    class Fragile:
        def __reduce__(self):
            return _explode, ()

    ref = thrower.throw.remote(Fragile())
    with pytest.raises(ray.exceptions.RayTaskError):
        ray.get(ref)
    assert ray.get(thrower.calls.remote()) == 0


def _explode():
    message = "no copy of me"
    raise RuntimeError(message)


def test_a_result_that_cannot_be_unpickled_raises_in_get(ray):
    class Fragile:
        def __reduce__(self):
            return _explode, ()

    @ray.remote
    def give():
        return Fragile()

    with pytest.raises(RuntimeError, match="no copy of me"):
        ray.get(give.remote())


def test_an_unknown_module_in_a_result_names_the_module(ray):
    @ray.remote
    def give():
        import sys
        import types

        module = types.ModuleType("only_there")
        exec("class Thing: pass", module.__dict__)
        module.Thing.__module__ = "only_there"
        sys.modules["only_there"] = module
        return module.Thing()

    with pytest.raises(ModuleNotFoundError, match="only_there"):
        ray.get(give.remote())
