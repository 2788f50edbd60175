# mypy: disable-error-code="attr-defined, misc, operator, union-attr"
# A type checker does not follow a decorator that makes something else of a class.
"""The timeline as events for a trace viewer."""

import asyncio
import json
import os

import pytest

import raylite
from raylite import _engine
from tests.trace_format import check_format


@raylite.remote
class Clerk:
    def work(self):
        return 1

    def ask(self):
        return raylite.get(work.remote())


@raylite.remote
class Waiter:
    def __init__(self):
        self.both = asyncio.Event()
        self.number = 0

    async def wait_for_two(self):
        self.number += 1
        if self.number == 2:
            self.both.set()
        await self.both.wait()


@raylite.remote(max_restarts=1)
class Mortal:
    def work(self):
        return 1

    def die(self):
        os._exit(3)


@raylite.remote
def work():
    return 1


@raylite.remote
def fail():
    raise ValueError("no such number")


def of_task(events, ref):
    """What the timeline says of the task behind a ref: submission, arrow, slice, arrow."""
    task_id = ref.task_id().hex()
    return [
        event
        for event in events
        if task_id in {event.get("args", {}).get(key) for key in ("arrow", "task_id")}
    ]


def only(events, **wanted):
    (found,) = [event for event in events if wanted.items() <= event.items()]
    return found


def test_a_task_is_a_slice_in_its_workers_row(ray):
    ref = work.remote()
    ray.get(ref)
    slice_ = only(of_task(ray.timeline(), ref), cat="task::work")
    assert (slice_["name"], slice_["ph"], slice_["args"]["state"]) == ("work", "X", "FINISHED")
    assert slice_["tid"].startswith("worker:")
    assert slice_["dur"] >= 0
    row = only(ray.timeline(), name="thread_name", tid=slice_["tid"])
    assert row["args"]["name"].startswith("worker pid=")


def test_an_arrow_leads_from_the_submission_to_the_execution(ray):
    ref = work.remote()
    ray.get(ref)
    found = of_task(ray.timeline(), ref)
    submitted, ran = only(found, name="submit_task"), only(found, cat="task::work")
    start, finish = only(found, ph="s"), only(found, ph="f")
    assert submitted["tid"] == start["tid"]
    assert submitted["tid"].startswith("driver:")
    assert start["ts"] == submitted["ts"] <= finish["ts"] == ran["ts"]
    assert (finish["tid"], finish["bp"]) == (ran["tid"], "e")


def test_an_actor_is_a_row_with_its_constructor_and_its_calls(ray):
    clerk = Clerk.options(name="clerk").remote()
    ref = clerk.ask.remote()
    ray.get(ref)
    events = ray.timeline()
    called = only(of_task(events, ref), cat="task::Clerk.ask")
    made = only(events, name="clerk:Clerk.__init__", tid=called["tid"])
    assert made["args"]["actor_id"] == called["args"]["actor_id"] == clerk._actor_id.hex()
    assert made["ts"] + made["dur"] <= called["ts"]
    assert only(events, name="thread_name", tid=called["tid"])["args"]["name"].startswith("Clerk ")
    inner = [event for event in events if event["ph"] == "s" and event["tid"] == called["tid"]]
    assert called["ts"] <= inner[-1]["ts"] <= called["ts"] + called["dur"]


def test_a_failure_has_its_own_colour(ray):
    ref, good = fail.remote(), work.remote()
    with pytest.raises(ValueError, match="no such number"):
        ray.get(ref)
    ray.get(good)
    events = ray.timeline()
    failed = only(of_task(events, ref), cat="task::fail")
    assert failed["args"]["error_type"] == "TASK_EXECUTION_EXCEPTION"
    assert failed["cname"] != only(of_task(events, good), cat="task::work")["cname"]


def test_what_runs_at_the_same_time_in_one_process_has_a_row_each(ray):
    waiter = Waiter.remote()
    refs = [waiter.wait_for_two.remote() for _ in range(2)]
    ray.get(refs)
    events = ray.timeline()
    first, second = (only(of_task(events, ref), cat="task::Waiter.wait_for_two") for ref in refs)
    assert second["tid"] == f"{first['tid']} 2"
    assert first["pid"] == second["pid"]


def test_a_call_that_waited_for_its_argument_says_so(ray):
    clerk = Clerk.remote()
    first = clerk.work.remote()
    ref = clerk.ask.remote()
    ray.get([first, ref])
    events = ray.timeline()
    begin, end = (only(events, ph=ph, id=f"{ref.task_id().hex()} waits") for ph in "be")
    called = only(of_task(events, ref), cat="task::Clerk.ask")
    assert begin["name"] == "Clerk.ask waits"
    assert begin["ts"] < end["ts"] <= called["ts"]
    assert called["args"]["queued_s"] > 0
    assert called["args"]["args_bytes"] > called["args"]["result_bytes"] > 0


def test_an_actor_that_is_restarted_has_a_row_with_its_states(ray):
    mortal = Mortal.remote()
    with pytest.raises(ray.exceptions.RayActorError):
        ray.get(mortal.die.remote())
    ray.get(mortal.work.options(max_task_retries=-1).remote())
    tid = f"actor:{mortal._actor_id.hex()}"
    life = [event for event in ray.timeline() if event["tid"] == tid and event["ph"] != "M"]
    assert [event["name"] for event in life] == [
        "DEPENDENCIES_UNREADY",
        "PENDING_CREATION",
        "ALIVE",
        "restart",
        "RESTARTING",
        "ALIVE",
    ]
    assert life[3]["ph"] == "i"
    assert "exited" in life[3]["args"]["why"]


def test_messages_are_arrows_between_rows_of_their_own(ray):
    clerk = Clerk.remote()
    ray.get(clerk.work.remote())
    actor_id = clerk._actor_id.hex()
    mine = [event for event in ray.timeline() if event.get("args", {}).get("about") == actor_id]
    sent = [event for event in mine if event["name"] == "RegisterActor"]
    assert [event["tid"].partition(":")[0] for event in sent] == ["driver", "gcs messages"]
    assert sent[0]["args"]["bytes"] > 100
    leased = [event["tid"] for event in mine if event["name"] == "ActorWorkerLeased"]
    assert leased[0].startswith("raylet:")
    assert leased[1] == "gcs messages"


def test_a_file_holds_the_same_with_numbers_for_rows(ray, tmp_path):
    ref = work.remote()
    ray.get(ref)
    path = tmp_path / "trace.json"
    assert ray.timeline(filename=str(path)) is None
    events = json.loads(path.read_text(encoding="utf-8"))
    check_format(events)
    numbered = only(of_task(events, ref), cat="task::work")
    named = only(of_task(ray.timeline(), ref), cat="task::work")
    assert isinstance(numbered["pid"], int)
    assert isinstance(numbered["tid"], int)
    assert {**numbered, "pid": "", "tid": ""} == {**named, "pid": "", "tid": ""}
    row = only(events, name="thread_name", pid=numbered["pid"], tid=numbered["tid"])
    assert row["args"]["name"].startswith("worker pid=")
    with pytest.raises(FileNotFoundError):
        ray.timeline(str(tmp_path / "no folder" / "trace.json"))
    with pytest.raises(TypeError, match="name of a file"):
        ray.timeline(3)


def test_without_a_session_there_is_no_timeline(monkeypatch):
    monkeypatch.setattr(_engine, "engine", None)
    with pytest.raises(RuntimeError, match="no session"):
        raylite.timeline()
