"""Views are kept up to date by one thread, and become HTML when they are over."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from raylite import _engine
from raylite._core.common.event_batch import EventBatch
from raylite._core.common.ids import ActorID
from raylite._core.common.states import ActorState
from raylite.exceptions import RaySystemError
from raylite.notebook.live import pump as pump_module
from raylite.notebook.live.pump import MOST_VIEWS, PUMP
from raylite.notebook.live.view import LiveView
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.world import World
from tests.notebook.world_events import actor_moves, registered
from tests.processes import wait_until


class FakeEngine:
    """A session that says what a test has it say."""

    complete_events = True

    def __init__(self) -> None:
        self.over = False
        self.session: dict[str, Any] = {"began_s": 0.0}
        self.callbacks: list[Callable[[EventBatch], None]] = []

    def state(self, table: str) -> list[dict[str, Any]]:
        assert table == "session"
        return [self.session]

    def history(self) -> EventBatch:
        return EventBatch(events=(registered(), actor_moves(ActorState.PENDING_CREATION)))

    def subscribe(
        self, callback: Callable[[EventBatch], None], *, with_history: bool
    ) -> Callable[[], None]:
        self.callbacks.append(callback)
        if with_history:
            callback(self.history())
        return lambda: self.callbacks.remove(callback)

    def tell(self, *events: Any) -> None:
        for callback in list(self.callbacks):
            callback(EventBatch(events=events))


@dataclass(frozen=True)
class Seen:
    """What the test's view shows."""

    states: tuple[str, ...]
    is_over: bool

    def to_dict(self) -> dict[str, Any]:
        return {"states": list(self.states)}


class StatesView(LiveView):
    """Shows the states of all actors."""

    _esm = "export default {};"
    fails = False

    def look(self, world: World, moment: Moment) -> Seen:
        if self.fails:
            raise ValueError("cannot look")
        states = tuple(actor.state.name for actor in world.actors.values() if actor.state)
        return Seen(states, moment.is_over or states == ("DEAD",))

    def html(self, shown: Any) -> str:
        return f"<p>{shown.states}</p>"

    def text(self, shown: Any) -> str:
        return " ".join(shown.states)

    def on_message(self, message: Any) -> None:
        if message["press"] == "wrong":
            raise RaySystemError("it cannot be done")


class Place:
    """Stands for the output of a cell."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(bundle)


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    made = FakeEngine()
    _engine.set_engine(made)  # type: ignore[arg-type]  # As much of an engine as is needed.
    yield made
    PUMP.close()
    _engine.set_engine(None)
    PUMP._wake.set()  # Or it would wait a tick.
    wait_until(lambda: PUMP._thread is None, 10)


class FirstActorView(StatesView):
    """Shows the same, and is over when the first one has died."""

    def look(self, world: World, moment: Moment) -> Seen:
        shown = super().look(world, moment)
        return Seen(shown.states, moment.is_over or shown.states[0] == "DEAD")


def displayed(kind: type[StatesView] = StatesView) -> tuple[StatesView, Place]:
    view, place = kind(), Place()
    view._places.append(place)
    PUMP.add(view)
    return view, place


def test_a_view_begins_with_what_happened_before(engine: FakeEngine) -> None:
    assert StatesView().view["states"] == ["PENDING_CREATION"]


def test_what_happens_is_drawn_by_the_thread(engine: FakeEngine) -> None:
    view, _ = displayed()
    engine.tell(actor_moves(ActorState.ALIVE))
    wait_until(lambda: view.view["states"] == ["ALIVE"], 10)


def test_one_subscription_serves_all_views_and_ends_with_the_last(engine: FakeEngine) -> None:
    views = [displayed()[0] for _ in range(3)]
    assert len(engine.callbacks) == 1
    for view in views:
        view.close()
    PUMP._idle_since_s = 0.0  # As if that was long ago.
    PUMP._wake.set()
    wait_until(lambda: not engine.callbacks, 10)


def test_threads_take_turns_sooner_while_there_are_views(engine: FakeEngine) -> None:
    before_s = sys.getswitchinterval()
    view, _ = displayed()
    wait_until(lambda: sys.getswitchinterval() < before_s, 10)
    view.close()
    PUMP._idle_since_s = 0.0  # As if that was long ago.
    PUMP._wake.set()
    wait_until(lambda: sys.getswitchinterval() == before_s, 10)


def test_a_view_whose_actor_is_dead_becomes_html(engine: FakeEngine) -> None:
    view, place = displayed()
    engine.tell(actor_moves(ActorState.DEAD))
    wait_until(lambda: bool(place.shown), 10)
    assert view.is_frozen
    assert place.shown == [{"text/html": "<p>('DEAD',)</p>", "text/plain": "DEAD"}]
    view.freeze()
    assert len(place.shown) == 1


def test_what_is_told_right_after_an_end_is_still_drawn(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pump_module, "_LAST_NEWS_S", 3600.0)
    view, place = displayed(FirstActorView)
    engine.tell(actor_moves(ActorState.DEAD))
    wait_until(lambda: view.view["states"] == ["DEAD"], 10)
    other = ActorID("f" * 32)
    engine.tell(registered(other), actor_moves(ActorState.ALIVE, actor_id=other))
    wait_until(lambda: view.view["states"] == ["DEAD", "ALIVE"], 10)
    assert not view.is_frozen
    monkeypatch.setattr(pump_module, "_LAST_NEWS_S", 0.0)
    PUMP._wake.set()
    wait_until(lambda: bool(place.shown), 10)
    assert place.shown == [{"text/html": "<p>('DEAD', 'ALIVE')</p>", "text/plain": "DEAD ALIVE"}]


def test_shutdown_freezes_views_with_the_last_news_and_says_so(engine: FakeEngine) -> None:
    view, place = displayed()
    engine.tell(actor_moves(ActorState.ALIVE))
    _engine.tell_of_end(engine)  # type: ignore[arg-type]  # As above.
    assert view.is_frozen
    assert "('ALIVE',)" in place.shown[0]["text/html"]
    assert "The session has ended" in place.shown[0]["text/html"]


def test_a_session_that_ends_by_itself_freezes_views_too(engine: FakeEngine) -> None:
    view, _ = displayed()
    engine.over = True
    PUMP._wake.set()
    wait_until(lambda: view.is_frozen, 10)


def test_without_a_session_a_view_says_that_nothing_will_change() -> None:
    assert StatesView().shown.is_over
    with pytest.raises(RaySystemError, match="has ended"):
        PUMP.engine()


def test_the_oldest_of_too_many_views_freezes_with_a_sentence(engine: FakeEngine) -> None:
    oldest, place = displayed()
    others = [displayed()[0] for _ in range(MOST_VIEWS)]
    assert oldest.is_frozen
    assert "newer pictures" in place.shown[0]["text/html"]
    assert not any(view.is_frozen for view in others)


def test_a_view_that_fails_says_so_and_the_others_go_on(engine: FakeEngine) -> None:
    bad, (good, _) = displayed()[0], displayed()
    bad.fails = True
    engine.tell(actor_moves(ActorState.ALIVE))
    wait_until(lambda: good.view["states"] == ["ALIVE"], 10)
    wait_until(lambda: bad.view["trouble"] == "ValueError: cannot look", 10)


def test_what_a_button_raises_is_said_in_the_view_until_it_works(engine: FakeEngine) -> None:
    view = StatesView()
    view._heard(view, {"press": "wrong"}, [])
    assert view.view["trouble"] == "RaySystemError: it cannot be done"
    view._heard(view, {"press": "right"}, [])
    assert view.view["trouble"] == ""


def test_a_new_session_is_not_mixed_with_the_one_before(engine: FakeEngine) -> None:
    old, _ = displayed()
    _engine.set_engine(FakeEngine())  # type: ignore[arg-type]  # As above.
    assert StatesView().view["states"] == ["PENDING_CREATION"]
    wait_until(lambda: old.is_frozen, 10)
    assert not engine.callbacks


def test_drawing_that_takes_long_is_done_less_often() -> None:
    assert pump_module.pause_s(0.0) == 1 / pump_module.PER_SECOND
    assert pump_module.pause_s(0.1) >= 1.0
    assert pump_module.pause_s(0.001, has_drawn=False) < pump_module.pause_s(0.001)


def test_the_bundle_has_a_text_wherever_it_is_shown(engine: FakeEngine) -> None:
    view = StatesView()
    data, _ = view._repr_mimebundle_() or ({}, {})
    assert {"text/html", "text/plain", "application/vnd.jupyter.widget-view+json"} <= set(data)
    assert repr(view) == "PENDING_CREATION"
    view.freeze()
    data, _ = view._repr_mimebundle_() or ({}, {})
    assert set(data) == {"text/html", "text/plain"}


def test_in_a_terminal_a_view_is_its_text(engine: FakeEngine) -> None:
    with pytest.raises(NotImplementedError):
        StatesView()._ipython_display_()


def test_where_calls_are_not_recorded_every_picture_says_so(engine: FakeEngine) -> None:
    engine.session["task_events"] = False
    view, place = displayed()
    assert "RAYLITE_TASK_EVENTS=0" in view.view["trouble"]
    assert "Calls are not shown here" in repr(view)
    view.complain(ValueError("it cannot be done"))
    assert view.view["trouble"] == "ValueError: it cannot be done"
    view.complain(None)
    assert "RAYLITE_TASK_EVENTS=0" in view.view["trouble"]
    view.freeze()
    assert "RAYLITE_TASK_EVENTS=0" in place.shown[-1]["text/html"]
