"""The life-cycle card of an actor: whatever happens, there is a card, and it is small and safe."""

import re
import xml.etree.ElementTree as ET
from base64 import b64decode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from raylite._core.common import events as happened
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.ids import LeaseID
from raylite._core.common.states import (
    ACTOR_TRANSITIONS,
    ActorState,
    LeaseState,
    NodeState,
    TaskState,
)
from raylite.notebook.card.diagram_model import HEIGHT, WIDTH, diagram_of
from raylite.notebook.card.html import card_html, card_text
from raylite.notebook.card.model import CardView, Known, Method, card_view
from raylite.notebook.card.svg import card_svg
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.world import World
from tests.notebook.world_events import (
    ACTOR,
    BATCHES,
    DRIVER,
    NODE,
    WORKER,
    actor_moves,
    registered,
)

MARKUP = "<script>alert(1)</script>"
KNOWN = Known(
    actor_id=ACTOR,
    class_name="Accounting",
    doc="Keeps a sum.",
    methods=(Method("add", "(amount)", "Book it."), Method("_tidy", "()")),
)
LONG = "<b>" + "x" * 2000
WORST = Known(
    actor_id=ACTOR,
    class_name=LONG,
    doc=LONG,
    methods=tuple(Method(f"{LONG}{number}", LONG, LONG) for number in range(200)),
)
LARGEST_HTML = 30_000


def world_of(*events: happened.Event) -> World:
    world = World()
    world.fold(EventBatch(events=events))
    return world


def card(*events: happened.Event, now_s: float = 10.0, known: Known = KNOWN) -> CardView:
    return card_view(world_of(*events), known, Moment(now_s))


def ended(method: str = "add", **changes: Any) -> happened.TaskEnded:
    values: dict[str, Any] = {
        "task_id": "0" * 48,
        "name": f"Accounting.{method}",
        "actor_id": ACTOR,
        "owner_id": DRIVER,
        "state": TaskState.FINISHED,
        "submitted_s": 3.0,
        "started_s": 3.5,
        "ended_s": 4.0,
        "at_s": 4.1,
    }
    return happened.TaskEnded(**(values | changes))


def pictures_of(html: str) -> list[str]:
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', html)
    return [b64decode(one).decode() for one in found]


@given(BATCHES, st.floats(0, 1e6), st.sampled_from([KNOWN, WORST]))
def test_any_events_give_a_card_that_can_be_drawn(
    batches: list[tuple[happened.Event, ...]], now_s: float, known: Known
) -> None:
    world = World()
    for events in batches:
        world.fold(EventBatch(events=events))
    view = card_view(world, known, Moment(now_s), memory_bytes=10**7)
    html = card_html(view)
    assert len(html.encode()) < LARGEST_HTML
    (picture,) = pictures_of(html)
    ET.fromstring(picture)
    for text in (html, picture):
        assert "<script" not in text
        assert "<b>x" not in text
    assert "\n  calls: " in card_text(view)


def test_the_arrows_are_the_moves_of_the_table() -> None:
    diagram = diagram_of(None, [])
    assert {(one.old, one.new) for one in diagram.arrows} == {
        (old.name, new.name) for old, all_new in ACTOR_TRANSITIONS.items() for new in all_new
    }
    assert {box.name for box in diagram.boxes} == {state.name for state in ActorState}


def test_no_two_arrows_run_or_are_labelled_at_the_same_place() -> None:
    arrows = diagram_of(None, []).arrows
    assert len({one.path for one in arrows}) == len(arrows)
    assert len({(one.label_x, one.label_y) for one in arrows}) == len(arrows)
    assert all(0 < one.label_x < WIDTH and 0 < one.label_y < HEIGHT for one in arrows)


def test_the_state_is_lit_and_the_last_move_says_how_long_it_took_when_and_why() -> None:
    view = card(
        registered(),
        actor_moves(ActorState.DEPENDENCIES_UNREADY, 1.0),
        actor_moves(ActorState.PENDING_CREATION, 2.0, ActorState.DEPENDENCIES_UNREADY),
        actor_moves(ActorState.ALIVE, 3.0, ActorState.PENDING_CREATION, why="it was made"),
    )
    (lit,) = [box for box in view.diagram.boxes if box.is_lit]
    assert (lit.name, lit.tone) == ("ALIVE", "good")
    (last,) = [arrow for arrow in view.diagram.arrows if arrow.is_last]
    assert (last.old, last.new, last.label) == ("PENDING_CREATION", "ALIVE", "1.0 s")
    assert last.told == "from being made to alive after 1.0 s: at 3.000 s: it was made"
    assert view.sentence == "It has been alive for 7 s and was never called."
    assert [move.what for move in view.moves] == ["needs arguments", "being made", "alive"]


def test_a_thousand_restarts_stay_calm() -> None:
    moves = [actor_moves(ActorState.ALIVE, 1.0, ActorState.PENDING_CREATION)]
    for number in range(1, 1001):
        why = "its process has ended"
        moves += [
            actor_moves(
                ActorState.RESTARTING, number, ActorState.ALIVE, num_restarts=number, why=why
            ),
            actor_moves(
                ActorState.ALIVE, number, ActorState.RESTARTING, num_restarts=number, why=why
            ),
        ]
    view = card(registered(max_restarts=-1), *moves, now_s=2000)
    assert next(fact.value for fact in view.facts if fact.label == "restarts") == (
        "1,000 used, no limit"
    )
    assert len(view.moves) == 6
    assert "restarting for the 1,000th time" in [move.what for move in view.moves]
    assert view.moves_before.startswith("and ")
    assert len(card_html(view).encode()) < LARGEST_HTML


def test_an_actor_that_fits_nowhere_says_what_it_waits_for() -> None:
    node = happened.NodeStateChanged(
        node_id=NODE, old=None, new=NodeState.ALIVE, at_s=0.0, resources={"CPU": 2.0}
    )

    def lease(amount: float) -> happened.LeaseStateChanged:
        return happened.LeaseStateChanged(
            lease_id=LeaseID("l"),
            holder_id=DRIVER,
            worker_id=None,
            actor_id=ACTOR,
            old=None,
            new=LeaseState.PENDING,
            at_s=2.0,
            resources={"CPU": amount},
        )

    pending = actor_moves(ActorState.PENDING_CREATION, 2.0, ActorState.DEPENDENCIES_UNREADY)
    never = card(node, registered(), pending, lease(64))
    assert "64 CPU, which no node has: it will not start unless one is added" in never.sentence
    later = card(node, registered(), pending, lease(2))
    assert later.sentence == "For 8 s it has waited for 2 CPU. In use: 0 of 2 CPU."
    starting = card(node, registered(), pending)
    assert "process has been starting" in starting.sentence


def test_calls_are_counted_and_the_newest_told_first() -> None:
    view = card(
        registered(),
        ended(),
        ended("fail", state=TaskState.FAILED, error_type="TASK_EXECUTION_EXCEPTION"),
        happened.TaskStateChanged(
            task_id="r",
            name="Accounting.slow",
            actor_id=ACTOR,
            worker_id=WORKER,
            new=TaskState.RUNNING,
            at_s=5.0,
        ),
        happened.PendingCallsChanged(
            owner_id=DRIVER, actor_id=ACTOR, pending=4, queued=2, at_s=6.0
        ),
    )
    assert [(fact.value, fact.label) for fact in view.counts] == [
        ("3", "waiting"),
        ("1", "running"),
        ("1", "done"),
        ("1", "failed"),
    ]
    assert [(call.method, call.word, call.took) for call in view.calls] == [
        ("slow", "runs", "for 5 s"),
        ("fail", "raised", "500 ms"),
        ("add", "done", "500 ms"),
    ]
    assert view.mailbox.label == "mailbox: 4 now, 4 at most"
    assert view.methods[0].calls == "1"
    assert view.methods[-1].name == "_tidy"


def test_buttons_say_why_they_cannot_be_pressed() -> None:
    def why(*events: happened.Event) -> dict[str, str]:
        return {one.label: "" if one.is_enabled else one.why for one in card(*events).buttons}

    alive = actor_moves(ActorState.ALIVE)
    assert "max_restarts=1" in why(registered(), alive)["Restart"]
    assert why(registered(), alive)["Kill"] == ""
    assert why(registered(max_restarts=-1), alive)["Restart"] == ""
    used_up = actor_moves(ActorState.ALIVE, num_restarts=2)
    assert "no restarts are left" in why(registered(max_restarts=2), used_up)["Restart"]
    dead = actor_moves(ActorState.DEAD, old=ActorState.ALIVE, why="it was killed.")
    assert why(registered(), dead) == {"Restart": "it has ended", "Kill": "it has ended"}
    assert card(registered(), dead).sentence == "It is dead: it was killed."


def test_a_handle_of_a_session_that_is_over_says_so() -> None:
    gone = card(known=Known(actor_id=ACTOR, class_name=MARKUP, is_of_this_session=False))
    assert gone.is_over
    assert gone.word == "dead"
    assert "Its session has ended" in gone.sentence
    assert MARKUP not in card_html(gone)


def test_the_picture_says_in_words_what_it_shows() -> None:
    view = card(registered(), actor_moves(ActorState.ALIVE))
    assert "alive now" in view.diagram.told
    assert f'alt="{view.diagram.told}' in card_html(view)
    root = ET.fromstring(card_svg(view.diagram, view.mailbox))
    assert root.findtext("{http://www.w3.org/2000/svg}title") == view.diagram.told
