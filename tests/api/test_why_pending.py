# mypy: disable-error-code="attr-defined,no-redef,call-arg,misc,valid-type,var-annotated,index"
# A type checker does not follow a decorator that makes something else of a class, nor an
# attribute that has the name of a method.
"""A ``get`` that gives up says what stands in the way of the value."""

import pytest

from tests.processes import wait_until


class Gated:
    def __init__(self, path=None):
        if path is not None:
            wait_until(path.exists, 60)

    def wait_for(self, path):
        wait_until(path.exists, 60)

    def ping(self, *_):
        return "pong"


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def waiting(ray):
    @ray.remote
    def waiting(path, *_):
        wait_until(path.exists, 60)

    return waiting


def said(ray, ref) -> str:
    with pytest.raises(ray.exceptions.GetTimeoutError) as caught:
        ray.get(ref, timeout=0.1)
    lines = str(caught.value).split("\n")
    assert lines[0].startswith("Get timed out: ")
    assert lines[1].startswith("What is missing: ObjectRef(")
    assert lines[-1].startswith("Nothing was cancelled")
    return "\n".join(lines[2:-1])


def test_a_call_that_runs(ray, gate):
    gated = ray.remote(Gated).remote()
    ray.get(gated.ping.remote())
    refs = [gated.wait_for.remote(gate), gated.ping.remote()]
    assert said(ray, refs[0]) == "wait_for() is with its actor, and has not ended."
    assert said(ray, refs[1]) == (
        "ping() is with its actor, where a call made earlier has not ended."
    )
    gate.touch()
    ray.get(refs)


def test_a_task_that_runs(ray, waiting, gate):
    ref = waiting.remote(gate)
    while "runs in a worker" not in said(ray, ref):
        pass
    gate.touch()
    ray.get(ref)


def test_a_task_that_waits_for_an_argument(ray, waiting, gate):
    first = waiting.remote(gate)
    second = waiting.remote(gate, first)
    told = said(ray, second)
    assert told.startswith("waiting() waits for an argument.\nIt comes from the task call in ")
    assert told.endswith("first = waiting.remote(gate)\nIts value is not there yet.")
    gate.touch()
    ray.get(second)


def test_a_task_that_can_never_run(ray, waiting, gate):
    ref = waiting.options(resources={"unheard_of": 1}).remote(gate)
    assert said(ray, ref) == (
        "waiting() waits for a worker: it needs 1 unheard_of, and the session has 0 in all."
    )
    ray.cancel(ref)


def test_a_call_that_waits_for_its_actors_constructor(ray, gate):
    gated = ray.remote(Gated).remote(gate)
    ref = gated.ping.remote()
    while "its __init__ has not returned" not in said(ray, ref):
        pass
    gate.touch()
    assert ray.get(ref) == "pong"


def test_a_call_that_waits_for_an_argument_of_its_actor(ray, waiting, gate):
    needed = waiting.remote(gate)
    gated = ray.remote(Gated).remote(needed)
    ref = gated.ping.remote()
    told = said(ray, ref)
    assert told.startswith("ping() waits for its actor, whose __init__() waits for an argument.\n")
    gate.touch()
    assert ray.get(ref) == "pong"


def test_a_call_that_waits_behind_one_that_waits_for_an_argument(ray, waiting, gate):
    gated = ray.remote(Gated).remote()
    ray.get(gated.ping.remote())
    needed = waiting.remote(gate)
    refs = [gated.ping.remote(needed), gated.ping.remote()]
    assert said(ray, refs[0]).startswith("ping() waits for an argument.\n")
    assert said(ray, refs[1]) == "ping() waits behind a call whose argument is not there yet."
    gate.touch()
    assert ray.get(refs) == ["pong", "pong"]


def test_a_call_that_waits_for_resources_of_its_actor(ray, gate):
    all_cpus = ray.cluster_resources()["CPU"]
    big = ray.remote(Gated).options(num_cpus=all_cpus).remote()
    ray.get(big.ping.remote())
    other = ray.remote(Gated).options(num_cpus=1).remote()
    ref = other.ping.remote()
    assert said(ray, ref) == (
        "ping() waits for its actor.\n"
        f"Gated is PENDING_CREATION: it needs 1 CPU, and of {all_cpus:g} 0 are free."
    )
    ray.kill(big)
    assert ray.get(ref) == "pong"


def test_a_look_without_waiting_asks_nobody(ray, waiting, gate):
    ref = waiting.remote(gate)
    with pytest.raises(ray.exceptions.GetTimeoutError) as caught:
        ray.get(ref, timeout=0)
    assert len(str(caught.value).split("\n")) == 3
    gate.touch()
    ray.get(ref)


class Bank:
    def know(self, other):
        self.other = other

    def pay(self, ray):
        return ray.get(self.other.receive.remote(ray))

    def receive(self, ray):
        return ray.get(self.other.confirm.remote())

    def confirm(self):
        return "confirmed"


def test_two_actors_that_wait_for_each_other(ray):
    one, other = ray.remote(Bank).remote(), ray.remote(Bank).remote()
    ray.get([one.know.remote(other), other.know.remote(one)])
    ref = one.pay.remote(ray)
    while "confirm() of Bank" not in (told := said(ray, ref)):
        pass
    assert told.startswith(
        "pay() is with its actor, and has not ended.\n"
        "It has called receive() of Bank, which has called confirm() of Bank: none of these has "
        "ended.\nIf each waits for the next, that is a deadlock: Bank is to answer"
    )
    ray.kill(one)
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(ref)
    ray.kill(other)
