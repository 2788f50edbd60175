"""``show_timeline``, ``dashboard`` and ``watch`` in a real kernel, and without one."""

import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from raylite._saved_events import load_events, save_events
from raylite.notebook.dashboard.dashboard import Dashboard, dashboard
from raylite.notebook.dashboard.report import report
from raylite.notebook.dashboard.watch_actor import watch_actor
from raylite.notebook.magics.actor_finder import UnknownActorError
from raylite.notebook.timeline.view import Timeline, show_timeline
from tests.notebook.conftest import RunNotebook
from tests.processes import wait_until

pytestmark = pytest.mark.slow

SETUP = """
import raylite as ray
from raylite.notebook.dashboard.dashboard import dashboard
from raylite.notebook.dashboard.report import report
from raylite.notebook.timeline.view import show_timeline
from raylite.notebook.dashboard.watch_actor import watch_actor

ray.init(num_cpus=2)

@ray.remote
class Till:
    def sell(self, pieces):
        return pieces

till = Till.options(name="north").remote()
_ = ray.get(till.sell.remote(1))
"""


class Till:
    """An actor without methods."""


def outputs(cell: Any) -> list[dict[str, str]]:
    return [output["data"] for output in cell.outputs if "data" in output]


def test_each_is_shown_once_and_becomes_html(run_notebook: RunNotebook) -> None:
    cells = run_notebook(
        SETUP,
        "dashboard()\nray.get([till.sell.remote(2) for _ in range(50)])\nNone",
        "shown = dashboard()\nshown",
        "show_timeline()",
        "watch_actor(till)",
        "watch_actor('north', till)",
        "ray.shutdown()",
    )
    assert not [output for cell in cells for output in cell.outputs if output.get("ename")]
    assert [len(outputs(cell)) for cell in cells] == [0, 1, 1, 1, 1, 1, 0]
    first, _, timeline, card, table = (outputs(cell)[0] for cell in cells[1:6])
    assert "1 actor alive of 1" in first["text/html"]
    assert "51 calls ended" in first["text/plain"]
    assert "Till" in card["text/html"]
    assert "north" in table["text/html"]
    assert "data:image/svg+xml" in timeline["text/html"]
    assert re.search(r"51 calls on \d workers?", timeline["text/plain"])


def test_a_timeline_is_a_picture_and_a_figure(ray: ModuleType) -> None:
    @ray.remote
    def add(a: int, b: int) -> int:
        return a + b

    ray.get([add.remote(1, 2) for _ in range(5)])
    timeline = show_timeline()
    assert isinstance(timeline, Timeline)
    wait_until(lambda: timeline.newest().num_calls == 5)
    assert timeline.svg().startswith("<svg")
    assert timeline.figure().axes
    assert "5 calls" in timeline.newest().title


def test_a_part_of_a_timeline_can_be_asked_for(ray: ModuleType) -> None:
    assert show_timeline(0, 0.5).newest().window == (0, 0.5)
    with pytest.raises(ValueError, match="end before it begins"):
        show_timeline(3, 2)
    with pytest.raises(TypeError, match="seconds since init"):
        show_timeline(start="now")  # type: ignore[arg-type]  # the mistake itself


def test_a_browser_may_say_anything(ray: ModuleType) -> None:
    timeline, shown = show_timeline(), dashboard()
    assert isinstance(shown, Dashboard)
    first, last = timeline.newest().window
    window = (first + (last - first) / 4, first + (last - first) / 2)
    for message in (
        {},
        {"do": "window", "window": [1, 2, 3]},
        {"do": "window", "window": list(window)},
        {"do": "tab", "tab": "nowhere"},
        {"do": "tab", "tab": "nodes"},
        {"do": "ask", "table": "nowhere"},
        {"do": "ask", "table": "actors", "word": 3},
        {"do": "open", "actor": "nobody"},
        {"do": "open", "actor": ""},
    ):
        timeline.on_message(message)
        shown.on_message(message)
    assert timeline.newest().window == window
    assert shown.view["chosen"] == "nodes"
    assert not shown.view["tables"]


def test_all_objects_are_asked_for_when_somebody_wants_to_see_them(ray: ModuleType) -> None:
    kept = ray.put("small")
    shown = dashboard()
    shown.on_message({"do": "tab", "tab": "objects"})
    assert shown.view["tables"]["objects"]["total"] == 0
    shown.on_message({"do": "objects"})
    wait_until(lambda: shown.view["tables"]["objects"]["total"] > 0)
    assert kept.hex() in str(shown.view["tables"]["objects"]["rows"])


def test_the_card_of_an_actor_is_part_of_the_dashboard(ray: ModuleType) -> None:
    till = ray.remote(Till).remote()
    ray.get(till.__ray_ready__.remote())
    shown = dashboard()
    wait_until(lambda: shown.newest().tables["actors"].total == 1)
    shown.on_message({"do": "open", "actor": till._actor_id.hex()})
    assert shown.view["card"]["title"] == "Till"
    shown.on_message({"press": "Kill"})
    with pytest.raises(ray.exceptions.ActorDiedError):
        ray.get(till.__ray_ready__.remote())


def test_another_table_may_be_the_one_that_is_open_at_first(ray: ModuleType) -> None:
    assert "<details open><summary>Nodes" in dashboard("nodes").static_bundle()["text/html"]
    assert "<details open><summary>Actors" in dashboard().static_bundle()["text/html"]
    with pytest.raises(ValueError, match=r"'node'.*no such tab.*nodes"):
        ray.dashboard(tab="node")


def test_several_actors_or_all_are_a_table(ray: ModuleType) -> None:
    tills = [ray.remote(Till).options(name=name).remote() for name in ("north", "south")]
    ray.get([till.__ray_ready__.remote() for till in tills])
    assert repr(watch_actor(tills[0], "south")).startswith("2 actors\n")
    assert "north" in repr(watch_actor())
    assert repr(watch_actor("north")).startswith("● Till “north”")


def test_who_is_no_actor_cannot_be_watched(ray: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"it got 3 of type int. Write watch\(counter\)"):
        watch_actor(3)  # type: ignore[arg-type]  # the mistake itself
    with pytest.raises(UnknownActorError):
        watch_actor("nobody")


def test_without_a_session_a_sentence_says_so() -> None:
    for function in (show_timeline, dashboard, watch_actor):
        with pytest.raises(RuntimeError, match=r"There is no session, so there is no .*init\(\)"):
            function()


def test_what_was_made_before_the_end_is_shown_after_it(ray: ModuleType) -> None:
    @ray.remote
    def add(a: int, b: int) -> int:
        return a + b

    ray.get(add.remote(1, 2))
    timeline, shown = show_timeline(), dashboard()
    wait_until(lambda: timeline.newest().num_calls == 1)
    timeline.refresh()
    ray.shutdown()
    assert "1 call" in repr(timeline)
    assert timeline.svg()
    assert "CPUs" in shown.static_bundle()["text/html"]


def test_saved_events_are_shown_without_a_session(tmp_path: Path, ray: ModuleType) -> None:
    @ray.remote
    def add(a: int, b: int) -> int:
        return a + b

    ray.get([add.remote(1, 2) for _ in range(7)])
    save_events(tmp_path / "events.jsonl")
    ray.shutdown()
    saved = load_events(tmp_path / "events.jsonl")
    assert "7 calls" in repr(show_timeline(events=saved))
    assert "7 calls ended" in repr(dashboard(events=saved))
    with pytest.raises(TypeError, match="load_events"):
        dashboard(events=[1, 2])


def test_a_report_is_one_page_that_needs_nothing_else(tmp_path: Path, ray: ModuleType) -> None:
    till = ray.remote(Till).options(name="<script>").remote()
    ray.get(till.__ray_ready__.remote())
    shown = dashboard()
    wait_until(lambda: shown.newest().tables["actors"].total == 1)
    report(tmp_path / "session.html")
    page = (tmp_path / "session.html").read_text("utf-8")
    assert "How Till “&lt;script&gt;” was created" in page
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=[\"'](?!data:)", page)
    with pytest.raises(TypeError, match="name of a file"):
        report(3)


def test_without_a_session_there_is_nothing_to_report(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="There is no session"):
        report(tmp_path / "session.html")
    assert not (tmp_path / "session.html").exists()
