# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""Actors that take only so many calls ahead, and actors whose calls may overtake each other."""

import asyncio

import pytest

from tests.processes import wait_until


class Busy:
    """Holds each call until a file is there."""

    def __init__(self):
        self.log = []

    def hold(self, gate):
        wait_until(gate.exists, 60)
        return "held"

    def note(self, value):
        self.log.append(value)
        return value

    def seen(self):
        return self.log


def too_many(ray, call):
    with pytest.raises(ray.exceptions.PendingCallsLimitExceeded, match="max_pending_calls"):
        call()


@pytest.mark.parametrize("options", [{}, {"max_concurrency": 4}])
def test_a_call_too_many_is_refused_and_changes_nothing(ray, tmp_path, options):
    gate = tmp_path / "gate"
    actor = ray.remote(Busy).options(max_pending_calls=2, **options).remote()
    held = [actor.hold.remote(gate) for _ in range(2)]
    too_many(ray, lambda: actor.note.remote("too many"))
    gate.touch()
    assert ray.get(held) == ["held", "held"]
    assert ray.get(actor.seen.remote()) == []
    assert ray.get(actor.note.remote("in time")) == "in time"


def test_calls_count_before_the_actor_is_there(ray, tmp_path):
    actor = ray.remote(max_pending_calls=2)(Busy).remote()
    refs = [actor.note.remote(number) for number in range(2)]
    gate = tmp_path / "gate"
    gate.touch()
    ray.get(refs)
    assert ray.get(actor.hold.remote(gate)) == "held"


def test_a_failed_submission_takes_no_place(ray, tmp_path):
    gate = tmp_path / "gate"
    actor = ray.remote(max_pending_calls=1)(Busy).remote()
    for _ in range(3):
        with pytest.raises(TypeError):
            actor.note.remote(lambda: gate, unknown=1)
    held = actor.hold.remote(gate)
    too_many(ray, lambda: actor.hold.remote(gate))
    ray.cancel(held)
    with pytest.raises(ray.exceptions.TaskCancelledError):
        ray.get(held)
    gate.touch()
    assert ray.get(actor.note.remote(1)) == 1


def test_all_handles_of_a_process_count_together(ray, tmp_path):
    gate = tmp_path / "gate"
    actor = ray.remote(Busy).options(max_pending_calls=2, name="busy").remote()
    copies = [ray.get_actor("busy"), ray.cloudpickle.loads(ray.cloudpickle.dumps(actor)), actor]
    held = [copy.hold.remote(gate) for copy in copies[:2]]
    for copy in copies:
        too_many(ray, lambda copy=copy: copy.note.remote(1))
    gate.touch()
    ray.get(held)


def test_each_process_counts_for_itself(ray, tmp_path):
    gate = tmp_path / "gate"
    actor = ray.remote(Busy).options(max_pending_calls=1, max_concurrency=4).remote()
    held = actor.hold.remote(gate)

    @ray.remote
    def other(actor):
        return ray.get(actor.note.remote("other"))

    assert ray.get(other.remote(actor)) == "other"
    gate.touch()
    assert ray.get(held) == "held"


@pytest.mark.parametrize("limit", [0, -1, None])
def test_there_may_be_no_limit(ray, limit):
    actor = ray.remote(Busy).options(max_pending_calls=limit).remote()
    assert ray.get([actor.note.remote(i) for i in range(100)]) == list(range(100))


def test_a_call_that_waits_for_an_argument_holds_up_the_others(ray, tmp_path):
    assert overtaking(ray, tmp_path, {}) == ["late", "early"]


@pytest.mark.parametrize(
    "options", [{"allow_out_of_order_execution": True}, {"max_concurrency": 2}]
)
def test_a_call_that_waits_for_an_argument_may_be_overtaken(ray, tmp_path, options):
    assert overtaking(ray, tmp_path, options) == ["early", "late"]


def overtaking(ray, tmp_path, options):
    """In which order a call with a late argument and one without are made."""

    @ray.remote
    def late(gate):
        wait_until(gate.exists, 60)
        return "late"

    actor = ray.remote(Busy).options(**options).remote()
    first = actor.note.remote(late.remote(tmp_path / "gate"))
    second = actor.note.remote("early")
    ready, _ = ray.wait([second], timeout=0 if not options else 30)
    assert bool(ready) is bool(options)
    (tmp_path / "gate").touch()
    assert ray.get([first, second]) == ["late", "early"]
    return ray.get(actor.seen.remote())


def test_calls_of_an_asynchronous_actor_overtake_each_other(ray):
    @ray.remote
    class Async:
        def __init__(self):
            self.event = asyncio.Event()

        async def set(self):
            self.event.set()

        async def after(self, argument):
            return argument

        async def wait(self):
            await self.event.wait()
            return "set"

    actor = Async.remote()
    late = actor.after.remote(actor.wait.remote())
    actor.set.remote()
    assert ray.get(late) == "set"


def test_a_late_argument_that_fails_fails_the_call(ray):
    @ray.remote
    def fail():
        raise KeyError

    actor = ray.remote(allow_out_of_order_execution=True)(Busy).remote()
    with pytest.raises(KeyError):
        ray.get(actor.note.remote(fail.remote()))
    assert ray.get(actor.seen.remote()) == []


def test_a_call_with_a_late_argument_fails_when_the_actor_dies(ray, tmp_path):
    @ray.remote
    def late(gate):
        wait_until(gate.exists, 60)

    actor = ray.remote(allow_out_of_order_execution=True)(Busy).remote()
    argument = late.remote(tmp_path / "gate")
    call = actor.note.remote(argument)
    ray.get(actor.seen.remote())
    ray.kill(actor)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(call)
    (tmp_path / "gate").touch()
    ray.get(argument)


@pytest.mark.parametrize("options", [{"max_concurrency": 2}, {}])
def test_calls_that_run_at_once_cannot_be_kept_in_order(ray, options):
    class Async:
        async def method(self):
            pass

    actor_class = ray.remote(allow_out_of_order_execution=False)(Busy if options else Async)
    with pytest.raises(ValueError, match="cannot run its calls in order"):
        actor_class.options(**options).remote()
