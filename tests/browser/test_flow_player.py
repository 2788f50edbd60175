"""The player of a flow in Chromium, on a bare page: no kernel, no notebook."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from raylite._core.common.event_batch import EventBatch
from raylite.notebook.flow.calls_model import CallPick, Wanted
from raylite.notebook.flow.creation_model import creation_view
from raylite.notebook.flow.model import MAX_ARROWS, FlowView, How, Token
from raylite.notebook.flow.submission_model import MOST_CALLS, submission_view
from raylite.notebook.live.esm import joined, styles
from tests.notebook.flow_events import call, creation, world_of
from tests.notebook.world_events import ACTOR, registered

PAGE = """<!doctype html><meta charset="utf-8"><title>Flow</title><body><div id="here"></div>"""
START = """async ([script, style, view]) => {
    document.head.append(Object.assign(document.createElement("style"), {textContent: style}));
    const url = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
    const picture = (await import(url)).default;
    const heard = new Set();
    window.model = {
        view, slot: "",
        get(name) { return name === "view" ? JSON.stringify(this.view) : this[name]; },
        on(name, act) { if (name === "change:view") heard.add(act); },
        off(name, act) { heard.delete(act); },
        send() {},
        take(next) { this.view = next; heard.forEach((act) => act()); },
    };
    picture.render({model: window.model, el: document.getElementById("here")});
}"""


def told(flow: FlowView) -> dict[str, Any]:
    return {**json.loads(json.dumps(flow.to_dict())), "trouble": ""}


def creation_flow(num_calls: int = 3) -> FlowView:
    world = world_of(*creation(num_calls))
    return creation_view(world, world.actors[ACTOR])


def long_flow(calls: int = MOST_CALLS) -> FlowView:
    events = [call(number, 1 + number / 100) for number in range(calls)]
    world = world_of(registered(), *events)
    return submission_view(world, CallPick(Wanted(), MOST_CALLS))


class Shown:
    """A flow on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def show(self, flow: FlowView) -> None:
        style = styles("base.css", "flow.css")
        self.page.evaluate(START, [joined("flow.js"), style, told(flow)])
        self.page.locator(".raylite-flow-pane").wait_for()

    def take(self, flow: FlowView) -> None:
        self.page.evaluate("(view) => window.model.take(view)", told(flow))

    def press(self, *keys: str) -> None:
        self.page.locator(".raylite-flow-pane").focus()
        for key in keys:
            self.page.keyboard.press(key)

    def see(self, name: str) -> Locator:
        return self.page.locator(f".raylite-flow-{name}")

    def wait_for_count(self, text: str) -> None:
        self.see("count").get_by_text(text, exact=True).wait_for()

    def arrows(self) -> int:
        """How many can be seen."""
        return int(
            self.page.evaluate(
                """() => [...document.querySelectorAll(".raylite-flow-arrow")]
                    .filter((one) => getComputedStyle(one).visibility === "visible").length"""
            )
        )


@pytest.fixture
def shown(chromium: Browser) -> Iterator[Shown]:
    page = chromium.new_page(viewport={"width": 1000, "height": 900})
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_content(PAGE)
    yield Shown(page)
    page.close()
    assert not said


def test_at_first_all_of_it_is_there(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.wait_for_count(f"{len(flow.steps)} / {len(flow.steps)}")
    assert shown.arrows() == len(flow.arrows)


def test_the_arrow_keys_go_from_step_to_step_and_say_each(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.press("Home")
    shown.wait_for_count(f"0 / {len(flow.steps)}")
    assert shown.arrows() == 0
    for step in flow.steps[:4]:
        shown.press("ArrowRight")
        shown.see("sentence").get_by_text(step.text, exact=True).wait_for()
    shown.press("ArrowLeft")
    shown.wait_for_count(f"3 / {len(flow.steps)}")
    voice = shown.page.locator(".raylite-voice")
    assert flow.steps[2].text in (voice.text_content() or "")


def test_home_and_end_and_space_work_from_every_part_of_the_player(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.see("range").focus()
    shown.page.keyboard.press("Home")
    shown.wait_for_count(f"0 / {len(flow.steps)}")
    shown.page.keyboard.press("Space")
    shown.page.get_by_role("button", name="Pause").wait_for()
    shown.page.keyboard.press("Space")
    shown.page.get_by_role("button", name="Play").wait_for()
    shown.page.keyboard.press("End")
    shown.wait_for_count(f"{len(flow.steps)} / {len(flow.steps)}")


def test_it_plays_from_the_beginning_to_the_end_and_stops(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.page.get_by_label("Speed").select_option("real speed")
    shown.page.get_by_role("button", name="Play").click()
    shown.page.get_by_role("button", name="Pause").wait_for()
    shown.page.get_by_role("button", name="Play").wait_for()
    shown.wait_for_count(f"{len(flow.steps)} / {len(flow.steps)}")


def test_plus_and_minus_change_the_speed(shown: Shown) -> None:
    shown.show(creation_flow())
    speed = shown.page.get_by_label("Speed")
    shown.press("+", "+")
    assert speed.input_value() == "1/100 of the speed"
    shown.press("-", "-", "-")
    assert speed.input_value() == "one step a second"


def test_the_slider_goes_anywhere(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.see("range").fill("500")
    half = [step for step in flow.steps if step.y <= flow.height / 2]
    shown.wait_for_count(f"{len(half)} / {len(flow.steps)}")


def test_a_part_leads_to_its_first_step(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.page.get_by_role("button", name="Buffering").click()
    shown.wait_for_count(f"{flow.phases[2].first} / {len(flow.steps)}")


def test_an_arrow_under_the_mouse_or_with_the_focus_says_what_it_is(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.press("Home", "ArrowRight")
    arrow = shown.see("arrow").first
    arrow.focus()
    expect(shown.see("hint")).to_have_text(flow.arrows[0].said)
    shown.see("pane").focus()
    expect(shown.see("hint")).to_contain_text("Keys:")
    shown.press("End")
    shown.see("arrow").first.dispatch_event("mouseenter")
    expect(shown.see("hint")).to_have_text(flow.arrows[0].said)


def test_calls_stand_in_the_queue_until_they_are_sent(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    buffered = next(step for step in flow.steps if "submits" in step.text)
    shown.press("Home", *["ArrowRight"] * buffered.number)
    shown.wait_for_count(f"{buffered.number} / {len(flow.steps)}")
    seen = """() => [...document.querySelectorAll(".raylite-token")]
        .filter((one) => one.style.display !== "none").length"""
    assert shown.page.evaluate(seen) == 3
    assert shown.page.get_by_text("3 calls buffered", exact=True).is_visible()
    shown.press("End")
    assert shown.page.evaluate(seen) == 0


def test_new_events_are_added_without_a_jump(shown: Shown) -> None:
    before, after = long_flow(20), long_flow(40)
    shown.show(before)
    shown.press("Home", *["ArrowRight"] * 30)
    shown.wait_for_count(f"30 / {len(before.steps)}")
    top = shown.see("pane").evaluate("(pane) => pane.scrollTop")
    shown.take(after)
    shown.wait_for_count(f"30 / {len(after.steps)}")
    assert shown.see("pane").evaluate("(pane) => pane.scrollTop") == top
    shown.see("sentence").get_by_text(after.steps[29].text, exact=True).wait_for()


def test_at_its_end_it_follows_what_is_new(shown: Shown) -> None:
    shown.show(long_flow(5))
    after = long_flow(8)
    shown.take(after)
    shown.wait_for_count(f"{len(after.steps)} / {len(after.steps)}")
    assert shown.arrows() == len(after.arrows)


def test_while_it_plays_no_element_is_made_or_taken_away(shown: Shown) -> None:
    flow = long_flow()
    assert len(flow.arrows) == MAX_ARROWS
    shown.show(flow)
    shown.page.evaluate(
        """() => {
            window.made = 0;
            const count = (records) => { window.made += records
                .filter(({target}) => target instanceof SVGElement && target.tagName !== "text")
                .length; };
            new MutationObserver(count)
                .observe(document.querySelector(".raylite-flow-pane"),
                         {childList: true, subtree: true});
        }"""
    )
    shown.page.get_by_label("Speed").select_option("real speed")
    shown.press("Home", "Space")
    shown.page.wait_for_function(
        "() => parseInt(document.querySelector('.raylite-flow-count').textContent) > 100"
    )
    shown.press("Space")
    assert shown.page.evaluate("window.made") == 0


def test_with_less_movement_it_goes_from_step_to_step(shown: Shown) -> None:
    flow = creation_flow()
    shown.page.emulate_media(reduced_motion="reduce")
    shown.show(flow)
    ends = [*(step.y for step in flow.steps[1:]), flow.height]
    # A step is shown when all of it is there: a pixel before the next one begins.
    rests = {max(step.y, end - 1) for step, end in zip(flow.steps, ends, strict=True)}
    shown.page.evaluate(
        """() => {
            window.places = [];
            const cover = document.querySelector(".raylite-flow-cover");
            new MutationObserver(() => window.places.push(cover.style.transform))
                .observe(cover, {attributes: true});
        }"""
    )
    shown.page.get_by_label("Speed").select_option("1/10 of the speed")
    shown.press("Home", "Space")
    shown.page.get_by_role("button", name="Pause").wait_for()
    shown.page.get_by_role("button", name="Play").wait_for()
    places = shown.page.evaluate("window.places")
    found = {float(place.removeprefix("translateY(").removesuffix("px)")) for place in places}
    scale = shown.see("body").evaluate("(body) => body.clientWidth") / flow.width
    stops = [y * scale for y in (0.0, *rests, flow.height)]
    assert len(found) > len(flow.steps) / 2
    assert all(any(abs(place - stop) <= 0.5 for stop in stops) for place in found)


BARS = """() => [...document.querySelectorAll(".raylite-flow-below rect.raylite-flow-bar")]
    .map((one) => one.getBoundingClientRect())
    .map(({top, bottom}) => [top, bottom])"""
COVER = """() => document.querySelector(".raylite-flow-cover").getBoundingClientRect().top"""


def test_the_cover_hides_what_is_later_and_nothing_at_the_end(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.press("Home")
    shown.wait_for_count(f"0 / {len(flow.steps)}")
    bars = shown.page.evaluate(BARS)
    assert len(bars) == len(flow.bars) > 0
    assert all(top >= shown.page.evaluate(COVER) for top, _ in bars)
    shown.press("End")
    shown.wait_for_count(f"{len(flow.steps)} / {len(flow.steps)}")
    assert all(bottom <= shown.page.evaluate(COVER) for _, bottom in shown.page.evaluate(BARS))


def test_the_arrow_of_the_present_step_is_bold(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    first = flow.arrows[0]
    shown.press("Home", *["ArrowRight"] * first.number)
    bold = shown.page.locator(".raylite-stressed")
    assert bold.count() == 1
    shown.press("Home")
    assert bold.count() == 0
    shown.press("End")
    shown.see("arrow").first.dispatch_event("mouseenter")
    assert shown.page.locator(".raylite-flow-below g.raylite-stressed").count() >= 1
    width = "(one) => getComputedStyle(one).strokeWidth"
    assert shown.page.locator(".raylite-stressed line").first.evaluate(width) == "3.5px"


@pytest.mark.parametrize(("moving", "most"), [(10, 10), (100, 20)])
def test_a_crowd_that_moves_leaves_out_those_that_others_cover(
    shown: Shown, moving: int, most: int
) -> None:
    flow = long_flow(20)
    tokens = tuple(
        Token(
            key=str(number),
            label=str(number),
            said=f"Call {number}",
            stops=((0.0, 0.0, 200.0, How.WAITS), (float(number), 800.0 + number, 900.0, How.MOVES)),
        )
        for number in range(moving)
    )
    shown.show(replace(flow, tokens=tokens))
    shown.see("range").fill(str(round(400 / flow.height * 1000)))
    seen = shown.page.locator(".raylite-token.raylite-moves:visible")
    if most == moving:
        expect(seen).to_have_count(moving)
    else:
        shown.press("ArrowRight", "ArrowLeft")
        assert 5 <= seen.count() <= most


def test_what_a_user_typed_is_never_markup(shown: Shown) -> None:
    name = "<img src=x onerror=\"document.body.dataset.harmed='yes'\">"
    world = world_of(registered(class_name=name, name=name), *creation()[:2])
    world.fold(EventBatch(events=tuple(call(n, 2.0, name=f"{name}.{name}") for n in range(2))))
    shown.show(creation_view(world, world.actors[ACTOR]))
    shown.page.get_by_text("Step by step, as a table").click()
    assert shown.page.evaluate("document.body.dataset.harmed") is None
    assert shown.page.locator("img").count() == 0


def test_the_table_has_every_step(shown: Shown) -> None:
    flow = creation_flow()
    shown.show(flow)
    shown.page.get_by_text("Step by step, as a table").click()
    rows = shown.page.locator(".raylite-flow tbody tr")
    rows.first.wait_for()
    assert rows.count() == len(flow.steps)
    assert shown.page.locator(".raylite-flow caption").inner_text().endswith("step by step")


def test_a_flow_without_steps_is_a_sentence(shown: Shown) -> None:
    world = world_of(registered())
    flow = submission_view(world, CallPick(Wanted(), 10))
    shown.page.evaluate(START, [joined("flow.js"), styles("base.css", "flow.css"), told(flow)])
    shown.page.get_by_text("No call was made so far.").wait_for()
    assert not shown.see("pane").is_visible()
