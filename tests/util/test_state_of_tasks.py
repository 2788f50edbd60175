# mypy: disable-error-code="attr-defined, misc, operator, union-attr"
# A type checker does not follow a decorator that makes something else of a class.
"""Tasks and objects as tables: what each is waiting for, who has it, how it ended."""

import ctypes
import os

import pytest

import raylite
from raylite.util.state import (
    RayStateApiException,
    get_objects,
    get_task,
    list_objects,
    list_tasks,
    summarize_objects,
    summarize_tasks,
)
from tests.processes import wait_until


@raylite.remote
class Shelf:
    def hold(self, refs):
        self.refs = refs

    def own(self):
        self.refs = [raylite.put("mine")]
        return self.refs[0].hex()

    def behind(self, gate):
        wait_until(gate.exists)

    def crash(self):
        os._exit(1)


@raylite.remote
class Broken:
    def __init__(self):
        raise ValueError

    def call(self):
        pass


@raylite.remote
def behind(gate, *_args):
    wait_until(gate.exists)


@raylite.remote(max_retries=0)
def crash():
    os._exit(1)


@raylite.remote
def fail():
    raise ValueError


@raylite.remote
def outer():
    ref = inner.remote()
    return raylite.get_runtime_context().get_task_id(), ref.task_id().hex(), raylite.get(ref)


@raylite.remote
def inner():
    return 1


class SlowToUnpack:
    """Takes its time to arrive: until the gate is open."""

    def __init__(self, gate):
        self.gate = gate

    def __setstate__(self, state):
        self.__dict__.update(state)
        wait_until(self.gate.exists)


@raylite.remote
def unpack(slow):
    del slow


def state_of(ref):
    found = get_task(ref)
    return found and found.state


@pytest.fixture
def gate(tmp_path):
    """What tasks wait for; it opens when the test is over, whatever became of it."""
    path = tmp_path / "open"
    yield path
    path.touch()


def test_a_task_that_waits_says_for_what(ray, gate):
    first = behind.options(num_cpus=4).remote(gate)
    wait_until(lambda: state_of(first) == "RUNNING")
    in_line, for_value = behind.remote(gate), behind.remote(gate, first)
    wait_until(lambda: state_of(in_line) == "PENDING_NODE_ASSIGNMENT")
    assert state_of(for_value) == "PENDING_ARGS_AVAIL"
    row = get_task(in_line)
    assert (row.worker_pid, row.start_time_ms, row.required_resources) == (None, None, {"CPU": 1.0})
    gate.touch()
    ray.get([first, in_line, for_value])
    wait_until(lambda: state_of(for_value) == "FINISHED")


def test_a_call_that_was_sent_to_a_busy_actor_says_so(ray, gate):
    shelf = Shelf.remote()
    first, second = shelf.behind.remote(gate), shelf.behind.remote(gate)
    wait_until(lambda: state_of(first) == "RUNNING")
    assert state_of(second) == "SUBMITTED_TO_WORKER"
    gate.touch()
    ray.get([first, second])


def test_a_failed_task_says_how_it_failed(ray):
    shelf, broken = Shelf.remote(), Broken.remote()
    refs = {
        "TASK_EXECUTION_EXCEPTION": fail.remote(),
        "WORKER_DIED": crash.remote(),
        "ACTOR_DIED": shelf.crash.remote(),
    }
    call = broken.call.remote()
    for kind, ref in refs.items():
        with pytest.raises(Exception):  # noqa: B017  # Which one is the others' to test.
            ray.get(ref)
        wait_until(lambda ref=ref: state_of(ref) == "FAILED")
        assert get_task(ref).error_type == kind
    with pytest.raises(raylite.exceptions.ActorDiedError):
        ray.get(call)
    wait_until(lambda: state_of(call) == "FAILED")
    assert get_task(call).error_type == "ACTOR_DIED"


def test_the_creation_of_an_actor_is_a_task(ray, gate):
    shelf, broken = Shelf.options(name="shelf").remote(), Broken.remote()
    ray.get(shelf.own.remote())
    with pytest.raises(raylite.exceptions.ActorDiedError):
        ray.get(broken.call.remote())
    made = get_task("f" * 16 + shelf._actor_id.hex())
    assert (made.name, made.type, made.state) == (
        "shelf:Shelf.__init__",
        "ACTOR_CREATION_TASK",
        "FINISHED",
    )
    assert made.creation_time_ms <= made.start_time_ms <= made.end_time_ms
    failed = get_task("f" * 16 + broken._actor_id.hex())
    assert (failed.state, failed.error_type) == ("FAILED", "TASK_EXECUTION_EXCEPTION")
    names = summarize_tasks()["cluster"]["summary"]
    assert names["Broken.__init__"]["state_counts"]["FAILED"] >= 1


def test_a_task_whose_arguments_are_being_unpacked_does_not_run_yet(ray, gate):
    ref = unpack.remote(SlowToUnpack(gate))
    wait_until(lambda: state_of(ref) == "SUBMITTED_TO_WORKER")
    gate.touch()
    ray.get(ref)
    assert get_task(ref.task_id().hex()).name == "unpack"


def test_a_task_knows_where_it_ran_and_who_its_parent_is(ray):
    own_id, inner_id, _ = ray.get(outer.remote())
    wait_until(lambda: get_task(own_id) and get_task(own_id).state == "FINISHED")
    row = get_task(own_id)
    assert row.parent_task_id == "f" * 40 + ray.get_runtime_context().get_job_id()
    assert row.worker_id is not None
    assert row.worker_pid is not None
    assert [event["state"] for event in row.events] == [
        "PENDING_NODE_ASSIGNMENT",
        "RUNNING",
        "FINISHED",
    ]
    wait_until(lambda: get_task(inner_id) and get_task(inner_id).state == "FINISHED")
    assert get_task(inner_id).name == "inner"


def test_tasks_are_chosen_by_their_fields(ray):
    ref = fail.remote()
    wait_until(lambda: state_of(ref) == "FAILED")
    found = list_tasks(filters=[("name", "=", "FAIL"), ("state", "=", "failed")], limit=10_000)
    assert ref.task_id().hex() in {row.task_id for row in found}
    assert list_tasks(filters=[("state", "=", "no such state")]) == []


def objects_by_id():
    return {row.object_id: row for row in list_objects(limit=10_000) if row.type == "DRIVER"}


def test_each_reference_says_what_it_is_for(ray, gate):
    shelf = Shelf.remote()
    held, used, small = ray.put("held"), ray.put("used"), ray.put("small")
    outside = ray.put([ray.put("inside")])
    lent = ray.put("lent")
    ray.get(shelf.hold.remote([held, lent]))
    lent_id = lent.hex()
    del lent
    busy = behind.remote(gate, used)
    wait_until(lambda: state_of(busy) == "RUNNING")
    rows = objects_by_id()
    kinds = {rows[ref.hex()].reference_type for ref in (held, small, outside)}
    assert kinds == {"LOCAL_REFERENCE"}
    assert rows[used.hex()].reference_type == "USED_BY_PENDING_TASK"
    assert rows[lent_id].reference_type == "PINNED_IN_MEMORY"
    assert "CAPTURED_IN_OBJECT" in {row.reference_type for row in rows.values()}
    assert "ACTOR_HANDLE" in {row.reference_type for row in rows.values()}
    assert (rows[busy.hex()].object_size, rows[busy.hex()].task_status) == (
        -1,
        "SUBMITTED_TO_WORKER",
    )
    gate.touch()
    ray.get(busy)


def test_an_object_is_one_row_for_each_process_that_refers_to_it(ray):
    shelf = Shelf.remote()
    ref = ray.put("x" * 1000)
    ray.get(shelf.hold.remote([ref]))
    rows = get_objects(ref.hex())
    assert sorted((row.type, row.task_status) for row in rows) == [
        ("DRIVER", "FINISHED"),
        ("WORKER", "NIL"),
    ]
    assert {row.object_size for row in rows} == {rows[0].object_size}
    assert rows[0].object_size > 1000
    assert len({row.pid for row in rows}) == 2
    (own,) = get_objects(ray.get(shelf.own.remote()))
    assert (own.type, own.attempt_number) == ("WORKER", 1)
    assert own.call_site.startswith("(put object)  | ")


def test_large_objects_have_the_size_of_their_file(ray):
    ref = ray.put(b"x" * 1_000_000)
    (row,) = get_objects(ref.hex())
    assert 1_000_000 <= row.object_size < 1_010_000


def test_objects_are_summed_up(ray):
    refs = [ray.put(b"x" * 500_000) for _ in range(2)]
    summary = summarize_objects()["cluster"]
    assert summary["total_objects"] >= 2
    assert summary["total_size_mb"] > 0.9
    assert summary["callsite_enabled"]
    (site,) = [
        found for made, found in summary["summary"].items() if "test_objects_are_summed_up" in made
    ]
    assert site["ref_type_counts"]["LOCAL_REFERENCE"] >= 2
    assert site["task_state_counts"]["FINISHED"] >= 2
    del refs


def test_objects_are_seen_from_inside_of_a_task_too(ray):
    ref = ray.put("seen")

    @ray.remote
    def look(object_id):
        return [row.type for row in get_objects(object_id)]

    assert "DRIVER" in ray.get(look.remote(ref.hex()))


@raylite.remote
def keep_python(begun, seconds):
    begun.touch()
    # Unlike time.sleep, this does not let other threads run.
    ctypes.PyDLL(None).sleep(seconds)


@pytest.mark.slow
def test_a_process_that_cannot_answer_is_missed(ray, tmp_path):
    begun = tmp_path / "begun"
    busy = keep_python.remote(begun, 6)
    wait_until(begun.exists)
    with pytest.raises(RayStateApiException, match="1 of the session's processes did not say"):
        list_objects()
    ray.get(busy)
    assert list_objects(raise_on_missing_output=False) is not None
