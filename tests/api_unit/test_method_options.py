# mypy: disable-error-code="attr-defined"
# A type checker does not follow a decorator that makes something else of a class.
"""What the engine is told of the calls of methods."""

import pytest

from raylite import exceptions, method, remote
from raylite._method_options import (
    actor_calls,
    method_options,
    pack_method_options,
    unpack_method_options,
)
from raylite._options import Target, check_options, task_options
from raylite.engines.base import ActorCalls, MethodOptions
from raylite.remote_function import RemoteFunction


class OwnError(Exception):
    """An error of the user's own."""


@remote
class Worker:
    def plain(self):
        """Called as usual."""

    @method(max_task_retries=2, retry_exceptions=[KeyError])
    def tried_again(self):
        """Called again after a KeyError."""

    @method(enable_task_events=False, _generator_backpressure_num_objects=3)
    def quiet(self):
        yield 1


def last_how(handle):
    return handle._ray_client.hows[-1]


def test_a_plain_call_is_as_usual(engine):
    worker = Worker.remote()
    worker.plain.remote()
    assert last_how(worker) is None


def test_a_method_says_how_it_is_called(engine):
    worker = Worker.remote()
    worker.tried_again.remote()
    assert last_how(worker) == MethodOptions(max_retries=2, retry_exceptions=(KeyError,))
    worker.quiet.remote()
    assert last_how(worker) == MethodOptions(quiet=True, items_ahead=3)


def test_a_call_says_it_otherwise(engine):
    worker = Worker.remote()
    worker.tried_again.options(max_task_retries=0).remote()
    assert last_how(worker) == MethodOptions(max_retries=0, retry_exceptions=(KeyError,))
    worker.tried_again.options(retry_exceptions=False, name="n").remote()
    assert last_how(worker) == MethodOptions(max_retries=2, retry_exceptions=False, name="n")
    worker.quiet.options(enable_task_events=True).remote()
    assert last_how(worker) == MethodOptions(quiet=False, items_ahead=3)


def test_none_says_nothing(engine):
    nothing = dict.fromkeys(("max_task_retries", "retry_exceptions", "enable_task_events", "name"))
    worker = Worker.remote()
    worker.tried_again.options(**nothing).remote()
    assert last_how(worker) == MethodOptions(max_retries=2, retry_exceptions=(KeyError,))


@pytest.mark.parametrize("errors", [True, [KeyError], [OwnError, ValueError], (OwnError,)])
def test_what_a_method_says_travels_with_its_handles(errors):
    packed = pack_method_options({"retry_exceptions": errors, "max_task_retries": -1})
    told = unpack_method_options(packed)
    assert told.max_retries == -1
    assert told.retry_exceptions == (errors if errors is True else tuple(errors))


@pytest.mark.parametrize("options", [{}, {"num_returns": 2}, {"concurrency_group": "io"}])
def test_what_is_known_elsewhere_does_not_travel(options):
    assert pack_method_options(options) == b""


def test_a_call_may_name_its_group():
    assert method_options({"concurrency_group": "io"}).group == "io"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, ActorCalls()),
        ({"max_pending_calls": 3}, ActorCalls(max_pending=3)),
        ({"max_pending_calls": 0}, ActorCalls(max_pending=0)),
        ({"max_pending_calls": None}, ActorCalls()),
        ({"max_task_retries": -1}, ActorCalls(max_task_retries=-1)),
        ({"enable_task_events": False}, ActorCalls(quiet=True)),
        ({"enable_task_events": True}, ActorCalls()),
        ({"allow_out_of_order_execution": True}, ActorCalls(in_order=False)),
        ({"allow_out_of_order_execution": False}, ActorCalls()),
        ({"max_concurrency": 2}, ActorCalls(in_order=False)),
        ({"max_concurrency": 1}, ActorCalls()),
        ({"concurrency_groups": {"io": 2}}, ActorCalls()),
    ],
)
def test_what_handles_know_of_an_actor(options, told):
    assert actor_calls(options, "A", is_async=False) == told


def test_calls_of_an_asynchronous_actor_are_in_no_order():
    assert not actor_calls({}, "A", is_async=True).in_order


def test_handles_take_it_along(engine):
    worker = Worker.options(max_pending_calls=7).remote()
    worker.plain.remote()
    assert worker._ray_client.calls == ActorCalls(max_pending=7)


@pytest.mark.parametrize(
    ("target", "name", "value", "error"),
    [
        (Target.ACTOR, "max_pending_calls", -2, ValueError),
        (Target.ACTOR, "max_pending_calls", 1.5, TypeError),
        (Target.ACTOR, "max_pending_calls", "x", TypeError),
        (Target.ACTOR, "allow_out_of_order_execution", 1, TypeError),
        (Target.ACTOR, "enable_task_events", 1, TypeError),
        (Target.METHOD, "max_task_retries", -2, ValueError),
        (Target.METHOD, "max_task_retries", 1.5, TypeError),
        (Target.METHOD, "retry_exceptions", "all", TypeError),
        (Target.METHOD, "retry_exceptions", [1], ValueError),
        (Target.METHOD, "name", "", ValueError),
        (Target.TASK, "max_calls", -1, ValueError),
        (Target.TASK, "max_calls", 1.5, TypeError),
    ],
)
def test_a_wrong_value_is_refused(target, name, value, error):
    with pytest.raises(error, match=name):
        check_options(target, {name: value})


def test_a_name_is_for_a_single_call():
    with pytest.raises(AssertionError, match="name"):
        method(name="n")


def test_a_function_says_after_how_many_calls_a_worker_ends():
    assert task_options("f", {"max_calls": 2}).max_calls == 2
    assert task_options("f", {}).max_calls == 0
    with pytest.raises(ValueError, match="belongs in"):
        RemoteFunction(len, {}).options(max_calls=2)


def test_cancelling_reaches_the_engine(engine):
    from raylite import cancel

    ref = Worker.remote().plain.remote()
    cancel(ref)
    cancel(ref, force=True, recursive=False)
    assert engine.cancelled == [(ref, False, True), (ref, True, False)]


@pytest.mark.parametrize("value", [3, [1], None])
def test_only_refs_are_cancelled(engine, value):
    from raylite import cancel

    with pytest.raises(TypeError, match="object refs"):
        cancel(value)
    assert not engine.cancelled


def test_a_cancelled_task_is_named_in_its_error():
    assert str(exceptions.TaskCancelledError()) == "This task was cancelled."
    error = exceptions.TaskCancelledError("ab", "Nobody wanted it.")
    assert str(error) == "Task ab was cancelled. Nobody wanted it."
    assert error.task_id == "ab"


def test_a_call_of_a_session_that_is_over_has_ended(engine):
    from raylite import cancel, shutdown
    from raylite._engine import get_or_none

    ref = Worker.remote().plain.remote()
    shutdown()
    cancel(ref)
    assert get_or_none() is None
    assert not engine.cancelled
