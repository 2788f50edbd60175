"""Errors in tasks."""

import pytest

from tests.compat.cases import raises


class TwoWordsError(Exception):
    """Cannot be unpickled: pickle calls the class with the one argument it finds in ``args``."""

    def __init__(self, first, second):
        super().__init__(f"{first} {second}")


class CodeError(ValueError):
    """Has an attribute of its own."""

    def __init__(self, message, code=418):
        super().__init__(message, code)
        self.code = code


@pytest.fixture
def fail(ray):
    @ray.remote
    def fail(error):
        raise error

    return fail


@pytest.mark.parametrize(
    "error", [ValueError("v"), KeyError("k"), OSError(2, "gone"), ZeroDivisionError()], ids=repr
)
def test_an_error_is_caught_as_what_it_was(ray, fail, error):
    with raises(type(error), ray.exceptions.RayTaskError, ray.exceptions.RayError) as caught:
        ray.get(fail.remote(error))
    assert type(caught.value).__name__ == f"RayTaskError({type(error).__name__})"


def test_an_error_is_no_error_of_an_actor(ray, fail):
    with raises(ValueError) as caught:
        ray.get(fail.remote(ValueError("v")))
    assert not isinstance(caught.value, ray.exceptions.RayActorError)


def test_the_cause_is_the_users_error(ray, fail):
    with raises(ValueError) as caught:
        ray.get(fail.remote(ValueError("v", 2)))
    assert type(caught.value.cause) is ValueError
    assert caught.value.cause.args == ("v", 2)
    assert caught.value.args == (caught.value.cause,)


def test_the_text_begins_with_the_task_and_ends_with_the_error(ray, fail):
    with raises(ValueError, words="ray::fail()") as caught:
        ray.get(fail.remote(ValueError("what is wrong")))
    assert "pid=" in str(caught.value).splitlines()[0]
    assert str(caught.value).splitlines()[-1] == "ValueError: what is wrong"


def test_the_text_shows_the_users_lines(ray):
    def inner():
        raise RuntimeError("far down")

    @ray.remote
    def outer():
        inner()

    with raises(RuntimeError, words=("in outer", "in inner", 'RuntimeError("far down")')):
        ray.get(outer.remote())


def test_the_text_of_a_key_error_is_the_traceback_too(ray, fail):
    with raises(KeyError, words=("ray::fail()", "KeyError: 'k'")):
        ray.get(fail.remote(KeyError("k")))


def test_attributes_of_the_error_are_there(ray, fail):
    with raises(CodeError, ValueError) as caught:
        ray.get(fail.remote(CodeError("teapot")))
    assert caught.value.code == 418


def test_the_cause_of_the_error_is_told(ray):
    @ray.remote
    def chained():
        try:
            {"a": 1}["k"]
        except KeyError as error:
            raise RuntimeError("no such key") from error

    with raises(RuntimeError, words=("KeyError: 'k'", "direct cause", "no such key")):
        ray.get(chained.remote())


def test_an_error_in_an_argument_fails_the_call(ray, fail):
    @ray.remote
    def use(value):
        return value

    with raises(
        ValueError,
        ray.exceptions.RayTaskError,
        words=("At least one of the input arguments for this task could not be computed", "deep"),
    ):
        ray.get(use.remote(fail.remote(ValueError("deep"))))


def test_an_error_in_a_nested_task_comes_through(ray, fail):
    @ray.remote
    def outer(fail):
        return ray.get(fail.remote(ValueError("inside")))

    with raises(ValueError, ray.exceptions.RayTaskError, words=("ray::outer()", "ray::fail()")):
        ray.get(outer.remote(fail))


def test_an_error_that_was_caught_in_a_task_is_no_error(ray, fail):
    @ray.remote
    def outer(fail):
        try:
            ray.get(fail.remote(ValueError("inside")))
        except ValueError:
            return "caught"

    assert ray.get(outer.remote(fail)) == "caught"


def test_an_error_that_cannot_be_unpickled(ray):
    @ray.remote
    def fail():
        raise TwoWordsError("not", "again")

    with raises(ray.exceptions.RayError, words="not again") as caught:
        ray.get(fail.remote())
    assert not isinstance(caught.value, TwoWordsError)
    assert isinstance(caught.value, ray.exceptions.UnserializableException)


def test_a_class_made_in_the_task(ray):
    @ray.remote
    def fail():
        class LocalError(Exception):
            pass

        raise LocalError("mine")

    with raises(ray.exceptions.RayTaskError, words="LocalError: mine") as caught:
        ray.get(fail.remote())
    assert type(caught.value.cause).__name__ == "LocalError"


def test_every_ref_of_many_returns_has_the_error(ray, fail):
    for ref in fail.options(num_returns=2).remote(ValueError("both")):
        with raises(ValueError, words="both"):
            ray.get(ref)


def test_an_error_is_raised_at_each_get(ray, fail):
    ref = fail.remote(ValueError("again"))
    for _ in range(2):
        with raises(ValueError, words="again"):
            ray.get(ref)


def test_an_error_of_a_task_can_be_sent(ray, fail):
    @ray.remote
    def kinds(errors):
        (error,) = errors
        return isinstance(error, ValueError), isinstance(error, ray.exceptions.RayTaskError)

    with raises(ValueError) as caught:
        ray.get(fail.remote(ValueError("v")))
    assert ray.get(kinds.remote([caught.value])) == (True, True)


def test_a_base_exception_comes_through(ray):
    class Stop(BaseException):
        pass

    @ray.remote
    def fail():
        raise Stop("base")

    with raises(ray.exceptions.RayTaskError, words="base"):
        ray.get(fail.remote())


def test_a_keyboard_interrupt_in_a_task_is_a_cancellation(ray):
    @ray.remote
    def interrupted():
        raise KeyboardInterrupt

    with raises(ray.exceptions.TaskCancelledError):
        ray.get(interrupted.remote())


def test_an_unimportable_error_class_in_an_argument(ray):
    @ray.remote
    def kind(error):
        return type(error).__name__

    assert ray.get(kind.remote(CodeError("sent"))) == "CodeError"


def test_an_assertion_is_an_error_like_any(ray):
    @ray.remote
    def check(x):
        assert x > 0, "not positive"

    with raises(AssertionError, ray.exceptions.RayTaskError, words="not positive"):
        ray.get(check.remote(-1))
