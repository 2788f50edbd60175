# mypy: disable-error-code="attr-defined"
"""Creation and submission as real sessions tell them: the order of things, and the words."""

import pytest

from raylite import _engine, exceptions
from raylite.notebook.flow.calls_model import CallPick, Wanted
from raylite.notebook.flow.creation_model import creation_view
from raylite.notebook.flow.flow import newest_world
from raylite.notebook.flow.html import flow_html, flow_text
from raylite.notebook.flow.model import FlowView
from raylite.notebook.flow.submission_model import submission_view

ORDINARY = [
    *("RegisterActor", "ActorDependenciesReady", "RequestWorkerLease", "ActorWorkerLeased"),
    *("CreateActor", "CreationFinished", "ActorUpdate"),
]


def everything_known():
    """The world, after every process has told of its calls."""
    engine = _engine.get_or_none()
    assert engine is not None
    engine.report("calls")
    world = newest_world()
    assert world is not None
    return world


def creation_of(handle) -> FlowView:
    world = everything_known()
    return creation_view(world, world.actors[handle._ray_actor_id])


def submission_of(handle) -> FlowView:
    wanted = Wanted(actor_ids=frozenset({handle._ray_actor_id}))
    return submission_view(everything_known(), CallPick(wanted, 50))


def labels(flow: FlowView) -> list[str]:
    return [arrow.label for arrow in flow.arrows]


def place(flow: FlowView, words: str) -> int:
    """The number of the first step that says so."""
    found = [step.number for step in flow.steps if words in step.text]
    assert found, f"no step says {words!r}:\n{flow_text(flow)}"
    return found[0]


def assert_order(flow: FlowView, *words: str) -> None:
    places = [place(flow, one) for one in words]
    assert places == sorted(places), flow_text(flow)


@pytest.fixture
def accounting(ray):
    @ray.remote
    class Accounting:
        def __init__(self, total=0):
            self.total = total

        def add(self, amount):
            self.total += amount
            return self.total

        def remove(self, amount):
            self.total -= amount
            return self.total

    return Accounting


@pytest.fixture
def gate(ray):
    """An actor whose ``wait`` returns when it is opened."""

    @ray.remote
    class Gate:
        def __init__(self):
            import asyncio

            self.is_open = asyncio.Event()

        async def wait(self):
            await self.is_open.wait()
            return 5

        async def open(self):
            self.is_open.set()

    return Gate.remote()


def test_an_ordinary_actor_is_registered_without_waiting(ray, accounting) -> None:
    acc = accounting.remote()
    ray.get([acc.add.remote(1), acc.add.remote(2)])
    flow = creation_of(acc)
    assert "registered asynchronously" in flow.subtitle
    assert "goes on at once" in flow.steps[0].text
    assert not [bar for bar in flow.bars if bar.kind == "blocked"]
    found = [label for label in labels(flow) if label in ORDINARY]
    assert list(dict.fromkeys(found)) != []
    for kind in ORDINARY:
        assert kind in found


def test_the_four_steps_come_one_after_the_other(ray, accounting) -> None:
    acc = accounting.remote()
    ray.get([acc.add.remote(1), acc.add.remote(2)])
    flow = creation_of(acc)
    assert_order(
        flow,
        "registers the actor",
        "to the GCS, which keeps them",
        "asks a raylet for a worker",
        "The raylet grants",
        "sends the worker with pid",
        "__init__ has returned",
        "The actor is ALIVE",
        "tells the driver that the actor is ALIVE",
        "straight to the actor",
        "The worker runs",
    )
    assert [part.title for part in flow.phases] == [
        "Registration",
        "Scheduling",
        "Buffering",
        "Notification",
    ]
    assert all(part.first for part in flow.phases)


def test_calls_that_come_too_early_wait_and_are_sent_together(ray, accounting, gate) -> None:
    acc = accounting.remote(gate.wait.remote())
    refs = [acc.add.remote(number) for number in range(3)]
    ray.get(gate.open.remote())
    assert ray.get(refs) == [5, 6, 8]
    flow = creation_of(acc)
    assert "3 calls" in labels(flow)
    assert len(flow.tokens) == 3
    waits = next(bar for bar in flow.bars if bar.kind == "waiting")
    assert waits.label == "3 calls wait"
    assert_order(flow, "registers the actor", "submits", "The actor is PENDING_CREATION")
    assert_order(flow, "The actor is ALIVE", "sends the 3 calls that waited")
    assert flow.phases[2].text.startswith("3 calls were made before")


def test_a_detached_actor_has_its_creator_wait_for_the_answer(ray, accounting) -> None:
    bank = accounting.options(name="bank", lifetime="detached").remote()
    ray.get(bank.add.remote(1))
    flow = creation_of(bank)
    ray.kill(bank)
    assert "detached actor" in flow.subtitle
    assert "registered synchronously" in flow.subtitle
    assert "waits for the answer" in flow.steps[0].text
    (bar,) = [bar for bar in flow.bars if bar.kind == "blocked"]
    assert bar.x == flow.lanes[0].x
    assert_order(flow, "registers the actor", "the name is free", "to the GCS, which keeps them")
    assert flow.lanes[0].detail.startswith("creator")


def test_a_constructor_that_raises_is_told_to_the_end(ray) -> None:
    @ray.remote
    class Broken:
        def __init__(self):
            raise ValueError("no <b>money</b>")

        def add(self):
            return 1

    broken = Broken.remote()
    with pytest.raises(exceptions.ActorDiedError):
        ray.get(broken.add.remote())
    flow = creation_of(broken)
    assert "never ALIVE: DEAD" in flow.subtitle
    failed = next(arrow for arrow in flow.arrows if arrow.label == "CreationFailed")
    assert failed.kind == "bad"
    assert [mark.text for mark in flow.marks][-1] == "DEAD"
    assert_order(flow, "__init__ has raised", "The actor is DEAD: its __init__ raised ValueError")
    assert "It came to nothing" in flow.phases[1].text
    assert "no <b>money" not in flow_html(flow)


def test_an_actor_that_finds_no_place_says_how_long_it_has_waited(ray) -> None:
    @ray.remote(num_cpus=2)
    class Large:
        def ready(self):
            return True

    first, second = Large.remote(), Large.remote()
    ray.get(first.ready.remote())
    flow = creation_of(second)
    assert "never ALIVE: PENDING_CREATION" in flow.subtitle
    assert "no raylet has had a worker with 2 CPU to give" in flow.steps[-1].text
    assert "ActorWorkerLeased" not in labels(flow)


def test_a_restart_is_the_same_once_more(ray) -> None:
    @ray.remote(max_restarts=1, max_task_retries=-1)
    class Guard:
        def ready(self):
            return True

    guard = Guard.remote()
    ray.get(guard.ready.remote())
    ray.kill(guard, no_restart=False)
    ray.get(guard.ready.remote())
    flow = creation_of(guard)
    assert [mark.text for mark in flow.marks].count("ALIVE") == 2
    assert "1 restart" in flow.subtitle
    assert_order(flow, "has ended", "The actor is RESTARTING")
    assert labels(flow).count("CreateActor") == 2


def test_a_held_call_is_overtaken_by_another_submitters(ray, accounting, gate) -> None:
    @ray.remote
    def helper(handle):
        return ray.get(handle.add.remote(100))

    acc = accounting.remote()
    assert ray.get(acc.add.remote(1)) == 1
    held = [acc.add.remote(gate.wait.remote()), acc.remove.remote(2)]
    assert ray.get(helper.remote(acc)) == 101
    ray.get(gate.open.remote())
    assert ray.get(held) == [106, 104]
    flow = submission_of(acc)
    assert_order(
        flow,
        "as call 2; an argument has no value yet",
        "as call 3; a call before it is held up",
        "as call 4",
        "It overtakes call 2 of the driver",
        "The argument has its value",
        "the driver sends call 3",
    )
    waited = [bar.kind for bar in flow.bars if bar.x <= flow.lanes[0].x]
    assert waited[-2:] == ["held", "waiting"]
    assert [lane.title for lane in flow.lanes] == ["driver", "worker", "mailbox", "Accounting"]
    assert [label for label in labels(flow) if label.startswith("reply")] == [
        "reply to 1",
        "reply to 4",
        "reply to 2",
        "reply to 3",
    ]


def test_a_call_that_raises_is_an_error_on_its_way_back(ray, accounting) -> None:
    acc = accounting.remote()
    with pytest.raises(TypeError):
        ray.get(acc.add.remote("one"))
    flow = submission_of(acc)
    error = next(arrow for arrow in flow.arrows if arrow.label == "error of 1")
    assert error.kind == "bad"
    assert "ray.get of call 1 raises" in flow.steps[-1].text
    assert "1 failed" in flow.subtitle


def test_a_large_argument_is_a_number_and_takes_no_room(ray, accounting) -> None:
    acc = accounting.remote()
    ray.wait([acc.add.remote(b"x" * 10_000_000)])
    flow = submission_of(acc)
    assert len(flow_html(flow)) < 60_000
    assert len(flow.arrows) == 2
