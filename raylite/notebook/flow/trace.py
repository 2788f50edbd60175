"""What one cell, or one block of a program, did: its actors, its calls, its timeline.

In Ray: nothing like it. Nothing is switched on for it: the events are there anyway, and a trace
notes when it began and when it ended.
"""

import contextlib
import sys
import time
from types import TracebackType
from typing import Final, Self

from IPython.display import display

from raylite import _engine
from raylite.engines.base import Engine
from raylite.exceptions import RaySystemError
from raylite.notebook.flow.calls_model import CallPick, Wanted
from raylite.notebook.flow.creation_model import creation_view
from raylite.notebook.flow.flow import CreationFlow, SubmissionFlow, newest_world
from raylite.notebook.flow.html import flow_text
from raylite.notebook.flow.submission_model import submission_view
from raylite.notebook.live.pump import PUMP
from raylite.notebook.live.shown_words_model import actor_label, timed
from raylite.notebook.live.view import in_kernel
from raylite.notebook.live.words import count
from raylite.notebook.timeline.view import Timeline
from raylite.notebook.world.tables import Actor
from raylite.notebook.world.world import World

__all__ = ["Trace", "trace"]

_MOST_ACTORS: Final = 3
"""Whose creation is shown; the others are counted."""
_FEW: Final = 40
_DRAWN: Final = 120
"""Calls that are drawn one by one."""
_ROOM_S: Final = 1e-4


class Trace:
    """What happens from the beginning to the end of a ``with`` block.

    It is kept when the session is over. Shown at the end of a cell, it is the flows and the
    timeline; printed, it is their text.
    """

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._began_s = self._ended_s = 0.0
        self._window = (0.0, 0.0)
        self._world: World | None = None
        self._num_calls = 0
        self._notice = ""

    def __enter__(self) -> Self:
        engine = _engine.get_or_none()
        self._engine = None if engine is None or engine.over else engine
        self._began_s = time.monotonic()
        _open.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ValueError):  # The same trace may be entered twice.
            _open.remove(self)
        self.gather()

    def gather(self) -> None:
        """Take what is known, at the end of the block and before a session ends within it."""
        self._ended_s = time.monotonic()
        with contextlib.suppress(Exception):  # What the block raised, or gave, is what counts.
            self._gather()

    def _gather(self) -> None:
        """Take what is known now, after every process has told of its calls."""
        engine = _engine.get_or_none()
        if engine is None or engine.over:
            return
        with contextlib.suppress(RaySystemError):
            engine.report("calls")
        self._world = newest_world()
        self._notice = PUMP.notice()
        session_s = float(engine.state("session")[0]["began_s"])
        began_s = self._began_s - session_s
        # A session that the block has begun itself: all of it.
        first_s = began_s if engine is self._engine else min(began_s, 0.0)
        self._window = first_s, self._ended_s - session_s + _ROOM_S
        if self._world is not None:
            pick = CallPick(self.wanted, 1)
            pick.look(self._world)
            self._num_calls = pick.total

    @property
    def actors(self) -> list[Actor]:
        """The actors that were created in the block."""
        if self._world is None:
            return []
        first_s, last_s = self._window
        return [
            one
            for one in self._world.actors.values()
            if one.registered_s is not None and first_s <= one.registered_s <= last_s
        ]

    @property
    def wanted(self) -> Wanted:
        """Which calls were made in the block."""
        return Wanted(window=self._window)

    def flow(self) -> SubmissionFlow:
        """The submission flow of the calls that the block has made, the newest 120 of them."""
        title = "Calls of this cell" if in_kernel() else "Calls of this block"
        room = _FEW if self._num_calls <= _FEW else _DRAWN
        world = self._world or World()
        return SubmissionFlow(self.wanted, room, title, world, is_saved=self._is_over())

    def creation_flows(self) -> list[CreationFlow]:
        """How the actors were created that the block has created, three at most."""
        return [
            CreationFlow(one.actor_id, one.class_name, self._world, is_saved=self._is_over())
            for one in self.actors[:_MOST_ACTORS]
        ]

    def timeline(self) -> Timeline:
        """The timeline of the block: the driver, and the workers that had something to do."""
        return Timeline(*self._window, self._complete_world(), is_block=True)

    def summary(self) -> str:
        """What the block did, in a sentence."""
        if self._world is None:
            was = "There is no session any more" if self._engine else "There was no session"
            return f"{was}, so there is nothing to show."
        took = timed(self._ended_s - self._began_s)
        made = count(len(self.actors), "actor")
        hidden = self.actors[_MOST_ACTORS:]
        names = ", ".join(dict.fromkeys(actor_label(one) for one in hidden[:_MOST_ACTORS]))
        more = f" Not shown: the creation of {len(hidden):,} more ({names})." if hidden else ""
        notice = f" {self._notice}" if self._notice else ""
        return f"In {took}: {made} created, {count(self._num_calls, 'call')} ended.{more}{notice}"

    def _complete_world(self) -> World | None:
        """What is known, if nothing of the block can be added any more."""
        world = self._world
        is_still = world is not None and not world.running and not world.waiting
        return world if is_still or self._is_over() else None

    def _is_over(self) -> bool:
        """Whether nothing can be added any more: then what is known is all there is."""
        engine = _engine.get_or_none()
        return engine is None or engine.over or self._world is None

    def _views(self) -> list[CreationFlow | SubmissionFlow | Timeline]:
        found: list[CreationFlow | SubmissionFlow | Timeline] = [*self.creation_flows()]
        if self._world is not None:
            flow = self.flow()
            if flow.has_steps:
                found.append(flow)
        if found:
            found.append(self.timeline())
        return found

    def show(self) -> None:
        """Show it below the cell; in a terminal, print it."""
        if in_kernel():
            self._ipython_display_()
        else:
            sys.stdout.write(f"{self!r}\n")

    def _ipython_display_(self) -> None:
        if not in_kernel():
            raise NotImplementedError
        display({"text/plain": self.summary()}, raw=True)
        for view in self._views():
            view._ipython_display_()  # as the shell does

    def __repr__(self) -> str:
        parts = [self.summary()]
        if self._world is not None:
            world = self._world
            flows = [creation_view(world, one) for one in self.actors[:_MOST_ACTORS]]
            calls = submission_view(world, CallPick(self.wanted, _DRAWN), "Calls of this block")
            flows += [calls] if calls.steps else []
            parts += [flow_text(flow) for flow in flows]
        return "\n\n".join(parts)


_open: Final[list[Trace]] = []
"""Those whose blocks are running."""


def _session_ends(_ending: Engine) -> None:
    for one in tuple(_open):  # Blocks of other threads may end meanwhile.
        one.gather()


_engine.before_end(_session_ends)


def trace() -> Trace:
    """See :func:`raylite.trace`."""
    return Trace()
