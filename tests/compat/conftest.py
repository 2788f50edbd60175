"""One suite, four engines: ``pytest tests/compat --engine raylite``, or ``--engine ray``.

``inline`` is raylite in one process, ``on_ray`` raylite on Ray, ``ray`` Ray itself. A case takes
the fixture ``ray``, which is one module or the other, and asserts what a program sees: values,
types of errors, the words of messages. Where the two differ on purpose the case is marked
``@different`` and asserts both (see :mod:`tests.compat.cases`).

Ray takes seconds to start, so all cases share a session but those that ask for ``no_session``.
"""

import gc
import importlib
import os
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests import processes
from tests.compat.actors import Gate
from tests.compat.cases import wait_until
from tests.compat.report import ENGINES, Case, Outcome, page, reasons, save, table
from tests.conftest import nothing_left

SHARED: dict[str, Any] = {
    "num_cpus": 4,
    "num_gpus": 4,
    "resources": {"slot": 2},
    "include_dashboard": False,
}
HELD = {"CPU": 4, "GPU": 4, "slot": 2}
HERE = Path(__file__).parent

OUTCOMES = pytest.StashKey[dict[str, Outcome]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("compat", "the same tests on raylite and on Ray")
    group.addoption("--engine", choices=ENGINES, default="raylite", help="what the cases run on")
    group.addoption("--results", metavar="FILE", help="write what became of each case there")
    group.addoption("--write-differences", metavar="FILE", help="write the page for users there")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "different(ray, raylite, why): the engines differ here")
    config.addinivalue_line("markers", "shows(on_ray): whose doing shows where raylite is on Ray")
    config.addinivalue_line("markers", "elsewhere(inline, on_ray): why it cannot hold there")
    config.stash[OUTCOMES] = {}
    if _engine(config) in {"ray", "on_ray"}:
        # What Ray's own code warns of is not ours to answer for.
        config.addinivalue_line("filterwarnings", "ignore")


def _engine(config: pytest.Config) -> str:
    return str(config.getoption("--engine", default="raylite"))


def _case(item: pytest.Item) -> Case:
    mark = item.get_closest_marker("different")
    shows = item.get_closest_marker("shows")
    elsewhere = item.get_closest_marker("elsewhere")
    title = (getattr(item, "module").__doc__ or "").strip().splitlines()[0].rstrip(".")  # noqa: B009  # Item has no module for mypy
    return Case(
        topic=item.path.stem.removeprefix("test_"),
        title=title,
        name=item.name,
        difference=dict(mark.kwargs) if mark else None,
        elsewhere={name: why for name, why in elsewhere.kwargs.items() if why} if elsewhere else {},
        shows_ray=shows is not None and shows.kwargs["on_ray"] == "ray",
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    mine = [item for item in session.items if HERE in item.path.parents]
    session.config.stash[OUTCOMES] = {item.nodeid: Outcome(case=_case(item)) for item in mine}
    target = session.config.getoption("--write-differences", default=None)
    if target:
        cases = [outcome.case for outcome in session.config.stash[OUTCOMES].values()]
        Path(target).write_text(page(cases), encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    outcome = item.config.stash[OUTCOMES].get(item.nodeid)
    if outcome is not None:
        skipped = report.outcome == "skipped" and isinstance(report.longrepr, tuple)
        reason = report.longrepr[2].removeprefix("Skipped: ") if skipped else ""
        outcome.note(report.outcome, report.when, reason)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    outcomes = config.stash[OUTCOMES]
    run = {nodeid: outcome for nodeid, outcome in outcomes.items() if outcome.result}
    target = config.getoption("--results", default=None)
    if target:
        save(Path(target), _engine(config), run)
    if run:
        engine = _engine(config)
        terminalreporter.section(f"compatibility with Ray, seen on {engine}")
        terminalreporter.write_line(table({engine: run}))
        for reason, number in reasons(run).items():
            terminalreporter.write_line(f"left out {number:4}: {reason}")


@pytest.fixture(scope="session")
def runs_on(pytestconfig: pytest.Config) -> str:
    """Which of the engines this run is about."""
    return _engine(pytestconfig)


@pytest.fixture
def engine(runs_on: str, request: pytest.FixtureRequest) -> str:
    """``"raylite"`` or ``"ray"``: whose doing is to be seen."""
    mark = request.node.get_closest_marker("shows")
    if runs_on == "on_ray" and mark is not None:
        return str(mark.kwargs["on_ray"])
    return "ray" if runs_on == "ray" else "raylite"


@pytest.fixture(autouse=True)
def _holds_here(runs_on: str, request: pytest.FixtureRequest) -> None:
    mark = request.node.get_closest_marker("elsewhere")
    why = mark.kwargs.get(runs_on) if mark is not None else ""
    if why:
        pytest.skip(why)


class Sessions:
    """The session that cases share, which begins when a case first asks for it."""

    def __init__(self, ray: ModuleType) -> None:
        self.ray = ray
        self.is_shared = False

    def shared(self) -> ModuleType:
        """The module, with the session that cases share."""
        if not self.is_shared:
            self.ray.shutdown()
            self.ray.init(**SHARED)
            self.is_shared = True
        return self.ray

    def none(self) -> ModuleType:
        """The module, with no session."""
        self.ray.shutdown()
        self.is_shared = False
        return self.ray


@pytest.fixture(scope="package")
def sessions(runs_on: str, mark: str) -> Iterator[Sessions]:
    with pytest.MonkeyPatch.context() as patch:
        # Workers import these files as the driver does.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(HERE.parent.parent), *_python_path()]))
        if runs_on in {"inline", "on_ray"}:
            patch.setenv("RAYLITE_ENGINE", runs_on.removeprefix("on_"))
        made = Sessions(importlib.import_module("ray" if runs_on == "ray" else "raylite"))
        # What was there before is not looked at again each time garbage is collected.
        gc.collect()
        gc.freeze()
        is_ours = runs_on in {"raylite", "inline"}
        with nothing_left(mark) if is_ours else nullcontext():
            yield made
            made.none()
        if not is_ours:
            # Its processes take their time to end, which is not ours to judge.
            with suppress(TimeoutError):
                wait_until(lambda: not processes.marked(mark), 5)
            for process in processes.marked(mark):
                process.kill()
        gc.unfreeze()


def _python_path() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


@pytest.fixture
def ray(sessions: Sessions) -> Iterator[ModuleType]:
    """The engine, in a session with 4 CPUs, 4 GPUs and 2 slots that the cases share."""
    yield sessions.shared()
    if not _is_soon_free(sessions.ray):
        sessions.none()
        pytest.fail("something is still held: an actor or a task of this case has not ended")


@pytest.fixture
def no_session(sessions: Sessions) -> Iterator[ModuleType]:
    """The engine, for a case that begins a session of its own."""
    yield sessions.none()
    sessions.none()


@pytest.fixture
def gate(ray: ModuleType) -> Any:
    """An actor at which others wait until it is opened: see :class:`tests.compat.actors.Gate`."""
    return ray.remote(Gate).options(num_cpus=0).remote()


def _is_soon_free(ray: ModuleType) -> bool:
    if not ray.is_initialized():
        return False
    # An exception that was caught holds the frames it came through, in a circle.
    gc.collect()
    try:
        wait_until(lambda: HELD.items() <= ray.available_resources().items())
    except TimeoutError:
        return False
    return True
