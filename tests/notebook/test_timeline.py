"""The timeline: lanes, bars and counts, and its drawings."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from raylite._core.common import events as happened
from raylite._core.common.event_batch import CallRows, EventBatch
from raylite._core.common.ids import NodeID, WorkerID
from raylite._core.common.states import ActorState, NodeState, TaskState, WorkerState
from raylite._core.common.task_rows import TaskRows, packed_row
from raylite.notebook.timeline.calls_model import CallIndex, cell_width_s
from raylite.notebook.timeline.figure import timeline_figure
from raylite.notebook.timeline.html import timeline_html, timeline_text
from raylite.notebook.timeline.lanes_model import MAX_LANES
from raylite.notebook.timeline.layout_model import timeline_view
from raylite.notebook.timeline.model import FAILED, NEVER_RAN, RUNNING, TimelineView
from raylite.notebook.timeline.svg import ticks_of, timeline_svg
from raylite.notebook.world.world import World
from tests.notebook.world_events import ACTOR, BATCHES, DRIVER, NODE, WORKER, actor_moves

OTHER = WorkerID("b" * 56)


def driver() -> happened.DriverStateChanged:
    return happened.DriverStateChanged(
        worker_id=DRIVER, node_id=NODE, pid=1, is_alive=True, entrypoint="", at_s=0.0
    )


def worker(
    worker_id: WorkerID = WORKER,
    new: WorkerState = WorkerState.IDLE,
    at_s: float = 0.5,
    **changes: Any,
) -> happened.WorkerStateChanged:
    values: dict[str, Any] = {
        "worker_id": worker_id,
        "node_id": NODE,
        "pid": 2,
        "old": None,
        "why": "",
    }
    return happened.WorkerStateChanged(**(values | changes), new=new, at_s=at_s)


def ended(number: int, start_s: float, end_s: float, **changes: Any) -> happened.TaskEnded:
    values: dict[str, Any] = {
        "task_id": f"{number:048x}",
        "name": "f",
        "actor_id": None,
        "owner_id": DRIVER,
        "state": TaskState.FINISHED,
        "submitted_s": start_s,
        "sent_s": start_s,
        "at_s": end_s,
        "worker_id": WORKER,
    }
    return happened.TaskEnded(**(values | {"started_s": start_s, "ended_s": end_s} | changes))


def rows(spans: list[tuple[float, float]], worker_id: str = WORKER) -> CallRows:
    packed = [
        packed_row((start_s, start_s, end_s, end_s), (0, 0), number, (0.0, 0.0), 0)
        for number, (start_s, end_s) in enumerate(spans)
    ]
    labels = {0: ("f", None, None, worker_id)}
    table = TaskRows(labels=labels, rows=b"".join(packed))
    return CallRows(owner_id=DRIVER, rows=table, began_s=0.0)


def world_of(*events: happened.Event, calls: tuple[CallRows, ...] = ()) -> World:
    world = World()
    world.fold(EventBatch(events=(driver(), worker(), *events), calls=calls))
    return world


def view_of(*events: happened.Event, **arguments: Any) -> TimelineView:
    return timeline_view(world_of(*events), CallIndex(), **arguments)


def test_a_call_is_a_bar_in_the_lane_of_who_ran_it() -> None:
    view = view_of(ended(1, 1.0, 3.0))
    assert [lane.label for lane in view.lanes] == ["driver", "worker"]
    (bar,) = view.bars
    assert (bar.lane, bar.start_s, bar.end_s) == (1, 1.0, 3.0)
    assert view.names[bar.name] == "f"
    assert view.callers[bar.owner] == "driver"


def test_calls_that_run_at_the_same_time_are_one_below_the_other() -> None:
    view = view_of(ended(1, 1.0, 3.0), ended(2, 2.0, 4.0), ended(3, 3.0, 5.0))
    assert [(bar.start_s, bar.row) for bar in view.bars] == [(1.0, 0), (3.0, 0), (2.0, 1)]
    assert view.lanes[1].rows == 2


def test_calls_too_short_to_be_seen_are_counted() -> None:
    shorts = [ended(number, 1 + number / 1e6, 1 + (number + 0.5) / 1e6) for number in range(50)]
    view = view_of(*shorts, ended(99, 1.0, 9.0))
    assert len(view.bars) == 1
    assert sum(cell.count for cell in view.cells) == 50
    assert view.title.startswith("51 calls")


def test_a_closer_look_shows_them_one_by_one() -> None:
    shorts = [ended(number, 1 + number / 1e3, 1 + (number + 0.5) / 1e3) for number in range(5)]
    world = world_of(*shorts, ended(99, 1.0, 999.0, worker_id=OTHER))
    index = CallIndex()
    assert sum(cell.count for cell in timeline_view(world, index).cells) == 5
    near = timeline_view(world, index, (1.0, 1.01))
    assert sum(bar.lane == 1 for bar in near.bars) == 5
    assert not near.cells


def test_calls_that_came_packed_look_the_same() -> None:
    spans = [(1.0, 1.00001), (2.0, 4.0), (4.0, 4.00001)]
    packed = timeline_view(world_of(calls=(rows(spans),)), CallIndex())
    single = view_of(*(ended(number, *span) for number, span in enumerate(spans)))
    assert packed.num_calls == single.num_calls == 3
    assert [round(bar.start_s, 3) for bar in packed.bars] == [2.0]
    assert [cell.count for cell in packed.cells] == [cell.count for cell in single.cells]


def test_news_are_added_to_what_was_looked_at_before() -> None:
    world, index = world_of(calls=(rows([(1.0, 2.0)]),)), CallIndex()
    timeline_view(world, index)
    world.fold(EventBatch(events=(ended(7, 2.0, 2.5),), calls=(rows([(2.0, 2.1)], OTHER),)))
    assert timeline_view(world, index).num_calls == 3
    assert timeline_view(world, index).num_calls == 3


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e3)), min_size=1, max_size=60),
    st.integers(1, 20),
    st.booleans(),
)
def test_bars_and_cells_together_are_all_calls(
    spans: list[tuple[float, float]], budget: int, is_packed: bool
) -> None:
    # They are told in the order in which they end.
    whole = sorted(((at_s, at_s + length_s) for at_s, length_s in spans), key=lambda one: one[1])
    calls = (rows(whole),) if is_packed else ()
    single = [] if is_packed else [ended(number, *span) for number, span in enumerate(whole)]
    view = timeline_view(world_of(*single, calls=calls), CallIndex(budget))
    assert view.num_calls == len(spans)
    assert len(view.bars) <= budget


def test_a_hundred_thousand_calls_are_a_few_thousand_things_to_draw() -> None:
    world = World()
    spans = [(number / 1e3, number / 1e3 + 5e-4) for number in range(20_000)]
    crowd = [WorkerID(f"{number:056x}") for number in range(5)]
    calls = tuple(rows(spans, worker_id) for worker_id in crowd)
    world.fold(EventBatch(events=tuple(map(worker, crowd)), calls=calls))
    view = timeline_view(world, CallIndex())
    assert view.num_calls == 100_000
    assert len(view.bars) + len(view.cells) < 5500
    assert len(json.dumps(view.to_dict())) < 300_000


def test_what_waits_for_its_worker_is_seen_in_its_callers_lane() -> None:
    held = ended(1, 5.0, 6.0, submitted_s=1.0, sent_s=4.0)
    view = view_of(held, ended(2, 1.0, 9.0, worker_id=OTHER))
    ((lane, points),) = view.depths
    assert view.lanes[lane].is_driver
    assert [depth for _, depth in points] == [1, 0]
    assert view.lanes[lane].depth_y == 0 or view.lanes[lane].height > 0


def test_the_line_before_a_bar_begins_where_the_bar_before_it_ends() -> None:
    view = view_of(ended(1, 1.0, 3.0), ended(2, 5.0, 6.0, submitted_s=0.5, sent_s=0.5))
    assert [bar.line_s for bar in view.bars] == [1.0, 3.0]


def test_a_call_that_failed_says_how() -> None:
    (bar,) = view_of(ended(1, 1.0, 2.0, state=TaskState.FAILED, error_type="ValueError")).bars
    assert (bar.state, bar.error) == (FAILED, "ValueError")


def test_a_call_that_never_ran_is_in_the_lane_of_its_caller() -> None:
    lost = ended(1, 1.0, 2.0, worker_id=None, state=TaskState.FAILED, error_type="ActorDiedError")
    view = view_of(lost)
    (bar,) = view.bars
    assert bar.state == NEVER_RAN
    assert view.lanes[bar.lane].is_driver


def test_a_call_that_runs_reaches_until_now() -> None:
    runs = happened.TaskStateChanged(
        task_id="0" * 48,
        name="f",
        actor_id=None,
        worker_id=WORKER,
        new=TaskState.RUNNING,
        at_s=1.0,
    )
    view = view_of(runs, now_s=7.0)
    assert [(bar.state, bar.end_s) for bar in view.bars] == [(RUNNING, 7.0)]
    assert view.window[1] == 7.0
    assert "1 call running" in view.summary


def test_deaths_and_restarts_are_marked() -> None:
    view = view_of(
        worker(new=WorkerState.DEAD, at_s=3.0, why="exit code 1"),
        worker(OTHER, at_s=3.5),
        actor_moves(ActorState.ALIVE, 4.0, worker_id=OTHER, num_restarts=1),
        ended(1, 1.0, 2.0),
    )
    told = {(view.lanes[lane].detail, sign): text for lane, _, sign, text in view.marks}
    assert told["pid 2, ended", "✕"] == "The worker ended: exit code 1"
    assert "for the 1st time" in told["pid 2", "↻"]
    assert view.lanes[2].label == "Accounting"


def test_an_actor_that_died_in_its_first_call_has_a_line_with_its_death() -> None:
    view = view_of(
        worker(at_s=1.0),
        actor_moves(ActorState.ALIVE, 2.0, worker_id=WORKER),
        worker(new=WorkerState.DEAD, at_s=3.0, why="exit code 1"),
        ended(1, 3.5, 4.0, worker_id=OTHER),
    )
    (place,) = (place for place, lane in enumerate(view.lanes) if lane.label == "Accounting")
    assert [sign for lane, _, sign, _ in view.marks if lane == place] == ["✕"]


def test_nodes_have_headings_if_there_are_several() -> None:
    other = NodeID("f" * 56)
    nodes = [
        happened.NodeStateChanged(
            node_id=node_id, old=None, new=NodeState.ALIVE, at_s=0.0, is_head=node_id == NODE
        )
        for node_id in (NODE, other)
    ]
    assert not any(lane.node for lane in view_of(*nodes).lanes)
    view = view_of(*nodes, worker(OTHER, node_id=other))
    assert [lane.node[:9] for lane in view.lanes] == ["head node", "", "node 2 · "]


def test_more_lanes_than_anybody_reads_are_told_of() -> None:
    crowd = [worker(WorkerID(f"{number:056x}")) for number in range(MAX_LANES + 30)]
    view = view_of(*crowd)
    assert len(view.lanes) == MAX_LANES
    assert view.notes == ("32 further workers not shown.",)


def test_workers_that_had_nothing_to_do_may_be_left_out() -> None:
    world = world_of(driver(), worker(), worker(OTHER), ended(1, 1.0, 2.0))
    assert len(timeline_view(world, CallIndex()).lanes) == 3
    view = timeline_view(world, CallIndex(), is_busy_only=True)
    assert [lane.is_driver for lane in view.lanes] == [True, False]
    assert view.title == "1 call on 1 worker in 2.0 s"
    assert not view.notes


def test_a_name_keeps_its_colour() -> None:
    world, index = world_of(ended(1, 1.0, 2.0, name="a"), ended(2, 3.0, 4.0, name="b")), CallIndex()
    whole, part = timeline_view(world, index), timeline_view(world, index, (2.5, 4.0))
    assert part.names == ("b",)
    assert part.colour(0) == whole.colour(whole.names.index("b"))


def test_nothing_at_all_is_a_timeline_too() -> None:
    view = timeline_view(World(), CallIndex())
    assert view.title == "0 calls on 0 workers in 1.0 ms"
    ET.fromstring(timeline_svg(view))


@settings(max_examples=60)
@given(BATCHES, st.none() | st.tuples(st.floats(-1e3, 1e6), st.floats(-1e3, 1e6)))
def test_any_session_gives_a_picture(
    batches: list[tuple[happened.Event, ...]], window: tuple[float, float] | None
) -> None:
    world, index = World(), CallIndex(50)
    for batch in batches:
        world.fold(EventBatch(events=batch))
        view = timeline_view(world, index, window, now_s=world.at_s + 1)
    if not batches:
        return
    assert len(view.bars) <= 50 + 300
    json.dumps(view.to_dict(), allow_nan=False)
    drawing = timeline_svg(view)
    ET.fromstring(drawing)
    html = timeline_html(view)
    assert "<script" not in drawing + html
    assert timeline_text(view).startswith("Timeline from")


@given(st.floats(0, 1e6), st.floats(1e-6, 1e6))
def test_moments_on_the_axis_are_round_and_few(first_s: float, span_s: float) -> None:
    window = first_s, first_s + span_s
    if window[1] - window[0] < first_s * 1e-9:
        return
    ticks = ticks_of(window)
    assert len(ticks) <= 10
    assert all(window[0] - span_s * 0.01 <= at_s <= window[1] + span_s * 0.01 for at_s, _ in ticks)


def test_cells_are_as_many_as_there_are_columns_at_most() -> None:
    for span_s in (1e-6, 0.3, 1.0, 4096.0):
        assert span_s / cell_width_s((0.0, span_s), 100) <= 100.0001


def test_the_figure_is_made_without_pyplot() -> None:
    import sys

    before = "matplotlib.pyplot" in sys.modules
    figure = timeline_figure(
        view_of(ended(1, 1.0, 2.0, name="$x$"), ended(2, 1.0, 1.000001), worker(OTHER))
    )
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    assert ("matplotlib.pyplot" in sys.modules) == before


def test_the_table_says_who_was_busy() -> None:
    view = view_of(ended(1, 0.0, 5.0), ended(2, 5.0, 10.0, state=TaskState.FAILED))
    line = next(line for line in timeline_text(view).splitlines() if line.startswith("worker"))
    assert line.split()[-5:] == ["2", "✕", "1", "0", "100", "%"][-5:]


def test_an_actor_is_named_in_its_lane() -> None:
    view = view_of(actor_moves(ActorState.ALIVE, 1.0, worker_id=WORKER, name="ann"))
    assert [lane.label for lane in view.lanes] == ["driver", "Accounting “ann”"]
    assert ACTOR in world_of(actor_moves(ActorState.ALIVE, 1.0)).actors


def test_a_window_that_makes_no_sense_is_moved_to_where_something_is() -> None:
    world, index = world_of(ended(1, 1.0, 2.0)), CallIndex()
    for window in ((5.0, 1.0), (1e9, 2e9), (-1e9, -5e8), (1.0, 1.0)):
        seen = timeline_view(world, index, window).window
        assert seen[0] < seen[1] < 1e3


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", 'a"b', "x" * 10_000])
def test_what_a_user_typed_is_escaped_and_shortened(text: str) -> None:
    view = view_of(ended(1, 1.0, 2.0, name=text), ended(2, 2.0, 3.0, error_type=text, name="g"))
    assert "<script" not in timeline_html(view) + timeline_svg(view)
    assert len(timeline_svg(view)) < 10_000
