# mypy: disable-error-code="attr-defined"
# A type checker does not know what a RayTaskError gets from its cause.

import linecache
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cloudpickle
import pytest

from raylite.exceptions import ActorDiedError, RayError, RayTaskError


class RefusedError(Exception):
    def __init__(self, who, why):
        super().__init__(f"{who}: {why}")
        self.who = who
        self.pid = "the user's own"

    def advice(self):
        return f"ask {self.who}"


class FinalError(Exception):
    def __init_subclass__(cls):
        raise TypeError("final")


def wrapped(raise_it, **facts):
    try:
        raise_it()
    except BaseException as error:
        told: dict[str, Any] = {"function_name": "f", "pid": 7} | facts
        return RayTaskError.from_exception(error, **told)
    raise AssertionError("nothing was raised")


def raising(error):
    def raise_it():
        raise error

    return raise_it


def divide():
    return 1 / 0


def test_the_error_is_of_both_classes_and_named_so():
    error = wrapped(divide)
    assert isinstance(error, RayTaskError)
    assert isinstance(error, ZeroDivisionError)
    assert type(error).__name__ == "RayTaskError(ZeroDivisionError)"
    assert type(error).__module__ == "raylite.exceptions"


def test_the_class_is_made_once():
    assert type(wrapped(divide)) is type(wrapped(divide))


def test_the_cause_is_the_only_argument():
    cause = ValueError("no")
    error = wrapped(raising(cause))
    assert error.cause is cause
    assert error.args == (cause,)
    assert repr(error) == "RayTaskError(ValueError)(ValueError('no'))"


def test_the_text_is_the_remote_traceback():
    lines = str(wrapped(divide, function_name="A.m", actor_id="ab", actor_repr="<A>")).splitlines()
    assert lines[0] == "ray::A.m() (pid=7, actor_id=ab, repr=<A>)"
    assert f'  File "{__file__}", line ' in lines[-4]
    assert lines[-4].endswith(", in divide")
    assert lines[-3].strip() == "return 1 / 0"
    assert lines[-2].strip() == "~~^~~"
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_the_text_of_a_key_error_is_the_traceback_too():
    assert str(wrapped(raising(KeyError("k")))).endswith("KeyError: 'k'")


def test_frames_of_the_runtime_are_left_out():
    from raylite import remote

    error = wrapped(lambda: remote(bogus=1)(divide))
    assert all(frame.filename == __file__ for frame in error.frames)


def test_what_it_was_raised_from_is_told_first():
    def raise_it():
        try:
            divide()
        except ZeroDivisionError as error:
            raise KeyError("k") from error

    text = str(wrapped(raise_it))
    assert text.index("ZeroDivisionError") < text.index("direct cause") < text.index("KeyError")


def test_what_was_being_handled_is_told_first():
    def raise_it():
        try:
            divide()
        except ZeroDivisionError:
            raise KeyError("k")  # noqa: B904  # this is what happens to beginners

    assert "During handling of the above exception" in str(wrapped(raise_it))


def test_what_was_suppressed_is_not_told():
    def raise_it():
        try:
            divide()
        except ZeroDivisionError:
            raise KeyError("k") from None

    assert "ZeroDivisionError" not in str(wrapped(raise_it))


def test_attributes_and_methods_of_the_cause_are_there():
    error = wrapped(raising(RefusedError("Ann", "no")))
    assert error.who == "Ann"
    assert error.advice() == "ask Ann"


def test_the_cause_comes_before_what_is_known_of_the_call():
    assert wrapped(raising(RefusedError("Ann", "no"))).pid == "the user's own"
    assert wrapped(divide).pid == 7


def test_function_name_is_no_attribute():
    with pytest.raises(AttributeError):
        _ = wrapped(divide).function_name


def test_what_python_keeps_outside_of_the_dictionary_is_copied():
    error = wrapped(lambda: Path("/no/such/file").read_text())
    assert isinstance(error, FileNotFoundError)
    assert (error.errno, error.filename) == (2, "/no/such/file")


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps])
def test_it_is_of_both_classes_after_pickling(dumps):
    error = wrapped(raising(KeyError("k")), actor_id="ab")
    copy = pickle.loads(dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert copy.frames == error.frames


def test_a_class_that_cannot_be_derived_from_leaves_the_plain_error():
    error = wrapped(raising(FinalError("no")))
    assert type(error) is RayTaskError
    assert isinstance(error.cause, FinalError)


def test_an_exception_of_the_widest_class_leaves_the_plain_error():
    assert type(wrapped(raising(Exception("plain")))) is RayTaskError


def test_what_is_no_exception_is_wrapped_as_well():
    error = wrapped(raising(SystemExit(3)))
    assert isinstance(error, SystemExit)
    assert error.code == 3


def test_an_error_that_passes_through_a_second_task_is_not_wrapped_twice():
    inner = wrapped(divide, function_name="inner")
    outer = wrapped(raising(inner), function_name="outer", pid=8)
    assert type(outer) is type(inner)
    assert outer.cause is inner.cause
    text = str(outer)
    assert text.startswith("ray::outer() (pid=8)")
    assert text.index("ray::outer()") < text.index("ray::inner() (pid=7)")
    assert text.endswith("ZeroDivisionError: division by zero")
    assert text.count("division by zero") == 1


def test_the_death_of_another_actor_is_of_both_classes_as_well():
    error = wrapped(raising(ActorDiedError(reason="It was killed.", actor_id="ab")))
    assert isinstance(error, ActorDiedError)
    assert error.actor_id == "ab"
    assert isinstance(error, RayError)


def test_an_argument_that_failed_is_said_to_be_one():
    error = wrapped(divide, function_name="first").in_argument_of("second")
    assert isinstance(error, ZeroDivisionError)
    lines = str(error).splitlines()
    assert lines[0] == "ray::second()"
    assert "could not be computed" in lines[1]
    assert lines[2] == "ray::first() (pid=7)"


def test_a_deep_recursion_is_told_in_few_lines():
    def deeper():
        return deeper()

    text = str(wrapped(deeper))
    assert "more times" in text
    assert len(text.splitlines()) < 50


def test_a_deep_recursion_through_several_functions_is_told_in_few_lines():
    def there():
        return back()

    def back():
        return there()

    text = str(wrapped(there))
    assert "more calls, not shown" in text
    assert len(text.splitlines()) < 50


def test_a_message_of_any_length_is_cut_in_the_middle():
    text = str(wrapped(raising(ValueError("begin" + "x" * 10**6 + "end"))))
    assert "begin" in text
    assert text.endswith("end")
    assert len(text) < 30_000


@pytest.fixture
def cell(monkeypatch):
    """A function written in the third cell of a notebook."""
    filename, source = "/tmp/ipykernel_1/1.py", "def f():\n    return {}['k']\n"
    monkeypatch.setitem(
        linecache.cache, filename, (len(source), None, source.splitlines(keepends=True), filename)
    )
    shell = SimpleNamespace(
        compile=SimpleNamespace(
            format_code_name=lambda name: ("Cell", "In[3]") if name == filename else None
        )
    )
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    names: dict[str, Any] = {}
    exec(compile(source, filename, "exec"), names)
    return names["f"]


def test_a_line_of_a_cell_is_quoted_and_the_cell_is_named(cell):
    lines = str(wrapped(cell)).splitlines()
    assert "  Cell In[3], line 2, in f" in lines
    assert "    return {}['k']" in lines


def test_a_notebook_shows_the_users_line_and_the_remote_part(cell):
    error = wrapped(cell)
    with pytest.raises(KeyError) as caught:
        raise error
    lines = caught.value._render_traceback_()
    assert lines[0] == "RayTaskError(KeyError): 'k'"
    assert any("raise error" in line for line in lines)
    assert lines[-1] == "KeyError: 'k'"


def test_a_notebook_shows_a_long_text_whole_only_once():
    def fail():
        raise ValueError("too much:\nfirst\nsecond")

    lines = wrapped(fail)._render_traceback_()
    assert lines[0] == "RayTaskError(ValueError): too much:"
    assert lines[-3:] == ["ValueError: too much:", "first", "second"]
    assert [line for line in lines if line == "second"] == ["second"]


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


def test_a_notebook_shows_an_error_whose_own_text_cannot_be_had():
    error = wrapped(raising(MuteError()))
    lines = error._render_traceback_()
    assert lines[0] == "RayTaskError(MuteError): (its text cannot be had: RuntimeError)"
    assert "ray::f() (pid=7)" in lines
    assert repr(error) == (
        "RayTaskError(MuteError)(<MuteError, whose __repr__ raised RuntimeError>)"
    )


def test_a_notebook_shows_the_beginning_of_a_text_that_nobody_reads():
    long = "\n".join(wrapped(raising(ValueError("x" * 5_000_000)))._render_traceback_())
    assert "(and 4,990,000 characters more)" in long
    assert len(long) < 40_000
    many = "\n".join(wrapped(raising(ValueError("x\n" * 200_000)))._render_traceback_())
    assert "lines more)" in many
    assert many.count("\n") < 1_100
