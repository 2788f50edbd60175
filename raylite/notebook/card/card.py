"""The life-cycle card of an actor, which a notebook shows for a handle.

In Ray: an actor's page in the dashboard. Its two buttons work while a cell runs.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from raylite._core.common.ids import ActorID
from raylite.actor import ActorHandle
from raylite.notebook.card.html import card_html, card_text
from raylite.notebook.card.memory_meter import MemoryMeter
from raylite.notebook.card.methods import known_of
from raylite.notebook.card.model import CardView, Known, card_view
from raylite.notebook.live.esm import joined, styles
from raylite.notebook.live.pump import PUMP
from raylite.notebook.live.view import LiveView, in_kernel
from raylite.notebook.world.moment import Moment, Shown
from raylite.notebook.world.world import World

__all__ = ["ActorCard", "show_handle"]

_NEWS_S: Final = 0.15
_LOOK_S: Final = 0.005


class ActorCard(LiveView):
    """The card of one actor.

    It keeps the actor's id and not the handle: a picture must not keep an actor alive.

    Args:
        handle: a handle of the actor, or what is known of it without one.
    """

    _esm = joined("card.js")
    _css = styles("base.css", "card.css")

    def __init__(self, handle: ActorHandle | Known) -> None:
        self._known = handle if isinstance(handle, Known) else known_of(handle)
        self._meter = MemoryMeter()
        super().__init__()

    def look(self, world: World, moment: Moment) -> CardView:
        """What there is to see."""
        return card_view(world, self._known, moment, self._meter.read(self._pid(world)))

    def html(self, shown: Shown) -> str:
        """As HTML."""
        assert isinstance(shown, CardView)
        return card_html(shown)

    def text(self, shown: Shown) -> str:
        """As text."""
        assert isinstance(shown, CardView)
        return card_text(shown)

    def on_message(self, message: Mapping[str, Any]) -> None:
        """A button was pressed, for the second time.

        Raises:
            RaySystemError: if the session is over.
        """
        match message.get("press"):
            case "Kill":
                PUMP.engine().kill_actor(self._known.actor_id, no_restart=True)
            case "Restart":
                PUMP.engine().kill_actor(self._known.actor_id, no_restart=False)

    def _pid(self, world: World) -> int | None:
        actor = world.actors.get(self._known.actor_id)
        process = world.processes.get(actor.worker_id) if actor and actor.worker_id else None
        return process.pid if process is not None and process.is_alive else None


def show_handle(handle: ActorHandle) -> None:
    """Show the card of a handle's actor below the cell.

    Raises:
        NotImplementedError: where there is no notebook; IPython then shows the handle's text.
    """
    if not in_kernel():
        raise NotImplementedError
    _wait_for_news(handle._ray_actor_id)  # noqa: SLF001  # Handles leave other names to the user.
    ActorCard(handle)._ipython_display_()


def _wait_for_news(actor_id: ActorID) -> None:
    """Let the first news of an actor come that was made in the same cell, since that is saved."""
    until_s = time.monotonic() + _NEWS_S
    while time.monotonic() < until_s:
        world = PUMP.world()
        if world is None or actor_id in world.actors:
            return
        time.sleep(_LOOK_S)
