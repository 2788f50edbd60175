"""The chip that a notebook shows for an ObjectRef: it moves while its call runs.

In Ray: nothing; a notebook shows ``ObjectRef(00ffff...)``. Looking at a ref neither waits for its
value nor fetches it.
"""

# ruff: noqa: SLF001  # what is behind a ref is the engine's, and begins with an underscore

import time
from dataclasses import replace
from typing import Any, Final

from raylite import _engine
from raylite.notebook.chip.html import chip_html, chip_text
from raylite.notebook.chip.model import Behind, ChipView, chip_view, ended_call
from raylite.notebook.live.esm import joined, styles
from raylite.notebook.live.preview import preview_of
from raylite.notebook.live.view import LiveView, in_kernel
from raylite.notebook.world.moment import Moment, Shown
from raylite.notebook.world.world import World
from raylite.object_ref import ObjectRef

__all__ = ["RefChip", "show_ref"]

_SOON_S: Final = 0.04
"""Most calls are short: one that ends so soon is shown as it ended, and nothing has to move."""
_LOOK_S: Final = 0.004
_SETTLES_S: Final = 1.0
"""How long the event of a call may come after its value."""
_TASK_DIGITS: Final = 48


class RefChip(LiveView):
    """The chip of one ref, which it keeps until it is done.

    Args:
        ref: of this session or another.
    """

    _esm = joined("chip.js")
    _css = styles("base.css", "chip.css")
    tells_of_calls = False

    def __init__(self, ref: ObjectRef[Any]) -> None:
        self._ref: ObjectRef[Any] | None = ref
        self._task_id = ref.hex()[:_TASK_DIGITS]
        self._made = _made_by(ref)
        self._behind: Behind | None = None
        self._there_s = 0.0
        super().__init__()

    def look(self, world: World, moment: Moment) -> ChipView:
        """What there is to see."""
        behind = self._behind or self._look_behind()
        going = world.running.get(self._task_id) or world.waiting.get(self._task_id)
        has_task = going is not None or not self._made.startswith("put")
        ended = ended_call(world, self._task_id) if has_task else None
        view = chip_view(behind, moment, ended, going)
        if behind.is_there and ended is None and has_task and self._is_early():
            return replace(view, is_over=False)
        return view

    def html(self, shown: Shown) -> str:
        """As HTML."""
        assert isinstance(shown, ChipView)
        return chip_html(shown)

    def text(self, shown: Shown) -> str:
        """As text."""
        assert isinstance(shown, ChipView)
        return chip_text(shown)

    def _is_early(self) -> bool:
        now_s = time.monotonic()
        self._there_s = self._there_s or now_s
        return now_s < self._there_s + _SETTLES_S

    def _look_behind(self) -> Behind:
        assert self._ref is not None
        behind = behind_of(self._ref, self._made)
        if behind.is_there:
            # A picture does not keep a value longer than it must.
            self._behind, self._ref = behind, None
        return behind


def behind_of(ref: ObjectRef[Any], made: str) -> Behind:
    """What a ref tells, without waiting."""
    entry: Any = ref._entry
    home = getattr(entry, "home", None)
    engine = _engine.get_or_none()
    is_here = engine is not None and not engine.over and home is engine
    if home is None or not hasattr(entry, "glance"):
        return Behind(id=ref.hex(), is_there=False, made=made, is_of_this_session=False)
    seen = entry.glance()
    kind, preview = preview_of(seen.value) if seen.payload else ("", "")
    return Behind(
        id=ref.hex(),
        is_there=seen.is_there,
        has_failed=seen.has_failed,
        size_bytes=seen.size_bytes,
        kind=kind or seen.kind,
        preview="" if seen.has_failed else preview,
        error=preview if seen.has_failed else "",
        made=made,
        is_of_this_session=is_here,
    )


def _made_by(ref: ObjectRef[Any]) -> str:
    """``task call in Cell In[3], line 7``; empty if nobody has noted it."""
    kind, _, place = ref.call_site().partition("  | ")
    file, _, rest = place.partition(":")
    line = rest.rpartition(":")[2]
    return f"{kind.strip('()')} in {file}, line {line}" if place else ""


def show_ref(ref: ObjectRef[Any]) -> None:
    """Show the chip of a ref below the cell.

    Raises:
        NotImplementedError: where there is no notebook; IPython then shows the ref's text.
    """
    if not in_kernel() or not _has_engine(ref):
        raise NotImplementedError
    until_s = time.monotonic() + _SOON_S
    while not ref._entry.glance().is_there and time.monotonic() < until_s:  # type: ignore[attr-defined]
        time.sleep(_LOOK_S)
    RefChip(ref)._ipython_display_()


def _has_engine(ref: ObjectRef[Any]) -> bool:
    """Not so for one that was made from bytes, of which there is nothing to say."""
    return hasattr(ref._entry, "glance")
