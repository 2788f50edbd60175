"""The flows below a cell: how an actor was created, and how calls went to it and back.

In Ray: nothing like it; its courses have drawings. These are made of the events of the session, and
grow while they come. They are played in the browser alone: also while a cell runs, and when the
session or the kernel is over.
"""

# ruff: noqa: SLF001  # a handle's own names begin with _ray_, since all others are the user's

import contextlib
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from IPython.display import display

from raylite import _engine
from raylite._core.common.ids import ActorID
from raylite.actor import ActorHandle
from raylite.exceptions import RaySystemError
from raylite.notebook.flow.calls_model import CallPick, Wanted
from raylite.notebook.flow.creation_facts_model import creation_calls
from raylite.notebook.flow.creation_model import creation_view
from raylite.notebook.flow.html import flow_html, flow_text
from raylite.notebook.flow.model import FlowView
from raylite.notebook.flow.submission_model import MOST_CALLS, submission_view
from raylite.notebook.flow.svg import flow_svg
from raylite.notebook.live.esm import joined, styles
from raylite.notebook.live.pump import MOST_VIEWS, PUMP
from raylite.notebook.live.view import LiveView, in_kernel
from raylite.notebook.live.words import one_line
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.saved import saved_world
from raylite.notebook.world.world import World
from raylite.object_ref import ObjectRef

__all__ = [
    "CreationFlow",
    "Flow",
    "SubmissionFlow",
    "creation_flow",
    "newest_world",
    "submission_flow",
]

_UNKNOWN: Final = (
    "Nothing is known of this actor here: its session has ended, or its events are not kept any "
    "more. raylite.save_events(path) keeps them in a file."
)
_NAME: Final = 60


class Flow(LiveView):
    """A flow that can be played.

    Args:
        world: what is known already; it is looked at until the session's events have come as far.
        is_saved: ``world`` is all there is and will be.
    """

    _esm = joined("flow.js")
    _css = styles("base.css", "flow.css")
    plays_when_over = True
    _is_still = False
    """Whether its widget is closed, so that it cannot be played any more."""

    def __init__(self, world: World | None, *, is_saved: bool = False) -> None:
        self._known = world
        self._is_saved = is_saved
        self.tells_of_calls = not is_saved
        super().__init__()

    def look(self, world: World, moment: Moment) -> FlowView:
        """Lanes, arrows and steps of what is to be seen."""
        known = self._known
        if known is not None and not self._is_saved and world.at_s >= known.at_s:
            known = self._known = None
        is_over = moment.is_over or self._is_saved
        return replace(self.flow_of(known if known is not None else world), is_over=is_over)

    def flow_of(self, world: World) -> FlowView:
        """The flow as that world knows it."""
        raise NotImplementedError

    def html(self, shown: Any) -> str:
        """A picture with its description, and a table of the steps."""
        return flow_html(shown)

    def text(self, shown: Any) -> str:
        """A numbered list."""
        return flow_text(shown)

    @property
    def has_steps(self) -> bool:
        """Whether there is anything to be seen."""
        shown = self.shown
        return isinstance(shown, FlowView) and bool(shown.steps)

    def svg(self) -> str:
        """The picture as an SVG document."""
        shown = self.shown
        assert isinstance(shown, FlowView)
        return flow_svg(shown)

    def freeze(self, why: str = "") -> None:
        """Put the last of it in the cell. It can still be played, which needs no session."""
        with self._lock:
            if self._is_frozen:
                return
            self._send_shown()
            self._is_frozen = True
            bundle = self._live_bundle()
            if why:
                bundle["text/plain"] += f"\n{why}"
        PUMP.remove(self)
        self._put(bundle)
        if self._places:
            _keep_playable(self)
        else:
            self.stop_playing()

    def stop_playing(self) -> None:
        """Leave the still picture alone in its cells, and close the widget."""
        self._is_still = True
        self._put(self.static_bundle())
        self._places = []
        self._close_widget()

    def _put(self, bundle: dict[str, str]) -> None:
        for place in list(self._places):
            with contextlib.suppress(Exception):  # The kernel is about to end.
                place.update(bundle, raw=True)

    def _ipython_display_(self) -> None:
        if not in_kernel():
            raise NotImplementedError
        if self._is_still:
            display(self.static_bundle(), raw=True)
            return
        self._is_shown = True
        self.open()
        place = display(self._live_bundle(), raw=True, display_id=True)
        with self._lock:
            self._places.append(place)
        if self._is_frozen or self._is_saved:
            _keep_playable(self)
        else:
            PUMP.add(self)


_playable: Final[deque[Flow]] = deque()
"""Those that are over and can still be played, the newest last."""


def _keep_playable(flow: Flow) -> None:
    """Keep its widget; the widget of the oldest goes, so that a kernel never has too many."""
    if flow not in _playable:
        _playable.append(flow)
    while len(_playable) > MOST_VIEWS:
        _playable.popleft().stop_playing()


class CreationFlow(Flow):
    """How one actor was created, as :func:`raylite.creation_flow` gives it.

    Args:
        actor_id: the actor.
        class_name: what to call it as long as nothing is known of it.
        world: see :class:`Flow`.
        is_saved: see :class:`Flow`.
    """

    def __init__(
        self,
        actor_id: str,
        class_name: str,
        world: World | None = None,
        *,
        is_saved: bool = False,
    ) -> None:
        self._actor_id = ActorID(actor_id)
        self._class_name = class_name
        self._calls = creation_calls(actor_id)
        self._looked_at: World | None = None
        super().__init__(world, is_saved=is_saved)

    def flow_of(self, world: World) -> FlowView:
        """The flow as that world knows it."""
        actor = world.actors.get(self._actor_id)
        if actor is None:
            name = one_line(self._class_name, _NAME)
            title = f"How {name} was created"
            return FlowView(
                kind="creation", title=title, subtitle="nothing is known", lanes=(), note=_UNKNOWN
            )
        if world is not self._looked_at:
            self._looked_at, self._calls = world, creation_calls(self._actor_id)
        return creation_view(world, actor, self._calls)


class SubmissionFlow(Flow):
    """How calls went to an actor and back, as :func:`raylite.submission_flow` gives it.

    Args:
        wanted: which calls.
        last: how many at most, the newest.
        title: what stands above; empty: whose calls they are.
        world: see :class:`Flow`.
        is_saved: see :class:`Flow`.
    """

    def __init__(
        self,
        wanted: Wanted,
        last: int,
        title: str = "",
        world: World | None = None,
        *,
        is_saved: bool = False,
    ) -> None:
        self._wanted, self._last, self._title = wanted, last, title
        self._pick = CallPick(wanted, last)
        self._looked_at: World | None = None
        super().__init__(world, is_saved=is_saved)

    def flow_of(self, world: World) -> FlowView:
        """The flow as that world knows it."""
        if world is not self._looked_at:
            self._looked_at, self._pick = world, CallPick(self._wanted, self._last)
        return submission_view(world, self._pick, self._title)


def creation_flow(actor: Any, events: Any = None) -> CreationFlow:
    """See :func:`raylite.creation_flow`."""
    world, is_saved = _world_of(events)
    actor_id, class_name = _actor_of("creation_flow", actor, world)
    return CreationFlow(actor_id, class_name, world, is_saved=is_saved)


def submission_flow(what: Any, last: int = 20, events: Any = None) -> SubmissionFlow:
    """See :func:`raylite.submission_flow`."""
    if isinstance(last, bool) or not isinstance(last, int) or not 1 <= last <= MOST_CALLS:
        msg = (
            f"submission_flow(..., last={last!r}): this has to be a number of calls from 1 to "
            f"{MOST_CALLS}."
        )
        raise ValueError(msg)
    world, is_saved = _world_of(events)
    refs = _refs_in(what)
    if refs is None:
        actor_id, _ = _actor_of("submission_flow", what, world)
        wanted = Wanted(actor_ids=frozenset({actor_id}))
    else:
        wanted = Wanted(task_ids=frozenset(ref.task_id().hex() for ref in refs))
        last = min(max(len(refs), 1), MOST_CALLS)
    return SubmissionFlow(wanted, last, world=world, is_saved=is_saved)


def newest_world() -> World | None:
    """All that is known at this moment, this process's newest calls included; None if nothing."""
    engine = _engine.get_or_none()
    if engine is None or engine.over:
        return None
    world = World()
    with contextlib.suppress(RaySystemError):  # It is just ending.
        world.fold(engine.history())
    return world


def _world_of(events: Any) -> tuple[World | None, bool]:
    """What was saved, or what is known; and whether it was saved."""
    saved = saved_world(events)
    return (newest_world(), False) if saved is None else (saved, True)


def _refs_in(what: Any) -> list[ObjectRef[Any]] | None:
    """The refs, if it is one or several of them."""
    if isinstance(what, ObjectRef):
        return [what]
    if isinstance(what, str | ActorHandle) or not isinstance(what, Iterable):
        return None
    refs = list(what)
    return refs if refs and all(isinstance(one, ObjectRef) for one in refs) else None


def _actor_of(function: str, actor: Any, world: World | None) -> tuple[str, str]:
    """Id and class of the actor that is meant.

    Raises:
        TypeError: if it is nothing that names an actor.
        ValueError: if there is no such actor, or more than one.
    """
    if isinstance(actor, ActorHandle):
        return actor._ray_actor_id, actor._ray_description.class_name
    if not isinstance(actor, str):
        msg = (
            f"{function}() takes an actor's handle, its name, its class or its id; it got "
            f"{one_line(repr(actor), _NAME)} of type {type(actor).__name__}."
        )
        raise TypeError(msg)
    actors = list(world.actors.values()) if world is not None else []
    for found in (
        [one for one in actors if one.name == actor],
        [one for one in actors if one.class_name == actor],
        [one for one in actors if actor and one.actor_id.startswith(actor)],
    ):
        if found:
            return found[-1].actor_id, found[-1].class_name
    names = ", ".join(dict.fromkeys(one_line(one.name or one.class_name, 30) for one in actors[:8]))
    there = f"There are: {names}." if names else "There are no actors."
    if world is None:
        there = "There is no session: raylite.init() starts one."
    msg = f"{function}({one_line(actor, _NAME)!r}): no actor has this name, class or id. {there}"
    raise ValueError(msg)
