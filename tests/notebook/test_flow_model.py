"""Flows of any session, however unlikely: in order, bounded, and drawable in every form."""

import json
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common.event_batch import EventBatch
from raylite._core.common.ids import WorkerID
from raylite._core.common.states import ActorState
from raylite.notebook.flow.axis_model import AxisPlan
from raylite.notebook.flow.builder_model import FlowBuilder, Stay
from raylite.notebook.flow.calls_model import CallPick, Wanted
from raylite.notebook.flow.creation_model import creation_view
from raylite.notebook.flow.html import flow_html, flow_text
from raylite.notebook.flow.model import MAX_ARROWS, QUEUE_SLOTS, WIDTH, FlowView, How
from raylite.notebook.flow.submission_facts_model import in_order_of_replies
from raylite.notebook.flow.submission_model import MOST_CALLS, submission_view
from raylite.notebook.flow.svg import MOST_STEPS, flow_svg
from raylite.notebook.flow.tokens_model import Visit, stops_of
from raylite.notebook.world.world import World
from tests.notebook.flow_events import call, creation, world_of
from tests.notebook.world_events import ACTOR, BATCHES, WORKER, actor_moves, registered

EVER = Wanted()
MOMENTS = st.lists(st.tuples(st.floats(0, 1e6, allow_nan=False), st.floats(0, 50)), max_size=40)


def flows_of(world: World) -> list[FlowView]:
    creations = [creation_view(world, actor) for actor in world.actors.values()]
    return [*creations, submission_view(world, CallPick(EVER, MOST_CALLS))]


def assert_is_in_order(flow: FlowView) -> None:
    heights = [step.y for step in flow.steps]
    assert heights == sorted(heights)
    assert [step.number for step in flow.steps] == list(range(1, len(heights) + 1))
    assert all(step.text.endswith(".") for step in flow.steps)
    assert [y for y, _ in flow.knots] == sorted({y for y, _ in flow.knots})
    assert [seconds for _, seconds in flow.knots] == sorted(seconds for _, seconds in flow.knots)
    lanes = {lane.x for lane in flow.lanes}
    for arrow in flow.arrows:
        assert {arrow.x0, arrow.x1} <= lanes
        assert arrow.y0 <= arrow.y1 <= flow.height
        assert 0 < arrow.number <= len(flow.steps)
    for bar in flow.bars:
        assert bar.y0 <= bar.y1 <= flow.height
        assert 0 < bar.x < WIDTH
    for token in flow.tokens:
        assert [stop[0] for stop in token.stops] == sorted(stop[0] for stop in token.stops)
        assert all(begin <= until for begin, until, *_ in token.stops)
        assert all(0 < x < WIDTH for _, _, x, how in token.stops if how is not How.UNSEEN)


@given(BATCHES)
def test_any_session_gives_flows_that_are_in_order_and_bounded(batches) -> None:
    world = World()
    for events in batches:
        world.fold(EventBatch(events=events))
    for flow in flows_of(world):
        assert_is_in_order(flow)
        assert len(flow.arrows) <= MAX_ARROWS
        json.dumps(flow.to_dict())


@given(BATCHES)
def test_any_flow_can_be_drawn_as_svg_html_and_text(batches) -> None:
    world = World()
    for events in batches:
        world.fold(EventBatch(events=events))
    for flow in flows_of(world):
        ET.fromstring(flow_svg(flow))
        html = flow_html(flow)
        assert "<script" not in html
        assert "<svg" not in html
        assert flow.title in flow_text(flow)


@given(MOMENTS)
def test_what_is_later_is_lower_and_has_the_room_it_asked_for(moments) -> None:
    plan = AxisPlan()
    numbers = [plan.add(at_s, room) for at_s, room in moments]
    axis = plan.laid_out()
    ordered = sorted(numbers, key=lambda number: (moments[number][0], number))
    for before, after in pairwise(ordered):
        assert axis.y(after) - axis.y(before) >= moments[after][1] - 0.11


def test_what_comes_later_does_not_move_what_is_there() -> None:
    plan = AxisPlan()
    for at_s in (1.0, 1.0, 1.5, 9.0):
        plan.add(at_s, 20.0)
    before = plan.laid_out()
    plan.add(10.0, 20.0)
    after = plan.laid_out()
    assert [before.y(number) for number in range(4)] == [after.y(number) for number in range(4)]


def test_the_calls_of_a_queue_stand_side_by_side_and_move_up() -> None:
    visits = [
        Visit(token=number, x=400.0, y0=10.0 + number, y1=100.0 + 10 * number, how=How.WAITS)
        for number in range(3)
    ]
    first, second, _ = stops_of(visits, 3)
    assert first[0][2] < second[0][2] < 400.0
    assert second[1][2] == first[0][2]
    assert second[1][0] == 100.0
    assert second[-1][3] is How.UNSEEN


def test_in_a_long_queue_the_last_are_there_but_unseen() -> None:
    visits = [
        Visit(token=number, x=400.0, y0=10.0, y1=None, how=How.WAITS)
        for number in range(QUEUE_SLOTS + 5)
    ]
    stops = stops_of(visits, len(visits))
    seen = [one for one in stops if one and one[-1][3] is How.WAITS]
    assert len(seen) == QUEUE_SLOTS


def test_a_call_that_joins_a_long_queue_is_on_its_way_no_longer_than_its_message() -> None:
    visits = [
        Visit(token=number, x=400.0, y0=20.0 * (number + 1), y1=None, how=How.WAITS, left_y=0.0)
        for number in range(QUEUE_SLOTS + 5)
    ]
    last = stops_of(visits, len(visits))[-1]
    arrives_y = visits[-1].y0
    assert [(begin, end, how) for begin, end, _, how in last] == [
        (0.0, arrives_y, How.MOVES),
        (arrives_y, arrives_y, How.UNSEEN),
    ]


def test_a_call_that_stays_for_a_moment_only_is_seen_and_gone_again() -> None:
    builder = FlowBuilder("submission", [("a", "driver", "", "driver")])
    moment = builder.moment(1.0, 20.0)
    builder.moment(2.0, 20.0)
    builder.token("1", "Call 1", [Stay(lane="a", come=moment, go=moment, how=How.SUCCEEDED)])
    (token,) = builder.built("calls", "").tokens
    assert [how for *_, how in token.stops] == [How.SUCCEEDED, How.UNSEEN]


def test_an_actor_of_which_nothing_is_known_but_its_name_has_a_flow_without_steps() -> None:
    world = world_of(actor_moves(ActorState.ALIVE, worker_id=WORKER))
    flow = creation_view(world, world.actors[ACTOR])
    assert "not recorded" in flow.note
    assert flow_text(flow)


def test_names_with_markup_are_shown_as_they_are() -> None:
    name = "<script>alert(1)</script>\x01"
    world = world_of(registered(class_name=name, name=name))
    flow = creation_view(world, world.actors[ACTOR])
    html = flow_html(flow)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    ET.fromstring(flow_svg(flow))


def test_of_very_many_calls_the_newest_are_drawn_and_the_others_counted() -> None:
    calls = [call(number, number / 10) for number in range(2000)]
    flow = submission_view(world_of(registered(), *calls), CallPick(EVER, 20))
    assert "2,000 calls" in flow.subtitle
    assert "1,980 earlier calls are not drawn" in flow.note
    assert len(flow.tokens) == 20
    assert len(flow.arrows) == 40


def test_a_drawing_that_would_be_too_long_is_cut_off_and_says_so() -> None:
    calls = [call(number, number / 10) for number in range(MOST_CALLS)]
    flow = submission_view(world_of(registered(), *calls), CallPick(EVER, MOST_CALLS))
    assert len(flow.steps) > MOST_STEPS
    assert len(flow.arrows) == MAX_ARROWS
    assert f"{len(flow.steps) - MOST_STEPS:,} further steps are not shown here" in flow_html(flow)
    assert len(flow_html(flow)) < 250_000


def test_a_pick_of_a_window_has_the_calls_that_were_submitted_in_it() -> None:
    calls = [call(number, float(number)) for number in range(10)]
    pick = CallPick(Wanted(window=(2.5, 6.0)), 2)
    pick.look(world_of(*calls))
    assert pick.total == 4
    assert [one.submitted_s for one in pick.calls] == [5.0, 6.0]


def test_a_pick_of_the_oldest_keeps_the_first_and_goes_on_counting() -> None:
    world = world_of(*(call(number, float(number)) for number in range(5)))
    pick = CallPick(Wanted(actor_ids=frozenset({ACTOR})), 3, oldest=True)
    pick.look(world)
    world.fold(EventBatch(events=tuple(call(number, float(number)) for number in range(5, 9))))
    pick.look(world)
    assert pick.total == 9
    assert [one.submitted_s for one in pick.calls] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("state", list(ActorState))
def test_every_state_an_actor_can_be_in_has_a_flow(state) -> None:
    world = world_of(registered(), actor_moves(state, why="because"))
    flow = creation_view(world, world.actors[ACTOR])
    assert_is_in_order(flow)
    assert any(state.name in mark.text for mark in flow.marks)
    assert [part.title for part in flow.phases] == [
        "Registration",
        "Scheduling",
        "Buffering",
        "Notification",
    ]


def test_a_creation_is_the_same_flow_however_often_it_is_looked_at() -> None:
    world = world_of(*creation())
    first, second = (creation_view(world, world.actors[ACTOR]) for _ in range(2))
    assert first == second
    assert len(first.tokens) == 3
    assert [tally.texts[-1][1] for tally in first.tallies] == ["", "3 calls done"]


def test_further_events_leave_what_is_there_where_it_is() -> None:
    world = world_of(*creation()[:-3])
    before = creation_view(world, world.actors[ACTOR])
    world.fold(EventBatch(events=(call(9, 2.0),)))
    after = creation_view(world, world.actors[ACTOR])
    assert [step.y for step in after.steps][: len(before.steps)] == [
        step.y for step in before.steps
    ]


def test_no_reply_overtakes_another_one_on_its_connection() -> None:
    # As clocks and rounding have it: the second reply a microsecond before the first.
    first = call(1, 2.0, ended_s=3.0, at_s=3.000_002)
    second = call(2, 2.0, ended_s=3.000_001, at_s=3.000_001)
    elsewhere = call(3, 2.0, ended_s=3.0, at_s=3.000_001, worker_id=WorkerID("b" * 56))
    seen = in_order_of_replies([second, first, elsewhere])
    assert [one.task_id for one in seen] == [second.task_id, first.task_id, elsewhere.task_id]
    assert [one.at_s for one in seen] == [3.000_002, 3.000_002, 3.000_001]
