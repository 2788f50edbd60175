"""One suite for every engine: the session that the tests of a module share.

A test leaves nothing behind: when it is over, its actors have ended and all resources are free.
That is looked at after each test, so that whoever keeps a handle too long is found out.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import raylite
from raylite import _engine
from tests.cancelling import Begun, cancellable_tasks
from tests.conftest import nothing_left
from tests.processes import wait_until
from tests.seen_output import Seen

ENGINES: dict[str, dict[str, Any]] = {"local": {}}
"""What ``init`` is told, for each engine that the suite runs on."""

PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    if call.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def begin(engine: str) -> None:
    raylite.init(num_cpus=4, num_gpus=1, resources={"slot": 2}, **ENGINES[engine])


@pytest.fixture(scope="module")
def shared_session(mark: str, engine: str) -> Iterator[ModuleType]:
    # What was there before is not looked at again each time garbage is collected.
    gc.collect()
    gc.freeze()
    with nothing_left(mark):
        begin(engine)
        try:
            yield raylite
        finally:
            raylite.shutdown()
            gc.unfreeze()


@pytest.fixture
def ray(
    shared_session: ModuleType, engine: str, request: pytest.FixtureRequest
) -> Iterator[ModuleType]:
    """raylite, in a session with 4 CPUs, 1 GPU and 2 slots that the module's tests share."""
    yield shared_session
    left = [] if request.node.stash.get(PASSED, False) and is_soon_free() else what_is_held()
    if left:
        # What went wrong here is not to trouble the tests that follow.
        raylite.shutdown()
        begin(engine)
    assert not left or not request.node.stash.get(PASSED, False), f"still held: {left}"


def is_soon_free() -> bool:
    # An exception that was caught holds the frames it came through, in a circle.
    gc.collect()
    try:
        wait_until(lambda: not what_is_held())
    except TimeoutError:
        return False
    return True


def what_is_held() -> list[str]:
    held = [
        f"{actor['class_name']} is {actor['state']}"
        for actor in _engine.current().state("actors")
        if actor["state"] != "DEAD" and not actor["is_detached"]
    ]
    free, total = raylite.available_resources(), raylite.cluster_resources()
    return held if free == total else [*held, f"only {free} of {total} is free"]


@pytest.fixture
def tasks(ray: ModuleType) -> SimpleNamespace:
    """Remote functions that are there to be called off."""
    return cancellable_tasks(ray)


@pytest.fixture
def begun(tmp_path: Path) -> Begun:
    """Where they say that they have begun."""
    return Begun(tmp_path)


@pytest.fixture
def seen(ray: ModuleType) -> Iterator[Seen]:
    """What workers print during the test, instead of showing it."""
    engine: Any = _engine.current()
    found, before = Seen(), engine.output.show
    engine.show_output_with(found.messages.append, lambda: None)
    yield found
    engine.output.show, engine.output.when_fetched = before, None
    engine.origin = 0
