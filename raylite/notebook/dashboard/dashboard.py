"""The dashboard below a cell, and the table of a few actors that ``watch`` shows.

In Ray: its dashboard, a server behind a port. Here it is a widget that reads the events of the
session; nothing listens on any port.
"""

import contextlib
import re
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from raylite._core.common.ids import ActorID
from raylite.notebook.card.model import Known, card_view
from raylite.notebook.card.process_memory import ProcessMemory
from raylite.notebook.dashboard.html import dashboard_html, dashboard_text
from raylite.notebook.dashboard.model import TABS, DashboardView, Drawer
from raylite.notebook.dashboard.objects import objects_of_all
from raylite.notebook.dashboard.table_model import Asked
from raylite.notebook.live.at_once import AtOnce, require_session
from raylite.notebook.live.esm import joined, styles
from raylite.notebook.live.pump import PUMP
from raylite.notebook.output.router import router_of_this_kernel
from raylite.notebook.world.moment import Moment
from raylite.notebook.world.saved import saved_world
from raylite.notebook.world.world import World

__all__ = ["Dashboard", "dashboard"]

_LINES: Final = 200
_SAID: Final = re.compile(r"\((.*? pid=\d+)\) (.*)", re.DOTALL)
"""Who has printed a line, and what."""


class Dashboard(AtOnce):
    """What :func:`raylite.dashboard` shows.

    Args:
        tabs: the tables to choose from; one alone is shown without anything around it.
        actors: ids of the only actors that are shown; None: all.
        saved: what is shown instead of the session that runs.
        chosen: the tab that is open at first; empty: the first.
    """

    _esm = joined("dashboard.js")
    _css = styles("base.css", "card.css", "dashboard.css")

    def __init__(
        self,
        tabs: tuple[str, ...] = TABS,
        actors: frozenset[str] | None = None,
        saved: World | None = None,
        chosen: str = "",
    ) -> None:
        self._saved = saved
        self.tells_of_calls = saved is None
        self._drawer = Drawer(tabs, actors)
        self._drawer.chosen = chosen or tabs[0]
        self._drawer.memory_of = ProcessMemory().read
        self._opened = ""
        self._wants_all = False
        super().__init__()

    def look(self, world: World, moment: Moment) -> DashboardView:
        """The figures, and the table that is open."""
        if self._saved is not None:
            world, moment = self._saved, Moment(now_s=self._saved.at_s, is_over=True)
        is_whole = moment.is_over or self._wants_all
        if "log" in self._drawer.tabs:
            self._drawer.lines = _printed()
        view = self._drawer.view(world, moment.now_s, is_over=moment.is_over, is_whole=is_whole)
        return replace(view, card=self._card(world, moment)) if self._opened else view

    def html(self, shown: Any) -> str:
        """The figures, and all tables to unfold."""
        return dashboard_html(self._whole(shown))

    def text(self, shown: Any) -> str:
        """All tables."""
        return dashboard_text(self._whole(shown))

    def on_message(self, message: Mapping[str, Any]) -> None:
        """Something was clicked or typed.

        Raises:
            RaySystemError: if an actor is to be killed and the session is over.
        """
        drawer, key = self._drawer, message.get("table")
        match message.get("do"):
            case "tab" if message.get("tab") in drawer.tabs:
                drawer.chosen = str(message["tab"])
            case "ask" if isinstance(key, str) and key in drawer.tabs:
                drawer.asked[key] = Asked.of(message)
            case "open" if isinstance(message.get("actor"), str):
                self._opened = str(message["actor"])
            case "objects":
                # It may take seconds, and all widgets have one thread in which they are heard.
                threading.Thread(target=self._ask_for_objects, daemon=True).start()
                return
            case _ if self._opened and message.get("press") in {"Kill", "Restart"}:
                no_restart = message["press"] == "Kill"
                PUMP.engine().kill_actor(ActorID(self._opened), no_restart=no_restart)
        self.show(self.newest())

    def newest(self) -> DashboardView:
        """What is to be seen now; after the session's end, what was seen last."""
        shown = self.shown if self.is_frozen or self.shown.is_over else PUMP.look(self)
        assert isinstance(shown, DashboardView)
        return shown

    def _ask_for_objects(self) -> None:
        try:
            self._drawer.all_objects = objects_of_all()
            self.show(self.newest())
        except Exception as error:  # the thread has nobody else to tell
            self.complain(error)

    def _card(self, world: World, moment: Moment) -> dict[str, Any]:
        actor_id = ActorID(self._opened)
        actor = world.actors.get(actor_id)
        known = Known(actor_id=actor_id, class_name=actor.class_name if actor else "An actor")
        process = world.processes.get(actor.worker_id) if actor and actor.worker_id else None
        pid = process.pid if process is not None and process.is_alive else None
        memory = self._drawer.memory_of(pid) if pid is not None else None
        return card_view(world, known, moment, memory).to_dict()

    def _whole(self, shown: Any) -> DashboardView:
        """The view with all its tables, if they can still be made."""
        assert isinstance(shown, DashboardView)
        if shown.is_whole or shown.is_compact:
            return shown
        self._wants_all = True
        try:
            whole = PUMP.look(self)
        except Exception:  # the kernel may be ending; what was seen is enough
            return shown
        finally:
            self._wants_all = False
        assert isinstance(whole, DashboardView)
        return shown if whole.is_over else whole


def dashboard(tab: str = "actors", *, events: Any = None) -> Dashboard:
    """Show the session below the running cell; see :func:`raylite.dashboard`.

    Args:
        tab: the table that is open at first, one of those of :mod:`.model`.
        events: what :func:`raylite.load_events` gives; None: the session that runs.

    Raises:
        RuntimeError: if there is no session, and no events are given.
        TypeError: if ``events`` are none.
        ValueError: if there is no such tab.
    """
    saved = saved_world(events)
    if saved is None:
        require_session("dashboard")
    tabs = TABS if saved is None else TABS[:-1]
    if tab not in tabs:
        msg = f"dashboard(tab={tab!r}): there is no such tab. There are {', '.join(tabs)}."
        raise ValueError(msg)
    shown: Dashboard = Dashboard(tabs, saved=saved, chosen=tab).now()
    return shown


def _printed() -> list[tuple[str, str]]:
    """What workers have printed lately, oldest first: who, and the line."""
    router = router_of_this_kernel()
    lines: list[tuple[str, str]] = []
    with contextlib.suppress(Exception):  # It is written to by another thread.
        for line in router.kept.lines(_LINES) if router is not None else []:
            found = _SAID.fullmatch(line)
            lines.append((found[1], found[2]) if found else ("", line))
    return lines
