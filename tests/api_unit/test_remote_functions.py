# mypy: disable-error-code="attr-defined"
# A type checker does not know what a remote function gets from the function.

import linecache
import threading
from typing import Any

import cloudpickle
import pytest

import raylite as ray
from raylite._core.common.call_options import DYNAMIC, STREAMING

REMOTE: Any = ray.remote


@ray.remote
def add(a, b=2, *, scale=1):
    """Add two numbers."""
    return (a + b) * scale


@ray.remote
def countdown(n):
    return 0 if n == 0 else countdown.remote(n - 1)


def test_a_call_goes_to_the_engine_and_gives_a_ref(engine):
    assert isinstance(add.remote(1, scale=3), ray.ObjectRef)
    [(definition, args, kwargs, options)] = engine.tasks
    assert definition.target is add._function
    assert definition.name == options.name == "add"
    assert (args, kwargs) == ((1,), {"scale": 3})


def test_the_definition_is_the_same_for_all_calls_of_a_session(engine):
    add.remote(1)
    add.options(num_cpus=2).remote(1)
    (first, *_), (second, *_) = engine.tasks
    assert first is second


def test_options_change_the_calls_made_through_them_and_no_other(engine):
    twice = add.options(num_returns=2, num_cpus=3, name="sum")
    assert len(twice.remote(1)) == 2
    add.remote(1)
    (*_, changed), (*_, unchanged) = engine.tasks
    assert (changed.num_returns, changed.name) == (2, "sum")
    assert changed.resources == {"CPU": 3.0}
    assert (unchanged.num_returns, unchanged.name) == (1, "add")


def test_options_leave_what_the_decorator_said(engine):
    ray.remote(max_retries=7)(len).options(num_cpus=2).remote([])
    assert engine.tasks[0][3].max_retries == 7


def test_num_returns_of_zero_gives_none(engine):
    assert add.options(num_returns=0).remote(1) is None


def test_the_private_form_takes_arguments_and_options(engine):
    assert len(add._remote(args=[1], kwargs={"b": 3}, num_returns=2)) == 2
    assert engine.tasks[0][1:3] == ((1,), {"b": 3})


def test_a_direct_call_shows_the_call_that_was_meant():
    with pytest.raises(TypeError, match=r"Instead of 'add\(\.\.\.\)' write 'add\.remote"):
        add(1)


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((), {}, "missing a required argument: 'a'"),
        ((1, 2, 3), {}, "too many positional arguments"),
        ((1,), {"c": 3}, "got an unexpected keyword argument 'c'"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_by_the_caller(engine, args, kwargs, text):
    with pytest.raises(TypeError, match=text) as caught:
        add.remote(*args, **kwargs)
    assert "add(a, b=2, *, scale=1)" in str(caught.value)
    assert engine.tasks == []


def test_it_has_the_name_and_the_text_of_the_function():
    assert add.__name__ == "add"
    assert add.__doc__ == "Add two numbers."
    assert add.__module__ == __name__
    assert add.__wrapped__ is add._function
    assert repr(add) == f"RemoteFunction({__name__}.add)"


def test_what_it_has_not_it_has_not():
    with pytest.raises(AttributeError, match="'RemoteFunction' object has no attribute 'remot'"):
        _ = add.remot


def test_it_can_be_pickled_and_used_in_another_process(engine):
    copy = cloudpickle.loads(cloudpickle.dumps(add))
    copy.remote(1, 2)
    assert engine.tasks[0][0].target(1, 2, scale=2) == 6
    with pytest.raises(TypeError, match="too many"):
        copy.remote(1, 2, 3)


def test_one_that_calls_itself_can_be_pickled(engine):
    function = cloudpickle.loads(cloudpickle.dumps(countdown._function))
    function(3)
    assert engine.tasks[0][1] == (2,)


def test_what_the_session_gave_it_is_not_pickled(engine):
    engine.lock = threading.Lock()
    add.remote(1)
    assert cloudpickle.dumps(add)


def test_a_coroutine_function_is_refused():
    async def wait():
        pass

    with pytest.raises(ValueError, match=r"asyncio\.run\(wait\(\.\.\.\)\)"):
        ray.remote(wait)


def test_a_generator_function_streams_unless_told_otherwise(engine):
    @ray.remote
    def count():
        yield 1

    count.remote()
    count.options(num_returns="dynamic").remote()
    assert [task[3].num_returns for task in engine.tasks] == [STREAMING, DYNAMIC]


@pytest.mark.parametrize("args", [(), (2,), ("add",), (len, len)])
def test_remote_on_anything_else_shows_both_forms(args):
    with pytest.raises(AssertionError, match=r"'@ray.remote'.*'@ray.remote\(num_cpus=2\)'"):
        ray.remote(*args)


def test_remote_takes_a_function_or_options_and_never_both():
    with pytest.raises(AssertionError):
        REMOTE(len, num_cpus=2)


def test_remote_with_options_on_anything_else_says_on_what():
    with pytest.raises(TypeError, match="not before 2"):
        ray.remote(num_cpus=1)(2)


def test_remote_with_a_wrong_option_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="bogus"):
        ray.remote(bogus=1)(len)


def test_the_text_of_a_notebook_cell_goes_along(engine, monkeypatch):
    filename, source = "/tmp/ipykernel_1/2.py", "def f():\n    return 1\n"
    monkeypatch.setitem(
        linecache.cache, filename, (len(source), None, source.splitlines(keepends=True), filename)
    )
    names: dict[str, Any] = {}
    exec(compile(source, filename, "exec"), names)
    ray.remote(names["f"]).remote()
    assert engine.tasks[0][0].source_files == {filename: source}


def test_the_text_of_a_file_does_not(engine):
    add.remote(1)
    assert engine.tasks[0][0].source_files == {}
