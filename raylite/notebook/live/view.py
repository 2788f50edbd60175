"""A picture that moves in its cell, and becomes plain HTML when it is over.

In Ray: nothing like it; its dashboard is a server. A widget has one trait, ``view``, which holds
all that is to be seen; ``static/<name>.js`` draws it. Widgets need a living kernel, so a notebook
that is opened again would show an error in their place: a view that is over, whose session has
ended, or of which there are too many, *freezes*, which puts its HTML in its place.

Rule 1: nothing here raises into the user's cell or writes to a log: what goes wrong is shown in the
        view itself.
Rule 2: a frozen view never moves again. Evaluating the object again makes a new one.
"""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Mapping
from html import escape
from typing import Any, Final

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display

from raylite.notebook.live.closing import LOADS_S, close_when_loaded, close_with_layout
from raylite.notebook.live.pump import PUMP
from raylite.notebook.live.slot import in_slot, outputs_are_apart
from raylite.notebook.world.moment import Moment, Shown
from raylite.notebook.world.world import World

__all__ = ["LiveView", "in_kernel", "let_events_run_beside_cells"]

_LONGEST_TROUBLE: Final = 500


def _as_text(view: dict[str, Any], _widget: object) -> str:
    """How the browser gets it. In a dictionary each list would be searched for binary data."""
    return json.dumps(view, allow_nan=False)


class LiveView(anywidget.AnyWidget):
    """A view of the session.

    A subclass names its script and its style (``_esm = joined("card.js")``,
    ``_css = styles("base.css", "card.css")``) and has the four methods :meth:`look`, :meth:`html`,
    :meth:`text` and, if it has buttons, :meth:`on_message`. What it needs for that it gets in its
    own ``__init__``, before ``super().__init__()``.
    """

    view = traitlets.Dict().tag(sync=True, to_json=_as_text)
    """What is seen. Key ``trouble`` is the line below it that says what went wrong."""
    slot = traitlets.Unicode().tag(sync=True)
    """Which element of the page it is drawn in, see ``slot.py``."""

    plays_when_over = False
    """Whether the browser has something to do with it even if nothing of it changes any more."""

    over_since_s = 0.0

    tells_of_calls = True
    """Whether it lacks something where the session keeps no events of calls."""

    _is_shown = False
    """Whether it is or was below a cell."""
    _is_frozen = True
    """Until it is complete: one whose making has failed is closed as well."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._places: list[Any] = []
        self._trouble = ""
        self._opened_s = -LOADS_S
        self._shown = PUMP.look(self)
        self._notice = PUMP.notice() if self.tells_of_calls else ""
        self._is_frozen = False
        super().__init__(view=self._as_dict(), slot=uuid.uuid4().hex)
        self.on_msg(self._heard)

    def open(self) -> None:
        """Tell the browser of the widget, once it is shown, unless nothing of it will ever move.

        One that is only printed, or asked for its drawing, costs the kernel nothing.
        """
        if self._is_shown and (self.plays_when_over or not self._shown.is_over):
            self._open_now()

    @property
    def model_id(self) -> str:
        """By which the browser knows it. Whoever asks, such as a box around it, will show it."""
        self._open_now()
        return str(super().model_id)

    def look(self, world: World, moment: Moment) -> Shown:
        """What there is to see. Called in any thread, one at a time.

        Args:
            world: what is known; it is not to be changed.
            moment: the time, for what is told as "since 3 s".
        """
        raise NotImplementedError

    def html(self, shown: Shown) -> str:
        """The same as HTML that needs neither script nor style sheet; all text escaped."""
        raise NotImplementedError

    def text(self, shown: Shown) -> str:
        """The same for a terminal."""
        raise NotImplementedError

    def on_message(self, message: Mapping[str, Any]) -> None:
        """The browser says something, as ``send({...})`` in the script.

        It runs in a thread beside the cell, and may raise: the view then says what.
        """

    @property
    def is_frozen(self) -> bool:
        """Whether it has become plain HTML."""
        return self._is_frozen

    @property
    def shown(self) -> Shown:
        """What is seen now."""
        return self._shown

    def show(self, shown: Shown) -> bool:
        """Have something else drawn, from any thread; whether it is something else."""
        with self._lock:
            if shown == self._shown:
                return False
            self._shown = shown
            self._send_shown()
            return True

    def freeze(self, why: str = "") -> None:
        """Put plain HTML in its place, from any thread. Twice is harmless.

        Args:
            why: a sentence that stands below it.
        """
        with self._lock:
            if self._is_frozen:
                return
            self._is_frozen = True
            bundle = self.static_bundle(why)
            places, self._places = self._places, []
        PUMP.remove(self)
        for place in places:
            with contextlib.suppress(Exception):  # The kernel is about to end.
                place.update(bundle, raw=True)
        self._close_widget()

    def close(self) -> None:
        """The same: a view that is closed leaves its HTML."""
        self.freeze()

    def static_bundle(self, why: str = "") -> dict[str, str]:
        """Its HTML and its text as they are now."""
        below = "".join(
            f"<div><small>{escape(said)}</small></div>" for said in (self._notice, why) if said
        )
        return {"text/html": self.html(self._shown) + below, "text/plain": self._whole_text()}

    def complain(self, error: BaseException | None) -> None:
        """Say below the picture what went wrong; None: nothing any more."""
        with self._lock:
            said = "" if error is None else f"{type(error).__name__}: {error}"
            self._trouble = said[:_LONGEST_TROUBLE]
            self._send_shown()

    def __repr__(self) -> str:
        try:
            return self._whole_text()
        except Exception:  # a picture's text never is why a cell fails
            return f"<{type(self).__name__}>"

    def _as_dict(self) -> dict[str, Any]:
        return {**self._shown.to_dict(), "trouble": self._trouble or self._notice}

    def _whole_text(self) -> str:
        text = self.text(self._shown)
        return f"{text}\n{self._notice}" if self._notice else text

    def _send_shown(self) -> None:
        if not self._is_frozen:
            found = self._as_dict()
            if found != self.view:
                self.view = found

    def _heard(self, _widget: object, message: Any, _buffers: object) -> None:
        try:
            self.on_message(message)
        except Exception as error:  # whatever it is, no cell would show it
            self.complain(error)
        else:
            if self._trouble:
                self.complain(None)

    def __del__(self) -> None:
        """What nobody knows any more goes at once: while Python ends, no timer can be started."""
        self._is_frozen = True
        self._close_now()

    def _open_now(self) -> None:
        if self.comm is None:
            super().open()
            self._opened_s = time.monotonic()
            let_events_run_beside_cells(self)

    def _close_widget(self) -> None:
        close_when_loaded(self._close_now, self._opened_s)

    def _close_now(self) -> None:
        close_with_layout(self, super().close)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The widget, and what is shown where there can be none."""
        found = None if self._is_frozen else super()._repr_mimebundle_(**kwargs)
        data, metadata = found or ({}, {})
        return {**data, **self.static_bundle()}, metadata

    def _live_bundle(self) -> dict[str, Any]:
        """What the cell gets: HTML that the live picture covers, so that this is what is saved."""
        if outputs_are_apart():
            data, _ = self._repr_mimebundle_() or ({}, {})
            return data
        bundle = self.static_bundle()
        return {**bundle, "text/html": in_slot(self.slot, bundle["text/html"])}

    def _ipython_display_(self) -> None:
        """Show it where it can be replaced later, which the value of a cell cannot."""
        if not in_kernel():
            raise NotImplementedError
        if self._shown.is_over:
            self.freeze()
        if self._is_frozen:
            display(self.static_bundle(), raw=True)
            return
        self._is_shown = True
        self.open()
        place = display(self._live_bundle(), raw=True, display_id=True)
        with self._lock:
            self._places.append(place)
        PUMP.add(self)


def in_kernel() -> bool:
    """Whether there is a notebook that widgets could be shown in."""
    return getattr(get_ipython(), "kernel", None) is not None


def let_events_run_beside_cells(widget: Any) -> None:
    """Have the widget's messages handled while a cell runs.

    ipykernel 7.4.0 sends them to the shell that last sent on the same line, and that is the one
    that is busy with the cell.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001
