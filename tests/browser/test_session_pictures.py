"""Timeline and dashboard in a browser, with views made by hand: no notebook, and no kernel."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from raylite._core.common import events as happened
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.ids import ActorID
from raylite._core.common.states import ActorState, TaskState
from raylite.notebook.dashboard.model import TABS, Drawer
from raylite.notebook.live.esm import joined, styles
from raylite.notebook.timeline.calls_model import CallIndex
from raylite.notebook.timeline.layout_model import timeline_view
from raylite.notebook.world.world import World
from tests.browser.accessibility import serious_findings
from tests.notebook.test_dashboard import group, lease, node
from tests.notebook.test_timeline import driver, ended, worker
from tests.notebook.world_events import ACTOR, WORKER, actor_moves

SHOW = """async ([code, view]) => {
    const url = URL.createObjectURL(new Blob([code], {type: "text/javascript"}));
    const {default: picture} = await import(url);
    const heard = {};
    window.sent = [];
    window.model = {
        view,
        get() { return JSON.stringify(this.view); },
        on(name, callback) { heard[name] = callback; },
        off() {},
        send(message) { window.sent.push(message); },
        tell(view) { this.view = view; heard["change:view"](); },
        die() { heard["comm_live_update"](); },
    };
    picture.render({model: window.model, el: document.getElementById("here")});
}"""
CALLS = (
    ended(1, 1.0, 2.0, name="plan"),
    ended(2, 2.0, 4.0, name="build", args_bytes=2_500_000),
    ended(3, 4.0, 5.0, name="test", state=TaskState.FAILED, error_type="ValueError"),
    *(ended(number, 5 + number / 1e6, 5 + (number + 0.1) / 1e6) for number in range(100, 200)),
)


class Picture:
    """A view in an empty page."""

    def __init__(self, page: Page, name: str, view: dict[str, Any], *sheets: str) -> None:
        self.page = page
        css = styles("base.css", *sheets, f"{name}.css")
        page.set_content(f"<title>x</title><style>{css}</style><main id='here'></main>")
        page.evaluate(SHOW, [joined(f"{name}.js"), view])
        self.root: Locator = page.locator(f".raylite-{name}")

    def sent(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("window.sent")
        return found

    def tell(self, view: dict[str, Any]) -> None:
        self.page.evaluate("view => window.model.tell(view)", view)

    def wait_for_message(self, number: int = 1) -> dict[str, Any]:
        self.page.wait_for_function("number => window.sent.length >= number", arg=number)
        return self.sent()[-1]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    yield page
    page.close()
    assert not complaints


def session(*events: happened.Event) -> World:
    world = World()
    world.fold(EventBatch(events=(driver(), worker(), *events)))
    return world


@pytest.fixture
def timeline(page: Page) -> Picture:
    return Picture(page, "timeline", timeline_view(session(*CALLS), CallIndex()).to_dict())


def test_a_timeline_that_had_no_size_while_the_theme_changed_is_drawn_again(
    timeline: Picture,
) -> None:
    page = timeline.page
    width = "() => document.querySelector('.raylite-timeline canvas').width"
    page.wait_for_function(f"({width})() > 100")
    page.evaluate("""async () => {
        const style = document.getElementById("here").style;
        style.display = "none";
        document.body.dataset.jpThemeName = "another";
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        style.display = "";
    }""")
    page.wait_for_timeout(500)
    assert page.evaluate(f"({width})()") > 100


def drawer_of(tab: str) -> Drawer:
    drawer = Drawer(TABS)
    drawer.chosen = tab
    return drawer


def crowd() -> World:
    actors = [
        actor_moves(
            ActorState.ALIVE, 1.0, actor_id=ActorID(f"{number:032x}"), name=f"clerk-{number}"
        )
        for number in range(12)
    ]
    death = actor_moves(ActorState.DEAD, 2.0, why="<script>alert(1)</script>")
    slots = node(CPU=4.0, GPU=1.0), group({"CPU": 2.0}), lease("a", resources={"CPU": 0.5})
    return session(*slots, *actors, death, *CALLS)


@pytest.fixture
def dashboard(page: Page) -> Picture:
    view = drawer_of("actors").view(crowd(), 10.0, is_whole=True)
    return Picture(page, "dashboard", view.to_dict(), "card.css")


def test_calls_are_told_one_by_one_with_the_keyboard(timeline: Picture) -> None:
    timeline.root.locator("canvas").first.focus()
    told = timeline.root.locator(".raylite-told")
    for name in ("plan", "build"):
        timeline.page.keyboard.press(".")
        expect(told).to_contain_text(name)
    expect(told).to_contain_text("took 2.0 s")
    expect(told).to_contain_text("arguments 2.5 MB")
    expect(told).to_contain_text("called by driver")
    timeline.page.keyboard.press(".")
    expect(told).to_contain_text("✕ test: failed (ValueError)")
    timeline.page.keyboard.press(",")
    expect(told).to_contain_text("build")


def test_a_closer_look_asks_the_kernel_for_more(timeline: Picture) -> None:
    timeline.root.get_by_role("button", name="Zoom in").click()
    message = timeline.wait_for_message()
    assert message["do"] == "window"
    first_s, last_s = message["window"]
    assert last_s - first_s < 4
    timeline.root.locator("canvas").first.focus()
    timeline.page.keyboard.press("0")
    assert timeline.wait_for_message(2)["window"] is None


def test_the_mouse_tells_what_is_under_it(timeline: Picture) -> None:
    canvas = timeline.root.locator("canvas").first
    box = canvas.bounding_box()
    assert box is not None
    # The driver's lane is above; five seconds fill the width.
    canvas.hover(position={"x": box["width"] * 0.5, "y": 40})
    expect(timeline.root.locator(".raylite-told")).to_contain_text("build")


def test_a_call_that_was_chosen_stays_so_while_others_come(timeline: Picture) -> None:
    timeline.root.locator("canvas").first.focus()
    timeline.page.keyboard.press(".")
    more = session(*CALLS, ended(500, 6.0, 7.0, name="ship"))
    timeline.tell(timeline_view(more, CallIndex()).to_dict())
    expect(timeline.root.locator("strong")).to_contain_text("104 calls")
    timeline.page.keyboard.press(".")
    expect(timeline.root.locator(".raylite-told")).to_contain_text("build")


def test_it_can_still_be_moved_when_the_kernel_is_gone(timeline: Picture) -> None:
    timeline.page.evaluate("window.model.die()")
    timeline.root.get_by_role("button", name="Zoom in").click()
    timeline.root.locator("canvas").first.focus()
    timeline.page.keyboard.press(".")
    expect(timeline.root.locator(".raylite-told")).not_to_contain_text("Hover")


def test_rows_are_sorted_by_a_button_in_the_head(dashboard: Picture) -> None:
    names = dashboard.root.locator("tbody td:nth-child(3)")
    head = dashboard.root.get_by_role("columnheader", name="Name")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert names.all_inner_texts()[1:4] == ["clerk-0", "clerk-1", "clerk-10"]
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert names.all_inner_texts()[0] == "clerk-9"
    dashboard.page.wait_for_function("window.sent.some(one => one.descending)")
    assert dashboard.sent()[-1]["column"] == "name"


def test_the_filter_stays_while_data_flows(dashboard: Picture) -> None:
    rows = dashboard.root.locator("tbody tr:visible")
    dashboard.root.get_by_role("searchbox").fill("clerk-1")
    expect(rows).to_have_count(3)
    assert dashboard.wait_for_message()["word"] == "clerk-1"
    dashboard.tell(drawer_of("actors").view(crowd(), 11.0).to_dict())
    expect(dashboard.root.locator("strong").first).to_have_text("Session, 11 s old")
    expect(rows).to_have_count(3)


def test_tabs_are_changed_with_the_keyboard(dashboard: Picture) -> None:
    dashboard.root.get_by_role("tab", name="Actors").focus()
    dashboard.page.keyboard.press("ArrowRight")
    expect(dashboard.root.get_by_role("tab", name="Tasks")).to_be_focused()
    assert dashboard.wait_for_message() == {"do": "tab", "tab": "tasks"}
    expect(dashboard.root.locator("caption:visible")).to_have_text("4 functions")
    dashboard.page.keyboard.press("End")
    expect(dashboard.root.get_by_role("tab", name="Log")).to_have_attribute("aria-selected", "true")


def test_an_actor_is_chosen_by_its_class(dashboard: Picture) -> None:
    dashboard.root.get_by_role("button", name="Open the card of Accounting clerk-3").click()
    assert dashboard.wait_for_message() == {"do": "open", "actor": f"{3:032x}"}


def test_slots_say_who_holds_them(dashboard: Picture) -> None:
    dashboard.root.get_by_role("tab", name="Nodes").click()
    cpus = dashboard.root.get_by_role("img", name="CPU: 2.5 of 4 in use")
    expect(cpus.locator(".raylite-slot")).to_have_count(4)
    expect(cpus.locator(".raylite-held-bundle")).to_have_count(2)
    expect(cpus.locator(".raylite-held-task")).to_have_attribute(
        "title", "a worker for tasks, pid 2 (0.5 CPU)"
    )


def test_markup_of_a_users_is_text(dashboard: Picture) -> None:
    assert ACTOR
    assert WORKER
    assert dashboard.page.locator("#here script").count() == 0


@pytest.mark.parametrize("tab", TABS)
def test_the_dashboard_is_accessible(dashboard: Picture, tab: str) -> None:
    dashboard.root.locator(f"[role=tab][id$=-{tab}]").click()
    assert not serious_findings(dashboard.page, "#here")


def test_the_timeline_is_accessible(timeline: Picture) -> None:
    assert not serious_findings(timeline.page, "#here")
