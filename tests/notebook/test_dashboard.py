"""The dashboard: its tables, its slots, and what stays of it in a saved notebook."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raylite._core.common import events as happened
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.ids import ActorID, LeaseID, NodeID, PlacementGroupID, WorkerID
from raylite._core.common.states import (
    ActorState,
    LeaseState,
    NodeState,
    PlacementGroupState,
    TaskState,
    WorkerState,
)
from raylite.notebook.card.process_memory import ProcessMemory
from raylite.notebook.dashboard.figures_model import Figures
from raylite.notebook.dashboard.html import dashboard_html, dashboard_text
from raylite.notebook.dashboard.model import TABS, DashboardView, Drawer
from raylite.notebook.dashboard.nodes_model import NodeBoard, node_boards
from raylite.notebook.dashboard.slots_model import Piece, SlotMemory
from raylite.notebook.dashboard.table_model import MOST_ROWS, Asked, Table
from raylite.notebook.world.world import World
from tests.notebook.test_timeline import driver, ended, worker
from tests.notebook.world_events import (
    ACTOR,
    BATCHES,
    DRIVER,
    NODE,
    WORKER,
    actor_moves,
    registered,
)

GROUP = PlacementGroupID("9" * 36)


def node(node_id: NodeID = NODE, /, **resources: float) -> happened.NodeStateChanged:
    return happened.NodeStateChanged(
        node_id=node_id,
        old=None,
        new=NodeState.ALIVE,
        at_s=0.0,
        resources=resources,
        is_head=node_id == NODE,
    )


def lease(name: str, worker_id: WorkerID = WORKER, **changes: Any) -> happened.LeaseStateChanged:
    values: dict[str, Any] = {
        "lease_id": LeaseID(name),
        "holder_id": DRIVER,
        "worker_id": worker_id,
        "actor_id": None,
        "old": None,
        "new": LeaseState.GRANTED,
        "at_s": 1.0,
        "resources": {"CPU": 1.0},
    }
    return happened.LeaseStateChanged(**(values | changes))


def group(*bundles: dict[str, float]) -> happened.PlacementGroupStateChanged:
    return happened.PlacementGroupStateChanged(
        group_id=GROUP,
        name="pg",
        old=None,
        new=PlacementGroupState.CREATED,
        node_ids=(NODE,) * len(bundles),
        at_s=1.0,
        why="",
        bundles=bundles,
        strategy="PACK",
    )


def world_of(*events: happened.Event) -> World:
    world = World()
    world.fold(EventBatch(events=(driver(), worker(), *events)))
    return world


def view_of(*events: happened.Event, **asked: Asked) -> DashboardView:
    drawer = Drawer(TABS)
    drawer.asked = dict(asked)
    return drawer.view(world_of(*events), 10.0, is_whole=True)


def column(table: Table, key: str) -> list[str]:
    place = [one.key for one in table.columns].index(key)
    return [row.cells[place].text for row in table.rows]


def board(*events: happened.Event) -> NodeBoard:
    (found,) = node_boards(world_of(*events), SlotMemory())
    return found


def test_an_actor_has_a_row_with_its_state_and_its_calls() -> None:
    table = view_of(
        registered(name="ann", max_restarts=-1),
        actor_moves(ActorState.ALIVE, 1.0, worker_id=WORKER, name="ann"),
        ended(1, 1.0, 2.0, actor_id=ACTOR, name="Accounting.pay"),
        ended(2, 2.0, 3.0, actor_id=ACTOR, name="Accounting.pay", state=TaskState.FAILED),
        happened.PendingCallsChanged(
            owner_id=DRIVER, actor_id=ACTOR, pending=4, queued=0, at_s=3.0
        ),
    ).tables["actors"]
    (row,) = table.rows
    texts = [cell.text for cell in row.cells]
    assert texts[:4] == ["ALIVE", "Accounting", "ann", "2"]
    assert texts[5:10] == ["4", "0", "1", "1", "0 of ∞"]
    assert row.cells[0].sign == "●"
    assert row.opens == ACTOR


def test_actors_that_are_not_well_come_first_and_the_dead_last() -> None:
    ids = [ActorID(letter * 32) for letter in "123"]
    states = (ActorState.DEAD, ActorState.ALIVE, ActorState.RESTARTING)
    events = [actor_moves(state, 1.0, actor_id=one) for one, state in zip(ids, states, strict=True)]
    table = view_of(*events).tables["actors"]
    assert column(table, "state") == ["RESTARTING", "ALIVE", "DEAD"]


def test_a_thousand_actors_are_shown_in_part_and_found_by_a_filter() -> None:
    events = [
        actor_moves(
            ActorState.ALIVE, 1.0, actor_id=ActorID(f"{number:032x}"), name=f"actor-{number}"
        )
        for number in range(1000)
    ]
    table = view_of(*events).tables["actors"]
    assert (len(table.rows), table.total) == (MOST_ROWS, 1000)
    assert table.caption == "1,000 actors, the first 200 shown"
    found = view_of(*events, actors=Asked(word="actor-99")).tables["actors"]
    assert len(found.rows) == 11
    assert found.caption == "11 of 1,000 actors with “actor-99”"


def test_rows_are_sorted_by_the_column_that_was_asked_for() -> None:
    events = [ended(number, 1.0, 2.0, name=f"f{number % 3}") for number in range(10)]
    up = view_of(*events, tasks=Asked(column="done")).tables["tasks"]
    down = view_of(*events, tasks=Asked(column="done", is_descending=True)).tables["tasks"]
    assert column(up, "done") == ["3", "3", "4"]
    assert column(down, "done") == ["4", "3", "3"]


def test_a_browser_may_ask_for_anything() -> None:
    for message in ({}, {"word": 3, "column": None}, {"word": "x" * 10_000, "descending": "yes"}):
        asked = Asked.of(message)
        assert len(asked.word) <= 200
        assert not asked.is_descending


def test_tasks_are_counted_by_name() -> None:
    runs = happened.TaskStateChanged(
        task_id="9" * 48,
        name="f",
        actor_id=None,
        worker_id=WORKER,
        new=TaskState.RUNNING,
        at_s=1.0,
    )
    table = view_of(ended(1, 1.0, 2.0), runs, ended(2, 1.0, 2.0, state=TaskState.FAILED)).tables[
        "tasks"
    ]
    (row,) = table.rows
    assert [cell.text for cell in row.cells[:6]] == ["f", "task", "0", "1", "1", "1"]
    share = row.cells[6]
    assert share.text == "66 %"
    assert share.parts == ((0.3333, "good"), (0.3333, "bad"), (0.3333, "busy"))


def test_events_are_told_in_sentences() -> None:
    table = view_of(
        actor_moves(ActorState.RESTARTING, 2.0, old=ActorState.ALIVE, why="its process was killed")
    ).tables["events"]
    assert column(table, "how")[0] == (
        "It went from ALIVE to RESTARTING, restart 0: its process was killed"
    )


def test_large_objects_are_there_with_their_size_and_place() -> None:
    sealed = happened.ObjectSealed(
        object_id="ab" * 28,
        owner_id=DRIVER,
        worker_id=WORKER,
        size_bytes=2_500_000,
        on_disk=True,
        at_s=1.0,
    )
    table = view_of(sealed).tables["objects"]
    assert [cell.text for cell in table.rows[0].cells][::4] == ["2.5 MB", "a file on disk"]


def test_who_holds_a_cpu_fills_a_slot() -> None:
    cpu = board(node(CPU=4.0), lease("a"), lease("b", resources={"CPU": 0.5})).resources[0]
    assert (cpu.num_slots, cpu.used, cpu.text) == (4, 1.5, "1.5 of 4 in use")
    assert [(one.slot, one.first, one.last) for one in cpu.held] == [(0, 0, 1), (1, 0, 0.5)]


def test_two_halves_share_a_slot() -> None:
    halves = [lease(name, resources={"GPU": 0.5}) for name in "ab"]
    gpu = board(node(GPU=2.0), *halves).resources[0]
    assert [(one.slot, one.first, one.last) for one in gpu.held] == [(0, 0, 0.5), (0, 0.5, 1)]


def test_a_bundle_is_around_the_slots_it_has_and_filled_by_who_uses_it() -> None:
    inside = lease("a", group_id=GROUP, bundle_index=0, resources={"CPU": 1.0})
    cpu = board(node(CPU=4.0), group({"CPU": 2.0}), inside).resources[0]
    assert [(one.kind, one.slot) for one in cpu.held] == [
        ("bundle", 0),
        ("bundle", 1),
        ("task", 0),
    ]
    assert cpu.used == 2.0


def test_bytes_and_hundreds_of_units_are_bars() -> None:
    found = board(
        node(CPU=128.0, memory=4e9), lease("a", resources={"CPU": 32.0, "memory": 1e9})
    ).resources
    assert [(one.name, one.num_slots) for one in found] == [("CPU", 0), ("memory", 0)]
    assert [one.held[0].last for one in found] == [0.25, 0.25]
    assert found[1].text == "1.0 GB of 4.0 GB in use"


def test_more_than_all_is_explained() -> None:
    found = board(node(CPU=1.0), lease("a"), lease("b"))
    assert "lends its CPUs" in found.note
    assert len(found.resources[0].held) == 1


def test_who_holds_a_slot_stays_in_it() -> None:
    memory = SlotMemory()
    memory.place("CPU", {"a": 1.0, "b": 1.0}, 4.0, 1.0)
    after = memory.place("CPU", {"b": 1.0, "c": 1.0}, 4.0, 1.0)
    assert after == {"b": (Piece(1, 0.0, 1.0),), "c": (Piece(0, 0.0, 1.0),)}


@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([0.25, 0.5, 1.0, 1.5, 3.0])),
        max_size=6,
    ),
    st.sampled_from([0.5, 1.0, 2.5, 8.0]),
)
def test_nobody_is_in_anothers_part_of_a_slot(
    moments: list[dict[str, float]], total: float
) -> None:
    memory = SlotMemory()
    for held in moments:
        placed = memory.place("CPU", held, total, 1.0)
        pieces = sorted(
            (piece.slot, piece.first, piece.last) for of in placed.values() for piece in of
        )
        for before, after in pairwise(pieces):
            assert before[0] < after[0] or before[2] <= after[1] + 1e-9
        assert sum(last - first for _, first, last in pieces) <= total + 1e-9
        for key, of in placed.items():
            size = sum(piece.last - piece.first for piece in of)
            assert size <= held[key] + 1e-9


def test_the_figures_say_how_fast_calls_end() -> None:
    figures, world = Figures(), world_of()
    figures.note(world, 1.0)
    world.fold(EventBatch(events=tuple(ended(number, 1.0, 2.0) for number in range(50))))
    figures.note(world, 1.1)
    figures.note(world, 2.0)
    assert figures.pace == (50.0,)
    assert figures.rate == 50.0
    assert figures.rate_of("f") == 50.0


def test_only_the_open_table_is_made_while_data_flows() -> None:
    drawer = Drawer(TABS)
    view = drawer.view(world_of(ended(1, 1.0, 2.0)), 3.0)
    assert list(view.tables) == ["actors"]
    drawer.chosen = "nodes"
    assert not drawer.view(world_of(node(CPU=1.0)), 3.0).tables


def test_the_memory_of_many_processes_is_looked_at_bit_by_bit() -> None:
    looks: list[int] = []
    now = [0.0]

    def look(pid: int) -> int:
        looks.append(pid)
        return pid

    memory = ProcessMemory(look, lambda: now[0])
    assert [memory.read(pid) for pid in range(100)].count(None) == 92
    now[0] = 1.5
    for pid in range(100):
        memory.read(pid)
    assert len(looks) == 16


@settings(max_examples=60)
@given(BATCHES, st.sampled_from(["", "a", "<"]), st.sampled_from(["", "state", "done", "who"]))
def test_any_session_gives_a_dashboard(
    batches: list[tuple[happened.Event, ...]], word: str, key: str
) -> None:
    world, drawer = World(), Drawer(TABS)
    drawer.asked = {tab: Asked(word=word, column=key) for tab in TABS}
    for batch in batches:
        world.fold(EventBatch(events=batch))
        view = drawer.view(world, world.at_s, is_whole=True)
        json.dumps(view.to_dict(), allow_nan=False)
        assert "<script" not in dashboard_html(view)
        assert dashboard_text(view)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", 'a"b', "x" * 100_000])
def test_what_a_user_typed_is_escaped_and_shortened(text: str) -> None:
    view = view_of(
        registered(class_name=text, name=text),
        actor_moves(ActorState.DEAD, class_name=text, name=text, why=text),
        worker(new=WorkerState.DEAD, at_s=2.0, why=text),
        ended(1, 1.0, 2.0, name=text),
        node(NODE, **{text: 2.0}),
        lease("a", resources={text: 1.0}),
    )
    html = dashboard_html(view)
    assert "<script" not in html
    assert len(html) < 60_000


def test_ten_thousand_objects_are_a_short_table() -> None:
    events = [
        happened.ObjectSealed(
            object_id=f"{number:056x}",
            owner_id=DRIVER,
            worker_id=WORKER,
            size_bytes=number,
            on_disk=False,
            at_s=1.0,
        )
        for number in range(10_000)
    ]
    view = view_of(*events)
    assert len(view.tables["objects"].rows) == MOST_ROWS
    assert len(dashboard_html(view)) < 40_000


def test_a_session_without_anything_says_what_to_write() -> None:
    html = dashboard_html(Drawer(TABS).view(World(), 0.0, is_whole=True))
    assert "Counter.remote()" in html
    assert "There are no nodes." in html
